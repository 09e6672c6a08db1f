# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A near local Azure with a registry under its key, an image in it, a second key, a second identity and a Managed HSM;
what stands in between; and the way back to the beginning."""

from __future__ import annotations

import copy
import json
import types
import typing

from azure.keyvault.administration._internal import http_challenge_cache as administration_challenges
from azure.keyvault.keys._shared import http_challenge_cache as keys_challenges
from local_azure.images.state import Store
from local_azure.managed_hsms import state as hsms
from local_azure.registries import encryption
from local_azure.registries.state import settle
from local_azure.server import LocalAzure

from .between import Between
from .contoso import Contoso
from .direct import Direct
from .near import NearClock, variables

PLACE = {"resource_group": "contoso"}
TO = {"registries": ["contosoacr"], **PLACE}
HSM = "https://contoso-hsm.managedhsm.azure.net"
#: Managed HSM Crypto Officer.
CRYPTO_OFFICER = "515eb02d-2335-4d2d-92f2-b1cbdf9c3778"
SECRET = b"what was pushed before all of it"


class SmallWorld:
    """All of it made by the collection, but the HSM.

    :param environment: what else its tasks find in their environment.
    :ivar between: sees every request.
    """

    def __init__(self, azure: LocalAzure, environment: typing.Mapping[str, str] = types.MappingProxyType({})) -> None:
        self.azure = azure
        self.environment = {**variables(azure), **environment}
        self.direct = Direct(self.environment, NearClock(azure))
        hsm = hsms.add(azure.world, "contoso-hsm", purge_protection=True)
        # to recover a deleted key there takes a role that keyvault_key_access does not give
        hsms.assign(hsm, scope="/keys", role=CRYPTO_OFFICER, principal=azure.world.app()["oid"])
        contoso = Contoso(typing.cast(typing.Any, None))
        second: list[dict[str, dict[str, typing.Any]]] = [
            {"ownkey.acr.keyvault_rsa_key": {"vault": "contoso-kv", "name": "second"}},
            {"ownkey.acr.managed_identity": {"name": "second-id", "location": "westeurope", **PLACE}},
            {"ownkey.acr.keyvault_key_access": {"vault": "contoso-kv", "identity": "second-id", **PLACE}},
            {"ownkey.acr.keyvault_key_access": {"vault": HSM, "caller": True}},
            {"ownkey.acr.keyvault_key_access": {"vault": HSM, "identity": "contoso-id", **PLACE}},
            {"ownkey.acr.keyvault_key_access": {"vault": HSM, "identity": "second-id", **PLACE}},
            {"ownkey.acr.keyvault_rsa_key": {"vault": HSM, "name": "cmk"}},
        ]
        for task in [*contoso.vault_tasks(), contoso.registry_task(), *second]:
            ((module, options),) = task.items()
            result = self.direct(module.rsplit(".", 1)[-1], **options)
            assert not result.get("failed"), result
        store = Store(azure.world, self.registry())
        self.digest = store.seal(SECRET)
        store.link("team/app", self.digest)
        kind = "application/vnd.oci.image"
        config = {"mediaType": f"{kind}.config.v1+json", "digest": self.digest, "size": 1}
        manifest = json.dumps({"config": config, "layers": []}).encode()
        store.put_manifest("team/app", "v1", manifest, f"{kind}.manifest.v1+json", [self.digest])
        # its roles count, however slow Azure is made from now on
        azure.world.clock.advance(3700)
        self._begin = copy.deepcopy(azure.world.dump())
        self.between = Between(azure)

    def reset(self) -> None:
        """Back to the beginning, as a new task's process finds it."""
        self.azure.world.load(copy.deepcopy(self._begin))
        self.azure.azure.log.clear()
        self.azure.azure.faults.faults.clear()
        self.between.forget()
        keys_challenges.clear()
        administration_challenges.clear()

    def registry(self) -> dict[str, typing.Any]:
        """The registry as the local Azure keeps it."""
        (key,) = self.azure.world.data["registries"]
        return typing.cast("dict[str, typing.Any]", settle(self.azure.world, key))

    def readable(self) -> bool:
        """Whether the registry can decrypt what was pushed: asked of its store, not of the collection."""
        if not encryption.readable(self.azure.world, self.registry())[0]:
            return False
        assert Store(self.azure.world, self.registry()).open(self.digest) == SECRET
        return True
