# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""One value of a role variable, as people, inventories, surveys and JSON write it: read it, or say what is wrong."""

from __future__ import annotations

import json
import re
import typing

from ..._domain import address, names, record_place, resource_id
from ..._domain import duration as durations
from ..._domain import key_identifier as key_identifiers
from ..._domain import tags as tag_rules
from ..._domain.cloud import CLOUDS
from ..._domain.failure import Failure
from ..._domain.words import either, flaw, nearest, unavailable
from ..._domain.words import shown as _shown
from ..key import plan as key_plan
from ..rotation import canary as canaries

_YES = ("yes", "true", "on", "y", "t", "1")
_NO = ("no", "false", "off", "n", "f", "0")
#: The longest text, in characters, that any variable takes: a resource id.
_LONGEST = 1000


T = typing.TypeVar("T")


class Unreadable(ValueError):
    """A value that is none of its variable's kind; the text is one or more sentences without the variable's name."""


def is_blank(value: typing.Any) -> bool:
    """Whether a value counts as not given: null, nothing but spaces, an empty list or dictionary."""
    return value is None or (isinstance(value, str) and not value.strip()) or value in ([], {})


def text(value: typing.Any) -> str:
    """A text, without the spaces around it; a number counts as its digits.

    :raises Unreadable: for a yes or no, a list and a dictionary.
    """
    if isinstance(value, bool):
        raise Unreadable(f"{value} is a yes or no, not a text. Write it in quotes.")
    if isinstance(value, (list, tuple, dict)):
        raise Unreadable(f"{_shown(value)} is a {'dictionary' if isinstance(value, dict) else 'list'}, not one text.")
    trouble = flaw(str(value).strip(), longest=_LONGEST)
    if trouble:
        raise Unreadable(f"its text {trouble}. Give it anew.")
    return str(value).strip()


def yes_or_no(value: typing.Any) -> bool:
    """A yes or no, in any of the words of YAML and AWX.

    :raises Unreadable: for another word.
    """
    if isinstance(value, bool):
        return value
    word = str(int(value) if isinstance(value, float) and value.is_integer() else value).strip().lower()
    if word in (*_YES, *_NO):
        return word in _YES
    near = nearest(word, [choice for choice in (*_YES, *_NO) if len(choice) > 1]) if isinstance(value, str) else None
    raise Unreadable(f"{_shown(value)} is neither yes nor no{_meant(near)} Write true or false.")


def _meant(near: str | None) -> str:
    return f"; did you mean {near}?" if near else "."


def choice(value: typing.Any, choices: typing.Sequence[str]) -> str:
    """One of some words, in any case.

    :raises Unreadable: for another word.
    """
    word = str(value).strip() if isinstance(value, bool) else text(value)
    for one in choices:
        if one.lower() == word.lower():
            return one
    raise Unreadable(" ".join(unavailable(word, choices)))


def number(value: typing.Any, choices: typing.Sequence[int]) -> int:
    """One of some whole numbers, as number or as text.

    :raises Unreadable: for anything else.
    """
    whole = isinstance(value, float) and value.is_integer()
    digits = str(int(value)) if whole else text(value)
    is_number = digits.isdecimal() and digits.isascii()
    if is_number and int(digits) in choices:
        return int(digits)
    what = "is not to be had" if is_number else "is no whole number"
    raise Unreadable(f"{digits if is_number else _shown(digits)} {what}. Give {either(choices)}.")


def several(value: typing.Any) -> list[str]:
    """A list of texts, also as one text with commas or lines, or as JSON; without blanks and duplicates.

    :raises Unreadable: for a dictionary, and for lists in the list.
    """
    if isinstance(value, str):
        value = _json(value, "[") if value.strip().startswith("[") else re.split(r"[,;\n]", value)
    elif isinstance(value, dict):
        raise Unreadable(f"{_shown(value)} is a dictionary, not a list.")
    elif not isinstance(value, (list, tuple)):
        value = [value]
    pieces = [item.split(",") if isinstance(item, str) else [item] for item in value if not is_blank(item)]
    parts = [text(piece) for some in pieces for piece in some]
    return list(dict.fromkeys(part for part in parts if part))


def tags(value: typing.Any) -> dict[str, str]:
    """Tags: a dictionary of texts, also as JSON. Numbers and yes or no count as their text.

    :raises Unreadable: for anything else.
    """
    if isinstance(value, str):
        value = _json(value, "{")
    if not isinstance(value, dict):
        raise Unreadable(
            f'{_shown(value)} is no dictionary. Write {{team: payments}}, or JSON as in {{"team": "payments"}}.'
        )
    # a key has fewer tags: the module says so where it makes one
    _judged(tag_rules.check_limits, value, tag_rules.OF_A_RESOURCE)
    return {str(name).strip(): _tag(one) for name, one in value.items()}


def _tag(value: typing.Any) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value).strip()


def _json(given: str, opening: str) -> typing.Any:
    what = {"{": "dictionary", "[": "list"}[opening]
    try:
        value = json.loads(given)
    except ValueError:
        value = None
    if not isinstance(value, {"{": dict, "[": list}[opening]):
        example = {"{": '{"team": "payments"}', "[": '["contosoacr", "fabrikamacr"]'}[opening]
        raise Unreadable(f"{_shown(given)} is no {what}. As text a {what} is JSON, as in {example}.")
    return value


# --- things of Azure ----------------------------------------------------------------------------------------------


def _judged(judge: typing.Callable[..., T], *values: typing.Any) -> T:
    """What a rule of the domain says of a value.

    :raises Unreadable: where the rule raises a :class:`Failure`.
    """
    try:
        return judge(*values, parameter="")
    except Failure as failure:
        raise Unreadable(f"{failure.message} {failure.hint}") from failure


def _named(kind: str, name: str) -> str:
    return _judged(names.check, kind, name)


def resource_group(value: typing.Any) -> str:
    """A resource group's name.

    :raises Unreadable: for one that Azure would not take.
    """
    name = text(value)
    if name.startswith("/subscriptions/"):
        raise Unreadable(f"{_shown(name)} is a resource id. Give the resource group's name.")
    return _named("resource group", name)


def location(value: typing.Any) -> str:
    """A region, as ``westeurope`` or ``West Europe``.

    :raises Unreadable: for what is not made of letters, digits and spaces.
    """
    return _named("region", text(value))


def subscription(value: typing.Any) -> str:
    """A subscription's id.

    :raises Unreadable: for a name.
    """
    reference = text(value).removeprefix("/subscriptions/").rstrip("/")
    if names.is_guid(reference):
        return reference
    raise Unreadable(
        f"{_shown(reference)} is not the id of a subscription. 'az account list --output table' shows the ids."
    )


def subscriptions(value: typing.Any) -> list[str]:
    """Several subscriptions by their ids, or ``all``.

    :raises Unreadable: when one is neither.
    """
    references = several(value)
    if [one.lower() for one in references] == ["all"]:
        return ["all"]
    return [subscription(one) for one in references]


def management_groups(value: typing.Any) -> list[str]:
    """Several management groups, by name or id.

    :raises Unreadable: when one is neither.
    """
    references = [one.rstrip("/").rsplit("/", 1)[-1] for one in several(value)]
    return [_named("management group", one) for one in references]


def registry(value: typing.Any) -> str:
    """A registry's name.

    :raises Unreadable: for one that Azure would not take.
    """
    name = text(value)
    for cloud in CLOUDS.values():
        if name.lower().endswith(cloud.registry_suffix):
            raise Unreadable(f"{_shown(name)} is the registry's host. Give its name, {name.split('.', 1)[0]}.")
    if "," in name:
        raise Unreadable(f"{_shown(name)} is more than one name. Several go into acr_cmk_registries.")
    return _named("registry", name)


def registry_reference(value: typing.Any) -> str:
    """A registry's name or resource id.

    :raises Unreadable: for neither.
    """
    name = text(value)
    if not name.startswith("/"):
        return registry(value)
    _judged(resource_id.check, name, resource_id.REGISTRY)
    return name


def registry_references(value: typing.Any) -> list[str]:
    """Several registries, each by name or resource id, or ``all`` of them.

    :raises Unreadable: when one is neither.
    """
    references = several(value)
    if [one.strip().lower() for one in references] == ["all"]:
        return ["all"]
    return [registry_reference(one) for one in references]


def canary(value: typing.Any) -> list[str]:
    """The registries that come first: a number, a part as in ``10%``, or names.

    :raises Unreadable: for anything else.
    """
    references = several(value)
    try:
        canaries.canary(references)
    except Failure as failure:
        raise Unreadable(f"{failure.message} {failure.hint or ''}".strip()) from failure
    return references


def percentage(value: typing.Any) -> float:
    """A part of a hundred.

    :raises Unreadable: for anything else.
    """
    written = text(value).removesuffix("%").strip()
    if not re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,6})?", written) or float(written) > 100:
        raise Unreadable(f"{_shown(text(value))} is no percentage. Give a number from 0 to 100.")
    return float(written)


def key_store(value: typing.Any) -> str:
    """A vault's name, or the address of a Managed HSM. A vault's address counts as its name.

    :raises Unreadable: for neither.
    """
    name = text(value)
    if name.startswith("/"):
        raise Unreadable(f"{_shown(name)} is a resource id. Give the vault's name.")
    if "." not in name and "://" not in name:
        return _named("vault", name)
    host = _host(name)
    for cloud in CLOUDS.values():
        if host.endswith(cloud.vault_suffix):
            return _named("vault", host.removesuffix(cloud.vault_suffix))
        if cloud.key_store(host) == "managed_hsm":
            return f"https://{host}"
    raise Unreadable(
        f"{_shown(name)} is neither a vault's name nor the address of a Managed HSM. Write contoso-kv, or "
        "https://contosohsm.managedhsm.azure.net."
    )


def record(value: typing.Any) -> str:
    """Where a record is kept.

    :raises Unreadable: for what is neither the whole path of a file nor the address of a blob.
    """
    place = text(value)
    _judged(record_place.kept, place)
    return place


def key_identifier(value: typing.Any) -> str:
    """A key identifier of any cloud.

    :raises Unreadable: for anything else.
    """
    identifier = text(value)
    _judged(key_identifiers.check, identifier)
    return identifier


def vault_of_event(value: typing.Any) -> str:
    """A vault's name, or its address with the host of its cloud, which a module judges by its own.

    :raises Unreadable: for neither.
    """
    store = key_store(value)
    return f"https://{_host(text(value))}" if "." in text(value) else store


def _host(reference: str) -> str:
    return re.sub(r"^https://", "", reference.lower()).removesuffix("/").removesuffix(":443")


def key_version_identifier(value: typing.Any) -> str:
    """A version of a key, by its identifier, of a key store of any of Azure's clouds.

    :raises Unreadable: for anything else, a key without a version too.
    """
    identifier = _judged(key_identifiers.check, text(value))
    if not identifier.version:
        raise Unreadable(f"{_shown(str(identifier))} names no version of the key. Give the identifier with one.")
    return str(identifier)


def key(value: typing.Any) -> str:
    """A key's name.

    :raises Unreadable: for one that Azure would not take.
    """
    name = text(value)
    if "/" in name:
        raise Unreadable(
            f"{_shown(name)} is not the name of a key alone. The vault goes into acr_cmk_vault, a version into "
            "acr_cmk_key_version."
        )
    return _named("key", name)


def key_version(value: typing.Any) -> str:
    """A version of a key.

    :raises Unreadable: for anything but 32 hexadecimal digits.
    """
    return _judged(names.check_key_version, text(value)).lower()


def key_size(value: typing.Any) -> int:
    """A size that Key Vault offers, in bits.

    :raises Unreadable: for another.
    """
    return number(value, key_plan.SIZES)


def identity(value: typing.Any) -> str:
    """An identity by name or resource id, or ``system``.

    :raises Unreadable: for neither.
    """
    name = text(value)
    if name.lower() in ("system", "[system]"):
        return "system"
    if not name.startswith("/"):
        return _named("identity", name)
    _judged(resource_id.check, name, resource_id.IDENTITY)
    return name


def duration(value: typing.Any) -> str:
    """A length of time, as ``90d`` or ``P90D``.

    :raises Unreadable: for anything else, a number without a unit too.
    """
    length = text(value)
    if re.fullmatch(r"\d+", length):
        raise Unreadable(f"{length} has no unit. Write {length}d for days or {length}h for hours.")
    _judged(durations.parse, length)
    return length


def addresses(value: typing.Any) -> list[str]:
    """IPv4 addresses and ranges.

    :raises Unreadable: when one is neither.
    """
    return [_judged(address.check_ipv4, one) for one in several(value)]
