# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ansible of another virtual environment than the one that the tests themselves run in."""

from __future__ import annotations

import os
import pathlib
import typing

from .playbooks import Ansible


class Controller(Ansible):
    """Runs playbooks by the ansible-core of another virtual environment.

    :param python: that environment's interpreter.
    """

    def __init__(self, folder: pathlib.Path, variables: dict[str, str], python: pathlib.Path) -> None:
        super().__init__(folder, variables)
        self.python = python
        self.environment["PATH"] = f"{python.parent}{os.pathsep}{os.environ['PATH']}"

    def command(self, playbook: str, variables: dict[str, typing.Any], *flags: str) -> list[str]:
        """The command line, with that environment's ansible-playbook."""
        _program, *rest = super().command(playbook, variables, *flags)
        return [str(self.python.parent / "ansible-playbook"), *rest]
