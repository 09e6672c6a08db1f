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


MODULE = {
    "sku": {"type": "str", "choices": ["Basic", "Premium"]},
    "size": {"type": "int", "choices": [2048, 3072]},
    "acls": {"type": "dict", "options": {"bypass": {"type": "str", "choices": ["AzureServices", "None"]}}},
    "operations": {"type": "list", "elements": "str", "choices": ["wrapKey"]},
}


@pytest.mark.parametrize(
    ("params", "told"),
    [
        ({"sku": "premum"}, "sku: 'premum' is not to be had; did you mean Premium? Give Basic or Premium."),
        ({"size": 1024}, "size: '1024' is not to be had. Give 2048 or 3072."),
        ({"acls": {"bypass": "Azure"}}, "acls.bypass: 'Azure' is not to be had. Give AzureServices or None."),
        ({"operations": ["wrapKey", "melt"]}, "operations: 'melt' is not to be had. Give wrapKey."),
        ({"skus": "Basic"}, "skus: There is no such option. Did you mean sku?"),
        ({"acls": {"bypas": "None"}}, "acls.bypas: There is no such option. Did you mean acls.bypass?"),
        ({"colour": "red"}, "colour: There is no such option. ansible-doc lists those that there are."),
    ],
)
def test_what_cannot_be_meant_is_told_in_one_line(params, told):
    failure = options.misfit(MODULE, params)
    assert failure is not None
    assert failure.sentence() == told
    assert "\n" not in told


@pytest.mark.parametrize("params", [{"sku": "Basic", "size": "2048"}, {"sku": None, "_ansible_check_mode": True}])
def test_what_may_be_meant_is_left_to_others(params):
    assert options.misfit(MODULE, params) is None
