# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to the collection ownkey.acr: may change at any time.

from __future__ import annotations

import pathlib
import typing

import yaml
from ansible_collections.ownkey.acr.plugins.modules import cmk_report
from ansible_collections.ownkey.acr.plugins.plugin_utils._in_process import InProcessAction

#: The collection's own controls; a module that runs by itself has its Python files and nothing else.
CONTROLS = pathlib.Path(__file__).resolve().parents[2] / "roles" / "report" / "files" / "controls.yml"


class ActionModule(InProcessAction):
    """Runs the module of the same name in the controller's process when that is the same thing."""

    operation = cmk_report.OPERATION

    def run(self, tmp: str | None = None, task_vars: dict[str, typing.Any] | None = None) -> dict[str, typing.Any]:
        """Run the task, with the collection's own controls before those that were given."""
        others = self._task.args.get("controls") or []
        if isinstance(others, list):
            own = yaml.safe_load(CONTROLS.read_text(encoding="utf-8"))["controls"]
            self._task.args["controls"] = [*own, *others]
        return super().run(tmp, task_vars)
