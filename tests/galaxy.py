# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Build the tarball, and have galaxy-importer look at it as Galaxy would; in an environment of its own.

galaxy-importer pins old libraries, so it does not share ``.venv``.
"""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys

from copy_collection import ROOT, copy

PLACE = ROOT / ".cache" / "galaxy"
SETTINGS = """[galaxy-importer]
log_level_main = WARNING
run_ansible_test = False
run_flake8 = False
run_ansible_doc = True
run_ansible_lint = True
ansible_local_tmp = {tmp}
"""


def _environment() -> pathlib.Path:
    """Its virtual environment's programs, from the pinned versions."""
    uv, known = [str(pathlib.Path(sys.executable).parent / "uv"), "--quiet"], {**os.environ, "VIRTUAL_ENV": str(PLACE)}
    if not (PLACE / "bin" / "python").exists():
        subprocess.run([*uv, "venv", "--python", sys.executable, str(PLACE)], check=True)
    subprocess.run([*uv, "pip", "sync", str(ROOT / "requirements" / "galaxy.txt")], env=known, check=True)
    return PLACE / "bin"


def main() -> int:
    """Do it; the status is that of the importer, and 1 for any warning of its own."""
    programs, built = _environment(), PLACE / "built"
    built.mkdir(exist_ok=True)
    for old in built.glob("*.tar.gz"):
        old.unlink()
    known = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}", "HOME": str(PLACE), "LC_ALL": "C.UTF-8"}
    known.pop("ANSIBLE_COLLECTIONS_PATH", None)
    settings = PLACE / "galaxy-importer.cfg"
    settings.write_text(SETTINGS.format(tmp=PLACE / "tmp"), encoding="utf-8")
    known["GALAXY_IMPORTER_CONFIG"] = str(settings)
    build = [programs / "ansible-galaxy", "collection", "build", "--output-path", built]
    subprocess.run(build, cwd=copy("galaxy-source"), env=known, check=True, stdout=subprocess.DEVNULL)
    (tarball,) = built.glob("*.tar.gz")
    look = [programs / "python", "-m", "galaxy_importer.main", tarball]
    done = subprocess.run(look, cwd=built, env=known, check=False, capture_output=True, text=True)
    told = done.stdout + done.stderr
    lines = [line for line in told.splitlines() if line.startswith(("ERROR", "WARNING"))]
    print("\n".join(lines) or f"galaxy-importer has nothing to say against {tarball.name}.")
    if done.returncode:
        print(told)
    return done.returncode or (1 if lines else 0)


if __name__ == "__main__":
    sys.exit(main())
