# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to the collection ownkey.acr: may change at any time.

from __future__ import annotations

import os
import pathlib
import typing

import yaml
from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase
from ansible_collections.ownkey.acr.plugins.module_utils._domain.failure import Failure
from ansible_collections.ownkey.acr.plugins.module_utils._rules.roles import variables as role_variables
from ansible_collections.ownkey.acr.plugins.module_utils._rules.roles.values import Unreadable
from ansible_collections.ownkey.acr.plugins.plugin_utils._plain import plain

_ROLES = pathlib.Path(__file__).resolve().parents[2] / "roles"


def _specs(role: str) -> dict[str, typing.Any]:
    path = _ROLES / role / "meta" / "argument_specs.yml"
    return yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


class ActionModule(ActionBase):
    """Checks the ``acr_cmk_*`` variables of a role, wherever they were set, and returns what follows from them."""

    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, typing.Any] | None = None) -> dict[str, typing.Any]:
        """Run the task."""
        result = super().run(tmp, task_vars)
        del tmp
        role = str(self._task.args["role"])
        words = role_variables.vocabulary(_specs("acr_cmk"), _specs(role))
        given = {
            str(name): self._value(value)
            for name, value in (task_vars or {}).items()
            if str(name).lower().startswith(role_variables.PREFIX)
        }
        if role_variables.is_of_collection(str((task_vars or {}).get("playbook_dir") or "")):
            # a worker is where ansible-playbook was started
            given = role_variables.seen_from(os.getcwd(), given)
        given = role_variables.of_host(role, given, self._value((task_vars or {}).get("acr_registry")))
        try:
            derived = role_variables.derived(role, given, words)
        except Failure as failure:
            return {**result, "changed": False, **failure.result()}
        # quiet at every verbosity: nobody asked for it
        return {**result, "changed": False, **derived, "_ansible_verbose_override": True}

    def _value(self, value: typing.Any) -> typing.Any:
        """A variable's value, templated; one that is left out by ``omit`` counts as null."""
        try:
            return plain(self._templar.template(value))
        except AnsibleError as error:
            if type(error).__name__ == "AnsibleValueOmittedError":
                return None
            return Unreadable(f"its value cannot be worked out: {error.message.rstrip('.')}.")
