# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""The command that takes a revocation back."""

from __future__ import annotations

import typing

from ..._domain.registry import Registry


def undo(registries: typing.Sequence[Registry], subscription: str) -> str:
    """The very command that gives the access back.

    :param subscription: the one that this task works in; registries of one group of it go by their names.
    """
    where = {(one.resource_id.subscription.lower(), one.resource_id.group.lower()) for one in registries}
    names = [registry.name for registry in registries]
    place = f" -e acr_cmk_resource_group={registries[0].resource_id.group}"
    if len(where) > 1 or next(iter(where))[0] != subscription.lower() or len(set(names)) < len(names):
        names, place = [registry.id for registry in registries], ""
    variable = "acr_cmk_registry" if len(registries) == 1 else "acr_cmk_registries"
    return f"ansible-playbook ownkey.acr.restore -e {variable}={','.join(names)}{place}"
