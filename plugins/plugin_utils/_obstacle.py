# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to the collection ownkey.acr: may change at any time.
"""What keeps a task from running in the controller's process: wherever that could differ from the module, the module
runs."""

from __future__ import annotations

import os
import re
import sys
import typing

from ansible import constants
from ansible.plugins.action import ActionBase

#: What a program reads when it starts: to be set for one that runs already is too late.
_READ_AT_START = re.compile(r"PYTHON.*|LD_.*|DYLD_.*|LC_.*|LANG|LANGUAGE|TZ|OPENSSL_.*|CRYPTOGRAPHY_.*|_?ANSIBLE_.*")
#: What a shell takes for a variable in ``NAME=value command``.
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SHELLS = ("bash", "dash", "sh")


def obstacle(
    action: ActionBase, variables: typing.Mapping[str, typing.Any], environment: typing.Iterable[str]
) -> str | None:
    """Why a task cannot run in the controller's process, as the end of a sentence; None if it can.

    :param variables: the task's.
    :param environment: the names of the variables that the task sets.
    """
    if sys.platform == "darwin":
        return "on macOS the system's look-up of proxies ends a forked process"
    if action._task.async_val:
        return "the task is asynchronous"
    if action._connection.become:
        return f"it becomes another user by {action._connection.become.name}"
    transport = action._connection.transport
    if transport not in ("local", "ansible.builtin.local"):
        return f"its connection is {transport}"
    if constants.DEFAULT_KEEP_REMOTE_FILES:
        return "the files of modules are to be kept"
    return _shell(action) or _environment(environment) or _interpreter(action, variables)


def _shell(action: ActionBase) -> str | None:
    executable = str(action._play_context.executable)
    if os.path.basename(executable) in _SHELLS and action._connection._shell.SHELL_FAMILY == "sh":
        return None
    return f"its shell is {executable}"


def _environment(names: typing.Iterable[str]) -> str | None:
    for name in names:
        if not _VARIABLE.fullmatch(name):
            return f"a shell cannot set a variable of the name {name}"
        if _READ_AT_START.fullmatch(name):
            return f"it sets {name}, which counts from the start of a program"
    return None


def _interpreter(action: ActionBase, variables: typing.Mapping[str, typing.Any]) -> str | None:
    """Find the interpreter as ansible-core does for a module, except that none is looked for on the host."""
    if action._task.delegate_to:
        variables = variables["ansible_delegated_vars"][action._task.delegate_to]
    configured = constants.config.get_config_value("INTERPRETER_PYTHON", variables=variables)
    interpreter = str(action._templar.template(configured) or "auto").strip()
    if interpreter.startswith("auto"):
        facts = variables.get("ansible_facts") or {}
        interpreter = facts.get("discovered_interpreter_python") or ""
        if not interpreter:
            return "ansible_python_interpreter is not set, and Ansible has not looked for a Python yet"
    if _real(interpreter) == _real(sys.executable):
        return None
    return f"its Python is {interpreter}, and the controller's is {sys.executable}"


def _real(interpreter: str) -> tuple[str, str]:
    """The file of an interpreter, and its environment: two virtual environments may share one file."""
    return os.path.realpath(interpreter), os.path.realpath(os.path.dirname(interpreter))
