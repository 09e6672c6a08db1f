# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to the collection ownkey.acr: may change at any time.
"""The base of the action plugins: run a module's operation in the controller's own process.

The strategy loads an action plugin in the parent process, so the Azure SDK is imported once and every forked worker
inherits it. Whenever in-process would not be the same thing as the module, the module is run instead.
"""

from __future__ import annotations

import datetime
import os
import sys
import typing

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.common.parameters import remove_values
from ansible.plugins.action import ActionBase
from ansible_collections.ownkey.acr.plugins.module_utils._azure import sdk
from ansible_collections.ownkey.acr.plugins.module_utils._operation import Operation, execute
from ansible_collections.ownkey.acr.plugins.module_utils._rules import role_words


def plain(value: typing.Any) -> typing.Any:
    """A copy of a value in Python's own types: templated values carry tags that neither an SDK nor JSON should see."""
    if isinstance(value, dict):
        return {plain(name): plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, str):
        return "".join(value)
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value)
    if isinstance(value, (datetime.date, datetime.time)):
        # YAML's own dates reach a module as text
        return value.isoformat()
    return value


class InProcessAction(ActionBase):
    """An action plugin for one operation; a subclass names it and does nothing else."""

    operation: Operation
    _supports_check_mode = True
    _supports_async = True
    _supports_diff = True

    def __init_subclass__(cls, **options: typing.Any) -> None:
        """Import what the operation needs, in the process that loads the plugin."""
        super().__init_subclass__(**options)
        cls._in_process = sdk.available(cls.operation.clients)

    def run(self, tmp: str | None = None, task_vars: dict[str, typing.Any] | None = None) -> dict[str, typing.Any]:
        """Run the task."""
        result = super().run(tmp, task_vars)
        variables = task_vars or {}
        del tmp
        if not self._in_process or not self._same_thing(variables):
            outcome = self._execute_module(task_vars=variables, wrap_async=self._task.async_val)
        else:
            outcome = self._execute()
        return {**result, **self._spoken(outcome, variables)}

    def _spoken(self, outcome: dict[str, typing.Any], variables: dict[str, typing.Any]) -> dict[str, typing.Any]:
        """In a role of this collection a failure names the role's variables, which are what its user knows."""
        if getattr(self._task._role, "_role_collection", None) != "ownkey.acr":
            return outcome
        registries = (variables.get("__acr_cmk_derived") or {}).get("registries_variable", "acr_cmk_registry")
        return role_words.spoken(outcome, self._task.action.rsplit(".", 1)[-1], registries=str(registries))

    def _same_thing(self, variables: dict[str, typing.Any]) -> bool:
        """Whether running here is the same as running the module."""
        if self._task.async_val or self._connection.become:
            return False
        if self._connection.transport not in ("local", "ansible.builtin.local"):
            return False
        wanted = variables.get("ansible_python_interpreter")
        wanted = self._templar.template(wanted) if wanted else None
        if not wanted or str(wanted).startswith("auto"):
            return True
        return os.path.realpath(str(wanted)) == os.path.realpath(sys.executable) and _same_prefix(str(wanted))

    def _execute(self) -> dict[str, typing.Any]:
        spec, given = self.operation.spec, plain(self._task.args)
        given = {name: value for name, value in given.items() if not str(name).startswith("_ansible_")}
        validated = ArgumentSpecValidator(spec.options, **spec.rules()).validate(given)
        secrets = validated._no_log_values
        invocation = {"invocation": {"module_args": _hidden(validated.validated_parameters, spec.options)}}
        if validated.error_messages:
            return remove_values({"failed": True, "msg": validated.error_messages[0], **invocation}, secrets)
        self._set_environment()
        result = execute(
            self.operation,
            validated.validated_parameters,
            check_mode=bool(self._task.check_mode),
            environ=os.environ,
            tell=lambda line: self._display.v(f"{self._task.get_name()}: {line}"),
        )
        if not self._task.diff:
            result.pop("diff", None)
        return remove_values({**result, **invocation}, secrets)

    def _set_environment(self) -> None:
        """The task's ``environment`` reaches a module with its process; this worker is a process of its own too."""
        final: dict[str, typing.Any] = {}
        self._compute_environment_string(final)
        os.environ.update({str(name): str(value) for name, value in plain(final).items()})


def _same_prefix(interpreter: str) -> bool:
    """Whether an interpreter is of this virtual environment: two of them may share one real file."""
    return os.path.realpath(os.path.dirname(interpreter)) == os.path.realpath(os.path.dirname(sys.executable))


def _hidden(params: dict[str, typing.Any], options: dict[str, dict[str, typing.Any]]) -> dict[str, typing.Any]:
    """The parameters as AnsibleModule shows them: a secret option without its value."""
    secret = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
    return {
        name: secret if options.get(name, {}).get("no_log") and value is not None else value
        for name, value in params.items()
    }
