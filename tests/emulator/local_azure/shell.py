# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A shell inside a local Azure shows that it is one: in its prompt, and by a word when it begins and ends.

Whoever has two terminals open must not take one for the other.
"""

from __future__ import annotations

import dataclasses
import pathlib
import sys
import typing

#: The shells that people work in.
SHELLS = ("ash", "bash", "dash", "fish", "ksh", "sh", "zsh")
SIGN = "(local-azure) "


@dataclasses.dataclass(frozen=True)
class Command:
    """A command as it is run, and variables that it has besides."""

    argv: list[str]
    variables: typing.Mapping[str, str] = dataclasses.field(default_factory=dict)


def is_shell(argv: typing.Sequence[str]) -> bool:
    """Whether a command is nothing but a shell, for somebody to type into."""
    return len(argv) == 1 and pathlib.PurePath(argv[0]).name in SHELLS


def with_sign(argv: list[str], directory: pathlib.Path) -> Command:
    """A command, if it is a shell with a prompt that says where it is.

    bash sets its prompt from the user's own file, so one that reads that first takes its place; the others take the
    prompt from their environment, unless a file of theirs says otherwise.

    :param directory: where the file is written.
    """
    if not is_shell(argv):
        return Command(argv)
    if pathlib.PurePath(argv[0]).name != "bash":
        return Command(argv, {"PS1": f"{SIGN}$ "})
    file = directory / "bashrc"
    file.write_text(f'[ ! -f ~/.bashrc ] || . ~/.bashrc\nPS1="{SIGN}${{PS1-\\$ }}"\n', encoding="utf-8")
    return Command([*argv, "--rcfile", str(file)])


def tell_begin(argv: typing.Sequence[str], state: pathlib.Path | None) -> None:
    """Say to who sits at a terminal that a shell is one of the local Azure."""
    if is_shell(argv) and sys.stdin.isatty():
        end = f"what is in it is kept in {state}" if state else "all that is in it is gone then"
        text = f"local-azure: whatever talks to Azure in this shell talks to the local one. 'exit' leaves it; {end}."
        print(text, file=sys.stderr)


def tell_end(argv: typing.Sequence[str]) -> None:
    """Say that the shell is over."""
    if is_shell(argv) and sys.stdin.isatty():
        print("local-azure: left. From here on Azure is the real one.", file=sys.stderr)
