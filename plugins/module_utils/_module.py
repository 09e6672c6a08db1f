# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""The way from an operation to an Ansible module."""

from __future__ import annotations

import os
import select
import typing

from ansible.module_utils.basic import AnsibleModule

from ._argspec import in_own_case, without_empty
from ._clock import Stop, Stopped
from ._domain.failure import Failure
from ._operation import Operation, Params, execute
from ._rules import options

#: What Ansible writes in place of a secret.
_HIDDEN = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"


def run_module(operation: Operation, tell: typing.Callable[[str], None] | None = None) -> None:
    """Run an operation as the module that this process is.

    :param tell: takes lines that say what is waited for; a module has nobody to tell.
    """
    module = _Module(argument_spec=operation.spec.options, supports_check_mode=True, **operation.spec.rules())
    try:
        result = execute(
            operation,
            module.params,
            check_mode=module.check_mode,
            environ=os.environ,
            tell=tell,
            stop=Stop(_unheard),
        )
    except Stopped:
        raise SystemExit(1) from None
    for text in result.pop("warnings", []):
        module.warn(text)
    if not module._diff:
        result.pop("diff", None)
    if result.get("failed"):
        module.fail_json(**result)
    module.exit_json(**result)


class _Module(AnsibleModule):  # type: ignore[misc]
    """AnsibleModule, for which an empty text of any type is an option that was not given, and a choice may be in any
    case; what is wrong with the options is told as every other failure is."""

    def _load_params(self) -> None:
        super()._load_params()
        self.params: Params = in_own_case(without_empty(self.params, self.argument_spec), self.argument_spec)

    def fail_json(self, msg: str, **result: typing.Any) -> None:
        """Fail; of what Ansible itself found wrong with the options, with a code, and with what is meant instead."""
        if "failure" not in result:
            misfit = options.misfit(self.argument_spec, self.params) or Failure(msg, code="option")
            msg, result = misfit.sentence(), {**result, "failure": misfit.result()["failure"]}
            # Ansible repeats all that was sent; under a name that no option has, nothing says that it is a secret
            self.params = {
                name: value if name in self.argument_spec else _HIDDEN for name, value in self.params.items()
            }
        super().fail_json(msg, **result)


def _unheard() -> bool:
    """Whether nobody reads this process's output any more: Ansible leaves a module alone when its task times out."""
    output = select.poll()
    # no event is asked for: that the other end is closed is always told
    output.register(1, 0)
    return any(event & (select.POLLERR | select.POLLHUP) for _file, event in output.poll(0))
