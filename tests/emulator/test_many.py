# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many registries: what a list and a single look cost, pages while some go, and how many keys a vault makes at once."""

from __future__ import annotations

import copy
import time
import typing

import pytest
from azure.core.exceptions import HttpResponseError
from local_azure.client import Control
from local_azure.server import LocalAzure
from local_azure.shelf import Shelf
from support.clients import GROUP, OFFICER, Clients
from support.fleet import copy_registry
from support.oci import Wire

VERSION = "api-version=2025-11-01"


def _many(azure: LocalAzure, number: int) -> str:
    """So many copies of the one registry, and the same number of role assignments; their group's id."""
    state = {"data": azure.world.data}
    made = next(iter(azure.world.data["registries"].values()))
    assignments = azure.world.data["assignments"]
    where, owner = next(iter(assignments.items()))
    for each in range(1, number):
        copy_registry(state, made, f"copyacr{each}")
        assignments[f"{where}{each}"] = {**owner, "principal": f"someone-{each}"}
    return str(made["id"]).partition("/providers/")[0]


def _seconds(azure: LocalAzure, token: str, url: str) -> float:
    """The time that an answer takes, at best of a few times."""
    took = []
    for _time in range(5):
        began = time.process_time()
        status, _headers, _body = azure.azure.near("GET", url, {"authorization": f"Bearer {token}"}, b"")
        took.append(time.process_time() - began)
        assert status == 200
    return min(took)


def test_a_page_and_a_single_look_cost_the_same_among_many(wire: Wire, clients: Clients, azure: LocalAzure) -> None:
    token = clients.credential.get_token("https://management.azure.com/.default").token
    names = {"one": "registries/copyacr50", "first page": "registries"}
    seconds = {}
    for number in (150, 5000):
        place = f"https://management.azure.com{_many(azure, number)}/providers/Microsoft.ContainerRegistry"
        looks = {name: f"{place}/{path}?{VERSION}" for name, path in names.items()}
        looks["last page"] = f"{looks['first page']}&$skiptoken={number - 100}"
        seconds[number] = {name: _seconds(azure, token, url) for name, url in looks.items()}
    for name, few in seconds[150].items():
        assert seconds[5000][name] < 2.5 * few, (name, seconds)


def test_no_registry_is_missed_while_others_go(wire: Wire, clients: Clients, azure: LocalAzure) -> None:
    _many(azure, 250)
    azure.world.settings.operation_seconds = 0.0
    pages, names = clients.registries.list_by_resource_group(GROUP).by_page(), []
    names += [one.name for one in next(pages)]
    assert len(names) == 100
    for name in ("copyacr99", "copyacr110", "copyacr249"):
        clients.registries.begin_delete(GROUP, name).result()
    names += [one.name for page in pages for one in page]
    left = {one.name for one in clients.registries.list()}
    assert (len(left), left - set(names), set(names) - left) == (247, set(), {"copyacr99"})
    assert len(names) == len(set(names))


def test_records_are_found_by_scope_and_by_word() -> None:
    group, other = "/subscriptions/s/resourcegroups/g", "/subscriptions/s/resourcegroups/other"
    one, two = f"{group}/providers/p/things/one", f"{other}/providers/p/things/two"
    shelf = Shelf({one: {"word": "a"}, two: {"word": "b"}}, lambda record: (record["word"],))
    assert shelf.below("/subscriptions/s") == shelf.below("") == [one, two]
    assert (shelf.below(group), shelf.having("b")) == ([one], [{"word": "b"}])
    shelf[one] = {"word": "b"}
    assert (shelf.having("a"), shelf.having("b")) == ([], [{"word": "b"}, {"word": "b"}])
    child = f"{one}/parts/1"
    shelf.update({child: {"word": "c"}})
    assert (shelf.below(one), shelf.below(group)) == ([child], [one, child])
    twin = copy.deepcopy(shelf)
    assert shelf.pop(one) == {"word": "b"}
    assert (shelf.pop(one, None), shelf.below(group), shelf.having("b")) == (None, [child], [{"word": "b"}])
    assert (twin.below(group), twin == shelf) == ([one, child], False)
    assert shelf.setdefault(child, {}) == {"word": "c"}
    shelf.clear()
    assert (dict(shelf), shelf.below(""), shelf.below("/subscriptions/s"), shelf.having("c")) == ({}, [], [], [])


# --- how many keys a vault makes ----------------------------------------------------------------------------------


def _refused(call: typing.Callable[[], object]) -> HttpResponseError:
    with pytest.raises(HttpResponseError) as caught:
        call()
    return caught.value


@pytest.mark.parametrize(("hardware", "most"), [(False, 20), (True, 10)])
def test_a_vault_makes_so_many_keys_in_ten_seconds(
    clients: Clients, control: Control, azure: LocalAzure, *, hardware: bool, most: int
) -> None:
    clients.vault(sku={"family": "A", "name": "premium"})
    clients.vault("other-kv")
    clients.give(f"/subscriptions/{clients.subscription}", OFFICER, clients.oid)
    keys, others = clients.keys(), clients.keys("other-kv")
    azure.world.settings.throttle = True
    made = [keys.create_ec_key(f"key{number}", hardware_protected=hardware) for number in range(most)]
    assert len({key.id for key in made}) == most
    refused = _refused(lambda: keys.create_ec_key("one-more", hardware_protected=hardware))
    assert (refused.status_code, refused.error.code) == (429, "Throttled")
    assert "VaultRequestTypeLimitReached" in str(refused)
    # told: it does not say when to come again
    assert "Retry-After" not in refused.response.headers
    # all else goes on: reading, the other kind of key, another vault
    assert keys.get_key("key0").id == made[0].id
    assert keys.create_ec_key("other-kind", hardware_protected=not hardware)
    assert others.create_ec_key("key0")
    control.advance(10)
    assert keys.create_ec_key("one-more", hardware_protected=hardware)


@pytest.mark.parametrize("counts", [True, False])
def test_whether_a_rotation_counts_among_them(clients: Clients, azure: LocalAzure, *, counts: bool) -> None:
    clients.vault()
    clients.give(f"/subscriptions/{clients.subscription}", OFFICER, clients.oid)
    keys = clients.keys()
    keys.create_ec_key("cmk")
    azure.world.settings.change({"throttle": True, "rotation_counts_as_creation": counts})
    for _time in range(20):
        keys.rotate_key("cmk")
    if counts:
        assert _refused(lambda: keys.rotate_key("cmk")).status_code == 429
        assert _refused(lambda: keys.create_ec_key("other")).status_code == 429
    else:
        assert keys.rotate_key("cmk")
        assert keys.create_ec_key("other")
