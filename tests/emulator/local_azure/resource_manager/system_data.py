# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who made a resource and who changed it last: its ``systemData``, recorded for people and for applications."""

from __future__ import annotations

import typing

from ..clock import iso_offset
from ..routing import Call
from ..signin.tokens import for_person

#: The application that registries act as; it makes the replica of the home region (recorded).
REGISTRY_SERVICE = "6a0ec4d3-30cb-4a83-91c0-ae56bc0e3d26"


def note(call: Call, record: dict[str, typing.Any]) -> None:
    """Keep in a record who changes it now; the first one has made it."""
    caller = call.caller or {}
    person = for_person(caller)
    who = [str(caller.get("upn" if person else "appid", "")), "User" if person else "Application"]
    record["changed"] = {"by": who, "at": call.now}
    record.setdefault("made", record["changed"])


def made_by_service(at: float) -> dict[str, typing.Any]:
    """What :func:`note` would keep of something that the registry service made by itself."""
    once = {"by": [REGISTRY_SERVICE, "Application"], "at": at}
    return {"made": once, "changed": once}


def show(record: dict[str, typing.Any], moment: typing.Callable[[float], str] = iso_offset) -> dict[str, typing.Any]:
    """The ``systemData`` of a record.

    :param moment: how the service writes moments.
    """
    made, changed = record["made"], record["changed"]
    return {
        "createdBy": made["by"][0],
        "createdByType": made["by"][1],
        "createdAt": moment(made["at"]),
        "lastModifiedBy": changed["by"][0],
        "lastModifiedByType": changed["by"][1],
        "lastModifiedAt": moment(changed["at"]),
    }
