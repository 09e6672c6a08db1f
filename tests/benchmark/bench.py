# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the rows of the fleet's table share: a local Azure with so many registries, and our operations against it."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys
import time
import typing

from ansible_collections.ownkey.acr.plugins.module_utils._clock import Stop, SystemClock
from support.contoso import Contoso
from support.direct import Direct
from support.fleet import multiply, prototypes
from support.playbooks import Ansible, fresh_folder

from .far import Far

_OWN = pathlib.Path(__file__).with_name("own.py")
KEYS = 10
#: Recorded on real Azure: 10 to 15.
OPERATION_SECONDS = 12.0
Figures = dict[str, typing.Any]


class Bench:
    """A local Azure in another process, with a vault of ten keys.

    :param folder: for what clients keep at home.
    """

    def __init__(self, far: Far, folder: pathlib.Path) -> None:
        self.far, self.control = far, far.control
        self.environment = {**far.environment, "HOME": str(folder)}
        os.environ.update(self.environment)
        self.control.settings(operation_seconds=0.05)
        self.ansible = Ansible(fresh_folder(folder / "ours"), far.environment)
        contoso, direct = Contoso(self.ansible), Direct(self.environment, SystemClock(Stop()))
        contoso.vault()
        modes = {"automatic": "free", "manual": "pinned"}
        self._names = {
            mode: prototypes(contoso, direct, keys=KEYS, name=name, rotation_mode=mode) for mode, name in modes.items()
        }
        self._state = json.dumps(self.control.state())

    def registries(self, number: int, *, mode: str, subscriptions: int = 1) -> list[str]:
        """Begin with so many registries on ten keys and no others, throttling and operations not begun: their ids.

        The hour in which each looks for a new version begins at another moment.

        :param mode: ``automatic`` (versionless) or ``manual`` (pinned).
        """
        self.control.settings(throttle=False, operation_seconds=0.0)
        state, names = json.loads(self._state), self._names[mode]
        ids = multiply(state, names, each=number // KEYS // subscriptions, subscriptions=subscriptions)
        registries, wanted = state["data"]["registries"], {one.lower() for one in ids}
        # the local Azure's clock goes back to where it was in this state
        now = time.time() + state["clock_offset"]
        for place, key in enumerate(list(registries)):
            if key not in wanted:
                del registries[key]
            else:
                registries[key]["next_check"] = now + 3600 * place / len(registries)
        self.control.load(state)
        self.control.forget_requests()
        return ids

    def own(self, module: str, *, moves: bool = False, **options: typing.Any) -> Figures:
        """See :func:`operation`."""
        return operation(module, self.environment, moves=moves, **options)

    def requests(self) -> list[dict[str, typing.Any]]:
        """Those since the registries were there."""
        return self.control.requests()


def operation(module: str, environment: dict[str, str], *, moves: bool = False, **options: typing.Any) -> Figures:
    """One of our operations in a process of its own.

    :param environment: the variables that lead to the local Azure.
    :param moves: sleeping moves the local Azure's clock.
    :raises SystemExit: when it fails.
    """
    asked = json.dumps({"module": module, "options": options, "moves": moves})
    variables = {**os.environ, **environment}
    command = [sys.executable, str(_OWN)]
    done = subprocess.run(command, input=asked, env=variables, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{module}: {done.stderr}")
    figures: Figures = json.loads(done.stdout)
    if figures["failed"]:
        raise SystemExit(f"{module}: {figures['msg']}")
    return figures
