# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever is asked of any operation, the local Azure answers as Microsoft describes it, and never by a crash.

``make requests`` sends very many; a test run a sample.
"""

from __future__ import annotations

import os
import typing

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.arbitrary import Arbitrary, requests
from support.described import Described
from support.near import near

if typing.TYPE_CHECKING:
    from collections.abc import Iterator

#: Sequences of up to four requests.
SEQUENCES = int(os.environ.get("OWNKEY_REQUESTS", "600"))


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Described]:
    with near(tmp_path_factory.mktemp("home")) as azure:
        yield Described(azure)


@settings(
    max_examples=SEQUENCES,
    deadline=None,
    derandomize="OWNKEY_REQUESTS" not in os.environ,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(sequence=st.lists(requests(), min_size=1, max_size=4))
def test_no_request_is_answered_otherwise_than_described(described: Described, sequence: list[Arbitrary]) -> None:
    judge = described.azure.azure.judge
    assert judge is not None
    described.begin_anew()
    for one in sequence:
        found = len(judge.findings)
        path = described.path(one.operation, **one.names)
        try:
            answer = described.ask(one.operation, one.body, path=path, query=one.query, raw=one.raw, kind=one.kind)
        except ConnectionError:
            break  # a request before this one has deleted the vault, and its host with it
        assert answer.status != 500, f"{one!r}: {answer.body}"
        assert judge.findings[found:] == [], f"{one!r}: {answer}\n" + "\n".join(map(str, judge.findings[found:]))
