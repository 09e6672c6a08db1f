# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Have Azure make or change a registry's encryption: wait out a fresh right, name the cause of a refusal, verify."""

from __future__ import annotations

import typing

from .._azure import errors, registries, sdk
from .._operation import Task
from .._rules import health, key_identifier, resource_id
from .._rules.failure import Failure
from .._rules.key_identifier import KeyIdentifier
from .._rules.registry_facts import Facts, facts
from .._rules.registry_plan import Identity
from . import caller, observe


def attempt(
    task: Task,
    doing: str,
    send: typing.Callable[[], dict[str, typing.Any]],
    look: typing.Callable[[], health.Observed],
) -> Facts:
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
            return facts(send(), task.session.cloud)
        except core.AzureError as error:
            if not errors.is_key_refusal(error):
                raise _taken(error, doing) from error
            seen = look()
            waited = task.clock.monotonic() - began
            if waited >= task.timeout or not health.waiting_may_help(seen):
                raise observe.refuse(seen, azure=errors.described(error)) from error
            task.clock.sleep(caller.pause(waited), "the identity's fresh right to the key to count")


def _taken(error: Exception, doing: str) -> Failure:
    if errors.code_of(error) == "AlreadyInUse":
        return Failure(
            "The registry's name is taken: names are unique in all of Azure.",
            parameter="name",
            hint="Choose another name.",
            code="name_taken",
            azure=errors.described(error),
        )
    return errors.failure(error, doing)


def patch(
    task: Task,
    registry: Facts,
    body: dict[str, typing.Any],
    *,
    key: KeyIdentifier,
    identity: Identity | None,
    reference: str,
) -> Facts:
    """Change a registry's key or identity, and return what it then reports.

    :param identity: the identity that goes to the key afterwards, for the search after a refusal.
    :raises Failure: with the true cause when Azure refuses.
    """
    where = typing.cast(resource_id.ResourceId, resource_id.parse(registry["id"], resource_id.REGISTRY))
    return attempt(
        task,
        f"changing the key of the registry {registry['name']}",
        lambda: registries.patch(task.session, where, body, timeout=task.timeout),
        lambda: observe.everything(task.session, key, identity, reference=reference, registry=registry),
    )


def body(key_identifier_text: str, identity: str | None) -> dict[str, typing.Any]:
    """The PATCH that sets key and identity, and nothing else."""
    properties = {"keyIdentifier": key_identifier_text, "identity": identity}
    return {"properties": {"encryption": {"status": "enabled", "keyVaultProperties": properties}}}


def reports(registry: Facts, key: KeyIdentifier, task: Task) -> bool:
    """Whether a registry reports a key: the version if one is named, else any version of that key."""
    now = key_identifier.try_parse(registry["encryption"].get("versioned_key_identifier"), task.session.cloud)
    return now is not None and now.same_key(key) and (not key.version or now.version == key.version)


def verify(task: Task, registry: Facts, key: KeyIdentifier) -> Facts:
    """Wait until a registry reports a key; usually it does at once.

    :raises Failure: when it still does not after ``wait_timeout``.
    """
    where = typing.cast(resource_id.ResourceId, resource_id.parse(registry["id"], resource_id.REGISTRY))
    began = task.clock.monotonic()
    while not reports(registry, key, task):
        waited = task.clock.monotonic() - began
        if waited >= task.timeout:
            now = registry["encryption"].get("versioned_key_identifier")
            raise Failure(
                f"Azure took the change, but the registry {registry['name']} still reports {now}.",
                hint="Nothing was disabled; run the same task again, or look at it with acr_cmk_registry_info.",
                code="not_reported",
                details={"registry": registry},
            )
        task.clock.sleep(caller.pause(waited), f"the registry {registry['name']} to report the version")
        wire = registries.get(task.session, where)
        registry = facts(wire or {}, task.session.cloud)
    return registry
