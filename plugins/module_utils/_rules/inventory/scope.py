# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Which subscriptions are asked for their registries, and what is said of those that cannot be read."""

from __future__ import annotations

import dataclasses
import typing

from ..._domain.failure import Failure
from ..._domain.key_identifier import KeyIdentifier

#: What keeps everything from being read is no matter of one part.
_OF_EVERYTHING = ("sign_in", "missing_library", "foreign_host", "foreign_challenge")
#: Up to so many subscriptions are all listed: one request for each, out of its own bucket.
FEW = 1000
SEARCHES = ("auto", "graph", "lists")
_ALL = "all"


@dataclasses.dataclass(frozen=True)
class Scope:
    """Where registries are looked for: ids of subscriptions, and names of management groups; neither: everywhere."""

    subscriptions: tuple[str, ...] = ()
    management_groups: tuple[str, ...] = ()

    @property
    def is_everything(self) -> bool:
        """Whether all that the caller sees is meant."""
        return not self.subscriptions and not self.management_groups


@dataclasses.dataclass(frozen=True)
class Missing:
    """What could not be read.

    :param kind: ``subscription``, ``management_group``, ``resource_graph`` or ``key``.
    :param name: its id or name; for Resource Graph the name again.
    :param reason: a sentence.
    """

    kind: str
    name: str
    reason: str

    @property
    def title(self) -> str:
        """As in "the subscription …"."""
        return "Resource Graph" if self.kind == "resource_graph" else f"the {self.kind.replace('_', ' ')} {self.name}"

    def result(self) -> dict[str, object]:
        """As the inventory has it."""
        return dataclasses.asdict(self)


def note(failure: Failure, kind: str, name: str, missing: list[Missing]) -> None:
    """Keep what could not be read, unless nothing can.

    :raises Failure: what keeps everything from being read.
    """
    if failure.code in _OF_EVERYTHING:
        raise failure
    missing.append(Missing(kind, name, failure.sentence()))


def key_note(missing: list[Missing]) -> typing.Callable[[KeyIdentifier, Failure], None]:
    """What takes keys that cannot be read, each of them once for each reason."""

    taken: set[Missing] = set()

    def take(key: KeyIdentifier, failure: Failure) -> None:
        parts: list[Missing] = []
        note(failure, "key", str(key.versionless), parts)
        missing.extend(part for part in parts if part not in taken)
        taken.update(parts)

    return take


def scope(
    subscriptions: typing.Sequence[str], management_groups: typing.Sequence[str], own_subscription: str | None
) -> Scope:
    """Where to look, from the options.

    :param own_subscription: the option ``subscription_id``, if it was given with the others and not by the environment.
    :raises Failure: for ``all`` beside ids.
    """
    ids = tuple(dict.fromkeys(one.lower() for one in subscriptions if one))
    names = tuple(dict.fromkeys(one.rstrip("/").rsplit("/", 1)[-1] for one in management_groups if one))
    if _ALL in ids:
        if len(ids) > 1 or names:
            raise Failure(
                "It says all, and names some too.",
                parameter="subscriptions",
                hint="Give all alone, or the ids, with management_groups beside them.",
                code="contradiction",
            )
        return Scope()
    if not ids and not names and own_subscription:
        return Scope((own_subscription.lower(),))
    return Scope(ids, names)


def asks_resource_graph(others: int, *, search: str) -> bool:
    """Whether Resource Graph narrows which subscriptions are listed.

    :param others: how many there are beside those that were named.
    :param search: see ``SEARCHES``.
    """
    return others > 0 and (search == "graph" or (search == "auto" and others > FEW))


@dataclasses.dataclass(frozen=True)
class Candidates:
    """What Resource Graph has seen, by ids of subscriptions in lower case.

    :param subscriptions: all that it knows of. It leaves out without a word what the caller may not read.
    :param with_registries: those in which there is a registry.
    """

    subscriptions: frozenset[str]
    with_registries: frozenset[str]


def listed_subscriptions(
    named: typing.Sequence[str], others: typing.Sequence[str], candidates: Candidates | None
) -> list[str]:
    """The subscriptions whose registries are listed: those that were named, and of the others all but those that
    Resource Graph knows, and in which it has seen no registry.

    :param others: of management groups, or all that the caller sees, as Resource Manager tells them.
    :param candidates: None if Resource Graph was not asked, or did not tell.
    """
    ids = list(dict.fromkeys(one.lower() for one in (*named, *others)))
    if candidates is None:
        return ids
    fixed = {one.lower() for one in named}
    return [
        one for one in ids if one in fixed or one in candidates.with_registries or one not in candidates.subscriptions
    ]


def refusal(missing: typing.Sequence[Missing]) -> Failure:
    """The failure of an inventory that would not be whole."""
    return Failure(
        f"The inventory would not be whole, so there is none. {sentences(missing)}",
        hint="Mend that (the caller needs Reader rights), leave it out by subscriptions or management_groups, or set "
        "allow_missing: true to go on without it."
        + (
            " With search: lists Resource Graph is not asked."
            if any(one.kind == "resource_graph" for one in missing)
            else ""
        ),
        code="not_whole",
        details={"missing": [one.result() for one in missing]},
    )


def sentences(missing: typing.Sequence[Missing]) -> str:
    """What could not be read, each with its reason."""
    return " ".join(f"Not read: {one.title}. {one.reason}" for one in missing)
