# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Everything the local Azure knows, in one plain structure that can be written to a file."""

from __future__ import annotations

import hashlib
import json
import os
import pathlib
import secrets
import typing
import uuid

from .clock import Clock
from .settings import Settings
from .shelf import Shelf, Words
from .throttle import Throttle

if typing.TYPE_CHECKING:
    from .blobs.state import Account

SUBSCRIPTION = "00000000-0000-4000-8000-00000000ac12"
TENANT = "00000000-0000-4000-8000-0000000007e0"
CLIENT = "00000000-0000-4000-8000-0000000c11e7"
#: Where what is there from the start stands.
GROUP, LOCATION = "managed-hsms", "westeurope"
#: Parts of the state that an older state file does not have.
_LATER = (
    "images",
    "directory_groups",
    "others",
    "hsms",
    "deleted_hsms",
    "roles",
    "users",
    "locks",
    "policy_definitions",
    "policy_assignments",
    "unregistered",
    "perimeters",
    "purged_keys",
    "imports",
    "children",
    "diagnostic_settings",
    "policy_exemptions",
)
OWNER_ROLE = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"


def _of_registry(registry: dict[str, typing.Any]) -> typing.Iterator[str]:
    yield str(registry.get("label") or registry["name"].lower())
    yield storage_place(registry["id"])
    if registry.get("system_principal"):
        yield registry["system_principal"]


def _of_assignment(assignment: dict[str, typing.Any]) -> tuple[str, ...]:
    principal, scope = assignment["principal"], lower(assignment["scope"])
    return principal, f"at {scope}", f"{principal} at {scope}"


def _of_identity(identity: dict[str, typing.Any]) -> tuple[str, ...]:
    return identity["client_id"], identity["principal_id"]


def _of_vault(vault: dict[str, typing.Any]) -> tuple[str, ...]:
    return (vault["name"].lower(),)


def _of_child(child: dict[str, typing.Any]) -> tuple[str, ...]:
    return (child["principal"],) if child.get("principal") else ()


def _of_nothing(_thing: dict[str, typing.Any]) -> tuple[str, ...]:
    return ()


#: What there may be very many of, and what it is looked for by: see :class:`.shelf.Shelf`.
_SHELVES: dict[str, Words] = {
    "registries": _of_registry,
    "identities": _of_identity,
    "vaults": _of_vault,
    "assignments": _of_assignment,
    "children": _of_child,
    "replications": _of_nothing,
    "groups": _of_nothing,
}


def lower(resource_id: str) -> str:
    """The form in which resource ids are compared: Azure's own services do not agree on their case."""
    return resource_id.rstrip("/").lower()


def storage_place(registry_id: str) -> str:
    """Where in the storage behind registries one of them keeps its blobs."""
    return hashlib.sha256(registry_id.lower().encode()).hexdigest()[:32]


def _secret() -> str:
    """A client secret; a letter first, so that no command line takes it for an option."""
    return "s" + secrets.token_urlsafe(24)


def _root_group() -> dict[str, typing.Any]:
    """The tenant's root management group, with the subscription in it."""
    root = {"name": TENANT, "title": "Tenant Root Group", "parent": None, "subscriptions": [SUBSCRIPTION]}
    return {TENANT: root}


class World:
    """The state: ``data`` holds only what JSON can hold, keyed by lower-case resource id or host name.

    :param path: a file to keep the state in, or None.
    """

    def __init__(self, settings: Settings | None = None, path: pathlib.Path | None = None) -> None:
        self.settings = settings or Settings()
        self.clock = Clock()
        self.path = path
        self.data: dict[str, typing.Any] = {}
        #: data keys that registries hold unwrapped; they are never written to the state
        self.unwrapped: dict[str, tuple[str, float, bytes]] = {}
        #: how often Azure was asked of late
        self.throttle = Throttle()
        #: the order in registries and repositories, see :mod:`.images.lookup`
        self.lookups: dict[tuple[str, str], typing.Any] = {}
        self.cloud = "AzureCloud"
        #: Resource Graph's index where it lags behind: when it was taken, and its rows; and how many queries there were
        self.graph_index: tuple[float, list[typing.Any]] | None = None
        self.graph_queries = 0
        #: storage accounts, by name; they are no part of the state, as their blobs are elsewhere
        self.accounts: dict[str, Account] = {}
        #: changes so far of what is not to be changed side by side, and the number of the last one by what it was about
        self.changes = 0
        self.changed: dict[str, int] = {}
        #: rights that were asked for while the request under way was answered: principal, action, whether a data action
        self.asked: list[tuple[str, str, bool]] = []
        #: how an operation ends that the request under way begins, if a fault says so: ``Failed`` or ``Canceled``
        self.ending = ""
        if path and path.exists():
            self.load(json.loads(path.read_text(encoding="utf-8")))
        else:
            self.reset()

    def reset(self) -> None:
        """Begin anew: one tenant, one subscription, one service principal that owns it."""
        principal = str(uuid.uuid4())
        assignment = str(uuid.uuid4())
        scope = f"/subscriptions/{SUBSCRIPTION}"
        self.clock.offset = 0.0
        self.unwrapped, self.lookups, self.throttle, self.graph_index = {}, {}, Throttle(), None
        self.data = {
            "signing_key": secrets.token_hex(32),
            "tenant": TENANT,
            "subscriptions": {SUBSCRIPTION: {"displayName": "Local Azure", "tenant": TENANT}},
            "apps": {
                CLIENT: {
                    "name": "local-azure",
                    "secret": _secret(),
                    "oid": principal,
                    "certificates": [],
                }
            },
            "groups": {},
            "identities": {},
            "vaults": {},
            "deleted_vaults": {},
            "keys": {},
            "deleted_keys": {},
            "assignments": {
                f"{scope}/providers/microsoft.authorization/roleassignments/{assignment}": {
                    "name": assignment,
                    "scope": scope,
                    "role": OWNER_ROLE,
                    "principal": principal,
                    "principal_type": "ServicePrincipal",
                    "created": 0.0,
                    "created_by": principal,
                }
            },
            "registries": {},
            "replications": {},
            "operations": {},
            "management_groups": _root_group(),
            **{name: {} for name in _LATER},
        }
        self._shelve()

    def _shelve(self) -> None:
        for name in _SHELVES:
            self.shelf(name)

    def shelf(self, name: str) -> Shelf:
        """Those of the kinds of records of which there may be very many."""
        records = self.data[name]
        if not isinstance(records, Shelf):
            records = self.data[name] = Shelf(records, _SHELVES[name])
        return records

    def app(self) -> dict[str, typing.Any]:
        """The service principal that the local Azure comes with."""
        return {"client_id": CLIENT, **self.data["apps"][CLIENT]}

    def add_app(self, name: str) -> dict[str, typing.Any]:
        """A further service principal, without any rights.

        :returns: ``{client_id, secret, oid, name}``.
        """
        client_id = str(uuid.uuid4())
        self.data["apps"][client_id] = {
            "name": name,
            "secret": _secret(),
            "oid": str(uuid.uuid4()),
            "certificates": [],
        }
        return {"client_id": client_id, **self.data["apps"][client_id]}

    def add_user(self, name: str) -> dict[str, typing.Any]:
        """A person in the directory, without any rights.

        :param name: the user principal name, as in ``alice@contoso.com``.
        :returns: ``{name, password, oid}``.
        """
        user = {"name": name, "password": _secret(), "oid": str(uuid.uuid4())}
        self.data["users"][user["oid"]] = user
        return user

    def load(self, document: dict[str, typing.Any]) -> None:
        """Take over a state that :meth:`dump` made."""
        self.clock.offset = float(document["clock_offset"])
        self.data = document["data"]
        self.unwrapped, self.lookups, self.throttle, self.graph_index = {}, {}, Throttle(), None
        for name in _LATER:
            self.data.setdefault(name, {})
        self.data.setdefault("management_groups", _root_group())
        self._shelve()
        for content in self.data["images"].values():
            for repository in content["repositories"].values():
                # a list in an older state file
                repository["blobs"] = dict.fromkeys(repository["blobs"], True)

    def dump(self) -> dict[str, typing.Any]:
        """The state as plain JSON. It holds private keys and a client secret: keep the file to yourself."""
        return {"clock_offset": self.clock.offset, "data": self.data}

    def save(self) -> None:
        """Write the state file, if there is one, in a way that a kill in the middle leaves the old one."""
        if not self.path:
            return
        fresh = self.path.with_name(self.path.name + ".new")
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            json.dump(self.dump(), stream)
        os.replace(fresh, self.path)
