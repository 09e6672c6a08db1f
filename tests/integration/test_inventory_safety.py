# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an inventory must never do: run what a tag says, hand on what another one saw, leave something out unsaid."""

from __future__ import annotations

import pytest
from local_azure.client import Control
from local_azure.world import SUBSCRIPTION
from support.contoso import Contoso
from support.inventories import OTHER, READER, Inventory
from support.many import Many

HEADER = "#jinja2: variable_start_string:'[[', variable_end_string:']]'\n"


@pytest.mark.parametrize(
    "text",
    [
        HEADER + "[[ lookup('ansible.builtin.pipe', 'touch FILE') ]]",
        "{{ lookup('ansible.builtin.pipe', 'touch FILE') }}",
        "{% if lookup('ansible.builtin.pipe', 'touch FILE') %}x{% endif %}",
        "{# nothing #}",
    ],
)
def test_what_somebody_wrote_into_a_tag_is_never_run(inventory: Inventory, many: Many, text: str) -> None:
    touched = inventory.ansible.folder / "touched"
    tag = text.replace("FILE", str(touched))
    many.registries(1, tags={"team": tag})
    path = inventory.file(
        filters=[{"exclude": "tags.team == 'sandbox'"}],
        keyed_groups=[{"key": "tags.team", "prefix": "team"}],
        hostnames=["tags.nobody", "name"],
        compose={"mine": "tags.team", "both": "tags.team ~ ''"},
    )
    listing = inventory.read(path)
    assert listing.status == 0, listing.errors
    inventory.ansible.environment["ANSIBLE_INVENTORY"] = path
    tasks = [{"name": name, "ansible.builtin.debug": {"msg": f"{{{{ {name} }}}}"}} for name in ("mine", "both")]
    run = inventory.ansible.tasks(*tasks, play={"hosts": "registries"})
    assert run.ok, run.output
    assert not touched.exists()
    assert all(task["result"]["msg"] == tag for task in run.tasks[-2:])


def test_the_cache_is_its_own_signed_in_principal_s(
    with_registry: Contoso, inventory: Inventory, control: Control
) -> None:
    home = inventory.ansible.folder / ".azure"
    home.mkdir(exist_ok=True)
    names = ("AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "AZURE_SECRET", "AZURE_TENANT_ID", "AZURE_TENANT")
    known = {name: inventory.ansible.environment.get(name, "") for name in names}
    inventory.environment |= dict.fromkeys(names, "")

    def sign_in(client_id: str, secret: str) -> None:
        tenant = known["AZURE_TENANT_ID"] or known["AZURE_TENANT"]
        text = f"[default]\nclient_id={client_id}\nsecret={secret}\ntenant={tenant}\n"
        (home / "credentials").write_text(f"{text}subscription_id={SUBSCRIPTION}\n", encoding="utf-8")

    folder = inventory.ansible.folder / "cache"
    cache = {"cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": str(folder)}
    sign_in(known["AZURE_CLIENT_ID"], known["AZURE_CLIENT_SECRET"] or known["AZURE_SECRET"])
    assert inventory(subscriptions=["all"], **cache).hosts() == ["contosoacr"]
    nobody = control.principal("nobody")
    sign_in(nobody["client_id"], nobody["secret"])
    assert inventory(subscriptions=["all"], **cache).hosts() == []


def test_what_resource_graph_does_not_know_is_listed_and_what_is_named_too(
    with_registry: Contoso, inventory: Inventory, many: Many, control: Control
) -> None:
    """A subscription that the caller may not read is missing from its answers without a word."""
    many.registries(1, subscription=OTHER)
    control.management_group("platform", OTHER)
    app = control.state()["data"]["apps"][inventory.ansible.environment["AZURE_CLIENT_ID"]]
    root = "/providers/Microsoft.Management/managementGroups/platform"
    control.grant(scope=root, role=READER, principal=app["oid"])
    named = inventory(management_groups=["platform"], subscriptions=[SUBSCRIPTION], search="graph")
    assert named.hosts() == ["contosoacr", "fleet00000"]
    forbidden = {"error": {"code": "AuthorizationFailed", "message": "You may not."}}
    control.fault(method="GET", path=f"/subscriptions/{OTHER}.*registries", times=0, status=403, body=forbidden)
    nothing = {"totalRecords": 0, "count": 0, "data": [], "facets": [], "resultTruncated": "false"}
    control.fault(method="POST", path=".*/Microsoft.ResourceGraph/resources", times=0, status=200, body=nothing)
    assert OTHER in inventory.refused(management_groups=["platform"], search="graph")


def test_what_health_could_not_see_is_not_called_fine(
    with_registry: Contoso, inventory: Inventory, control: Control
) -> None:
    forbidden = {"error": {"code": "Forbidden", "message": "m", "innererror": {"code": "ForbiddenByRbac"}}}
    control.fault(host=".*vault.*", times=0, status=403, body=forbidden)
    listing = inventory(health=True, groups={"blind": "not acr_health.seen"})
    assert listing.hosts("blind") == ["contosoacr"], listing.errors
    assert "could not be seen" in listing.errors
