# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A checkout after ``make setup``: its programs find the collection with nothing else set."""

from __future__ import annotations

import pathlib
import subprocess

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
CONTOSO = {"acr_cmk_registry": "contosoacr", "acr_cmk_resource_group": "contoso", "acr_cmk_location": "westeurope"}


def create(home: pathlib.Path, **environment: str) -> str:
    """What the playbook ``create`` prints, run from the root in an environment that has a home and nothing else."""
    variables = home / "vars.yml"
    variables.write_text(yaml.safe_dump(CONTOSO), encoding="utf-8")
    program = [".venv/bin/ansible-playbook", "ownkey.acr.create", "-e", f"@{variables}"]
    process = subprocess.run(
        [".venv/bin/local-azure", "run", "--", *program],
        cwd=ROOT,
        env={"HOME": str(home), "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stdout + process.stderr
    return process.stdout


def test_the_checkout_s_own_collection_is_used(tmp_path: pathlib.Path) -> None:
    assert "PLAY [Create a registry under its own key, with all that it needs]" in create(tmp_path)


def test_a_collections_path_of_one_s_own_comes_first(tmp_path: pathlib.Path) -> None:
    playbook = tmp_path / "ansible_collections" / "ownkey" / "acr" / "playbooks" / "create.yml"
    playbook.parent.mkdir(parents=True)
    task = {"name": "Say who I am", "ansible.builtin.debug": {"msg": "another copy"}}
    play = {"name": "Mine", "hosts": "localhost", "gather_facts": False, "tasks": [task]}
    playbook.write_text(yaml.safe_dump([play]), encoding="utf-8")
    assert "another copy" in create(tmp_path, ANSIBLE_COLLECTIONS_PATH=str(tmp_path))
