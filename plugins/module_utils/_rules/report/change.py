# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""What changed since the last report, from its JSON. What one of the two could not read is not said to have changed."""

from __future__ import annotations

import dataclasses
import typing

from ..._domain import moment, wire
from ..._domain.record import Head
from ..._domain.wire import Wire
from .facts import ProofFacts, RegistryFacts

#: The form of the report's JSON that this writes and reads.
FORM = 1
#: What is compared of a registry that is in both reports.
COMPARED = (
    "state",
    "key",
    "version",
    "mode",
    "identity",
    "purge_protection",
    "enabled",
    "expires_on",
    "allowed",
)


@dataclasses.dataclass(frozen=True)
class Difference:
    """A part of a registry that is not as it was."""

    registry: str
    part: str
    before: str
    after: str


@dataclasses.dataclass(frozen=True)
class FindingChange:
    """A finding that came or went."""

    registry: str
    code: str
    severity: str
    what: str


@dataclasses.dataclass(frozen=True)
class Hidden:
    """Where registries may be that a report could not read: in some subscriptions, by their ids in lower case, or
    anywhere, since nobody said which subscriptions there are.

    :ivar listed: the subscriptions that were listed, where all that the caller sees were to be: one that he does not
        see any more is not told by Azure. None where it was said which.
    """

    subscriptions: frozenset[str] = frozenset()
    anywhere: bool = False
    listed: frozenset[str] | None = None

    @classmethod
    def behind(cls, parts: typing.Iterable[tuple[str, str]], listed: frozenset[str] | None = None) -> Hidden:
        """Behind parts of a scope.

        :param parts: kind and name of each, as :class:`..inventory.scope.Missing` has them.
        :param listed: the subscriptions that were listed, in lower case.
        """
        every = list(parts)
        return cls(
            frozenset(name.lower() for kind, name in every if kind == "subscription"),
            any(kind in ("management_group", "resource_graph") for kind, _name in every),
            listed,
        )

    def may_hold(self, id: str) -> bool:
        """Whether a registry may be there.

        :param id: its resource id.
        """
        subscription = [*id.lower().split("/"), "", "", ""][2]
        is_unlisted = self.listed is not None and subscription not in self.listed
        return self.anywhere or is_unlisted or subscription in self.subscriptions


@dataclasses.dataclass(frozen=True)
class Earlier:
    """What an earlier report said, as far as it is compared.

    :ivar at: seconds since 1970 at which it was made.
    :ivar registries: by id in lower case.
    :ivar record: the place of the record that it told of, with the ``head`` of what stood there, if it was whole.
    """

    at: float
    registries: typing.Mapping[str, Wire]
    hidden: Hidden = Hidden()
    scope: tuple[str, ...] = ()
    record: str = ""
    head: Head | None = None


@dataclasses.dataclass(frozen=True)
class Change:
    """The change since an earlier report.

    :ivar state: ``none`` (there is no earlier report), ``unreadable`` or ``compared``.
    :ivar same_scope: whether both were asked for the same; otherwise nothing is said to be new or gone.
    :ivar unread_now: registries of the earlier one that are in a part that could not be read now.
    """

    state: str = "none"
    reason: str = ""
    since: float | None = None
    same_scope: bool = True
    appeared: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    unread_now: tuple[str, ...] = ()
    unread_then: tuple[str, ...] = ()
    differences: tuple[Difference, ...] = ()
    new_findings: tuple[FindingChange, ...] = ()
    ended_findings: tuple[FindingChange, ...] = ()

    @property
    def is_nothing(self) -> bool:
        """Whether both say the same."""
        return self.state == "compared" and not (
            self.appeared
            or self.gone
            or self.unread_now
            or self.unread_then
            or self.differences
            or self.new_findings
            or self.ended_findings
        )

    def result(self) -> dict[str, object]:
        """As the report's JSON has it."""
        lists = ("appeared", "gone", "unread_now", "unread_then")
        rows = ("differences", "new_findings", "ended_findings")
        return {
            "state": self.state,
            "reason": self.reason,
            "since": moment.iso(self.since),
            "same_scope": self.same_scope,
            **{name: list(getattr(self, name)) for name in lists},
            **{name: [dataclasses.asdict(row) for row in getattr(self, name)] for name in rows},
        }


def earlier(report: Wire) -> Earlier | None:
    """An earlier report from its JSON; None for what is none of a form that this knows."""
    at = moment.epoch(wire.text(report, "made"))
    if report.get("form") != FORM or at is None or not isinstance(report.get("registries"), list):
        return None
    rows = wire.blocks(report, "registries")
    return Earlier(
        at=at,
        registries={str(row.get("id")).lower(): row for row in rows if row.get("id")},
        hidden=Hidden.behind((str(one.get("kind")), str(one.get("name"))) for one in wire.blocks(report, "unread")),
        scope=tuple(wire.texts(report, "scope", "asked")),
        record=wire.text(report, "record", "place") or "",
        head=_head(report),
    )


def _head(report: Wire) -> Head | None:
    count, last = wire.number(report, "record", "records"), wire.text(report, "record", "hash")
    is_whole = wire.text(report, "record", "state") == "whole"
    return Head(count, last) if is_whole and count and count > 0 and last else None


def change(
    before: Earlier, registries: typing.Sequence[RegistryFacts], *, hidden: Hidden, scope: tuple[str, ...]
) -> Change:
    """The change since an earlier report.

    :param hidden: where registries may be that could not be read now.
    :param scope: what this report was asked for, in words.
    """
    now = {one.id.lower(): one for one in registries}
    same_scope = before.scope == scope
    new = [one for id, one in now.items() if id not in before.registries]
    old = [(id, str(row.get("name"))) for id, row in before.registries.items() if id not in now]
    both = [(one, before.registries[id]) for id, one in now.items() if id in before.registries]
    unread_now = [name for id, name in old if hidden.may_hold(id)]
    return Change(
        state="compared",
        since=before.at,
        same_scope=same_scope,
        appeared=tuple(sorted(one.name for one in new if same_scope and not before.hidden.may_hold(one.id))),
        gone=tuple(sorted(name for id, name in old if same_scope and not hidden.may_hold(id))),
        unread_now=tuple(sorted(unread_now)),
        unread_then=tuple(sorted(one.name for one in new if before.hidden.may_hold(one.id))),
        differences=tuple(row for one, then in both for row in _differences(one, then)),
        new_findings=tuple(row for one, then in both for row in _findings(one, then)),
        ended_findings=tuple(row for one, then in both for row in _ended(one, then)),
    )


def last_proof(before: Earlier | None, id: str) -> ProofFacts | None:
    """The last proof on an image that an earlier report knew of."""
    row = before.registries.get(id.lower()) if before else None
    block = wire.block(row, "proof") if row else {}
    return ProofFacts.from_result(block, "report") if block else None


def _differences(one: RegistryFacts, then: Wire) -> list[Difference]:
    row = one.result()
    is_half = bool(one.unseen or wire.texts(then, "unseen"))
    return [
        Difference(one.name, part, _word(then.get(part)), _word(row.get(part)))
        for part in COMPARED
        if part in then
        and then.get(part) != row.get(part)
        # what one of the two did not see is no difference
        and not (is_half and (part == "state" or then.get(part) is None or row.get(part) is None))
    ]


def _word(value: object) -> str:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _findings(one: RegistryFacts, then: Wire) -> list[FindingChange]:
    """What is a finding now and was none; where something was unseen then, nobody knows since when."""
    if wire.texts(then, "unseen"):
        return []
    codes = {str(row.get("code")) for row in wire.blocks(then, "findings")}
    return [
        FindingChange(one.name, finding.code, finding.severity, finding.what)
        for finding in one.findings
        if finding.code not in codes
    ]


def _ended(one: RegistryFacts, then: Wire) -> list[FindingChange]:
    """What is no finding any more; where something is unseen now, that proves nothing."""
    codes = {finding.code for finding in one.findings}
    if one.unseen:
        return []
    return [
        FindingChange(one.name, *(wire.text(row, name) or "" for name in ("code", "severity", "what")))
        for row in wire.blocks(then, "findings")
        if str(row.get("code")) not in codes
    ]
