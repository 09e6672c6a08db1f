# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """What a module supports: check mode, diff mode, idempotence, the action group."""

    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    support: full
    description: In check mode the very plan is made that a real run would carry out, and nothing is written.
  diff_mode:
    support: full
    description: Returns what was there before and what is there after.
  idempotent:
    support: full
    description: When run twice in a row, the second run changes nothing.
"""

    INFO = r"""
options: {}
attributes:
  check_mode:
    support: full
    description: Nothing is ever changed.
  diff_mode:
    support: N/A
    description: Nothing is ever changed.
  idempotent:
    support: full
    description: Nothing is ever changed.
"""

    ACTIONGROUP_AZURE = r"""
options: {}
attributes:
  action_group:
    description: Use C(group/ownkey.acr.azure) in C(module_defaults) to set the options to sign in once for all modules.
    support: full
    membership:
      - ownkey.acr.azure
notes:
  - On localhost this module runs in a fork of ansible-playbook, which saves the start of a Python for each task. With
    C(become), C(async), another connection or another C(ansible_python_interpreter), and on macOS, it runs as any other
    module does, with the same result. C(-vvv) says why.
  - After a time-out (the keyword C(timeout)) or a signal nothing more begins. What Azure had been asked for already may
    still take effect.
"""
