# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""The options of the modules, each judged for itself before anything is asked of Azure.

What is written there goes into addresses, requests and messages. So every text is of a kind, and the kind says what it
may be; what depends on the cloud, or on other options, the operation judges afterwards. An option that has no kind here
fails a test.
"""

from __future__ import annotations

import typing

from .._domain import address, duration, key_identifier, moment, names, record_place, resource_id, tags
from .._domain.ansible import Params
from .._domain.cloud import CLOUDS
from .._domain.failure import Failure
from .._domain.identity import is_system
from .._domain.words import either, flaw, nearest, shown, unavailable
from .key.plan import SIZES
from .rotation import canary

#: Judges a text that was given.
Check = typing.Callable[[str, str], object]


def _name(kind: str) -> Check:
    return lambda text, parameter: names.check(kind, text, parameter=parameter)


class _Named(typing.Protocol):
    """A check of the domain, which is told the option by keyword."""

    def __call__(self, text: str, /, *, parameter: str) -> object:
        """Judge."""


def _by(judge: _Named) -> Check:
    return lambda text, parameter: judge(text, parameter=parameter)


def _words(longest: int, *, lines: bool = False) -> Check:
    """Any text of a sensible length; it is not repeated in the message, since it may be secret."""

    def check(text: str, parameter: str) -> None:
        trouble = flaw(text, longest=longest, lines=lines)
        if trouble:
            raise Failure(f"The text {trouble}.", parameter=parameter, hint="Give it anew.", code="unusable_text")

    return check


def _id_of(what: str) -> Check:
    return lambda text, parameter: names.check_guid(text, parameter=parameter, what=what)


def _head(text: str, parameter: str) -> None:
    # loaded for the one module that has this option: all others look at this file too
    from .record import envelope

    envelope.read(text, parameter=parameter)


def _control(row: typing.Any, parameter: str) -> None:
    from .report import controls

    controls.controls([row], parameter=parameter)


def _registry_or_all(text: str, parameter: str) -> None:
    if text.strip().lower() != "all":
        _registry(text, parameter)


def _registry(text: str, parameter: str) -> None:
    """A registry by name or resource id."""
    if text.startswith("/"):
        resource_id.check(text, resource_id.REGISTRY, parameter=parameter)
    else:
        names.check("registry", text, parameter=parameter)


def _identity(text: str, parameter: str) -> None:
    """An identity by name, resource id or client id, or ``system``."""
    if text.startswith("/"):
        resource_id.check(text, resource_id.IDENTITY, parameter=parameter)
    elif not is_system(text):
        names.check("identity", text, parameter=parameter)


def _key_store(text: str, parameter: str) -> None:
    """A vault by name, or a key store by the address that it has in any cloud."""
    if "://" not in text and "." not in text:
        names.check("vault", text, parameter=parameter)
        return
    host = text.lower().removeprefix("https://").removesuffix("/").removesuffix(":443")
    if not any(cloud.key_store(host) for cloud in CLOUDS.values()):
        raise Failure(
            f"{shown(text)} is neither a vault's name nor the address of a key store.",
            parameter=parameter,
            hint="Write contoso-kv, or https://contosohsm.managedhsm.azure.net.",
            code="malformed_key_store",
        )


def _subscription_or_all(text: str, parameter: str) -> None:
    if text.lower() != "all":
        names.check_guid(text, parameter=parameter, what="a subscription")


def _management_group(text: str, parameter: str) -> None:
    """A management group by its name, or by its id, which ends with the name."""
    above, _slash, name = text.rstrip("/").rpartition("/")
    is_id = above.lower() == "/providers/microsoft.management/managementgroups"
    names.check("management group", name if is_id else text, parameter=parameter)


def _version_or_all(text: str, parameter: str) -> None:
    if text.lower() != "all":
        names.check_key_version(text, parameter=parameter)


_SECRET, _WORD, _ID = _words(10_000), _words(300), _words(1000)


def _confirmation(text: str, parameter: str) -> None:
    """Names, logins or resource ids, several with commas between, as the messages print them."""
    for one in text.split(","):
        _ID(one, parameter)


_PATH = _words(4096)
_KINDS: dict[str, Check] = {
    # to sign in
    "subscription_id": _id_of("a subscription"),
    "tenant": _by(names.check_tenant),
    "client_id": _id_of("an application or identity"),
    "secret": _SECRET,
    "x509_certificate_path": _PATH,
    "certificate_password": _SECRET,
    "federated_token_file": _PATH,
    "cloud_environment": _WORD,
    "profile": _WORD,
    # where
    "subscriptions": _subscription_or_all,
    "management_groups": _management_group,
    "resource_group": _name("resource group"),
    "identity_resource_group": _name("resource group"),
    "location": _name("region"),
    "replicas.location": _name("region"),
    # what
    "registries": _registry_or_all,
    "canary": lambda text, _parameter: canary.canary([text]),
    "source": _registry,
    "vault": _key_store,
    "key": _name("key"),
    "key_identifier": _by(key_identifier.check),
    "key_version": _by(names.check_key_version),
    "version": _version_or_all,
    "identity": _identity,
    "identities": _identity,
    "principal_id": _id_of("an object in the directory"),
    "confirm": _confirmation,
    # how
    "max_age": _by(duration.parse),
    "expiry_within": _by(duration.parse),
    "period": _by(duration.parse),
    "rotation_policy.rotate_after_creation": _by(duration.parse),
    "rotation_policy.rotate_before_expiry": _by(duration.parse),
    "rotation_policy.notify_before_expiry": _by(duration.parse),
    "rotation_policy.expiry_time": _by(duration.parse),
    "not_before": _by(moment.parse),
    "expires_on": _by(moment.parse),
    "network_rule_set.ip_rules": _by(address.check_ipv4),
    "network_acls.ip_rules": _by(address.check_ipv4),
    "network_acls.virtual_network_rules": _by(address.check_subnet),
    # files and keys
    "import_file": _PATH,
    "import_pem": _words(32_768, lines=True),
    "import_passphrase": _SECRET,
    "backup_file": _PATH,
    "passwords_file": _PATH,
    "restore_file": _PATH,
    # records
    "record": _by(record_place.kept),
    "record_key": _by(key_identifier.check),
    "min_age": _by(duration.parse),
    "public_key": _words(8192, lines=True),
    "head": _head,
    "previous": _PATH,
    "to": _PATH,
    "controls": _control,
}
#: Numbers: the smallest and the largest that make sense, and the code for any other.
_NUMBERS = {
    # a week, in seconds
    "wait_timeout": (1, 604_800, "out_of_range"),
    # what Key Vault offers, in days
    "soft_delete_retention_days": (7, 90, "invalid_retention"),
    "max_fail_percentage": (0, 100, "out_of_range"),
}
#: Whole numbers of which only these will do, and the code for any other.
_SIZES = {"size": (SIZES, "invalid_size")}
_TAGS = ("tags", "creation_tags", "replicas.tags")

Option = typing.Mapping[str, typing.Any]


def unjudged(options: typing.Mapping[str, Option], *, names_of: str) -> list[str]:
    """The options of a spec that nothing here judges; for a test."""
    return [
        path
        for path, option in _flat(options)
        if not option.get("choices") and option["type"] != "bool" and _judge(path, option, names_of) is None
    ]


def _flat(options: typing.Mapping[str, Option], above: str = "") -> typing.Iterator[tuple[str, Option]]:
    for name, option in options.items():
        if "options" in option:
            yield from _flat(option["options"], f"{above}{name}.")
        else:
            yield above + name, option


def _judge(path: str, option: Option, names_of: str) -> typing.Callable[[typing.Any, str], object] | None:
    if option["type"] in ("int", "float"):
        if path in _SIZES:
            return _one_of(*_SIZES[path])
        return _number(*_NUMBERS[path]) if path in _NUMBERS else None
    if option["type"] == "dict":
        limits = tags.OF_A_KEY if names_of == "key" else tags.OF_A_RESOURCE
        return (
            (lambda value, parameter: tags.check_limits(value, limits, parameter=parameter)) if path in _TAGS else None
        )
    if path == "name":
        return _name(names_of) if names_of else None
    return _KINDS.get(path)


def _number(least: int, most: int, code: str) -> typing.Callable[[float, str], None]:
    def check(value: float, parameter: str) -> None:
        if not least <= value <= most:
            raise Failure(
                f"{shown(value, 60)} is {'less' if value < least else 'more'} than can be.",
                parameter=parameter,
                hint=f"Give a number from {least} to {most}.",
                code=code,
            )

    return check


def _one_of(values: typing.Sequence[int], code: str) -> typing.Callable[[int, str], None]:
    def check(value: int, parameter: str) -> None:
        if value not in values:
            raise Failure(
                f"{shown(value, 60)} is not to be had.",
                parameter=parameter,
                hint=f"Give {either(values)}.",
                code=code,
            )

    return check


def misfit(options: typing.Mapping[str, Option], params: Params) -> Failure | None:
    """What cannot be meant at all, with what may be meant instead: an option that there is none of, or a choice.

    Ansible finds such things first, and names every option that there is, or nothing but the choices. None for what
    else it finds, which it says well itself.
    """
    return _misfit(options, params, "")


def _misfit(options: typing.Mapping[str, Option], params: Params, above: str) -> Failure | None:
    for name, value in params.items():
        if name.startswith("_ansible_"):
            continue
        path, option = above + name, options.get(name)
        if option is None:
            near = nearest(name, options)
            meant = f"Did you mean {above}{near}?" if near else "ansible-doc lists those that there are."
            return Failure("There is no such option.", parameter=path, hint=meant, code="unknown_option")
        parts = value if isinstance(value, list) else [value]
        for part in parts:
            wrong = (
                _misfit(option["options"], part, f"{path}.")
                if isinstance(part, dict) and "options" in option
                else _wrong_choice(option, part, path)
            )
            if wrong:
                return wrong
    return None


def _wrong_choice(option: Option, value: object, path: str) -> Failure | None:
    choices = option.get("choices")
    if not choices or value is None or str(value) in map(str, choices):
        return None
    wrong, meant = unavailable(value, choices)
    return Failure(wrong, parameter=path, hint=meant, code="invalid_choice")


def check(options: typing.Mapping[str, Option], params: Params, *, names_of: str) -> None:
    """Judge what was given, option by option.

    :param options: the argument spec.
    :param names_of: the kind of thing that the option ``name`` names.
    :raises Failure: for the first option that cannot be meant, by its name.
    """
    _check(options, params, names_of, "")


def _check(options: typing.Mapping[str, Option], params: Params, names_of: str, above: str) -> None:
    for name, option in options.items():
        value, path = params.get(name), above + name
        if value is None:
            continue
        below = option.get("options")
        if below:
            for part in value if isinstance(value, list) else [value]:
                _check(below, part, names_of, f"{path}.")
            continue
        judge = _judge(path, option, names_of)
        if judge is None:
            continue
        for one in value if isinstance(value, list) else [value]:
            # an empty element counts as not given, as an empty option does
            if one not in (None, ""):
                judge(one, path)
