# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A record of what is changed: the intent before the first change, the outcome after the last look, nothing else."""

from __future__ import annotations

import json
import pathlib
import stat

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from support.outcome import done, failed
from support.recording import CHANGES, ROTATE, Bench


def test_a_rotation_is_told_before_and_after(bench: Bench) -> None:
    result = done(bench("cmk_rotate", **ROTATE))
    intent, outcome = bench.lines
    (row,) = result["registries"]
    assert bench.look().is_right
    assert (intent["kind"], outcome["kind"], outcome["state"], outcome["closes"]) == ("intent", "outcome", "done", [1])
    assert intent["caller"]["object_id"] == bench.azure.world.app()["oid"]
    assert intent["caller"]["name"] == bench.azure.world.app()["client_id"]
    assert intent["intended"] == result["plan"]
    registry, key = intent["subjects"]
    assert registry["from"]["key_version"] == row["key_version_before"]
    assert registry["to"]["key_version"] == "(new)"
    assert key["id"] == "https://contoso-kv.vault.azure.net/keys/cmk"
    told = outcome["subjects"][0]
    assert told["to"]["key_version"] == row["key_version_after"]
    assert (told["outcome"], told["verified"]) == ("done", "the registry reports it")
    assert outcome["subjects"][1]["to"] == {"version": row["key_version_after"]}
    assert [change["method"] for change in outcome["changes"]] == ["POST", "PATCH"]
    assert all(change["request_id"] or change["correlation_id"] for change in outcome["changes"])
    assert result["record"]["head"] == {"count": 2, "hash": outcome["hash"]}
    assert stat.S_IMODE(bench.path.stat().st_mode) == 0o600


def test_times_are_azure_s(bench: Bench) -> None:
    bench.azure.world.clock.advance(40 * 86400)
    done(bench("cmk_rotate", **ROTATE))
    now = bench.azure.world.clock.now()
    for record in bench.look().records:
        assert record.clock == "azure"
        assert abs((record.moment or 0) - now) < 120


@pytest.mark.parametrize("name", CHANGES)
def test_every_change_says_what_it_means_to_do_and_to_what(bench: Bench, name: str) -> None:
    module, options = CHANGES[name]
    foreseen = done(bench(module, check=True, **options))
    assert foreseen["changed"]
    assert foreseen["record"]["is_written"] is False
    assert str(bench.path) in foreseen["msg"]
    assert not bench.path.exists()
    assert not bench.writes
    result = done(bench(module, **options))
    intent, outcome = bench.lines
    assert (intent["kind"], intent["module"], outcome["kind"]) == ("intent", module, "outcome")
    assert intent["intended"] == result["plan"]
    assert intent["subjects"]
    assert all(one.get("from") != one.get("to") for one in intent["subjects"])
    assert len(outcome["changes"]) == len(bench.writes)
    assert bench.look().is_right
    assert not bench.look().open
    again = done(bench(module, **options))
    if not again["changed"]:
        assert len(bench.lines) == 2
        assert "record" not in again


def test_a_new_version_of_a_key_is_told_by_its_own_name(bench: Bench) -> None:
    result = done(bench("keyvault_rsa_key", vault="contoso-kv", name="cmk", max_age="0d"))
    assert bench.lines[1]["subjects"][0]["to"]["version"] == result["key"]["version"]


def test_a_restoration_is_told(bench: Bench) -> None:
    gone = {"vault": "contoso-kv", "name": "cmk", "state": "absent", "confirm": ["contosoacr"]}
    done(bench.direct("keyvault_rsa_key", **gone))
    done(bench("cmk_restore", registries=["contosoacr"], verify_data=False))
    intent, outcome = bench.lines
    assert len(intent["intended"]) == 1
    assert "recover" in intent["intended"][0]
    assert outcome["subjects"][0]["to"] == {"reaches_key": True}


def test_nothing_changed_nothing_written(bench: Bench) -> None:
    assert not done(bench("cmk_rotate", registries=["contosoacr"], max_age="90d"))["changed"]
    assert not bench.path.exists()


def test_the_environment_names_a_place_for_all_tasks_and_an_option_another(bench: Bench) -> None:
    elsewhere = bench.path.with_name("elsewhere.jsonl")
    bench.direct.environment["OWNKEY_ACR_RECORD"] = str(bench.path)
    done(bench.direct("resource_group", name="other", location="westeurope"))
    done(bench.direct("resource_group", name="third", location="westeurope", record=str(elsewhere)))
    assert len(bench.lines) == 2
    assert elsewhere.exists()
    bench.direct.environment["OWNKEY_ACR_RECORD"] = "record.jsonl"
    result = failed(bench.direct("resource_group", name="fourth", location="westeurope"), "malformed_place")
    assert "OWNKEY_ACR_RECORD" in result["msg"]


def test_what_awx_and_the_playbook_say(bench: Bench) -> None:
    words = {"playbook": "{{ 7 * 7 }}.yml\x1b[2J", "run": "r-1", "awx_user": "alice", "task": "made up"}
    bench.direct.environment |= {"OWNKEY_ACR_ORIGIN": json.dumps(words), "JOB_ID": "42", "INVENTORY_ID": "7"}
    done(bench("resource_group", name="other", location="westeurope"))
    origin = bench.lines[0]["origin"]
    assert origin["playbook"] == words["playbook"]
    assert (origin["run"], origin["awx_user"], origin["awx_job"]) == ("r-1", "alice", "42")
    assert origin["task"] != "made up"
    bench.direct.environment["OWNKEY_ACR_ORIGIN"] = "[no JSON"
    done(bench("resource_group", name="third", location="westeurope"))
    assert bench.look().is_right


def test_no_secret_stands_there(bench: Bench) -> None:
    secret = bench.azure.world.app()["secret"]
    tags = {"note": f"it is {secret}"}
    done(bench("resource_group", name="other", location="westeurope", tags=tags))
    pem = pathlib.Path(bench.path.parent, "key.pem")
    pem.write_text(_private_key(), encoding="utf-8")
    done(bench("keyvault_rsa_key", vault="contoso-kv", name="brought", import_file=str(pem)))
    text = bench.path.read_text(encoding="utf-8")
    assert secret not in text
    assert "PRIVATE KEY" not in text
    assert not any(part in text for part in pem.read_text(encoding="utf-8").split()[3:10])
    assert "it is ********" in text
    assert "Bearer" not in text
    assert bench.look().is_right


def _private_key() -> str:
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return rsa.generate_private_key(65537, 2048).private_bytes(*form).decode()


def test_nothing_is_verified_where_there_was_nothing_to_see(bench: Bench) -> None:
    done(bench("cmk_revoke", registries=["contosoacr"], confirm=["contosoacr"]))
    assert "verified" not in bench.lines[-1]


def test_a_purge_leaves_its_request(bench: Bench) -> None:
    place = {"resource_group": "contoso", "location": "westeurope"}
    done(bench.direct("keyvault", name="spare-kv", purge_protection=False, **place))
    done(bench.direct("keyvault_key_access", vault="spare-kv", resource_group="contoso", caller=True))
    key = {"vault": "spare-kv", "name": "spare"}
    done(bench.direct("keyvault_rsa_key", **key))
    done(bench.direct("keyvault_rsa_key", **key, state="absent"))
    done(bench("keyvault_rsa_key", **key, state="absent", purge=True))
    assert [change["method"] for change in bench.lines[-1]["changes"]] == ["DELETE"]
    assert bench.lines[0]["subjects"][0]["from"] == {"state": "soft-deleted"}
