# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a user gets: the built tarball, the collection installed from it, an execution environment, a changelog."""

from __future__ import annotations

import contextlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import typing

import pytest
import yaml
from copy_collection import copy
from local_azure.client import Control
from support.playbooks import Ansible

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(sys.executable).parent
#: What a user needs, and nothing else.
SHIPPED = {
    ".ansible-lint",
    "CHANGELOG.rst",
    "CONTRIBUTING.md",
    "FILES.json",
    "LICENSE",
    "LICENSES",
    "MANIFEST.json",
    "README.ja.md",
    "SECURITY.md",
    "README.md",
    "bindep.txt",
    "changelogs",
    "docs",
    "extensions",
    "meta",
    "playbooks",
    "plugins",
    "requirements.txt",
    "roles",
}
CONTOSO = {"acr_cmk_registry": "contosoacr", "acr_cmk_resource_group": "contoso", "acr_cmk_location": "westeurope"}


def run(*command: object, **options: object) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(  # type: ignore[call-overload]
        [str(part) for part in command], capture_output=True, text=True, timeout=300, check=False, **options
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


@contextlib.contextmanager
def source_copy() -> typing.Iterator[pathlib.Path]:
    """The collection as it is in the working tree, for as long as it is needed."""
    source = copy(f"release-{os.getpid()}")
    try:
        yield source
    finally:
        shutil.rmtree(source.parents[2])


@pytest.fixture(scope="module")
def tarball(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """Built from what git knows."""
    target = tmp_path_factory.mktemp("tarball")
    with source_copy() as source:
        run(BIN / "ansible-galaxy", "collection", "build", "--output-path", target, cwd=source)
    (found,) = target.glob("ownkey-acr-*.tar.gz")
    return found


@pytest.fixture(scope="module")
def installed(tarball: pathlib.Path, tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """Installed from the tarball into an empty place; by force, since a checkout's own programs find the checkout."""
    place = tmp_path_factory.mktemp("collections")
    command = (BIN / "ansible-galaxy", "collection", "install", "--offline", "--force", "-p", place, tarball)
    run(*command, cwd=place, env={**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(place), "HOME": str(place)})
    return place


def test_the_tarball_holds_what_a_user_needs_and_nothing_else(tarball: pathlib.Path) -> None:
    with tarfile.open(tarball) as archive:
        names = archive.getnames()
    top = {name.split("/")[0] for name in names}
    assert top <= SHIPPED, sorted(top - SHIPPED)
    assert {"plugins", "roles", "playbooks", "meta", "docs", "requirements.txt", "README.md", "LICENSE"} <= top
    assert not [name for name in names if "__pycache__" in name or name.endswith((".pyc", ".orig"))]
    assert {f"playbooks/{name}.yml" for name in ("create", "rotate", "revoke", "restore", "diagnose")} <= set(names)
    assert tarball.stat().st_size < 1_000_000


def test_installed_into_an_empty_place_the_playbooks_run_by_their_full_names(
    installed: pathlib.Path, ansible: Ansible, control: Control
) -> None:
    ansible.environment["ANSIBLE_COLLECTIONS_PATH"] = str(installed)
    for playbook, more in (
        ("create", {}),
        ("rotate", {"acr_cmk_max_age": "0d", "acr_cmk_pick_up": "nudge"}),
        ("revoke", {"acr_cmk_confirm": "contosoacr"}),
        ("restore", {}),
        ("diagnose", {}),
    ):
        done = ansible.playbook(f"ownkey.acr.{playbook}", {**CONTOSO, **more})
        assert done.ok, done.output
        assert control.registries()["contosoacr"]["readable"] is (playbook != "revoke")


def test_an_execution_environment_is_described_by_the_collection(installed: pathlib.Path) -> None:
    shown = run(BIN / "ansible-builder", "introspect", installed, cwd=installed)
    for line in (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines():
        name = line.split(">")[0].strip()
        assert line.startswith("#") or name in shown.stdout, name


PROJECT = ROOT / "docs" / "examples" / "awx-project"


@pytest.mark.parametrize("source", ["requirements.yml", "from-tarball.yml", "from-git.yml"])
def test_an_execution_environment_takes_the_collection_from_where_the_reader_has_it(
    source: str, tarball: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    shutil.copytree(PROJECT / "execution-environment", tmp_path / "ee")
    definition = tmp_path / "ee" / "execution-environment.yml"
    text = definition.read_text(encoding="utf-8").replace("galaxy: requirements.yml", f"galaxy: {source}")
    if source == "from-tarball.yml":
        text = _with(text, "additional_build_files:")
        shutil.copy(tarball, tmp_path / "ee")
    if source == "from-git.yml":
        text = _with(text, "additional_build_steps:")
    definition.write_text(text, encoding="utf-8")
    build = _context(definition, tmp_path / "context")
    wanted = yaml.safe_load((build / "requirements.yml").read_text(encoding="utf-8"))
    (collection,) = wanted["collections"]
    if source == "from-tarball.yml":
        # where the image's build runs ansible-galaxy, the tarball is found
        # by force, since a checkout's own programs find the checkout
        install = ("collection", "install", "--offline", "--force", "-p", tmp_path, "-r", "requirements.yml")
        empty = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(tmp_path), "HOME": str(tmp_path)}
        run(BIN / "ansible-galaxy", *install, cwd=build, env=empty)
        assert (tmp_path / "ansible_collections" / "ownkey" / "acr" / "playbooks" / "rotate.yml").is_file()
    else:
        assert collection["name"] in ("ownkey.acr", "https://git.example.com/ownkey/acr.git")


def _with(text: str, key: str) -> str:
    """The definition, with what stands there as a comment."""
    before, mark, after = text.partition(f"# {key}\n")
    lines, rest = after.split("\n\n", 1) if "\n\n" in after else (after, "")
    assert mark
    return "\n".join([before + key, *(line.removeprefix("# ") for line in lines.splitlines()), "", rest])


def test_a_decision_environment_makes_a_build_context(tmp_path: pathlib.Path) -> None:
    build = _context(PROJECT / "decision-environment" / "decision-environment.yml", tmp_path / "context")
    assert "ansible-rulebook" in (build / "requirements.txt").read_text(encoding="utf-8")


def _context(definition: pathlib.Path, context: pathlib.Path) -> pathlib.Path:
    """The folder in which the image's build installs collections."""
    where = ("--file", definition, "--context", context, "--output-filename", "Containerfile")
    run(BIN / "ansible-builder", "create", *where, cwd=context.parent)
    container = (context / "Containerfile").read_text(encoding="utf-8")
    assert "ansible-galaxy collection install" in container
    assert re.search(r"^COPY _build /build\nWORKDIR /build$", container, re.MULTILINE), container
    return context / "_build"


def test_a_release_turns_the_fragments_into_a_changelog() -> None:
    with source_copy() as source:
        run(BIN / "antsibull-changelog", "lint", cwd=source)
        run(BIN / "antsibull-changelog", "release", cwd=source)
        told = (source / "CHANGELOG.rst").read_text(encoding="utf-8")
    assert "ownkey.acr.cmk_rotate" in told
    assert "Release Summary" in told
