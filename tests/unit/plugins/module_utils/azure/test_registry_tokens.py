# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A registry's token is used again for what is like the request that it was given for, and for nothing else."""

from __future__ import annotations

import base64
import json
import types

import pytest
from ansible_collections.ownkey.acr.plugins.module_utils._azure.registry_tokens import TokenKeeper

HOST = "https://contosoacr.azurecr.io"
NOW, END = 1000.0, 5000


def token(end=END):
    middle = base64.urlsafe_b64encode(json.dumps({"exp": end}).encode()).decode().rstrip("=")
    return f"Bearer x.{middle}.y"


class Registry:
    """Answers with the statuses that it is given, and keeps the tokens that it saw."""

    def __init__(self, *statuses):
        self.statuses = list(statuses)
        self.tokens = []
        self.now = NOW
        self.keeper = TokenKeeper(self, lambda: self.now)

    def send(self, request, **_options):
        self.tokens.append(request.headers.get("Authorization"))
        return types.SimpleNamespace(status_code=self.statuses.pop(0) if self.statuses else 200)

    def ask(self, path, method="GET", **headers):
        return self.keeper.send(types.SimpleNamespace(url=f"{HOST}{path}", method=method, headers=headers))


def known(path="/v2/team/app/manifests/sha256:a", method="GET", end=END):
    registry = Registry()
    registry.ask(path, method, Authorization=token(end))
    return registry


@pytest.mark.parametrize(
    ("path", "method"),
    [
        ("/v2/team/app/manifests/v1", "GET"),
        ("/v2/team/app/blobs/sha256:b", "HEAD"),
        ("/v2/team/app/referrers/sha256:a?n=1", "GET"),
    ],
)
def test_what_reads_the_same_repository_s_data(path, method):
    registry = known()
    registry.ask(path, method)
    assert registry.tokens[-1] == token()


@pytest.mark.parametrize(
    ("path", "method"),
    [
        ("/v2/team/app/manifests/v1", "PUT"),
        ("/v2/team/other/manifests/v1", "GET"),
        ("/acr/v1/team/app/_manifests", "GET"),
        ("/acr/v1/_catalog", "GET"),
        ("/oauth2/exchange", "POST"),
    ],
)
def test_whatever_else(path, method):
    registry = known()
    registry.ask(path, method)
    assert registry.tokens[-1] is None


def test_lists_of_a_repository_share_theirs():
    registry = known("/acr/v1/team/app")
    for path in ("/acr/v1/team/app/_manifests?n=5", "/acr/v1/team/app/_tags/v1"):
        registry.ask(path)
        assert registry.tokens[-1] == token()


def test_near_its_end_it_is_not_used():
    registry = known()
    registry.now = END - 60
    registry.ask("/v2/team/app/manifests/v1")
    assert registry.tokens[-1] is None


@pytest.mark.parametrize("status", [401, 403])
def test_one_that_is_refused_is_forgotten(status):
    registry = known()
    registry.statuses = [status]
    registry.ask("/v2/team/app/manifests/v1")
    registry.ask("/v2/team/app/manifests/v1")
    assert registry.tokens[-1] is None


def test_one_that_does_not_say_when_it_ends_is_not_kept():
    registry = Registry()
    registry.ask("/v2/team/app/manifests/v1", Authorization="Bearer opaque")
    registry.ask("/v2/team/app/manifests/v1")
    assert registry.tokens[-1] is None
