# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A record of what is changed: the intent before the first change, the outcome after the last look."""

from __future__ import annotations

import json
import pathlib
import typing

import pytest
from support.contoso import GROUP, LOCATION
from support.direct import Direct
from support.outcome import done

Lines = list[dict[str, typing.Any]]


@pytest.fixture
def place(tmp_path: pathlib.Path) -> str:
    return str(tmp_path / "record.jsonl")


def lines(place: str) -> Lines:
    path = pathlib.Path(place)
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def test_an_intent_comes_before_the_change_and_its_outcome_after(direct: Direct, place: str) -> None:
    result = done(direct("resource_group", name=GROUP, location=LOCATION, record=place))
    intent, outcome = lines(place)
    print(json.dumps([intent, outcome], indent=1), result)
    assert (intent["kind"], outcome["kind"]) == ("intent", "outcome")
