# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""The steps that change a registry."""

from __future__ import annotations

import dataclasses

from ..._domain.key_identifier import KeyIdentifier
from ..._domain.plan import Plan, Step
from ..._domain.wire import Body


@dataclasses.dataclass(frozen=True)
class RegistryStep(Step):
    """One change of a registry.

    :param body: what is sent.
    :param location: of a replica, without spaces.
    :param key: of ``set_encryption``: the key that it is to use.
    :param identity: of ``set_encryption``: a client id or ``system``.
    """

    # again, since some tools do not see what is inherited
    action: str
    text: str
    body: Body = dataclasses.field(default_factory=dict)
    location: str = ""
    key: KeyIdentifier | None = None
    identity: str = ""


RegistryPlan = Plan[RegistryStep]


def encryption_body(key_identifier: str, identity: str | None) -> Body:
    """The PATCH that sets key and identity, and nothing else."""
    properties = {"keyIdentifier": key_identifier, "identity": identity}
    return {"properties": {"encryption": {"status": "enabled", "keyVaultProperties": properties}}}
