# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One operation in a process of its own, which holds nothing else: its processor time, memory, time and result.

A JSON object comes in: ``module``, ``options``, and whether sleeping moves the local Azure's clock (``moves``). One
goes out.
"""

from __future__ import annotations

import importlib
import json
import os
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / ".cache" / "collections"))

from ansible_collections.ownkey.acr.plugins.module_utils._azure import sdk
from ansible_collections.ownkey.acr.plugins.module_utils._clock import Stop, SystemClock
from local_azure.client import Control
from support.direct import Direct, MovingClock

from benchmark import memory


def main() -> int:
    given = json.load(sys.stdin)
    control = Control(os.environ["LOCAL_AZURE_URL"])
    clock = MovingClock(control) if given.get("moves") else SystemClock(Stop())
    direct = Direct(dict(os.environ), clock)
    module = importlib.import_module(f"ansible_collections.ownkey.acr.plugins.modules.{given['module']}")
    # what every task has to load is no part of what a registry costs
    sdk.preload(module.OPERATION.clients)
    began, processor = time.monotonic(), time.process_time()
    result = direct(given["module"], **given["options"])
    figures = {
        "seconds": time.monotonic() - began,
        "processor": time.process_time() - processor,
        "memory": memory.most("self"),
        "slept": getattr(clock, "slept", 0.0),
        "failed": bool(result.get("failed")),
        "msg": str(result.get("msg", ""))[:2000],
        "registries": len(result.get("registries") or []),
        "changed": sum(bool(row.get("changed")) for row in result.get("registries") or []),
    }
    json.dump(figures, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
