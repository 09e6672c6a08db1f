# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A record in an append blob, which Azurite keeps."""

from __future__ import annotations

import json
import typing

from support.azurite import Evidence
from support.direct import Direct
from support.outcome import done


def group(direct: Direct, evidence: Evidence, name: str = "contoso", **options: typing.Any) -> dict[str, typing.Any]:
    return direct("resource_group", name=name, location="westeurope", record=evidence.place(), **options)


def lines(evidence: Evidence) -> list[dict[str, typing.Any]]:
    return [json.loads(line) for line in evidence.content().splitlines()]


def test_a_blob_is_made_and_written_as_a_file_is(direct: Direct, evidence: Evidence) -> None:
    result = done(group(direct, evidence))
    assert result["record"]["place"] == evidence.place()
    assert [line["kind"] for line in lines(evidence)] == ["intent", "outcome"]
    assert evidence.blob().get_blob_properties().blob_type == "AppendBlob"
    verified = done(direct("record_verify", record=evidence.place(), head=result["record"]["head"]))
    assert (verified["verified"], verified["count"]) == (True, 2)
    assert not done(group(direct, evidence))["changed"]
    assert len(lines(evidence)) == 2
