# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Read an RSA private key to import; its text goes nowhere but to Key Vault."""

from __future__ import annotations

import pathlib

from ..._azure import sdk
from ..._domain.failure import Failure
from ..._operation import Params


def read(params: Params, *, hsm: bool) -> dict[str, object]:
    """The private key of ``import_file`` or ``import_pem`` as the members of a JSON web key.

    :param params: the module's options.
    :param hsm: whether it is to be kept in hardware.

    :raises Failure: for a file that cannot be read, a wrong passphrase, or a key that is not RSA.
    """
    serialization = sdk.module("cryptography.hazmat.primitives.serialization", "cryptography")
    rsa = sdk.module("cryptography.hazmat.primitives.asymmetric.rsa", "cryptography")
    parameter = "import_file" if params["import_file"] else "import_pem"
    text = _text(params)
    secret = params["import_passphrase"].encode() if params["import_passphrase"] else None
    try:
        key = serialization.load_pem_private_key(text, secret)
    except TypeError as error:
        wants = (
            "is encrypted and needs import_passphrase"
            if secret is None
            else "is not encrypted; leave import_passphrase out"
        )
        raise Failure(f"The private key {wants}.", parameter=parameter, code="passphrase") from error
    except ValueError as error:
        # what the library says could quote the key: not repeated
        raise Failure(
            "The private key cannot be read: it is no PEM private key, or the passphrase is wrong.",
            parameter=parameter,
            code="unreadable_key",
        ) from error
    if not isinstance(key, rsa.RSAPrivateKey) or key.key_size not in (2048, 3072, 4096):
        raise Failure(
            "The private key is not an RSA key of 2048, 3072 or 4096 bits; a registry takes no other.",
            parameter=parameter,
            code="not_rsa",
        )
    numbers = key.private_numbers()
    members = {
        "n": numbers.public_numbers.n,
        "e": numbers.public_numbers.e,
        "d": numbers.d,
        "p": numbers.p,
        "q": numbers.q,
        "dp": numbers.dmp1,
        "dq": numbers.dmq1,
        "qi": numbers.iqmp,
    }
    jwk: dict[str, object] = {name: _bytes(value) for name, value in members.items()}
    jwk["kty"] = "RSA-HSM" if hsm else "RSA"
    if params["operations"]:
        jwk["key_ops"] = list(params["operations"])
    return jwk


def _text(params: Params) -> bytes:
    if params["import_pem"]:
        return str(params["import_pem"]).encode()
    try:
        return pathlib.Path(params["import_file"]).expanduser().read_bytes()
    except OSError as error:
        text = f"{params['import_file']} cannot be read: {error.strerror}."
        raise Failure(text, parameter="import_file", code="unreadable_file") from error


def _bytes(value: int) -> bytes:
    return value.to_bytes((value.bit_length() + 7) // 8, "big")
