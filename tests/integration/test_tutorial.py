# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The commands of the tutorial and of how-to pages are run, in order; what they show must be what they print."""

from __future__ import annotations

import pathlib

from local_azure.client import Control
from local_azure.server import LocalAzure
from support.direct import Direct
from support.movers import Movers
from support.pages import ROOT, Shell, follow


def test_the_tutorial_does_what_it_says(tmp_path: pathlib.Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    shell = Shell(home)
    # this very checkout, which is not published
    follow(ROOT / "docs" / "tutorial.md", shell, {"git clone ": lambda: (home / "acr").symlink_to(ROOT)})
    shell.close()


def test_a_move_goes_as_its_page_says(
    azure: LocalAzure, direct: Direct, control: Control, tmp_path: pathlib.Path
) -> None:
    direct("resource_group", name="contoso", location="westeurope")
    Movers(azure, direct, control).old.image("team/hello", "v1")
    shell = Shell(tmp_path, azure.environment)
    follow(ROOT / "docs" / "howto" / "move.md", shell, {})
    shell.close()
