# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""A report: everything that it says, from what was seen; its JSON."""

from __future__ import annotations

import dataclasses
import typing

from ..._domain import moment
from ..._domain.version import VERSION
from ..inventory.scope import Missing
from . import azure_policy, calendar, change, controls, figures
from .azure_policy import PolicyResult
from .calendar import Calendar
from .change import FORM, Change, Earlier, Hidden
from .checks import Policy
from .controls import Control, ControlResult
from .facts import RegistryFacts
from .figures import Ages, FindingGroup, SharedKey, Totals
from .history import History


@dataclasses.dataclass(frozen=True)
class Maker:
    """Who made a report, as the sign-in says: object id, name, tenant; and the job of AWX, if one did."""

    object_id: str
    name: str
    tenant_id: str
    job: str = ""

    def result(self) -> dict[str, object]:
        """As the report's JSON has it."""
        return dataclasses.asdict(self)


@dataclasses.dataclass(frozen=True)
class Scope:
    """What a report was asked for, and which subscriptions have registries in it.

    :ivar terms: in words, as in ``subscription 1111…``; what makes two reports comparable.
    :ivar lists: the subscriptions whose lists of registries were read, in lower case; None where registries or a
        resource group were named.
    """

    terms: tuple[str, ...]
    cloud: str = ""
    subscriptions: tuple[str, ...] = ()
    lists: frozenset[str] | None = None

    def result(self) -> dict[str, object]:
        """As the report's JSON has it."""
        return {
            "asked": list(self.terms),
            "cloud": self.cloud,
            "subscriptions": list(self.subscriptions),
            "lists": None if self.lists is None else sorted(self.lists),
        }


@dataclasses.dataclass(frozen=True)
class Report:
    """The whole of it. Moments in seconds since 1970, by Azure's clock; ``gaps`` in the scope are what was not read."""

    time: float
    since: float
    maker: Maker
    scope: Scope
    policy: Policy
    gaps: tuple[Missing, ...]
    #: what else keeps it from being sure that all is in it, in sentences
    notes: tuple[str, ...]
    registries: tuple[RegistryFacts, ...]
    totals: Totals
    ages: Ages
    calendar: Calendar
    shared_keys: tuple[SharedKey, ...]
    findings: tuple[FindingGroup, ...]
    history: History
    change: Change
    controls: tuple[ControlResult, ...]
    policies: tuple[PolicyResult, ...]
    image_proofs: bool
    version: str = ""

    @property
    def blind_spots(self) -> tuple[RegistryFacts, ...]:
        """Registries of which something could not be seen, whatever else is wrong with them."""
        return tuple(one for one in self.registries if one.unseen)

    @property
    def is_whole(self) -> bool:
        """Whether everything could be read."""
        return not self.gaps and not self.notes and not self.blind_spots

    def result(self) -> dict[str, object]:
        """The report's JSON."""
        return {
            "report": "ownkey.acr",
            "form": FORM,
            "version": self.version,
            "made": moment.iso(self.time),
            "since": moment.iso(self.since),
            "made_by": self.maker.result(),
            "scope": self.scope.result(),
            "policy": {"max_age_days": self.policy.max_age_days, "min_size": self.policy.min_size},
            "image_proofs": self.image_proofs,
            "unread": [part.result() for part in self.gaps],
            "notes": list(self.notes),
            "totals": self.totals.result(),
            "ages": self.ages.result(),
            "calendar": self.calendar.result(),
            "shared_keys": [one.result() for one in self.shared_keys],
            "record": self.history.result(),
            "change": self.change.result(),
            "controls": [one.result() for one in self.controls],
            "azure_policy": [one.result() for one in self.policies],
            "registries": [one.result() for one in self.registries],
        }


def report(
    registries: typing.Sequence[RegistryFacts],
    *,
    time: float,
    since: float,
    maker: Maker,
    scope: Scope,
    policy: Policy,
    gaps: typing.Sequence[Missing],
    notes: typing.Sequence[str] = (),
    history: History,
    earlier: Earlier | None,
    no_earlier: Change = Change(),
    controls_of: typing.Sequence[Control] = (),
    image_proofs: bool = False,
    version: str = VERSION,
) -> Report:
    """Make a report of what was seen.

    :param earlier: the last report; None if there is none that can be read, and then ``no_earlier`` says why.
    :param controls_of: the controls to hold the fleet against.
    """
    rows = tuple(sorted(registries, key=lambda one: (one.name.lower(), one.id.lower())))
    hidden = Hidden.behind(((part.kind, part.name) for part in gaps), scope.lists)
    subscriptions = tuple(sorted({one.subscription.lower() for one in rows}))
    return Report(
        time=time,
        since=since,
        maker=maker,
        scope=dataclasses.replace(scope, subscriptions=subscriptions),
        policy=policy,
        gaps=tuple(gaps),
        notes=tuple(notes),
        registries=rows,
        totals=figures.totals(rows, unread=len(gaps)),
        ages=figures.ages(rows, max_age_days=policy.max_age_days),
        calendar=calendar.calendar(rows, time),
        shared_keys=figures.shared_keys(rows),
        findings=figures.finding_groups(rows),
        history=history,
        change=change.change(earlier, rows, hidden=hidden, scope=scope.terms) if earlier else no_earlier,
        controls=controls.evaluate(controls_of, rows, history, policy, is_whole=not gaps and not notes),
        policies=azure_policy.evaluate(rows, policy),
        image_proofs=image_proofs,
        version=version,
    )
