# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""The credential for a chosen way to sign in, by azure-identity."""

from __future__ import annotations

import base64
import configparser
import inspect
import json
import os
import pathlib
import re
import threading
import time
import typing

from .._domain.failure import Failure
from .._rules.sign_in import WAYS, SignIn
from . import entra, errors, sdk
from .run_tokens import Ask, RunTokens

#: Of a credential file, the lines that mean something.
_LINE = re.compile(r"\s*(\[[^\]]+\]\s*$|[\w.-]+\s*[=:])")
#: How long before its end a token is asked for anew, in seconds.
_EARLY = 300


def _folder(environ: typing.Mapping[str, str]) -> pathlib.Path:
    return pathlib.Path(environ.get("HOME") or os.path.expanduser("~")) / ".azure"


def profiles(environ: typing.Mapping[str, str]) -> dict[str, dict[str, str]]:
    """The sections of azure.azcollection's credential file ``~/.azure/credentials``; none if there is no such file.

    As people's editors leave it: a byte order mark, an option twice (the last counts), stray lines (passed over).

    :raises Failure: when it cannot be read.
    """
    path = _folder(environ) / "credentials"
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise Failure(f"{path} cannot be read: {error}.", parameter="profile", code="sign_in") from error
    meaningful = [line.strip() for line in lines if _LINE.match(line)]
    first = next((number for number, line in enumerate(meaningful) if line.startswith("[")), len(meaningful))
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    parser.read_string("\n".join(meaningful[first:]))
    return {section: dict(parser[section]) for section in parser.sections()}


class CliSubscription(typing.NamedTuple):
    """A subscription of the az CLI's session."""

    id: str
    tenant: str
    is_default: bool
    user: str = ""


def cli_subscriptions(environ: typing.Mapping[str, str]) -> list[CliSubscription]:
    """The subscriptions of the az CLI's session, from its own profile file; none if there is none."""
    folder = pathlib.Path(environ.get("AZURE_CONFIG_DIR") or _folder(environ))
    try:
        profile = json.loads((folder / "azureProfile.json").read_text(encoding="utf-8-sig"))
    except (OSError, ValueError):
        return []
    rows = [row for row in profile.get("subscriptions") or [] if isinstance(row, dict) and row.get("id")]
    return [
        CliSubscription(str(row["id"]), str(row.get("tenantId") or ""), bool(row.get("isDefault")), _user(row))
        for row in rows
    ]


def _user(row: typing.Mapping[str, typing.Any]) -> str:
    """The name of who is signed in: a person's, or an application's client id."""
    user = row.get("user") or {}
    return str(user.get("name") or "") if isinstance(user, dict) else str(user)


def default_subscription(environ: typing.Mapping[str, str]) -> str | None:
    """The az CLI's default subscription."""
    return next((one.id for one in cli_subscriptions(environ) if one.is_default), None)


class Credential:
    """A token credential that can be told to sign in anew when Azure says that its token has expired.

    A token is asked for once, however many clients and threads want it, one after another: several ``az`` at once
    damage or lock its cache (azure-sdk-for-python #35268, azure-cli #20273).

    :param make: makes the SDK's credential.
    :param run_tokens: those that the run's tasks share.
    :param takes_tenant: whether it may be told a tenant; ``az`` takes a subscription or a tenant, never both.
    :param is_last_resort: nothing else was there to sign in with.
    :param way: the way to Entra ID, which knows what answered there.
    """

    def __init__(
        self,
        make: typing.Callable[[], typing.Any],
        way: entra.Way,
        run_tokens: RunTokens,
        *,
        takes_tenant: bool = True,
        is_last_resort: bool = False,
    ) -> None:
        self._make = make
        self._way = way
        self._run_tokens = run_tokens
        self._inner = make()
        self._takes_tenant = takes_tenant
        self._is_last_resort = is_last_resort
        self._tokens: dict[Ask, typing.Any] = {}
        #: tokens that were refused, and what each was asked for
        self._refused: dict[str, Ask] = {}
        self._lock = threading.RLock()

    def get_token(self, *scopes: str, **options: typing.Any) -> typing.Any:
        """A token; the form that azure-core's policies ask for.

        :raises Failure: when nothing was there to sign in with.
        """
        if not self._takes_tenant:
            options.pop("tenant_id", None)
        ask = (scopes, tuple(sorted(options.items())))
        with self._lock:
            token = self._tokens.get(ask)
            if token is None or not self._is_good(token):
                token = self._tokens[ask] = self._run_tokens.token(ask, self._sign_in, self._is_good)
            return token

    def _is_good(self, token: typing.Any) -> bool:
        """Whether a token lasts, and was not refused."""
        return token.expires_on - time.time() >= _EARLY and token.token not in self._refused

    def _sign_in(self, ask: Ask) -> typing.Any:
        scopes, options = ask
        identity = sdk.module("azure.identity", "azure-identity")
        core = sdk.module("azure.core.exceptions", "azure-core")
        try:
            return self._inner.get_token(*scopes, **dict(options))
        except (ValueError, TypeError, AttributeError, LookupError) as error:
            # the libraries for signing in take it for granted that it is Entra ID that answers
            trouble = self._trouble() or f"its answer cannot be read ({type(error).__name__}: {error})"
            raise errors.unanswered_sign_in(trouble) from error
        except identity.CredentialUnavailableError as error:
            if not self._is_last_resort:
                raise
            raise Failure(
                f"There is nothing to sign in to Azure with ({str(error).splitlines()[0].rstrip('.')}).",
                parameter="auth_source",
                hint=WAYS,
                code="sign_in",
            ) from error
        except core.ClientAuthenticationError as error:
            if not self._trouble():
                raise
            raise errors.unanswered_sign_in(self._trouble()) from error

    def _trouble(self) -> str:
        return self._way.trouble

    def current(self, token: str) -> str:
        """A token, or what took its place."""
        with self._lock:
            ask = self._refused.get(token)
            return str(self.get_token(*ask[0], **dict(ask[1])).token) if ask else token

    def renewed(self, token: str) -> str | None:
        """What takes the place of a token that Azure does not take any more; None if it is not one of these.

        :raises azure.core.exceptions.ClientAuthenticationError: when signing in anew fails.
        """
        with self._lock:
            if token in self._refused:
                # another thread was refused with the same one, and has signed in anew
                return self.current(token)
            if not any(one.token == token for one in self._tokens.values()):
                return None
            self._refused |= {one.token: ask for ask, one in self._tokens.items()}
            self._tokens.clear()
            self._inner = self._make()
            ask = self._refused[token]
            # what others of the run have may be as old: this one signs in
            self._tokens[ask] = self._run_tokens.token(ask, self._sign_in, lambda _token: False)
            return self.current(token)


def credential(chosen: SignIn, environ: typing.Mapping[str, str], transport: typing.Any) -> Credential:
    """The credential for a way to sign in. Nothing is sent yet.

    :param transport: by which it is sent.
    """
    identity = sdk.module("azure.identity", "azure-identity")
    way = entra.Way(transport)
    authority: dict[str, typing.Any] = {"authority": chosen.cloud.login, "transport": way}

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
            own = {"client_id": chosen.client_id} if chosen.client_id else {}
            return identity.ManagedIdentityCredential(transport=way, **own)
        return identity.AzureCliCredential(process_timeout=60, **cli_options)

    cli_options = _cli_options(identity, chosen, environ) if chosen.method == "cli" else {}
    run_tokens = RunTokens(chosen, environ, transport.sleep)
    return Credential(make, way, run_tokens, takes_tenant=not cli_options, is_last_resort=chosen.is_last_resort)


def _cli_options(identity: typing.Any, chosen: SignIn, environ: typing.Mapping[str, str]) -> dict[str, str]:
    """What ``az`` is told: a tenant or a subscription, of which it takes one.

    Without either it gives a token of the default subscription's tenant (azure-sdk-for-python #35268).
    """
    if chosen.tenant or not chosen.subscription_id:
        return {"tenant_id": chosen.tenant} if chosen.tenant else {}
    if "subscription" in inspect.signature(identity.AzureCliCredential).parameters:
        return {"subscription": chosen.subscription_id}
    # an older azure-identity: the tenant that the CLI's own profile names for the subscription
    own = (one.tenant for one in cli_subscriptions(environ) if one.id.lower() == str(chosen.subscription_id).lower())
    tenant = next(own, "")
    return {"tenant_id": tenant} if tenant else {}


def _certificate(identity: typing.Any, chosen: SignIn, authority: dict[str, typing.Any]) -> typing.Any:
    try:
        return identity.CertificateCredential(
            chosen.tenant,
            chosen.client_id,
            certificate_path=chosen.x509_certificate_path,
            password=chosen.certificate_password,
            **authority,
        )
    except (OSError, ValueError) as error:
        # a relative path starts beside the playbook, which may be the collection's own: the whole one shows it
        path = pathlib.Path(chosen.x509_certificate_path or "").absolute()
        raise Failure(
            f"The client certificate {path} cannot be used: {error}",
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


def name(claims: typing.Mapping[str, str]) -> str:
    """Whose a token is, for people: the sign-in name of a person, an application's client id (Microsoft identity
    platform, "Access token claims": ``upn``, ``unique_name``, ``preferred_username``, ``appid``)."""
    names = ("upn", "unique_name", "preferred_username", "appid")
    return next((claims[one] for one in names if claims.get(one)), "")


def claims(token: str) -> dict[str, str]:
    """What an access token says of the caller: ``oid``, ``tid``, ``appid``; not verified, Azure does that."""
    try:
        middle = token.split(".")[1]
        values = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
    except (IndexError, ValueError):
        return {}
    return {str(name): str(value) for name, value in values.items()}


def end_of(token: str) -> float | None:
    """When an access token ends, seconds since 1970, as it says itself; None if it says nothing."""
    try:
        return float(claims(token)["exp"])
    except (KeyError, ValueError):
        return None
