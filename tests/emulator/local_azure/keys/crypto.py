# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The mathematics of a key: generation, JSON web key form, wrap and unwrap, sign and verify."""

from __future__ import annotations

import base64
import typing

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils

from . import errors

CURVES: dict[str, ec.EllipticCurve] = {
    "P-256": ec.SECP256R1(),
    "P-256K": ec.SECP256K1(),
    "P-384": ec.SECP384R1(),
    "P-521": ec.SECP521R1(),
}
RSA_TYPES = ("RSA", "RSA-HSM")
EC_TYPES = ("EC", "EC-HSM")
#: Of a Managed HSM alone: a symmetric key, of which nothing is ever shown.
SYMMETRIC = "oct-HSM"
#: The one algorithm that a curve signs by.
_BY_CURVE = {"P-256": "ES256", "P-256K": "ES256K", "P-384": "ES384", "P-521": "ES512"}
_SHA: dict[str, hashes.HashAlgorithm] = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}
#: The hash of each algorithm that signs: by RSA with one padding or the other, or by a curve.
_HASHES = {
    **{family + size: kind for family in ("RS", "PS", "ES") for size, kind in _SHA.items()},
    "ES256K": _SHA["256"],
}
SIZES = (2048, 3072, 4096)
SYMMETRIC_SIZES = (128, 192, 256)


def encode(data: bytes) -> str:
    """base64url without padding, as JSON web keys have it."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """The reverse of :func:`encode`.

    :raises Refusal: 400 BadParameter for text that is no base64url.
    """
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (ValueError, TypeError):
        raise errors.bad_parameter("Property value is not valid base64url.") from None


def _number(value: int) -> str:
    return encode(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def generate(kty: str, size: int, curve: str) -> str:
    """A new private key as PEM; of a symmetric one, which the local Azure does not compute with, its size."""
    if kty == SYMMETRIC:
        return str(size)
    if kty in RSA_TYPES:
        return to_pem(rsa.generate_private_key(public_exponent=65537, key_size=size))
    return to_pem(ec.generate_private_key(CURVES[curve]))


def to_pem(key: typing.Any) -> str:
    """A private key as unencrypted PEM, for the state only."""
    text: str = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    return text


def load(pem: str) -> typing.Any:
    """The private key object of a PEM text."""
    # the check of a key that this process made or checked already costs more than all else in a request
    return serialization.load_pem_private_key(pem.encode(), password=None, unsafe_skip_rsa_key_validation=True)


def size_of(pem: str) -> int:
    """The size of a key in bits."""
    return int(pem) if pem.isdecimal() else int(load(pem).key_size)


def public_part(pem: str) -> dict[str, str]:
    """The public members of the JSON web key."""
    if pem.isdecimal():
        return {}
    key = load(pem)
    if isinstance(key, rsa.RSAPrivateKey):
        numbers = key.public_key().public_numbers()
        return {"n": _number(numbers.n), "e": _number(numbers.e)}
    point = key.public_key().public_numbers()
    length = (key.curve.key_size + 7) // 8
    return {
        "crv": _curve(key),
        "x": encode(point.x.to_bytes(length, "big")),
        "y": encode(point.y.to_bytes(length, "big")),
    }


def _curve(key: ec.EllipticCurvePrivateKey) -> str:
    return next(name for name, curve in CURVES.items() if curve.name == key.curve.name)


def from_jwk(jwk: dict[str, typing.Any]) -> str:
    """The PEM of an imported key.

    :raises Refusal: 400 BadParameter if it is not a whole private key of a size or curve that Key Vault has.
    """
    try:
        return to_pem(_imported_ec(jwk) if str(jwk.get("kty")) in EC_TYPES else _imported_rsa(jwk))
    except (KeyError, ValueError, TypeError):
        raise errors.bad_parameter("The key to import is not a valid private key.") from None


def _integer(text: str) -> int:
    return int.from_bytes(decode(text), "big")


def _imported_rsa(jwk: dict[str, typing.Any]) -> rsa.RSAPrivateKey:
    value = {name: _integer(jwk[name]) for name in ("n", "e", "d", "p", "q", "dp", "dq", "qi")}
    public = rsa.RSAPublicNumbers(value["e"], value["n"])
    key = rsa.RSAPrivateNumbers(
        value["p"], value["q"], value["d"], value["dp"], value["dq"], value["qi"], public
    ).private_key()
    if key.key_size not in SIZES:
        raise errors.bad_parameter(f"RSA key size {key.key_size} is not supported.")
    return key


def _imported_ec(jwk: dict[str, typing.Any]) -> ec.EllipticCurvePrivateKey:
    public = ec.EllipticCurvePublicNumbers(_integer(jwk["x"]), _integer(jwk["y"]), CURVES[jwk["crv"]])
    return ec.EllipticCurvePrivateNumbers(_integer(jwk["d"]), public).private_key()


def _padding(algorithm: str) -> padding.AsymmetricPadding:
    if algorithm == "RSA1_5":
        return padding.PKCS1v15()
    digest = {"RSA-OAEP": hashes.SHA1(), "RSA-OAEP-256": hashes.SHA256()}.get(algorithm)
    if digest is None:
        raise errors.bad_parameter(f"Algorithm '{algorithm}' is not supported for this key.")
    return padding.OAEP(mgf=padding.MGF1(digest), algorithm=digest, label=None)


def wrap(pem: str, algorithm: str, plain: bytes) -> bytes:
    """Encrypt with the public part.

    :raises Refusal: 400 BadParameter for a text that is too long for the key.
    """
    key = _rsa(pem, algorithm)
    try:
        return bytes(key.public_key().encrypt(plain, _padding(algorithm)))
    except ValueError:
        raise errors.bad_parameter("The parameter is incorrect.") from None


def _rsa(pem: str, algorithm: str) -> rsa.RSAPrivateKey:
    key = load(pem)
    if not isinstance(key, rsa.RSAPrivateKey) or algorithm.startswith("ES"):
        raise errors.bad_parameter(f"Algorithm '{algorithm}' is not supported for this key.")
    return key


def unwrap(pem: str, algorithm: str, wrapped: bytes) -> bytes:
    """Decrypt with the private part.

    :raises Refusal: 400 BadParameter for a text that this key did not wrap.
    """
    key = _rsa(pem, algorithm)
    if algorithm == "RSA1_5":
        return _without_padding(key, wrapped)
    try:
        return bytes(key.decrypt(wrapped, _padding(algorithm)))
    except ValueError:
        raise errors.bad_parameter("The parameter is incorrect.") from None


def _without_padding(key: rsa.RSAPrivateKey, wrapped: bytes) -> bytes:
    """What PKCS #1 v1.5 padding holds; OpenSSL makes something up for a text whose padding is wrong.

    :raises Refusal: 400 BadParameter.
    """
    size, number = key.key_size // 8, int.from_bytes(wrapped, "big")
    numbers = key.private_numbers()
    if len(wrapped) == size and number < numbers.public_numbers.n:
        padded = pow(number, numbers.d, numbers.public_numbers.n).to_bytes(size, "big")
        end = padded.find(b"\0", 2)
        # eight bytes of padding at the least
        if padded.startswith(b"\0\2") and end >= 10:
            return padded[end + 1 :]
    raise errors.bad_parameter("The parameter is incorrect.")


def _digest(algorithm: str, digest: bytes) -> hashes.HashAlgorithm:
    """The hash of a signature's algorithm.

    :raises Refusal: 400 BadParameter for a digest that is not as long as that hash's.
    """
    kind = _HASHES.get(algorithm)
    if kind is None:
        raise errors.bad_parameter(f"Algorithm '{algorithm}' is not supported for this key.")
    if len(digest) != kind.digest_size:
        text = f"Invalid length of 'value': {len(digest)} bytes. Hash-based signature {algorithm} takes a digest of "
        raise errors.bad_parameter(f"{text}{kind.digest_size} bytes.").inferred()
    return kind


def _signing(algorithm: str, kind: hashes.HashAlgorithm) -> padding.AsymmetricPadding:
    if algorithm.startswith("RS"):
        return padding.PKCS1v15()
    return padding.PSS(padding.MGF1(kind), kind.digest_size)


def _ec_fits(key: ec.EllipticCurvePrivateKey, algorithm: str) -> None:
    if _BY_CURVE[_curve(key)] != algorithm:
        raise errors.bad_parameter(f"Algorithm '{algorithm}' is not supported for this key.")


def sign(pem: str, algorithm: str, digest: bytes) -> bytes:
    """Sign a digest; by elliptic curves both numbers of the signature side by side, as JSON web signatures have it."""
    kind, key = _digest(algorithm, digest), load(pem)
    if isinstance(key, ec.EllipticCurvePrivateKey):
        _ec_fits(key, algorithm)
        length = (key.curve.key_size + 7) // 8
        numbers = utils.decode_dss_signature(key.sign(digest, ec.ECDSA(utils.Prehashed(kind))))
        return b"".join(number.to_bytes(length, "big") for number in numbers)
    return bytes(_rsa(pem, algorithm).sign(digest, _signing(algorithm, kind), utils.Prehashed(kind)))


def verify(pem: str, algorithm: str, digest: bytes, signature: bytes) -> bool:
    """Whether a signature fits a digest."""
    kind, key = _digest(algorithm, digest), load(pem)
    try:
        if isinstance(key, ec.EllipticCurvePrivateKey):
            _ec_fits(key, algorithm)
            half = len(signature) // 2
            numbers = (int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big"))
            encoded = utils.encode_dss_signature(*numbers)
            key.public_key().verify(encoded, digest, ec.ECDSA(utils.Prehashed(kind)))
        else:
            pad = _signing(algorithm, kind)
            _rsa(pem, algorithm).public_key().verify(signature, digest, pad, utils.Prehashed(kind))
    except InvalidSignature:
        return False
    return True
