# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a suite of foreign clients is: a program that prints a line of JSON for each thing that it tried."""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import shutil
import subprocess
import typing

from local_azure.server import LocalAzure, child_environment

HERE = pathlib.Path(__file__).resolve().parent


class NotHere(Exception):
    """A tool that this machine does not have, and what would bring it."""


@dataclasses.dataclass(frozen=True)
class Case:
    """One thing that was tried, and what was wrong with it, if anything."""

    name: str
    problem: str = ""


@dataclasses.dataclass(frozen=True)
class Program:
    """What is to be run, with the versions of the clients in it and further variables."""

    command: tuple[str | pathlib.Path, ...]
    versions: str
    variables: dict[str, str] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Suite:
    """A suite.

    :param name: on the command line and in the table.
    :param prepare: installs what it needs, and says what is to be run; raises :class:`NotHere`.
    :param furnish: puts what the clients find there into the local Azure.
    """

    name: str
    prepare: typing.Callable[[], Program]
    furnish: typing.Callable[[LocalAzure], None] = lambda azure: None


def cases(program: Program, azure: LocalAzure, folder: pathlib.Path) -> list[Case]:
    """Run a program inside a local Azure, in a home of its own, and read its cases."""
    environment = {**child_environment(azure), "HOME": str(folder), **program.variables}
    # the CLI and Ansible's modules import thousands of files
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    environment["PYTHONPATH"] = os.pathsep.join([str(HERE), str(HERE.parent)])
    command = [str(word) for word in program.command]
    process = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=False)
    lines = [line for line in process.stdout.splitlines() if line.startswith('{"name"')]
    read = [Case(**json.loads(line)) for line in lines]
    if process.returncode or not read:
        printed = (process.stderr or process.stdout)[-1500:]
        read.append(Case("the program to its end", f"status {process.returncode}: {printed}"))
    return read


def version_of(tool: str, *arguments: str) -> str:
    """What a tool prints of its version.

    :raises NotHere: if it is not there.
    """
    if shutil.which(tool) is None:
        raise NotHere(tool)
    printed = subprocess.run([tool, *(arguments or ("--version",))], capture_output=True, text=True, check=True).stdout
    return printed.splitlines()[0].split(" (")[0]
