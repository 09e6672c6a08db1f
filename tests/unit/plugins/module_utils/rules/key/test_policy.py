# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.ownkey.acr.plugins.module_utils._domain.key import RotationPolicy
from ansible_collections.ownkey.acr.plugins.module_utils._rules.key import policy

NOTIFY = {"trigger": {"timeBeforeExpiry": "P30D"}, "action": {"type": "Notify"}}
LATE = {"trigger": {"timeBeforeExpiry": "P10D"}, "action": {"type": "notify"}}
ROTATE = {"trigger": {"timeAfterCreate": "P90D"}, "action": {"type": "Rotate"}}
BEFORE = {"trigger": {"timeBeforeExpiry": "P30D"}, "action": {"type": "Rotate"}}


def current(*actions, expiry=None):
    return RotationPolicy.from_wire({"lifetimeActions": list(actions), "attributes": {"expiryTime": expiry}})


@pytest.mark.parametrize(
    ("times", "now", "same"),
    [
        # Key Vault's own Notify
        ({"rotate_after_creation": "P90D"}, current(ROTATE, NOTIFY), True),
        # somebody else's, and an expiry that was not spoken of
        ({"rotate_after_creation": "P90D"}, current(ROTATE, LATE, expiry="P2Y"), True),
        ({"notify_before_expiry": "P30D"}, current(ROTATE, NOTIFY), True),
        ({"expiry_time": "P24M"}, current(ROTATE, NOTIFY, expiry="P2Y"), True),
        ({"notify_before_expiry": "P30D"}, current(ROTATE, LATE), False),
        ({"rotate_after_creation": "P30D"}, current(ROTATE, NOTIFY), False),
        ({"expiry_time": "P1Y"}, current(ROTATE, NOTIFY, expiry="P2Y"), False),
    ],
)
def test_what_is_not_said_of_a_policy_stays(times, now, same):
    assert (policy.with_unsaid(policy.desired_policy(times), now) == now) is same


@pytest.mark.parametrize(
    ("known", "expires_on", "never"),
    [
        (current(BEFORE, expiry="P1Y"), None, True),
        (current(BEFORE, expiry="P1Y"), 1.0, False),
        (current(ROTATE, NOTIFY), None, False),
        (current(NOTIFY), None, False),
        (None, None, False),
    ],
)
def test_a_rotation_that_waits_for_an_expiry_that_there_is_not(known, expires_on, never):
    assert policy.never_fires(known, expires_on) is never
