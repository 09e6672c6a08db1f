# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A record of what is changed: the intent before the first change, the outcome after the last look, nothing else."""

from __future__ import annotations

import copy
import dataclasses
import json
import os
import pathlib
import resource
import stat
import subprocess
import typing

import pytest
from ansible_collections.ownkey.acr.plugins.module_utils._clock import Stop, Stopped
from ansible_collections.ownkey.acr.plugins.module_utils._operations.record import file, process
from ansible_collections.ownkey.acr.plugins.module_utils._rules.record import chain
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from local_azure.client import Control
from local_azure.faults import Fault
from local_azure.keys import crypto
from local_azure.keys import state as local_keys
from local_azure.server import LocalAzure
from support.contoso import Contoso
from support.direct import Direct
from support.near import NearClock, near, variables
from support.outcome import done, failed

Result = dict[str, typing.Any]
WRITES = ("PUT", "PATCH", "POST", "DELETE")
ROTATE = {"registries": ["contosoacr"], "max_age": "0d"}


class Bench:
    """The registry contosoacr and its key, near, and a place for a record."""

    def __init__(self, azure: LocalAzure) -> None:
        self.azure = azure
        self.clock = NearClock(azure)
        self.direct = Direct(variables(azure), self.clock)
        contoso = Contoso(typing.cast(Control, None))
        for task in [*contoso.vault_tasks(), contoso.registry_task()]:
            ((module, options),) = task.items()
            done(self.direct(module.rsplit(".", 1)[-1], **options))
        azure.world.clock.advance(7200)
        self._begin = copy.deepcopy(azure.world.dump())

    def reset(self, folder: pathlib.Path) -> None:
        self.azure.world.load(copy.deepcopy(self._begin))
        self.azure.azure.faults.faults.clear()
        self.azure.azure.log.clear()
        self.path = folder / "record.jsonl"
        for name in ("OWNKEY_ACR_RECORD", "OWNKEY_ACR_ORIGIN", "JOB_ID", "INVENTORY_ID"):
            self.direct.environment.pop(name, None)

    def __call__(self, module: str, /, **options: typing.Any) -> Result:
        return self.direct(module, record=str(self.path), **options)

    def killed(self, at: int, module: str, /, **options: typing.Any) -> bool:
        """Run a task that is ended just before a request, counted from 1; whether it got that far."""
        clock = _Killed(self.azure, at)
        try:
            Direct(self.direct.environment, clock)(module, record=str(self.path), **options)
        except Stopped:
            return True
        return False

    def fault(self, **what: typing.Any) -> None:
        self.azure.azure.faults.faults.append(Fault(**what))

    @property
    def lines(self) -> list[dict[str, typing.Any]]:
        text = self.path.read_text(encoding="utf-8") if self.path.exists() else ""
        return [json.loads(line) for line in text.splitlines()]

    @property
    def kinds(self) -> list[str]:
        return [line["kind"] for line in self.lines]

    @property
    def writes(self) -> list[str]:
        """The changes that Azure was asked for, without those to sign in."""
        return [
            f"{one.method} {one.path}"
            for one in self.azure.azure.log.since(0)
            if one.service != "login" and one.method in WRITES and one.writes
        ]

    def look(self) -> chain.Verification:
        data = self.path.read_bytes() if self.path.exists() else b""
        return chain.verification(*chain.split(data))


def signing_key(bench: Bench, kty: str = "EC", name: str = "signing", **body: typing.Any) -> tuple[str, str]:
    """A key in the vault, as its owner made it beforehand: its identifier, and the public key as PEM."""
    vault = next(iter(bench.azure.world.data["vaults"].values()))
    curve = crypto.CURVES[body.pop("curve", "P-256")]
    private: typing.Any = rsa.generate_private_key(65537, 2048) if kty == "RSA" else ec.generate_private_key(curve)
    pem = crypto.to_pem(private)
    body = {"key_ops": ["sign", "verify"], **body}
    local_keys.new_version(bench.azure.world, vault, name, kty=kty, pem=pem, body=body)
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    public = crypto.load(pem).public_key().public_bytes(serialization.Encoding.PEM, form)
    return f"https://contoso-kv.vault.azure.net/keys/{name}", public.decode()


class _Killed(NearClock):
    """A clock whose tasks end at a request."""

    def __init__(self, azure: LocalAzure, at: int) -> None:
        super().__init__(azure)
        self._left = at

    @property
    def stop(self) -> Stop:
        outer, clock = super().stop, self

        class Killer(Stop):
            def sleep(self, seconds: float) -> None:
                outer.sleep(seconds)

            def check(self) -> None:
                clock._left -= 1
                if clock._left == 0:
                    raise Stopped

        return Killer()


@pytest.fixture(scope="module")
def _bench(tmp_path_factory: pytest.TempPathFactory) -> typing.Iterator[Bench]:
    with near(tmp_path_factory.mktemp("home")) as azure:
        yield Bench(azure)


@pytest.fixture
def bench(_bench: Bench, tmp_path: pathlib.Path) -> Bench:
    _bench.reset(tmp_path)
    return _bench


# --- what stands there ---------------------------------------------------------------------------------------------


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


CHANGES: dict[str, tuple[str, dict[str, typing.Any]]] = {
    "group": ("resource_group", {"name": "other", "location": "westeurope"}),
    "group gone": ("resource_group", {"name": "contoso", "state": "absent", "confirm": ["contosoacr"]}),
    "identity": ("managed_identity", {"name": "other", "location": "westeurope", "resource_group": "contoso"}),
    "identity gone": (
        "managed_identity",
        {"name": "contoso-id", "resource_group": "contoso", "state": "absent", "confirm": ["contosoacr"]},
    ),
    "vault": ("keyvault", {"name": "other-kv", "location": "westeurope", "resource_group": "contoso"}),
    "vault gone": (
        "keyvault",
        {"name": "contoso-kv", "resource_group": "contoso", "state": "absent", "confirm": ["contosoacr"]},
    ),
    "access": (
        "keyvault_key_access",
        {"vault": "contoso-kv", "principal_id": "11111111-2222-3333-4444-555555555555", "resource_group": "contoso"},
    ),
    "access gone": (
        "keyvault_key_access",
        {
            "vault": "contoso-kv",
            "identity": "contoso-id",
            "resource_group": "contoso",
            "state": "absent",
            "confirm": ["contosoacr"],
        },
    ),
    "key": ("keyvault_rsa_key", {"vault": "contoso-kv", "name": "other"}),
    "key version": ("keyvault_rsa_key", {"vault": "contoso-kv", "name": "cmk", "max_age": "0d"}),
    "key disabled": (
        "keyvault_rsa_key",
        {"vault": "contoso-kv", "name": "cmk", "state": "disabled", "confirm": ["contosoacr"]},
    ),
    "key gone": (
        "keyvault_rsa_key",
        {"vault": "contoso-kv", "name": "cmk", "state": "absent", "confirm": ["contosoacr"]},
    ),
    "registry": (
        "acr_cmk_registry",
        {
            "name": "otheracr",
            "resource_group": "contoso",
            "location": "westeurope",
            "key_identifier": "https://contoso-kv.vault.azure.net/keys/cmk",
            "identity": "contoso-id",
        },
    ),
    "registry settings": (
        "acr_cmk_registry",
        {"name": "contosoacr", "resource_group": "contoso", "admin_user_enabled": True},
    ),
    "registry gone": (
        "acr_cmk_registry",
        {"name": "contosoacr", "resource_group": "contoso", "state": "absent", "confirm": ["contosoacr"]},
    ),
    "rotation": ("cmk_rotate", ROTATE),
    "revocation": ("cmk_revoke", {"registries": ["contosoacr"], "confirm": ["contosoacr"], "verify_data": False}),
    "revocation by key": (
        "cmk_revoke",
        {"registries": ["contosoacr"], "confirm": ["contosoacr"], "verify_data": False, "revoke_by": "disable_key"},
    ),
}


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


# --- failures ------------------------------------------------------------------------------------------------------


def test_a_task_that_fails_half_way_tells_what_was_done_and_what_was_not(bench: Bench) -> None:
    bench.fault(method="PATCH", host="management.*", status=403, body={"error": {"code": "Denied", "message": "no"}})
    result = bench("cmk_rotate", **ROTATE)
    assert result["failed"]
    intent, outcome = bench.lines
    assert outcome["state"] == "failed"
    assert len(outcome["done"]) == 1
    assert outcome["not_done"]
    assert set(outcome["done"]) | set(outcome["not_done"]) == set(intent["intended"])
    assert outcome["message"] == result["msg"]
    assert outcome["subjects"][0]["outcome"] == "failed"
    assert not bench.look().open


def test_a_change_whose_answer_was_lost_is_told_as_uncertain(bench: Bench) -> None:
    bench.fault(method="PUT", host="management.*", reset=True, when="after", times=0)
    result = bench("resource_group", name="other", location="westeurope")
    assert result["failed"]
    outcome = bench.lines[-1]
    assert outcome["is_certain"] is False
    assert outcome["changes"][0].get("status", 0) == 0


UNWRITABLE = ["folder", "missing folder", "link", "dangling link", "open to others", "hard link", "fifo", "other file"]


def _spoil(path: pathlib.Path, how: str) -> None:
    if how == "folder":
        path.mkdir()
    elif how in ("link", "dangling link"):
        target = path.with_name("target")
        if how == "link":
            target.write_bytes(b"")
        path.symlink_to(target)
    elif how == "open to others":
        path.write_bytes(b"")
        path.chmod(0o666)
    elif how == "hard link":
        path.write_bytes(b"")
        os.link(path, path.with_name("other"))
    elif how == "fifo":
        os.mkfifo(path)
    elif how == "other file":
        path.write_text("root:x:0:0:root:/root:/bin/bash\n", encoding="utf-8")


@pytest.mark.parametrize("how", UNWRITABLE)
def test_where_no_record_can_be_written_nothing_is_changed(bench: Bench, how: str) -> None:
    if how == "missing folder":
        bench.path = bench.path.parent / "nowhere" / "record.jsonl"
    _spoil(bench.path, how)
    before = bench.path.read_bytes() if bench.path.is_file() else b""
    code = "record_altered" if how == "other file" else "record_unwritable"
    for check in (True, False):
        result = failed(bench("cmk_rotate", check=check, **ROTATE), code)
        assert result["changed"] is False
        assert str(bench.path.parent if how == "missing folder" else bench.path) in result["msg"]
    assert not bench.writes
    if bench.path.is_file():
        assert bench.path.read_bytes() == before
    # what changes nothing needs no record
    assert not done(bench("cmk_rotate", registries=["contosoacr"], max_age="90d"))["changed"]


def test_somebody_else_s_file_is_none(bench: Bench) -> None:
    if os.geteuid():
        pytest.skip("only root can give a file away")
    bench.path.write_bytes(b"")
    os.chown(bench.path, 12345, -1)
    failed(bench("cmk_rotate", **ROTATE), "record_unwritable")
    assert not bench.writes


class _FullDisk:
    """Files that may not grow beyond a size."""

    def __init__(self, size: int) -> None:
        self._size = size

    def __enter__(self) -> None:
        self._limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (self._size, self._limits[1]))

    def __exit__(self, *_details: object) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, self._limits)


def test_a_full_disk_before_the_change_stops_it_and_leaves_no_half_line(bench: Bench) -> None:
    done(bench("resource_group", name="other", location="westeurope"))
    size, writes = bench.path.stat().st_size, len(bench.writes)
    with _FullDisk(size + 100):
        failed(bench("cmk_rotate", **ROTATE), "record_unwritable")
    assert bench.path.stat().st_size == size
    assert len(bench.writes) == writes


def test_a_full_disk_after_the_change_loses_nothing(bench: Bench) -> None:
    done(bench("cmk_rotate", **ROTATE))
    intent = len(bench.path.read_bytes().splitlines()[0])
    bench.reset(bench.path.parent)
    bench.path.unlink()
    with _FullDisk(intent + 300):
        result = failed(bench("cmk_rotate", **ROTATE), "record_lost")
    assert result["changed"]
    assert result["registries"][0]["outcome"] == "done"
    lost = json.loads(result["msg"][result["msg"].index('{"acr_cmk_record"') :])
    assert lost == result["record"]["lost"]
    assert (lost["kind"], lost["state"]) == ("outcome", "done")
    assert [record.number for record in bench.look().open] == [1]
    assert bench.look().is_right
    # the next run finds that it was done
    again = done(bench("cmk_rotate", registries=["contosoacr"], max_age="90d"))
    assert not again["changed"]
    assert bench.kinds == ["intent", "settlement"]
    assert not bench.look().open


# --- killed runs ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["rotation", "key version", "registry settings", "revocation"])
def test_a_run_that_is_killed_at_any_request_leaves_an_intent_before_each_change(bench: Bench, name: str) -> None:
    module, options = CHANGES[name]
    for at in range(1, 60):
        bench.reset(bench.path.parent)
        bench.path.unlink(missing_ok=True)
        if not bench.killed(at, module, **options):
            break
        look = bench.look()
        assert look.is_right
        if bench.writes:
            assert look.open
        # the next run closes it, whatever it finds
        result = done(bench(module, **options))
        assert bench.look().is_right
        assert not bench.look().open, (at, result["msg"], bench.kinds)
    assert 3 < at < 59


def test_what_a_killed_run_left_record_settle_closes_by_what_azure_shows(bench: Bench) -> None:
    at = 1
    while True:
        bench.reset(bench.path.parent)
        bench.path.unlink(missing_ok=True)
        assert bench.killed(at, "cmk_rotate", **ROTATE)
        if len(bench.writes) == 1:
            break
        at += 1
    place = {"record": str(bench.path)}
    young = done(bench.direct("record_settle", **place))
    assert (young["changed"], len(young["left"])) == (False, 1)
    bench.azure.world.clock.advance(3700)
    foreseen = done(bench.direct("record_settle", check=True, **place))
    assert foreseen["changed"]
    assert bench.kinds == ["intent"]
    settled = done(bench.direct("record_settle", **place))
    assert settled["changed"]
    assert bench.kinds == ["intent", "settlement"]
    registry, key = bench.lines[1]["subjects"]
    state = bench.azure.world.data
    newest = next(iter(state["keys"]["contoso-kv"].values()))["order"][-1]
    assert key["to"]["version"] == newest
    assert registry["to"]["key_version"]
    assert not done(bench.direct("record_settle", **place))["changed"]
    assert not bench.look().open


def test_what_cannot_be_seen_is_told_as_not_seen(bench: Bench) -> None:
    assert bench.killed(9, "cmk_rotate", **ROTATE) or bench.killed(8, "cmk_rotate", **ROTATE)
    if not bench.look().open:
        pytest.fail(str(bench.kinds))
    bench.fault(method="GET", host=".*vault.azure.net", status=403, body={"error": {"code": "Forbidden"}}, times=0)
    done(bench.direct("record_settle", record=str(bench.path), min_age="0d"))
    rows = {one["id"].rsplit("/", 1)[-1]: one for one in bench.lines[-1]["subjects"]}
    assert rows["cmk"]["outcome"] == "not_seen"
    assert "to" not in rows["cmk"]
    assert rows["contosoacr"]["to"]["state"] == "present"


def test_another_run_that_looks_at_something_else_closes_nothing(bench: Bench) -> None:
    at = 1
    while not bench.look().open:
        assert bench.killed(at, "cmk_rotate", **ROTATE)
        at += 1
    done(bench("resource_group", name="other", location="westeurope"))
    assert [record.number for record in bench.look().open] == [1]


# --- verification --------------------------------------------------------------------------------------------------


def test_verification_names_the_first_record_that_is_not_right(bench: Bench) -> None:
    head = done(bench("cmk_rotate", **ROTATE))["record"]["head"]
    done(bench("resource_group", name="other", location="westeurope"))
    place = {"record": str(bench.path)}
    verified = done(bench.direct("record_verify", **place, head=head))
    assert (verified["count"], verified["first_bad"], verified["open"]) == (4, None, [])
    assert "requests" not in verified
    text = bench.path.read_bytes()
    bench.path.write_bytes(text.replace(b'"contosoacr', b'"contosoacx', 1).replace(b"rotate", b"rotatf", 1))
    result = failed(bench.direct("record_verify", **place), "record_altered")
    assert (result["first_bad"], result["count"], result["verified"]) == (1, 0, False)
    bench.path.write_bytes(b"".join(text.splitlines(keepends=True)[:1]))
    cut = failed(bench.direct("record_verify", **place, head=head), "record_cut_off")
    assert cut["first_bad"] == 2
    # by itself a file does not show what was cut off: its intent is open, that is all
    assert len(done(bench.direct("record_verify", **place))["open"]) == 1
    bench.path.unlink()
    failed(bench.direct("record_verify", **place), "record_missing")
    failed(bench.direct("record_settle", **place), "record_missing")


# --- signatures ----------------------------------------------------------------------------------------------------


def test_the_head_is_signed_before_the_change_and_after_it_and_verified_by_the_public_key_alone(bench: Bench) -> None:
    key, public = signing_key(bench)
    result = done(bench("cmk_rotate", record_key=key, **ROTATE))
    assert bench.kinds == ["intent", "head", "outcome", "head"]
    envelope = result["record"]["envelope"]
    assert envelope == bench.lines[-1]["envelope"]
    assert envelope["signatures"][0]["keyid"].startswith(f"{key}/")
    place = {"record": str(bench.path), "public_key": [public]}
    bench.azure.azure.log.clear()
    verified = done(bench.direct("record_verify", **place, head=json.dumps(envelope)))
    assert (verified["count"], verified["signed"], verified["open"]) == (4, 3, [])
    assert not bench.azure.azure.log.since(0)
    # as a JSON web key too
    numbers = serialization.load_pem_public_key(public.encode()).public_numbers()  # type: ignore[union-attr]
    jwk = {"kty": "EC", "crv": "P-256"} | {
        name: crypto.encode(getattr(numbers, name).to_bytes(32, "big")) for name in "xy"
    }
    done(bench.direct("record_verify", record=str(bench.path), public_key=[json.dumps(jwk)]))


def test_a_signature_of_another_key_is_none(bench: Bench) -> None:
    key, public = signing_key(bench)
    _other, stranger = signing_key(bench, name="other")
    envelope = done(bench("cmk_rotate", record_key=key, **ROTATE))["record"]["envelope"]
    place = {"record": str(bench.path)}
    result = failed(bench.direct("record_verify", **place, public_key=[stranger]), "record_signature")
    assert result["first_bad"] == 2
    done(bench.direct("record_verify", **place, public_key=[stranger, public]))
    for change in ({"sig": "00" * 70}, {"sig": "zz"}, {"keyid": "x", "sig": envelope["signatures"][0]["sig"][:-2]}):
        forged = {**envelope, "signatures": [{**envelope["signatures"][0], **change}]}
        failed(bench.direct("record_verify", **place, public_key=[public], head=forged), "record_signature")
    unsigned = {**envelope, "signatures": []}
    failed(bench.direct("record_verify", **place, public_key=[public], head=unsigned), "record_signature")
    failed(bench.direct("record_verify", **place, head=envelope), "missing_parameter")


def test_whoever_writes_all_anew_cannot_sign_it(bench: Bench) -> None:
    """The whole chain can be made again by anybody; the head of what stood there before cannot."""
    key, public = signing_key(bench)
    envelope = done(bench("cmk_rotate", record_key=key, **ROTATE))["record"]["envelope"]
    drafts = [record for record in bench.look().records if record.kind != "head"]
    drafts[0] = dataclasses.replace(drafts[0], intended=("something harmless",))
    lines, last = [], None
    for draft in drafts:
        last, line = chain.chained(draft, last)
        lines.append(line)
    bench.path.write_bytes(b"\n".join(lines) + b"\n")
    place = {"record": str(bench.path), "public_key": [public]}
    failed(bench.direct("record_verify", **place), "record_signature")
    failed(bench.direct("record_verify", **place, head=envelope), "record_cut_off")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"kty": "RSA"}, "as registries are encrypted with"),
        ({"curve": "P-384"}, "of that kind"),
        ({"key_ops": ["verify"]}, "verify"),
        ({"attributes": {"enabled": False}}, "disabled"),
    ],
)
def test_a_key_that_is_not_for_signing_alone_is_refused(
    bench: Bench, options: dict[str, typing.Any], words: str
) -> None:
    key, _public = signing_key(bench, **options)
    for check in (True, False):
        result = failed(bench("cmk_rotate", check=check, record_key=key, **ROTATE), "unusable_key")
        assert words in result["msg"]
        assert result["failure"]["parameter"] == "record_key"
    assert not bench.writes


def test_the_registry_s_own_key_does_not_sign(bench: Bench) -> None:
    result = bench("cmk_rotate", record_key="https://contoso-kv.vault.azure.net/keys/cmk", **ROTATE)
    failed(result, "unusable_key")
    assert not bench.writes
    # the intent that was written is closed: nothing was changed
    assert bench.kinds == ["intent", "outcome"]
    assert bench.lines[1]["state"] == "failed"
    assert "changes" not in bench.lines[1]
    assert not bench.look().open


def test_a_signature_that_is_refused_after_the_change_loses_nothing(bench: Bench) -> None:
    key, public = signing_key(bench)
    denied = {"error": {"code": "Forbidden", "message": "no", "innererror": {"code": "ForbiddenByRbac"}}}
    bench.fault(method="POST", path=".*/sign", nth=2, times=0, status=403, body=denied)
    result = failed(bench("cmk_rotate", record_key=key, **ROTATE), "record_unsigned")
    assert result["changed"]
    assert bench.kinds == ["intent", "head", "outcome"]
    assert done(bench.direct("record_verify", record=str(bench.path), public_key=[public]))["signed"] == 1


def test_the_modules_for_registries_keys_go_on_refusing_such_a_key(bench: Bench) -> None:
    key, _public = signing_key(bench)
    result = bench.direct("cmk_rotate", registries=["contosoacr"], key_identifier=key)
    assert result["failed"]
    assert not bench.writes
    assert "RSA" in result["msg"]


# --- whose intent it is, and what nobody may lose -------------------------------------------------------------------

ACCESS = {"vault": "contoso-kv", "resource_group": "contoso"}
FIRST, SECOND = "11111111-2222-3333-4444-555555555555", "99999999-2222-3333-4444-555555555555"


def write_nothing_after_the_first(monkeypatch: pytest.MonkeyPatch, trouble: BaseException) -> None:
    """Let a task write its intent, and raise when it is to write what came of it."""
    turns = iter([file.RecordFile.append])

    def once(self: file.RecordFile, make: typing.Callable[[chain.Tail], bytes]) -> None:
        way = next(turns, None)
        if way is None:
            raise trouble
        way(self, make)

    monkeypatch.setattr(file.RecordFile, "append", once)


def interrupted(bench: Bench, module: str, **options: typing.Any) -> int:
    """Kill a run after its first change; at which request."""
    for at in range(1, 40):
        bench.reset(bench.path.parent)
        bench.path.unlink(missing_ok=True)
        assert bench.killed(at, module, **options)
        if bench.writes:
            return at
    raise AssertionError("it changed nothing")


def test_what_another_process_is_about_to_do_is_left_open(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """An idle task beside one that is at work must not tell what became of it."""
    with subprocess.Popen(["sleep", "60"]) as other:
        monkeypatch.setattr(process.os, "getpid", lambda: other.pid)
        interrupted(bench, "cmk_rotate", **ROTATE)
        monkeypatch.undo()
        idle = {"registries": ["contosoacr"], "max_age": "900d"}
        done(bench("cmk_rotate", **idle))
        assert bench.look().open
        other.kill()
    done(bench("cmk_rotate", **idle))
    assert not bench.look().open


def test_what_a_process_that_nobody_sees_left_is_closed_when_it_is_old(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "name", lambda: "")
    interrupted(bench, "cmk_rotate", **ROTATE)
    idle = {"registries": ["contosoacr"], "max_age": "900d"}
    done(bench("cmk_rotate", **idle))
    assert bench.look().open
    bench.azure.world.clock.advance(3700)
    done(bench("cmk_rotate", **idle))
    assert not bench.look().open


def test_an_access_of_another_identity_is_another_thing(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    write_nothing_after_the_first(monkeypatch, Stopped())
    with pytest.raises(Stopped):
        bench("keyvault_key_access", principal_id=FIRST, **ACCESS)
    monkeypatch.undo()
    other = {"principal_id": SECOND, **ACCESS}
    done(bench.direct("keyvault_key_access", **other))
    assert not done(bench("keyvault_key_access", **other))["changed"]
    assert bench.look().open
    done(bench("keyvault_key_access", principal_id=FIRST, **ACCESS))
    assert not bench.look().open


def test_nothing_is_verified_where_there_was_nothing_to_see(bench: Bench) -> None:
    done(bench("cmk_revoke", registries=["contosoacr"], confirm=["contosoacr"]))
    assert "verified" not in bench.lines[-1]


def test_whatever_keeps_the_outcome_from_being_written_the_result_is_there(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_nothing_after_the_first(monkeypatch, ValueError("a number that JSON cannot say"))
    result = failed(bench("cmk_rotate", **ROTATE), "record_lost")
    assert result["changed"]
    assert [row["outcome"] for row in result["registries"]] == ["done"]
    assert result["record"]["lost"]["state"] == "done"


def test_an_emergency_goes_without_a_record_when_told_to(bench: Bench) -> None:
    bench.direct.environment["OWNKEY_ACR_RECORD"] = str(bench.path.parent / "missing" / "record.jsonl")
    wish = {"registries": ["contosoacr"], "confirm": ["contosoacr"]}
    refusal = failed(bench.direct("cmk_revoke", **wish), "record_unwritable")
    assert "record: none" in refusal["msg"]
    assert not refusal["changed"]
    assert done(bench.direct("cmk_revoke", record="none", **wish))["changed"]


def test_a_purge_leaves_its_request(bench: Bench) -> None:
    place = {"resource_group": "contoso", "location": "westeurope"}
    done(bench.direct("keyvault", name="spare-kv", purge_protection=False, **place))
    done(bench.direct("keyvault_key_access", vault="spare-kv", resource_group="contoso", caller=True))
    key = {"vault": "spare-kv", "name": "spare"}
    done(bench.direct("keyvault_rsa_key", **key))
    done(bench.direct("keyvault_rsa_key", **key, state="absent"))
    done(bench("keyvault_rsa_key", **key, state="absent", purge=True))
    assert [change["method"] for change in bench.lines[-1]["changes"]] == ["DELETE"]


def test_an_empty_record_proves_nothing(bench: Bench) -> None:
    bench.path.write_bytes(b"")
    assert "nothing is proven" in done(bench.direct("record_verify", record=str(bench.path)))["msg"]


def test_a_file_that_others_may_read_is_its_owner_s_alone_from_then_on(bench: Bench) -> None:
    bench.path.touch(mode=0o644)
    bench.path.chmod(0o644)
    done(bench("cmk_rotate", **ROTATE))
    assert stat.S_IMODE(bench.path.stat().st_mode) == 0o600
