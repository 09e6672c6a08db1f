# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""The one kind of failure that rules and operations raise."""

from __future__ import annotations

import dataclasses
import typing


@dataclasses.dataclass(frozen=True)
class AzureError:
    """What Azure said: its code, its own text, the HTTP status (None if no answer came), the request's id."""

    code: str = ""
    message: str = ""
    status: int | None = None
    request_id: str | None = None

    def result(self) -> dict[str, object]:
        """As ``failure.azure`` has it."""
        return dataclasses.asdict(self)


class Failure(Exception):
    """A clear no: what is wrong, which parameter says so, and the way out.

    :param message: a sentence for the person; ends with a full stop.
    :param parameter: the module option at fault, if one is.
    :param hint: what to do instead.
    :param code: a stable word for programs, e.g. ``not_premium``.
    :param azure: what Azure said.
    :param findings: causes, as a result lists them; see :mod:`.._rules.health.causes`.
    :param details: further parts of the result.
    """

    def __init__(
        self,
        message: str,
        *,
        parameter: str | None = None,
        hint: str | None = None,
        code: str = "refused",
        azure: AzureError | None = None,
        findings: typing.Sequence[typing.Mapping[str, str]] = (),
        details: typing.Mapping[str, object] | None = None,
    ) -> None:
        self.message = message
        self.parameter = parameter
        self.hint = hint
        self.code = code
        self.azure = azure
        self.findings = list(findings)
        self.details: dict[str, object] = dict(details or {})
        super().__init__(self.sentence())

    @property
    def status(self) -> int | None:
        """The HTTP status of Azure's answer, None if Azure was not asked or did not answer."""
        return self.azure.status if self.azure else None

    def sentence(self) -> str:
        """The whole text: parameter, what is wrong, the way out."""
        start = f"{self.parameter}: " if self.parameter else ""
        return start + self.message + (f" {self.hint}" if self.hint else "")

    def result(self) -> dict[str, object]:
        """The failure as a module's result: ``msg`` for people, with the way out; ``failure`` for programs.

        What the message says is not said again: a single finding is the message.
        """
        failure: dict[str, object] = {"code": self.code}
        if self.parameter:
            failure["parameter"] = self.parameter
        if self.azure:
            failure["azure"] = self.azure.result()
        if len(self.findings) > 1:
            failure["findings"] = [dict(finding) for finding in self.findings]
        return {"failed": True, "msg": self.sentence(), "failure": failure, **self.details}
