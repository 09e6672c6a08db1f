# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Which of two versions of a key is older."""

from __future__ import annotations

from ..._azure import keys
from ..._domain.key_identifier import PLANNED_VERSION, KeyIdentifier
from ..._operation import Task
from ..access import caller


def is_older(task: Task, key: KeyIdentifier, in_use: KeyIdentifier) -> bool:
    """Whether a version was made before another one of the same key.

    :raises Failure: when the caller may not list the versions: then nobody can say.
    """
    if key.version == PLANNED_VERSION:
        return False
    doing = f"listing the versions of the key {key.name}"
    versions = caller.with_right(task, key, doing, lambda: keys.versions(task.session, key))
    order = [version.version for version in versions]
    return key.version in order and in_use.version in order and order.index(key.version) < order.index(in_use.version)
