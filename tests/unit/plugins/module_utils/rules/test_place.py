# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.ownkey.acr.plugins.module_utils._rules.place import Session, reach, sentence
from ansible_collections.ownkey.acr.plugins.module_utils._rules.sign_in import choose

APPLICATION = {"AZURE_CLIENT_ID": "app", "AZURE_TENANT": "contoso.example", "AZURE_SUBSCRIPTION_ID": "sub"}
WHO = Session("default", "home", "ann@contoso.example")


def told(environ, session=Session(), registries="", group="", hosts=1, **options):
    return sentence(choose({}, environ), session, reach(registries, group, hosts), **{"is_local": False, **options})


@pytest.mark.parametrize(
    ("environ", "session", "text"),
    [
        ({**APPLICATION, "AZURE_SECRET": "x"}, Session(),
         "Azure: subscription sub, tenant contoso.example; as the application app."),
        ({**APPLICATION, "AZURE_CLIENT_CERTIFICATE_PATH": "x.pem"}, Session(),
         "Azure: subscription sub, tenant contoso.example; as the application app, by a certificate."),
        ({**APPLICATION, "AZURE_FEDERATED_TOKEN_FILE": "x"}, Session(),
         "Azure: subscription sub, tenant contoso.example; as the application app, by a federated token."),
        ({"AZURE_SUBSCRIPTION_ID": "sub", "IDENTITY_ENDPOINT": "x"}, Session(),
         "Azure: subscription sub, in the tenant of who is signed in; as the managed identity of this machine."),
        ({}, WHO, "Azure: subscription default, tenant home; as ann@contoso.example, by the az CLI's session."),
        ({"AZURE_SUBSCRIPTION_ID": "sub"}, Session(),
         "Azure: subscription sub, in the tenant of who is signed in; as whoever signed in by the az CLI, "
         "if anybody did."),
        ({}, Session(),
         "Azure: no subscription was named, in the tenant of who is signed in; as whoever signed in by the az CLI, "
         "if anybody did."),
        ({**APPLICATION, "AZURE_SECRET": "x", "AZURE_CLOUD_ENVIRONMENT": "AzureChinaCloud"}, Session(),
         "AzureChinaCloud: subscription sub, tenant contoso.example; as the application app."),
    ],
)  # fmt: skip
def test_where_a_playbook_works(environ, session, text):
    assert told(environ, session) == text


def test_the_local_azure_is_not_taken_for_the_real_one():
    assert told({**APPLICATION, "AZURE_SECRET": "x"}, is_local=True).startswith("The local Azure: subscription sub")


def test_registries_that_are_hosts_have_subscriptions_of_their_own():
    text = told({**APPLICATION, "AZURE_SECRET": "x"}, hosts=12)
    assert text.startswith("Azure: 12 registries, each in its own subscription, tenant contoso.example")


def registry(subscription):
    return f"/subscriptions/{subscription}/resourceGroups/g/providers/Microsoft.ContainerRegistry/registries/r"


@pytest.mark.parametrize(
    ("registries", "group", "text"),
    [
        ("contosoacr", "", "Azure: subscription sub, tenant"),
        ("all", "", "Azure: every subscription that is seen, unless some are named, tenant"),
        ([" All "], "", "Azure: every subscription that is seen"),
        ("all", "contoso", "Azure: subscription sub, tenant"),
        (registry("other"), "contoso", "Azure: subscription sub, and other by a registry's id, tenant"),
        (f"one,{registry('SUB')}\n{registry('b')}", "", "Azure: subscription sub, and b by a registry's id, tenant"),
        ({"a": "dictionary"}, "", "Azure: subscription sub, tenant"),
    ],
)
def test_what_reaches_further_than_the_subscription_in_use_is_told(registries, group, text):
    assert told({**APPLICATION, "AZURE_SECRET": "x"}, registries=registries, group=group).startswith(text)


def test_no_secret_is_in_it():
    assert "hidden" not in told({**APPLICATION, "AZURE_SECRET": "hidden"})
