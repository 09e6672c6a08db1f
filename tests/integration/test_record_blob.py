# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A record in an append blob, which Azurite keeps."""

from __future__ import annotations

import json
import threading
import typing

import pytest
from ansible_collections.ownkey.acr.plugins.module_utils._azure import append_blobs
from local_azure.client import Control
from local_azure.server import LocalAzure
from support.azurite import Evidence
from support.direct import Direct
from support.outcome import done, failed


def group(direct: Direct, evidence: Evidence, name: str = "contoso", **options: typing.Any) -> dict[str, typing.Any]:
    return direct("resource_group", name=name, location="westeurope", record=evidence.place(), **options)


def lines(evidence: Evidence) -> list[dict[str, typing.Any]]:
    return [json.loads(line) for line in evidence.content().splitlines()]


def test_a_blob_is_made_and_written_as_a_file_is(direct: Direct, evidence: Evidence) -> None:
    result = done(group(direct, evidence))
    assert result["record"]["place"] == evidence.place()
    assert [line["kind"] for line in lines(evidence)] == ["intent", "outcome"]
    assert evidence.blob().get_blob_properties().blob_type == "AppendBlob"
    verified = done(direct("record_verify", record=evidence.place(), head=result["record"]["head"]))
    assert (verified["verified"], verified["count"]) == (True, 2)
    assert not done(group(direct, evidence))["changed"]
    assert len(lines(evidence)) == 2


def error(code: str, status: int = 409) -> dict[str, typing.Any]:
    """What the blob service says when it says no."""
    raw = f"<?xml version='1.0' encoding='utf-8'?><Error><Code>{code}</Code><Message>no</Message></Error>"
    return {"status": status, "raw": raw, "headers": {"x-ms-error-code": code}, "content_type": "application/xml"}


def test_check_mode_looks_and_writes_nothing(direct: Direct, evidence: Evidence) -> None:
    foreseen = done(group(direct, evidence, check=True))
    assert foreseen["record"] == {"place": evidence.place(), "is_written": False}
    assert not evidence.blob().exists()


def test_writers_at_once_never_break_the_chain(direct: Direct, evidence: Evidence) -> None:
    """Each has its own session, as on two machines: the append position alone decides."""
    results: list[dict[str, typing.Any]] = []

    def write(number: int) -> None:
        results.extend(group(direct, evidence, f"group{number}-{turn}") for turn in range(2))

    writers = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [result.get("failed") for result in results] == [None] * 8
    verified = done(direct("record_verify", record=evidence.place()))
    assert (verified["count"], verified["open"]) == (16, [])


@pytest.mark.parametrize("when", ["before", "after"])
def test_an_answer_that_is_lost_neither_loses_nor_doubles_a_record(
    direct: Direct, evidence: Evidence, control: Control, when: str
) -> None:
    done(group(direct, evidence, "first"))
    control.fault(method="PUT", host=".*blob.*", reset=True, when=when, nth=1, times=1)
    done(group(direct, evidence, "second"))
    assert [line["kind"] for line in lines(evidence)] == ["intent", "outcome"] * 2
    assert done(direct("record_verify", record=evidence.place()))["verified"]


def test_a_blob_that_somebody_made_meanwhile_is_not_emptied(
    direct: Direct, evidence: Evidence, control: Control
) -> None:
    done(group(direct, evidence, "first"))
    # the first look comes before the other writer's
    control.fault(method="HEAD", host=".*blob.*", status=404, headers={"x-ms-error-code": "BlobNotFound"}, raw="")
    done(group(direct, evidence, "second"))
    assert [line["number"] for line in lines(evidence)] == [1, 2, 3, 4]


REFUSALS = {
    "full": (error("BlockCountExceedsLimit"), "50,000 blocks"),
    "sealed": (error("BlobIsSealed"), "sealed"),
    "firewall": (error("AuthorizationFailure", 403), "firewall"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_what_the_service_refuses_stops_the_task_before_its_change(
    direct: Direct, evidence: Evidence, control: Control, name: str
) -> None:
    fault, words = REFUSALS[name]
    done(group(direct, evidence, "first"))
    control.fault(method="PUT", host=".*blob.*", times=0, **fault)
    result = failed(group(direct, evidence, "second"), "record_unwritable")
    assert words in result["msg"]
    assert result["failure"]["parameter"] == "record"
    assert "second" not in str(control.state()["data"]["groups"])


def test_what_is_not_there_and_what_is_no_append_blob(direct: Direct, evidence: Evidence) -> None:
    no_container = {"record": "https://contosoevidence.blob.core.windows.net/nowhere/a"}
    options = {"name": "contoso", "location": "westeurope"}
    for check in (True, False):
        result = failed(direct("resource_group", check=check, **options, **no_container), "record_unwritable")
        assert "az storage container create" in result["msg"]
    evidence.blob("block").upload_blob(b"something else")
    failed(direct("resource_group", **options, record=evidence.place("block")), "record_unwritable")
    elsewhere = "https://contosonowhere.blob.core.windows.net/records/a"
    failed(direct("resource_group", **options, record=elsewhere), "unreachable")
    china = "https://contosoevidence.blob.core.chinacloudapi.cn/records/a"
    failed(direct("resource_group", **options, record=china), "foreign_host")
    failed(direct("record_verify", record=evidence.place("none")), "record_missing")


def test_who_may_not_write_is_told_what_to_ask_for(direct: Direct, evidence: Evidence, azure: LocalAzure) -> None:
    # the right that the fixture gave was for an account of another id
    evidence.account.id += "2"
    result = failed(group(direct, evidence), "record_unwritable")
    assert "Storage Blob Data Contributor" in result["msg"]
    assert azure.world.app()["oid"] in result["msg"]


def test_under_a_locked_retention_policy_it_goes_on_and_nobody_changes_what_is_there(
    direct: Direct, evidence: Evidence, azure: LocalAzure
) -> None:
    evidence.account.protected[evidence.container] = True
    done(group(direct, evidence, "first"))
    done(group(direct, evidence, "second"))
    assert len(lines(evidence)) == 4
    evidence.account.protected[evidence.container] = False
    result = failed(group(direct, evidence, "third"), "record_unwritable")
    assert "protected append writes" in result["msg"]


def test_tokens_for_storage_go_to_that_account_alone(direct: Direct, evidence: Evidence, control: Control) -> None:
    challenge = {
        "WWW-Authenticate": "Bearer authorization_uri=https://login.evil.example/x resource_id=https://x.example"
    }
    control.fault(method="HEAD", host=".*blob.*", status=401, headers=challenge, times=0)
    mark = control.mark()
    failed(group(direct, evidence), "foreign_challenge")
    assert not [entry for entry in control.requests(mark) if entry["writes"] and entry["service"] == "management"]


def test_what_a_record_in_a_blob_costs(direct: Direct, evidence: Evidence) -> None:
    plain = done(direct("resource_group", name="a", location="westeurope"))["requests"]
    first = done(group(direct, evidence, "b"))["requests"]
    again = done(group(direct, evidence, "c"))["requests"]
    idle = done(group(direct, evidence, "c"))["requests"]
    # HEAD, PUT, HEAD for a new one; HEAD, GET for its end; a PUT each for intent and outcome; and to see open intents
    assert (plain, first - plain, again - plain, idle) == (2, 5, 4, 1 + 2)


def test_a_blob_that_is_nearly_full_begins_nothing_and_takes_what_ends_it(
    direct: Direct, evidence: Evidence, control: Control, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(append_blobs, "_NEARLY_FULL", 0)
    control.fault(method="PUT", host=".*blob.*", nth=3, **error("BlobIsSealed"))
    failed(group(direct, evidence, "first"), "record_lost")
    for check in (True, False):
        result = failed(group(direct, evidence, "second", check=check), "record_unwritable")
        assert "nearly full" in result["msg"]
    assert "second" not in str(control.state()["data"]["groups"])
    assert done(direct("record_settle", record=evidence.place(), min_age="0d"))["changed"]
    assert [line["kind"] for line in lines(evidence)] == ["intent", "settlement"]
