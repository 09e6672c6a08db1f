# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.ownkey.acr.plugins.module_utils._domain.failure import Failure
from ansible_collections.ownkey.acr.plugins.module_utils._rules.registry import encryption
from samples import registry


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
    with pytest.raises(Failure, match=r"ownkey\.acr\.move"):
        encryption.check_existing(registry(encryption={"status": "disabled"}))


def test_content_trust():
    encryption.check_content_trust(registry())
    with pytest.raises(Failure, match="Content trust"):
        encryption.check_content_trust(registry(policies={"trustPolicy": {"status": "enabled"}}))
