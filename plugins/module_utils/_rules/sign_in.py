# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""How to sign in: decided from the options and the environment, as plain data.

Names of the environment variables: azure-identity's (``AZURE_CLIENT_SECRET``, ``AZURE_TENANT_ID``, …) and those that
azure.azcollection and AWX's built-in credential use (``AZURE_SECRET``, ``AZURE_TENANT``, …).
"""

from __future__ import annotations

import typing

from .._domain.cloud import Cloud, cloud_named
from .._domain.failure import Failure

#: Option, then the environment variables that can stand for it.
_NAMES = {
    "client_id": ("AZURE_CLIENT_ID",),
    "secret": ("AZURE_SECRET", "AZURE_CLIENT_SECRET"),
    "tenant": ("AZURE_TENANT", "AZURE_TENANT_ID"),
    "x509_certificate_path": ("AZURE_CLIENT_CERTIFICATE_PATH", "AZURE_X509_CERTIFICATE_PATH"),
    "certificate_password": ("AZURE_CLIENT_CERTIFICATE_PASSWORD",),
    "federated_token_file": ("AZURE_FEDERATED_TOKEN_FILE",),
    "subscription_id": ("AZURE_SUBSCRIPTION_ID",),
    "cloud_environment": ("AZURE_CLOUD_ENVIRONMENT",),
}


class SignIn(typing.NamedTuple):
    """The way that was chosen.

    ``method`` is ``secret``, ``certificate``, ``workload_identity``, ``msi`` or ``cli``. What a method does not use
    is None. ``subscription_id`` may be None when only the az CLI knows it.
    """

    method: str
    cloud: Cloud
    subscription_id: str | None
    tenant: str | None
    client_id: str | None
    secret: str | None
    x509_certificate_path: str | None
    certificate_password: str | None
    federated_token_file: str | None


def _from_environment(environ: typing.Mapping[str, str]) -> dict[str, str]:
    values: dict[str, str] = {}
    for option, names in _NAMES.items():
        value = next((environ[name] for name in names if environ.get(name)), None)
        if value:
            values[option] = value
    return values


def _method(values: dict[str, typing.Any]) -> str | None:
    if values.get("secret"):
        return "secret"
    if values.get("x509_certificate_path"):
        return "certificate"
    if values.get("federated_token_file"):
        return "workload_identity"
    return None


def choose(
    params: typing.Mapping[str, typing.Any],
    environ: typing.Mapping[str, str],
    profiles: typing.Mapping[str, typing.Mapping[str, str]] | None = None,
) -> SignIn:
    """Decide how to sign in.

    With ``auth_source: auto`` the first of these that is complete: the task's own options, environment variables, the
    credential file (if a profile is named or nothing else is there), a managed identity that announces itself in the
    environment, the az CLI's session.

    :param params: the module's options.
    :param profiles: the credential file's sections.
    :raises Failure: when something is missing for the chosen way.
    """
    options: dict[str, typing.Any] = {name: params.get(name) for name in _NAMES if params.get(name)}
    from_environment = _from_environment(environ)
    source = params.get("auth_source") or "auto"
    profile = _profile(params, profiles or {}, source)
    if source == "credential_file":
        values = {**profile, **options}
        return _complete(_method(values) or "secret", values, from_environment)
    if source in ("cli", "msi", "workload_identity"):
        return _complete(source, {**from_environment, **options}, from_environment)
    if source == "env":
        kept = ("subscription_id", "cloud_environment")
        values = {**from_environment, **{name: options[name] for name in options if name in kept}}
        return _complete(_method(values) or "secret", values, from_environment)
    for values in (options, {**from_environment, **options}, {**from_environment, **profile, **options}):
        method = _method(values)
        if method:
            return _complete(method, {**from_environment, **values}, from_environment)
    if environ.get("AZURE_AD_USER") or environ.get("AZURE_PASSWORD"):
        raise Failure(
            "Signing in with a user's name and password is not possible: Entra ID asks for a second factor.",
            parameter="auth_source",
            hint="Use a service principal (client_id and secret), a managed identity or the az CLI's session.",
            code="sign_in",
        )
    announced = environ.get("IDENTITY_ENDPOINT") or environ.get("MSI_ENDPOINT")
    return _complete("msi" if announced else "cli", {**from_environment, **options}, from_environment)


def _profile(
    params: typing.Mapping[str, typing.Any],
    profiles: typing.Mapping[str, typing.Mapping[str, str]],
    source: str,
) -> dict[str, str]:
    name = params.get("profile") or "default"
    if name not in profiles:
        if params.get("profile") or source == "credential_file":
            raise Failure(
                f"The credential file ~/.azure/credentials has no section [{name}].",
                parameter="profile",
                hint="Name a section that is there, or sign in another way (auth_source).",
                code="sign_in",
            )
        return {}
    return {key: value for key, value in profiles[name].items() if key in _NAMES and value}


def _complete(method: str, values: dict[str, typing.Any], environ: dict[str, str]) -> SignIn:
    if method in ("secret", "certificate", "workload_identity"):
        needed = {"secret": ["secret"], "certificate": ["x509_certificate_path"]}.get(method, ["federated_token_file"])
        missing = [name for name in ("tenant", "client_id", *needed) if not values.get(name)]
        if missing:
            variables = ", ".join(f"{name} ({_NAMES[name][0]})" for name in missing)
            raise Failure(
                f"To sign in as a service principal {variables} must be given.",
                parameter=missing[0],
                hint="Set the option, or the environment variable in parentheses.",
                code="sign_in",
            )
    cloud = cloud_named(values.get("cloud_environment") or environ.get("cloud_environment") or "AzureCloud")
    fields = {name: values.get(name) for name in SignIn._fields if name not in ("method", "cloud")}
    return SignIn(method=method, cloud=cloud, **fields)
