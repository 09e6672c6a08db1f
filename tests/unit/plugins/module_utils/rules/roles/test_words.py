# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A module's failure, as the user of a role reads it."""

from __future__ import annotations

import pytest
from ansible_collections.ownkey.acr.plugins.module_utils._domain.failure import Failure
from ansible_collections.ownkey.acr.plugins.module_utils._domain.resource import Resource
from ansible_collections.ownkey.acr.plugins.module_utils._rules.revocation import confirmation as revocation
from ansible_collections.ownkey.acr.plugins.module_utils._rules.roles import words as role_words
from samples import registry


def spoken(module, message, *, registries="acr_cmk_registry", **more):
    result = {"changed": False, **Failure(message, **more).result()}
    return role_words.spoken(result, module, registries=registries)


@pytest.mark.parametrize(
    ("module", "option", "variable"),
    [
        ("keyvault", "name", "acr_cmk_vault"),
        ("keyvault_rsa_key", "name", "acr_cmk_key"),
        ("keyvault_rsa_key", "version", "acr_cmk_key_version"),
        ("keyvault_rsa_key", "size", "acr_cmk_key_size"),
        ("managed_identity", "name", "acr_cmk_identity"),
        ("resource_group", "name", "acr_cmk_resource_group"),
        ("acr_cmk_registry", "name", "acr_cmk_registry"),
        ("acr_cmk_registry", "key_identifier", "acr_cmk_key"),
        ("acr_cmk_registry", "location", "acr_cmk_location"),
        ("cmk_rotate", "registries", "acr_cmk_registries"),
        ("cmk_rotate", "max_age", "acr_cmk_max_age"),
        ("cmk_revoke", "confirm", "acr_cmk_confirm"),
    ],
)
def test_the_role_s_variable_stands_where_the_module_has_its_option(module, option, variable):
    outcome = spoken(module, "It will not do.", parameter=option, code="no", registries="acr_cmk_registries")
    assert outcome["msg"] == f"{variable}: It will not do."
    assert outcome["failure"] == {"code": "no", "parameter": variable, "option": option}
    assert outcome["failed"] is True


def test_an_option_that_no_role_sets_keeps_its_name():
    outcome = spoken("keyvault", "It will not do.", parameter="sku")
    assert outcome["msg"] == "sku: It will not do."
    assert "option" not in outcome["failure"]


@pytest.mark.parametrize(
    ("hint", "words"),
    [
        ("Leave location out, or choose another name.", "Leave acr_cmk_location out, or choose another name."),
        ("Give max_age (90d).", "Give acr_cmk_max_age (90d)."),
        (
            "Turn it on with keyvault (purge_protection: true, or acr_cmk_purge_protection for the playbooks; it "
            "cannot be turned off again), or set allow_vault_without_purge_protection: true to accept the risk.",
            "Turn it on with keyvault (acr_cmk_purge_protection: true; it cannot be turned off again), or set "
            "acr_cmk_purge_protection: false to accept the risk.",
        ),
        (
            "Set recover: true to bring it back.",
            "Bring it back with ownkey.acr.keyvault and recover: true.",
        ),
        ("Name at least one in acr_cmk_registries.", "Name at least one in acr_cmk_registries."),
        ("az keyvault set-policy --resource_group=x", "az keyvault set-policy --resource_group=x"),
        ("The location of the key is another.", "The location of the key is another."),
    ],
)
def test_a_hint_names_variables_where_it_is_sure_that_options_are_meant(hint, words):
    result = spoken("keyvault", "No.", hint=hint)
    assert result["msg"] == f"No. {words}"
    assert "hint" not in result["failure"]


def test_a_refused_revocation_says_what_to_paste():
    losing = [registry(name) for name in ("fabrikamacr", "contosoacr")]
    others = [Resource("logs", "/logs", "t", "storage account")]
    with pytest.raises(Failure) as caught:
        revocation.require_confirmation(losing, ["contosoacr"], what="revoking by access", others=others)
    outcome = role_words.spoken(caught.value.result(), "cmk_revoke", registries="acr_cmk_registry")
    assert outcome["msg"].startswith("acr_cmk_confirm: Revoking by access makes every image unreadable")
    assert outcome["msg"].endswith("On the command line: -e acr_cmk_confirm=contosoacr,fabrikamacr,logs")
    assert outcome["would_lose_access"] == caught.value.details["would_lose_access"]


@pytest.mark.parametrize("result", [{"changed": True, "msg": "location: x"}, {"failed": True, "msg": "location: x"}])
def test_what_is_no_failure_of_ours_is_left_as_it_is(result):
    assert role_words.spoken(result, "keyvault", registries="acr_cmk_registry") == result
