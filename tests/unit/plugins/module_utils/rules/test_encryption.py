# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.ownkey.acr.plugins.module_utils._rules import encryption
from ansible_collections.ownkey.acr.plugins.module_utils._rules.failure import Failure
from samples import DAY, NOW, key, registry


@pytest.mark.parametrize("sku", ["Basic", "Standard", "basic", "STANDARD"])
def test_only_premium(sku):
    with pytest.raises(Failure) as caught:
        encryption.check_tier(sku)
    assert (caught.value.parameter, caught.value.code) == ("sku", "not_premium")


@pytest.mark.parametrize("sku", ["Premium", "premium"])
def test_premium(sku):
    encryption.check_tier(sku)


def test_never_off_again():
    encryption.check_status("enabled")
    encryption.check_status(None)
    with pytest.raises(Failure, match="cannot be turned off"):
        encryption.check_status("disabled")


@pytest.mark.parametrize("identity", ["system", "[system]", "SYSTEM"])
def test_the_system_identity_cannot_create(identity):
    with pytest.raises(Failure, match="does not exist before the registry does"):
        encryption.check_identity_at_creation(identity)


def test_creation_needs_an_identity():
    encryption.check_identity_at_creation("contoso-id")
    with pytest.raises(Failure) as caught:
        encryption.check_identity_at_creation(None)
    assert caught.value.parameter == "identity"


def test_a_registry_without_cmk_cannot_get_one():
    encryption.check_existing(registry())
    with pytest.raises(Failure, match="az acr import"):
        encryption.check_existing(registry(encryption={"status": "disabled"}))


def test_content_trust():
    encryption.check_content_trust(registry())
    with pytest.raises(Failure, match="Content trust"):
        encryption.check_content_trust(registry(policies={"trustPolicy": {"status": "enabled"}}))


@pytest.mark.parametrize("kind", ["RSA", "RSA-HSM"])
def test_rsa(kind):
    encryption.check_key(key(key_type=kind), now=NOW)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"key_type": "EC"}, "not_rsa"),
        ({"key_type": "EC-HSM"}, "not_rsa"),
        ({"key_type": "oct-HSM"}, "not_rsa"),
        ({"enabled": False}, "key_disabled"),
        ({"expires_on": "2020-01-01T00:00:00Z"}, "key_expired"),
        ({"not_before": "2040-01-01T00:00:00Z"}, "key_not_yet_valid"),
        ({"operations": ["sign"]}, "key_operations"),
        ({"operations": ["wrapKey"]}, "key_operations"),
    ],
)
def test_a_key_that_a_registry_cannot_use(changes, code):
    with pytest.raises(Failure) as caught:
        encryption.check_key(key(**changes), now=NOW)
    assert caught.value.code == code
    assert caught.value.hint


def test_expiry_to_the_second():
    expires = key(expires_on="2027-01-15T08:00:00Z")
    encryption.check_key(expires, now=NOW - 1)
    with pytest.raises(Failure):
        encryption.check_key(expires, now=NOW)


@pytest.mark.parametrize("level", ["Recoverable", "CustomizedRecoverable", "Recoverable+ProtectedSubscription"])
def test_purge_protection_shows_in_the_recovery_level(level):
    from ansible_collections.ownkey.acr.plugins.module_utils._rules import key_facts

    known = key_facts.facts(
        key_identifier="https://v.vault.azure.net/keys/k/1",
        key_type="RSA",
        size=2048,
        operations=[],
        enabled=True,
        created=NOW,
        updated=NOW,
        not_before=None,
        expires_on=None,
        recovery_level=level,
        tags=None,
    )
    assert known["purge_protected"]
    encryption.check_purge_protection(known, allowed_without=False)


@pytest.mark.parametrize("age", [0, DAY])
def test_no_purge_protection_needs_so_many_words(age):
    bare = key(age=age, purge_protected=False)
    encryption.check_purge_protection(bare, allowed_without=True)
    with pytest.raises(Failure, match="allow_vault_without_purge_protection"):
        encryption.check_purge_protection(bare, allowed_without=False)
