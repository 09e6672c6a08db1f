# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The few parts of the Kusto query language that are evaluated here."""

from __future__ import annotations

import dataclasses
import json
import re
import typing

from . import errors, state

Row = dict[str, typing.Any]


@dataclasses.dataclass
class Answer:
    """The rows of a query, and what decides how they come.

    :ivar columns: what is projected; None for whole rows.
    :ivar is_ordered: the query says in which order.
    :ivar is_limited: the query says how many, which turns paging off.
    """

    rows: list[Row]
    columns: list[str] | None = None
    is_ordered: bool = False
    is_limited: bool = False

    @property
    def can_be_paged(self) -> bool:
        """``id`` must be among the columns ("Working with large Azure resource data sets")."""
        return not self.is_limited and (self.columns is None or "id" in self.columns)

    def shown(self, rows: list[Row]) -> list[Row]:
        """Rows of the answer as they are sent: the columns do not depend on what the query looked at."""
        names = self.columns
        return [{name: row[name] for name in names} if names is not None else state.whole(row) for row in rows]


def evaluate(text: str, tables: typing.Mapping[str, typing.Iterable[Row]]) -> Answer:
    """Evaluate a query.

    :param tables: by name, in lower case.
    :raises Refusal: 501 for a part of the language that is not known here.
    """
    table, *stages = _stages(text)
    if table.lower() not in tables:
        raise errors.not_emulated(table)
    answer = Answer(list(tables[table.lower()]))
    for stage in stages:
        _evaluate(stage, answer)
    return answer


def _stages(text: str) -> list[str]:
    """The parts between pipes; a pipe inside quotes does not count."""
    parts = re.findall(r"(?:'[^']*'|\"[^\"]*\"|[^|'\"])+", text)
    return [" ".join(part.split()) for part in parts] or [""]


def _evaluate(stage: str, answer: Answer) -> None:
    rows = answer.rows
    if inside := re.fullmatch(r"where (\w+) in~ \((.*)\)", stage, re.IGNORECASE):
        values = {value.lower() for value in re.findall(r"'([^']*)'", inside[2])}
        answer.rows = [row for row in rows if str(row[inside[1]]).lower() in values]
    elif same := re.fullmatch(r"where (\w+) =~ '([^']*)'", stage, re.IGNORECASE):
        answer.rows = [row for row in rows if str(row[same[1]]).lower() == same[2].lower()]
    elif holds := re.fullmatch(r"where tostring\((\w+)\) contains '([^']*)'", stage, re.IGNORECASE):
        wanted = holds[2].lower()
        answer.rows = [row for row in rows if wanted in json.dumps(row[holds[1]]).lower()]
    elif order := re.fullmatch(r"(?:order|sort) by (\w+)( asc| desc)?", stage, re.IGNORECASE):
        # Kusto sorts downwards unless told otherwise
        is_upward = (order[2] or " desc").strip().lower() == "asc"
        answer.rows = sorted(rows, key=lambda row: str(row[order[1]]), reverse=not is_upward)
        answer.is_ordered = True
    elif limit := re.fullmatch(r"(?:limit|take) (\d+)", stage, re.IGNORECASE):
        answer.rows, answer.is_limited = rows[: int(limit[1])], True
    elif project := re.fullmatch(r"project ([\w, ]+)", stage, re.IGNORECASE):
        answer.columns = [name.strip() for name in project[1].split(",")]
    else:
        raise errors.not_emulated(stage)
