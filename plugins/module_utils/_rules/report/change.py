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
from ..._domain.wire import Wire
from .facts import ProofFacts, RegistryFacts
from .history import Anchor

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


#: States that tell of trouble, the worst first; and the finding that only a look at an image can show to be over.
_TROUBLE: tuple[object, ...] = ("error", "warning")
_IMAGE_REFUSED = "image_refused"


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
    anywhere, since nobody said which subscriptions there are. Resource Graph hides none: if it does not tell, all are
    listed.

    :ivar lists: the subscriptions whose lists of registries were read. In another one there may be registries all the
        same: of one that the caller does not see Azure says nothing, and Resource Graph may not have seen all. None
        where registries or a resource group were named.
    """

    subscriptions: frozenset[str] = frozenset()
    anywhere: bool = False
    lists: frozenset[str] | None = None

    @classmethod
    def behind(cls, parts: typing.Iterable[tuple[str, str]], lists: frozenset[str] | None = None) -> Hidden:
        """Behind parts of a scope.

        :param parts: kind and name of each, as :class:`..inventory.scope.Missing` has them.
        :param lists: the subscriptions whose lists were read, in lower case.
        """
        every = list(parts)
        return cls(
            frozenset(name.lower() for kind, name in every if kind == "subscription"),
            any(kind == "management_group" for kind, _name in every),
            lists,
        )

    def may_hold(self, id: str, *, same_scope: bool) -> bool:
        """Whether a registry may be there.

        :param id: its resource id.
        :param same_scope: whether it would have been looked for there at all, had its subscription been listed.
        """
        subscription = [*id.lower().split("/"), "", "", ""][2]
        is_unlisted = same_scope and self.lists is not None and subscription not in self.lists
        return self.anywhere or is_unlisted or subscription in self.subscriptions


@dataclasses.dataclass(frozen=True)
class Earlier:
    """What an earlier report said, as far as it is compared.

    :ivar at: seconds since 1970 at which it was made.
    :ivar registries: by id in lower case.
    :ivar anchor: what stood in the record that it told of.
    """

    at: float
    registries: typing.Mapping[str, Wire]
    hidden: Hidden = Hidden()
    scope: tuple[str, ...] = ()
    anchor: Anchor | None = None


@dataclasses.dataclass(frozen=True)
class Change:
    """The change since an earlier report.

    :ivar state: ``none`` (there is no earlier report), ``unreadable`` or ``compared``.
    :ivar same_scope: whether both were asked for the same; otherwise nothing is said to be new or gone.
    :ivar unread_now: registries of the earlier one that are in a part that was not read now.
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
    unread = ((str(one.get("kind")), str(one.get("name"))) for one in wire.blocks(report, "unread"))
    has_lists = isinstance(wire.block(report, "scope").get("lists"), list)
    lists = frozenset(one.lower() for one in wire.texts(report, "scope", "lists")) if has_lists else None
    return Earlier(
        at=at,
        registries={str(row.get("id")).lower(): row for row in rows if row.get("id")},
        hidden=Hidden.behind(unread, lists),
        scope=tuple(wire.texts(report, "scope", "asked")),
        anchor=Anchor.from_result(wire.block(report, "record", "anchor")),
    )


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
    both = [_Pair(one, before.registries[id]) for id, one in now.items() if id in before.registries]
    unread_now = [name for id, name in old if hidden.may_hold(id, same_scope=same_scope)]
    unread_then = {one.id: one.name for one in new if before.hidden.may_hold(one.id, same_scope=same_scope)}
    return Change(
        state="compared",
        since=before.at,
        same_scope=same_scope,
        appeared=tuple(sorted(one.name for one in new if same_scope and one.id not in unread_then)),
        gone=tuple(sorted(name for id, name in old if same_scope and not hidden.may_hold(id, same_scope=True))),
        unread_now=tuple(sorted(unread_now)),
        unread_then=tuple(sorted(unread_then.values())),
        differences=tuple(row for pair in both for row in pair.differences()),
        new_findings=tuple(row for pair in both for row in pair.new_findings()),
        ended_findings=tuple(row for pair in both for row in pair.ended_findings()),
    )


def last_proof(before: Earlier | None, id: str) -> ProofFacts | None:
    """The last proof on an image that an earlier report knew of."""
    row = before.registries.get(id.lower()) if before else None
    block = wire.block(row, "proof") if row else {}
    return ProofFacts.from_result(block, "report") if block else None


class _Pair:
    """A registry as it is now, and as the earlier report has it. What only one of the two saw is no change; what
    neither could see is the same in both, and keeps nothing else from being compared."""

    def __init__(self, now: RegistryFacts, then: Wire) -> None:
        unseen, unseen_then = set(now.unseen), set(wire.texts(then, "unseen"))
        self._now, self._then = now, then
        #: whether something was seen now that was not then, and the other way round
        self._shows_more, self._shows_less = bool(unseen_then - unseen), bool(unseen - unseen_then)
        self._codes = {finding.code for finding in now.findings}
        self._codes_then = {str(row.get("code")) for row in wire.blocks(then, "findings")}

    def differences(self) -> list[Difference]:
        """The parts that are not as they were."""
        row, then = self._now.result(), self._then
        return [
            Difference(self._now.name, part, _word(then.get(part)), _word(row.get(part)))
            for part in COMPARED
            if part in then and then.get(part) != row.get(part) and self._is_sure(part, then.get(part), row.get(part))
        ]

    def _is_sure(self, part: str, before: object, after: object) -> bool:
        if part != "state":
            return not (before is None and self._shows_more) and not (after is None and self._shows_less)
        if _IMAGE_REFUSED in self._codes_then and not self._gives_images and after != "error":
            return False
        turn = _trouble(after) - _trouble(before)
        if turn < 0:
            return not self._shows_more
        return not self._shows_less if turn > 0 else not (self._shows_more or self._shows_less)

    @property
    def _gives_images(self) -> bool:
        """Whether an image was read just now."""
        proof = self._now.proof
        return proof is not None and (proof.source, proof.state) == ("now", "readable")

    def new_findings(self) -> list[FindingChange]:
        """What is a finding now and was none; where more is seen than then, nobody knows since when."""
        if self._shows_more:
            return []
        return [
            FindingChange(self._now.name, finding.code, finding.severity, finding.what)
            for finding in self._now.findings
            if finding.code not in self._codes_then
        ]

    def ended_findings(self) -> list[FindingChange]:
        """What is no finding any more; where less is seen than then, or no image was read, that proves nothing."""
        if self._shows_less:
            return []
        return [
            FindingChange(self._now.name, *(wire.text(row, name) or "" for name in ("code", "severity", "what")))
            for row in wire.blocks(self._then, "findings")
            if (code := str(row.get("code"))) not in self._codes and (code != _IMAGE_REFUSED or self._gives_images)
        ]


def _trouble(state: object) -> int:
    """How far a state is from the worst trouble; the same for all that are none."""
    return _TROUBLE.index(state) if state in _TROUBLE else len(_TROUBLE)


def _word(value: object) -> str:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
