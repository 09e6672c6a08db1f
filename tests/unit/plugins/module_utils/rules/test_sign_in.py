# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import itertools

import pytest
from ansible_collections.ownkey.acr.plugins.module_utils._domain.failure import Failure
from ansible_collections.ownkey.acr.plugins.module_utils._rules.sign_in import choose

SECRETS = ["AZURE_SECRET", "AZURE_CLIENT_SECRET"]
TENANTS = ["AZURE_TENANT", "AZURE_TENANT_ID"]
BASE = {"AZURE_CLIENT_ID": "c", "AZURE_SUBSCRIPTION_ID": "s"}


@pytest.mark.parametrize(("secret", "tenant"), list(itertools.product(SECRETS, TENANTS)))
@pytest.mark.parametrize("source", ["auto", "env"])
def test_both_families_of_variables_in_any_mixture(secret, tenant, source):
    sign_in = choose({"auth_source": source}, {**BASE, secret: "x", tenant: "t"})
    assert (sign_in.method, sign_in.client_id, sign_in.secret, sign_in.tenant) == ("secret", "c", "x", "t")
    assert sign_in.subscription_id == "s"
    assert sign_in.cloud.name == "AzureCloud"


def test_options_win_over_variables():
    environ = {**BASE, "AZURE_SECRET": "x", "AZURE_TENANT": "t"}
    sign_in = choose({"secret": "y", "client_id": "d", "tenant": "u", "subscription_id": "z"}, environ)
    assert (sign_in.client_id, sign_in.secret, sign_in.tenant, sign_in.subscription_id) == ("d", "y", "u", "z")


@pytest.mark.parametrize("missing", ["AZURE_CLIENT_ID", "AZURE_TENANT"])
def test_what_is_missing_is_named(missing):
    environ = {**BASE, "AZURE_SECRET": "x", "AZURE_TENANT": "t"}
    del environ[missing]
    with pytest.raises(Failure, match=missing):
        choose({}, environ)


@pytest.mark.parametrize(
    ("environ", "method"),
    [
        ({"AZURE_CLIENT_CERTIFICATE_PATH": "/c.pem"}, "certificate"),
        ({"AZURE_X509_CERTIFICATE_PATH": "/c.pem"}, "certificate"),
        ({"AZURE_FEDERATED_TOKEN_FILE": "/t"}, "workload_identity"),
    ],
)
def test_other_ways_of_a_service_principal(environ, method):
    assert choose({}, {**BASE, "AZURE_TENANT_ID": "t", **environ}).method == method


@pytest.mark.parametrize(
    ("params", "environ", "method"),
    [
        ({}, {}, "cli"),
        ({}, {"IDENTITY_ENDPOINT": "http://x"}, "msi"),
        ({"auth_source": "msi"}, {}, "msi"),
        ({"auth_source": "cli"}, {"AZURE_SECRET": "x"}, "cli"),
    ],
)
def test_without_a_service_principal(params, environ, method):
    assert choose(params, environ).method == method


def test_a_profile_of_the_credential_file():
    profiles = {
        "default": {"client_id": "c", "secret": "x", "tenant": "t", "subscription_id": "s"},
        "two": {"secret": "z"},
    }
    assert choose({"auth_source": "credential_file"}, {}, profiles).secret == "x"
    assert choose({}, {}, profiles).secret == "x"
    environ = {**BASE, "AZURE_SECRET": "y", "AZURE_TENANT": "u"}
    assert choose({}, environ, profiles).secret == "y"
    with pytest.raises(Failure, match="no section"):
        choose({"auth_source": "credential_file", "profile": "three"}, {}, profiles)
    with pytest.raises(Failure, match="tenant"):
        choose({"auth_source": "credential_file", "profile": "two"}, {}, profiles)


def test_user_name_and_password_are_explained():
    with pytest.raises(Failure, match="second factor"):
        choose({}, {"AZURE_AD_USER": "u", "AZURE_PASSWORD": "p"})


@pytest.mark.parametrize("name", ["AzureCloud", "azureusgovernment", "AzureChinaCloud"])
def test_clouds_by_name(name):
    assert choose({"cloud_environment": name}, {}).cloud.name.lower() == name.lower()
    assert choose({}, {"AZURE_CLOUD_ENVIRONMENT": name}).cloud.name.lower() == name.lower()


def test_unknown_cloud():
    with pytest.raises(Failure, match="AzureGermanCloud"):
        choose({"cloud_environment": "AzureGermanCloud"}, {})


IN_THE_ENVIRONMENT = ("AZURE_CLIENT_ID", "AZURE_SECRET", "AZURE_TENANT")
SECTION = {"client_id": "c", "secret": "s", "tenant": "t", "subscription_id": "of-the-profile"}


@pytest.mark.parametrize(
    ("params", "environ", "subscription"),
    [
        ({}, {"AZURE_PROFILE": "prod"}, "of-the-profile"),
        ({"profile": "prod"}, {}, "of-the-profile"),
        (
            {},
            {"AZURE_PROFILE": "prod", "AZURE_CLIENT_ID": "x", "AZURE_SECRET": "x", "AZURE_TENANT": "x"},
            "of-the-profile",
        ),
        ({}, {"AZURE_PROFILE": "prod", "AZURE_SUBSCRIPTION_ID": "of-the-environment"}, "of-the-profile"),
        ({"subscription_id": "of-the-task"}, {"AZURE_PROFILE": "prod"}, "of-the-task"),
        ({}, {"ANSIBLE_AZURE_AUTH_SOURCE": "credential_file", "AZURE_PROFILE": "prod"}, "of-the-profile"),
    ],
)
def test_a_profile_that_is_named_is_meant_with_its_subscription(params, environ, subscription):
    sign_in = choose(params, environ, {"default": {**SECTION, "subscription_id": "wrong"}, "prod": SECTION})
    assert (sign_in.method, sign_in.client_id, sign_in.subscription_id) == ("secret", "c", subscription)


def test_a_profile_that_is_not_there_is_no_reason_to_take_another():
    with pytest.raises(Failure, match=r"no section \[prod\] \(AZURE_PROFILE\)"):
        choose({}, {"AZURE_PROFILE": "prod"}, {"default": SECTION})


@pytest.mark.parametrize(("variable", "method"), [("cli", "cli"), ("MSI", "msi"), ("auto", "secret")])
def test_azure_azcollection_s_variable_for_the_source(variable, method):
    environ = {
        "ANSIBLE_AZURE_AUTH_SOURCE": variable,
        "AZURE_CLIENT_ID": "c",
        "AZURE_SECRET": "s",
        "AZURE_TENANT": "t",
    }
    assert choose({"auth_source": "auto"}, environ).method == method
    assert choose({"auth_source": "env"}, environ).method == "secret"
    with pytest.raises(Failure, match="ANSIBLE_AZURE_AUTH_SOURCE is 'somehow'"):
        choose({}, {**environ, "ANSIBLE_AZURE_AUTH_SOURCE": "somehow"})


def test_the_az_cli_is_the_last_resort_and_is_known_to_be():
    assert choose({}, {}).is_last_resort
    assert not choose({"auth_source": "cli"}, {}).is_last_resort
