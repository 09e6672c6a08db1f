# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pages whose commands are typed into one shell; what they show must be what is printed."""

from __future__ import annotations

import os
import pathlib
import re
import subprocess
import typing

ROOT = pathlib.Path(__file__).resolve().parents[2]
#: A line that stands for any number of lines.
LEFT_OUT = "…"
END = "the-command-has-ended"


def blocks(path: pathlib.Path) -> list[tuple[str, list[str]]]:
    """Every command with the lines that the page shows after it."""
    found: list[tuple[str, list[str]]] = []
    for block in re.findall(r"^```console\n(.*?)^```", path.read_text(encoding="utf-8"), re.M | re.S):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append((line[2:], []))
            elif line.startswith("> "):
                found[-1] = (f"{found[-1][0]}\n{line[2:]}", [])
            else:
                found[-1][1].append(line)
    return found


def plain(line: str) -> str:
    """Without what differs from run to run: key versions, digests of archives."""
    line = re.sub(r"sha256:[0-9a-f]{8,64}", "sha256:DIGEST", line)
    return re.sub(r"\b[0-9a-f]{32}\b", "VERSION", line).rstrip()


def shown(expected: list[str], printed: list[str]) -> bool:
    """Whether the lines were printed, in this order, with nothing between them but where lines are left out."""
    if not expected:
        return not printed
    if expected[0] == LEFT_OUT:
        return any(shown(expected[1:], printed[skipped:]) for skipped in range(len(printed) + 1))
    return bool(printed) and plain(expected[0]) == plain(printed[0]) and shown(expected[1:], printed[1:])


_QUIET = {"ANSIBLE_NOCOLOR": "1"}


class Shell:
    """One bash, into which commands are typed.

    :param environment: variables that it has besides; without them none of Azure's or Ansible's.
    """

    def __init__(self, home: pathlib.Path, environment: typing.Mapping[str, str] | None = None) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AZURE_", "ANSIBLE_"))}
        self._process = subprocess.Popen(
            ["bash"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=home,
            env={**kept, **_QUIET, **(environment or {}), "HOME": str(home), "PS1": ""},
        )
        self._type("exec 2>&1")

    def _type(self, text: str) -> None:
        stream = typing.cast(typing.TextIO, self._process.stdin)
        stream.write(text + "\n")
        stream.flush()

    def run(self, command: str) -> list[str]:
        self._type(f"{command}\necho {END}")
        lines = []
        for line in typing.cast(typing.TextIO, self._process.stdout):
            if line.strip() == END:
                return lines
            lines.append(line.rstrip("\n"))
        raise AssertionError(f"the shell ended: {lines}")

    def close(self) -> None:
        self._process.communicate(timeout=30)


def follow(page: pathlib.Path, shell: Shell, instead: typing.Mapping[str, typing.Callable[[], object]]) -> None:
    """Type a page's commands, and see that each prints what the page shows.

    :param instead: what is done in place of commands that begin so.
    """
    for command, expected in blocks(page):
        act = next((act for beginning, act in instead.items() if command.startswith(beginning)), None)
        if act is not None:
            act()
            continue
        printed = shell.run(command)
        while printed and not printed[-1]:
            printed.pop()
        assert shown(expected, printed) or (not expected and not printed), (command, "\n".join(printed))
