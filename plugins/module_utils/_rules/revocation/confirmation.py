# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Whoever loses the key loses the images: nothing passes unless the caller confirmed it in so many words."""

from __future__ import annotations

import collections
import typing

from ..._domain.failure import Failure
from ..._domain.registry import Registry
from ..._domain.resource import Resource
from ..._domain.words import listed


def names(confirm: object) -> list[str]:
    """The names in a confirmation: a list, or one text with names separated by commas; in lower case."""
    if confirm is None:
        return []
    texts = confirm if isinstance(confirm, (list, tuple)) else [confirm]
    return [name.strip().lower() for text in texts for name in str(text).split(",") if name.strip()]


def labels(registries: typing.Sequence[Registry], others: typing.Sequence[Resource] = ()) -> list[str]:
    """What to name in a confirmation, registries first: each by its label, or by its id where two share that."""
    pairs = [(one.label, one.id) for one in registries] + [(one.name, one.id) for one in others]
    counts = collections.Counter(label.lower() for label, _id in pairs)
    return [label if counts[label.lower()] == 1 else id for label, id in pairs]


def _is_confirmed(one: Registry | Resource, label: str, confirmed: set[str], shared: set[str]) -> bool:
    """One name does not cover two."""
    said = {label.lower(), one.id.lower()}
    if isinstance(one, Registry) and one.login_server:
        said.add(one.login_server.lower())
    if one.name.lower() not in shared:
        said.add(one.name.lower())
    return bool(said & confirmed)


def require_confirmation(
    losing: typing.Sequence[Registry],
    confirm: object,
    *,
    what: str,
    others: typing.Sequence[Resource] = (),
) -> None:
    """Let nothing pass that makes data unreadable unless each registry, and each other resource, is named.

    :param losing: the registries whose data would become unreadable.
    :param others: other resources that would lose their key.
    :param what: the deed, as in "deleting the key K".
    :raises Failure: that lists every registry, and says how to confirm.
    """
    confirmed = set(names(confirm))
    everyone: list[Registry | Resource] = [*losing, *others]
    counts = collections.Counter(one.name.lower() for one in everyone)
    shared = {name for name, count in counts.items() if count > 1}
    pairs = zip(everyone, labels(losing, others), strict=True)
    unconfirmed = [label for one, label in pairs if not _is_confirmed(one, label, confirmed, shared)]
    if not unconfirmed:
        return
    count = "registry" if len(losing) == 1 else "registries"
    effects = []
    if losing:
        registries = listed(sorted(labels(losing)))
        effects.append(f"makes every image unreadable in the {count} {registries}")
    if others:
        effects.append(f"takes the key away from {listed(f'the {one.kind} {one.name}' for one in others)}")
    raise Failure(
        f"{what[0].upper()}{what[1:]} {' and '.join(effects)}.",
        parameter="confirm",
        hint="Nothing was changed. If that is what you want, name in confirm (acr_cmk_confirm for the playbooks) what "
        f"is not confirmed yet: {', '.join(sorted(unconfirmed))}.",
        code="confirmation_needed",
        details={
            "would_lose_access": affected(losing),
            "others_would_lose_access": [other.result() for other in others],
            "confirm": labels(losing, others),
        },
    )


def affected(losing: typing.Iterable[Registry]) -> list[dict[str, str | None]]:
    """The registries that lose access, as a result lists them."""
    return [{"name": one.name, "id": one.id, "login_server": one.login_server or None} for one in losing]
