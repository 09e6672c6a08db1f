# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the role key_event does; by a real ansible-rulebook it is started in test_rulebooks."""

from __future__ import annotations

import typing

from local_azure.client import Control
from local_azure.server import LocalAzure
from support.accidents import ACCIDENTS
from support.clients import Clients
from support.contoso import Contoso
from support.direct import Direct
from support.playbooks import Ansible, Run

KEY = "https://contoso-kv.vault.azure.net/keys/cmk"
DAY = 86400
#: Source: "Azure built-in roles".
READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"


def happened(ansible: Ansible, event: str, *flags: str, **variables: object) -> Run:
    given: dict[str, typing.Any] = {"acr_cmk_event": event, "acr_cmk_pick_up": "nudge", **variables}
    return ansible.playbook("ownkey.acr.key_event", given, *flags)


def versions(control: Control) -> list[str]:
    (key,) = control.state()["data"]["keys"]["contoso-kv"].values()
    return list(key["order"])


def test_a_version_near_its_expiry_is_replaced_once(
    with_registry: Contoso, ansible: Ansible, direct: Direct, control: Control
) -> None:
    (first,) = versions(control)
    about = {"acr_cmk_event_key": f"{KEY}/{first}"}
    # whoever can post an event can say so, of a version that does not expire
    untrue = happened(ansible, "near_expiry", **about)
    assert untrue.ok, untrue.output
    assert untrue.writes == []
    assert not direct("keyvault_rsa_key", vault="contoso-kv", name="cmk", expires_on="2026-12-20").get("failed")
    # a policy that gives a version less than a day would have one made after the other
    fresh = happened(ansible, "near_expiry", **about)
    assert not fresh.ok
    assert fresh.writes == []
    assert "is less than a day old and near expiry already" in fresh.last["msg"]
    control.advance(10 * DAY)
    foreseen = happened(ansible, "near_expiry", "--check", **about)
    assert foreseen.ok, foreseen.output
    assert foreseen.changed
    assert versions(control) == [first]
    replaced = happened(ansible, "near_expiry", **about)
    assert replaced.ok, replaced.output
    assert len(versions(control)) == 2
    assert control.registries()["contosoacr"]["readable"]
    # late, and out of order
    for event in ("near_expiry", "expired", "new_version"):
        again = happened(ansible, event, **about)
        assert again.ok, again.output
        assert again.changed == []
        assert again.writes == []
    assert len(versions(control)) == 2


def test_a_changed_policy_is_diagnosed(
    with_registry: Contoso, azure: LocalAzure, ansible: Ansible, control: Control
) -> None:
    control.advance(DAY)
    address = "https://contoso-kv.vault.azure.net"
    well = happened(ansible, "access_changed", acr_cmk_event_vault=address)
    assert well.ok, well.output
    ACCIDENTS["roles taken away"](azure)
    # nor is it well where nobody could look
    reader = control.principal("reader")
    clients = Clients(azure)
    control.grant(scope=f"/subscriptions/{clients.subscription}", role=READER, principal=reader["oid"])
    control.advance(700)
    secrets = dict.fromkeys(("AZURE_SECRET", "AZURE_CLIENT_SECRET"), reader["secret"])
    theirs = Ansible(ansible.folder, {**ansible.environment, "AZURE_CLIENT_ID": reader["client_id"], **secrets})
    blind = happened(theirs, "access_changed", acr_cmk_event_vault=address)
    assert not blind.ok
    assert (
        "The registry contosoacr has the info not_seen: Of the registry contosoacr you could not see the key"
        in blind.last["msg"]
    )
    broken = happened(ansible, "access_changed", acr_cmk_event_vault=address)
    assert not broken.ok
    assert "The registry contosoacr has the error access_missing" in broken.last["msg"]
    assert broken.writes == []
    elsewhere = happened(ansible, "access_changed", acr_cmk_event_vault="https://contoso-kv.vault.azure.cn")
    assert not elsewhere.ok
    assert "AzureChinaCloud" in elsewhere.output
    nobody = happened(
        ansible, "new_version", acr_cmk_event_key=f"https://fabrikam-kv.vault.azure.net/keys/cmk/{'0' * 32}"
    )
    assert nobody.ok, nobody.output
    assert "No registry that you see uses https://fabrikam-kv.vault.azure.net/keys/cmk." in nobody.output
