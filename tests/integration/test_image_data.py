# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is claimed of images was seen, images outlive every change, and whoever depends on a key is asked first."""

from __future__ import annotations

import pathlib
import typing

import pytest
from local_azure.server import LocalAzure
from support.contoso import Contoso
from support.direct import Direct
from support.images import Image, Skopeo
from support.locker import CONFIRM, KEY, PLACE, SERVER, TO, Locker, take_role_away

# --- nothing is claimed that was not seen ------------------------------------------------------------------------


def test_what_was_not_proven_is_not_claimed(locker: Locker) -> None:
    image = locker.clients.registries
    image.begin_update("contoso", "contosoacr", {"properties": {"publicNetworkAccess": "Disabled"}}).result()
    take_role_away(locker)
    result = locker.done("cmk_restore", **TO)
    assert (result["changed"], result["verified"]) == (True, False)
    assert "NOT proven: its data plane cannot be reached from here" in result["msg"]


def test_an_empty_registry_proves_nothing(with_registry: Contoso, direct: Direct) -> None:
    result = direct("cmk_restore", **TO)
    assert (result["changed"], result["verified"]) == (False, False)
    assert "holds no image" in result["msg"]


def test_whoever_may_not_pull_is_told(locker: Locker) -> None:
    someone = locker.control.principal("someone")
    scope = f"/subscriptions/{locker.clients.subscription}"
    for role in ("14b46e9e-c2b7-41b4-b07b-48a6ebf60603", "21090545-7ca7-4776-b22c-e363652d74d2"):
        locker.control.grant(scope=scope, role=role, principal=someone["oid"])
    registry = locker.control.registries()["contosoacr"]["id"]
    contributor = "f25e0fa2-a7c8-4377-a976-54943a77a395"
    locker.control.grant(scope=scope, role=contributor, principal=someone["oid"])
    result = locker.direct(
        "cmk_restore", registries=[registry], client_id=someone["client_id"], secret=someone["secret"]
    )
    assert result.get("failed") or result["verified"] is False, result


# --- the image outlives every change -----------------------------------------------------------------------------


def test_old_images_stay_readable_through_every_change_of_key_vault_and_identity(locker: Locker) -> None:
    second = "https://second-kv.vault.azure.net/keys/other"
    for task in (
        {"module": "managed_identity", "name": "second-id", "location": "westeurope", **PLACE},
        {"module": "keyvault", "name": "second-kv", "location": "westeurope", **PLACE},
        {"module": "keyvault_key_access", "vault": "second-kv", "caller": True, **PLACE},
        {"module": "keyvault_key_access", "vault": "second-kv", "identity": "second-id", **PLACE},
        {"module": "keyvault_key_access", "vault": "second-kv", "identity": "contoso-id", **PLACE},
        {"module": "keyvault_rsa_key", "vault": "second-kv", "name": "other", "size": 3072},
    ):
        options = dict(task)
        locker.done(options.pop("module"), **options)
    for number in range(4):
        locker.done("cmk_rotate", **TO, max_age="0d", verify_data=True)
        assert locker.images.push(Image(f"image {number}"), SERVER, "team/more", f"v{number}") == ""
    locker.done("cmk_rotate", **TO, rotation_mode="manual", verify_data=True)
    locker.done("cmk_rotate", **TO, key_identifier=second, verify_data=True)
    locker.done("cmk_rotate", **TO, identity="second-id", verify_data=True)
    locker.must_be_readable()
    for number in range(4):
        assert locker.images.pull(SERVER, "team/more", f"v{number}") == (Image(f"image {number}").digest, "")
    # the first key can go now, and the old vault with it: nothing needs it any more
    locker.done("keyvault_rsa_key", **KEY, state="absent")
    locker.must_be_readable()


@pytest.mark.parametrize("spread", [0, 300])
def test_a_vault_is_moved_from_one_permission_model_to_the_other_and_back(locker: Locker, spread: int) -> None:
    locker.control.settings(role_spread_seconds=spread)
    locker.control.advance(600)
    for model in ("policy", "rbac"):
        options = {"name": "contoso-kv", "access": model, **PLACE}
        assert locker.direct("keyvault", **options)["failure"]["code"] == "confirmation_needed"
        foreseen = locker.done("keyvault", **options, move_access=True, check=True)
        result = locker.done("keyvault", **options, move_access=True)
        assert foreseen["plan"] == result["plan"]
        assert result["vault"]["access"] == model
        locker.must_be_readable()
        locker.done("cmk_rotate", **TO, max_age="0d", verify_data=True)
        assert locker.done("keyvault", **options, move_access=True)["changed"] is False


def test_a_key_that_a_registry_still_needs_is_guarded_after_a_rotation(locker: Locker) -> None:
    """A registry that has not picked the new version up yet still needs the old one."""
    old = locker.done("keyvault_rsa_key_info", **KEY)["found_keys"][0]["version"]
    locker.done("keyvault_rsa_key", **KEY, max_age="0d")
    refused = locker.direct("keyvault_rsa_key", **KEY, version=old, state="disabled")
    assert refused["failure"]["code"] == "confirmation_needed"
    locker.control.advance(3700)
    locker.done("keyvault_rsa_key", **KEY, version=old, state="disabled")
    locker.must_be_readable()


def test_skopeo_and_the_sdk_read_each_other_s_images(locker: Locker, azure: LocalAzure, tmp_path: pathlib.Path) -> None:
    """Where skopeo is installed it takes its part; the image must be the same for both."""
    app = azure.world.app()
    clients: list[typing.Any] = [locker.images]
    if Skopeo.there():
        clients.append(Skopeo(azure.environment, tmp_path, f"{app['client_id']}:{app['secret']}"))
    for number, one in enumerate(clients):
        image = Image(f"from {one.name}")
        assert one.push(image, SERVER, "team/shared", f"v{number}") == ""
        for other in clients:
            assert other.pull(SERVER, "team/shared", f"v{number}") == (image.digest, "")
    locker.done("cmk_revoke", **TO, **CONFIRM)
    for one in clients:
        digest, problem = one.pull(SERVER, "team/shared", "v0")
        assert (digest, problem != "") == ("", True)


# --- who depends on it -------------------------------------------------------------------------------------------


def test_dependents_of_key_vault_and_identity(locker: Locker) -> None:
    scope = f"/subscriptions/{locker.clients.subscription}/resourceGroups/contoso/providers"
    locker.control.other(
        f"{scope}/Microsoft.Sql/servers/contososql",
        {"keyId": "https://contoso-kv.vault.azure.net/keys/cmk/" + "1" * 32},
    )
    locker.control.other(f"{scope}/Microsoft.Storage/storageAccounts/elsewhere", {"encryption": {}})
    key = "https://contoso-kv.vault.azure.net/keys/cmk"
    for options, others in (
        ({"key_identifier": key}, ["contososql"]),
        ({"vault": "contoso-kv"}, ["contososql"]),
        ({"identity": "contoso-id", **PLACE}, []),
        ({"key_identifier": f"{key}/{'2' * 32}"}, []),
    ):
        found = locker.done("cmk_dependents_info", **options)
        names = [known["name"] for known in found["registries"]]
        assert [one["name"] for one in found["others"]] == others
        assert names == ([] if "2222" in str(options) else ["contosoacr"])
        assert found["complete"]
    assert locker.direct("cmk_dependents_info")["failure"]["code"] == "missing_parameter"


def test_when_it_cannot_be_known_who_else_uses_the_key_that_is_said(locker: Locker) -> None:
    locker.control.fault(method="POST", path=".*Microsoft.ResourceGraph/resources", status=403, times=0)
    found = locker.done("cmk_dependents_info", vault="contoso-kv")
    assert (found["complete"], [known["name"] for known in found["registries"]]) == (False, ["contosoacr"])
    assert "not known which other Azure resources" in found["msg"]
    refused = locker.direct("keyvault_rsa_key", **KEY, state="absent")
    assert "contosoacr" in refused["msg"]
    assert any("not known" in warning for warning in refused["warnings"])
