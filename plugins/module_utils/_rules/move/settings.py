# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""What of a registry's settings is made again at the target, and what is left to somebody, with the command.

A setting that the target has as Azure makes it gets the source's value; one that was set otherwise stays, so that
what ``acr_cmk_registry`` sets there is not set back. Parts are made that the target lacks, by name.
"""

from __future__ import annotations

import dataclasses
import fnmatch
import typing

from ..._domain.registry import Registry, Replica
from ..._domain.registry_part import CacheRule, Part, ScopeMap, Token, Webhook
from ..._domain.role import RoleAssignment
from ..._domain.wire import Body
from ..registry.desired import DesiredReplica
from ..registry.replicas import new_replica
from .words import CLOSED_TAG, MoveStep

#: The kind of a step that is made when all has been seen at the target.
LAST = "last"
#: What lists that which is only listed.
_LISTS = {
    "private endpoints": "az acr private-endpoint-connection list --registry-name",
    "credential sets": "az acr credential-set list --registry",
    "connected registries": "az acr connected-registry list --registry",
}


@dataclasses.dataclass(frozen=True)
class Parts:
    """A registry's parts, and the names of what is only listed (None: it could not be)."""

    scope_maps: tuple[ScopeMap, ...] = ()
    tokens: tuple[Token, ...] = ()
    webhooks: tuple[Webhook, ...] = ()
    cache_rules: tuple[CacheRule, ...] = ()
    replicas: tuple[Replica, ...] = ()
    role_assignments: tuple[RoleAssignment, ...] = ()
    repositories: tuple[str, ...] = ()
    listed: typing.Mapping[str, tuple[str, ...] | None] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class SettingStep(MoveStep):
    """A setting or part that is made at the target.

    :ivar kind: the SDK's name of the part, ``registry`` for a change of the registry itself, ``replicas``,
        ``passwords``, or ``role_assignments``.
    """

    # again, since some tools do not see what is inherited
    action: str
    text: str
    kind: str = ""
    name: str = ""
    part: Part | None = None
    body: Body = dataclasses.field(default_factory=dict)
    passwords: tuple[str, ...] = ()
    role_assignment: RoleAssignment | None = None


@dataclasses.dataclass(frozen=True)
class Left:
    """What is not made again: what it is, why, and what to do about it."""

    kind: str
    what: str
    why: str
    command: str = ""

    def result(self) -> dict[str, str]:
        """As a result lists it."""
        return dataclasses.asdict(self)


def steps(
    source: Registry, target: Registry | None, ours: Parts, theirs: Parts, *, with_passwords: bool, finish: bool
) -> list[SettingStep]:
    """What is to be made at the target, in the order in which one needs the other.

    :param target: None for one that is not there yet, in a check.
    :param with_passwords: new passwords of tokens are wanted, and where to put them is known.
    :param finish: the move is to end, after which the target's policy may delete what is old and has no tag.
    """
    wishes: list[SettingStep] = []
    body = _registry_body(source, target)
    if body:
        words = ", ".join(_named(body))
        wishes.append(SettingStep("settings", f"set {words} as {source.label} has it", kind="registry", body=body))
    home = target.location if target else source.location
    there = {one.location for one in theirs.replicas} | {_plain(home)}
    for replica in ours.replicas:
        if replica.location not in there and replica.location != _plain(source.location):
            again = _part(source, "replicas", replica.location, f"the replica in {replica.location}")
            wish = DesiredReplica(replica.location, replica.zone_redundancy, replica.region_endpoint_enabled)
            wishes.append(dataclasses.replace(again, body=new_replica(source.label, wish).body))
    for kind, noun, mine, other in (
        ("scope_maps", "scope map", [one for one in ours.scope_maps if not one.is_built_in], theirs.scope_maps),
        ("tokens", "token", ours.tokens, theirs.tokens),
        ("webhooks", "webhook", _at_home(ours.webhooks, source.location, home), theirs.webhooks),
        ("cache_rules", "cache rule", [one for one in ours.cache_rules if _may_be_made(one, ours)], theirs.cache_rules),
    ):
        names = {one.name.lower() for one in other}
        wishes += [
            _part(source, kind, one.name, f"the {noun} {one.name}", one)
            for one in mine
            if one.name.lower() not in names
        ]
    if with_passwords:
        theirs_by_name = {one.name.lower(): one for one in theirs.tokens}
        for token in ours.tokens:
            there_already = theirs_by_name.get(token.name.lower())
            if token.passwords and not (there_already and there_already.passwords):
                text = f"make new passwords of the token {token.name}"
                wishes.append(
                    SettingStep("settings", text, kind="passwords", name=token.name, passwords=token.passwords)
                )
    for one in ours.role_assignments:
        if not any(one.gives_as(other) for other in theirs.role_assignments):
            text = f"give the {one.principal_type} {one.principal_id} the role {one.role} at the target too"
            wishes.append(SettingStep("settings", text, kind="role_assignments", role_assignment=one))
    wishes += [step for step, _until in _last(source, target, target.name if target else "")] if finish else []
    return wishes


def _is_to_go_by_repository(source: Registry, target: Registry | None) -> bool:
    return source.goes_by_repository and not (target and target.goes_by_repository)


def _last(source: Registry, target: Registry | None, target_name: str) -> list[tuple[SettingStep, Left]]:
    """What is set when all has been seen: what may delete, and then what takes the caller's own rights away; each with
    what is said of it until then."""
    wishes: list[tuple[SettingStep, Left]] = []
    body: Body
    days = source.policies.retention_days
    if days is not None and not (target and target.policies.retention_days is not None):
        body = {"properties": {"policies": {"retentionPolicy": {"status": "enabled", "days": days}}}}
        text = f"set retentionPolicy as {source.label} has it, when all has been seen"
        command = f"az acr config retention update --registry {target_name} --status enabled --days {days}"
        why = "at the end of the move, as it deletes what has no tag"
        until = Left("retention", f"{days} days", why, f"{command} --type UntaggedManifests")
        wishes.append((SettingStep("settings", text, kind=LAST, body=body), until))
    if _is_to_go_by_repository(source, target):
        body = {"properties": {"roleAssignmentMode": source.role_assignment_mode}}
        text = f"let roles go by repository as at {source.label}, when all has been seen"
        why = (
            "until the end of the move a role at the whole registry, such as AcrPull, counts for all repositories there"
        )
        command = f"az acr update --name {target_name} --role-assignment-mode rbac-abac"
        until = Left("roles by repository", target_name, why, command)
        wishes.append((SettingStep("settings", text, kind=LAST, body=body), until))
    return wishes


def _may_be_made(rule: CacheRule, ours: Parts) -> bool:
    """Whether a cache rule can be made beside what is copied: Azure makes none for a repository that is there already.

    Sources: ARO-HCP #2639, #5176; Azure/acr #789. Nor does a repository of a rule take an import (Azure/acr #845).
    """
    return not rule.credential_set and not any(fnmatch.fnmatchcase(name, rule.target) for name in ours.repositories)


def _at_home(webhooks: typing.Iterable[Webhook], old: str, new: str) -> list[Webhook]:
    """Webhooks with those of the source's own region in the target's: Azure takes none where the registry is not.

    Source: azure-cli #26676.
    """
    return [dataclasses.replace(one, location=new) if _plain(one.location) == _plain(old) else one for one in webhooks]


def _part(source: Registry, kind: str, name: str, noun: str, part: Part | None = None) -> SettingStep:
    return SettingStep("settings", f"make {noun} of {source.label} again", kind=kind, name=name, part=part)


def _plain(location: str) -> str:
    return location.replace(" ", "").lower()


def _registry_body(source: Registry, target: Registry | None) -> Body:
    """The change of the target itself."""
    properties: dict[str, object] = {}
    policies: dict[str, object] = {}
    ours, theirs = source.settings, target.settings if target else None
    if ours.anonymous_pull_enabled and not (theirs and theirs.anonymous_pull_enabled):
        properties["anonymousPullEnabled"] = True
    if ours.data_endpoint_enabled and not (theirs and theirs.data_endpoint_enabled):
        properties["dataEndpointEnabled"] = True
    if ours.network_rule_bypass == "None" and not (theirs and theirs.network_rule_bypass == "None"):
        properties["networkRuleBypassOptions"] = "None"
    rules = source.network_rule_set
    is_open = target is None or (target.network_rule_set.default_action or "Allow") == "Allow"
    if rules.default_action == "Deny" and is_open:
        entries = [{"action": "Allow", "value": one} for one in rules.ip_rules]
        properties["networkRuleSet"] = {"defaultAction": "Deny", "ipRules": entries}
    mine, other = source.policies, target.policies if target else None
    if mine.arm_tokens == "disabled" and not (other and other.arm_tokens == "disabled"):
        policies["azureADAuthenticationAsArmPolicy"] = {"status": "disabled"}
    if policies:
        properties["policies"] = policies
    there = target.tags if target else {}
    tags = {name: value for name, value in source.tags.items() if name not in there and name != CLOSED_TAG}
    body: Body = {"properties": properties} if properties else {}
    return {**body, **({"tags": {**there, **tags}} if tags else {})}


def _otherwise(ours: Parts, theirs: Parts, target_name: str) -> list[Left]:
    """Parts that the target has under the same name, and that are otherwise there: they are left as they are."""
    kinds: list[tuple[str, tuple[Part, ...], tuple[Part, ...]]] = [
        ("scope-map", ours.scope_maps, theirs.scope_maps),
        ("token", ours.tokens, theirs.tokens),
        ("webhook", ours.webhooks, theirs.webhooks),
        ("cache", ours.cache_rules, theirs.cache_rules),
    ]
    rest = []
    for kind, mine, other in kinds:
        there = {one.name.lower(): one for one in other}
        for one in mine:
            known_there = there.get(one.name.lower())
            if known_there is not None and one.essence != known_there.essence:
                why = f"{target_name} has one of that name which is otherwise, and keeps it"
                command = f"az acr {kind} show --registry {target_name} --name {one.name}"
                rest.append(Left(kind.replace("-", " "), one.name, why, command))
    return rest


def _named(body: Body) -> list[str]:
    """The settings of a change, in words."""
    properties = typing.cast("dict[str, object]", body.get("properties") or {})
    policies = typing.cast("dict[str, object]", properties.get("policies") or {})
    names = [name for name in properties if name != "policies"] + list(policies)
    return [*names, *(["tags"] if "tags" in body else [])]


def left(
    source: Registry,
    target: Registry | None,
    target_name: str,
    ours: Parts,
    theirs: Parts,
    *,
    with_passwords: bool,
    with_roles: bool,
    finish: bool,
) -> list[Left]:
    """What is not made again, each with the command or the reason.

    :param finish: whether this run ends the move, and sets what comes last.
    """
    of, to = source.name, target_name
    rest = _otherwise(ours, theirs, to)
    rest += [] if finish else [until for _step, until in _last(source, target, to)]
    if ours.tokens and not with_passwords:
        names = ", ".join(one.name for one in ours.tokens if one.passwords)
        if names:
            rest.append(
                Left(
                    "token passwords",
                    names,
                    "nobody can read one; with passwords_file (acr_cmk_move_passwords_file) new ones are made",
                    f"az acr token credential generate --registry {to} --name TOKEN",
                )
            )
    if source.settings.admin_user_enabled:
        rest.append(
            Left(
                "admin user",
                of,
                "its passwords are others at another registry; tokens or roles are the better way",
                f"az acr update --name {to} --admin-enabled true",
            )
        )
    if source.settings.public_network_access == "Disabled":
        rest.append(
            Left(
                "public network access",
                "Disabled",
                "without a private endpoint of its own the target could be reached by nobody, this task included",
                f"az acr update --name {to} --public-network-enabled false",
            )
        )
    for rule in ours.cache_rules:
        if not rule.credential_set and not _may_be_made(rule, ours):
            why = "what it cached is copied, and Azure makes no rule for a repository that is there"
            command = f"az acr cache create --registry {to} --name {rule.name} -s {rule.source} -t {rule.target}"
            rest.append(Left("cache rule", rule.name, why, command))
        if rule.credential_set:
            command = f"az acr cache create --registry {to} --name {rule.name} --cred-set SET"
            why = f"its credential set {rule.credential_set} is not made again"
            rest.append(Left("cache rule", rule.name, why, command))
    for kind, names_of in ours.listed.items():
        if names_of is None:
            rest.append(Left(kind, "?", "they could not be listed; look yourself", f"{_LISTS[kind]} {of}"))
        elif names_of:
            why = "made for one registry, they are made anew for another"
            rest.append(Left(kind, ", ".join(names_of), why, f"{_LISTS[kind]} {of}"))
    if (source.policies.quarantine or "").lower() == "enabled":
        rest.append(Left("quarantine", of, "what waits in quarantine cannot be pulled, and the policy is set anew"))
    scope = f"--scope {source.id}"
    if not with_roles:
        command = f"az role assignment list {scope} --include-inherited false"
        rest.append(
            Left(
                "role assignments",
                of,
                "with role_assignments (acr_cmk_move_role_assignments) those at the registry are made again",
                command,
            )
        )
    hidden = "what is hidden from the lists (listEnabled: false) cannot be found, a whole repository least of all"
    rest.append(Left("hidden", of, hidden, f"az acr repository show --name {of} --repository NAME"))
    # only preview versions of Azure's API show or set it
    show = f"az acr config soft-delete show --registry {of}"
    rest.append(Left("soft delete", of, "set again by hand, if it is on; what is deleted cannot be imported", show))
    rest.append(Left("locks", of, "set again by hand, if there are any", f"az lock list --resource {source.id}"))
    rest.append(
        Left(
            "diagnostic settings",
            of,
            "set again by hand, if there are any",
            f"az monitor diagnostic-settings list --resource {source.id}",
        )
    )
    rest.append(
        Left("policy exemptions", of, "set again by hand, if there are any", f"az policy exemption list {scope}")
    )
    rest.append(Left("tasks", of, "made again by hand, if there are any", f"az acr task list --registry {of}"))
    return rest
