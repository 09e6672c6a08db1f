# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Answers that are none: a gateway's page, a company proxy's refusal, nothing, half of one, JSON of another shape.

Once, a GET is asked again; for ever, the failure says what is wrong. Never a Python error, an absence, a false success.
"""

from __future__ import annotations

import typing

import pytest
from local_azure.client import Control
from support.contoso import Contoso
from support.direct import Direct
from support.locker import CONFIRM, TO, Locker

PLACE = {"resource_group": "contoso"}
MANAGEMENT, VAULT, REGISTRY = "management.azure.com", ".*vault.azure.net", "contosoacr.azurecr.io"

BAD: dict[str, tuple[dict[str, typing.Any], str, str]] = {
    "a sign-in page": ({"status": 200, "page": "Sign in"}, "not_azure", "the title 'Sign in'"),
    "a proxy's refusal": ({"status": 403, "page": "Blocked"}, "not_azure", "the title 'Blocked'"),
    "a proxy's 404": ({"status": 404, "page": "Not Found"}, "not_azure", "404"),
    "a bare 404": ({"status": 404, "raw": ""}, "not_azure", "404"),
    "nothing": ({"status": 200, "raw": ""}, "unreadable_answer", "it is empty"),
    "a text": ({"status": 200, "raw": "OK"}, "unreadable_answer", "no JSON"),
    "a list": ({"status": 200, "body": []}, "unreadable_answer", "no object"),
    "null": ({"status": 200, "body": None}, "unreadable_answer", "no object"),
    "an empty object": ({"status": 200, "body": {}}, "unreadable_answer", "it has no"),
    "an empty list of nothing": ({"status": 200, "body": {"value": None}}, "unreadable_answer", "it has no"),
    "half": ({"garble": True, "when": "after"}, "unreadable_answer", "no JSON"),
}
READS: dict[str, tuple[str, dict[str, typing.Any], str]] = {
    "registry": ("acr_cmk_registry_info", {"name": "contosoacr", **PLACE}, MANAGEMENT),
    "registries": ("acr_cmk_registry_info", {}, MANAGEMENT),
    "key": ("keyvault_rsa_key_info", {"vault": "contoso-kv", "name": "cmk"}, VAULT),
    "keys": ("keyvault_rsa_key_info", {"vault": "contoso-kv"}, VAULT),
    "vault": ("keyvault", {"name": "contoso-kv", "location": "westeurope", **PLACE}, MANAGEMENT),
    "identity": ("managed_identity", {"name": "contoso-id", "location": "westeurope", **PLACE}, MANAGEMENT),
    "group": ("resource_group", {"name": "contoso", "location": "westeurope"}, MANAGEMENT),
}


#: Each kind for one resource, and of the kinds that look like an absence each for all.
_PAIRS = [
    (bad, what) for bad in BAD for what in READS if what == "registry" or bad in ("a bare 404", "an empty object")
]


@pytest.mark.parametrize(("bad", "what"), _PAIRS)
def test_a_read(with_registry: Contoso, direct: Direct, control: Control, bad: str, what: str) -> None:
    module, options, host = READS[what]
    fault, code, words = BAD[bad]
    undisturbed = direct(module, **options)
    control.fault(host=host, method="GET", **fault)
    once = direct(module, **options)
    assert {**once, "requests": 0} == {**undisturbed, "requests": 0}
    control.clear_faults()
    control.fault(host=host, method="GET", times=0, **fault)
    result = direct(module, **options)
    assert (result.get("failed"), result["changed"]) == (True, False)
    assert result["failure"]["code"] == code
    assert words in result["msg"]


@pytest.mark.parametrize("bad", [*BAD, "a page after it took effect"])
def test_a_change(with_vault: Contoso, direct: Direct, control: Control, bad: str) -> None:
    """What was sent and not answered by Azure may have taken effect, and the next run finds out."""
    fault, code, words = BAD.get(bad, ({"page": "Bad Gateway", "when": "after"}, "not_azure", "Bad Gateway"))
    task = {"name": "late-id", "location": "westeurope", **PLACE}
    control.fault(host=MANAGEMENT, method="PUT", times=0, **fault)
    result = direct("managed_identity", **task)
    assert result["failure"]["code"] == code
    assert words in result["msg"]
    assert result["changed"] is (fault.get("status") not in (403, 404))
    control.clear_faults()
    after = fault.get("when") == "after"
    assert direct("managed_identity", **task)["changed"] is not after


@pytest.mark.parametrize("bad", [name for name in BAD if not name.startswith(("an empty", "a bare"))])
@pytest.mark.parametrize("path", ["/acr/v1/_catalog", "/v2/team/app/manifests/.*"])
def test_an_image_that_cannot_be_judged(locker: Locker, control: Control, bad: str, path: str) -> None:
    """Reading an image proves nothing then, and the revocation itself is done and told."""
    fault, _code, _words = BAD[bad]
    control.fault(host=REGISTRY, method="GET", path=path, times=0, **fault)
    result = locker.direct("cmk_revoke", **TO, **CONFIRM, wait_timeout=5)
    assert (result.get("failed"), result["changed"], result["locked"]) == (None, True, False)
    assert result["data"]["contosoacr"]["state"] == "unknown"


def test_a_manifest_with_another_digest(locker: Locker, control: Control) -> None:
    control.fault(host=REGISTRY, path="/v2/team/app/manifests/.*", status=200, body={"schemaVersion": 2}, times=0)
    result = locker.direct("cmk_restore", **TO)
    assert (result.get("failed"), result["verified"]) == (None, False)
    assert "NOT proven" in result["msg"]


@pytest.mark.parametrize(
    "fault", [{"status": 200, "page": "Sign in"}, {"status": 200, "body": []}, {"status": 400, "raw": ""}]
)
def test_signing_in(with_registry: Contoso, direct: Direct, control: Control, fault: dict) -> None:
    control.fault(host="login.microsoftonline.com", times=0, **fault)
    result = direct("acr_cmk_registry_info", name="contosoacr", **PLACE)
    assert result["failure"]["code"] == "sign_in"
    assert "Traceback" not in result["msg"]
