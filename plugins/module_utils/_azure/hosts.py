# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Where a request may go: tokens and secrets to the chosen cloud's hosts alone, whatever an answer says.

A redirect, a ``nextLink``, an operation's address, a challenge: the SDK follows them all, and each of its clients has
its own idea of when to leave the token behind. Here every request of every client is looked at, just before it is sent.
"""

from __future__ import annotations

import ipaddress
import re
import typing
import urllib.parse

from .._domain.cloud import Cloud
from .._domain.failure import Failure
from .._domain.words import shown

#: Nothing in front of the host, nothing odd in it: no two readers of this address can differ over where it leads.
_ADDRESS = re.compile(
    r"(?P<scheme>https?)://(?P<host>[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::(?P<port>[0-9]+))?(?:[/?]|$)"
)
_RESOURCE = re.compile(r"\b(?:resource|scope)=\"?(?P<address>[^\",\s]*)", re.IGNORECASE)
_AUTHORITY = re.compile(r"\bauthorization(?:_uri)?=\"?(?P<address>[^\",\s]*)", re.IGNORECASE)
#: Of a storage account's challenge ("Authorize access to blobs using Microsoft Entra ID").
_STORAGE_RESOURCE = re.compile(r"\bresource_id=\"?(?P<address>[^\",\s]*)", re.IGNORECASE)
#: The managed-identity service of a virtual machine.
_METADATA = "169.254.169.254"
#: RFC 1918 and RFC 4193.
_PRIVATE = tuple(ipaddress.ip_network(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"))
#: Whoever hosts a process with a managed identity says by these where its token is to be had.
_ENDPOINTS = ("IDENTITY_ENDPOINT", "MSI_ENDPOINT", "AZURE_POD_IDENTITY_AUTHORITY_HOST")


class Guard(typing.Protocol):
    """Judges a request before it is sent, and an answer before the SDK sees it."""

    def check(self, method: str, url: str, *, is_bare: bool) -> None:
        """Let a request go, or raise :class:`Failure`."""

    def check_answer(self, url: str, status: int, headers: typing.Mapping[str, str]) -> None:
        """Let an answer in, or raise :class:`Failure`."""


def _host(url: str) -> str | None:
    """The host of an https address at its own port; None for any other address."""
    match = _ADDRESS.match(url)
    if not match or match["scheme"] != "https" or match["port"] not in (None, "443"):
        return None
    return match["host"].lower()


class CloudGuard:
    """For the clients of Azure's services: Resource Manager, key stores and registries of one cloud."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def check(self, method: str, url: str, *, is_bare: bool) -> None:
        """Let a request go to this cloud's hosts; a bare one, that has no token and no body, to its storage too.

        A registry sends who reads a blob on to storage, by an address that holds all that it takes.

        :raises Failure: for any other.
        """
        host = _host(url) or ""
        is_reading = is_bare and method in ("GET", "HEAD")
        if not (self._cloud.takes_tokens(host) or (is_reading and self._cloud.is_storage(host))):
            raise _elsewhere(url, self._cloud)

    def check_answer(self, url: str, status: int, headers: typing.Mapping[str, str]) -> None:
        """Let no redirect and no operation in that lead elsewhere, and no challenge that asks for a token of another
        cloud, or for one from another sign-in host.

        :raises Failure: for such an answer, and for a challenge that is not like the service's.
        """
        for name in ("Location", "Azure-AsyncOperation"):
            if headers.get(name):
                self.check("GET", urllib.parse.urljoin(url, headers[name]), is_bare=True)
        challenge = headers.get("WWW-Authenticate")
        if status == 401 and challenge:
            self._check_challenge(_host(url) or "", challenge)

    def _check_challenge(self, host: str, challenge: str) -> None:
        is_own = True
        if self._cloud.key_store(host):
            is_own = self._is_vault_challenge(challenge)
        elif self._cloud.is_registry_host(host):
            is_own = _has(challenge, "service") and _has(challenge, "scope")
        if not is_own:
            raise _foreign_challenge(host)

    def _is_vault_challenge(self, challenge: str) -> bool:
        """Whether a key store's challenge is for key stores of this cloud; one that wants claims names no resource."""
        resource, authority = _RESOURCE.search(challenge), _AUTHORITY.search(challenge)
        audiences = {suffix.removeprefix(".") for suffix in (self._cloud.vault_suffix, self._cloud.hsm_suffix)}
        is_for_stores = (_host(resource["address"]) in audiences) if resource else "claims=" in challenge
        return is_for_stores and bool(authority and self._cloud.signs_in(_host(authority["address"]) or ""))


class StorageGuard:
    """For one storage account: its own host, and none else.

    :param host: as ``contosoevidence.blob.core.windows.net``.
    """

    def __init__(self, cloud: Cloud, host: str) -> None:
        self._cloud = cloud
        self._host = host

    def check(self, method: str, url: str, *, is_bare: bool) -> None:
        """Let a request go to this host.

        :raises Failure: for any other.
        """
        del method, is_bare
        if _host(url) != self._host:
            raise _elsewhere(url, self._cloud)

    def check_answer(self, url: str, status: int, headers: typing.Mapping[str, str]) -> None:
        """Let no challenge in that asks for a token of something else, or from another sign-in host.

        :raises Failure: for such a challenge.
        """
        challenge = headers.get("WWW-Authenticate")
        if status != 401 or not challenge:
            return
        resource, authority = _STORAGE_RESOURCE.search(challenge), _AUTHORITY.search(challenge)
        is_own = resource is None or _host(resource["address"]) == "storage.azure.com"
        if not (is_own and authority and self._cloud.signs_in(_host(authority["address"]) or "")):
            raise _foreign_challenge(self._host)


class SignInGuard:
    """For signing in with a secret, a certificate or a federated token: the cloud's sign-in hosts."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def check(self, method: str, url: str, *, is_bare: bool) -> None:
        """Let a request go to a host that signs people and services in.

        :raises Failure: for any other.
        """
        del method, is_bare
        if not self._cloud.signs_in(_host(url) or ""):
            raise _elsewhere(url, self._cloud)

    def check_answer(self, url: str, status: int, headers: typing.Mapping[str, str]) -> None:
        """Let every answer in."""


class ManagedIdentityGuard:
    """For a managed identity: this machine, and what is next to it.

    :param environ: environment variables, of which some say where its token is to be had.
    """

    def __init__(self, environ: typing.Mapping[str, str]) -> None:
        self._endpoints = {name: environ[name] for name in _ENDPOINTS if environ.get(name)}

    def check(self, method: str, url: str, *, is_bare: bool) -> None:
        """Let a request go to a local address, or by https to the one that the environment names.

        :raises Failure: for any other.
        """
        del method, is_bare
        match = _ADDRESS.match(url)
        host = match["host"].lower() if match else ""
        if host and _is_local(host):
            return
        hosts = {(_host(address) or "") for address in self._endpoints.values()}
        if _host(url) in hosts - {""}:
            return
        named = next((name for name, address in self._endpoints.items() if host and f"//{host}" in address.lower()), "")
        raise Failure(
            f"A managed identity's token is to be had on this machine, not at {shown(host or url)}"
            f"{f', as {named} says' if named else ''}; nothing was sent there.",
            parameter="auth_source",
            hint=f"Look who set {named or 'the variables ' + ', '.join(_ENDPOINTS)}, or sign in another way.",
            code="foreign_host",
        )

    def check_answer(self, url: str, status: int, headers: typing.Mapping[str, str]) -> None:
        """Let every answer in."""


def _is_local(host: str) -> bool:
    if host in ("localhost", _METADATA):
        return True
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return address.is_loopback or address.is_link_local or any(address in network for network in _PRIVATE)


def _has(challenge: str, name: str) -> bool:
    return bool(re.match(r"bearer\s", challenge, re.IGNORECASE) and re.search(rf"\b{name}=", challenge))


def _elsewhere(url: str, cloud: Cloud) -> Failure:
    match = _ADDRESS.match(url)
    where = match["host"] if match else url.partition("?")[0]
    by = " by http" if match and match["scheme"] == "http" else ""
    return Failure(
        f"An answer leads to {shown(where)}{by}, where {cloud.name} has nothing; nothing was sent there.",
        hint="Something between you and Azure changes its answers: ask who runs the proxy and the network.",
        code="foreign_host",
    )


def _foreign_challenge(host: str) -> Failure:
    return Failure(
        f"{shown(host)} asks for a sign-in as nothing of Azure's does; no token was sent there.",
        hint="Something between you and Azure changes its answers: ask who runs the proxy and the network.",
        code="foreign_challenge",
    )
