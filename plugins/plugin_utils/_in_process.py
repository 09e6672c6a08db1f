# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to the collection ownkey.acr: may change at any time.
"""The base of the action plugins: run a module's operation in a fork of the controller's own process.

The strategy loads an action plugin in the parent process, so the Azure SDK is imported once and every forked worker
inherits it. In the worker the module itself runs, in one more fork: with its own environment, output and signals, and
ended at once when the task times out. What is saved is the start of a Python and its imports. Whenever that would not
be the same thing as the module, the module is run instead, and ``-vvv`` says why.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import tempfile
import traceback
import typing

from ansible import constants
from ansible.module_utils import _internal, basic
from ansible.module_utils._internal import _traceback
from ansible.module_utils._internal._ansiballz import _loader
from ansible.module_utils.common.json import Direction, get_module_encoder
from ansible.plugins.action import ActionBase
from ansible.vars import clean
from ansible_collections.ownkey.acr.plugins.module_utils import _run_folder
from ansible_collections.ownkey.acr.plugins.module_utils._azure import sdk
from ansible_collections.ownkey.acr.plugins.module_utils._domain.failure import Failure
from ansible_collections.ownkey.acr.plugins.module_utils._domain.progress import PROGRESS, is_in_awx
from ansible_collections.ownkey.acr.plugins.module_utils._module import run_module
from ansible_collections.ownkey.acr.plugins.module_utils._operation import Operation
from ansible_collections.ownkey.acr.plugins.module_utils._rules.roles import words as role_words
from ansible_collections.ownkey.acr.plugins.plugin_utils import _origin as origin
from ansible_collections.ownkey.acr.plugins.plugin_utils._fork import fork
from ansible_collections.ownkey.acr.plugins.plugin_utils._obstacle import obstacle
from ansible_collections.ownkey.acr.plugins.plugin_utils._run_end import remove_when_terminated

#: Whether somebody sits at a terminal; a worker, which is forked after this, has none.
_IS_WATCHED = sys.stdout is not None and sys.stdout.isatty()
#: How ansible-core talks to a module that asks for nothing else.
_PROFILE = "legacy"


class InProcessAction(ActionBase):
    """An action plugin for one operation; a subclass names it and does nothing else."""

    operation: Operation
    _supports_check_mode = True
    _supports_async = True
    _supports_diff = True

    def __init_subclass__(cls, **options: typing.Any) -> None:
        """Import what the operation needs, in the process that loads the plugin."""
        super().__init_subclass__(**options)
        remove_when_terminated(_run_folder.path_below(constants.DEFAULT_LOCAL_TMP))
        cls._missing: str | None = None
        try:
            sdk.preload(cls.operation.clients)
        except Failure as failure:
            cls._missing = str(failure)

    def run(self, tmp: str | None = None, task_vars: dict[str, typing.Any] | None = None) -> dict[str, typing.Any]:
        """Run the task."""
        result = super().run(tmp, task_vars)
        del tmp
        variables = task_vars or {}
        self._name_run_folder()
        self._set(origin.environment(self, variables))
        environment: dict[str, typing.Any] = {}
        self._compute_environment_string(environment)
        reason = self._missing or obstacle(self, variables, environment)
        try:
            if reason is None:
                return {**result, **self._spoken(self._run_here(variables, environment), variables)}
            self._display.vvv(f"{self._task.action} runs as a module: {reason.rstrip('.')}.")
            outcome = self._execute_module(task_vars=variables, wrap_async=self._task.async_val)
            return {**result, **self._spoken(outcome, variables)}
        except Exception:
            raise
        except BaseException as interruption:
            # a module notices by its closed output that it is to end, and the finished frames hold that open
            traceback.clear_frames(interruption.__traceback__)
            self._display.warning(
                "The task was told to end and begins nothing more. "
                "What it had asked of Azure already may still take effect."
            )
            raise

    def _name_run_folder(self) -> None:
        """Tell the operation of the run's folder, however it runs, unless that is elsewhere or as somebody else.

        Nor is an asynchronous task told, which may go on when the run is over.
        """
        is_here = self._connection.transport in ("local", "ansible.builtin.local") and not self._connection.become
        folder = _run_folder.provided(constants.DEFAULT_LOCAL_TMP) if is_here and not self._task.async_val else None
        self._set({_run_folder.VARIABLE: str(folder)} if folder else {})

    def _set(self, variables: dict[str, str]) -> None:
        """Set environment variables of the task, beside those that it has."""
        if variables:
            environments = self._task.environment or []
            own = environments if isinstance(environments, list) else [environments]
            self._task.environment = [*own, variables]

    def _spoken(self, outcome: dict[str, typing.Any], variables: dict[str, typing.Any]) -> dict[str, typing.Any]:
        """In a role of this collection a failure names the role's variables, which are what its user knows."""
        if getattr(self._task._role, "_role_collection", None) != "ownkey.acr":
            return outcome
        registries = (variables.get("__acr_cmk_derived") or {}).get("registries_variable", "acr_cmk_registry")
        answer = role_words.spoken(outcome, self._task.action.rsplit(".", 1)[-1], registries=str(registries))
        if variables.get("__acr_cmk_is_lookup") and self._display.verbosity == 1:
            # what the role makes of it is shown by its later tasks
            answer["_ansible_verbose_override"] = True
        if isinstance(answer.get("failure"), dict):
            # ansible-core's own copy of the message, which it would print instead
            answer.pop("exception", None)
        return answer

    def _run_here(self, variables: dict[str, typing.Any], environment: dict[str, typing.Any]) -> dict[str, typing.Any]:
        """What ActionBase does to run a module, with a fork in place of another Python."""
        arguments = dict(self._task.args)
        self._update_module_args(self._task.action, arguments, variables)
        encoder = get_module_encoder(_PROFILE, Direction.CONTROLLER_TO_MODULE)
        message = json.dumps({"ANSIBLE_MODULE_ARGS": arguments}, cls=encoder).encode()
        texts = {str(name): str(value) for name, value in environment.items()}
        folder = self._loader.get_basedir()

        def work(tell: typing.Callable[[str], None]) -> None:
            os.environ.update(texts)
            os.chdir(folder)
            _be_a_module(self.operation, message, tell)

        output = fork(work, self._tell)
        self._used_interpreter = f"#!{sys.executable}"
        stdout, stderr = (text.decode(errors="replace") for text in (output.stdout, output.stderr))
        answer: typing.Any = self._parse_returned_data(
            {
                "rc": output.status,
                "stdout": stdout,
                "stdout_lines": stdout.splitlines(),
                "stderr": stderr,
                "stderr_lines": stderr.splitlines(),
            },
            _PROFILE,
        )
        if hasattr(answer, "as_result_dict"):
            # an object in newer versions of ansible-core
            answer.remove_internal_keys()
            return answer.as_result_dict(for_round_trip=True)
        clean.remove_internal_keys(answer)
        return answer

    def _tell(self, line: str) -> None:
        """Show what a task tells while it goes on: how far it is to who watches a terminal or a job in AWX, all of it
        to whoever asks for it."""
        if self._task.no_log:
            return
        text = f"{self._task.get_name()}: {line}"
        if line.startswith(PROGRESS) and (_IS_WATCHED or is_in_awx(os.environ)):
            self._display.display(text)
        else:
            self._display.v(text)


def _be_a_module(operation: Operation, message: bytes, tell: typing.Callable[[str], None]) -> None:
    """Make this process, a fork of the controller's, what the process of a module is, and run it.

    :param message: the arguments, as the controller sends them to a module.
    """
    _internal.is_controller = False
    _traceback._is_traceback_enabled = _traceback._is_module_traceback_enabled
    # ANSIBLE_LOG_PATH makes the controller log, and with it whatever it has loaded
    logging.basicConfig(force=True, handlers=[logging.NullHandler()], level=logging.WARNING)
    tempfile.tempdir = None
    basic._ANSIBLE_ARGS, basic._ANSIBLE_PROFILE = message, _PROFILE
    try:
        run_module(operation, tell)
    except Exception as error:
        _loader._handle_exception(error, _PROFILE)
