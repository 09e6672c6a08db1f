# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run ``ansible-test`` on a copy of the collection: ``ansible_test.py sanity|units|targets``.

The targets run against the local Azure, or, if ``tests/integration/integration_config.yml`` is there, the real one.
"""

from __future__ import annotations

import contextlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import sysconfig
import typing

import yaml
from copy_collection import ROOT, copy

CONFIG = pathlib.Path("tests", "integration", "integration_config.yml")
PYTHON = f"{sys.version_info[0]}.{sys.version_info[1]}"
_ENSUREPIP = """import ensurepip
ensurepip.bootstrap(default_pip=True)
"""


def _home() -> str:
    """A home of its own, in which ansible-test finds the pip bootstrap that it would otherwise download.

    Its name holds a version of pip, which changes with ansible-core's; it is read from ansible-test itself.
    """
    source = pathlib.Path(sysconfig.get_path("purelib"), "ansible_test", "_internal", "python_requirements.py")
    home = ROOT / ".cache" / f"home-{PYTHON}"
    cache = home / ".ansible" / "test" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    for version in set(re.findall(r"\bpip='([\d.]+)'", source.read_text(encoding="utf-8"))):
        (cache / f"get_pip_{version.replace('.', '_')}.py").write_text(_ENSUREPIP, encoding="utf-8")
    return str(home)


def _run(target: pathlib.Path, *arguments: str) -> int:
    # ansible-test asks git which files there are, and this folder is ignored by the outer repository
    subprocess.run(["git", "init", "--quiet"], cwd=target, check=True)
    subprocess.run(["git", "add", "--all"], cwd=target, check=True)
    program = pathlib.Path(sys.executable).parent / "ansible-test"
    command = [str(program), *arguments, "--python", PYTHON, "--color", "no"]
    environment = {**os.environ, "HOME": _home(), "PATH": f"{program.parent}:{os.environ['PATH']}"}
    environment.pop("ANSIBLE_COLLECTIONS_PATH", None)
    return subprocess.run(command, cwd=target, env=environment, check=False).returncode


def _leave_tests_out(target: pathlib.Path) -> None:
    """Take away what is not in the tarball: Galaxy does not look at it, and ruff and mypy do already."""
    for part in (target / "tests").iterdir():
        if part.is_dir():
            shutil.rmtree(part)
        elif part != target / "tests" / "config.yml":
            part.unlink()


@contextlib.contextmanager
def _settings(target: pathlib.Path) -> typing.Iterator[None]:
    """The settings of the integration targets: somebody's own, or those of a local Azure."""
    if (ROOT / CONFIG).exists():
        print("Against the Azure of tests/integration/integration_config.yml.")
        shutil.copy2(ROOT / CONFIG, target / CONFIG)
        yield
        return
    sys.path.insert(0, str(ROOT / "tests" / "emulator"))
    from local_azure.server import running

    with running() as azure:
        known = azure.environment
        # ansible-test passes few variables on; the targets set them themselves
        settings = {"ownkey_location": "westeurope", "ownkey_environment": known}
        (target / CONFIG).write_text(yaml.safe_dump(settings), encoding="utf-8")
        yield


def main() -> int:
    """Run one of them; further arguments are passed on to ansible-test."""
    kind, *rest = sys.argv[1:] or [""]
    if kind not in ("sanity", "units", "targets"):
        print(__doc__, file=sys.stderr)
        return 2
    target = copy(f"test-{kind}-{PYTHON}")
    if kind == "sanity":
        _leave_tests_out(target)
        return _run(target, "sanity", *rest)
    if kind == "units":
        return _run(target, "units", "--local", *(rest or ["tests/unit/plugins/"]))
    with _settings(target):
        return _run(target, "integration", "--local", *rest)


if __name__ == "__main__":
    sys.exit(main())
