# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.ownkey.acr.plugins.modules import record_settle
from ansible_collections.ownkey.acr.plugins.plugin_utils._in_process import InProcessAction


class ActionModule(InProcessAction):
    """Runs the module of the same name in the controller's process when that is the same thing."""

    operation = record_settle.OPERATION
