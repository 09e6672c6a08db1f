# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What kept an answer from being one of Entra ID's."""

from __future__ import annotations

import types

import pytest
from ansible_collections.ownkey.acr.plugins.module_utils._azure import entra

PAGE = b"<html><head><title>Log in</title></head></html>"


@pytest.mark.parametrize(
    ("status", "content", "told"),
    [
        (200, b'{"access_token": "x"}', ""),
        (400, b'{"error": "invalid_client"}', ""),
        (401, b'{"error": "invalid_client"}', ""),
        (503, b"", "it answered 503"),
        (502, PAGE, "it answered 502 with a page with the title 'Log in'"),
        (429, b'{"error": "busy"}', "it answered 429"),
        (200, PAGE, "its answer cannot be read: 200 with a page with the title 'Log in'"),
        (200, b"", "its answer cannot be read: 200, empty"),
        (403, PAGE, "its answer cannot be read: 403 with a page with the title 'Log in'"),
    ],
)
def test_trouble(status: int, content: bytes, told: str) -> None:
    inner = types.SimpleNamespace(content=content)
    response = types.SimpleNamespace(status_code=status, headers={}, internal_response=inner)
    assert entra._trouble(response) == told
