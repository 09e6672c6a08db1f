# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parts of pages that are made from the code: what stands between two comments of one name."""

from __future__ import annotations

import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[1]


def write(page: pathlib.Path, name: str, part: str) -> None:
    """Put a part in its place on a page, see :func:`replaced`, and say so."""
    page.write_text(replaced(page.read_text(encoding="utf-8"), name, part), encoding="utf-8")
    print(f"The figures are in {page.relative_to(ROOT)}.")


def replaced(page: str, name: str, part: str) -> str:
    """A page with one of its parts as it should be.

    :param name: what the comments around the part are called, ``<!-- begin NAME -->`` and ``<!-- end NAME -->``.
    :raises ValueError: when the page has no such part.
    """
    pattern = rf"(<!-- begin {re.escape(name)} -->\n).*?(<!-- end {re.escape(name)} -->)"
    text, count = re.subn(pattern, lambda match: f"{match[1]}\n{part}\n{match[2]}", page, count=1, flags=re.DOTALL)
    if not count:
        raise ValueError(f"the page has no part {name}")
    return text
