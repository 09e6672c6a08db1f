# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report of registries in the local Azure: what it says, what it does not claim, and where it is written."""

from __future__ import annotations

import csv
import json
import pathlib
import stat
import typing

import pytest
import yaml
from local_azure.client import Control
from local_azure.server import LocalAzure
from support.azurite import Evidence
from support.contoso import Contoso
from support.direct import Direct
from support.fleet import fleet
from support.inventories import OTHER
from support.many import Many
from support.playbooks import Ansible

ROOT = pathlib.Path(__file__).resolve().parents[2]
ALL = {"subscriptions": ["all"]}
FORBIDDEN = {"status": 403, "body": {"error": {"code": "AuthorizationFailed", "message": "You may not read it."}}}
CONTROLS = yaml.safe_load((ROOT / "roles" / "report" / "files" / "controls.yml").read_text(encoding="utf-8"))[
    "controls"
]
BROKEN = {"error": {"code": "BadParameter", "message": "Something is wrong."}}


def told(result: dict[str, typing.Any]) -> dict[str, typing.Any]:
    """A report's JSON."""
    assert not result.get("failed"), result
    return json.loads((pathlib.Path(result["folder"]) / "report.json").read_text(encoding="utf-8"))


def page(result: dict[str, typing.Any]) -> str:
    """A report's page."""
    return (pathlib.Path(result["folder"]) / "report.html").read_text(encoding="utf-8")


@pytest.fixture
def place(tmp_path: pathlib.Path) -> str:
    return str(tmp_path / "reports")


def test_a_report_is_there_whole_and_for_its_owner_alone(with_registry: Contoso, direct: Direct, place: str) -> None:
    result = direct("cmk_report", **ALL, to=place, verify_data=True)
    assert (result["changed"], result["whole"]) == (True, True), result
    assert result["totals"]["good"] == result["totals"]["registries"] == 1
    folder = pathlib.Path(result["folder"])
    names = ["findings.csv", "oscal-assessment-results.json", "registries.csv", "report.html", "report.json"]
    assert sorted(path.name for path in folder.iterdir()) == names
    assert sorted(result["files"]) == [str(folder / name) for name in names]
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert [path.name for path in pathlib.Path(place).iterdir()] == [folder.name]
    (row,) = told(result)["registries"]
    assert (row["name"], row["state"], row["identity"], row["proof"]["state"]) == (
        "contosoacr",
        "good",
        "contoso-id",
        "empty",
    )
    with (folder / "registries.csv").open(encoding="utf-8-sig", newline="") as stream:
        (line,) = csv.DictReader(stream)
    assert (line["name"], line["purge_protection"], line["version"]) == ("contosoacr", "yes", row["version"])
    assert "contosoacr" in page(result)


def test_a_check_writes_nothing_and_foretells_where(with_registry: Contoso, direct: Direct, place: str) -> None:
    foreseen = direct("cmk_report", **ALL, to=place, check=True)
    assert foreseen["changed"] is True
    assert not pathlib.Path(place).exists()
    done = direct("cmk_report", **ALL, to=place)
    assert [pathlib.Path(name).name for name in foreseen["files"]] == [
        pathlib.Path(name).name for name in done["files"]
    ]
    assert foreseen["totals"] == done["totals"]


def test_without_a_place_the_result_alone_tells(with_registry: Contoso, direct: Direct) -> None:
    result = direct("cmk_report", resource_group="contoso")
    assert (result["changed"], result["files"], result["totals"]["registries"]) == (False, [], 1)


def test_what_could_not_be_read_comes_first_and_counts_nowhere(
    with_registry: Contoso, direct: Direct, many: Many, control: Control, place: str
) -> None:
    many.registries(3, subscription=OTHER)
    control.fault(method="GET", path=f"/subscriptions/{OTHER}.*registries", times=0, **FORBIDDEN)
    result = direct("cmk_report", **ALL, to=place, controls=CONTROLS)
    assert result["whole"] is False
    assert [part["name"] for part in result["unread"]] == [OTHER]
    assert result["totals"]["registries"] == 1
    assert OTHER in result["warnings"][0]
    states = {(one["framework"], one["id"]): one["state"] for one in result["controls"]}
    assert states["PCI DSS 4.0.1", "3.7.4"] == "unknown"
    html = page(result)
    assert html.index(OTHER) < html.index('id="totals"') < html.index("contosoacr")
    # what could not be read then, and is now, is not new; nor is what cannot be read any more gone
    control.clear_faults()
    again = told(direct("cmk_report", **ALL, to=place))["change"]
    assert (again["unread_then"], again["appeared"]) == (["fleet00000", "fleet00001", "fleet00002"], [])
    control.fault(method="GET", path=f"/subscriptions/{OTHER}.*registries", times=0, **FORBIDDEN)
    lost = told(direct("cmk_report", **ALL, to=place))["change"]
    assert (lost["unread_now"], lost["gone"]) == (["fleet00000", "fleet00001", "fleet00002"], [])


def test_a_key_that_does_not_answer_is_told_and_its_registry_not_good(
    with_registry: Contoso, direct: Direct, control: Control, place: str
) -> None:
    control.fault(method="GET", path="/keys/cmk.*", times=0, status=400, body=BROKEN)
    result = direct("cmk_report", **ALL, to=place)
    assert not result.get("failed"), result
    assert result["totals"]["good"] == 0
    assert result["totals"]["unseen"] == 1
    assert {part["kind"] for part in result["unread"]} == {"key"}
    assert "https://contoso-kv.vault.azure.net/keys/cmk" in page(result)


def test_where_nothing_can_be_read_there_is_no_report(
    with_registry: Contoso, direct: Direct, control: Control, place: str
) -> None:
    control.fault(method="GET", path=".*registries", times=0, **FORBIDDEN)
    result = direct("cmk_report", **ALL, to=place)
    assert (result["failed"], result["failure"]["code"]) == (True, "nothing_read")
    assert not pathlib.Path(place).exists()


def test_an_empty_scope_is_no_clean_bill(direct: Direct, place: str) -> None:
    result = direct("cmk_report", **ALL, to=place)
    assert (result["failed"], result["failure"]["code"]) == (True, "nothing_read")


def test_a_report_costs_no_request_for_each_registry(
    with_vault: Contoso, direct: Direct, control: Control, place: str
) -> None:
    fleet(with_vault, control, direct, each=10)
    few = direct("cmk_report", **ALL, to=place, formats=["json"])
    fleet(with_vault, control, direct, each=100, name="more")
    result = direct("cmk_report", **ALL, to=place, formats=["json"])
    assert (few["totals"]["registries"], result["totals"]["registries"]) == (50, 550)
    assert result["requests"] - few["requests"] <= 5 + 5 * 12


HOSTILE = {
    "script": "<script>alert(1)</script>",
    "template": "{{ 7 * 7 }}{% for x in [] %}",
    "formula": "=cmd|' /C calc'!A0",
    "end": '"></table></main><img src=x onerror=alert(1)>',
    "turned": "a\u202egnp.exe\x1b[31m",
    "jinja": "#jinja2: variable_start_string:'[['\n[[ 7*7 ]]",
}


def test_a_tag_is_never_markup_a_template_or_a_formula(
    with_registry: Contoso, direct: Direct, azure: LocalAzure, place: str
) -> None:
    (registry,) = azure.world.data["registries"].values()
    registry["tags"] = HOSTILE
    result = direct("cmk_report", **ALL, to=place)
    html = page(result)
    assert "<script>alert" not in html
    assert "<img src=x" not in html
    assert "{{ 7 * 7 }}" in html
    assert "\u202e" not in html
    assert "\x1b" not in html
    assert html.count("<script>") == html.count("</table></main>") + 1 == 1
    text = (pathlib.Path(result["folder"]) / "registries.csv").read_text(encoding="utf-8-sig")
    (line,) = csv.DictReader(text.splitlines(keepends=True))
    assert not any(value.startswith(("=", "+", "-", "@")) for value in line.values())
    assert told(result)["registries"][0]["tags"] == HOSTILE


def test_a_report_that_cannot_be_written_is_refused_before_anything_is_asked(
    with_registry: Contoso, direct: Direct, control: Control, tmp_path: pathlib.Path
) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    mark = control.mark()
    result = direct("cmk_report", **ALL, to=str(tmp_path / "file" / "reports"))
    assert (result["failed"], result["failure"]["parameter"]) == (True, "to")
    assert control.requests(mark) == []


def test_an_earlier_report_that_cannot_be_read_is_told_and_no_older_one_taken(
    with_registry: Contoso, direct: Direct, control: Control, place: str
) -> None:
    direct("cmk_report", **ALL, to=place)
    control.advance(60)
    newest = direct("cmk_report", **ALL, to=place)
    (pathlib.Path(newest["folder"]) / "report.json").write_text("{", encoding="utf-8")
    control.advance(60)
    result = direct("cmk_report", **ALL, to=place)
    assert told(result)["change"]["state"] == "unreadable"
    assert "earlier report could not be read" in " ".join(result["warnings"])


def test_the_playbook_leaves_a_file_and_an_artifact(with_registry: Contoso, ansible: Ansible, place: str) -> None:
    run = ansible.playbook(
        "ownkey.acr.report",
        {"acr_cmk_report_subscriptions": "all", "acr_cmk_report_to": place, "acr_cmk_report_language": "JA"},
    )
    assert run.ok, run.output
    result = run.result("Result")["ansible_facts"]["acr_cmk_report_result"]
    assert (result["whole"], result["totals"]["registries"]) == (True, 1)
    html = page(result)
    assert '<html lang="ja">' in html
    # the collection's own controls came along
    assert "PCI DSS 4.0.1" in html
    assert str(result["folder"]) in run.output


def test_a_relative_path_starts_where_the_user_is_and_not_in_the_installed_collection(
    with_registry: Contoso, ansible: Ansible
) -> None:
    scope = {"acr_cmk_report_subscriptions": "all", "acr_cmk_report_to": "reports/acr"}
    for playbook in ("ownkey.acr.report", str(ansible.folder / "mine.yml")):
        (ansible.folder / "mine.yml").write_text(
            "- ansible.builtin.import_playbook: ownkey.acr.report\n", encoding="utf-8"
        )
        run = ansible.playbook(playbook, scope)
        assert run.ok, run.output
        folder = run.result("Result")["ansible_facts"]["acr_cmk_report_result"]["folder"]
        assert pathlib.Path(folder).parent == ansible.folder / "reports" / "acr"
        assert page({"folder": folder})


def test_a_container_takes_reports_too_and_the_next_one_is_compared_with_the_last(
    with_registry: Contoso, direct: Direct, control: Control, evidence: Evidence
) -> None:
    to = evidence.place("reports").rpartition("?")[0] or evidence.place("reports")
    foreseen = direct("cmk_report", **ALL, to=to, check=True)
    first = direct("cmk_report", **ALL, to=to, record=evidence.place())
    assert not first.get("failed"), first
    assert len(foreseen["files"]) == len(first["files"]) == 5
    folder = first["folder"].removeprefix(evidence.place(""))
    blob = evidence.blob(f"{folder}/report.html")
    assert blob.get_blob_properties().content_settings.content_type == "text/html; charset=utf-8"
    assert b"contosoacr" in blob.download_blob().readall()
    # in the same second another name, and nothing is written over
    control.advance(60)
    again = direct("cmk_report", **ALL, to=to, formats=["json"])
    report = json.loads(evidence.content(f"{again['folder'].removeprefix(evidence.place(''))}/report.json"))
    assert (report["change"]["state"], report["change"]["same_scope"]) == ("compared", True)
    assert report["record"]["state"] == "none"


def test_a_container_in_which_half_of_it_can_be_written_says_so(
    with_registry: Contoso, direct: Direct, control: Control, evidence: Evidence
) -> None:
    body = {"error": {"code": "AuthorizationFailure", "message": "No."}}
    control.fault(method="PUT", path=".*/report.json", times=0, status=403, body=body)
    result = direct("cmk_report", **ALL, to=evidence.place("half"))
    assert (result["failed"], result["changed"], result["failure"]["parameter"]) == (True, True, "to")
    assert "report.html" in result["msg"]
    # what has no JSON is no report to compare with
    control.clear_faults()
    assert direct("cmk_report", **ALL, to=evidence.place("half"))["changed"] is True


def test_what_resource_graph_may_not_have_seen_is_on_the_page(
    with_registry: Contoso, direct: Direct, many: Many, place: str
) -> None:
    result = direct("cmk_report", **ALL, to=place, search="graph")
    assert result["whole"] is False
    assert "Resource Graph" in told(result)["notes"][0]
    assert page(result).index("at worst hours") < page(result).index('id="totals-h"')


@pytest.mark.parametrize(
    "to",
    [
        "https://contosoevidence.blob.core.windows.net",
        "https://contosoevidence.blob.core.windows.net/c?sig=secret",
        "https://evil.example/reports",
        "http://contosoevidence.blob.core.windows.net/reports",
    ],
)
def test_what_is_no_container_is_refused_before_anything_is_asked(direct: Direct, control: Control, to: str) -> None:
    mark = control.mark()
    result = direct("cmk_report", **ALL, to=to)
    assert (result["failed"], result["failure"]["parameter"]) == (True, "to")
    assert "secret" not in result["msg"]
    assert control.requests(mark) == []


def test_a_container_that_is_not_there_is_told_by_its_option(
    with_registry: Contoso, direct: Direct, evidence: Evidence
) -> None:
    result = direct("cmk_report", **ALL, to=evidence.place("x").replace(evidence.container, "nowhere"))
    assert (result["failed"], result["failure"]["parameter"]) == (True, "to")


def test_a_record_that_was_cut_since_the_last_report_is_told(
    with_registry: Contoso, direct: Direct, place: str, tmp_path: pathlib.Path
) -> None:
    record = tmp_path / "record.jsonl"
    for _turn in range(2):
        assert direct("cmk_rotate", registries=["contosoacr"], max_age="0d", record=str(record))["changed"]
    assert direct("cmk_report", **ALL, to=place, record=str(record))["record"]["state"] == "whole"
    record.write_bytes(b"".join(record.read_bytes().splitlines(keepends=True)[:2]))
    again = direct("cmk_report", **ALL, to=place, record=str(record))
    assert again["record"]["state"] == "altered"
    assert "There were 4 records" in again["record"]["reason"]


def test_a_vault_that_does_not_answer_is_not_seen_and_its_registry_not_good(
    with_registry: Contoso, direct: Direct, control: Control, place: str
) -> None:
    control.fault(host="contoso-kv.*", reset=True, times=0)
    result = direct("cmk_report", **ALL, to=place)
    assert not result.get("failed"), result
    assert (result["totals"]["good"], result["totals"]["unseen"], result["whole"]) == (0, 1, False)
