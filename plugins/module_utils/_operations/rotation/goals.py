# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Whether registries are on the key version that they are to be on, or on a newer one that somebody made meanwhile."""

from __future__ import annotations

from ..._azure import keys, sdk
from ..._domain.key import KeyVersion
from ..._domain.key_identifier import KeyIdentifier
from ..._domain.registry import Registry
from ..._operation import Task
from ..._rules.rotation.plan import Move, Target
from ..registry import set_key


class Goals:
    """The versions that registries are to report.

    :param target: what was asked for: a version that was named is no other.
    :param versions: by versionless key identifier.
    """

    def __init__(self, task: Task, target: Target, versions: dict[str, KeyVersion]) -> None:
        self._task = task
        self._is_exact = bool(target.key and target.key.version and not target.is_start)
        self.versions = versions

    def version(self, move: Move) -> KeyIdentifier:
        """The key version that a registry goes to."""
        return move.key.at(move.version or self.versions[str(move.key)].version)

    def reached(self, move: Move, registry: Registry) -> bool:
        """Whether a registry is as it is to be. A version that differs is looked at, once, to see which is newer."""
        encryption = registry.encryption
        if encryption is None or encryption.in_use is None:
            return False
        if move.kind == "set" and (
            encryption.identity.lower() != move.identity.lower() or encryption.rotation_mode != move.mode
        ):
            return False
        goal = self.version(move)
        if set_key.reports(registry, goal):
            return True
        if self._is_exact or encryption.in_use == move.encryption.in_use or not encryption.in_use.same_key(goal):
            return False
        now, then = self._created(encryption.in_use), self._created(goal)
        # of what nobody tells when it was made, nobody can say that it is newer
        return now is not None and then is not None and now > then

    def _created(self, key: KeyIdentifier) -> float | None:
        """When a version was made, seconds since 1970; None where that cannot be read."""
        goal = self.versions.get(str(key.versionless))
        if goal and goal.version == key.version:
            return goal.created
        core = sdk.module("azure.core.exceptions", "azure-core")

        def ask() -> float | None:
            try:
                version = keys.find(self._task.session, key)
            except core.AzureError:
                return None
            return version.created if version else None

        return self._task.session.once(f"created {key}", ask)
