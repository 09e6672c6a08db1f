# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pathlib
import sys

_HERE = pathlib.Path(__file__).resolve().parent
# ansible-test looks nowhere else than in Ansible's own folders
sys.path[:0] = [str(_HERE / "plugins" / "module_utils"), str(_HERE.parent)]
