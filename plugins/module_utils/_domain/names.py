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
from .words import shown

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
    "management group": (
        re.compile(r"(?=.{1,90}\Z)[\w().-]*[\w()-]"),
        "1 to 90 letters, digits, underscores, hyphens, parentheses and periods, no period at the end; what the portal "
        "calls its ID, not its display name",
    ),
    "region": (
        re.compile(r"(?=.{1,60}\Z)[A-Za-z0-9]+(?: [A-Za-z0-9]+)*"),
        "letters, digits and spaces, as in westeurope or West Europe",
    ),
}

_GUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE | re.ASCII)
_VERSION = re.compile(r"[0-9a-f]{32}", re.IGNORECASE | re.ASCII)
_TENANT = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}", re.IGNORECASE | re.ASCII)


def check(kind: str, name: str | None, *, parameter: str = "name") -> str:
    """The name, if Azure would take it.

    :param kind: ``registry``, ``vault``, ``key``, ``identity``, ``resource group`` or ``region``.
    :param parameter: the module option it came from.
    :raises Failure: with the rule that it breaks.
    """
    if name and is_name(kind, name):
        return name
    _pattern, rule = _RULES[kind]
    what = (
        f"{shown(name)} is not a name for a {kind} that Azure would take." if name else f"The {kind}'s name is empty."
    )
    raise Failure(what, parameter=parameter, hint=f"A {kind}'s name has {rule}.", code="invalid_name")


def is_name(kind: str, name: str) -> bool:
    """Whether Azure would take a name for a kind of thing, see :func:`check`."""
    return bool(_RULES[kind][0].fullmatch(name))


def is_guid(text: str) -> bool:
    """Whether a text is a GUID, as client ids and principal ids are."""
    return bool(_GUID.fullmatch(text))


def is_key_version(text: str) -> bool:
    """Whether a text has the form of a key's version, 32 hexadecimal digits."""
    return bool(_VERSION.fullmatch(text))


def check_guid(text: str, *, parameter: str, what: str) -> str:
    """A GUID.

    :param what: what it is the id of, as in "a subscription".
    :raises Failure: for anything else.
    """
    if is_guid(text):
        return text
    raise Failure(
        f"{shown(text)} is not the id of {what}.",
        parameter=parameter,
        hint="Such an id is a GUID, as in 11111111-2222-3333-4444-555555555555.",
        code="malformed_id",
    )


def check_tenant(text: str, *, parameter: str = "tenant") -> str:
    """A tenant, by its id or by one of its domains.

    :raises Failure: for anything else.
    """
    if is_guid(text) or _TENANT.fullmatch(text):
        return text
    raise Failure(
        f"{shown(text)} is not a tenant.",
        parameter=parameter,
        hint="Give its id, a GUID, or one of its domains, as in contoso.onmicrosoft.com.",
        code="malformed_id",
    )


def check_key_version(text: str, *, parameter: str = "version") -> str:
    """A key's version.

    :raises Failure: for anything else.
    """
    if is_key_version(text):
        return text
    raise Failure(
        f"{shown(text)} is not the version of a key.",
        parameter=parameter,
        hint="A version has 32 hexadecimal digits.",
        code="malformed_key_version",
    )
