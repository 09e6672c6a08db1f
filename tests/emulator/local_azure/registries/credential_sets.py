# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Credential sets: with which secrets of a vault a registry signs in at another one, and who reads them there.

Source: azure-cli ``test_acr_cache`` (recorded 2026).
"""

from __future__ import annotations

import re
import urllib.parse
import uuid

from ..authorization import decide
from ..clock import iso_offset
from ..clouds import CLOUDS
from ..routing import Call, Router
from ..vaults.state import by_name
from ..world import World
from . import errors
from .children import Kind, Record, serve

ROUTER = Router()
_SECRETS = ("usernameSecretIdentifier", "passwordSecretIdentifier")
_READ = "Microsoft.KeyVault/vaults/secrets/getSecret/action"
#: The application that registries act as at vaults (recorded).
_REGISTRY_APPLICATION = "b86a8aec-b2f7-4aad-b8dd-2b0122c0eaca"


def _take(call: Call, registry: Record, record: Record, replace: bool) -> None:
    asked = call.body.get("properties") or {}
    if replace:
        if not asked.get("loginServer"):
            raise errors.bad_child("The property loginServer of a credential set is required.")
        record |= {"login_server": asked["loginServer"], "credentials": [], "principal": record.get("principal")}
    if asked.get("authCredentials") is not None:
        record["credentials"] = [
            {"name": one.get("name", "Credential1"), **{name: one.get(name) for name in _SECRETS}}
            for one in asked["authCredentials"]
        ]
    kind = (call.body.get("identity") or {}).get("type")
    if kind is not None:
        has = str(kind).lower() == "systemassigned"
        record["principal"] = (record["principal"] or str(uuid.uuid4())) if has else None


def _show(world: World, record: Record) -> Record:
    shown: Record = {
        "properties": {
            "loginServer": record["login_server"],
            "authCredentials": [
                {
                    **{name: value for name, value in one.items() if value is not None},
                    "credentialHealth": _health(world, record, one),
                }
                for one in record["credentials"]
            ],
            "creationDate": iso_offset(record["created"]),
        }
    }
    if record["principal"]:
        # recorded: in camel case, as a registry's own
        tenant = world.data["tenant"]
        shown["identity"] = {"principalId": record["principal"], "tenantId": tenant, "type": "systemAssigned"}
    return shown


def _health(world: World, record: Record, credential: Record) -> Record:
    """Whether the secrets can be read; whether they are there is not looked at, as there are no secrets here."""
    for name in _SECRETS:
        host = urllib.parse.urlsplit(credential[name] or "").hostname or ""
        vault = by_name(world, host.removesuffix(CLOUDS[world.cloud].vault_suffix))
        if vault is None or not _may_read(world, vault, record["principal"]):
            place = f"{host.split('.')[0]};location={vault['location'] if vault else ''}"
            who = (
                f"name=microsoft.containerregistry/registries;appid={_REGISTRY_APPLICATION};oid={record['principal']};"
                f"iss=https://sts.windows.net/{world.data['tenant']}/"
            )
            text = (
                f"The user, group or application '{who}' does not have secrets get permission on key vault '{place}'. "
                "For help resolving this issue, please see https://go.microsoft.com/fwlink/?linkid=2125287"
            )
            return {"status": "Unhealthy", "errorCode": "Forbidden", "errorMessage": text}
    return {"status": "Healthy"}


def _may_read(world: World, vault: Record, principal: str | None) -> bool:
    if principal is None:
        return False
    if vault["properties"].get("enableRbacAuthorization"):
        return decide.allowed(world, principal, _READ, vault["id"], data=True)
    given = (one for one in vault["properties"].get("accessPolicies", []) if one["objectId"].lower() == principal)
    return any({"get", "all"} & {str(v).lower() for v in one["permissions"].get("secrets", [])} for one in given)


CREDENTIAL_SETS = Kind(
    name="credentialSets",
    prefix="credentialsets",
    pattern=re.compile(r"[A-Za-z0-9-]{5,50}"),
    take=_take,
    show=_show,
    lasts=True,
    deletion_lasts=True,
)
serve(ROUTER, CREDENTIAL_SETS)
