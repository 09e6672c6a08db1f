# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""The tokens that the tasks of one run share, in files that are worth nothing without the credential.

The key of a file, and its name, are derived (HKDF, RFC 5869) from the credential's own secret, with tenant, client,
sign-in host, way, scopes and options in the derivation: whoever asks for another token finds another file, and cannot
open this one. HKDF stretches nothing, as there is nothing weak to stretch: Entra ID makes client secrets itself
(Microsoft Graph, ``passwordCredential``: ``secretText``), and keys and signed tokens are random.

Not shared is what has no secret here: a managed identity (the host keeps its tokens) and the az CLI (it keeps its own).
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import pathlib
import tempfile
import typing

from .. import _run_folder
from .._rules.sign_in import SignIn
from . import sdk

#: What a token is asked for: scopes and options.
Ask = tuple[tuple[str, ...], tuple[tuple[str, typing.Any], ...]]

_KEY_BYTES, _NAME_BYTES, _NONCE_BYTES = 32, 16, 12
#: No token is as long.
_MOST_BYTES = 1_000_000
#: Seconds to wait for another task that signs in for the same; then this one signs in beside it.
_PATIENCE = 20.0


class RunTokens:
    """The tokens of a run that a way to sign in has a right to.

    :param chosen: that way.
    :param environ: names the run's folder; without one, nothing is shared.
    :param sleep: waits for some seconds, where another task signs in.
    """

    def __init__(
        self, chosen: SignIn, environ: typing.Mapping[str, str], sleep: typing.Callable[[float], None]
    ) -> None:
        self._way = chosen
        self._sleep = sleep
        self._folder = _run_folder.shared(environ) if chosen.shares_tokens else None

    def token(
        self, ask: Ask, sign_in: typing.Callable[[Ask], typing.Any], is_good: typing.Callable[[typing.Any], bool]
    ) -> typing.Any:
        """A token that some task of the run has got, or else a new one, which is there for the others from then on.

        :param sign_in: gets a new one.
        :param is_good: whether one that is there will do.
        """
        # an answer to a claims challenge is for the one request that was challenged
        if self._folder is None or self._secret is None or dict(ask[1]).get("claims"):
            return sign_in(ask)
        file = _TokenFile(self._folder, self._secret, self._purpose(ask))
        token = file.read()
        if token is not None and is_good(token):
            return token
        with _run_folder.turn(self._folder, file.lock, self._sleep, _PATIENCE):
            token = file.read()
            if token is None or not is_good(token):
                token = sign_in(ask)
                file.write(token)
        return token

    def _purpose(self, ask: Ask) -> bytes:
        way = self._way
        words = ["ownkey.acr", way.method, way.cloud.login, way.tenant, way.client_id, *ask]
        return json.dumps(words, default=str).encode()

    @functools.cached_property
    def _secret(self) -> bytes | None:
        """What the credential alone knows; None if there is nothing."""
        way = self._way
        if way.method == "secret":
            return str(way.secret).encode()
        try:
            if way.method == "certificate":
                return _private_key(str(way.x509_certificate_path), way.certificate_password)
            if way.method == "workload_identity":
                return pathlib.Path(str(way.federated_token_file)).read_bytes().strip() or None
        except (OSError, ValueError, TypeError):
            # the sign-in itself says what is wrong with the file
            return None
        return None


def _private_key(path: str, password: str | None) -> bytes | None:
    """The private key in a file, PEM or PKCS12, which is not what the file itself holds if that has a password.

    :raises OSError: when it cannot be read.
    :raises ValueError: when there is none in it, or the password is wrong.
    :raises TypeError: when a password is missing, or one too many.
    """
    serialization = sdk.module("cryptography.hazmat.primitives.serialization", "cryptography")
    pkcs12 = sdk.module("cryptography.hazmat.primitives.serialization.pkcs12", "cryptography")
    content, phrase = pathlib.Path(path).read_bytes(), password.encode() if password else None
    if b"-----BEGIN" in content:
        key = serialization.load_pem_private_key(content, phrase)
    else:
        key = pkcs12.load_key_and_certificates(content, phrase)[0]
    if key is None:
        return None
    form = (serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return bytes(key.private_bytes(*form))


class _TokenFile:
    """The file of one token. What is no such file, or cannot be opened with this secret, counts as none.

    :param purpose: what the token is for, and whose it is.
    """

    def __init__(self, folder: pathlib.Path, secret: bytes, purpose: bytes) -> None:
        hkdf = sdk.module("cryptography.hazmat.primitives.kdf.hkdf", "cryptography").HKDF
        sha256 = sdk.module("cryptography.hazmat.primitives.hashes", "cryptography").SHA256
        self._aead = sdk.module("cryptography.hazmat.primitives.ciphers.aead", "cryptography")
        derivation = hkdf(algorithm=sha256(), length=_KEY_BYTES + _NAME_BYTES, salt=None, info=purpose)
        material = derivation.derive(secret)
        self._key, name = material[:_KEY_BYTES], material[_KEY_BYTES:].hex()
        self._purpose = purpose
        self._path = folder / f"{name}.token"
        self.lock = f"{name}.lock"

    def read(self) -> typing.Any:
        """The token; None if there is none."""
        core = sdk.module("azure.core.credentials", "azure-core")
        exceptions = sdk.module("cryptography.exceptions", "cryptography")
        try:
            with open(os.open(self._path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
                text = file.read(_MOST_BYTES)
            words = self._aead.AESGCM(self._key).decrypt(text[:_NONCE_BYTES], text[_NONCE_BYTES:], self._purpose)
            token, end = json.loads(words)
            return core.AccessToken(str(token), int(end))
        except (OSError, ValueError, TypeError, exceptions.InvalidTag):
            return None

    def write(self, token: typing.Any) -> None:
        """Put a token in the place of the one before; if that cannot be (a full disk), the next task signs in."""
        words = json.dumps([token.token, token.expires_on]).encode()
        nonce = os.urandom(_NONCE_BYTES)
        text = nonce + self._aead.AESGCM(self._key).encrypt(nonce, words, self._purpose)
        with contextlib.suppress(OSError):
            number, temporary = tempfile.mkstemp(dir=self._path.parent)
            try:
                with open(number, "wb") as file:
                    file.write(text)
                os.replace(temporary, self._path)
            except BaseException:
                with contextlib.suppress(OSError):
                    os.unlink(temporary)
                raise
