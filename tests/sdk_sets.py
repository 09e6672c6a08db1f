# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sets of Azure SDK packages with which the collection is tested, and the lock files of all environments.

Run as a script it writes the lock files anew, all, or those that the arguments name, and the table of the sets on the
pages on installing.
"""

from __future__ import annotations

import dataclasses
import pathlib
import re
import sys
import tempfile

from environments import ROOT, uv
from generated import replaced
from packaging.requirements import Requirement

#: The page on installing in each language, with the heads of its table.
PAGES = {
    ROOT / "docs" / "install.md": ("package", "needed", "set"),
    ROOT / "docs" / "install.ja.md": ("パッケージ", "要件", "セット"),
}
REQUIREMENTS = ROOT / "requirements"
LISTS = ROOT / "tests" / "sets"


@dataclasses.dataclass(frozen=True)
class SdkSet:
    """A set: its name, its lock file, and the list of azure.azcollection that it keeps to."""

    name: str
    lock: pathlib.Path
    neighbour: pathlib.Path | None = None
    #: packages that are pinned to a beta there, and have a final version that is to be tried
    exceptions: tuple[str, ...] = ()

    @property
    def pins(self) -> list[Requirement]:
        """The pins of that list."""
        lines = [Requirement(line) for line in packages(self.neighbour) if "==" in line] if self.neighbour else []
        return [line for line in lines if line.name not in self.exceptions]


SETS = (
    SdkSet("newest", REQUIREMENTS / "dev.txt"),
    SdkSet("azcollection-3.21", REQUIREMENTS / "sets" / "azcollection-3.21.txt", LISTS / "azcollection-3.21.txt"),
    # of what azure.azcollection 3.12 does not pin, the lowest that requirements.txt allows
    SdkSet(
        "azcollection-3.12",
        REQUIREMENTS / "sets" / "azcollection-3.12.txt",
        LISTS / "azcollection-3.12.txt",
        ("azure-storage-blob",),
    ),
)


@dataclasses.dataclass(frozen=True)
class Lock:
    """What a lock file is made from: a source, the set whose pins it keeps to, and further options of uv."""

    source: str
    sdk_set: SdkSet | None = None
    options: tuple[str, ...] = ()


LOCKS = {
    "dev.txt": Lock("dev.in"),
    "galaxy.txt": Lock("galaxy.in"),
    "cli.txt": Lock("cli.in"),
    "oras.txt": Lock("oras.in"),
    "rulebook.txt": Lock("rulebook.in"),
    "azcollection.txt": Lock("azcollection.in"),
    "sets/azcollection-3.21.txt": Lock("sets.in", SETS[1]),
    "sets/azcollection-3.12.txt": Lock("sets.in", SETS[2], ("--resolution", "lowest-direct")),
}


def packages(path: pathlib.Path) -> list[str]:
    """The lines of a file of requirements that are requirements."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line for line in map(str.strip, lines) if line and not line.startswith(("#", "-"))]


def lock(name: str) -> None:
    """Write one lock file anew, with the newest versions that its source allows."""
    entry = LOCKS[name]
    source = REQUIREMENTS / entry.source
    pins = [str(pin) for pin in entry.sdk_set.pins] if entry.sdk_set else []
    with tempfile.TemporaryDirectory() as folder:
        output, constraint = pathlib.Path(folder, "lock.txt"), pathlib.Path(folder, "pins.txt")
        constraint.write_text("\n".join(pins), encoding="utf-8")
        common = ("--universal", "--python-version", "3.11", "--no-header", "--no-annotate", "--constraint", constraint)
        uv("pip", "compile", "--upgrade", *common, *entry.options, source, "--output-file", output)
        head = source.read_text(encoding="utf-8").splitlines()[:3]
        (REQUIREMENTS / name).write_text("\n".join([*head, output.read_text(encoding="utf-8")]), encoding="utf-8")


def table(package: str, needed: str, one_set: str) -> str:
    """The sets, as the page on installing shows them: for each package the lowest version that will do, and those of
    the sets.

    The parameters are the heads of its columns.
    """
    names = [re.split("[<>=]", line)[0] for line in packages(ROOT / "requirements.txt")]
    lowest = dict(zip(names, packages(ROOT / "requirements.txt"), strict=True))
    pins = [dict(line.split(" ;")[0].split("==") for line in packages(one.lock) if "==" in line) for one in SETS]
    rows = [[f"`{name}`", lowest[name].removeprefix(name), *(pin[name] for pin in pins)] for name in names]
    head = [package, needed, *(f"{one_set} *{one.name}*" for one in SETS)]
    return "\n".join(f"| {' | '.join(row)} |" for row in [head, ["---"] * len(head), *rows])


def page(path: pathlib.Path) -> str:
    """The page on installing with its table as it should be."""
    return replaced(path.read_text(encoding="utf-8"), "sdk sets", table(*PAGES[path]))


if __name__ == "__main__":
    for each in sys.argv[1:] or LOCKS:
        lock(each)
    for path in PAGES:
        path.write_text(page(path), encoding="utf-8")
