# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The package of the local Azure works where there is no checkout."""

from __future__ import annotations

import pathlib
import subprocess
import sys
import zipfile

EMULATOR = pathlib.Path(__file__).resolve().parent
ASK = (
    "import json, local_azure, os, urllib.request as u;"
    "ask = lambda url: json.load(u.urlopen(url));"
    "address = 'https://management.azure.com/metadata/endpoints?api-version=2022-09-01';"
    "print(local_azure.__file__, ask(address)['name'])"
)


def run(*command: object, folder: pathlib.Path) -> str:
    words = [str(part) for part in command]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return str(done.stdout)


def test_the_wheel_serves_from_an_empty_folder(tmp_path: pathlib.Path) -> None:
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", tmp_path, EMULATOR, folder=tmp_path)
    (wheel,) = tmp_path.glob("local_azure-*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert {"local_azure/LICENSES/GPL-3.0-or-later.txt", "local_azure/LICENSES/MIT.txt"} <= set(names)
    assert not [name for name in names if "test" in name or "__pycache__" in name]
    # what is installed is the wheel and what it says that it needs, which this Python has
    target = tmp_path / "installed"
    run(sys.executable, "-m", "pip", "--quiet", "install", "--no-deps", "--target", target, wheel, folder=tmp_path)
    program = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(target)!r}); " + _MAIN]
    shown = run(
        *program, "run", "--judge", "findings.jsonl", "--", sys.executable, "-c", _inside(target), folder=tmp_path
    )
    assert shown.split() == [str(target / "local_azure" / "__init__.py"), "AzureCloud"]


_MAIN = "from local_azure.cli import main; sys.exit(main())"


def _inside(target: pathlib.Path) -> str:
    return f"import sys; sys.path.insert(0, {str(target)!r}); {ASK}"
