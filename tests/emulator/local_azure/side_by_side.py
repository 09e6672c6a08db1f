# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Changes of one thing side by side: the one that began before the other took effect is refused, as Key Vault does."""

from __future__ import annotations

import re

from .routing import Call

_VAULT = re.compile(r"(/subscriptions/.*/providers/microsoft\.keyvault/vaults/[^/]+)(/accesspolicies/[^/]+)?")
_KEY = re.compile(r"(/keys/[^/]+)(/.*)?")


def subject(call: Call) -> str | None:
    """What a request changes, where changes side by side are refused: a vault, or a key with its versions."""
    path = call.path.lower().rstrip("/")
    vault = _VAULT.fullmatch(path)
    if vault:
        return vault[1] if call.method in ("PUT", "PATCH") else None
    key = _KEY.fullmatch(path)
    if key is None or ("vault" not in call.host and "managedhsm" not in call.host):
        return None
    changes = call.method == "PATCH" or (call.method == "POST" and path.endswith(("/create", "/rotate")))
    return call.host + key[1] if changes else None


def overtaken(call: Call) -> bool:
    """Whether what the request changes has been changed since the request came in."""
    about = subject(call)
    return about is not None and call.world.changed.get(about, 0) > call.began


def note(call: Call) -> None:
    """The request took effect."""
    about = subject(call)
    if about is not None:
        call.world.changes += 1
        call.world.changed[about] = call.world.changes
