# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""The variables ``acr_cmk_*`` of the roles: what was written there, and the names that follow from it.

Which variables there are, of which kind and with which choices, is said once, in the argument specs of the roles
(``roles/*/meta/argument_specs.yml``), which are handed in as data. Here stands only what a spec has no word for.
"""

from __future__ import annotations

import dataclasses
import typing

from ..._domain import resource_id
from ..._domain.ansible import Variables
from ..._domain.failure import Failure
from ..._domain.words import nearest
from ..move.obstacles import KINDS
from . import values as role_values
from .values import Unreadable, is_blank

PREFIX = "acr_cmk_"
#: What is no variable of a role, but may stand beside them: the playbooks' hosts, and the roles' results, which AWX
#: hands on to the later nodes of a workflow.
_BESIDE = (
    "hosts",
    "create_result",
    "rotate_result",
    "revoke_result",
    "restore_result",
    "diagnose_result",
    "move_result",
    "report_result",
    "key_event_result",
    # of several hosts, each by its name
    "create_results",
    "rotate_results",
    "revoke_results",
    "restore_results",
    "diagnose_results",
    "move_results",
    "report_results",
    "key_event_results",
)
#: What the inventory's facts of a registry say in place of variables that are empty.
_OF_A_HOST = {
    "registry": "id",
    "resource_group": "resource_group",
    "subscription_id": "subscription_id",
    "location": "location",
}
#: Environment variables by which the modules are told what they are told by options, too.
_ENVIRONMENT = {
    "subscription_id": "AZURE_SUBSCRIPTION_ID",
    "record": "OWNKEY_ACR_RECORD",
    "record_key": "OWNKEY_ACR_RECORD_KEY",
}
#: The roles that have nothing to work on without a registry.
_OF_A_REGISTRY = ("rotate", "revoke", "restore")
#: The roles that make a registry, so that its name alone is meant.
_MAKING = ("create", "move")

#: Paths on the controller that may be relative.
_PATHS = ("move_passwords_file", "report_to", "report_previous", "report_controls")

Reader = typing.Callable[[typing.Any], typing.Any]

#: The forms of a report.
REPORT_FORMATS = ("html", "json", "csv", "oscal")
#: Variables whose value means something that the type in the spec does not tell.
_READERS: dict[str, Reader] = {
    "subscription_id": role_values.subscription,
    "resource_group": role_values.resource_group,
    "location": role_values.location,
    "registry": role_values.registry_reference,
    "registries": role_values.registry_references,
    "vault": role_values.key_store,
    "key": role_values.key,
    "key_version": role_values.key_version,
    "key_size": role_values.key_size,
    "identity": role_values.identity,
    "max_age": role_values.duration,
    "canary": role_values.canary,
    "max_fail_percentage": role_values.percentage,
    "vault_ip_rules": role_values.addresses,
    "record": role_values.record,
    "record_key": role_values.key_identifier,
    "event_key": role_values.key_version_identifier,
    "event_vault": role_values.vault_of_event,
    "move_from": role_values.registry_reference,
    "report_subscriptions": role_values.subscriptions,
    "report_management_groups": role_values.management_groups,
    "report_formats": lambda value: [role_values.choice(one, REPORT_FORMATS) for one in role_values.several(value)],
    "report_period": role_values.duration,
    "move_leave_behind": lambda value: [role_values.choice(one, sorted(KINDS)) for one in role_values.several(value)],
}
_BY_TYPE: dict[str, Reader] = {
    "bool": role_values.yes_or_no,
    "list": role_values.several,
    "dict": role_values.tags,
    "str": role_values.text,
}


@dataclasses.dataclass(frozen=True)
class Vocabulary:
    """The variables that there are.

    :ivar options: by name, as the argument spec of ``roles/acr_cmk`` has them.
    :ivar used: the names that one role reads.
    :ivar required: those of them that it cannot do without.
    """

    options: typing.Mapping[str, typing.Mapping[str, typing.Any]]
    used: tuple[str, ...]
    required: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Problem:
    """What is wrong with one variable, in a sentence that names it."""

    variable: str
    sentence: str


def vocabulary(shared: typing.Mapping[str, typing.Any], role: typing.Mapping[str, typing.Any]) -> Vocabulary:
    """The vocabulary of a role.

    :param shared: the argument specs of ``roles/acr_cmk``, as the file has them.
    :param role: those of the role.
    """
    options = role["argument_specs"]["main"]["options"]
    required = tuple(name for name, option in options.items() if option.get("required"))
    return Vocabulary(shared["argument_specs"]["variables"]["options"], tuple(options), required)


def of_host(role: str, given: Variables, facts: object) -> Variables:
    """The variables of a role on a host that the inventory made of a registry: that registry, unless they name another.

    The inventory sets them too, but an empty answer to a question of AWX's survey hides what a host has. A role that
    makes a registry goes by its name.

    :param facts: the host's variable ``acr_registry``.
    """
    if not isinstance(facts, dict):
        return given
    reference, several = (given.get(PREFIX + name) for name in ("registry", "registries"))
    is_own = is_blank(reference) or resource_id.same(str(reference), str(facts.get("id")))
    if not is_own or not is_blank(several):
        return given
    own = {PREFIX + name: facts.get(fact) for name, fact in _OF_A_HOST.items()}
    values = {**given, **{name: value for name, value in own.items() if is_blank(given.get(name))}}
    return {**values, f"{PREFIX}registry": facts.get("name")} if role in _MAKING else values


def is_of_collection(playbook_dir: str) -> bool:
    """Whether a playbook is one that a collection brings: ``.../ansible_collections/NAMESPACE/NAME/playbooks``."""
    parts = playbook_dir.split("/")
    return any(part == "ansible_collections" and parts[n + 3 : n + 4] == ["playbooks"] for n, part in enumerate(parts))


def seen_from(folder: str, given: Variables) -> Variables:
    """The variables with their relative paths as somebody in a folder means them.

    With a playbook of a collection Ansible looks for a relative path beside that playbook: in the installed collection,
    where nobody looks for a report or for passwords, and which the next upgrade replaces.

    :param folder: where ``ansible-playbook`` was started; an absolute path.
    """
    paths = {name: given.get(PREFIX + name) for name in _PATHS}
    relative = {
        name: text.strip()
        for name, text in paths.items()
        if isinstance(text, str) and text.strip() and not text.strip().startswith(("/", "~")) and "://" not in text
    }
    return {**given, **{PREFIX + name: f"{folder.rstrip('/')}/{text}" for name, text in relative.items()}}


def derived(role: str, given: typing.Mapping[str, object], words: Vocabulary) -> Variables:
    """What a role goes by.

    :param role: its name, as in ``create``.
    :param given: every variable that begins with ``acr_cmk_``, in any case; of a value that could not be templated, the
        :class:`Unreadable` that says why.
    :raises Failure: with everything that is wrong at once, before anything was asked of Azure.
    """
    problems = _unknown(given, words)
    values: Variables = {}
    for name in words.used:
        if is_blank(given.get(name)):
            continue
        try:
            values[name.removeprefix(PREFIX)] = _read(role, name, given[name], words)
        except Unreadable as error:
            problems.append(Problem(name, f"{name}: {error}"))
    problems = _missing(role, given, words) + problems
    result = _with_names(role, values)
    problems += _unusable(role, values, result, {problem.variable for problem in problems})
    if problems:
        raise Failure(
            " ".join(problem.sentence for problem in problems),
            code="variables",
            details={"variables": [problem.variable for problem in problems]},
        )
    return result


def _read(role: str, name: str, value: typing.Any, words: Vocabulary) -> typing.Any:
    if isinstance(value, Unreadable):
        raise value
    option, short = words.options[name], name.removeprefix(PREFIX)
    if role in _MAKING and short == "registry":
        return role_values.registry(value)
    if short in _READERS:
        return _READERS[short](value)
    if "choices" in option:
        return role_values.choice(value, option["choices"])
    return _BY_TYPE[option["type"]](value)


def _unknown(given: typing.Mapping[str, typing.Any], words: Vocabulary) -> list[Problem]:
    names = {*words.options, *(PREFIX + name for name in _BESIDE)}
    problems = []
    for name in sorted(set(given) - names):
        near = nearest(name[len(PREFIX) :], [one.removeprefix(PREFIX) for one in sorted(words.options)])
        meant = f"; did you mean {PREFIX}{near}?" if near else "."
        problems.append(Problem(name, f"{name} is no variable of these roles{meant}"))
    return problems


def _missing(role: str, given: typing.Mapping[str, typing.Any], words: Vocabulary) -> list[Problem]:
    missing = [name for name in words.required if is_blank(given.get(name))]
    if missing:
        verb = "are" if len(missing) > 1 else "is"
        rest = f"; {_and(missing)} {verb} not given" if len(missing) < len(words.required) else ""
        return [Problem(missing[0], f"ownkey.acr.{role} needs {_and(words.required)}{rest}.")]
    if role in _OF_A_REGISTRY and all(is_blank(given.get(PREFIX + name)) for name in ("registry", "registries")):
        text = (
            f"ownkey.acr.{role} needs acr_cmk_registry (or several in acr_cmk_registries), and acr_cmk_resource_group"
        )
        return [Problem("acr_cmk_registry", f"{text} unless the name is unique in the subscription.")]
    return []


def _and(names: typing.Sequence[str]) -> str:
    return ", ".join(names[:-1]) + f" and {names[-1]}" if len(names) > 1 else names[0]


def _with_names(role: str, values: typing.Mapping[str, typing.Any]) -> Variables:
    """The values, and what takes the place of those that were not given."""
    registry = str(values.get("registry", "")).rsplit("/", 1)[-1]
    vault, key = (str(values.get(name, "")) for name in ("vault", "key"))
    version, proof = values.get("key_version", ""), values.get("verify_data")
    goal = bool(registry) and bool(vault or key or version)
    # handed on as environment: an option, even an omitted one, would hide what module_defaults say
    environment = {variable: values[name] for name, variable in _ENVIRONMENT.items() if values.get(name)}
    # a vault's name begins with a letter
    temporary = registry if not registry[:1].isdigit() else f"t{registry}"
    return {
        "environment": environment,
        "resource_group": values.get("resource_group", ""),
        "location": values.get("location", ""),
        "registry": registry,
        "registries": values.get("registries") or ([values["registry"]] if registry else []),
        "registries_variable": f"{PREFIX}registries" if values.get("registries") else f"{PREFIX}registry",
        "vault": vault or f"{registry[:21]}-kv",
        "vault_named": bool(vault),
        "key": key or f"{registry}-cmk",
        "key_named": bool(key),
        "key_version": version,
        "key_size": values.get("key_size", ""),
        "identity": values.get("identity") or f"{registry}-identity",
        "identity_named": "identity" in values,
        "access": values.get("access", ""),
        "max_age": values.get("max_age", "90d"),
        "pick_up": values.get("pick_up", "auto"),
        "canary": values.get("canary", []),
        "max_fail_percentage": values.get("max_fail_percentage", ""),
        "revoke_by": values.get("revoke_by", "access"),
        "revoke_by_named": "revoke_by" in values,
        "confirm": values.get("confirm", []),
        "tags": values.get("tags", {}),
        "purge_protection": values.get("purge_protection", True),
        "purge_protection_named": "purge_protection" in values,
        # a Managed HSM is known by its address alone
        "managed_hsm": "://" in vault,
        "grant_caller_everywhere": values.get("grant_caller", False),
        "grant_caller": values.get("grant_caller", True),
        "key_versions": values.get("key_versions", "all"),
        "rotation_mode": values.get("rotation_mode", ""),
        "verify_data": bool(proof),
        "verify_data_unless_no": proof is not False,
        # where registries are to go: only what was said in so many words moves them
        "goal_key": key or (f"{registry}-cmk" if goal else ""),
        "goal_vault": vault or (f"{registry[:21]}-kv" if goal else ""),
        "goal_identity": values.get("identity", ""),
        "vault_firewall": values.get("vault_firewall", ""),
        "vault_ip_rules": values.get("vault_ip_rules", []),
        # where a vault's firewall keeps a new registry out, these serve it until its own identity takes over
        "temporary_vault": f"{temporary[:20]}-tmp",
        "temporary_identity": f"{registry}-tmp-identity",
        "grant_identity": values.get("grant_identity", False),
        "fail_on": values.get("fail_on", "never"),
        "event": values.get("event", ""),
        "event_key": values.get("event_key", ""),
        "event_vault": values.get("event_vault", ""),
        "move_from": values.get("move_from", ""),
        "move_finish": values.get("move_finish", False),
        "move_verify": values.get("move_verify", "blobs"),
        "move_leave_behind": values.get("move_leave_behind", []),
        "move_role_assignments": values.get("move_role_assignments", False),
        "move_passwords_file": values.get("move_passwords_file", ""),
        "report_subscriptions": values.get("report_subscriptions") or _own_subscription(values),
        "report_management_groups": values.get("report_management_groups", []),
        "report_to": values.get("report_to", ""),
        "report_language": values.get("report_language", "en"),
        "report_formats": values.get("report_formats") or list(REPORT_FORMATS),
        "report_period": values.get("report_period", "365d"),
        "report_previous": values.get("report_previous", ""),
        "report_controls": values.get("report_controls", ""),
    }


def _own_subscription(values: typing.Mapping[str, typing.Any]) -> list[str]:
    """The subscription that was named, where nothing narrower or wider was."""
    others = ("registry", "registries", "resource_group", "report_management_groups")
    named = values.get("subscription_id")
    return [named] if named and not any(values.get(name) for name in others) else []


def _unusable(
    role: str, values: typing.Mapping[str, typing.Any], result: typing.Mapping[str, typing.Any], bad: set[str]
) -> list[Problem]:
    """What follows from the values, or from several of them together, and would be refused half way."""
    problems = []
    vault = result["vault"] if role in _MAKING else result["goal_vault"]
    if vault and result["registry"] and not result["vault_named"] and "acr_cmk_vault" not in bad:
        try:
            role_values.key_store(vault)
        except Unreadable as error:
            text = f"acr_cmk_vault is not given, and the name made from acr_cmk_registry will not do: {error}"
            problems.append(Problem("acr_cmk_vault", text))
    if "all" in result["registries"] and role == "revoke":
        text = "all is too much to say here: name each registry whose images are to be locked."
        problems.append(Problem("acr_cmk_registries", f"acr_cmk_registries: {text}"))
    if "all" in result["registries"] and result["grant_identity"]:
        text = "rights are given for registries that are named, not for all."
        problems.append(Problem("acr_cmk_grant_identity", f"acr_cmk_grant_identity: {text}"))
    about = "vault" if result["event"] == "access_changed" else "key"
    if result["event"] and not result[f"event_{about}"] and f"{PREFIX}event_{about}" not in bad:
        text = f"say which {about} the event {result['event']} is about."
        problems.append(Problem(f"{PREFIX}event_{about}", f"{PREFIX}event_{about}: {text}"))
    if role in _MAKING and result["managed_hsm"] and result["vault_firewall"]:
        text = "a Managed HSM is not changed by this role. Leave it out, and close the HSM yourself."
        problems.append(Problem("acr_cmk_vault_firewall", f"acr_cmk_vault_firewall: {text}"))
    return problems
