# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Random sequences of the collection's own operations, with accidents mixed in.

However they are mixed: nothing of ours makes data unreadable without a confirmation, and ``restore`` always brings it
back with the very same bytes. ``make sequences`` runs 1,000 of them, a test run fewer (OWNKEY_SEQUENCES).
"""

from __future__ import annotations

import copy
import os
import pathlib
import typing

import hypothesis
import pytest
from hypothesis import strategies
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from local_azure.images.state import Store
from local_azure.registries import encryption
from local_azure.registries.state import settle
from local_azure.server import LocalAzure
from support.contoso import Contoso
from support.direct import Direct
from support.near import NearClock, near, variables

SEQUENCES = int(os.environ.get("OWNKEY_SEQUENCES", "120"))
SEEDS = 4
PLACE = {"resource_group": "contoso"}
TO = {"registries": ["contosoacr"], **PLACE}
KV = "https://contoso-kv.vault.azure.net/keys"
KEY = {"vault": "contoso-kv"}
SECRET = b"what was pushed before all of it"


class World:
    """The local Azure, the collection's operations, and the state that every sequence begins from."""

    def __init__(self, azure: LocalAzure) -> None:
        self.azure = azure
        self.direct = Direct(variables(azure), NearClock(azure))
        contoso = Contoso(typing.cast(typing.Any, None))
        second = [
            {"ownkey.acr.keyvault_rsa_key": {**KEY, "name": "second"}},
            {"ownkey.acr.managed_identity": {"name": "second-id", "location": "westeurope", **PLACE}},
            {"ownkey.acr.keyvault_key_access": {"vault": "contoso-kv", "identity": "second-id", **PLACE}},
        ]
        for task in [*contoso.vault_tasks(), contoso.registry_task(), *second]:
            ((module, options),) = task.items()
            result = self.direct(module.rsplit(".", 1)[-1], **options)
            assert not result.get("failed"), result
        registry = self.registry()
        store = Store(azure.world, registry)
        store.link("team/app", store.seal(SECRET))
        self.digest = store.repository("team/app")["blobs"][0]
        manifest = b'{"config":{"digest":"%s","size":1},"layers":[]}' % self.digest.encode()
        store.put_manifest("team/app", "v1", manifest, "application/vnd.oci.image.manifest.v1+json", [self.digest])
        self._begin = copy.deepcopy(azure.world.dump())

    def reset(self) -> None:
        self.azure.world.load(copy.deepcopy(self._begin))
        self.azure.azure.log.clear()

    def registry(self) -> dict:
        (key,) = self.azure.world.data["registries"]
        return typing.cast(dict, settle(self.azure.world, key))

    def readable(self) -> bool:
        """Whether the registry can decrypt what was pushed: asked of its store, not of the collection."""
        if not encryption.readable(self.azure.world, self.registry())[0]:
            return False
        assert Store(self.azure.world, self.registry()).open(self.digest) == SECRET
        return True


WORLD: list[World] = []

#: Operations that confirm nothing, whatever they ask for.
OWN: list[tuple[str, dict[str, typing.Any]]] = [
    ("cmk_rotate", {**TO, "max_age": "0d"}),
    ("cmk_rotate", {**TO, "max_age": "0d", "pick_up": "wait"}),
    ("cmk_rotate", {**TO, "rotation_mode": "manual"}),
    ("cmk_rotate", {**TO, "rotation_mode": "automatic"}),
    ("cmk_rotate", {**TO, "key_identifier": f"{KV}/second"}),
    ("cmk_rotate", {**TO, "key_identifier": f"{KV}/cmk", "rotation_mode": "manual"}),
    ("cmk_rotate", {**TO, "identity": "second-id"}),
    ("cmk_rotate", {**TO, "identity": "contoso-id", "max_age": "0d"}),
    ("cmk_rotate", {**TO, "identity": "system"}),
    ("acr_cmk_registry", {"name": "contosoacr", "system_assigned_identity": True, "tags": {"a": "b"}, **PLACE}),
    ("acr_cmk_registry", {"name": "contosoacr", "identity": "second-id", "key_identifier": f"{KV}/second", **PLACE}),
    ("acr_cmk_registry", {"name": "contosoacr", "state": "absent", **PLACE}),
    ("keyvault_rsa_key", {**KEY, "name": "cmk", "max_age": "0d"}),
    ("keyvault_rsa_key", {**KEY, "name": "cmk", "expires_on": "2027-01-01"}),
    ("keyvault_rsa_key", {**KEY, "name": "cmk", "state": "disabled"}),
    ("keyvault_rsa_key", {**KEY, "name": "cmk", "state": "absent"}),
    ("keyvault_rsa_key", {**KEY, "name": "second", "state": "absent", "purge": True}),
    ("keyvault_rsa_key", {**KEY, "name": "second", "state": "disabled"}),
    ("keyvault_key_access", {"vault": "contoso-kv", "identity": "contoso-id", "state": "absent", **PLACE}),
    ("keyvault_key_access", {"vault": "contoso-kv", "identity": "second-id", "state": "absent", **PLACE}),
    ("keyvault_key_access", {"vault": "contoso-kv", "identity": "second-id", **PLACE}),
    ("managed_identity", {"name": "contoso-id", "state": "absent", **PLACE}),
    ("managed_identity", {"name": "second-id", "state": "absent", **PLACE}),
    ("keyvault", {"name": "contoso-kv", "state": "absent", **PLACE}),
    ("keyvault", {"name": "contoso-kv", "access": "policy", **PLACE}),
    ("keyvault", {"name": "contoso-kv", "network_acls": {"bypass": "None"}, **PLACE}),
    ("keyvault", {"name": "contoso-kv", "public_network_access": "Disabled", **PLACE}),
    ("resource_group", {"name": "contoso", "state": "absent"}),
    ("cmk_revoke", {**TO}),
    ("cmk_revoke", {**TO, "revoke_by": "delete_key"}),
    ("cmk_restore", {**TO}),
]
REVOKE = [
    {"revoke_by": "access"},
    {"revoke_by": "disable_key"},
    {"revoke_by": "disable_key", "key_versions": "in_use"},
    {"revoke_by": "delete_key"},
]
ACCIDENTS = ["disable", "delete key", "delete vault", "take roles away", "delete identity", "firewall", "operations"]


class Sequence(RuleBasedStateMachine):
    """One sequence. ``locked_on_purpose``: somebody confirmed it, or an accident happened."""

    def __init__(self) -> None:
        super().__init__()
        self.world = WORLD[0]
        self.world.reset()
        self.locked_on_purpose = False

    def run(self, module: str, **options: typing.Any) -> dict[str, typing.Any]:
        return (
            self.world.direct(module, **options, wait_timeout=60)
            if module in _WAITS
            else self.world.direct(module, **options)
        )

    @rule(what=strategies.sampled_from(OWN))
    def own_operation(self, what: tuple[str, dict[str, typing.Any]]) -> None:
        self.run(what[0], **what[1])

    @rule(way=strategies.sampled_from(REVOKE))
    def confirmed_revocation(self, way: dict[str, str]) -> None:
        result = self.run("cmk_revoke", **TO, **way, confirm=["contosoacr"])
        self.locked_on_purpose = True
        if not result.get("failed"):
            assert not self.world.readable(), result

    @rule(what=strategies.sampled_from(ACCIDENTS))
    def accident(self, what: str) -> None:
        self.locked_on_purpose = True
        _ACCIDENTS[what](self.world.azure.world.data, self.world)

    @precondition(lambda self: not self.locked_on_purpose)
    @rule(seconds=strategies.sampled_from([3700, 8 * 86400]))
    def time_passes(self, seconds: int) -> None:
        self.world.azure.world.clock.advance(seconds)

    @rule()
    def restore(self) -> None:
        result = self.run("cmk_restore", **TO)
        assert not result.get("failed"), result["msg"]
        assert self.world.readable(), result
        assert result["verified"], result
        self.locked_on_purpose = False

    @invariant()
    def data_is_readable_unless_somebody_said_so(self) -> None:
        assert self.locked_on_purpose or self.world.readable()

    def teardown(self) -> None:
        self.restore()


_WAITS = ("cmk_rotate", "cmk_revoke", "cmk_restore", "acr_cmk_registry", "keyvault_rsa_key", "keyvault")


def _disable(data: dict, _world: World) -> None:
    for key in data["keys"].get("contoso-kv", {}).values():
        for version in key["versions"].values():
            version["attributes"]["enabled"] = False


def _delete_key(data: dict, world: World) -> None:
    from local_azure.keys import state

    vault = next(iter(data["vaults"].values()), None)
    if vault and "cmk" in data["keys"]["contoso-kv"]:
        state.delete(world.azure.world, vault, "cmk")


def _delete_vault(data: dict, world: World) -> None:
    from local_azure.vaults import soft_delete

    for key in list(data["vaults"]):
        soft_delete(world.azure.world, key)


def _take_roles_away(data: dict, _world: World) -> None:
    cmk = "e147488a-f6f5-4113-8e2d-b22465e65bf6"
    data["assignments"] = {n: a for n, a in data["assignments"].items() if a["role"] != cmk}


def _delete_identity(data: dict, _world: World) -> None:
    data["identities"].clear()


def _firewall(data: dict, _world: World) -> None:
    for vault in data["vaults"].values():
        acls = {"defaultAction": "Deny", "bypass": "None", "ipRules": [{"value": "203.0.113.0/24"}]}
        vault["properties"]["networkAcls"] = {**acls, "virtualNetworkRules": []}


def _operations(data: dict, _world: World) -> None:
    for key in data["keys"].get("contoso-kv", {}).values():
        for version in key["versions"].values():
            version["key_ops"] = ["sign"]


_ACCIDENTS: dict[str, typing.Callable[[dict, World], None]] = {
    "disable": _disable,
    "delete key": _delete_key,
    "delete vault": _delete_vault,
    "take roles away": _take_roles_away,
    "delete identity": _delete_identity,
    "firewall": _firewall,
    "operations": _operations,
}


@pytest.mark.parametrize("seed", range(SEEDS))
def test_no_sequence_loses_data(seed: int, tmp_path: pathlib.Path) -> None:
    with near(tmp_path) as azure:
        WORLD[:] = [World(azure)]
        settings = hypothesis.settings(
            max_examples=SEQUENCES // SEEDS,
            stateful_step_count=6,
            deadline=None,
            database=None,
            suppress_health_check=list(hypothesis.HealthCheck),
            phases=[hypothesis.Phase.generate, hypothesis.Phase.shrink],
        )
        run_state_machine_as_test(hypothesis.seed(seed)(Sequence), settings=settings)
