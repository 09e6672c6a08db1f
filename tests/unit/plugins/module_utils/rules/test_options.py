# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the collection itself prints to be pasted is taken, however many registries it names."""

from __future__ import annotations

import dataclasses

import pytest
from ansible_collections.ownkey.acr.plugins.module_utils._domain.failure import Failure
from ansible_collections.ownkey.acr.plugins.module_utils._rules import options
from ansible_collections.ownkey.acr.plugins.module_utils._rules.revocation.confirmation import labels
from ansible_collections.ownkey.acr.plugins.module_utils._rules.revocation.undo import undo
from ansible_collections.ownkey.acr.plugins.module_utils._rules.roles import values
from samples import registry

FLEET = [
    dataclasses.replace(one, id=one.id.replace("/contoso/", f"/group{number}/"))
    for number in range(120)
    for one in [registry(f"contoso{number:043}")]
]
SPEC = {"confirm": {"type": "list", "elements": "str"}}


@pytest.mark.parametrize("wrap", [list, lambda some: [",".join(some)], lambda some: [", ".join(some)]])
def test_a_confirmation_of_a_whole_fleet(wrap):
    names = labels(FLEET)
    options.check(SPEC, {"confirm": wrap(names)}, names_of="")
    assert values.several(wrap(names)) == names


def test_the_way_back_of_a_whole_fleet():
    command = undo(FLEET, FLEET[0].resource_id.subscription)
    written = command.split("acr_cmk_registries=")[1]
    assert values.registry_references(written) == values.registry_references([written]) == [one.id for one in FLEET]


@pytest.mark.parametrize("size", [0, 512, 1024, 2047, 2049, 4095, 8192])
def test_a_size_that_key_vault_does_not_offer_is_refused_with_those_that_it_does(size):
    with pytest.raises(Failure, match=r"^size: .* Give 2048, 3072 or 4096"):
        options.check({"size": {"type": "int"}}, {"size": size}, names_of="key")
