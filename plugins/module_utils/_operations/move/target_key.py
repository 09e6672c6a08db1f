# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Whether the target can use its key: if not, it takes nothing, and says so image by image and late."""

from __future__ import annotations

from ..._domain.failure import Failure
from ..._domain.registry import Registry
from ..._operation import Task
from ..._rules.health.causes import causes
from ..._rules.image.proof import state_of
from ..health import observe
from ..identity.lookup import key_identity

#: With an expired key nothing new is wrapped, but what was wrapped is of use: images come and go.
_OF_NO_MATTER = ("key_expired",)


def check(task: Task, target: Registry) -> None:
    """Before anything is made: nothing that can be seen keeps the target from its key.

    Whatever the caller may not see is taken to be in order.

    :raises Failure: with the cause.
    """
    in_use = target.encryption.current if target.encryption else None
    if in_use is None:
        return
    observation = observe.of_registry(task.session, in_use, key_identity(task.session, target), target)
    if any(one.severity == "error" and one.code not in _OF_NO_MATTER for one in causes(observation)):
        raise observe.refuse(observation, parameter="name")


def explained(task: Task, failure: Failure, target: Registry | None) -> Failure:
    """A failure, with its cause where the target refuses everything for want of its key."""
    state = state_of(status=failure.status, message=failure.message, unreachable=False)
    in_use = target.encryption.current if target and target.encryption else None
    if target is None or in_use is None or state != "locked" or target.login_server not in failure.message:
        return failure
    observation = observe.of_registry(task.session, in_use, key_identity(task.session, target), target)
    cause = observe.refuse(observation, azure=failure.azure, parameter="name")
    return Failure(
        f"{target.label} cannot use its key. {cause.message}",
        parameter="name",
        hint=cause.hint,
        code=cause.code,
        azure=failure.azure,
        findings=cause.findings,
        details=failure.details,
    )
