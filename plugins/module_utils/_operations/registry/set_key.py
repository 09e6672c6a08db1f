# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Have Azure make or change a registry's encryption: wait out a fresh right, name the cause of a refusal, verify."""

from __future__ import annotations

import typing

from ..._azure import errors, registries, sdk
from ..._domain.failure import Failure
from ..._domain.identity import Identity
from ..._domain.key_identifier import KeyIdentifier
from ..._domain.registry import Registry
from ..._domain.wire import Body
from ..._operation import Task
from ..._rules.health.causes import waiting_may_help
from ..._rules.health.observation import Observation
from ..access import caller
from ..health import observe
from .fleet import not_reported


def attempt(
    task: Task, doing: str, send: typing.Callable[[], Registry], look: typing.Callable[[], Observation]
) -> Registry:
    """Send a request that Azure may refuse with its opaque message about the key.

    If all that is in the way can be a role assignment that has not spread yet, it is sent again until it passes, up to
    ``wait_timeout``.

    :param doing: what is done, as in "creating the registry contosoacr".
    :param send: sends it and waits for its end; returns the registry as a GET then shows it.
    :param look: observes what stands between the identity and the key.
    :raises Failure: with the true cause beside Azure's text.
    """
    core = sdk.module("azure.core.exceptions", "azure-core")
    began = task.clock.monotonic()
    while True:
        try:
            return send()
        except core.AzureError as error:
            if not errors.is_key_refusal(error):
                raise _refused(error, doing) from error
            observation = look()
            waited = task.clock.monotonic() - began
            if waited >= task.timeout or not waiting_may_help(observation):
                raise observe.refuse(observation, azure=errors.described(error)) from error
            task.clock.sleep(caller.pause(waited), "the identity's fresh right to the key to count")


def _refused(error: Exception, doing: str) -> Failure:
    if errors.code_of(error) == "AlreadyInUse":
        failure = name_taken("", errors.message_of(error))
        failure.azure = errors.described(error)
        return failure
    return errors.failure(error, doing)


def name_taken(name: str, answer: str) -> Failure:
    """The failure for a registry name that cannot be had.

    :param answer: Azure's own words.
    """
    return Failure(
        f"The registry's name {name} is taken: names are unique in all of Azure. Azure says: {answer}".replace(
            "  ", " "
        ),
        parameter="name",
        hint="Choose another name.",
        code="name_taken",
    )


def change(
    task: Task, registry: Registry, body: Body, *, key: KeyIdentifier, identity: Identity | None, reference: str
) -> Registry:
    """Change a registry's encryption by a PATCH that says nothing else.

    :param key: what it is to use, for the search for a cause.
    :param identity: as whom, resolved.
    :param reference: the same as it was named.
    :raises Failure: with the true cause beside Azure's text.
    """
    return attempt(
        task,
        f"changing the key of the registry {registry.label}",
        lambda: registries.patch(task.session, registry, body, timeout=task.timeout),
        lambda: observe.of_key(task.session, key, identity, reference=reference, registry=registry),
    )


def reports(registry: Registry, key: KeyIdentifier) -> bool:
    """Whether a registry reports a key: the version if one is named, else any version of that key."""
    in_use = registry.encryption.in_use if registry.encryption else None
    return in_use is not None and in_use.same_key(key) and (not key.version or in_use.version == key.version)


def verify(task: Task, registry: Registry, key: KeyIdentifier) -> Registry:
    """Wait until a registry reports a key; usually it does at once.

    :raises Failure: when it still does not after ``wait_timeout``.
    """
    began = task.clock.monotonic()
    while not reports(registry, key):
        waited = task.clock.monotonic() - began
        if waited >= task.timeout:
            raise not_reported(registry)
        task.clock.sleep(caller.pause(waited), f"the registry {registry.label} to report the version")
        registry = registries.get(task.session, registry.resource_id) or registry
    task.see(f"the registry {registry.label} reports the key {key}")
    return registry
