# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""The way from an operation to an Ansible module."""

from __future__ import annotations

import os

from ansible.module_utils.basic import AnsibleModule

from ._operation import Operation, execute


def run_module(operation: Operation) -> None:
    """Run an operation as the module that this process is."""
    module = AnsibleModule(argument_spec=operation.spec.options, supports_check_mode=True, **operation.spec.rules())
    result = execute(operation, module.params, check_mode=module.check_mode, environ=os.environ)
    for text in result.pop("warnings", []):
        module.warn(text)
    if not module._diff:
        result.pop("diff", None)
    if result.get("failed"):
        module.fail_json(**result)
    module.exit_json(**result)
