# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An event filter for ansible-rulebook: Key Vault's events, with nothing of the sender's text left in them.

Whoever can reach the webhook or the queue writes what an event says, and Ansible would work out a template that stands
in it. So an event goes on only as an address that was matched letter by letter; all else of it, and of the request, is
left behind. Names are read tolerantly.
"""

from __future__ import annotations

import json
import logging
import re
import typing

DOCUMENTATION = r"""
---
short_description: Events of Key Vault as Event Grid delivers them, by webhook or Service Bus
description:
  - Takes an event of a source that has Event Grid's event, or a list of them, in C(payload) (webhook) or C(body)
    (Service Bus), in the Event Grid schema or as CloudEvents.
  - Gives an event C(key_event) for each new version, near expiry or expiry of a key and for each change of a vault's
    access policies, with C(kind), C(vault) and, of a key, C(key), the identifier of its version. Gives
    C(validation_url) for the request by which Event Grid validates a webhook. Everything else is dropped, with a line
    in the log.
options:
  cloud:
    description: The cloud that is meant, V(AzureCloud), V(AzureUSGovernment) or V(AzureChinaCloud).
    type: str
    default: AzureCloud
  vaults:
    description:
      - The names of the vaults whose events are taken; all of them if it is not set.
      - A name that none can have, and a cloud that is none of the three, end the source; nothing would be let through.
    type: list
    elements: str
"""

EXAMPLES = r"""
- eda.builtin.webhook:
    port: 5000
    token: "{{ webhook_token }}"
  filters:
    - ownkey.acr.key_vault:
        vaults: [contoso-kv]
"""

Json = typing.Any
Event = dict[str, Json]

_LOG = logging.getLogger(__name__)

#: By cloud, the hosts of vaults and of Event Grid (``docs/azure-behaviour.md``, "Events").
_SUFFIXES = {
    "AzureCloud": (".vault.azure.net", ".eventgrid.azure.net"),
    "AzureUSGovernment": (".vault.usgovcloudapi.net", ".eventgrid.azure.us"),
    "AzureChinaCloud": (".vault.azure.cn", ".eventgrid.azure.cn"),
}
#: Source: "Azure Key Vault as Event Grid source", the event types; those of secrets and certificates are not ours.
_KINDS = {
    "microsoft.keyvault.keynewversioncreated": "new_version",
    "microsoft.keyvault.keynearexpiry": "near_expiry",
    "microsoft.keyvault.keyexpired": "expired",
    "microsoft.keyvault.vaultaccesspolicychanged": "access_changed",
}
_VALIDATION = "microsoft.eventgrid.subscriptionvalidationevent"

_VAULT = re.compile(r"(?=.{3,24}\Z)[a-z](?:-?[a-z0-9])*", re.ASCII)
_KEY = re.compile(r"[A-Za-z0-9-]{1,127}", re.ASCII)
_VERSION = re.compile(r"[0-9a-f]{32}", re.ASCII)
_TOPIC = re.compile(r".*/providers/microsoft\.keyvault/vaults/([^/]+)", re.ASCII | re.IGNORECASE)
_IDENTIFIER = re.compile(r"https://([^/:]+)(?::443)?/keys/([^/]+)/([^/]+)/?", re.ASCII | re.IGNORECASE)
_VALIDATE = re.compile(
    r"https://(?:[a-z0-9-]+\.)*[a-z0-9-]+(?P<suffix>\.eventgrid\.azure\.[a-z]+)(?::[0-9]{1,5})?"
    r"/eventsubscriptions/[A-Za-z0-9._~-]+/validate\?[A-Za-z0-9._~%&=:+/-]+",
    re.ASCII,
)


class Unusable(ValueError):
    """Why an event is none of ours; the text has nothing of it but what was shortened and quoted."""


def main(event: Event, cloud: str = "AzureCloud", vaults: typing.Sequence[str] | str | None = None) -> list[Event]:
    """The events that a delivery holds.

    Nothing of a delivery makes it fail: what a filter raises ends its source, so that a malformed request would switch
    the rules off.

    :raises ValueError: for options by which every event would be left out.
    """
    suffixes, own = _cloud(cloud), _vaults(vaults)
    usable = []
    for one in _delivered(event):
        try:
            usable.append(_read(one, suffixes, own))
        except Unusable as error:
            _LOG.warning("An event was left out: %s", error)
        except Exception:
            _LOG.exception("An event was left out")
    return usable


def _cloud(name: str) -> tuple[str, str]:
    suffixes = next((own for known, own in _SUFFIXES.items() if known.lower() == str(name).strip().lower()), None)
    if suffixes is None:
        raise ValueError(f"cloud: {_shown(name)} is none of {', '.join(_SUFFIXES)}.")
    return suffixes


def _vaults(names: typing.Sequence[str] | str | None) -> set[str]:
    several = names.split(",") if isinstance(names, str) else list(names or ())
    own = {str(name).strip().lower() for name in several}
    for name in own:
        if not _VAULT.fullmatch(name):
            raise ValueError(f"vaults: {_shown(name)} is not the name of a vault. Give names alone, as contoso-kv.")
    return own


def _delivered(event: Event) -> list[Json]:
    """The events as they were sent, of a webhook's request or a queue's message."""
    content = event.get("payload", event.get("body")) if isinstance(event, dict) else None
    if isinstance(content, str):
        try:
            content = json.loads(content)
        except (ValueError, RecursionError):
            content = None
    if isinstance(content, dict):
        return [content]
    if isinstance(content, list):
        return content
    _LOG.warning("What was delivered is no event of Event Grid, and was left out.")
    return []


def _read(event: Json, suffixes: tuple[str, str], vaults: set[str]) -> Event:
    envelope = _fields(event, "an event")
    kind = _text(envelope.get("eventtype", envelope.get("type"))).lower()
    vault_suffix, grid_suffix = suffixes
    topic = _TOPIC.fullmatch(_text(envelope.get("topic", envelope.get("source"))))
    if kind == _VALIDATION:
        if vaults:
            _check_vault(topic[1].lower() if topic else "", vaults)
        return {"validation_url": _validation_url(_fields(envelope.get("data"), "its data"), grid_suffix)}
    if kind not in _KINDS:
        raise Unusable(f"{_shown(kind)} is not among the events that the rules are about.")
    data = _fields(envelope.get("data"), "its data")
    if _KINDS[kind] == "access_changed":
        vault = _text(data.get("vaultname")).lower() or (topic[1].lower() if topic else "")
        _check_vault(vault, vaults)
        return {"key_event": {"kind": _KINDS[kind], "vault": f"https://{vault}{vault_suffix}"}}
    vault, key, version = _key(data, vault_suffix)
    _check_vault(vault, vaults)
    address = f"https://{vault}{vault_suffix}"
    return {"key_event": {"kind": _KINDS[kind], "vault": address, "key": f"{address}/keys/{key}/{version}"}}


def _key(data: Event, vault_suffix: str) -> tuple[str, str, str]:
    """Vault, key and version, by the identifier and by their names; where both are there, they agree."""
    names = (_text(data.get("vaultname")).lower(), _text(data.get("objectname")), _text(data.get("version")).lower())
    if _text(data.get("objecttype")).lower() not in ("", "key"):
        raise Unusable(f"{_shown(data.get('objecttype'))} is no key.")
    identifier = _text(data.get("id"))
    match = _IDENTIFIER.fullmatch(identifier)
    if identifier and not match:
        raise Unusable(f"{_shown(identifier)} is not the identifier of a key's version.")
    if match:
        host = match[1].lower()
        if not host.endswith(vault_suffix):
            raise Unusable(f"{_shown(host)} is not the host of a vault of the cloud that the filter is set to.")
        parts = (host.removesuffix(vault_suffix), match[2], match[3].lower())
        for part, name in zip(parts, names, strict=True):
            if name and name.lower() != part.lower():
                raise Unusable(f"its identifier, {_shown(identifier)}, and its names differ.")
        names = parts
    if not _KEY.fullmatch(names[1]) or not _VERSION.fullmatch(names[2]):
        raise Unusable(f"{_shown(names[1])} with version {_shown(names[2])} is no key.")
    return names


def _check_vault(vault: str, vaults: set[str]) -> None:
    if not _VAULT.fullmatch(vault):
        raise Unusable(f"{_shown(vault)} is not the name of a vault.")
    if vaults and vault not in vaults:
        raise Unusable(f"{_shown(vault)} is not among the vaults that the filter is set to.")


def _validation_url(data: Event, grid_suffix: str) -> str:
    url = _text(data.get("validationurl"))
    match = _VALIDATE.fullmatch(url)
    if not match or match["suffix"] != grid_suffix:
        raise Unusable("its validationUrl is not one of Event Grid's, or there is none.")
    return url


def _fields(value: Json, what: str) -> Event:
    """The fields of an object, whatever the case of their names; published samples have blanks in them."""
    if not isinstance(value, dict):
        raise Unusable(f"{what} is no object.")
    return {str(name).strip().lower(): one for name, one in value.items()}


def _text(value: Json) -> str:
    return str(value).strip() if isinstance(value, (str, int)) and not isinstance(value, bool) else ""


def _shown(value: Json) -> str:
    """What somebody sent, for the log: short, and with nothing in it that a terminal would obey."""
    return ascii(str(value)[:200])
