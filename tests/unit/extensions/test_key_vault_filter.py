# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the event filter lets through of Event Grid's events, and what it leaves out.

The events have the form of Microsoft's published samples ("Azure Key Vault as Event Grid source", several editions).
"""

from __future__ import annotations

import json
import pathlib
import runpy
import typing

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[3]
#: As ansible-rulebook loads it.
FILTER = runpy.run_path(str(ROOT / "extensions" / "eda" / "plugins" / "event_filter" / "key_vault.py"))["main"]
VERSION = "ee059b2bb5bc48398a53b168c6cdcb10"
KEY = f"https://sample-kv.vault.azure.net/keys/cmk/{VERSION}"
TOPIC = "/subscriptions/ID/resourceGroups/sample-rg/providers/Microsoft.KeyVault/vaults/sample-kv"
DATA = {
    "Id": KEY,
    "VaultName": "sample-kv",
    "ObjectType": "Key",
    "ObjectName": "cmk",
    "Version": VERSION,
    "NBF": "1559081980",
    "EXP": "1559082102",
}
EVENT = {
    "id": "00eccf70-95a7-4e7c-8299-2eb17ee9ad64",
    "topic": TOPIC,
    "subject": "cmk",
    "eventType": "Microsoft.KeyVault.KeyNewVersionCreated",
    "eventTime": "2019-07-25T01:08:33.1036736Z",
    "data": DATA,
    "dataVersion": "1",
    "metadataVersion": "1",
}
READ = {"key_event": {"kind": "new_version", "vault": "https://sample-kv.vault.azure.net", "key": KEY}}
URL = (
    "https://rp-eastus2.eventgrid.azure.net:553/eventsubscriptions/estest/validate?id=512d38b6-c7b8-40c8-89fe-f46f9e9622b6"
    "&t=2018-04-26T20:30:54.4538837Z&apiVersion=2018-05-01-preview&token=1BNqCxBBSSE9OnNSfZM4%2b5H9zDegKMY6uJ%2fO2DFRkwQ%3d"
)
VALIDATION = {
    "id": "2d1781af-3a4c-4d7c-bd0c-e34b19da4e66",
    "topic": TOPIC,
    "subject": "",
    "data": {"validationCode": "512d38b6-c7b8-40c8-89fe-f46f9e9622b6", "validationUrl": URL},
    "eventType": "Microsoft.EventGrid.SubscriptionValidationEvent",
}
TEMPLATE = "{{ lookup('pipe', 'id') }}"


def read(*events: typing.Any, **options: typing.Any) -> list[dict[str, typing.Any]]:
    """What is let through of a webhook's request."""
    meta = {"endpoint": TEMPLATE, "headers": {"X": TEMPLATE}, "hosts": "all"}
    return typing.cast("list[dict[str, typing.Any]]", FILTER({"payload": list(events), "meta": meta}, **options))


def changed(**fields: typing.Any) -> dict[str, typing.Any]:
    return {**EVENT, "data": {**DATA, **fields}}


def test_a_request_of_a_webhook_has_a_list_and_a_message_of_a_queue_has_one() -> None:
    assert read(EVENT, EVENT) == [READ, READ]
    assert FILTER({"body": EVENT, "meta": {"message_id": "1"}}) == [READ]
    assert FILTER({"body": [EVENT]}) == [READ]
    assert FILTER({"body": json.dumps(EVENT)}) == [READ]


def test_both_schemas_are_read() -> None:
    cloud_event = {"source": TOPIC, "type": EVENT["eventType"], "data": DATA, "specversion": "1.0", "id": "1"}
    assert read(cloud_event) == [READ]


@pytest.mark.parametrize(
    "data",
    [
        # an edition of the samples has blanks in names and values, another other letters, a third numbers
        {
            "Id": KEY,
            "vaultName": "sample-kv",
            "objectType": "Key",
            "objectName ": "cmk",
            "version": f" {VERSION}",
            "nbf": 1,
        },
        {"id": f"{KEY} ", "VAULTNAME": "Sample-KV"},
        {"VaultName": "sample-kv", "ObjectName": "cmk", "Version": VERSION.upper()},
        {"Id": f"https://SAMPLE-KV.vault.azure.net:443/keys/cmk/{VERSION}/"},
    ],
)
def test_names_and_values_are_read_tolerantly(data: dict[str, typing.Any]) -> None:
    assert read({"EventType ": f" {str(EVENT['eventType']).upper()}", "topic": TOPIC, "DATA": data}) == [READ]


@pytest.mark.parametrize("version", ["1" * 32, "1" * 15 + "e" + "2" * 16, "0" * 32])
def test_a_version_stays_a_text(version: str) -> None:
    """A template of ansible-rulebook makes a number of a text that looks like one; inside an address it does not."""
    (event,) = read(changed(Id=None, Version=version))
    assert event["key_event"]["key"] == f"https://sample-kv.vault.azure.net/keys/cmk/{version}"


@pytest.mark.parametrize(
    ("kind", "told"),
    [("KeyNearExpiry", "near_expiry"), ("KeyExpired", "expired"), ("KeyNewVersionCreated", "new_version")],
)
def test_events_of_keys(kind: str, told: str) -> None:
    (event,) = read({**EVENT, "eventType": f"Microsoft.KeyVault.{kind}"})
    assert event["key_event"]["kind"] == told


@pytest.mark.parametrize("data", [{"VaultName": "sample-kv"}, {}, {"vaultName ": " sample-kv", "ObjectName": TEMPLATE}])
def test_a_changed_policy_is_about_the_vault(data: dict[str, str]) -> None:
    event = {**EVENT, "eventType": "Microsoft.KeyVault.VaultAccessPolicyChanged", "data": data}
    assert read(event) == [{"key_event": {"kind": "access_changed", "vault": "https://sample-kv.vault.azure.net"}}]


@pytest.mark.parametrize(
    "event",
    [
        changed(Id=None, ObjectName=TEMPLATE),
        changed(Id=f"https://sample-kv.vault.azure.net/keys/{TEMPLATE}/{VERSION}", ObjectName=None),
        changed(Id=f"https://evil.example.com/keys/cmk/{VERSION}", VaultName=None),
        changed(Id=f"https://evil.example.com#.vault.azure.net/keys/cmk/{VERSION}", VaultName=None),
        changed(Id=f"https://sample-kv.vault.azure.cn/keys/cmk/{VERSION}"),
        changed(Id=f"https://sample-kv.vault.azure.net/secrets/cmk/{VERSION}"),
        changed(Id=f"{KEY}\n- hosts: all"),
        changed(VaultName="other-kv"),
        changed(ObjectName="other"),
        changed(ObjectType="Secret"),
        changed(Id=None, Version="latest"),
        changed(Id=None, Version="１" * 32),
        changed(Id=None, VaultName="sample--kv"),
        changed(Id=["a"], ObjectName={"a": 1}, Version=True),
        {**EVENT, "data": "text"},
        {**EVENT, "data": None},
        {**EVENT, "eventType": "Microsoft.KeyVault.SecretNewVersionCreated"},
        {**EVENT, "eventType": TEMPLATE},
        {**EVENT, "eventType": None},
        {**EVENT, "eventType": "Microsoft.KeyVault.VaultAccessPolicyChanged", "data": {"VaultName": TEMPLATE}},
        {**EVENT, "eventType": "Microsoft.KeyVault.VaultAccessPolicyChanged", "data": {}, "topic": ""},
        "text",
        None,
        5,
        [EVENT],
    ],
)
def test_what_was_not_matched_letter_by_letter_is_left_out(event: typing.Any, caplog: pytest.LogCaptureFixture) -> None:
    # and what comes with it is read all the same
    assert read(event, EVENT) == [READ]
    assert "An event was left out" in caplog.text
    assert "Traceback" not in caplog.text


@pytest.mark.parametrize(
    "delivery", [{}, {"payload": "no JSON"}, {"payload": 5}, {"body": "[" * 100_000}, {"i": 1}, None]
)
def test_what_is_no_event_ends_no_source(delivery: typing.Any) -> None:
    assert FILTER(delivery) == []


def test_the_address_by_which_event_grid_validates_a_webhook() -> None:
    assert read(VALIDATION) == [{"validation_url": URL}]
    assert read(VALIDATION, vaults=["sample-kv"]) == [{"validation_url": URL}]
    assert read(VALIDATION, vaults=["other-kv"]) == []


@pytest.mark.parametrize(
    "url",
    [
        None,
        "http://rp-eastus2.eventgrid.azure.net/eventsubscriptions/a/validate?id=1",
        "https://evil.example.com/eventsubscriptions/a/validate?id=1",
        "https://eventgrid.azure.net.evil.example.com/eventsubscriptions/a/validate?id=1",
        "https://evil.example.com/.eventgrid.azure.net/eventsubscriptions/a/validate?id=1",
        "https://evil@rp.eventgrid.azure.net@evil.example.com/eventsubscriptions/a/validate?id=1",
        "https://rp.eventgrid.azure.cn/eventsubscriptions/a/validate?id=1",
        "https://rp.eventgrid.azure.net/anything?id=1",
        "https://rp.eventgrid.azure.net/eventsubscriptions/a/validate?id={{ 7 }}",
        "https://rp.eventgrid.azure.net/eventsubscriptions/a/validate?id=1 dest=/etc/passwd",
        "https://rp.eventgrid.azure.net/eventsubscriptions/a/validate?id=1\nid=2",
    ],
)
def test_no_other_address_is_fetched(url: typing.Any) -> None:
    assert read({**VALIDATION, "data": {"validationUrl": url}}) == []


def test_events_of_another_cloud_or_vault_are_left_out_on_request() -> None:
    china = changed(Id=f"https://sample-kv.vault.azure.cn/keys/cmk/{VERSION}")
    assert read(china, cloud="AzureChinaCloud")[0]["key_event"]["vault"] == "https://sample-kv.vault.azure.cn"
    assert read(EVENT, cloud="AzureChinaCloud") == []
    assert read(EVENT, vaults=["Sample-KV", "other-kv"]) == [READ]
    assert read(EVENT, vaults=["other-kv"]) == []


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"cloud": "AzureGermany"}, "cloud: 'AzureGermany' is none of AzureCloud, AzureUSGovernment, AzureChinaCloud"),
        ({"cloud": None}, "cloud: 'None' is none of"),
        (
            {"vaults": ["https://sample-kv.vault.azure.net"]},
            "vaults: 'https://sample-kv.vault.azure.net' is not the name",
        ),
        ({"vaults": [""]}, "vaults: '' is not the name of a vault"),
    ],
)
def test_options_by_which_all_would_be_left_out_are_told_at_once(options: dict[str, typing.Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        read(EVENT, **options)


def test_options_are_read_as_people_write_them() -> None:
    assert read(EVENT, cloud="azurecloud", vaults="other-kv, sample-kv") == [READ]
