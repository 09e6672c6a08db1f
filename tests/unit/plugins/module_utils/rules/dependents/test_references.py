# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.ownkey.acr.plugins.module_utils._rules.dependents import references

HOST, V = "contoso-kv.vault.azure.net", "1" * 32
URL = f"https://{HOST}/keys/cmk"
PAIR = {"keyVaultUri": f"https://{HOST}/", "keyName": "cmk"}

#: Where each service keeps the reference to its key.
FORMS = {
    "microsoft.storage/storageaccounts": {"encryption": {"keyvaultproperties": {**PAIR, "keyversion": ""}}},
    "microsoft.compute/diskencryptionsets": {"activeKey": {"keyUrl": f"{URL}/{V}", "sourceVault": {"id": "/x"}}},
    "microsoft.sql/servers": {"keyId": f"{URL}/{V}"},
    "microsoft.documentdb/databaseaccounts": {"keyVaultKeyUri": URL},
    "microsoft.servicebus/namespaces": {"encryption": {"keyVaultProperties": [{**PAIR, "keyVersion": V}]}},
    "microsoft.kusto/clusters": {"keyVaultProperties": {**PAIR, "keyVersion": V}},
    "microsoft.machinelearningservices/workspaces": {"encryption": {"keyVaultProperties": {"keyIdentifier": URL}}},
}


def row(kind, properties, name="thing"):
    return {"id": f"/subscriptions/s/{name}", "name": name, "type": kind, "properties": properties}


@pytest.mark.parametrize(("kind", "properties"), FORMS.items())
def test_every_service_s_form_is_read(kind, properties):
    users = references.users([row(kind, properties)], HOST.upper(), key="CMK")
    assert [one.kind for one in users] == [references.KINDS[kind]]
    assert references.users([row(kind, properties)], HOST, key="other") == []
    assert references.users([row(kind, properties)], "other-kv.vault.azure.net") == []
    assert references.users([row(kind, properties)], HOST) == users


def test_a_version_concerns_whoever_is_on_it_or_follows_the_newest():
    on, follows = row("microsoft.sql/servers", {"keyId": f"{URL}/{V}"}), row("microsoft.sql/servers", {"keyId": URL})
    assert len(references.users([on, follows], HOST, key="cmk", version=V)) == 2
    assert len(references.users([on, follows], HOST, key="cmk", version="2" * 32)) == 1


def test_the_query_names_the_store_and_every_kind():
    text = references.key_query(HOST)
    assert HOST in text
    assert all(f"'{kind}'" in text for kind in references.KINDS)
