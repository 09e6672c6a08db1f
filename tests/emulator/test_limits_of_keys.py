# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a key, its rotation policy and what is wrapped under it can be at most, however it is asked for."""

from __future__ import annotations

import typing

import jwt
import pytest
import requests
from azure.keyvault.keys import JsonWebKey, KeyRotationLifetimeAction, KeyRotationPolicy
from azure.keyvault.keys.crypto import CryptographyClient, EncryptionAlgorithm, KeyWrapAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa
from local_azure.client import Control
from support.clients import Clients, refused

TOO_MUCH = {
    "many": {f"tag{number}": "x" for number in range(16)},
    "name": {"n" * 257: "x"},
    "value": {"a": "v" * 257},
}
MOST = {f"tag{number}": "x" for number in range(14)} | {"n" * 256: "v" * 256}
KEY = "https://contoso-kv.vault.azure.net/keys/cmk"


def ask(clients: Clients, method: str, path: str, body: object = None) -> requests.Response:
    token = clients.credential.get_token("https://vault.azure.net/.default").token
    headers, version = {"Authorization": f"Bearer {token}"}, {"api-version": "7.4"}
    return requests.request(method, KEY + path, params=version, json=body, headers=headers, timeout=30)


def outside() -> dict[str, typing.Any]:
    """A key that was made elsewhere, as a vault imports it."""
    parts = jwt.algorithms.RSAAlgorithm.to_jwk(rsa.generate_private_key(65537, 2048), as_dict=True)
    return {name: parts[name] for name in ("n", "e", "d", "p", "q", "dp", "dq", "qi")} | {"kty": "RSA"}


@pytest.fixture
def keyed(clients: Clients) -> Clients:
    clients.everything()
    return clients


# --- tags and dates --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", TOO_MUCH)
def test_tags_have_the_same_limit_whatever_brings_them(keyed: Clients, kind: str) -> None:
    keys, tags = keyed.keys(), TOO_MUCH[kind]
    for answer in (
        ask(keyed, "POST", "/create", {"kty": "RSA", "tags": tags}),
        ask(keyed, "PUT", "", {"key": outside(), "tags": tags}),
        ask(keyed, "PATCH", "", {"tags": tags}),
    ):
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "BadParameter")
    assert len(list(keys.list_properties_of_key_versions("cmk"))) == 1
    assert not keys.get_key("cmk").properties.tags


def test_the_most_tags_of_a_key(keyed: Clients) -> None:
    assert keyed.keys().update_key_properties("cmk", tags=MOST).properties.tags == MOST
    numbers = {name: jwt.utils.base64url_decode(value) for name, value in outside().items() if name != "kty"}
    imported = keyed.keys().import_key("cmk", JsonWebKey(kty="RSA", **numbers), tags=MOST)
    assert imported.properties.tags == MOST


@pytest.mark.parametrize("moment", [10**15, 253402300800, -1])
@pytest.mark.parametrize("name", ["exp", "nbf"])
def test_no_key_expires_after_all_time(keyed: Clients, name: str, moment: int) -> None:
    about = {"attributes": {name: moment}}
    for answer in (
        ask(keyed, "POST", "/create", {"kty": "RSA", **about}),
        ask(keyed, "PUT", "", {"key": outside(), **about}),
        ask(keyed, "PATCH", "", about),
    ):
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "BadParameter")


# --- rotation policies -----------------------------------------------------------------------------------------------


def policy(expiry: str | None, *actions: tuple[str, str, str]) -> dict[str, typing.Any]:
    shown = [{"trigger": {trigger: time}, "action": {"type": kind}} for kind, trigger, time in actions]
    return {"lifetimeActions": shown, "attributes": {"expiryTime": expiry} if expiry else {}}


@pytest.mark.parametrize("time", ["P99999Y", "P9000Y", "P7990Y", "P99999999999D", f"P{'9' * 5000}D", "P120000M"])
def test_a_time_that_never_comes_is_refused(keyed: Clients, time: str) -> None:
    for body in (policy(time), policy(None, ("Rotate", "timeAfterCreate", time))):
        answer = ask(keyed, "PUT", "/rotationpolicy", body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "BadParameter")
    assert keyed.keys().get_key("cmk").name == "cmk"


def test_a_policy_stays_good_while_time_goes_on(keyed: Clients, control: Control) -> None:
    """What was in the last year that there is when it was set lies behind it later."""
    answer = ask(keyed, "PUT", "/rotationpolicy", policy("P7900Y", ("Rotate", "timeAfterCreate", "P7000Y")))
    assert answer.status_code == 200
    control.advance(100 * 365.25 * 86400)
    keyed.sign_in(keyed.credential._client_id, keyed.credential._client_credential)
    rotated = keyed.keys().rotate_key("cmk")
    assert rotated.properties.expires_on is not None
    assert rotated.properties.expires_on.year == 9999
    assert keyed.keys().get_key("cmk").id == rotated.id


@pytest.mark.parametrize(
    "body",
    [
        policy("P1Y", ("Rotate", "timeAfterCreate", "P90D"), ("Rotate", "timeBeforeExpiry", "P30D")),
        policy("P90D", ("Rotate", "timeAfterCreate", "P90D")),
        policy("P90D", ("Rotate", "timeAfterCreate", "P84D")),
        policy("P90D", ("Rotate", "timeBeforeExpiry", "P1Y")),
        policy("P90D", ("Rotate", "timeBeforeExpiry", "P84D")),
    ],
)
def test_a_key_is_rotated_once_and_in_time(keyed: Clients, body: dict[str, typing.Any]) -> None:
    answer = ask(keyed, "PUT", "/rotationpolicy", body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "BadParameter")


@pytest.mark.parametrize("trigger", ["time_after_create", "time_before_expiry"])
def test_the_last_time_for_a_rotation(keyed: Clients, trigger: str) -> None:
    action = KeyRotationLifetimeAction("Rotate", **{trigger: "P83D"})
    kept = keyed.keys().update_key_rotation_policy(
        "cmk", KeyRotationPolicy(), lifetime_actions=[action], expires_in="P90D"
    )
    assert kept.expires_in == "P90D"


# --- what is wrapped -------------------------------------------------------------------------------------------------


def test_what_the_key_did_not_wrap_is_refused_with_each_padding(keyed: Clients) -> None:
    crypto = CryptographyClient(keyed.keys().get_key("cmk").id, keyed.credential, retry_total=0)
    for padding in (EncryptionAlgorithm.rsa1_5, EncryptionAlgorithm.rsa_oaep, EncryptionAlgorithm.rsa_oaep_256):
        whole = crypto.encrypt(padding, b"secret").ciphertext
        assert crypto.decrypt(padding, whole).plaintext == b"secret"
        assert crypto.unwrap_key(KeyWrapAlgorithm(padding.value), whole).key == b"secret"
        for text in (whole[:-1] + bytes([whole[-1] ^ 1]), b"\1" * 256, whole[:-1], b"", b"\xff" * 256):
            for verb in ("decrypt", "unwrapkey"):
                value = jwt.utils.base64url_encode(text).decode()
                answer = ask(keyed, "POST", f"/{verb}", {"alg": padding.value, "value": value})
                assert (answer.status_code, answer.json()["error"]["code"]) == (400, "BadParameter")
    empty = crypto.encrypt(EncryptionAlgorithm.rsa1_5, b"").ciphertext
    assert crypto.decrypt(EncryptionAlgorithm.rsa1_5, empty).plaintext == b""
    error = refused(crypto.decrypt, EncryptionAlgorithm.rsa1_5, b"\1" * 256)
    assert error.status_code == 400
