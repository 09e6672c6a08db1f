# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Whether what Azure shows after a change is what was wanted: an answer of success alone proves nothing."""

from __future__ import annotations

import typing

from .._domain.failure import Failure
from .._domain.plan import Plan, S

#: Differences that harm nobody: Azure, or a policy of the owner's, may write tags of its own.
_HARMLESS = frozenset({"tags", "replicas"})


def check(rest: Plan[S], what: str, *, details: typing.Mapping[str, object]) -> str:
    """What to warn of after a change.

    :param rest: the plan for the thing as Azure shows it now; nothing, if all is as wanted.
    :param what: as in "registry contosoacr".
    :param details: the parts of the result that show it.
    :raises Failure: when something is not as wanted on which others may rely.
    """
    if not rest.changed or not rest.after:
        return ""
    differences = "; ".join(
        f"{name} is {rest.before.get(name)!r}, not {wanted!r}" for name, wanted in sorted(rest.after.items())
    )
    text = f"Azure took the change, but the {what} still shows: {differences}."
    if not rest.after.keys() - _HARMLESS:
        return text
    raise Failure(
        text,
        hint="Look at it again in some minutes by the same task; if it stays so, somebody else or a policy sets it.",
        code="not_reported",
        details={"changed": True, **details},
    )
