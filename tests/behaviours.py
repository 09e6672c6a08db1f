# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How well each behaviour of Azure is known, counted in ``docs/azure-behaviour.md``.

Run as a script it writes the table of counts at the top of that page anew.
"""

from __future__ import annotations

import collections
import pathlib
import re

PAGE = pathlib.Path(__file__).resolve().parents[1] / "docs" / "azure-behaviour.md"
MARKS = ("recorded", "described", "told", "inferred")
_TABLE = re.compile(r"(?<=\n)\| part \|.*?\n(?=\n)", re.DOTALL)


def parts(text: str) -> dict[str, list[str]]:
    """The behaviours of each part of the page: its bullets, and its paragraphs."""
    found: dict[str, list[str]] = {}
    for section in text.split("\n## ")[1:]:
        title, _line, body = section.partition("\n")
        blocks = re.split(r"\n(?=- )|\n\n+", body.strip())
        found[title] = [block.strip() for block in blocks if block.strip()]
    return found


def marks(behaviour: str) -> list[str]:
    """How a behaviour is known, as its marks in bold say; one that is known in two ways has two."""
    return [mark for mark in MARKS if f"**{mark}**" in behaviour]


def table(text: str) -> str:
    """How many behaviours of each part have which mark."""
    rows = [f"| part | {' | '.join(MARKS)} |", f"| --- |{' --- |' * len(MARKS)}"]
    total: collections.Counter[str] = collections.Counter()
    for title, behaviours in parts(text).items():
        counts = collections.Counter(mark for behaviour in behaviours for mark in marks(behaviour))
        total += counts
        rows.append(f"| {title} | {' | '.join(str(counts[mark] or '') for mark in MARKS)} |")
    rows.append(f"| all | {' | '.join(str(total[mark]) for mark in MARKS)} |")
    return "\n".join(rows) + "\n"


def page(text: str) -> str:
    """The page with its table as it should be."""
    return _TABLE.sub(lambda _match: table(text), text, count=1)


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
