# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What role assignments say when they say no (docs/azure-behaviour.md, "Roles")."""

from __future__ import annotations

from ..resource_manager.errors import refuse
from ..routing import Refusal


def principal_not_found(tenant: str, principal: str) -> Refusal:
    text = (
        f"Principal {principal.replace('-', '')} does not exist in the directory {tenant}. Check that you have the "
        "correct principal ID. If you are creating this principal and then immediately assigning a role, this error "
        "might be related to a replication delay. In this case, set the role assignment principalType property to a "
        "value, such as ServicePrincipal, User, or Group.  See https://aka.ms/docs-principaltype"
    )
    return refuse(400, "PrincipalNotFound", text)


def unmatched_type(principal: str, kind: str, asked: str) -> Refusal:
    """The principal is of another kind than the request says; the spelling is Azure's."""
    text = (
        f"The PrincipalId '{principal.replace('-', '')}' has type '{kind}' , which is different from specified "
        f"PrinciaplType '{asked}'."
    )
    return refuse(400, "UnmatchedPrincipalType", text)
