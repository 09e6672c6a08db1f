# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""The credential for a chosen way to sign in, by azure-identity."""

from __future__ import annotations

import base64
import configparser
import json
import os
import pathlib
import typing

from .._domain.failure import Failure
from .._rules.sign_in import SignIn
from . import sdk


def profiles(environ: typing.Mapping[str, str]) -> dict[str, dict[str, str]]:
    """The sections of azure.azcollection's credential file ``~/.azure/credentials``; none if there is no such file."""
    home = pathlib.Path(environ.get("HOME") or os.path.expanduser("~"))
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(home / ".azure" / "credentials")
    return {section: dict(parser[section]) for section in parser.sections()}


def default_subscription(environ: typing.Mapping[str, str]) -> str | None:
    """The az CLI's default subscription, from its own profile file."""
    home = pathlib.Path(environ.get("HOME") or os.path.expanduser("~"))
    folder = pathlib.Path(environ.get("AZURE_CONFIG_DIR") or home / ".azure")
    try:
        profile = json.loads((folder / "azureProfile.json").read_text(encoding="utf-8-sig"))
    except (OSError, ValueError):
        return None
    defaults = (str(one["id"]) for one in profile.get("subscriptions", []) if one.get("isDefault") and one.get("id"))
    return next(defaults, None)


class Credential:
    """A token credential that can be told to sign in anew when Azure says that its token has expired."""

    def __init__(self, make: typing.Callable[[], typing.Any]) -> None:
        self._make = make
        self._inner = make()

    def get_token(self, *scopes: str, **options: typing.Any) -> typing.Any:
        """A token; the form that azure-core's policies ask for."""
        return self._inner.get_token(*scopes, **options)

    def renew(self) -> None:
        """Forget every token."""
        self._inner = self._make()


def credential(chosen: SignIn) -> Credential:
    """The credential for a way to sign in. Nothing is sent yet."""
    identity = sdk.module("azure.identity", "azure-identity")
    authority = {"authority": chosen.cloud.login}

    def make() -> typing.Any:
        if chosen.method == "secret":
            return identity.ClientSecretCredential(chosen.tenant, chosen.client_id, chosen.secret, **authority)
        if chosen.method == "certificate":
            return _certificate(identity, chosen, authority)
        if chosen.method == "workload_identity":
            return identity.WorkloadIdentityCredential(
                tenant_id=chosen.tenant,
                client_id=chosen.client_id,
                token_file_path=chosen.federated_token_file,
                **authority,
            )
        if chosen.method == "msi":
            return identity.ManagedIdentityCredential(**({"client_id": chosen.client_id} if chosen.client_id else {}))
        return identity.AzureCliCredential(process_timeout=60)

    return Credential(make)


def _certificate(identity: typing.Any, chosen: SignIn, authority: dict[str, str]) -> typing.Any:
    try:
        return identity.CertificateCredential(
            chosen.tenant,
            chosen.client_id,
            certificate_path=chosen.x509_certificate_path,
            password=chosen.certificate_password,
            **authority,
        )
    except (OSError, ValueError) as error:
        raise Failure(
            f"The client certificate {chosen.x509_certificate_path} cannot be used: {error}",
            parameter="x509_certificate_path",
            hint="It is a PEM or PKCS12 file with private key and certificate.",
            code="sign_in",
        ) from error


def principal_type(claims: typing.Mapping[str, str]) -> str:
    """What kind of principal a token is of: ``User`` or ``ServicePrincipal``.

    A person's says ``idtyp: user``, or nothing of the kind but ``upn`` or ``scp``; an application's says ``app``
    (Microsoft identity platform, "Access token claims"; azure-dev #5814).
    """
    kind = claims.get("idtyp", "").lower()
    is_person = kind == "user" or (not kind and ("upn" in claims or "scp" in claims))
    return "User" if is_person else "ServicePrincipal"


def claims(token: str) -> dict[str, str]:
    """What an access token says of the caller: ``oid``, ``tid``, ``appid``; not verified, Azure does that."""
    try:
        middle = token.split(".")[1]
        values = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
    except (IndexError, ValueError):
        return {}
    return {str(name): str(value) for name, value in values.items()}
