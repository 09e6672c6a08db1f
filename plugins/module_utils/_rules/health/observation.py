# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""What was seen between a registry's identity and its key, and what is said of it."""

from __future__ import annotations

import dataclasses

from ..._domain.key import KeyVersion
from ..._domain.key_identifier import KeyIdentifier
from ..._domain.key_store import DeletedKeyStore, KeyStore
from ..access.grants import Grant


@dataclasses.dataclass(frozen=True)
class ObservedIdentity:
    """The identity by which a registry goes to its key.

    :param reference: how it was named.
    :param exists: whether there is one such.
    :param attached: to the registry; None while there is no registry.
    :param deleted: attached, but its resource is gone.
    :param recreated: there is another of that name, whose ids these are.
    :param unseen: nobody said whether the resource is still there.
    """

    reference: str
    exists: bool = True
    attached: bool | None = None
    system: bool = False
    client_id: str | None = None
    principal_id: str | None = None
    resource_id: str | None = None
    deleted: bool = False
    recreated: bool = False
    unseen: bool = False


@dataclasses.dataclass(frozen=True)
class Observation:
    """What was seen; None stands for what could not be seen.

    ``store``: the key store; ``deleted_store``: the soft-deleted one of that name; ``store_missing``: there is neither.
    ``key``: the version that would be used; ``key_state``: ``there``, ``missing``, ``deleted``, ``denied``,
    ``unreachable``, ``gone`` (missing or deleted, which the caller may not see) or ``unknown``. ``now``: Azure's time.
    ``tenant_id``: the caller's, empty if it does not matter.
    """

    key_identifier: KeyIdentifier
    now: float
    identity: ObservedIdentity | None = None
    store: KeyStore | None = None
    deleted_store: DeletedKeyStore | None = None
    store_missing: bool = False
    key: KeyVersion | None = None
    key_state: str = "unknown"
    grant: Grant | None = None
    tenant_id: str = ""

    @property
    def place(self) -> str:
        """The key store in words."""
        return self.key_identifier.place

    @property
    def key_name(self) -> str:
        """The key's name."""
        return self.key_identifier.name

    @property
    def unseen(self) -> list[str]:
        """What could not be looked at, each with the right that it takes."""
        lacks: list[str] = []
        if self.key_state == "denied":
            lacks.append("the key (Key Vault Reader, or the policy get and list)")
        elif self.key_state == "unreachable" and not self.store_missing and self.deleted_store is None:
            lacks.append("the key (its key store did not answer)")
        elif self.key_state == "unknown":
            lacks.append("the key (the vault's firewall keeps you out)")
        partial = self.store is None or self.store.is_partial
        if partial and self.deleted_store is None and not self.store_missing:
            lacks.append(f"the {self.place} (Reader)")
        if self.store is not None and self.grant is None and not (self.identity and self.identity.deleted):
            lacks.append("the identity's access (Reader at the key store)")
        if self.identity and self.identity.unseen:
            lacks.append("whether its identity is still there (Reader at the identity)")
        return lacks


@dataclasses.dataclass(frozen=True)
class Finding:
    """One thing that is wrong.

    ``severity`` is ``error`` (the registry cannot use the key), ``warning`` (it will not, or less safely than it
    should) or ``info``. ``why`` it matters; if empty, the general word for its severity counts.
    """

    code: str
    severity: str
    what: str
    remedy: str
    why: str = ""

    def result(self) -> dict[str, str]:
        """The finding as a result lists it."""
        return {**dataclasses.asdict(self), "why": self.why or _WHY[self.severity]}

    def sentence(self) -> str:
        """What is wrong and the way out."""
        return f"{self.what} {self.remedy}"


_WHY = {
    "error": "As long as it is so, no image can be pulled or pushed, or none will be after the registry's next look.",
    "warning": "It works now, and may not when it is needed.",
    "info": "Nothing is wrong; it is good to know.",
}
