# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Numbers and moments in addresses and headers of a registry and the storage behind it, which are none or too long."""

from __future__ import annotations

import urllib.parse

import pytest
import requests
from local_azure.client import Control
from support.oci import Wire, code

LONG = "9" * 5000


@pytest.mark.parametrize("number", [LONG, "9" * 19, "-1", "x", "1e3"])
def test_a_page_of_no_size(wire: Wire, number: str) -> None:
    answer = wire.ask("GET", f"/v2/_catalog?n={number}")
    assert (answer.status_code, code(answer)) == (400, "PAGINATION_NUMBER_INVALID")


def test_a_page_of_any_size(wire: Wire) -> None:
    wire.image("app", "v1")
    assert wire.ask("GET", f"/v2/_catalog?n={'9' * 18}").json()["repositories"] == ["app"]


@pytest.mark.parametrize("text", [f"0-{LONG}", f"{LONG}-{LONG}", f"{LONG}-1"])
def test_a_piece_from_nowhere(wire: Wire, text: str) -> None:
    answer = wire.ask("PATCH", wire.begin("app"), data=b"abc", headers={"Content-Range": text})
    assert answer.status_code in (400, 416)
    assert code(answer) in ("SIZE_INVALID", "BLOB_UPLOAD_INVALID")


def address(wire: Wire) -> str:
    """Where a blob is pulled from."""
    digest = wire.blob("app", b"0123456789")
    return wire.ask("GET", f"/v2/app/blobs/{digest}", allow_redirects=False).headers["Location"]


@pytest.mark.parametrize(
    ("text", "status", "content"),
    [
        ("bytes=2-4", 206, b"234"),
        ("bytes=8-", 206, b"89"),
        (f"bytes=8-{LONG}", 206, b"89"),
        ("bytes=5-3", 200, b"0123456789"),
        (f"bytes={LONG}-3", 200, b"0123456789"),
        ("bytes=10-", 416, None),
        (f"bytes={LONG}-", 416, None),
    ],
)
def test_a_part_of_a_blob(wire: Wire, text: str, status: int, content: bytes | None) -> None:
    answer = requests.get(address(wire), headers={"Range": text}, timeout=30)
    assert answer.status_code == status
    assert content is None or answer.content == content


@pytest.mark.parametrize("change", [{"se": "abc"}, {"se": LONG}, {"se": ""}, {"sig": "é"}, {"sig": ""}])
def test_an_address_that_was_changed(wire: Wire, change: dict[str, str]) -> None:
    parts = urllib.parse.urlsplit(address(wire))
    query = dict(urllib.parse.parse_qsl(parts.query)) | change
    answer = requests.get(parts._replace(query=urllib.parse.urlencode(query)).geturl(), timeout=30)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "AuthenticationFailed")


def test_an_address_is_good_until_its_date(wire: Wire, control: Control) -> None:
    url = address(wire)
    expiry = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query))["se"]
    assert (expiry[10], expiry[-1]) == ("T", "Z")
    assert requests.get(url, timeout=30).content == b"0123456789"
    control.advance(1201)
    assert requests.get(url, timeout=30).status_code == 403
