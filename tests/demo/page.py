# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo's one page as a figure of the documentation's first page; run as a script it writes it anew."""

from __future__ import annotations

import html
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from generated import ROOT, replaced  # noqa: E402

PAGE = ROOT / "docs" / "index.md"


def shown() -> str:
    """What the demo prints.

    :raises subprocess.CalledProcessError: when a step did not do what it says.
    """
    command = [sys.executable, str(HERE / "demo.py")]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout


def steps(text: str) -> list[tuple[str, str, str]]:
    """Of what it prints the steps: number, name, and what happened, on one line."""
    rows: list[list[str]] = []
    for line in text.splitlines():
        begin = re.match(r" (\d+)  (.{14})(.*)", line)
        if begin:
            rows.append([part.strip() for part in begin.groups()])
        elif rows and line.startswith(" " * 18):
            rows[-1][2] += f" {line.strip()}"
    # how long it takes says more of the machine than of the step
    return [(number, name, re.sub(r",? ?\(?[\d.]+ s\)$", _closed, what)) for number, name, what in rows]


def _closed(cost: re.Match[str]) -> str:
    return ")" if cost[0].startswith(",") else ""


def figure(text: str) -> str:
    """The figure, for the page: of lines that a phone can break."""
    lines = [f"<div><b>{number} {name}</b><span>{html.escape(what)}</span></div>" for number, name, what in steps(text)]
    return "\n".join(['<figure class="terminal">', "<figcaption>$ make demo</figcaption>", *lines, "</figure>"])


def meaning(part: str) -> str:
    """A figure without what differs from run to run: versions, counts, the client."""
    plain = re.sub(r"\b[0-9a-f]{6}…", "VERSION…", part)
    plain = re.sub(r"\(\d+ requests\)", "(COST)", plain)
    return re.sub(r"with (skopeo|the Azure SDK)[^;]*;", "with CLIENT;", plain)


if __name__ == "__main__":
    PAGE.write_text(replaced(PAGE.read_text(encoding="utf-8"), "demo", figure(shown())), encoding="utf-8")
