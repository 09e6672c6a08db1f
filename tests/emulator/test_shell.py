# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A shell inside the local Azure, as somebody at a terminal has it; and what a session of theirs is given."""

from __future__ import annotations

import os
import pathlib
import pty
import sys

import pytest
from local_azure import shell
from local_azure.server import child_environment, running

COMMAND = str(pathlib.Path(sys.executable).parent / "local-azure")


def typed(home: pathlib.Path, *lines: str) -> str:
    """What a terminal shows of a shell into which lines are typed."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ.update({"HOME": str(home), "TERM": "dumb"})
        os.execv(COMMAND, [COMMAND, "run", "--", "bash"])
    seen = b""
    waiting = [line.encode() + b"\n" for line in lines]
    try:
        while chunk := os.read(terminal, 4096):
            seen += chunk
            if waiting and seen.endswith((b"> ", b"$ ")):
                os.write(terminal, waiting.pop(0))
    except OSError:
        # the other end of a terminal is gone
        pass
    os.waitpid(pid, 0)
    return seen.decode()


def test_the_prompt_says_where_one_is_and_keeps_one_s_own(tmp_path: pathlib.Path) -> None:
    (tmp_path / ".bashrc").write_text("PS1='mine> '\nMINE=here\n", encoding="utf-8")
    seen = typed(tmp_path, "echo $MINE", "exit")
    assert seen.count("(local-azure) mine> ") == 2
    assert "\r\nhere\r\n" in seen
    assert "talks to the local one. 'exit' leaves it; all that is in it is gone then." in seen
    assert seen.rstrip().endswith("local-azure: left. From here on Azure is the real one.")


@pytest.mark.parametrize("argv", [["bash", "-c", "true"], ["make"], ["bash", "script.sh"]])
def test_a_command_that_nobody_types_into_is_run_as_it_is(argv: list[str], tmp_path: pathlib.Path) -> None:
    assert shell.with_sign(argv, tmp_path) == shell.Command(argv)


@pytest.mark.parametrize("name", ["zsh", "/bin/sh", "dash"])
def test_another_shell_has_the_sign_from_its_environment(name: str, tmp_path: pathlib.Path) -> None:
    assert shell.with_sign([name], tmp_path).variables == {"PS1": "(local-azure) $ "}


def test_a_session_has_terraform_s_names_and_leaves_the_az_cli_s_own_folder_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AZURE_CONFIG_DIR", "/home/somebody/.azure")
    monkeypatch.setenv("ARM_CLIENT_SECRET", "the real one")
    monkeypatch.setenv("ARM_ACCESS_KEY", "the real one")
    with running() as azure:
        environment = child_environment(azure)
    assert environment["ARM_CLIENT_SECRET"] == environment["AZURE_CLIENT_SECRET"] != "the real one"
    assert environment["ARM_TENANT_ID"] == environment["AZURE_TENANT_ID"]
    assert "ARM_ACCESS_KEY" not in environment
    assert environment["AZURE_CONFIG_DIR"].startswith(str(azure.directory))
