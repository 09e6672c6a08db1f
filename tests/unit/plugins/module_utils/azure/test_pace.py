# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.ownkey.acr.plugins.module_utils._azure import pace
from ansible_collections.ownkey.acr.plugins.module_utils._azure.pace import Pace

LANE = pace.changes("s1")


class Hands:
    """A clock that is moved by hand."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Hands()


@pytest.fixture
def buckets(clock):
    return Pace(clock)


def test_a_bucket_is_full_at_first_and_fills_up_again(buckets, clock):
    for _request in range(200):
        buckets.take(LANE)
    assert (buckets.free(LANE), buckets.wait(LANE)) == (0, pytest.approx(0.1))
    clock.now += 1.5
    assert (buckets.free(LANE), buckets.wait(LANE)) == (15, 0)
    clock.now += 3600
    assert buckets.free(LANE) == 200


def test_what_others_take_out_is_seen_in_the_answers(buckets):
    buckets.answered(LANE, "PATCH", 202, {"x-ms-ratelimit-remaining-subscription-writes": "3"})
    assert buckets.free(LANE) == 3
    buckets.answered(LANE, "PATCH", 202, {"x-ms-ratelimit-remaining-subscription-writes": "1199"})
    assert buckets.free(LANE) == 3


@pytest.mark.parametrize(("told", "seconds"), [("7", 7), (None, 10), ("soon", 10)])
def test_a_throttle_closes_the_lane_for_as_long_as_azure_says(buckets, clock, told, seconds):
    buckets.answered(LANE, "PATCH", 429, {"Retry-After": told} if told else {})
    assert (buckets.free(LANE), buckets.closed(LANE), buckets.wait(LANE)) == (0, seconds, seconds)
    clock.now += seconds
    assert (buckets.closed(LANE), buckets.free(LANE)) == (0, seconds * 10)


def test_one_subscription_says_nothing_of_another(buckets):
    buckets.answered(LANE, "PATCH", 429, {})
    assert buckets.free(pace.changes("s2")) == 200


ARM = "https://management.azure.com/subscriptions/S1/resourceGroups/g/providers/x/y?api-version=1"


@pytest.mark.parametrize(
    ("method", "url", "lane"),
    [
        ("GET", ARM, "s1 reads"),
        ("PATCH", ARM, "s1 writes"),
        ("POST", ARM, "s1 writes"),
        ("DELETE", ARM, "s1 deletes"),
        ("POST", "https://kv.vault.azure.net/keys/cmk/rotate?api-version=1", "kv.vault.azure.net new keys"),
        ("GET", "https://kv.vault.azure.net/keys/cmk?api-version=1", None),
        ("GET", "https://contosoacr.azurecr.io/v2/", None),
        ("GET", "https://management.azure.com/subscriptions?api-version=1", None),
    ],
)
def test_which_lane_a_request_is_in(method, url, lane):
    where = pace.lane(method, url)
    assert (where.name if where else None) == lane


def test_of_those_that_wait_for_the_same_drop_one_gets_it(buckets, clock):
    for _request in range(200):
        assert buckets.reserve(LANE) == 0
        # what has its place takes no second one when it goes out
        buckets.take(LANE)
    assert buckets.reserve(LANE) == pytest.approx(0.1)
    clock.now += 0.15
    assert [buckets.reserve(LANE) > 0 for _thread in range(3)] == [False, True, True]


def test_nobody_gets_a_place_while_azure_asks_to_be_left_alone(buckets):
    buckets.answered(LANE, "POST", 429, {"Retry-After": "7"})
    assert buckets.reserve(LANE) == 7
