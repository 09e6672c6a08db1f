# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Azure Policy's built-in definitions, evaluated on the facts that a report has anyway, beside what we find.

The rules are those of the definitions' ``policyRule`` (repository Azure/azure-policy, folders ``Container Registry``
and ``Key Vault`` of ``built-in-policies/policyDefinitions``). Azure itself evaluates every registry, key and vault;
here it is the registries of the scope, the key versions that they use, and those keys' vaults.
"""

from __future__ import annotations

import dataclasses
import typing

from ..health.findings import DAY
from .checks import Policy
from .facts import RegistryFacts

#: What a definition judges: registries, key versions or vaults.
KINDS = ("registry", "key", "vault")


class Judge(typing.Protocol):
    """Whether something is compliant; None where that cannot be told."""

    def __call__(self, facts: RegistryFacts, policy: Policy, /) -> bool | None:
        """Judge."""


@dataclasses.dataclass(frozen=True)
class Definition:
    """A built-in definition: its id (a GUID), display name, what it judges, and the parameter that was set for it.

    ``difference``: the name of the text that says what it does not look at.
    """

    id: str
    name: str
    kind: str
    judge: Judge
    parameter: str
    difference: str


def _rotation_scheduled(facts: RegistryFacts, policy: Policy) -> bool | None:
    """``scheduledRotationDate`` exists, and is no later than ``maximumDaysToRotate`` after the creation.

    Both are the newest version's, whichever one is in use.
    """
    if facts.rotates is None or facts.newest_created is None:
        return None
    if facts.scheduled is None:
        return False
    if policy.max_age is None:
        return True
    return facts.scheduled <= facts.newest_created + policy.max_age


def _active_period(facts: RegistryFacts, policy: Policy) -> bool | None:
    """``notBefore``, or else ``createdOn``, is no longer than ``maximumValidityInDays`` ago."""
    began = facts.not_before if facts.not_before is not None else facts.created
    if began is None or policy.max_age is None:
        return None
    return facts.now <= began + policy.max_age


def _validity(facts: RegistryFacts, policy: Policy) -> bool | None:
    """``expiresOn`` exists, and is no later than ``maximumValidityInDays`` after ``createdOn``."""
    if facts.created is None or policy.max_age is None:
        return None
    return facts.expires_on is not None and facts.expires_on <= facts.created + policy.max_age


def _expiration(facts: RegistryFacts, _policy: Policy) -> bool | None:
    return None if facts.created is None else facts.expires_on is not None


def _size(facts: RegistryFacts, policy: Policy) -> bool | None:
    """``keySize`` of an RSA key is no less than ``minimumRSAKeySize``."""
    return None if facts.size is None else facts.size >= policy.min_size


#: The built-in definitions that concern a registry's key; the ids and rules were read in the definitions themselves.
DEFINITIONS = (
    Definition(
        "5b9159ae-1701-4a6f-9a7a-aa9c8ddd0580",
        "Container registries should be encrypted with a customer-managed key",
        "registry",
        lambda facts, _policy: facts.encrypted,
        "",
        "policy_difference_encryption",
    ),
    Definition(
        "d8cf8476-a2ec-4916-896e-992351803c44",
        "Keys should have a rotation policy ensuring that their rotation is scheduled within the specified number of "
        "days after creation.",
        "key",
        _rotation_scheduled,
        "maximumDaysToRotate",
        "policy_difference_rotation",
    ),
    Definition(
        "152b15f7-8e1f-4c1f-ab71-8c010ba5dbc0",
        "Key Vault keys should have an expiration date",
        "key",
        _expiration,
        "",
        "policy_difference_expiration",
    ),
    Definition(
        "c26e4b24-cf98-4c67-b48b-5a25c4c69eb9",
        "Keys should not be active for longer than the specified number of days",
        "key",
        _active_period,
        "maximumValidityInDays",
        "policy_difference_active",
    ),
    Definition(
        "49a22571-d204-4c91-a7b6-09b1a586fbc9",
        "Keys should have the specified maximum validity period",
        "key",
        _validity,
        "maximumValidityInDays",
        "policy_difference_validity",
    ),
    Definition(
        "82067dbb-e53b-4e06-b631-546d197452d9",
        "Keys using RSA cryptography should have a specified minimum key size",
        "key",
        _size,
        "minimumRSAKeySize",
        "policy_difference_size",
    ),
    Definition(
        "0b60c0b2-2dc2-4e1c-b5c9-abbed971de53",
        "Key vaults should have deletion protection enabled",
        "vault",
        lambda facts, _policy: facts.purge_protection,
        "",
        "policy_difference_purge",
    ),
)


@dataclasses.dataclass(frozen=True)
class PolicyResult:
    """What a definition says of the things that it judges, and where we say otherwise.

    :ivar differing: registries, by id, with whose part the definition is content, and that are not good here.
    :ivar only_theirs: registries that are good here, and that the definition marks.
    """

    definition: Definition
    compliant: int
    non_compliant: int
    unknown: int
    differing: tuple[str, ...]
    only_theirs: tuple[str, ...]
    value: str = ""

    def result(self) -> dict[str, object]:
        """As the report's JSON has it."""
        own = {name: getattr(self.definition, name) for name in ("id", "name", "kind", "parameter")}
        counts = {name: getattr(self, name) for name in ("value", "compliant", "non_compliant", "unknown")}
        return {**own, **counts, "differing": list(self.differing), "only_theirs": list(self.only_theirs)}


def evaluate(registries: typing.Sequence[RegistryFacts], policy: Policy) -> tuple[PolicyResult, ...]:
    """Every definition on the same facts. What could not be seen is neither compliant nor not."""
    return tuple(_evaluate(one, registries, policy) for one in DEFINITIONS)


def _evaluate(definition: Definition, registries: typing.Sequence[RegistryFacts], policy: Policy) -> PolicyResult:
    answers: dict[str, bool | None] = {}
    by_registry: list[tuple[RegistryFacts, bool | None]] = []
    for registry in registries:
        thing = _thing(definition.kind, registry)
        if thing is None:
            continue
        answer = definition.judge(registry, policy)
        # what one registry's look did not show, another one's may have
        answers[thing] = answers.get(thing) if answer is None else answer
        by_registry.append((registry, answer))
    values = list(answers.values())
    return PolicyResult(
        definition=definition,
        compliant=values.count(True),
        non_compliant=values.count(False),
        unknown=values.count(None),
        differing=tuple(one.id for one, answer in by_registry if answer is True and one.state != "good"),
        only_theirs=tuple(one.id for one, answer in by_registry if answer is False and one.state == "good"),
        value=_value(definition.parameter, policy),
    )


def _thing(kind: str, facts: RegistryFacts) -> str | None:
    """What is judged, by a name that it has once; None where there is none such.

    The definitions of keys and vaults are for vaults, not for Managed HSMs, which have definitions of their own.
    """
    if kind == "registry":
        return facts.id.lower()
    if facts.key is None or facts.is_hsm:
        return None
    return f"{facts.key}/{facts.version}".lower() if kind == "key" else facts.key.split("/keys/")[0].lower()


def _value(parameter: str, policy: Policy) -> str:
    """The parameter's value: the definitions have no default for it, so it is this report's own rule."""
    if not parameter:
        return ""
    if parameter == "minimumRSAKeySize":
        return str(policy.min_size)
    return "" if policy.max_age is None else str(int(policy.max_age // DAY))
