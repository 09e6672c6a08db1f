# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""A signed head of a record: an envelope of DSSE (https://github.com/secure-systems-lab/dsse)."""

from __future__ import annotations

import base64
import copy
import json
import re
import typing

from ..._domain import library
from ..._domain.failure import Failure
from ..._domain.record import Head
from ..._domain.wire import Body
from . import canonical

_HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)
#: What the payload is.
PAYLOAD_TYPE = "application/vnd.ownkey.acr.record-head+json"


def head(envelope: typing.Mapping[str, object]) -> Head:
    """The head in an envelope, whoever signed it; one of no record, if there is none to be read."""
    try:
        payload = json.loads(base64.b64decode(str(envelope.get("payload", "")), validate=True))
    except (ValueError, RecursionError):
        payload = None
    is_head = isinstance(payload, dict) and envelope.get("payloadType") == PAYLOAD_TYPE
    return Head.from_wire(payload) if is_head else Head(0, "")


def read(text: str, *, parameter: str) -> tuple[Head, Body | None]:
    """A head that somebody kept, and the envelope that it is in, if it was signed.

    :param text: JSON.
    :raises Failure: for anything else.
    """
    try:
        block = json.loads(text)
    except (ValueError, RecursionError):
        block = None
    sealed_head: Body | None = dict(block) if isinstance(block, dict) and "payload" in block else None
    parts = head(sealed_head) if sealed_head else Head.from_wire(block) if isinstance(block, dict) else Head(0, "")
    hashes = [one for one in (parts.hash, parts.root) if one]
    is_head = 0 < parts.count < 10**12 and hashes and all(_HASH.fullmatch(one) for one in hashes)
    if not is_head:
        raise Failure(
            "There is no head of a record in it.",
            parameter=parameter,
            hint="Give record.head or record.envelope as they stand in the result of a task that wrote the record.",
            code="no_head",
        )
    return parts, sealed_head


def sealed(body: Body, key_id: str, sign: typing.Callable[[bytes], bytes]) -> Body:
    """An envelope with a head in it.

    :param body: the head.
    :param key_id: of the key, in words.
    :param sign: takes the bytes that are to be signed; returns a signature in the form of ASN.1.
    :raises Failure: when the library is missing.
    """
    dsse = library.module("securesystemslib.dsse", "securesystemslib")
    signer = library.module("securesystemslib.signer", "securesystemslib")
    envelope = dsse.Envelope(canonical.line(body), PAYLOAD_TYPE, {})
    signature = signer.Signature(key_id, sign(envelope.pae()).hex())
    answer: Body = dsse.Envelope(envelope.payload, PAYLOAD_TYPE, {key_id: signature}).to_dict()
    return answer


def is_signed_by(envelope: typing.Mapping[str, object], public_key: str) -> bool:
    """Whether an envelope is signed by a key.

    :param public_key: as PEM.
    :raises Failure: when a library is missing.
    """
    dsse = library.module("securesystemslib.dsse", "securesystemslib")
    signers = library.module("securesystemslib.signer", "securesystemslib")
    exceptions = library.module("securesystemslib.exceptions", "securesystemslib")
    try:
        # it takes to pieces what it is given
        sealed_head = dsse.Envelope.from_dict(copy.deepcopy(dict(envelope)))
        keys = [
            signers.SSlibKey(key_id, "ecdsa", "ecdsa-sha2-nistp256", {"public": public_key})
            for key_id in sealed_head.signatures
        ]
        sealed_head.verify(keys, 1)
    except (exceptions.Error, ValueError, KeyError, TypeError, AttributeError):
        return False
    return True


def key(text: str, *, parameter: str) -> str:
    """A public key as PEM, from PEM or from a JSON web key.

    :raises Failure: for anything else than a key of the curve P-256.
    """
    serialization = library.module("cryptography.hazmat.primitives.serialization", "cryptography")
    curves = library.module("cryptography.hazmat.primitives.asymmetric.ec", "cryptography")
    try:
        loaded = _from_jwk(curves, json.loads(text)) if text.lstrip().startswith("{") else None
        loaded = loaded or serialization.load_pem_public_key(text.strip().encode())
        if loaded.curve.name != "secp256r1":
            raise ValueError(loaded.curve.name)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Failure(
            "This is no public key of the curve P-256.",
            parameter=parameter,
            hint="Give it as PEM (az keyvault key download --encoding PEM) or as a JSON web key.",
            code="unusable_key",
        ) from error
    return pem(loaded)


def _from_jwk(curves: typing.Any, jwk: typing.Any) -> typing.Any:
    if jwk.get("crv") != "P-256":
        raise ValueError
    return _point(curves, *(base64.urlsafe_b64decode(jwk[name] + "==") for name in ("x", "y")))


def _point(curves: typing.Any, x: bytes, y: bytes) -> typing.Any:
    numbers = (int.from_bytes(side, "big") for side in (x, y))
    return curves.EllipticCurvePublicNumbers(*numbers, curves.SECP256R1()).public_key()


def key_at(x: bytes, y: bytes) -> str:
    """The public key of a point of the curve P-256, as PEM."""
    return pem(_point(library.module("cryptography.hazmat.primitives.asymmetric.ec", "cryptography"), x, y))


def pem(public_key: typing.Any) -> str:
    """A public key of the library cryptography as PEM."""
    serialization = library.module("cryptography.hazmat.primitives.serialization", "cryptography")
    text: bytes = public_key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return text.decode()
