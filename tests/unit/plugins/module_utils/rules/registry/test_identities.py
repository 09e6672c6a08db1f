# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.ownkey.acr.plugins.module_utils._rules.registry.identities import without
from samples import GROUP

ALL = f"{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities"
OLD, NEW = f"{ALL}/old", f"{ALL}/new"


def patch(**identities):
    named = {f"{ALL}/{name}": value for name, value in identities.items()}
    return {"identity": {"type": "UserAssigned", "userAssignedIdentities": named}}


@pytest.mark.parametrize(
    ("body", "gone", "attached", "expected"),
    [
        (patch(old={}, new={}), OLD, [OLD], patch(new={})),
        (patch(old={}, new={}), OLD.upper(), [OLD], patch(new={})),
        # the one to be attached does not exist: nothing is left out
        (patch(old={}, new={}), NEW, [OLD], None),
        # nothing but what is gone, or what is taken off anyway
        (patch(old={}), OLD, [OLD], None),
        (patch(old=None, new={}), OLD, [OLD], None),
        (patch(old={}, new={}), "", [OLD], None),
        ({"properties": {}}, OLD, [OLD], None),
    ],
)
def test_an_attached_identity_that_is_gone_is_left_out(body, gone, attached, expected):
    assert without(body, gone, attached) == expected
