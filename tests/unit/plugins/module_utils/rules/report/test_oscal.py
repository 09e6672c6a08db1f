# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import uuid

import jsonschema
import pytest
from ansible_collections.ownkey.acr.plugins.module_utils._rules.inventory.scope import Missing
from ansible_collections.ownkey.acr.plugins.module_utils._rules.report import controls, oscal
from ansible_collections.ownkey.acr.plugins.module_utils._rules.report.report import Report
from support.oscal import schema
from support.reports import a_report, finding, own_controls, plain, registry

PART = Missing("subscription", "99999999-2222-3333-4444-555555555555", "You may not read it.")
REPORTS = {
    "whole": a_report(registry()),
    "with everything": a_report(
        registry("ill", findings=(finding(what="A [link](http://x) <b>\n`code`"),), tags=(("a", "b"),)),
        registry("blind", age=None, unseen=("the key",)),
        plain(),
        unread=[PART],
    ),
    "without controls": a_report(plain(), controls_of=()),
    "odd": a_report(registry("odd", location="", key="x", version="")),
}


def results(report: Report) -> dict:
    document = json.loads(json.dumps(oscal.assessment_results(report)))
    return document["assessment-results"]["results"][0]


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft7Validator:
    published = schema()
    if published is None:
        pytest.skip("NIST's schema comes from PyPI, which cannot be reached")
    return jsonschema.Draft7Validator(published, format_checker=jsonschema.FormatChecker())


@pytest.mark.parametrize("name", REPORTS)
def test_it_is_what_nist_s_schema_says(validator: jsonschema.Draft7Validator, name: str) -> None:
    document = json.loads(json.dumps(oscal.assessment_results(REPORTS[name])))
    assert not [f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(document)]


def test_the_schema_is_one_that_refuses(validator: jsonschema.Draft7Validator) -> None:
    document = json.loads(json.dumps(oscal.assessment_results(REPORTS["whole"])))
    document["assessment-results"]["results"][0]["findings"][0]["target"]["status"]["state"] = "met"
    document["assessment-results"]["uuid"] = "x"
    assert len(list(validator.iter_errors(document))) >= 2


def test_a_control_is_satisfied_only_where_all_was_seen_and_met() -> None:
    states = {one["target"]["target-id"]: one["target"]["status"] for one in results(a_report(registry()))["findings"]}
    assert states["sc-12"] == {"state": "satisfied", "reason": "pass"}
    hidden = results(a_report(registry(), unread=[PART]))
    states = {one["target"]["target-id"]: one["target"]["status"] for one in hidden["findings"]}
    assert (states["sc-12"]["state"], states["sc-12"]["reason"]) == ("not-satisfied", "other")
    assert "You may not read it." in hidden["remarks"]
    old = results(a_report(registry(age=99.0)))
    states = {one["target"]["target-id"]: one["target"]["status"] for one in old["findings"]}
    assert states["sc-12"] == {"state": "not-satisfied", "reason": "fail"}


def test_what_is_wrong_names_its_registries() -> None:
    result = results(a_report(registry("ill", findings=(finding(),)), registry("well")))
    items = {item["uuid"]: item["props"][0]["value"] for item in result["local-definitions"]["inventory-items"]}
    (observation,) = [one for one in result["observations"] if one["title"] == "key_disabled"]
    assert [items[subject["subject-uuid"]] for subject in observation["subjects"]] == [registry("ill").id]


def test_ids_are_the_same_for_the_same_report_and_nist_s_own_where_there_are_any() -> None:
    assert oscal.assessment_results(REPORTS["whole"]) == oscal.assessment_results(REPORTS["whole"])
    assert uuid.UUID(oscal.assessment_results(REPORTS["whole"])["assessment-results"]["uuid"]).version == 5
    ids = {one.id: oscal.control_id(one) for one in own_controls()}
    assert (ids["SC-28(1)"], ids["AU-10"]) == ("sc-28.1", "au-10")
    assert len(set(ids.values())) == len(own_controls())


def test_every_control_of_one_s_own_has_an_id_of_its_own(validator: jsonschema.Draft7Validator) -> None:
    names = [("社内規程", "鍵"), ("社内規程", "年齢"), ("Rule", "鍵"), ("Rule", "A-1"), ("Rule", "a 1"), ("+", "/")]
    rows = [{"framework": name, "id": id, "asks": "x", "checks": ["version_age"]} for name, id in names]
    document = json.loads(
        json.dumps(oscal.assessment_results(a_report(registry(), controls_of=controls.controls(rows))))
    )
    assert not list(validator.iter_errors(document))
    (result,) = document["assessment-results"]["results"]
    targets = [one["target"]["target-id"] for one in result["findings"]]
    assert len(set(targets)) == len({one["uuid"] for one in result["findings"]}) == len(names)
    selections = result["reviewed-controls"]["control-selections"]
    assert [one["control-id"] for some in selections for one in some["include-controls"]] == targets
