# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two registries, and imports from one into the other by the unmodified SDK; images that are there from the start."""

from __future__ import annotations

import typing

import pytest
from azure.core.exceptions import HttpResponseError
from local_azure.client import Control
from local_azure.images.state import Store
from local_azure.server import LocalAzure

from .clients import GROUP, PLACE, Clients
from .images import MANIFEST, Image, digest_of
from .oci import Wire, wire_of

FROM, TO = "plainacr", "contosoacr"


class Registries:
    """A plain registry, and one under a key of its customer's that images come into."""

    def __init__(self, clients: Clients, azure: LocalAzure, control: Control) -> None:
        self.clients, self.azure, self.control = clients, azure, control
        clients.registry(TO)
        self.create(FROM)
        self.settings = azure.world.settings
        self.settings.import_seconds = 0.05
        self.source, self.target = self.wire(FROM), self.wire(TO)

    def create(self, name: str, **properties: typing.Any) -> None:
        body = {"location": PLACE, "sku": {"name": "Premium"}, "properties": properties}
        self.clients.registries.begin_create(GROUP, name, body).result()

    def change(self, name: str, **properties: typing.Any) -> None:
        self.clients.registries.begin_update(GROUP, name, {"properties": properties}).result()

    def wire(self, name: str) -> Wire:
        return wire_of(self.azure, name)

    def id(self, name: str) -> str:
        group = f"/subscriptions/{self.clients.subscription}/resourceGroups/{GROUP}"
        return f"{group}/providers/Microsoft.ContainerRegistry/registries/{name}"

    def begin(
        self,
        image: str,
        *tags: str,
        untagged: tuple[str, ...] = (),
        mode: str = "NoForce",
        to: str = TO,
        **origin: typing.Any,
    ) -> typing.Any:
        body: dict[str, typing.Any] = {"source": {**(origin or {"resourceId": self.id(FROM)}), "sourceImage": image}}
        body |= {"targetTags": list(tags), "untaggedTargetRepositories": list(untagged), "mode": mode}
        return self.clients.registries.begin_import_image(GROUP, to, body)

    def bring(self, image: str, *tags: str, **more: typing.Any) -> None:
        self.begin(image, *tags, **more).result()

    def early(self, image: str, *tags: str, **more: typing.Any) -> HttpResponseError:
        """How a request is refused."""
        with pytest.raises(HttpResponseError) as caught:
            self.begin(image, *tags, **more)
        return caught.value

    def late(self, image: str, *tags: str, **more: typing.Any) -> HttpResponseError:
        """How an operation ends that has begun."""
        poller = self.begin(image, *tags, **more)
        with pytest.raises(HttpResponseError) as caught:
            poller.result()
        return caught.value

    def someone(self, *grants: tuple[str, str]) -> None:
        """Go on as somebody who has these roles: registry and role."""
        person = self.control.principal("someone")
        for name, role in grants:
            self.control.grant(scope=self.id(name), role=role, principal=person["oid"])
        self.clients.sign_in(person["client_id"], person["secret"])

    def tags(self, repository: str) -> list[str]:
        answer = self.target.get(f"/v2/{repository}/tags/list")
        return answer.json()["tags"] if answer.status_code == 200 else []


def keep(content: Store, image: Image, repository: str, *tags: str) -> None:
    """Put an image into a registry from inside, as into one outside of Azure to which nobody pushes."""
    parts = (image.config, image.layer)
    for data in parts:
        content.link(repository, content.seal(data))
    for tag in tags:
        content.put_manifest(repository, tag, image.manifest, MANIFEST, [digest_of(data) for data in parts])


def said(error: HttpResponseError) -> tuple[int, str, str]:
    """Status, code and message."""
    told = error.error
    assert told is not None, error
    return error.status_code or 0, told.code or "", told.message or ""
