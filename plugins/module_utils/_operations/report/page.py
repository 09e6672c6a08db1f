# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""The report as one page of HTML that needs nothing else: made by Jinja2 from a template of our own, which escapes
whatever a name, a tag or a message says."""

from __future__ import annotations

import base64
import hashlib
import typing

from ..._domain import library, moment
from ..._domain.wire import Body
from ..._rules.health.findings import SEVERITIES
from ..._rules.report import charts, finding_words, words
from ..._rules.report.azure_policy import PolicyResult
from ..._rules.report.calendar import Entry
from ..._rules.report.controls import ControlResult
from ..._rules.report.facts import STATES, RegistryFacts
from ..._rules.report.figures import FindingGroup
from ..._rules.report.history import History
from ..._rules.report.report import Report
from .script import SCRIPT
from .style import STYLE
from .template import PAGE

#: A sign beside each colour, for who does not see it.
SIGNS = {"error": "✕", "warning": "!", "unseen": "?", "no_key": "○", "good": "✓", "info": "i"}
LETTERS = {"error": "e", "warning": "w", "unseen": "u", "no_key": "k", "good": "g", "info": "i"}
_RESULT_LETTERS = {"met": "g", "failed": "e", "unknown": "u", "none": "k"}
_RESULT_SIGNS = {"met": "✓", "failed": "✕", "unknown": "?", "none": "○"}
_OUTCOME_LETTERS = {"done": "g", "failed": "e", "settled": "w", "open": "e"}
_OUTCOME_SIGNS = {"done": "✓", "failed": "✕", "settled": "!", "open": "?"}
_SECTIONS = {
    "unread": "unread",
    "totals": "totals",
    "findings": "findings",
    "registries": "registries",
    "ages": "ages",
    "calendar": "calendar",
    "shared": "shared",
    "record": "record",
    "change": "change",
    "controls": "controls",
    "policies": "policies",
    "about": "about",
}
#: How much of what may be long the page shows; all of it is in the other files.
_LINES, _ENTRIES, _EVENTS, _SHARED, _CHANGES, _NAMES = 100, 60, 500, 200, 200, 12
#: How many tags a registry's row shows, and how many characters of each.
_TAGS, _TAG = 8, 60
#: How many registries one part of the long table has.
_CHUNK = 100
#: What would turn, hide or end what stands around it, wherever it is shown.
_TURNING = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0xFEFF], "\ufffd")
_CONTROLS = {code: "\ufffd" for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\t\n\r"}


def page(report: Report, language: str) -> str:
    """The page.

    :param language: ``en`` or ``ja``.
    :raises Failure: when Jinja2 is missing.
    """
    jinja = library.module("jinja2", "Jinja2")
    markup = library.module("markupsafe", "MarkupSafe").Markup
    environment = jinja.Environment(
        autoescape=True, undefined=jinja.StrictUndefined, finalize=lambda value: _harmless(value, markup)
    )
    environment.filters["short"] = _short
    context = _Context(report, language).values()
    text: str = environment.from_string(PAGE).render(
        **context,
        style=markup(STYLE),
        script=markup(SCRIPT),
        style_hash=_hash(STYLE),
        script_hash=_hash(SCRIPT),
    )
    return text


def _hash(text: str) -> str:
    """What allows a block of the page itself in its Content Security Policy."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _harmless(value: object, markup: type) -> object:
    """A value without characters that would make the page show something else than it says."""
    if value is None:
        return ""
    if isinstance(value, str) and not isinstance(value, markup):
        return value.translate(_TURNING | _CONTROLS).encode("utf-8", "replace").decode()
    return value


def _tags(one: RegistryFacts, more: typing.Callable[[int], str]) -> list[str]:
    """Some of a registry's tags, and of each the beginning: the tables have all of it.

    :param more: how many more there are, in words.
    """
    texts = (f"{name}={value}" for name, value in one.tags[:_TAGS])
    parts = [text if len(text) <= _TAG else f"{text[: _TAG - 1]}…" for text in texts]
    return [*parts, more(len(one.tags) - _TAGS)] if len(one.tags) > _TAGS else parts


def _short(id: str) -> str:
    return id if id.startswith("https://") else id.rstrip("/").rsplit("/", 1)[-1]


class _Context:
    """What the template is given."""

    def __init__(self, report: Report, language: str) -> None:
        self._report, self._language = report, language

    def t(self, name: str, /, **values: object) -> str:
        return words.text(name, self._language, **values)

    def _more(self, n: int) -> str:
        return self.t("more", n=n)

    def values(self) -> Body:
        report = self._report
        result = report.result()
        events = report.history.events
        return {
            "t": self.t,
            "language": self._language,
            "report": result,
            "record": result["record"],
            "change": result["change"],
            "totals": result["totals"],
            "whole": report.is_whole and report.history.state in ("none", "empty", "whole"),
            "verdict": self._verdict(),
            "sections": list(_SECTIONS),
            "titles": _SECTIONS,
            "states": STATES,
            "signs": SIGNS,
            "letters": LETTERS,
            "outcome_letters": _OUTCOME_LETTERS,
            "outcome_signs": _OUTCOME_SIGNS,
            "policy": self._policy(),
            "unseen": self._unseen(),
            "groups": [self._group(group) for group in report.findings],
            "chunks": self._chunks(),
            "age_rows": self._age_rows(),
            "age_chart": charts.ages(
                report.ages, [str(row["label"]) for row in self._age_rows()], self.t("ages"), self.t
            ),
            "months": self._months(),
            "has_months": any(month.entries for month in report.calendar.months),
            "month_chart": charts.months(report.calendar, self.t("calendar_chart")),
            "shared": [one.result() for one in report.shared_keys[:_SHARED]],
            "shared_rest": max(0, len(report.shared_keys) - _SHARED),
            "record_words": self._record_words(report.history),
            "signed_words": self.t("record_signed", n=report.history.signed)
            if report.history.signed
            else self.t("record_unsigned"),
            "events": [one.result() for one in events[-_EVENTS:]],
            "events_rest": max(0, len(events) - _EVENTS),
            "change_words": self._change_words(),
            "controls": [self._control(one) for one in report.controls],
            "policies": [self._azure_policy(one) for one in report.policies],
            "severity": lambda name: name if name in SEVERITIES else "info",
            "proof_words": self._proof_words(),
            "finding_title": lambda code: finding_words.title(code, self._language),
            "most_changes": _CHANGES,
            "most_names": _NAMES,
        }

    def _verdict(self) -> list[Body]:
        report, totals = self._report, self._report.totals
        lines = []
        if report.history.state == "altered":
            lines.append(("error", self.t("verdict_altered")))
        elif report.history.state not in ("none", "empty", "whole"):
            lines.append(("unseen", self.t("verdict_record")))
        if totals.unread:
            lines.append(("error", self.t("verdict_unread", n=totals.unread)))
        if report.notes:
            lines.append(("unseen", self.t("verdict_notes")))
        for state in ("error", "warning", "unseen", "no_key"):
            if totals.count(state):
                lines.append((state, self.t(f"verdict_{state}", n=totals.count(state), of=totals.registries)))
        if report.history.open:
            lines.append(("error", self.t("verdict_open", n=len(report.history.open))))
        if not lines:
            lines.append(("good", self.t("verdict_good", of=totals.registries)))
        return [{"sign": SIGNS[state], "letter": LETTERS[state], "text": text} for state, text in lines]

    def _policy(self) -> str:
        policy = self._report.policy
        if policy.max_age_days is None:
            return self.t("policy_no_age", size=policy.min_size)
        return self.t("policy_words", days=f"{policy.max_age_days:g}", size=policy.min_size)

    def _unseen(self) -> list[tuple[str, list[str]]]:
        groups: dict[str, list[str]] = {}
        for one in self._report.blind_spots:
            groups.setdefault(", ".join(one.unseen), []).append(one.name)
        return sorted(groups.items(), key=lambda pair: -len(pair[1]))

    def _group(self, group: FindingGroup) -> Body:
        """A group of findings; what several registries have in the same words, as of one key, is one line."""
        lines: dict[tuple[str, str], list[str]] = {}
        for line in group.lines:
            lines.setdefault((line.what, line.remedy), []).append(line.name)
        every = [{"what": what, "remedy": remedy, "names": names} for (what, remedy), names in lines.items()]
        return {
            "code": group.code,
            "severity": group.severity,
            "title": finding_words.title(group.code, self._language),
            "remedy": finding_words.remedy(group.code, self._language),
            "why": group.why,
            "count": len(group.registries),
            "lines": every[:_LINES],
            "rest": max(0, len(every) - _LINES),
        }

    def _chunks(self) -> typing.Iterator[Body]:
        """The registries in parts: a browser lays out those that are looked at."""
        every = self._report.registries
        for start in range(0, len(every), _CHUNK):
            part = every[start : start + _CHUNK]
            rows = (self._row(one) for one in part)
            yield {"least": start + 1, "most": start + len(part), "rows": rows}

    # --- a registry's row -----------------------------------------------------------------------------------------

    def _row(self, one: RegistryFacts) -> Body:
        due, limit = one.next_due, self._report.policy.max_age_days
        is_over = limit is not None and one.age_days is not None and one.age_days >= limit
        titles = [finding_words.title(finding.code, self._language) for finding in one.findings]
        return {
            "order": STATES.index(one.state),
            "letter": LETTERS[one.state],
            "name": one.name,
            "place": " · ".join(
                part for part in (one.resource_group, one.subscription, one.location, *_tags(one, self._more)) if part
            ),
            "state": f"{SIGNS[one.state]} {self.t(one.state)}",
            "key": ", ".join([f"{one.store}/{one.key_name}" if one.store else one.key or "–", *self._kind(one)]),
            "version": "; ".join([one.version or "–", *self._newest(one)]),
            "age": "–" if one.age_days is None else one.age_days,
            "over": self.t("over") if is_over else "",
            "due": f"{(moment.iso(due.at) or '')[:10]}: {self.t(f'due_{due.kind}')}" if due else "–",
            "mode": "; ".join(
                [self.t(one.mode) if one.mode else "–", *([self.t("key_rotates")] if one.rotates else [])]
            ),
            "protection": self._protection(one),
            "identity": "; ".join([one.identity or "–", *self._access(one)]),
            "findings": "; ".join(dict.fromkeys(titles)) or self.t("none"),
            "proof": self._proof(one),
        }

    def _newest(self, one: RegistryFacts) -> list[str]:
        if not one.encrypted or one.is_newest:
            return []
        return [self.t("newest_unseen") if one.is_newest is None else f"{self.t('newest')}: {one.newest}"]

    def _protection(self, one: RegistryFacts) -> str:
        if not one.encrypted:
            return "–"
        if one.purge_protection is None:
            return self.t("purge_unseen")
        text = self.t("purge_yes" if one.purge_protection else "purge_no")
        return f"{text}, {self.t('days', n=one.retention_days)}" if one.retention_days else text

    def _access(self, one: RegistryFacts) -> list[str]:
        if not one.encrypted:
            return []
        if one.allowed is None:
            return [self.t("allowed_unseen")]
        return [self.t("allowed" if one.allowed else "not_allowed"), *one.means]

    def _kind(self, one: RegistryFacts) -> list[str]:
        return [part for part in (one.key_type or "", self.t("bits", n=one.size) if one.size else "") if part]

    def _proof(self, one: RegistryFacts) -> str:
        proof = one.proof
        if proof is None:
            return self.t("proof_never") if one.encrypted else "–"
        name = f"proof_{proof.state}" if proof.state in ("readable", "locked", "empty") else "proof_other"
        when = (moment.iso(proof.at) or "")[:10]
        source = "" if proof.source == "now" else f", {self.t('proof_earlier')}"
        return f"{self.t(name)}, {when}{source}"

    # --- ages, calendar, record, change ---------------------------------------------------------------------------

    def _age_rows(self) -> list[Body]:
        rows: list[Body] = []
        for column in self._report.ages.bars:
            label = (
                self.t("days_from", least=column.least)
                if column.below is None
                else self.t("days_from_to", least=column.least, most=column.below - 1)
            )
            rows.append({"label": label, "within": column.within, "over": column.over})
        return rows

    def _months(self) -> list[Body]:
        calendar = self._report.calendar
        months = [self._month(self.t("overdue"), calendar.overdue, overdue=True)]
        months += [self._month(month.name, month.entries, overdue=False) for month in calendar.months]
        return [month for month in months if month["count"]]

    def _month(self, name: str, entries: typing.Sequence[Entry], *, overdue: bool) -> Body:
        return {
            "name": name,
            "overdue": overdue,
            "count": len(entries),
            "entries": [entry.result() for entry in entries[:_ENTRIES]],
            "rest": max(0, len(entries) - _ENTRIES),
        }

    def _record_words(self, history: History) -> str:
        values: Body = {
            "place": history.place,
            "reason": history.reason,
            "n": history.count,
            "hash": history.hash,
        }
        return self.t(f"record_{history.state}", **values)

    def _proof_words(self) -> str:
        """Of how many registries an image was read: what was asked for is not what came."""
        if not self._report.image_proofs:
            return self.t("about_no_proofs")
        proofs = [one.proof for one in self._report.registries if one.encrypted]
        number = sum(proof is not None and (proof.source, proof.state) == ("now", "readable") for proof in proofs)
        return self.t("about_proofs", n=number, of=len(proofs))

    def _change_words(self) -> str:
        change = self._report.change
        if change.state == "none":
            return self.t("change_none")
        if change.state == "unreadable":
            return self.t("change_unreadable", reason=change.reason)
        since = self.t("change_since", since=(moment.iso(change.since) or "")[:16].replace("T", " "))
        return f"{since} {self.t('change_nothing')}" if change.is_nothing and change.same_scope else since

    def _control(self, one: ControlResult) -> Body:
        control = one.control
        texts = {name: control.text(name, self._language) for name in ("title", "asks", "limits", "note")}
        return {
            **texts,
            "framework": control.framework,
            "id": control.id,
            "source": control.source,
            "letter": _RESULT_LETTERS[one.state],
            "sign": _RESULT_SIGNS[one.state],
            "state": self.t("not_concerned" if one.state == "none" else one.state),
            "counts": f"{one.met_count} / {one.failed_count} / {one.unknown_count}",
            "certainty": self.t(f"certainty_{control.certainty}"),
        }

    def _azure_policy(self, one: PolicyResult) -> Body:
        names = {registry.id: registry.name for registry in self._report.registries}
        return {
            "id": one.definition.id,
            "name": one.definition.name,
            "parameter": one.definition.parameter,
            "value": one.value,
            "judges": self.t(f"judges_{one.definition.kind}"),
            "counts": f"{one.compliant} / {one.non_compliant} / {one.unknown}",
            "difference": self.t(one.definition.difference),
            "differing": self._names([names[id] for id in one.differing]),
            "only_theirs": self._names([names[id] for id in one.only_theirs]),
        }

    def _names(self, names: typing.Sequence[str]) -> str:
        if not names:
            return self.t("none")
        shown = ", ".join(names[:_NAMES])
        rest = len(names) - _NAMES
        return f"{len(names)}: {shown}" + (f" {self.t('more', n=rest)}" if rest > 0 else "")
