# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A check of a playbook foresees that a right is missing which no task of it gives."""

from __future__ import annotations

from local_azure.server import LocalAzure
from support.clients import OFFICER, Clients
from support.contoso import Contoso
from support.direct import Direct
from support.locker import PLACE
from support.outcome import done
from support.playbooks import Ansible

CONTOSO = {"acr_cmk_registry": "contosoacr", "acr_cmk_resource_group": "contoso"}


def test_rotate_to_an_identity_without_a_right(with_registry: Contoso, direct: Direct, ansible: Ansible) -> None:
    done(direct("managed_identity", name="second-id", location="westeurope", **PLACE))
    wish = {**CONTOSO, "acr_cmk_identity": "second-id"}
    foreseen = ansible.playbook("ownkey.acr.rotate", wish, "--check")
    assert not foreseen.ok
    assert foreseen.writes == []
    assert "acr_cmk_grant_identity" in foreseen.output
    real = ansible.playbook("ownkey.acr.rotate", wish)
    assert not real.ok
    assert real.writes == []
    (missing,) = foreseen.result("Rotate what is due")["assumed"]
    assert missing in real.last["msg"]
    assert ansible.playbook("ownkey.acr.rotate", {**wish, "acr_cmk_grant_identity": True}, "--check").ok


def test_create_in_a_vault_where_the_caller_may_make_no_key(
    with_vault: Contoso, azure: LocalAzure, ansible: Ansible
) -> None:
    clients = Clients(azure)
    for assignment in list(clients.assignments.list_for_subscription()):
        if assignment.role_definition_id.endswith(OFFICER):
            clients.assignments.delete_by_id(assignment.id)
    wish = {**CONTOSO, "acr_cmk_vault": "contoso-kv", "acr_cmk_key": "cmk", "acr_cmk_location": "westeurope"}
    for flags in (["--check"], []):
        refused = ansible.playbook("ownkey.acr.create", wish, *flags)
        assert not refused.ok
        assert refused.writes == []
        assert "lack the right for reading the key cmk" in refused.output
    assert ansible.playbook("ownkey.acr.create", {**wish, "acr_cmk_grant_caller": True}, "--check").ok
