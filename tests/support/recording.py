# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tasks that keep a record in a file, near; and what they are tried with."""

from __future__ import annotations

import copy
import json
import pathlib
import typing

import pytest
from ansible_collections.ownkey.acr.plugins.module_utils._clock import Stop, Stopped
from ansible_collections.ownkey.acr.plugins.module_utils._operations.record import file
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
from support.near import NearClock, variables
from support.outcome import done

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
        clock = Killed(self.azure, at)
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


class Killed(NearClock):
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


def write_nothing_after_the_first(monkeypatch: pytest.MonkeyPatch, trouble: BaseException) -> None:
    """Let a task write its intent, and raise when it is to write what came of it."""
    turns = iter([file.RecordFile.append])

    def once(self: file.RecordFile, make: typing.Callable[[chain.Tail], bytes], **how: bool) -> None:
        way = next(turns, None)
        if way is None:
            raise trouble
        way(self, make, **how)

    monkeypatch.setattr(file.RecordFile, "append", once)
