# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.ownkey.acr.plugins.module_utils._domain.failure import Failure
from ansible_collections.ownkey.acr.plugins.module_utils._rules.key import fitness
from samples import DAY, KEY, NOW, key


@pytest.mark.parametrize("kind", ["RSA", "RSA-HSM"])
def test_rsa(kind):
    fitness.check_key(key(key_type=kind), now=NOW)


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
        fitness.check_key(key(**changes), now=NOW)
    assert caught.value.code == code
    assert caught.value.hint


def test_expiry_to_the_second():
    expires = key(expires_on="2027-01-15T08:00:00Z")
    fitness.check_key(expires, now=NOW - 1)
    with pytest.raises(Failure):
        fitness.check_key(expires, now=NOW)


@pytest.mark.parametrize("level", ["Recoverable", "CustomizedRecoverable", "Recoverable+ProtectedSubscription"])
def test_purge_protection_shows_in_the_recovery_level(level):
    version = key(recovery_level=level)
    assert version.purge_protected
    fitness.check_purge_protection(KEY, protected=version.purge_protected, allowed_without=False)


@pytest.mark.parametrize("age", [0, DAY])
def test_no_purge_protection_needs_so_many_words(age):
    bare = key(age=age, recovery_level="Recoverable+Purgeable")
    assert not bare.purge_protected
    fitness.check_purge_protection(KEY, protected=bare.purge_protected, allowed_without=True)
    with pytest.raises(Failure, match="allow_vault_without_purge_protection"):
        fitness.check_purge_protection(KEY, protected=bare.purge_protected, allowed_without=False)
