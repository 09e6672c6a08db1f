# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""The steps that change a key, each as Key Vault is asked to make it."""

from __future__ import annotations

import dataclasses
import typing

from ..._azure import errors, keys, sdk
from ..._domain.key import KeyVersion, RotationPolicy
from ..._domain.key_identifier import KeyIdentifier
from ..._operation import Task
from ..._rules.key.plan import KeyStep, attributes_like, is_plain_rotation
from ..access import caller
from . import backup_file


@dataclasses.dataclass(frozen=True)
class Material:
    """What comes from files, and goes to one.

    :param jwk: a private key to import, as :func:`.pem.read` returns it.
    :param sealed: a backup to restore.
    :param backup_file: where a backup goes.
    """

    jwk: typing.Mapping[str, object] = dataclasses.field(default_factory=dict, repr=False)
    sealed: bytes = dataclasses.field(default=b"", repr=False)
    backup_file: str = ""


def carry_out(
    task: Task,
    key: KeyIdentifier,
    steps: typing.Sequence[KeyStep],
    newest: KeyVersion | None,
    material: Material,
) -> KeyVersion | None:
    """Make the steps of a plan, one after another: Key Vault refuses changes of one key side by side (azurerm #12285).

    :param newest: the newest version before them.
    :returns: the version that was made or changed last; ``newest`` if none was.
    :raises Failure: when Key Vault refuses.
    """

    def make(step: KeyStep) -> None:
        nonlocal newest
        newest = apply(task, key, step, newest, material) or newest

    if steps:
        task.hold(f"the key {key.versionless}")
    task.carry_out(steps, make)
    return newest


def apply(
    task: Task, key: KeyIdentifier, step: KeyStep, newest: KeyVersion | None, material: Material
) -> KeyVersion | None:
    """Make one step.

    :param newest: the newest version before it.
    :returns: the version that was made or changed, if one was.
    :raises Failure: when Key Vault refuses.
    """
    if step.action == "purge_key":
        _purge(task, key)
        return None
    return caller.with_right(task, key, f"to {step.text}", lambda: _send(task, key, step, newest, material))


def _send(
    task: Task, key: KeyIdentifier, step: KeyStep, newest: KeyVersion | None, material: Material
) -> KeyVersion | None:
    session, attributes = task.session, step.attributes
    if step.action == "import_key":
        return keys.import_key(session, key, material.jwk, attributes)
    if step.action == "restore_key":
        return keys.restore_backup(session, key, material.sealed)
    if step.action == "back_up":
        backup_file.write(material.backup_file, keys.backup(session, key), session.now())
        return None
    if step.action == "set_policy":
        keys.set_policy(session, key, typing.cast(RotationPolicy, step.policy))
        return None
    if step.action == "update_key":
        return keys.update(session, key, step.version, step.change)
    if step.action == "recover_key":
        keys.recover(session, key, timeout=task.timeout)
        return keys.get(session, key)
    if step.action == "delete_key":
        keys.delete(session, key, timeout=task.timeout)
        return None
    if step.action == "new_version" and newest is not None and is_plain_rotation(attributes, newest):
        return keys.renew(session, key, newest)
    like_newest = attributes_like(attributes, newest)
    return keys.create(session, key, like_newest, newest=newest.version if newest else "")


def _purge(task: Task, key: KeyIdentifier) -> None:
    core = sdk.module("azure.core.exceptions", "azure-core")
    try:
        keys.purge(task.session, key)
    except core.AzureError as error:
        raise errors.failure(error, f"purging the key {key.name}") from error
