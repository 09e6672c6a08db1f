# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The figures of random sequences, written into ``docs/reliability.md``."""

from __future__ import annotations

import collections
import datetime
import pathlib

import generated

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "reliability.md"


def write(counts: collections.Counter[str], sequences: int, wrong: int, minutes: float) -> None:
    """Put them in their place on the page.

    :param counts: steps of each kind.
    :param minutes: how long all of it took.
    """
    generated.write(PAGE, "sequences", text(counts, sequences, wrong, minutes))


def text(counts: collections.Counter[str], sequences: int, wrong: int, minutes: float) -> str:
    """The figures as Markdown; see :func:`write`."""
    day = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
    lines = [
        f"{counts.total():,} steps in {sequences:,} sequences on {day}, in {minutes:.0f} minutes; {wrong:,} sequences "
        "wrong.",
        "",
        "| kind of step | steps |",
        "| --- | ---: |",
        *(f"| {kind} | {count:,} |" for kind, count in counts.most_common()),
        "",
    ]
    return "\n".join(lines)
