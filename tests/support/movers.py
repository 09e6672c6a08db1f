# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A registry without a key of its own with a bit of everything in it, and the one under a key that it is moved to."""

from __future__ import annotations

import typing

from azure.mgmt.containerregistry import ContainerRegistryManagementClient
from local_azure.client import Control
from local_azure.server import LocalAzure

from .clients import Clients
from .direct import Direct
from .images import INDEX, Image, Index, digest_of
from .oci import Wire, wire_of

OLD, NEW = "oldacr", "contosoacr"
PLACE = {"resource_group": "contoso"}
MOVE: dict[str, typing.Any] = {"source": OLD, "name": NEW, **PLACE}
#: Every character that a repository may have.
ODD = "a-b.c_d__e/f0/g---h"


class Movers:
    """Both registries, their data planes, and the operation between them."""

    def __init__(self, azure: LocalAzure, direct: Direct, control: Control, **properties: typing.Any) -> None:
        self.azure, self.direct, self.control = azure, direct, control
        self.clients = Clients(azure)
        control.settings(import_seconds=0.2)
        self.make(OLD, **properties)
        self.old, self.new = self.wire(OLD), self.wire(NEW)

    def make(self, name: str, *, sku: str = "Premium", tags: typing.Any = None, **properties: typing.Any) -> None:
        """A registry without a key of its own."""
        body = {"location": "westeurope", "sku": {"name": sku}, "tags": tags or {}, "properties": properties}
        self.clients.registries.begin_create("contoso", name, body).result()

    def wire(self, name: str) -> Wire:
        return wire_of(self.azure, name)

    def everything(self, name: str = OLD) -> None:
        """An image with two tags, an untagged one, an index, signatures by both ways, an SBOM of a signature, locks."""
        old = self.wire(name)
        image = old.image("team/app", "v1")
        assert old.put("team/app", "latest", image.manifest).status_code == 201
        untagged = Image("nobody's any more")
        old.image("team/app", "gone", untagged.text)
        old.image("team/app", "gone", "the next")
        index = Index(attested=True)
        index.push(self.clients.credential, f"{name}.azurecr.io", "team/app", "multi")
        signature = old.referrer("team/app", image, "application/vnd.dev.cosign.artifact.sig.v1+json")
        assert old.put("team/app", digest_of(signature), signature).status_code == 201
        about = Signature(signature)
        sbom = old.referrer("team/app", about, "application/spdx+json")
        assert old.put("team/app", digest_of(sbom), sbom).status_code == 201
        old.image("team/app", f"{image.digest.replace(':', '-')}.sig", "cosign's way")
        old.image(ODD, "T_1.2-3", "odd names")
        for path in (f"team/app/_manifests/{image.digest}", f"{ODD}/_tags/T_1.2-3", ODD):
            self.lock(name, path, writeEnabled=False, deleteEnabled=False)

    def parts(self) -> ContainerRegistryManagementClient:
        """A part of each kind at the source; the SDK's client."""
        client = ContainerRegistryManagementClient(
            self.clients.credential, self.clients.subscription, polling_interval=0.05, retry_total=0
        )
        scope_map = client.scope_maps.begin_create(
            "contoso", OLD, "ci-pull", {"properties": {"actions": ["repositories/team/app/content/read"]}}
        ).result()
        client.tokens.begin_create("contoso", OLD, "ci-pull", {"properties": {"scopeMapId": scope_map.id}}).result()
        client.registries.begin_generate_credentials(
            "contoso", OLD, {"tokenId": f"{scope_map.id.rsplit('/', 2)[0]}/tokens/ci-pull", "name": "password1"}
        ).result()
        hook = {
            "serviceUri": "https://ci.example/hook",
            "customHeaders": {"Authorization": "Basic c3VwZXI="},
            "actions": ["push"],
            "status": "enabled",
        }
        body = {"location": "westeurope", "properties": hook}
        client.webhooks.begin_create("contoso", OLD, "cihook", body).result()
        rule = {"sourceRepository": "mcr.microsoft.com/hello-world", "targetRepository": "hello-world"}
        client.cache_rules.begin_create("contoso", OLD, "hello", {"properties": rule}).result()
        client.replications.begin_create("contoso", OLD, "northeurope", {"location": "northeurope"}).result()
        return client

    def lock(self, registry: str, path: str, **attributes: bool) -> None:
        """Set attributes of a repository, a tag or a manifest."""
        answer = self.wire(registry).ask("PATCH", f"/acr/v1/{path}", json=attributes)
        assert answer.status_code == 200, answer.text

    def move(self, *, check: bool = False, **options: typing.Any) -> dict[str, typing.Any]:
        """Run it, whatever comes of it."""
        return self.direct("acr_cmk_move", check=check, **{**MOVE, **options})

    def moved(self, **options: typing.Any) -> dict[str, typing.Any]:
        """Run it, and it succeeds."""
        result = self.move(**options)
        assert not result.get("failed"), result["msg"]
        return result

    def contents(self, registry: str) -> dict[str, typing.Any]:
        """All that a registry shows: by repository its attributes, artifacts and tags."""
        wire = self.wire(registry)
        shown = {}
        for name in wire.get("/v2/_catalog?n=1000").json().get("repositories") or []:
            manifests = wire.get(f"/acr/v1/{name}/_manifests?n=1000").json()["manifests"]
            tags = wire.get(f"/acr/v1/{name}/_tags?n=1000").json().get("tags") or []
            shown[name] = {
                "": wire.get(f"/acr/v1/{name}").json()["changeableAttributes"],
                **{one["digest"]: one["changeableAttributes"] for one in manifests},
                **{one["name"]: (one["digest"], one["changeableAttributes"]) for one in tags},
            }
        return shown

    def same(self, name: str = OLD) -> bool:
        """Whether the target shows all that the source does, and can be pulled; what lists referrers is its own."""
        old, new = self.contents(name), self.contents(NEW)
        pulled = all(
            self.new.get(f"/v2/{repository}/manifests/{one}").status_code == 200
            for repository, parts in new.items()
            for one in parts
            if one.startswith("sha256:")
        )
        return pulled and all(
            new.get(repository, {}).get(part) == shown
            for repository, parts in old.items()
            for part, shown in parts.items()
        )


class Signature(Image):
    """A manifest that is referred to in turn."""

    def __init__(self, manifest: bytes) -> None:
        super().__init__("")
        object.__setattr__(self, "_bytes", manifest)

    @property
    def manifest(self) -> bytes:
        return typing.cast(bytes, self.__dict__["_bytes"])


__all__ = ["INDEX", "MOVE", "NEW", "ODD", "OLD", "PLACE", "Movers"]
