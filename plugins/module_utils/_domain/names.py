# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Names that Azure would reject, rejected before anything is asked of Azure.

Source: "Naming rules and restrictions for Azure resources" (Azure Resource Manager documentation), and the rules that
the services print in their own errors; ``docs/azure-behaviour.md``, "Names".
"""

from __future__ import annotations

import re

from .failure import Failure

_RULES = {
    "registry": (re.compile(r"[A-Za-z0-9]{5,50}"), "5 to 50 letters and digits, nothing else"),
    "vault": (
        re.compile(r"(?=.{3,24}\Z)[A-Za-z](?:-?[A-Za-z0-9])*"),
        "3 to 24 letters, digits and single hyphens; it begins with a letter and ends with a letter or digit",
    ),
    "key": (re.compile(r"[A-Za-z0-9-]{1,127}"), "1 to 127 letters, digits and hyphens"),
    "identity": (
        re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{2,127}"),
        "3 to 128 letters, digits, hyphens and underscores; it begins with a letter or digit",
    ),
    "resource group": (
        re.compile(r"(?=.{1,90}\Z)[\w().-]*[\w()-]"),
        "1 to 90 letters, digits, underscores, hyphens, parentheses and periods, no period at the end",
    ),
}

_GUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)


def check(kind: str, name: str | None, *, parameter: str = "name") -> str:
    """The name, if Azure would take it.

    :param kind: ``registry``, ``vault``, ``key``, ``identity`` or ``resource group``.
    :param parameter: the module option it came from.
    :raises Failure: with the rule that it breaks.
    """
    pattern, rule = _RULES[kind]
    if name and pattern.fullmatch(name):
        return name
    what = f"{name!r} is not a name for a {kind} that Azure would take." if name else f"The {kind}'s name is empty."
    raise Failure(what, parameter=parameter, hint=f"A {kind}'s name has {rule}.", code="invalid_name")


def is_guid(text: str) -> bool:
    """Whether a text is a GUID, as client ids and principal ids are."""
    return bool(_GUID.fullmatch(text))
