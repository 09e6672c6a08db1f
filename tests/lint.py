# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run ``ansible-lint`` with profile production on a copy of the collection, so that it sees what a user would get."""

from __future__ import annotations

import os
import subprocess
import sys

from copy_collection import ROOT, copy


def main() -> int:
    """Run it; arguments are passed on."""
    target = copy("lint")
    command = ["ansible-lint", "--offline", "--profile", "production", "--nocolor", *sys.argv[1:]]
    environment = {
        **os.environ,
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".cache" / "lint"),
        "HOME": str(ROOT / ".cache" / "home"),
    }
    return subprocess.run(command, cwd=target, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
