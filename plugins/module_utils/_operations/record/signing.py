# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""The head of a record, signed by a key of its own in Key Vault: the key of no registry, and good for nothing else."""

from __future__ import annotations

import functools
import typing

from ..._azure import errors, keys, sdk
from ..._azure.session import Session
from ..._domain.failure import Failure
from ..._domain.key import KeyVersion
from ..._domain.key_identifier import KeyIdentifier
from ..._domain.record import Head
from ..._domain.wire import Body
from ..._rules.record import chain, envelope

_USES = {"sign", "verify"}


class SigningKey:
    """The key that signs heads."""

    def __init__(self, session: Session, key: KeyIdentifier) -> None:
        self._session = session
        self._key = key

    def check(self) -> None:
        """See that the key is fit for it.

        :raises Failure: for one that is not, or that cannot be read.
        """
        _version = self._version

    @functools.cached_property
    def _version(self) -> KeyVersion:
        """The version that signs."""
        core = sdk.module("azure.core.exceptions", "azure-core")
        try:
            version = keys.get(self._session, self._key)
        except core.AzureError as error:
            raise self._refused(error, "reading the key that signs the record") from error
        if version.key_type not in ("EC", "EC-HSM") or version.curve != "P-256":
            what = (
                "an RSA key, as registries are encrypted with" if version.key_type.startswith("RSA") else "of that kind"
            )
            raise self._unfit(f"it is {what}")
        if not set(version.operations) <= _USES or "sign" not in version.operations:
            raise self._unfit(f"it may be used for {', '.join(version.operations) or 'nothing'}, and is to sign only")
        if not version.enabled:
            raise self._unfit("it is disabled")
        return version

    def last_signed(self, lines: typing.Sequence[bytes]) -> Head | None:
        """The last head in a record that this key has signed; None if that is none of the last few.

        :raises Failure: as :meth:`check`.
        """
        return chain.last_signed(lines, envelope.key_at(*self._version.point))

    def sealed(self, head: Head) -> Body:
        """An envelope with a head.

        :raises Failure: when it cannot be signed.
        """
        version = self._key.at(self._version.version)
        core = sdk.module("azure.core.exceptions", "azure-core")
        try:
            return envelope.sealed(head.body(), str(version), lambda data: keys.sign(self._session, version, data))
        except core.AzureError as error:
            raise self._refused(error, "signing the head of the record") from error

    def _unfit(self, why: str) -> Failure:
        return Failure(
            f"The key {self._key} cannot sign a record: {why}.",
            parameter="record_key",
            hint=f"Make one for this alone: az keyvault key create --vault-name {self._key.vault} --name "
            "acr-record-signing --kty EC --curve P-256 --ops sign verify.",
            code="unusable_key",
        )

    def _refused(self, error: Exception, doing: str) -> Failure:
        failure = errors.failure(error, doing)
        failure.parameter = "record_key"
        if errors.is_denied(error):
            failure.hint = (
                'Ask for the role "Key Vault Crypto User" on that key, or the permissions get and sign where the vault '
                "has access policies."
            )
        return failure
