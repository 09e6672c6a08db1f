# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A stand-in for the az CLI's ``account`` commands: it signs in at the local Azure, and logs how it is called."""

from __future__ import annotations

import json
import pathlib
import sys
import typing

_PROGRAM = pathlib.Path(__file__).with_name("az_program.py")


class Az:
    """An executable ``az`` in a folder of its own, to be put first on the ``PATH``.

    What it does and does not take is what docs/azure-behaviour.md, "Sign-in" tells of the real one.

    :param folder: where to put it.
    :param url: the local Azure's control interface.
    :param name: who is signed in: a user principal name or an application id; empty for nobody.
    :param subscriptions: ``[{"id", "tenant", "name"}]``; the first is the default one.
    :param seconds: how long a call takes, the real one about half a second.
    :param damaged_by_others: a call fails while another one is under way, as the real one sometimes does.
    """

    def __init__(
        self,
        folder: pathlib.Path,
        url: str,
        name: str,
        subscriptions: list[dict[str, str]],
        *,
        seconds: float = 0.0,
        damaged_by_others: bool = False,
    ) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        settings: dict[str, typing.Any] = {
            "url": url,
            "name": name,
            "subscriptions": subscriptions,
            "seconds": seconds,
            "damaged_by_others": damaged_by_others,
        }
        (folder / "az.json").write_text(json.dumps(settings), encoding="utf-8")
        program = folder / "az"
        text = _PROGRAM.read_text(encoding="utf-8")
        program.write_text(f"#!{sys.executable}\n{text}", encoding="utf-8")
        program.chmod(0o755)

    def calls(self) -> list[dict[str, typing.Any]]:
        """Every call so far: ``{argv, others}``, the latter true if another one was under way when it began."""
        log = self.folder / "az.log"
        return [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()] if log.exists() else []

    def forget_calls(self) -> None:
        """Empty the log."""
        (self.folder / "az.log").unlink(missing_ok=True)
