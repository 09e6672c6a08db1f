# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an auditor proves: the chain, heads that were kept elsewhere, and signatures."""

from __future__ import annotations

import dataclasses
import json
import typing

import pytest
from ansible_collections.ownkey.acr.plugins.module_utils._rules.record import chain
from cryptography.hazmat.primitives import serialization
from local_azure.keys import crypto
from support.outcome import done, failed
from support.recording import ROTATE, Bench, signing_key


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


def test_an_empty_record_proves_nothing(bench: Bench) -> None:
    bench.path.write_bytes(b"")
    assert "nothing is proven" in done(bench.direct("record_verify", record=str(bench.path)))["msg"]


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


def altered(text: bytes) -> bytes:
    """The same with a letter more in the first record of it."""
    other = text.replace(b'"module":"', b'"module":"x', 1)
    assert other != text
    return other


def test_a_signer_refuses_a_record_that_was_altered_before_its_last_head(bench: Bench) -> None:
    key, public = signing_key(bench)
    for name in ("other", "third"):
        done(bench("resource_group", name=name, location="westeurope", record_key=key))
    right, writes = bench.path.read_bytes(), len(bench.writes)
    lines = right.splitlines(keepends=True)
    for number in (1, 3, 7):
        bench.path.write_bytes(b"".join([*lines[: number - 1], altered(lines[number - 1]), *lines[number:]]))
        result = failed(bench("resource_group", name="fourth", location="westeurope", record_key=key), "record_altered")
        assert "was not signed" in result["msg"]
    assert len(bench.writes) == writes
    bench.path.write_bytes(right)
    done(bench("resource_group", name="fourth", location="westeurope", record_key=key))
    assert done(bench.direct("record_verify", record=str(bench.path), public_key=[public]))["signed"] == 11


def test_a_head_that_another_key_signed_spares_no_look(bench: Bench) -> None:
    """Whoever writes the whole record anew signs it by a key of his own; that says nothing to this one."""
    key, _public = signing_key(bench)
    other, _stranger = signing_key(bench, name="other")
    done(bench("resource_group", name="other", location="westeurope", record_key=other))
    bench.path.write_bytes(altered(bench.path.read_bytes()))
    failed(bench("resource_group", name="third", location="westeurope", record_key=key), "record_altered")


def test_a_key_for_a_record_that_is_not_kept_is_refused(bench: Bench) -> None:
    key, _public = signing_key(bench)
    for check in (True, False):
        result = failed(bench.direct("cmk_rotate", check=check, record_key=key, **ROTATE), "missing_parameter")
        assert result["failure"]["parameter"] == "record_key"
    assert not bench.writes
    # for all tasks of a controller it may be there beforehand; and an emergency goes without both
    done(bench.direct("cmk_rotate", record_key=key, record="none", check=True, **ROTATE))
