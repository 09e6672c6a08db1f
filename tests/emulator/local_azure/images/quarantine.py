# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The quarantine of a registry: what is not marked as passed cannot be pulled, but by who looks for vulnerabilities.

Source: Azure/acr ``docs/preview/quarantine``.
"""

from __future__ import annotations

import typing

from ..authorization import decide
from ..registries import policies
from ..routing import Call
from . import errors, tokens

#: What a manifest has of it among its changeable attributes.
ATTRIBUTES = ("quarantineState", "quarantineDetails")
_PROVIDER = "Microsoft.ContainerRegistry/registries/quarantine"


def _may(call: Call, registry: dict[str, typing.Any], right: str) -> bool:
    subject = call.principal
    return subject == tokens.ADMIN or decide.allowed(call.world, subject, f"{_PROVIDER}/{right}", registry["id"])


def require_passed(call: Call, registry: dict[str, typing.Any], entry: typing.Mapping[str, typing.Any]) -> None:
    """Let a pull pass of what is marked as passed, or by who may read what is in quarantine.

    :raises Refusal: 404 by tag, 405 by digest.
    """
    passed = entry.get("attributes", {}).get("quarantineState") == "Passed"
    if not policies.is_on(registry, "quarantinePolicy") or passed or _may(call, registry, "read"):
        return
    reference = call.params["reference"]
    raise errors.disallowed() if ":" in reference else errors.manifest_unknown(call.params["name"], reference)


def change(call: Call, registry: dict[str, typing.Any], entry: dict[str, typing.Any]) -> None:
    """Take what a request says of the quarantine out of its body, and keep it.

    :raises Refusal: 405 for who may not.
    """
    wanted = {name: call.body.pop(name) for name in ATTRIBUTES if name in call.body}
    if not wanted:
        return
    if wanted.get("quarantineState", "Passed") not in ("Passed", "Failed"):
        raise errors.attribute_invalid("'quarantineState' is neither Passed nor Failed")
    if not _may(call, registry, "write"):
        raise errors.disallowed()
    entry["attributes"] = {**entry.get("attributes", {}), **wanted}
