# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Key identifiers: ``https://VAULT.vault.azure.net/keys/NAME[/VERSION]``.

With a version the registry stays on it (manual rotation); without one, a versionless identifier, it follows the newest
version within the hour (automatic rotation). Source: "Customer-managed keys for Azure Container Registry", parts 1, 2.
"""

from __future__ import annotations

import dataclasses
import re

from . import names
from .cloud import CLOUDS, Cloud
from .failure import Failure
from .words import shown

_URL = re.compile(
    r"https://(?P<host>[^/:]+)(?::443)?/keys/(?P<name>[^/]+)(?:/(?P<version>[^/]*))?/?", re.IGNORECASE | re.ASCII
)

#: Stands, in check mode, for a version that a real run would make.
PLANNED_VERSION = "0" * 32


@dataclasses.dataclass(frozen=True)
class KeyIdentifier:
    """A key, or a version of it. ``store`` is ``vault`` or ``managed_hsm``; ``version`` is empty when versionless."""

    host: str
    name: str
    version: str
    store: str

    @property
    def vault(self) -> str:
        """The key store's name."""
        return self.host.split(".", 1)[0]

    @property
    def is_hsm(self) -> bool:
        """Whether the key store is a Managed HSM."""
        return self.store == "managed_hsm"

    @property
    def place(self) -> str:
        """The key store in words."""
        return f"Managed HSM {self.vault}" if self.is_hsm else f"vault {self.vault}"

    @property
    def url(self) -> str:
        """The key store's address, with a slash at the end as Azure writes it."""
        return f"https://{self.host}/"

    @property
    def versionless(self) -> KeyIdentifier:
        """The same key without a version."""
        return dataclasses.replace(self, version="")

    def at(self, version: str) -> KeyIdentifier:
        """The same key at a version."""
        return dataclasses.replace(self, version=version.lower())

    def same_key(self, other: KeyIdentifier | None) -> bool:
        """Whether both name the same key, whatever the version."""
        return other is not None and (self.host, self.name.lower()) == (other.host, other.name.lower())

    def __str__(self) -> str:
        return f"https://{self.host}/keys/{self.name}" + (f"/{self.version}" if self.version else "")


def parse(text: str, cloud: Cloud, *, parameter: str = "key_identifier") -> KeyIdentifier:
    """Read a key identifier.

    :param cloud: the cloud that the registry is in; a key of another cloud cannot serve it.
    :raises Failure: for what is no key identifier, or one of another cloud.
    """
    form = (
        f"A key identifier looks like https://VAULT{cloud.vault_suffix}/keys/NAME, with /VERSION for a fixed version."
    )
    match = _URL.fullmatch(text.strip())
    if not match or not names.is_name("key", match["name"]):
        raise Failure(
            f"{shown(text)} is not a key identifier.", parameter=parameter, hint=form, code="malformed_key_identifier"
        )
    host, version = match["host"].lower(), (match["version"] or "").lower()
    if version and not names.is_key_version(version):
        raise Failure(
            f"{shown(version)} in {shown(text)} is not the version of a key.",
            parameter=parameter,
            hint=f"A version has 32 hexadecimal digits. {form}",
            code="malformed_key_identifier",
        )
    return KeyIdentifier(host, match["name"], version, _store(host, cloud, text, parameter))


def check(text: str, *, parameter: str = "key_identifier") -> KeyIdentifier:
    """The parts of a key identifier of any cloud.

    :raises Failure: for anything else.
    """
    address_of = (
        cloud for cloud in CLOUDS.values() if cloud.vault_suffix in text.lower() or cloud.hsm_suffix in text.lower()
    )
    return parse(text, next(address_of, CLOUDS["AzureCloud"]), parameter=parameter)


def _store(host: str, cloud: Cloud, text: str, parameter: str) -> str:
    kind = cloud.key_store(host)
    if kind:
        return kind
    for other in CLOUDS.values():
        if other.key_store(host):
            raise Failure(
                f"{shown(text)} is a key of {other.name}, but this task works in {cloud.name}.",
                parameter=parameter,
                hint=f"Give a key of {cloud.name}, or set cloud_environment to {other.name}.",
                code="other_cloud",
            )
    raise Failure(
        f"{shown(host)} is not the host of a key vault of {cloud.name}.",
        parameter=parameter,
        hint=f"A vault's host ends with {cloud.vault_suffix}, a Managed HSM's with {cloud.hsm_suffix}.",
        code="malformed_key_identifier",
    )


def try_parse(text: str | None, cloud: Cloud) -> KeyIdentifier | None:
    """Like :func:`parse`, but None for what Azure itself reported and we cannot read."""
    if not text:
        return None
    try:
        return parse(text, cloud)
    except Failure:
        return None
