# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A registry with an image in it, to be locked and opened."""

from __future__ import annotations

import typing

from local_azure.client import Control
from local_azure.server import LocalAzure

from .clients import Clients
from .direct import Direct
from .images import Image, Sdk

PLACE = {"resource_group": "contoso"}
SERVER = "contosoacr.azurecr.io"
TO = {"registries": ["contosoacr"], **PLACE}
CONFIRM = {"confirm": ["contosoacr"]}
KEY = {"vault": "contoso-kv", "name": "cmk"}
CMK_ROLE = "e147488a-f6f5-4113-8e2d-b22465e65bf6"


class Locker:
    """A registry with an image in it, and the ways to break and mend it."""

    def __init__(self, azure: LocalAzure, direct: Direct, control: Control) -> None:
        self.azure, self.direct, self.control = azure, direct, control
        self.image = Image()
        assert self.images.push(self.image, SERVER, "team/app", "v1") == ""
        self.must_be_readable()

    @property
    def clients(self) -> Clients:
        """Signed in anew: tokens expire by the local Azure's clock, which the SDK does not see."""
        return Clients(self.azure)

    @property
    def images(self) -> Sdk:
        return Sdk(self.clients.credential)

    def must_be_readable(self) -> None:
        assert self.images.pull(SERVER, "team/app", "v1") == (self.image.digest, "")

    def must_be_locked(self) -> None:
        digest, problem = self.images.pull(SERVER, "team/app", "v1")
        assert (digest, "Forbidden" in problem) == ("", True), problem

    def done(self, module: str, **options: typing.Any) -> dict[str, typing.Any]:
        result = self.direct(module, **options)
        assert not result.get("failed"), result["msg"]
        return result

    def restored(self) -> dict[str, typing.Any]:
        """Restore, and see that it holds, that check mode foresaw it, and that nothing is left to do."""
        foreseen = self.done("cmk_restore", **TO, check=True)
        assert foreseen["changed"]
        result = self.done("cmk_restore", **TO)
        assert (result["changed"], result["verified"]) == (True, True), result
        assert foreseen["plan"] == result["plan"][: len(foreseen["plan"])]
        assert result["registries"][0]["data"]["state"] == "readable"
        self.must_be_readable()
        again = self.done("cmk_restore", **TO)
        assert (again["changed"], again["verified"]) == (False, True), again
        return result


def take_role_away(locker: Locker) -> None:
    """Somebody takes the identity's role away."""
    for assignment in list(locker.clients.assignments.list_for_subscription()):
        if assignment.role_definition_id.endswith(CMK_ROLE):
            locker.clients.assignments.delete_by_id(assignment.id)
