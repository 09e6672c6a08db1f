# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to the collection ownkey.acr: may change at any time.
"""What a task is part of: the run, the playbook, the job of AWX, for the record of what it changes."""

from __future__ import annotations

import json
import os
import socket
import typing
import uuid

from ansible import context
from ansible.plugins.action import ActionBase
from ansible_collections.ownkey.acr.plugins.module_utils._recording import ORIGIN, PLACE

#: One for all forks of a run: this is loaded before they fork.
_RUN = str(uuid.uuid4())
#: What AWX gives its jobs as extra variables (ansible/awx, ``awx/main/models/unified_jobs.py`` and ``jobs.py``,
#: ``awx_meta_vars``).
_AWX = {"awx_job": "job_id", "awx_template": "job_template_name", "awx_user": "user_name"}


def environment(action: ActionBase, variables: typing.Mapping[str, typing.Any]) -> dict[str, str]:
    """The environment variable that tells an operation of it; none where no record is asked for.

    :param variables: the task's.
    """
    if not action._task.args.get("record") and not os.environ.get(PLACE) and not _names_place(action):
        return {}
    words = {
        "run": _RUN,
        "playbook": _playbook(),
        "play": variables.get("ansible_play_name"),
        "host": variables.get("inventory_hostname"),
        "controller": socket.gethostname(),
        **{name: _of_awx(variables, key) for name, key in _AWX.items()},
    }
    return {ORIGIN: json.dumps({name: str(value) for name, value in words.items() if value not in (None, "")})}


def _names_place(action: ActionBase) -> bool:
    """Whether the task's own environment names a place; one that is still to be worked out may."""
    blocks = action._task.environment or []
    return any(
        not isinstance(block, dict) or PLACE in block for block in (blocks if isinstance(blocks, list) else [blocks])
    )


def _playbook() -> str:
    """The playbooks of the command line; nothing for what is no run of ansible-playbook."""
    arguments = context.CLIARGS.get("args")
    if "module_name" in context.CLIARGS or not isinstance(arguments, (list, tuple)):
        return ""
    return ", ".join(str(one) for one in arguments)


def _of_awx(variables: typing.Mapping[str, typing.Any], name: str) -> object:
    return variables.get(f"awx_{name}") or variables.get(f"tower_{name}")
