# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Controls of standards: read from data, and held against what was seen. What was not seen is never met."""

from __future__ import annotations

import dataclasses
import typing

from ..._domain.failure import Failure
from ..._domain.words import either, flaw, shown
from . import checks
from .checks import FAILED, MET, NONE, UNKNOWN, Policy
from .facts import RegistryFacts
from .history import History

#: How sure somebody was who wrote a control down: read in the standard itself, seen as an excerpt, or from memory.
CERTAINTIES = ("read", "excerpt", "memory")
_TEXTS = ("framework", "id", "title", "asks", "limits", "source", "note", "title_ja", "asks_ja", "limits_ja", "note_ja")
_NEEDED = ("framework", "id", "asks", "checks")
#: The longest text of a control, in characters, and the most controls.
_LONGEST, _MOST = 1000, 500


@dataclasses.dataclass(frozen=True)
class Control:
    """A control that asks for something that can be seen here.

    :ivar asks: what it asks for, in our words.
    :ivar checks: names of :data:`.checks.NAMES`; all must be met.
    :ivar limits: what of it a report like this cannot show.
    :ivar certainty: one of :data:`CERTAINTIES`.
    """

    framework: str
    id: str
    asks: str
    checks: tuple[str, ...]
    title: str = ""
    limits: str = ""
    source: str = ""
    certainty: str = "memory"
    note: str = ""
    title_ja: str = ""
    asks_ja: str = ""
    limits_ja: str = ""
    note_ja: str = ""

    def text(self, name: str, language: str) -> str:
        """A text in a language, in English where there is no other."""
        return str(getattr(self, f"{name}_ja", "") if language == "ja" else "") or str(getattr(self, name))


@dataclasses.dataclass(frozen=True)
class ControlResult:
    """What came of a control: ``met``, ``failed``, ``unknown`` or ``none`` (it concerns nothing here).

    ``met_count`` and the others are registries; what the record shows is in ``state`` alone.
    """

    control: Control
    state: str
    met_count: int
    failed_count: int
    unknown_count: int
    #: of those that fail it: ids of registries
    failing: tuple[str, ...] = ()

    def result(self) -> dict[str, object]:
        """As the report's JSON has it."""
        control = {
            name: getattr(self.control, name)
            for name in ("framework", "id", "title", "asks", "limits", "source", "certainty", "note")
        }
        counts = {"met": self.met_count, "failed": self.failed_count, "unknown": self.unknown_count}
        return {**control, "checks": list(self.control.checks), "state": self.state, "registries": counts}


def controls(rows: typing.Sequence[object], *, parameter: str = "controls") -> tuple[Control, ...]:
    """Controls from data; of two with the same framework and id the later one counts.

    :param rows: dictionaries with the names of :class:`Control`.
    :raises Failure: for what is none, before anything is asked of Azure.
    """
    if len(rows) > _MOST:
        raise _refusal(parameter, f"There are {len(rows)} controls.", f"At most {_MOST} can be shown.")
    every = [_control(row, number, parameter) for number, row in enumerate(rows, 1)]
    return tuple({(one.framework, one.id): one for one in every}.values())


def _control(row: object, number: int, parameter: str) -> Control:
    if not isinstance(row, typing.Mapping):
        raise _refusal(parameter, f"Control {number} is no dictionary.", f"Each has {', '.join(_NEEDED)}.")
    names = {str(name) for name in row}
    unknown = sorted(names - {*_TEXTS, "checks", "certainty"})
    lacking = [name for name in _NEEDED if not row.get(name)]
    if unknown or lacking:
        what = f"has {shown(unknown[0], 60)}" if unknown else f"lacks {lacking[0]}"
        hint = f"A control has {', '.join(_TEXTS)}, checks and certainty; it needs {', '.join(_NEEDED)}."
        raise _refusal(parameter, f"Control {number} {what}.", hint)
    texts = {name: _text(row.get(name), number, name, parameter) for name in _TEXTS}
    certainty = _text(row.get("certainty") or "memory", number, "certainty", parameter)
    if certainty not in CERTAINTIES:
        raise _refusal(
            parameter, f"The certainty of control {number} is {shown(certainty, 60)}.", f"Give {either(CERTAINTIES)}."
        )
    own = row.get("checks")
    own_checks = [str(one) for one in own] if isinstance(own, (list, tuple)) else [str(own)]
    wrong = [name for name in own_checks if name not in checks.NAMES]
    if wrong:
        raise _refusal(
            parameter,
            f"There is no check {shown(wrong[0], 60)}, which control {number} names.",
            f"There are {', '.join(checks.NAMES)}.",
        )
    return Control(**texts, checks=tuple(own_checks), certainty=certainty)


def _text(value: object, number: int, name: str, parameter: str) -> str:
    if isinstance(value, (list, tuple, dict)):
        raise _refusal(parameter, f"{name} of control {number} is no text.", "Write it in quotes.")
    text = "" if value is None else str(value).strip()
    trouble = flaw(text, longest=_LONGEST, lines=True)
    if trouble:
        raise _refusal(parameter, f"The text {name} of control {number} {trouble}.", "Give it anew.")
    return text


def _refusal(parameter: str, what: str, hint: str) -> Failure:
    return Failure(what, parameter=parameter, hint=hint, code="invalid_control")


def evaluate(
    rows: typing.Iterable[Control],
    registries: typing.Sequence[RegistryFacts],
    history: History,
    policy: Policy,
    *,
    is_whole: bool,
) -> tuple[ControlResult, ...]:
    """What comes of each control.

    :param is_whole: whether all of the scope could be read; of what was not, nobody knows whether it meets anything.
    """
    answers = {
        (registry.id, name): check(registry, policy)
        for registry in registries
        for name, check in checks.OF_REGISTRIES.items()
    }
    return tuple(_evaluate(one, registries, answers, history, is_whole=is_whole) for one in rows)


def _evaluate(
    control: Control,
    registries: typing.Sequence[RegistryFacts],
    answers: typing.Mapping[tuple[str, str], str],
    history: History,
    *,
    is_whole: bool,
) -> ControlResult:
    own = [name for name in control.checks if name in checks.OF_REGISTRIES]
    by_registry = [(one.id, _together(answers[one.id, name] for name in own)) for one in registries] if own else []
    of_record = [checks.OF_THE_RECORD[name](history) for name in control.checks if name in checks.OF_THE_RECORD]
    counts = {state: sum(answer == state for _id, answer in by_registry) for state in (MET, FAILED, UNKNOWN)}
    state = _together([*(answer for _id, answer in by_registry), *of_record])
    if state in (MET, NONE) and own and not is_whole:
        state = UNKNOWN
    failing = tuple(id for id, answer in by_registry if answer == FAILED)
    return ControlResult(control, state, counts[MET], counts[FAILED], counts[UNKNOWN], failing)


def _together(answers: typing.Iterable[str]) -> str:
    """Several answers as one: one that fails is enough, and so is one that nobody knows."""
    every = set(answers)
    return next((state for state in (FAILED, UNKNOWN, MET) if state in every), NONE)
