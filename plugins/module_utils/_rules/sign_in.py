# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""How to sign in: decided from the options and the environment, as plain data.

Names of the environment variables: azure-identity's (``AZURE_CLIENT_SECRET``, ``AZURE_TENANT_ID``, …) and those that
azure.azcollection and AWX's built-in credential use (``AZURE_SECRET``, ``AZURE_TENANT``, ``AZURE_PROFILE``,
``ANSIBLE_AZURE_AUTH_SOURCE``, …).
"""

from __future__ import annotations

import typing

from .._domain import names
from .._domain.cloud import Cloud, cloud_named
from .._domain.failure import Failure
from .._domain.words import shown

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
#: Options that say where to work, not who works.
_PLACE: tuple[str, ...] = ("subscription_id", "cloud_environment")
SOURCES = ("auto", "cli", "credential_file", "env", "msi", "workload_identity")
#: What people are told who have nothing to sign in with.
WAYS = (
    "Give one of these: client_id, secret and tenant, as options or as AZURE_CLIENT_ID, AZURE_SECRET and AZURE_TENANT; "
    "a section of ~/.azure/credentials (profile or AZURE_PROFILE); a certificate (x509_certificate_path); workload "
    "identity (AZURE_FEDERATED_TOKEN_FILE); a managed identity (auth_source: msi); or sign in with 'az login'."
)

Values = dict[str, str]


class SignIn(typing.NamedTuple):
    """The way that was chosen.

    ``method`` is ``secret``, ``certificate``, ``workload_identity``, ``msi`` or ``cli``. What a method does not use
    is None. ``subscription_id`` may be None when only the az CLI knows it. ``is_last_resort``: nothing else was there.
    ``shares_tokens``: whether the other tasks of the run may have its tokens.
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
    is_last_resort: bool = False
    shares_tokens: bool = True


def _of_environment(environ: typing.Mapping[str, str]) -> Values:
    values: Values = {}
    for option, variables in _NAMES.items():
        value = next((environ[name] for name in variables if environ.get(name)), None)
        if value:
            values[option] = value
    return values


def _method(values: Values) -> str | None:
    if values.get("secret"):
        return "secret"
    if values.get("x509_certificate_path"):
        return "certificate"
    if values.get("federated_token_file"):
        return "workload_identity"
    return None


def choose(
    params: typing.Mapping[str, object],
    environ: typing.Mapping[str, str],
    profiles: typing.Mapping[str, typing.Mapping[str, str]] | None = None,
) -> SignIn:
    """Decide how to sign in, and whether the run's other tasks may have the tokens (``share_tokens``).

    With ``auth_source: auto`` the first of these that is complete: the task's own options, a section of the credential
    file that was named (``profile``, ``AZURE_PROFILE``), environment variables, the file's section ``default``, a
    managed identity that announces itself in the environment, the az CLI's session.

    :param params: the module's options.
    :param profiles: the credential file's sections.
    :raises Failure: when something is missing for the chosen way.
    """
    return _way(params, environ, profiles)._replace(shares_tokens=_shares_tokens(params, environ))


def _way(
    params: typing.Mapping[str, object],
    environ: typing.Mapping[str, str],
    profiles: typing.Mapping[str, typing.Mapping[str, str]] | None,
) -> SignIn:
    options: Values = {name: str(params[name]) for name in _NAMES if params.get(name)}
    environment = _of_environment(environ)
    source = _source(params, environ)
    named = str(params.get("profile") or environ.get("AZURE_PROFILE") or "")
    if source == "credential_file":
        values = {**_section(named or "default", profiles, environ), **options}
        return _complete(_method(values) or "secret", values, environment)
    if source in ("cli", "msi", "workload_identity"):
        return _complete(source, {**environment, **options}, environment)
    if source == "env":
        kept: Values = {name: options[name] for name in _PLACE if name in options}
        values = {**environment, **kept}
        return _complete(_method(values) or "secret", values, environment)
    return _automatic(options, environment, named, profiles, environ)


def _automatic(
    options: Values,
    environment: Values,
    named: str,
    profiles: typing.Mapping[str, typing.Mapping[str, str]] | None,
    environ: typing.Mapping[str, str],
) -> SignIn:
    if _method(options):
        return _complete(_method(options), {**environment, **options}, environment)
    if named:
        # a profile that is named is meant, its subscription too: nothing of the environment's stands beside it
        section = _section(named, profiles, environ)
        place: Values = {name: environment[name] for name in _PLACE if name in environment}
        return _complete(_method(section) or "secret", {**place, **section, **options}, environment)
    default = _known(profiles, "default")
    for values in ({**environment, **options}, {**environment, **default, **options}):
        if _method(values):
            return _complete(_method(values), values, environment)
    if environ.get("AZURE_AD_USER") or environ.get("AZURE_PASSWORD"):
        raise Failure(
            "Signing in with a user's name and password is not possible: Entra ID asks for a second factor.",
            parameter="auth_source",
            hint="Use a service principal (client_id and secret), a managed identity or the az CLI's session.",
            code="sign_in",
        )
    is_announced = bool(environ.get("IDENTITY_ENDPOINT") or environ.get("MSI_ENDPOINT"))
    values = {**environment, **options}
    return _complete("msi" if is_announced else "cli", values, environment)._replace(is_last_resort=not is_announced)


#: The environment variable that can stand for the option ``share_tokens``, and what it may say.
_SHARING = "OWNKEY_ACR_SHARE_TOKENS"
_WORDS = {**dict.fromkeys(("true", "yes", "on", "1"), True), **dict.fromkeys(("false", "no", "off", "0"), False)}


def _shares_tokens(params: typing.Mapping[str, object], environ: typing.Mapping[str, str]) -> bool:
    """The option, or what the variable says where the option leaves it open."""
    option, variable = params.get("share_tokens"), environ.get(_SHARING, "").strip()
    if option is not None or not variable:
        return option is not False
    if variable.lower() not in _WORDS:
        raise Failure(
            f"{_SHARING} is {shown(variable)}, which is neither true nor false.",
            parameter="share_tokens",
            hint="Set it to true or false, or not at all.",
            code="invalid_parameter",
        )
    return _WORDS[variable.lower()]


def _source(params: typing.Mapping[str, object], environ: typing.Mapping[str, str]) -> str:
    """The option, or what azure.azcollection's variable says where the option leaves it open."""
    source = str(params.get("auth_source") or "auto")
    variable = environ.get("ANSIBLE_AZURE_AUTH_SOURCE", "").strip()
    if source != "auto" or not variable:
        return source
    if variable.lower() not in SOURCES:
        raise Failure(
            f"ANSIBLE_AZURE_AUTH_SOURCE is {shown(variable)}, which is no way to sign in.",
            parameter="auth_source",
            hint=f"Set it to one of {', '.join(SOURCES)}, or not at all.",
            code="sign_in",
        )
    return variable.lower()


def _known(profiles: typing.Mapping[str, typing.Mapping[str, str]] | None, name: str) -> Values:
    section = (profiles or {}).get(name) or {}
    return {key: value for key, value in section.items() if key in _NAMES and value}


def _section(
    name: str,
    profiles: typing.Mapping[str, typing.Mapping[str, str]] | None,
    environ: typing.Mapping[str, str],
) -> Values:
    if name not in (profiles or {}):
        by_variable = " (AZURE_PROFILE)" if environ.get("AZURE_PROFILE") == name else ""
        raise Failure(
            f"The credential file ~/.azure/credentials has no section [{name}]{by_variable}.",
            parameter="profile",
            hint="Name a section that is there, or sign in another way (auth_source).",
            code="sign_in",
        )
    return _known(profiles, name)


def check_ids(chosen: SignIn) -> None:
    """What becomes part of an address is looked at, wherever it came from.

    :raises Failure: for an id that is none.
    """
    if chosen.subscription_id:
        names.check_guid(chosen.subscription_id, parameter="subscription_id", what="a subscription")
    if chosen.tenant:
        names.check_tenant(chosen.tenant)
    if chosen.client_id:
        names.check_guid(chosen.client_id, parameter="client_id", what="an application or identity")


def _complete(method: str | None, values: Values, environment: Values) -> SignIn:
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
    cloud = cloud_named(values.get("cloud_environment") or environment.get("cloud_environment") or "AzureCloud")
    return SignIn(
        method=method or "cli",
        cloud=cloud,
        subscription_id=values.get("subscription_id"),
        tenant=values.get("tenant"),
        client_id=values.get("client_id"),
        secret=values.get("secret"),
        x509_certificate_path=values.get("x509_certificate_path"),
        certificate_password=values.get("certificate_password"),
        federated_token_file=values.get("federated_token_file"),
    )
