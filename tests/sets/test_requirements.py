# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The collection's requirements: what they allow beside azure.azcollection, and no version is promised untested."""

from __future__ import annotations

import pathlib

import pytest
from environments import PYTHONS, ROOT, uv
from packaging.requirements import Requirement
from packaging.version import Version
from sdk_sets import LISTS, SETS, packages

REQUIREMENTS = ROOT / "requirements.txt"


def versions(lock: pathlib.Path) -> dict[str, Version]:
    """What a lock file pins: versions by name."""
    lines = [Requirement(line) for line in packages(lock)]
    return {line.name.lower(): Version(str(line.specifier).removeprefix("==")) for line in lines}


@pytest.mark.parametrize("version", PYTHONS)
@pytest.mark.parametrize("neighbour", sorted(LISTS.glob("azcollection-*.txt")), ids=lambda path: path.stem)
def test_pip_can_install_both_collections_requirements(
    neighbour: pathlib.Path, version: str, tmp_path: pathlib.Path
) -> None:
    solution = tmp_path / "solution.txt"
    uv("pip", "compile", "--python-version", version, REQUIREMENTS, neighbour, "--output-file", solution)
    installed = versions(solution)
    for line in map(Requirement, packages(neighbour)):
        if line.marker is None or line.marker.evaluate({"python_version": version}):
            assert line.specifier.contains(installed[line.name], prereleases=True), line


@pytest.mark.parametrize("line", packages(REQUIREMENTS))
def test_the_lowest_version_allowed_is_one_that_the_tests_run_with(line: str) -> None:
    requirement = Requirement(line)
    (lowest,) = (Version(part.version) for part in requirement.specifier if part.operator == ">=")
    assert lowest == min(versions(each.lock)[requirement.name] for each in SETS)


@pytest.mark.parametrize("each", SETS, ids=lambda each: each.name)
def test_a_set_keeps_to_the_pins_that_it_is_named_after(each) -> None:  # type: ignore[no-untyped-def]
    installed = versions(each.lock)
    shared = [pin for pin in each.pins if pin.name in installed]
    assert len(shared) >= 8 or not each.neighbour
    for pin in shared:
        assert pin.specifier.contains(installed[pin.name], prereleases=True), pin
