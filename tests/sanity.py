# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run ``ansible-test sanity`` on a copy of the collection, with every test and without an ignore file."""

from __future__ import annotations

import os
import pathlib
import re
import subprocess
import sys
import sysconfig

from copy_collection import ROOT, copy

_ENSUREPIP = """import ensurepip
ensurepip.bootstrap(default_pip=True)
"""


def _home() -> str:
    """A home of its own, in which ansible-test finds the pip bootstrap that it would otherwise download.

    Its name holds a version of pip, which changes with ansible-core's; it is read from ansible-test itself.
    """
    source = pathlib.Path(sysconfig.get_path("purelib"), "ansible_test", "_internal", "python_requirements.py")
    cache = ROOT / ".cache" / "home" / ".ansible" / "test" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    for version in set(re.findall(r"\bpip='([\d.]+)'", source.read_text(encoding="utf-8"))):
        (cache / f"get_pip_{version.replace('.', '_')}.py").write_text(_ENSUREPIP, encoding="utf-8")
    return str(ROOT / ".cache" / "home")


def main() -> int:
    """Run the tests; arguments are passed on to ansible-test."""
    target = copy("sanity")
    # ansible-test asks git which files there are, and this folder is ignored by the outer repository
    subprocess.run(["git", "init", "--quiet"], cwd=target, check=True)
    subprocess.run(["git", "add", "--all"], cwd=target, check=True)
    python = f"{sys.version_info[0]}.{sys.version_info[1]}"
    command = ["ansible-test", "sanity", "--python", python, "--color", "no", *sys.argv[1:]]
    environment = {**os.environ, "HOME": _home()}
    environment.pop("ANSIBLE_COLLECTIONS_PATH", None)
    return subprocess.run(command, cwd=target, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
