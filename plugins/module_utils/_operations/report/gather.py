# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Look at registries and their keys as the inventory and the diagnosis do, and write what was seen as a report."""

from __future__ import annotations

import json
import pathlib
import typing

from ..._domain import duration, library, record_place
from ..._domain.failure import Failure
from ..._domain.progress import is_in_awx
from ..._domain.registry import Registry
from ..._domain.words import listed
from ..._operation import Result, Task
from ..._rules.inventory import scope as scope_rules
from ..._rules.inventory.scope import Missing
from ..._rules.report import change, controls, facts, oscal, report, tables
from ..._rules.report.change import Change, Earlier
from ..._rules.report.checks import Policy
from ..._rules.report.facts import ProofFacts, RegistryFacts
from ..._rules.report.history import History, history
from ..._rules.report.report import Maker, Report, Scope
from ..health.diagnose import examine
from ..image.reading import read_all
from ..inventory.gather import Search, registries_of_scope
from ..record import reading
from ..registry.lookup import registries_by_reference, registries_of_group
from . import files
from .page import page

#: The forms of a report, and the files of each.
FORMATS = {
    "html": ("report.html",),
    "json": (files.JSON_NAME,),
    "csv": ("registries.csv", "findings.csv"),
    "oscal": ("oscal-assessment-results.json",),
}


def gather(task: Task) -> Result:
    """The operation of the module ``cmk_report``.

    :raises Failure: when nothing could be read, or it cannot be written.
    """
    params = task.params
    own_controls = controls.controls(params["controls"] or [])
    if "html" in params["formats"]:
        library.module("jinja2", "Jinja2")
    place = files.place(params["to"], lambda: task.session) if params["to"] else None
    if place:
        place.check()
    max_age = _seconds(params["max_age"], "max_age")
    missing: list[Missing] = []
    registries, search = _registries(task, missing)
    if not registries:
        raise _nothing(missing)
    earlier_report, no_earlier = _earlier(params["previous"], place)
    rows = _facts(task, registries, missing, earlier_report, max_age=max_age)
    now = task.session.now()
    since = now - (_seconds(params["period"], "period") or 0.0)
    whole = report.report(
        rows,
        time=now,
        since=since,
        maker=_maker(task),
        scope=Scope(_terms(task), task.session.cloud.name, lists=search.lists if search else None),
        policy=Policy(max_age, params["min_size"]),
        gaps=missing,
        notes=_notes(search),
        history=_history(task, since, now, earlier_report),
        earlier=earlier_report,
        no_earlier=no_earlier,
        controls_of=own_controls,
        image_proofs=params["verify_data"],
    )
    for line in _warnings(whole):
        task.warn(line)
    return _result(task, whole, place)


def _seconds(text: str | None, parameter: str) -> float | None:
    return float(duration.parse(text, parameter=parameter).total_seconds) if text else None


def _registries(task: Task, missing: list[Missing]) -> tuple[list[Registry], Search | None]:
    """The registries, and the search by which they were found, where they were not named."""
    params = task.params
    wide = next((name for name in ("subscriptions", "management_groups") if params[name]), None)
    if wide and (params["registries"] or params["resource_group"]):
        raise Failure(
            "It names registries or a resource group, and whole subscriptions too.",
            parameter=wide,
            hint="Give the one or the other.",
            code="contradiction",
        )
    if params["registries"]:
        return registries_by_reference(task, with_all=True), None
    if params["resource_group"]:
        return registries_of_group(task, params["resource_group"]), None
    search = registries_of_scope(task, missing)
    return search.registries, search


def _notes(search: Search | None) -> list[str]:
    """What was passed over is no failure, and the page must say it too."""
    if search is None or not search.passed_over:
        return []
    return [
        f"Of {search.others} subscriptions {search.passed_over} were passed over, in which Resource Graph has seen no "
        "registry. It lags behind by minutes, at worst hours. search: lists looks through all of them."
    ]


def _nothing(missing: typing.Sequence[Missing]) -> Failure:
    """A report of nothing would look like one in which nothing is wrong."""
    if missing:
        return Failure(
            f"Nothing could be read, so there is no report. {scope_rules.sentences(missing)}",
            hint="Mend that; the caller needs Reader rights.",
            code="nothing_read",
            details={"unread": [part.result() for part in missing]},
        )
    return Failure(
        "There is no registry in the scope that you can see, so there is nothing to report.",
        hint="Check the scope, and who is signed in: the caller needs Reader rights.",
        code="nothing_read",
    )


def _facts(
    task: Task,
    registries: typing.Sequence[Registry],
    missing: list[Missing],
    before: Earlier | None,
    *,
    max_age: float | None,
) -> list[RegistryFacts]:
    """What is seen of each registry; of a key that cannot be read ``missing`` says why."""

    views = examine(task, registries, scope_rules.key_note(missing))
    missing.sort(key=lambda part: (part.kind, part.name))
    proofs = _proofs(task, registries)
    rows = []
    for view, findings in views:
        row = facts.of_view(view, findings, max_age=max_age)
        proof = proofs.get(view.registry.id) or change.last_proof(before, view.registry.id)
        rows.append(facts.with_proof(row, proof))
    return rows


def _proofs(task: Task, registries: typing.Sequence[Registry]) -> dict[str, ProofFacts]:
    """What reading an image proves now, by the registry's id, for those with a key of one's own."""
    if not task.params["verify_data"]:
        return {}
    own = [one for one in registries if one.encryption is not None]
    proofs = read_all(task, own)
    now = task.session.now()
    return {one.id: ProofFacts(proof.state, now, "now", proof.words()) for one in own if (proof := proofs[one.label])}


def _maker(task: Task) -> Maker:
    caller, environ = task.session.caller, task.environ
    job = f"AWX {environ['JOB_ID']}" if is_in_awx(environ) and environ.get("JOB_ID") else ""
    return Maker(caller.object_id, caller.name, caller.tenant_id, job)


def _terms(task: Task) -> tuple[str, ...]:
    """What was asked for, in words that are the same for the same scope."""
    params, session = task.params, task.session
    if params["registries"]:
        names = sorted(one.lower() for one in params["registries"] if one)
        return (*(f"registry {name}" for name in names), *_group_words(task))
    if params["resource_group"]:
        return _group_words(task)
    scope = scope_rules.scope(
        params["subscriptions"] or [], params["management_groups"] or [], params["subscription_id"] or None
    )
    if scope.is_everything:
        return (f"all subscriptions that {session.caller.object_id} sees",)
    return (
        *(f"subscription {one}" for one in sorted(scope.subscriptions)),
        *(f"management group {one}" for one in sorted(scope.management_groups)),
    )


def _group_words(task: Task) -> tuple[str, ...]:
    group = task.params["resource_group"]
    return (f"resource group {group} of subscription {task.session.subscription_id}",) if group else ()


def _history(task: Task, since: float, until: float, before: Earlier | None) -> History:
    """The record; what cannot be read of it is told, and no reason to have no report.

    :param before: an earlier report, which knew what stood in a record then.
    """
    anchor = before.anchor if before else None
    text = task.params["record"] or task.environ.get(record_place.VARIABLE)
    named = record_place.kept(text) if text else None
    if named is None:
        return History(anchor=anchor)
    where = record_place.check_cloud(named, task.session.cloud)
    try:
        verification = reading.look(task, where)
    except Failure as failure:
        return History(str(where), "unreadable", failure.sentence(), anchor=anchor)
    return history(str(where), verification, since=since, until=until, anchor=anchor)


def _earlier(previous: str | None, place: files.Place | None) -> tuple[Earlier | None, Change]:
    if previous:
        return files.read_earlier(files.user_path(pathlib.Path(previous), parameter="previous"))
    return place.last() if place else (None, Change())


def _warnings(whole: Report) -> typing.Iterator[str]:
    """What must not be overlooked by who reads only the log."""
    if whole.gaps:
        yield f"The report is not whole. {scope_rules.sentences(whole.gaps)}"
    if whole.history.state == "altered":
        yield f"The record {whole.history.place} is not as it was written. {whole.history.reason}"
    if whole.history.state in ("newer", "unfinished"):
        yield f"The record {whole.history.place} could not be read to its end. {whole.history.reason}"
    if whole.history.state == "unreadable":
        yield f"The record could not be read. {whole.history.reason}"
    if whole.change.state == "unreadable":
        yield f"The earlier report could not be read. {whole.change.reason}"


def _contents(whole: Report, formats: typing.Collection[str], language: str) -> dict[str, bytes]:
    """The files of a report, by their names."""
    texts: dict[str, str] = {}
    if "html" in formats:
        texts["report.html"] = page(whole, language)
    if "json" in formats:
        texts[files.JSON_NAME] = json.dumps(whole.result(), ensure_ascii=False)
    if "oscal" in formats:
        texts["oscal-assessment-results.json"] = json.dumps(oscal.assessment_results(whole))
    if "csv" in formats:
        # with the mark by which spreadsheets know that it is UTF-8
        texts["registries.csv"] = "\ufeff" + tables.registry_table(whole.registries)
        texts["findings.csv"] = "\ufeff" + tables.finding_table(whole.registries)
    return {name: text.encode("utf-8", "replace") for name, text in texts.items()}


def _result(task: Task, whole: Report, place: files.Place | None) -> Result:
    params = task.params
    formats = params["formats"]
    where, names = "", [name for form in FORMATS if form in formats for name in FORMATS[form]]
    if place:
        name = files.name_at(whole.time)
        contents = _contents(whole, formats, params["language"])
        where = place.where(name) if task.check_mode else place.write(name, contents)
    return {
        "changed": bool(where),
        "msg": _message(whole, where, check_mode=task.check_mode),
        "folder": where,
        "files": [f"{where}/{name}" for name in names] if where else [],
        "whole": whole.is_whole,
        "totals": whole.totals.result(),
        "unread": [part.result() for part in whole.gaps],
        "record": {
            name: value
            for name, value in whole.history.result().items()
            if name in ("place", "state", "reason", "records", "signed_records")
        }
        | {"open": [one.result() for one in whole.history.open]},
        "controls": [
            {"framework": one.control.framework, "id": one.control.id, "state": one.state} for one in whole.controls
        ],
    }


def _message(whole: Report, where: str, *, check_mode: bool) -> str:
    totals = whole.totals
    words = {
        "error": "in trouble",
        "warning": "to be looked after",
        "unseen": "not seen whole",
        "no_key": "without a key of your own",
        "good": "good",
    }
    parts = [f"{totals.count(state)} {text}" for state, text in words.items() if totals.count(state)]
    noun = "registry" if totals.registries == 1 else "registries"
    text = f"{totals.registries} {noun}: {', '.join(parts)}."
    if whole.gaps:
        text += f" Not read: {listed((part.title for part in whole.gaps), 5)}."
    if whole.history.open:
        text += f" {len(whole.history.open)} changes have no outcome in the record."
    if where:
        text += f" {'Would write it' if check_mode else 'Written'} to {where}."
    return text
