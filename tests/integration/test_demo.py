# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The demo, whose one page is the figure on the documentation's first page."""

from __future__ import annotations

from demo import page


def test_the_demo_prints_what_the_first_page_shows() -> None:
    """Else run ``python tests/demo/page.py``."""
    text = page.PAGE.read_text(encoding="utf-8")
    begin, end = text.index("<figure"), text.index("</figure>") + len("</figure>")
    assert page.meaning(page.figure(page.shown())) == page.meaning(text[begin:end])
