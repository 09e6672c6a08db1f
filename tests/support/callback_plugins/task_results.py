# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import os
import urllib.request

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = r"""
name: task_results
type: notification
short_description: Write each task's result to a file
description:
  - Writes a line of JSON for each task to the file that E(TASK_RESULTS_FILE) names. For tests and the demo.
  - A task named C(load FILE) first puts the state in that file into the local Azure at E(LOCAL_AZURE_URL).
"""


class CallbackModule(CallbackBase):
    """Writes each task's result as a line of JSON."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "task_results"
    CALLBACK_NEEDS_ENABLED = True

    def _write(self, result, state):
        path = os.environ.get("TASK_RESULTS_FILE")
        if path:
            task = getattr(result, "task", None) or result._task
            outcome = getattr(result, "result", None) or result._result
            outcome = {**outcome, "failed": state == "failed"}
            entry = {"task": task.get_name(), "action": task.action, "result": outcome}
            with open(path, "a", encoding="utf-8") as stream:
                stream.write(json.dumps(entry, default=str) + "\n")

    def v2_playbook_on_task_start(self, task, is_conditional):
        name = task.get_name()
        if name.startswith("load "):
            with open(name.removeprefix("load "), "rb") as stream:
                url = os.environ["LOCAL_AZURE_URL"] + "/state"
                request = urllib.request.Request(url, data=stream.read(), method="PUT")
            opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            opener.open(request, timeout=60).close()

    def v2_runner_on_ok(self, result):
        self._write(result, "ok")

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self._write(result, "failed")
