# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.ownkey.acr.plugins.module_utils._domain.failure import Failure
from ansible_collections.ownkey.acr.plugins.module_utils._domain.plan import Plan, Step
from ansible_collections.ownkey.acr.plugins.module_utils._rules import outcome

STEP = (Step("update", "set something"),)


def test_what_is_as_wanted_needs_no_word():
    assert outcome.check(Plan(), "registry contosoacr", details={}) == ""


@pytest.mark.parametrize("name", ["identities", "public_network_access", "network_rule_set", "purge_protection"])
def test_what_others_rely_on_is_a_failure_after_a_change(name):
    rest = Plan(STEP, {name: "open"}, {name: "closed"})
    with pytest.raises(Failure, match=f"the registry contosoacr still shows: {name} is 'open', not 'closed'") as caught:
        outcome.check(rest, "registry contosoacr", details={"registry": {}})
    assert caught.value.code == "not_reported"
    assert caught.value.details == {"changed": True, "registry": {}}


def test_a_tag_of_somebody_else_is_only_told():
    rest = Plan(STEP, {"tags": {"a": "b"}}, {"tags": {}})
    assert "still shows: tags is {'a': 'b'}, not {}" in outcome.check(rest, "vault contoso-kv", details={})
