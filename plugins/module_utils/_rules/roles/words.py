# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""A module's failure in the words of who uses a role: with the role's variables in place of the module's options."""

from __future__ import annotations

import re

from ..._domain.ansible import Result

PREFIX = "acr_cmk_"
#: Options whose variable has the same name behind the prefix.
_SAME = (
    "access",
    "confirm",
    "identity",
    "key",
    "key_version",
    "key_versions",
    "location",
    "max_age",
    "pick_up",
    "purge_protection",
    "record",
    "record_key",
    "resource_group",
    "revoke_by",
    "rotation_mode",
    "subscription_id",
    "tags",
    "vault",
    "verify_data",
)
_OTHERS = {
    "allow_vault_without_purge_protection": "purge_protection",
    "identities": "identity",
    "key_identifier": "key",
    "network_acls": "vault_firewall",
    "principal_id": "identity",
    "size": "key_size",
    "version": "key_version",
    "source": "move_from",
    **{
        option: f"report_{option}"
        for option in (
            "subscriptions",
            "management_groups",
            "to",
            "language",
            "formats",
            "period",
            "previous",
            "controls",
        )
    },
    **{
        option: f"move_{option}"
        for option in ("finish", "leave_behind", "passwords_file", "role_assignments", "verify")
    },
}
#: What the option ``name`` names, by module.
_NAMED = {
    "acr_cmk_move": "registry",
    "acr_cmk_registry": "registry",
    "acr_cmk_registry_info": "registry",
    "keyvault": "vault",
    "keyvault_rsa_key": "key",
    "managed_identity": "identity",
    "resource_group": "resource_group",
}


def variable(module: str, option: str, *, registries: str) -> str | None:
    """The variable that an option's value comes from; None for one that no role sets.

    :param module: the module's name without the collection's.
    :param registries: the variable in which the registries were given.
    """
    if option == "registries":
        return registries
    if option == "name":
        return PREFIX + _NAMED[module] if module in _NAMED else None
    if option in _SAME:
        return PREFIX + option
    return PREFIX + _OTHERS[option] if option in _OTHERS else None


def spoken(result: Result, module: str, *, registries: str) -> Result:
    """A module's result as its role shows it; one that is no failure is left as it is.

    ``failure.parameter`` becomes the variable, and ``failure.option`` keeps the option.
    """
    failure = result.get("failure")
    if not result.get("failed") or not isinstance(failure, dict):
        return dict(result)
    option = str(failure.get("parameter") or "")
    named = variable(module, option, registries=registries) if option else None
    message = str(result.get("msg", ""))
    words = dict(failure)
    if named:
        message = re.sub(rf"^{re.escape(option)}: ", f"{named}: ", message)
        words |= {"parameter": named, "option": option}
    message = _text(message, module, registries)
    if words.get("code") == "confirmation_needed":
        message += f" On the command line: {confirmation(result)}"
    return {**result, "msg": message, "failure": words}


def confirmation(result: Result) -> str:
    """What confirms everything that a result would make unreadable, to be pasted into a command line."""
    named = ",".join(sorted(str(label) for label in result.get("confirm") or []))
    return f"-e {PREFIX}confirm={named}"


def _text(text: str, module: str, registries: str) -> str:
    """A text with the options that stand in it replaced, where it is sure that they are meant."""
    text = text.replace("allow_vault_without_purge_protection: true", f"{PREFIX}purge_protection: false")
    # hints that name both
    text = re.sub(r"\w+(: \w+)?, or (acr_cmk_\w+) for the playbooks", r"\2\1", text)
    text = re.sub(r"\w+(: \w+)? \((?:for the playbooks )?(acr_cmk_\w+)(?: for the playbooks)?\)", r"\2\1", text)
    text = re.sub(
        r"\bSet recover: true to bring it back", f"Bring it back with ownkey.acr.{module} and recover: true", text
    )

    def replaced(match: re.Match[str]) -> str:
        return variable(module, match[0], registries=registries) or match[0]

    with_underscore = [option for option in (*_SAME, *_OTHERS) if "_" in option]
    text = re.sub(
        rf"(?<![\w.=/-])(?:{'|'.join(sorted(with_underscore, key=len, reverse=True))})(?![\w=/-])", replaced, text
    )
    return re.sub(r"(?<=\bLeave )\w+(?= out\b)", replaced, text)
