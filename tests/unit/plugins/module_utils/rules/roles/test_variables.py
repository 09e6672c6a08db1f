# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What people type into ``acr_cmk_*``."""

from __future__ import annotations

import functools
import pathlib

import pytest
import yaml
from ansible_collections.ownkey.acr.plugins.module_utils._domain.failure import Failure
from ansible_collections.ownkey.acr.plugins.module_utils._rules.roles import variables as role_variables
from ansible_collections.ownkey.acr.plugins.module_utils._rules.roles.values import Unreadable

ROLES = pathlib.Path(__file__).resolve().parents[6] / "roles"
CONTOSO = {"acr_cmk_registry": "contosoacr", "acr_cmk_resource_group": "contoso", "acr_cmk_location": "westeurope"}
ID = "/subscriptions/00000000-0000-4000-8000-00000000ac12/resourceGroups/contoso/providers"
VERSION = "cfc33432d68370deac10fc77c35e5ee1"


@functools.cache
def spec(role):
    return yaml.safe_load((ROLES / role / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))


def derived(role, **given):
    start = CONTOSO if role == "create" else {n: CONTOSO[n] for n in ("acr_cmk_registry", "acr_cmk_resource_group")}
    variables = {**start, **{f"acr_cmk_{name}": value for name, value in given.items()}}
    return role_variables.derived(role, variables, role_variables.vocabulary(spec("acr_cmk"), spec(role)))


def refused(role, **given):
    with pytest.raises(Failure) as caught:
        derived(role, **given)
    return caught.value


YES, NO = (True, "yes", "TRUE", " On ", 1, "1", "y"), (False, "No", "false", "off", 0, "0", 0.0)
GOOD = [
    # role, variable, as typed, derived name, what it means
    *[("create", "purge_protection", typed, "purge_protection", True) for typed in YES],
    *[("create", "purge_protection", typed, "purge_protection", False) for typed in NO],
    *[("create", "purge_protection", typed, "purge_protection", True) for typed in ("", " ", None)],
    *[("create", "grant_caller", typed, "grant_caller", True) for typed in (None, "", "true", "Yes")],
    ("create", "grant_caller", "no", "grant_caller", False),
    ("create", "grant_caller", None, "grant_caller_everywhere", False),
    ("create", "grant_caller", "yes", "grant_caller_everywhere", True),
    *[("create", "key_size", typed, "key_size", 4096) for typed in (4096, "4096", " 4096 ", 4096.0)],
    *[("create", "key_size", typed, "key_size", "") for typed in (None, "", "  ")],
    ("create", "access", "RBAC", "access", "rbac"),
    ("create", "access", " Policy ", "access", "policy"),
    ("create", "access", "", "access", ""),
    ("create", "vault_firewall", "Closed", "vault_firewall", "closed"),
    ("create", "registry", " contosoacr ", "registry", "contosoacr"),
    ("rotate", "registry", 12345, "registries", ["12345"]),
    ("create", "vault", "contoso-kv", "vault", "contoso-kv"),
    ("create", "vault", "https://contoso-kv.vault.azure.net/", "vault", "contoso-kv"),
    ("create", "vault", "Contoso-KV.vault.azure.net", "vault", "contoso-kv"),
    ("create", "vault", "https://contosohsm.managedhsm.azure.net/", "vault", "https://contosohsm.managedhsm.azure.net"),
    ("create", "vault", "contosohsm.managedhsm.azure.net", "managed_hsm", True),
    ("create", "vault", "", "vault", "contosoacr-kv"),
    ("create", "registry", "a" * 50, "vault", "a" * 21 + "-kv"),
    ("create", "location", "West Europe", "location", "West Europe"),
    ("create", "identity", f"{ID}/Microsoft.ManagedIdentity/userAssignedIdentities/id1", "identity_named", True),
    ("create", "identity", "[system]", "identity", "system"),
    ("create", "tags", {"team": "payments", "cost": 7, "prod": True, "note": None}, "tags",
     {"team": "payments", "cost": "7", "prod": "true", "note": ""}),
    ("create", "tags", '{"team": "payments"}', "tags", {"team": "payments"}),
    *[("create", "tags", typed, "tags", {}) for typed in (None, "", {}, "{}")],
    ("create", "vault_ip_rules", "203.0.113.10, 203.0.113.0/24", "vault_ip_rules", ["203.0.113.10", "203.0.113.0/24"]),
    ("create", "vault_ip_rules", '["203.0.113.10"]', "vault_ip_rules", ["203.0.113.10"]),
    ("create", "key_version", VERSION.upper(), "key_version", VERSION),
    ("create", "subscription_id", "/subscriptions/00000000-0000-4000-8000-00000000ac12", "environment",
     {"AZURE_SUBSCRIPTION_ID": "00000000-0000-4000-8000-00000000ac12"}),
    ("rotate", "registries", "contosoacr, fabrikamacr,", "registries", ["contosoacr", "fabrikamacr"]),
    ("rotate", "registries", "contosoacr\nfabrikamacr\n", "registries", ["contosoacr", "fabrikamacr"]),
    ("rotate", "registries", ["contosoacr", "", None, "contosoacr"], "registries", ["contosoacr"]),
    ("rotate", "registries", '["contosoacr", "fabrikamacr"]', "registries", ["contosoacr", "fabrikamacr"]),
    ("rotate", "registries", [], "registries", ["contosoacr"]),
    ("rotate", "registry", f"{ID}/Microsoft.ContainerRegistry/registries/contosoacr", "key", "contosoacr-cmk"),
    *[("rotate", "max_age", typed, "max_age", typed.strip()) for typed in ("90d", " 12h ", "P90D", "0d", "2W")],
    ("rotate", "max_age", "", "max_age", "90d"),
    ("rotate", "key_version", VERSION, "max_age", "90d"),
    ("rotate", "pick_up", "NUDGE", "pick_up", "nudge"),
    ("rotate", "vault", "other-kv", "goal_key", "contosoacr-cmk"),
    ("rotate", "key", "other", "goal_vault", "contosoacr-kv"),
    ("rotate", "key", "", "goal_vault", ""),
    ("rotate", "rotation_mode", "Manual", "rotation_mode", "manual"),
    *[("revoke", "confirm", typed, "confirm", ["a", "b"]) for typed in ("a,b", "a, b", ["a", "b"], '["a","b"]')],
    ("revoke", "revoke_by", "Disable_Key", "revoke_by", "disable_key"),
    ("revoke", "verify_data", "no", "verify_data_unless_no", False),
    ("revoke", "verify_data", "", "verify_data_unless_no", True),
    ("create", "verify_data", "", "verify_data", False),
    ("diagnose", "fail_on", "Warning", "fail_on", "warning"),
    ("diagnose", "registry", None, "registries", []),
    # a file of variables that serves every role: what this one does not read is not its business
    ("revoke", "key_size", "4096 bits", "registry", "contosoacr"),
    ("diagnose", "hosts", "registries", "fail_on", "never"),
    ("diagnose", "create_result", {"changed": True}, "fail_on", "never"),
]  # fmt: skip


@pytest.mark.parametrize(("role", "variable", "typed", "name", "value"), GOOD)
def test_what_is_meant_is_understood(role, variable, typed, name, value):
    assert derived(role, **{variable: typed})[name] == value


BAD = [
    # role, variable, as typed, what is said
    ("create", "purge_protection", "ture", "'ture' is neither yes nor no; did you mean true?"),
    ("create", "purge_protection", "enabled", "Write true or false."),
    ("create", "purge_protection", 2, "neither yes nor no"),
    ("create", "purge_protection", [True], "neither yes nor no"),
    ("create", "grant_caller", "maybe", "neither yes nor no"),
    ("create", "verify_data", "nope", "neither yes nor no"),
    ("create", "key_size", "4096 bits", "'4096 bits' is no whole number. Give 2048, 3072 or 4096."),
    ("create", "key_size", 1024, "1024 is not to be had. Give 2048, 3072 or 4096."),
    ("create", "key_size", -4096, "no whole number"),
    ("create", "key_size", 4096.5, "no whole number"),
    ("create", "key_size", True, "yes or no, not a text"),
    ("create", "key_size", [4096], "list, not one text"),
    ("create", "access", "rabc", "did you mean rbac? Give rbac or policy."),
    ("create", "access", True, "Give rbac or policy."),
    ("create", "vault_firewall", "open", "Give closed."),
    ("create", "registry", "contoso-acr", "5 to 50 letters and digits, nothing else"),
    ("create", "registry", "acr", "5 to 50"),
    ("create", "registry", "a" * 51, "5 to 50"),
    ("create", "registry", "contosoacr.azurecr.io", "Give its name, contosoacr."),
    ("create", "registry", "contosoacr,fabrikamacr", "Several go into acr_cmk_registries."),
    ("create", "registry", ["contosoacr"], "list, not one text"),
    ("create", "registry", True, "Write it in quotes."),
    ("create", "registry", f"{ID}/Microsoft.ContainerRegistry/registries/contosoacr", "not a name for a registry"),
    ("rotate", "registry", f"{ID}/Microsoft.KeyVault/vaults/contoso-kv", "not the resource id of a registry"),
    ("rotate", "registries", "contosoacr,fabrikam-acr", "'fabrikam-acr' is not a name for a registry"),
    ("rotate", "registries", {"contosoacr": {}}, "dictionary, not a list"),
    ("rotate", "registries", [["contosoacr"]], "list, not one text"),
    ("rotate", "registries", "[contosoacr", "is no list"),
    ("create", "resource_group", "contoso rg", "not a name for a resource group"),
    ("create", "resource_group", "/subscriptions/S/resourceGroups/contoso", "Give the resource group's name."),
    ("create", "location", "west-europe", "is not a name for a region"),
    ("create", "vault", "contoso_kv", "3 to 24 letters, digits and single hyphens"),
    ("create", "vault", "a" * 25, "3 to 24"),
    ("create", "vault", "https://contoso-kv.vault.azure.net/keys/cmk", "neither a vault's name nor"),
    ("create", "vault", "https://contoso-kv.example.com", "neither a vault's name nor"),
    ("create", "vault", f"{ID}/Microsoft.KeyVault/vaults/contoso-kv", "Give the vault's name."),
    ("create", "key", "my_key", "1 to 127 letters, digits and hyphens"),
    ("create", "key", "https://contoso-kv.vault.azure.net/keys/cmk", "The vault goes into acr_cmk_vault"),
    ("create", "key_version", "latest", "32 hexadecimal digits"),
    ("create", "identity", "my identity", "not a name for a identity"),
    ("create", "identity", f"{ID}/Microsoft.KeyVault/vaults/contoso-kv", "not the resource id of a user-assigned"),
    ("create", "subscription_id", "Production", "is not the id of a subscription"),
    ("create", "tags", "team=payments", "As text a dictionary is JSON"),
    ("create", "tags", ["team"], "is no dictionary"),
    ("create", "tags", {"team": ["payments"]}, "The value of the tag 'team' is a list"),
    ("create", "vault_ip_rules", "203.0.113.300", "not an IPv4 address or range"),
    ("create", "vault_ip_rules", "2001:db8::1", "not an IPv4 address or range"),
    ("rotate", "max_age", "90", "90 has no unit. Write 90d for days"),
    ("rotate", "max_age", 90, "Write 90d"),
    ("rotate", "max_age", "ninety days", "is not a duration"),
    ("rotate", "max_age", "-1d", "is not a duration"),
    ("rotate", "pick_up", "nugde", "did you mean nudge?"),
    ("rotate", "rotation_mode", "auto", "Give automatic or manual."),
    ("revoke", "revoke_by", "disable-key", "did you mean disable_key?"),
    ("revoke", "key_versions", "in use", "did you mean in_use?"),
    ("revoke", "confirm", {"contosoacr": True}, "dictionary, not a list"),
    ("diagnose", "fail_on", "warnings", "did you mean warning?"),
    ("diagnose", "fail_on", False, "Give never, error, warning or info."),
    ("create", "registry", "9contosoacr", "acr_cmk_vault is not given, and the name made from acr_cmk_registry"),
]  # fmt: skip


@pytest.mark.parametrize(("role", "variable", "typed", "text"), BAD)
def test_what_is_none_is_refused_by_the_variable_s_name(role, variable, typed, text):
    failure = refused(role, **{variable: typed})
    assert text in failure.message
    assert f"acr_cmk_{variable}" in failure.message
    assert failure.message.endswith(".")
    assert failure.code == "variables"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("acr_cmk_keysize", "acr_cmk_key_size"),
        ("acr_cmk_maxage", "acr_cmk_max_age"),
        ("acr_cmk_registy", "acr_cmk_registry"),
        ("acr_cmk_confrim", "acr_cmk_confirm"),
        ("acr_cmk_resourcegroup", "acr_cmk_resource_group"),
        ("acr_cmk_purge_protecion", "acr_cmk_purge_protection"),
        ("acr_cmk_subscription", "acr_cmk_subscription_id"),
        ("acr_cmk_vault_name", "acr_cmk_vault"),
        ("ACR_CMK_REGISTRY", "acr_cmk_registry"),
        ("Acr_cmk_Key", "acr_cmk_key"),
    ],
)
@pytest.mark.parametrize("role", ["create", "rotate", "revoke", "restore", "diagnose"])
def test_a_name_that_is_none_is_refused_with_the_nearest(role, typed, meant):
    words = role_variables.vocabulary(spec("acr_cmk"), spec(role))
    with pytest.raises(Failure) as caught:
        role_variables.derived(role, {**CONTOSO, typed: "x"}, words)
    assert caught.value.message == f"{typed} is no variable of these roles; did you mean {meant}?"


def test_a_name_that_is_near_to_none_is_refused_too():
    assert refused("create", zzzz=1).message == "acr_cmk_zzzz is no variable of these roles."


@pytest.mark.parametrize("blank", [None, "", "  ", "missing"])
def test_what_a_role_cannot_do_without_is_said_in_one_sentence(blank):
    def message(role, *names):
        words = role_variables.vocabulary(spec("acr_cmk"), spec(role))
        given = {} if blank == "missing" else dict.fromkeys(names, blank)
        with pytest.raises(Failure) as caught:
            role_variables.derived(role, given, words)
        return caught.value.message

    needs = "ownkey.acr.create needs acr_cmk_registry, acr_cmk_resource_group and acr_cmk_location."
    assert message("create", *CONTOSO) == needs
    for role in ("rotate", "revoke", "restore"):
        text = message(role, "acr_cmk_registry", "acr_cmk_registries")
        assert text.startswith(f"ownkey.acr.{role} needs acr_cmk_registry (or several in acr_cmk_registries)")
    needs = needs.removesuffix(".") + "; acr_cmk_location is not given."
    assert refused("create", location=blank if blank != "missing" else None).message == needs


def test_everything_that_is_wrong_is_said_at_once():
    failure = refused("create", registry="contoso-acr", purge_protection="ture", keysize=1, key_size=1024, location="")
    for part in ("contoso-acr", "'ture'", "acr_cmk_keysize", "1024", "acr_cmk_location is not given"):
        assert failure.message.count(part) == 1, part
    assert failure.details["variables"] == [
        "acr_cmk_location",
        "acr_cmk_keysize",
        "acr_cmk_registry",
        "acr_cmk_key_size",
        "acr_cmk_purge_protection",
    ]


def test_a_template_that_cannot_be_worked_out_is_told_by_its_variable():
    failure = refused("create", key=Unreadable("its value cannot be worked out: 'foo' is undefined."))
    assert failure.message == "acr_cmk_key: its value cannot be worked out: 'foo' is undefined."


def test_a_name_made_for_a_temporary_vault_is_one_that_azure_takes():
    assert derived("create", registry="9contosoacr", vault="contoso-kv")["temporary_vault"] == "t9contosoacr-tmp"


def test_every_variable_of_every_role_is_of_the_vocabulary():
    for role in ("create", "rotate", "revoke", "restore", "diagnose"):
        words = role_variables.vocabulary(spec("acr_cmk"), spec(role))
        assert set(words.used) <= set(words.options)


REGISTRY = f"{ID}/Microsoft.ContainerRegistry/registries/contosoacr"
FACTS = {
    "id": REGISTRY,
    "name": "contosoacr",
    "resource_group": "contoso",
    "subscription_id": "00000000-0000-4000-8000-00000000ac12",
    "location": "westeurope",
}


def test_relative_paths_start_where_somebody_is():
    values = {
        "acr_cmk_report_to": " reports/acr ",
        "acr_cmk_report_previous": "~/old.json",
        "acr_cmk_report_controls": "/etc/controls.yml",
        "acr_cmk_move_passwords_file": "passwords.json",
        "acr_cmk_registry": "contosoacr",
    }
    assert role_variables.seen_from("/home/ann", values) == {
        **values,
        "acr_cmk_report_to": "/home/ann/reports/acr",
        "acr_cmk_move_passwords_file": "/home/ann/passwords.json",
    }
    assert role_variables.seen_from("/", {"acr_cmk_report_to": "reports"}) == {"acr_cmk_report_to": "/reports"}
    for nothing in ({}, {"acr_cmk_report_to": ""}, {"acr_cmk_report_to": None}, {"acr_cmk_report_to": ["x"]}):
        assert role_variables.seen_from("/home/ann", nothing) == nothing
    container = {"acr_cmk_report_to": "https://contoso.blob.core.windows.net/reports"}
    assert role_variables.seen_from("/home/ann", container) == container


@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        ("/usr/share/ansible/collections/ansible_collections/ownkey/acr/playbooks", True),
        ("/home/ann/ansible_collections/contoso/site/playbooks/nightly", True),
        ("/home/ann/ansible_collections/contoso/site/tests", False),
        ("/home/ann/ansible_collections", False),
        ("/home/ann/playbooks", False),
        ("", False),
    ],
)
def test_which_playbooks_a_collection_brings(folder, expected):
    assert role_variables.is_of_collection(folder) is expected


def test_a_host_s_own_registry_counts_where_a_survey_says_nothing():
    of_host = functools.partial(role_variables.of_host, "rotate")
    empty = {"acr_cmk_registry": "", "acr_cmk_registries": None, "acr_cmk_max_age": "0d"}
    filled = of_host(empty, FACTS)
    assert filled["acr_cmk_registry"] == REGISTRY
    assert filled["acr_cmk_subscription_id"] == FACTS["subscription_id"]
    assert filled["acr_cmk_max_age"] == "0d"
    # whoever names another one means it
    for named in ({"acr_cmk_registry": "fabrikamacr"}, {"acr_cmk_registries": ["fabrikamacr"]}):
        assert of_host(named, FACTS) == named
    for nothing in (None, "registry", []):
        assert of_host(empty, nothing) == empty


def test_a_role_that_makes_a_registry_goes_by_the_host_s_name():
    given = role_variables.of_host("create", {"acr_cmk_registry": REGISTRY}, FACTS)
    result = role_variables.derived("create", given, role_variables.vocabulary(spec("acr_cmk"), spec("create")))
    assert (result["registry"], result["resource_group"]) == ("contosoacr", "contoso")
    assert result["environment"] == {"AZURE_SUBSCRIPTION_ID": FACTS["subscription_id"]}


KEY_VERSION = f"https://contoso-kv.vault.azure.net/keys/cmk/{VERSION}"


@pytest.mark.parametrize(
    "typed",
    [
        KEY_VERSION,
        f" {KEY_VERSION}/ ",
        KEY_VERSION.replace(VERSION, VERSION.upper()),
        KEY_VERSION.replace(".net", ".net:443"),
    ],
)
def test_an_event_is_about_a_version_of_a_key(typed):
    assert derived("key_event", event="new_version", event_key=typed)["event_key"] == KEY_VERSION


def test_an_event_is_about_a_vault_of_whichever_cloud():
    for typed, told in (
        ("contoso-kv", "contoso-kv"),
        ("https://contoso-kv.vault.azure.cn/", "https://contoso-kv.vault.azure.cn"),
    ):
        assert derived("key_event", event="access_changed", event_vault=typed)["event_vault"] == told


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, "ownkey.acr.key_event needs acr_cmk_event."),
        ({"event": "deleted"}, "acr_cmk_event: 'deleted' is not to be had"),
        ({"event": "new_version"}, "acr_cmk_event_key: say which key the event new_version is about."),
        ({"event": "access_changed"}, "acr_cmk_event_vault: say which vault the event access_changed is about."),
        ({"event": "expired", "event_key": KEY_VERSION.rpartition("/")[0]}, "names no version of the key"),
        ({"event": "expired", "event_key": "https://evil.example.com/keys/cmk/" + VERSION}, "is not the host of a key"),
        ({"event": "expired", "event_key": KEY_VERSION.replace("cmk", "c m")}, "is not a key identifier"),
        ({"event": "access_changed", "event_vault": "evil.example.com"}, "is neither a vault's name nor"),
        ({"event": "access_changed", "event_vault": ["contoso-kv"]}, "is a list, not one text"),
    ],
)
def test_what_is_no_event_is_refused(given, told):
    assert told in refused("key_event", **given).message
