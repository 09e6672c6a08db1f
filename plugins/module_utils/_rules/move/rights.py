# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Which roles a move takes at a registry's data plane, told to whoever is refused there.

Sources: Microsoft, "Microsoft Entra permissions and role assignments overview" (``AcrPull``, ``AcrPush``) and
"Microsoft Entra ABAC repository permissions": where roles go by repository, neither these nor Owner give any data.
"""

from __future__ import annotations

from ..._domain.failure import Failure
from ..._domain.registry import Registry
from ..._domain.words import listed
from ..image.proof import state_of

_LISTER = "Container Registry Repository Catalog Lister"
_READER, _WRITER = "Container Registry Repository Reader", "Container Registry Repository Writer"


def explained(failure: Failure, source: Registry, target: Registry | None, *, finish: bool) -> Failure:
    """A failure, with the roles that are missing where a registry's data plane refuses the caller.

    :param finish: the source is to be closed, which takes a right to write there.
    """
    state = state_of(status=failure.status, message=failure.message, unreachable=False)
    if failure.status is None or state != "not_permitted":
        return failure
    sides = [(source, "source", finish), *([(target, "name", True)] if target else [])]
    for registry, parameter, writes in sides:
        if registry.login_server in failure.message:
            roles = _roles(registry, writes=writes)
            why = " Its roles go by repository: Owner, AcrPull and AcrPush do not count." * registry.goes_by_repository
            command = "; ".join(
                f'az role assignment create --assignee YOU --role "{role}" --scope {registry.id}' for role in roles
            )
            return Failure(
                f"{failure.message}{why}",
                parameter=parameter,
                hint=f"It takes {listed(roles)} there ({command}). A role takes up to ten minutes until it counts.",
                code="caller_denied",
                azure=failure.azure,
                details=failure.details,
            )
    return failure


def _roles(registry: Registry, *, writes: bool) -> list[str]:
    if registry.goes_by_repository:
        return [_LISTER, _WRITER if writes else _READER]
    return ["AcrPush" if writes else "AcrPull"]
