# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Real traffic of Azure, replayed in order: the local Azure gives the same statuses, fields and headers."""

from __future__ import annotations

import base64
import json
import pathlib
import re
import typing

import jwt.algorithms
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from local_azure.authorization.routes import grant
from local_azure.images.state import Store
from local_azure.imports import source
from local_azure.keys import crypto
from local_azure.keys import state as keys
from local_azure.managed_hsms import state as hsms
from local_azure.server import LocalAzure
from local_azure.settings import Settings
from local_azure.world import OWNER_ROLE, SUBSCRIPTION
from recording_differences import REVIEWED
from support.images import Image
from support.imports import keep
from support.replay import OPERATION, PERSON, Difference, Exchange, Replay, load

FOLDER = pathlib.Path(__file__).parent / "recordings"
#: The vault that the az CLI's tests read a password from, and the Managed HSM that they share.
VAULT, HSM = "imageimport", "clitest0914b"
#: The registry that the tests of imports share, with the application and the token that may pull from it.
SOURCE, APPLICATION = "sourceregistrydiffsub", "52127538-09de-4373-a6e8-32c179b575f9"
#: The object id of the person who recorded the tests of Key Vault.
RECORDER = "9ac02ab3-5061-4ec6-a3d8-2cdaa5f29efa"
PULL = "7f951dda-4ed3-4680-a7ca-43fe172d538d"
CRYPTO_USER, CRYPTO_OFFICER = "21dbd100-6940-42c2-9190-5d6cb909625b", "515eb02d-2335-4d2d-92f2-b1cbdf9c3778"
#: By recording, how many of its exchanges the local Azure has no answer for: private endpoints, networks, secrets and
#: certificates. A number that falls is good news, and is written down here.
NOT_EMULATED = {
    "acr_create_replication": 0,
    "acr_create_webhook": 0,
    "acr_identity": 0,
    "acr_image_import": 2,
    "acr_network_rule": 0,
    "acr_with_dedicated_data_endpoints": 0,
    "acr_with_private_endpoint": 12,
    "keyvault_hsm_key_using_hsm_name": 0,
    "keyvault_hsm_role": 0,
    "keyvault_key": 0,
    "keyvault_network_rule": 15,
    "keyvault_private_link_resource": 0,
    "keyvault_softdelete": 13,
    "repository_token_create": 0,
}


@pytest.fixture(scope="module")
def replayed() -> dict[str, Replay]:
    return {name: _play(name) for name in NOT_EMULATED}


def test_every_recording_is_replayed() -> None:
    assert {path.stem for path in FOLDER.glob("*.jsonl")} == set(NOT_EMULATED)


@pytest.mark.parametrize("name", NOT_EMULATED)
def test_the_local_azure_answers_as_azure_did(replayed: dict[str, Replay], name: str) -> None:
    differences = [one for one in replayed[name].differences if not any(known.covers(one) for known in REVIEWED)]
    assert not differences, "\n".join(map(str, differences[:40]))


@pytest.mark.parametrize(("name", "count"), NOT_EMULATED.items())
def test_what_is_not_emulated_is_counted(replayed: dict[str, Replay], name: str, count: int) -> None:
    assert len(replayed[name].not_emulated) == count


def test_every_reviewed_difference_is_still_there(replayed: dict[str, Replay]) -> None:
    seen: list[Difference] = [one for replay in replayed.values() for one in replay.differences]
    assert not [known for known in REVIEWED if not any(known.covers(one) for one in seen)]


# --- what was there before the recordings began ------------------------------------------------------------------


def _play(name: str) -> Replay:
    seconds = {"operation_seconds": OPERATION, "import_seconds": OPERATION}
    azure = LocalAzure(Settings(**seconds, key_delete_seconds=10, replica_sync_seconds=5))
    person = azure.world.add_user(PERSON)
    grant(azure.world, scope=f"/subscriptions/{SUBSCRIPTION}", role=OWNER_ROLE, principal=person["oid"])
    replay = Replay(azure)
    replay.known[RECORDER] = person["oid"]
    replay.material = _material()
    # no vault is without soft delete any more; the recordings' own had none so that what they deleted is gone
    replay.unsaid = [("enableSoftDelete", False)]
    exchanges = load(FOLDER / f"{name}.jsonl")
    _before(replay, exchanges)
    unkept = any('"enableSoftDelete": false' in json.dumps(exchange.request) for exchange in exchanges)
    for exchange in exchanges:
        if SOURCE in json.dumps(exchange.request):
            _password(replay, exchange.request["source"])
        replay.play(exchange)
        deleted = re.fullmatch(r"https://([^.]+)\.vault\.azure\.net/keys/([^/?]+)\?.*", exchange.url)
        if unkept and deleted and exchange.method == "DELETE":
            keys.purge(replay.world, {"name": deleted[1]}, deleted[2])
    return replay


def _material() -> dict[str, dict[str, str]]:
    """Keys to import, of the kinds that are imported; the recordings have the beginning of theirs only."""
    key = jwt.algorithms.RSAAlgorithm.to_jwk(rsa.generate_private_key(65537, 2048), as_dict=True)
    found = {"RSA": {name: key[name] for name in ("n", "e", "d", "p", "q", "dp", "dq", "qi")}}
    for name in ("P-256", "P-521"):
        numbers = ec.generate_private_key(crypto.CURVES[name]).private_numbers()
        point = numbers.public_numbers
        found["EC" + name] = {n: _text(v) for n, v in (("x", point.x), ("y", point.y), ("d", numbers.private_value))}
    return found


def _text(number: int) -> str:
    return base64.urlsafe_b64encode(number.to_bytes(66, "big")).rstrip(b"=").decode()


def _before(replay: Replay, exchanges: list[Exchange]) -> None:
    urls = " ".join(exchange.url for exchange in exchanges)
    if VAULT in urls:
        properties: dict[str, typing.Any] = {"sku": {"family": "A", "name": "standard"}, "accessPolicies": []}
        properties["tenantId"] = replay.world.data["tenant"]
        where = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/others/providers/Microsoft.KeyVault/vaults/{VAULT}"
        url = f"https://management.azure.com{where}?api-version=2019-09-01"
        assert replay.ask("PUT", url, {"location": "westus", "properties": properties})[0] == 200
    if HSM in urls:
        _hsm(replay, exchanges)
    if "/importImage" in urls:
        _images(replay)


def _images(replay: Replay) -> None:
    """The images that are imported, and the application that may pull them."""
    place = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/resourcegroupdiffsub"
    where = f"{place}/providers/Microsoft.ContainerRegistry/registries/{SOURCE}"
    url = f"https://management.azure.com{where}?api-version=2019-12-01-preview"
    assert replay.ask("PUT", url, {"location": "westus", "sku": {"name": "Standard"}})[0] == 200
    world, image = replay.world, Image()
    shared = Store(world, world.data["registries"][where.lower()])
    for content, name, tags in (
        (shared, "microsoft", ("azure-cli", "azure-cli-1", "azure-cli-2")),
        (Store(world, source.outside("registry.hub.docker.com")), "library/hello-world", ("latest",)),
    ):
        keep(content, image, name, *tags)
    # the recording does not show how the repository azure-cli came into the registry that it is imported from
    replay.known["azure-cli@sha256:622731d3e3a16b11a1f318b1c5018d0c44996b4c096b864fe2eac5b8beab535a"] = (
        f"microsoft@{image.digest}"
    )
    application = world.add_app("SP")
    world.data["apps"][APPLICATION] = world.data["apps"].pop(application["client_id"])
    grant(world, scope=where, role=PULL, principal=application["oid"])


def _password(replay: Replay, origin: dict[str, typing.Any]) -> None:
    """What a recording has as ``…``: the application's password, or, without a name, a token of the person's."""
    credentials, application = origin.get("credentials") or {}, replay.world.data["apps"][APPLICATION]
    if credentials:
        token = replay.token("https://management.azure.com").removeprefix("Bearer ")
        replay.cut(credentials["password"], application["secret"] if "username" in credentials else token)


def _hsm(replay: Replay, exchanges: list[Exchange]) -> None:
    """The Managed HSM, with the keys or the local roles of which the first list tells."""
    hsm = hsms.add(replay.world, HSM, purge_protection=False)
    hsm["retention_days"], oid = 7, replay.person()["oid"]
    hsm["roles"].clear()
    for one in exchanges[1].response["value"]:
        if "kid" in one:
            pem, name = crypto.generate("RSA", 2048, ""), one["kid"].rsplit("/", 1)[-1]
            keys.new_version(replay.world, hsm, name, kty="RSA-HSM", pem=pem, body={})
            continue
        given = one["properties"]
        principal = replay.known.get(given["principalId"], given["principalId"])
        role = given["roleDefinitionId"].rsplit("/", 1)[-1]
        hsms.assign(hsm, scope=given["scope"], role=role, principal=principal, name=one["name"])
    if not hsm["roles"]:
        for role in (CRYPTO_USER, CRYPTO_OFFICER):
            hsms.assign(hsm, scope="/", role=role, principal=oid)
