# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A year of a fleet's life, by operations called directly while the clock moves; and what the report says of it to
somebody who was not there."""

from __future__ import annotations

import json
import os
import pathlib
import re
import typing

import pytest
import yaml
from local_azure.client import Control
from local_azure.server import LocalAzure
from support.contoso import Contoso
from support.direct import Direct, MovingClock
from support.inventories import OTHER
from support.many import Many

ROOT = pathlib.Path(__file__).resolve().parents[2]
CONTROLS = yaml.safe_load((ROOT / "roles" / "report" / "files" / "controls.yml").read_text(encoding="utf-8"))[
    "controls"
]
DAY = 86400
KV = "https://contoso-kv.vault.azure.net/keys"
FORBIDDEN = {"status": 403, "body": {"error": {"code": "AuthorizationFailed", "message": "You may not read it."}}}


class Killed(BaseException):
    """What ends a run in the middle, as a machine that is switched off does."""


class ClockOfAKilledRun(MovingClock):
    """Ends whatever waits."""

    def sleep(self, seconds: float) -> None:
        raise Killed


class Year:
    """The fleet and its record."""

    def __init__(self, direct: Direct, control: Control, contoso: Contoso, folder: pathlib.Path) -> None:
        self.direct, self.control, self.contoso = direct, control, contoso
        self.record, self.reports = str(folder / "record.jsonl"), str(folder / "reports")

    def do(self, module: str, **options: typing.Any) -> dict[str, typing.Any]:
        result = self.direct(module, **options, record=self.record)
        assert not result.get("failed"), result
        return result

    def registry(self, name: str, key: str, **options: typing.Any) -> None:
        self.do("keyvault_rsa_key", vault="contoso-kv", name=key)
        (task,) = self.contoso.registry_task(name, key_identifier=f"{KV}/{key}", **options).values()
        self.do("acr_cmk_registry", **task)

    def rotate(self, *names: str) -> dict[str, typing.Any]:
        return self.do("cmk_rotate", registries=list(names), resource_group="contoso", max_age="90d")

    def days(self, count: float) -> None:
        self.control.advance(count * DAY)

    def report(self, **options: typing.Any) -> Told:
        options = {"record": self.record, "to": self.reports, "controls": CONTROLS, **options}
        result = self.direct("cmk_report", subscriptions=["all"], **options)
        assert not result.get("failed"), result
        return Told(result)


class Told:
    """A report: its JSON, and its page as text."""

    def __init__(self, result: dict[str, typing.Any]) -> None:
        folder = pathlib.Path(result["folder"])
        self.result = result
        self.json = json.loads((folder / "report.json").read_text(encoding="utf-8"))
        self.html = (folder / "report.html").read_text(encoding="utf-8")
        self.text = " ".join(
            re.sub(r"<style>.*?</style>|<script>.*?</script>|<[^>]*>", " ", self.html, flags=re.S).split()
        )

    def events(self) -> list[tuple[str, str]]:
        return [(event["operation"], event["outcome"]) for event in self.json["record"]["events"]]


@pytest.fixture
def year(with_vault: Contoso, direct: Direct, control: Control, tmp_path: pathlib.Path) -> Year:
    return Year(direct, control, with_vault, tmp_path)


def test_somebody_who_was_not_there_reads_the_year_from_the_page(
    year: Year, azure: LocalAzure, many: Many, control: Control, tmp_path: pathlib.Path
) -> None:
    # the first spring: two registries on one key that they follow, one that is pinned, and one without a key of ours
    year.registry("paymentsacr", "payments")
    year.registry("billingacr", "payments")
    year.registry("archiveacr", "archive", rotation_mode="manual")
    many.registries(1, subscription=OTHER, prefix="legacy")
    first = year.report()
    assert first.json["totals"] | {"registries": 4, "good": 3, "no_key": 1} == first.json["totals"]
    assert first.json["record"]["state"] == "whole"
    assert "There is no earlier report" in first.text

    # summer: what is due is rotated, the pinned one is forgotten
    year.days(91)
    old = year.report()
    assert {row["name"]: row["state"] for row in old.json["registries"]}["archiveacr"] == "warning"
    assert [entry["kind"] for entry in old.json["calendar"]["overdue"]] == ["max_age", "max_age"]
    year.rotate("paymentsacr", "billingacr")

    # autumn: an emergency, and its end
    year.days(60)
    place = {"registries": ["paymentsacr"], "resource_group": "contoso"}
    year.do("cmk_revoke", **place, revoke_by="disable_key", confirm=["paymentsacr", "billingacr"])
    locked = year.report()
    states = {row["name"]: row["state"] for row in locked.json["registries"]}
    assert (states["paymentsacr"], states["billingacr"]) == ("error", "error")
    assert "Key is disabled" in locked.text
    year.days(0.1)
    year.do("cmk_restore", **{**place, "registries": ["paymentsacr", "billingacr"]})

    # winter: a rotation is killed half way
    year.days(60)
    ordinary, quick = year.direct.clock, control.settings()["operation_seconds"]
    control.settings(operation_seconds=30.0)
    year.direct.clock = ClockOfAKilledRun(control)
    with pytest.raises(Killed):
        year.rotate("archiveacr")
    year.direct.clock = ordinary
    control.settings(operation_seconds=quick)
    killed = year.report()
    assert [event["operation"] for event in killed.json["record"]["open"]] == ["cmk_rotate"]
    assert "Changes without an outcome in the record: 1." in killed.text
    assert "Begun, and nobody told what came of it" in killed.text
    controls = {one["id"]: one["state"] for one in killed.json["controls"]}
    assert controls["DP-6"] == "failed"

    # the next day somebody has Azure say what came of it
    year.days(1)
    year.do("record_settle")
    year.rotate("paymentsacr", "billingacr")
    settled = year.report(verify_data=True)
    assert settled.json["record"]["open"] == []
    assert ("cmk_rotate", "settled") in settled.events()

    # a year is over: one subscription cannot be read any more, and somebody has altered the record
    year.days(152)
    lines = pathlib.Path(year.record).read_bytes().splitlines(keepends=True)
    forged = tmp_path / "forged.jsonl"
    forged.write_bytes(b"".join([*lines[:4], lines[4].replace(b"payments", b"paymentz"), *lines[5:]]))
    os.chmod(forged, 0o600)
    control.fault(method="GET", path=f"/subscriptions/{OTHER}.*registries", times=0, **FORBIDDEN)
    last = year.report()
    _the_whole_story(last)
    tampered = year.report(record=str(forged))
    assert tampered.json["record"]["state"] == "altered"
    assert "The record was altered." in tampered.text
    assert "Record 5 is not as it was written." in tampered.text
    # nothing that stands after it is told as if it were true
    assert max((event["number"] for event in tampered.json["record"]["events"]), default=0) < 5
    assert {one["id"]: one["state"] for one in tampered.json["controls"]}["AU-9"] == "failed"


def _the_whole_story(last: Told) -> None:
    """What the last page says of the year."""
    assert [operation for operation, _outcome in last.events() if operation.startswith("cmk_")] == [
        "cmk_rotate",
        "cmk_revoke",
        "cmk_restore",
        "cmk_rotate",
        "cmk_rotate",
    ]
    assert last.html.index("You may not read it.") < last.html.index('id="totals-h"')
    assert last.json["change"]["unread_now"] == ["legacy00000"]
    assert last.json["change"]["gone"] == []
    assert last.json["totals"]["registries"] == 3
    assert [one["registries"] for one in last.json["shared_keys"]] == [["billingacr", "paymentsacr"]]
    assert "by an earlier report" in last.text
    assert len(last.json["calendar"]["overdue"]) == 2
    assert {one["id"]: one["state"] for one in last.json["controls"]}["AU-9"] == "met"
