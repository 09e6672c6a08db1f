# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""The report as OSCAL Assessment Results (NIST, https://pages.nist.gov/OSCAL/), version 1.1.3, in JSON.

A control is a finding; its state is ``satisfied`` only where all of it was seen and met. The registries are inventory
items, and what is wrong with them are observations.
"""

from __future__ import annotations

import collections
import hashlib
import re
import typing
import uuid

from ..._domain import moment
from ..._domain.wire import Body
from .controls import Control, ControlResult
from .facts import RegistryFacts
from .figures import FindingGroup
from .report import Report

VERSION = "1.1.3"
_SPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://example.com/ownkey/acr/report")
#: NIST's catalog has ids of its own for the controls of SP 800-53: ``SC-28(1)`` is ``sc-28.1``.
_NIST = re.compile(r"([A-Za-z]{2})-([0-9]{1,3})(?:\(([0-9]{1,3})\))?")


def assessment_results(report: Report) -> Body:
    """The whole document."""
    time = moment.iso(report.time) or ""
    identity = f"{time} {' '.join(report.scope.terms)} {report.maker.object_id}"
    plan = _uuid("plan", identity)
    tool = _uuid("tool", "ownkey.acr")
    return {
        "assessment-results": {
            "uuid": _uuid("report", identity),
            "metadata": {
                "title": "Customer-managed keys of Azure container registries",
                "last-modified": time,
                "version": time,
                "oscal-version": VERSION,
            },
            "import-ap": {
                "href": f"#{plan}",
                "remarks": "There is no plan of its own: this report says what it looked at.",
            },
            "results": [_result(report, time, identity, tool)],
            "back-matter": {
                "resources": [
                    {
                        "uuid": plan,
                        "title": "What was looked at",
                        "description": _markdown(_scope(report)),
                    }
                ]
            },
        }
    }


def _scope(report: Report) -> str:
    days = report.policy.max_age_days
    age = f"versions in use younger than {days:g} days" if days is not None else "versions in use of any age"
    return (
        f"Scope: {', '.join(report.scope.terms)}. Held against: {age}, keys of {report.policy.min_size} bits at least."
    )


def _result(report: Report, time: str, identity: str, tool: str) -> Body:
    shown = [one for one in report.controls if one.state != "none"]
    ids = control_ids([one.control for one in shown])
    origin: Body = {"actors": [{"type": "tool", "actor-uuid": tool}]}
    observations = [
        *(_observation(group, identity, time, origin) for group in report.findings),
        *(_evidence(one, identity, time, origin) for one in shown),
    ]
    gaps = [*report.notes, *(f"{part.title}: {part.reason}" for part in report.gaps)]
    gaps += [f"{one.name}: {', '.join(one.unseen)}" for one in report.blind_spots]
    result: Body = {
        "uuid": _uuid("result", identity),
        "title": "Registries and their keys",
        "description": _markdown(
            f"{report.totals.registries} registries, {report.totals.with_key} of them with a customer-managed key."
        ),
        "start": time,
        "end": time,
        "local-definitions": {
            "components": [
                {
                    "uuid": tool,
                    "type": "software",
                    "title": "ownkey.acr",
                    "description": "The Ansible collection that made this report.",
                    "status": {"state": "operational"},
                }
            ],
            **({"inventory-items": [_item(one) for one in report.registries]} if report.registries else {}),
        },
        "reviewed-controls": {"control-selections": _selections(shown, ids)},
        **({"observations": observations} if observations else {}),
        **({"findings": [_finding(one, identity, ids) for one in shown]} if shown else {}),
    }
    if gaps:
        result["remarks"] = _markdown("Could not be read, and counts nowhere as met: " + "; ".join(gaps))
    return result


def _selections(results: typing.Sequence[ControlResult], ids: typing.Mapping[tuple[str, str], str]) -> list[Body]:
    frameworks: dict[str, list[Body]] = {}
    for one in results:
        frameworks.setdefault(one.control.framework, []).append({"control-id": ids[_name(one.control)]})
    if not frameworks:
        text = "No control of a standard was held against what was seen."
        return [{"description": text, "include-controls": [{"control-id": "customer-managed-keys"}]}]
    return [{"description": _markdown(name), "include-controls": some} for name, some in frameworks.items()]


def _name(control: Control) -> tuple[str, str]:
    return control.framework, control.id


def control_ids(controls: typing.Sequence[Control]) -> dict[tuple[str, str], str]:
    """A token for each control, by framework and id.

    Two of one's own of which a token would say the same have a digest after it; NIST's ids are those of its catalog.
    """
    plain = {_name(one): control_id(one) for one in controls}
    often = collections.Counter(plain.values())
    return {
        name: f"{id}-{_digest(name)}" if often[id] > 1 and id.startswith("control-") else id
        for name, id in plain.items()
    }


def _digest(name: tuple[str, str]) -> str:
    return hashlib.sha256("\0".join(name).encode("utf-8", "replace")).hexdigest()[:8]


def control_id(control: Control) -> str:
    """A token for a control: NIST's own id where NIST has one, else framework and id.

    A token has room for ASCII alone: where there is more, a digest of the whole stands after it.
    """
    match = _NIST.fullmatch(control.id)
    if match and "800-53" in control.framework:
        family, number, enhancement = match.groups()
        return f"{family.lower()}-{number}" + (f".{enhancement}" if enhancement else "")
    text = re.sub(r"[^0-9A-Za-z.]+", "-", f"{control.framework}_{control.id}").strip("-")
    parts = ["control", text.lower(), "" if "".join(_name(control)).isascii() and text else _digest(_name(control))]
    return "-".join(part for part in parts if part)


def _item(registry: RegistryFacts) -> Body:
    props = {
        "asset-id": registry.id,
        "asset-type": "container-registry",
        "location": registry.location,
        "state": registry.state,
        "key": registry.key or "",
        "key-version": registry.version or "",
    }
    return {
        "uuid": _registry_uuid(registry),
        "description": _markdown(f"The container registry {registry.name}."),
        "props": [
            {"name": name, "ns": "https://example.com/ownkey/acr", "value": value}
            if name in ("location", "state", "key", "key-version")
            else {"name": name, "value": value}
            for name, text in props.items()
            if (value := _line(text))
        ],
    }


def _observation(group: FindingGroup, identity: str, time: str, origin: Body) -> Body:
    return {
        "uuid": _uuid("observation", f"{identity} {group.severity} {group.code} {group.why}"),
        "title": _markdown_line(group.code),
        "description": _markdown(f"{group.why} For example: {group.lines[0].what}"),
        "props": [{"name": "severity", "ns": "https://example.com/ownkey/acr", "value": group.severity}],
        "methods": ["TEST"],
        "types": ["finding"],
        "origins": [origin],
        "subjects": [{"subject-uuid": _uuid("registry", id), "type": "inventory-item"} for id in group.registries],
        "collected": time,
    }


def _evidence(result: ControlResult, identity: str, time: str, origin: Body) -> Body:
    counts = f"{result.met_count} met, {result.failed_count} not met, {result.unknown_count} could not be told"
    body: Body = {
        "uuid": _evidence_uuid(result, identity),
        "title": _markdown_line(f"{result.control.framework} {result.control.id}"),
        "description": _markdown(f"Checks: {', '.join(result.control.checks)}. Registries: {counts}."),
        "methods": ["TEST"],
        "types": ["control-objective"],
        "origins": [origin],
        "collected": time,
    }
    if result.failing:
        body["subjects"] = [{"subject-uuid": _uuid("registry", id), "type": "inventory-item"} for id in result.failing]
    if result.control.limits:
        body["remarks"] = _markdown(result.control.limits)
    return body


def _finding(result: ControlResult, identity: str, ids: typing.Mapping[tuple[str, str], str]) -> Body:
    control = result.control
    reason = {"met": "pass", "failed": "fail"}.get(result.state, "other")
    status: Body = {"state": "satisfied" if result.state == "met" else "not-satisfied", "reason": reason}
    if reason == "other":
        status["remarks"] = "Not all of it could be seen: neither met nor failed."
    sources = {"read": "read in the publication", "excerpt": "seen as an excerpt", "memory": "from memory"}
    return {
        "uuid": _uuid("finding", f"{identity} {_digest(_name(control))}"),
        "title": _markdown_line(f"{control.framework} {control.id} {control.title}".strip()),
        "description": _markdown(f"{control.asks} (This control was put down {sources[control.certainty]}.)"),
        "target": {"type": "objective-id", "target-id": ids[_name(control)], "status": status},
        "related-observations": [{"observation-uuid": _evidence_uuid(result, identity)}],
    }


def _evidence_uuid(result: ControlResult, identity: str) -> str:
    return _uuid("evidence", f"{identity} {_digest(_name(result.control))}")


def _registry_uuid(registry: RegistryFacts) -> str:
    return _uuid("registry", registry.id)


def _uuid(kind: str, name: str) -> str:
    """The same for the same thing in every report."""
    return str(uuid.uuid5(_SPACE, f"{kind} {name.lower()}"))


def _line(text: str) -> str:
    """One line without spaces around it, as OSCAL's strings are."""
    return " ".join(text.split())


def _markdown(text: str) -> str:
    """A text in which nothing is markup, as OSCAL's texts are Markdown."""
    return re.sub(r"([\\`\[\]<>])", r"\\\1", _line(text))


def _markdown_line(text: str) -> str:
    return _markdown(text) or "-"
