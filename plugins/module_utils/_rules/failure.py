# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""The one kind of failure that rules and operations raise."""

from __future__ import annotations

import typing


class Failure(Exception):
    """A clear no: what is wrong, which parameter says so, and the way out.

    :param message: a sentence for the person; ends with a full stop.
    :param parameter: the module option at fault, if one is.
    :param hint: what to do instead.
    :param code: a stable word for programs, e.g. ``not_premium``.
    :param azure: what Azure said: ``code``, ``message``, ``status``, ``request_id``.
    :param findings: causes that were found, see :mod:`.health`.
    :param details: further data for the result.
    """

    def __init__(
        self,
        message: str,
        *,
        parameter: str | None = None,
        hint: str | None = None,
        code: str = "refused",
        azure: dict[str, typing.Any] | None = None,
        findings: list[dict[str, typing.Any]] | None = None,
        details: dict[str, typing.Any] | None = None,
    ) -> None:
        self.message = message
        self.parameter = parameter
        self.hint = hint
        self.code = code
        self.azure = azure
        self.findings = findings or []
        self.details = details or {}
        super().__init__(self.sentence())

    def sentence(self) -> str:
        """The whole text: parameter, what is wrong, the way out."""
        start = f"{self.parameter}: " if self.parameter else ""
        return start + self.message + (f" {self.hint}" if self.hint else "")

    def result(self) -> dict[str, typing.Any]:
        """The failure as a module's result: ``failed``, ``msg`` and ``failure``."""
        failure: dict[str, typing.Any] = {"code": self.code}
        for name in ("parameter", "hint", "azure"):
            value = getattr(self, name)
            if value:
                failure[name] = value
        if self.findings:
            failure["findings"] = self.findings
        return {"failed": True, "msg": self.sentence(), "failure": failure, **self.details}
