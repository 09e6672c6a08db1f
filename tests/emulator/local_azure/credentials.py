# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a client needs to sign in to the local Azure: environment variables, and files where it wants some."""

from __future__ import annotations

import datetime
import os
import pathlib

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from .signin.routes import federated_token, managed_identity_header
from .world import SUBSCRIPTION, World


class Credentials:
    """The service principal's ways to sign in.

    :param directory: a private directory for the files.
    """

    def __init__(self, world: World, directory: pathlib.Path) -> None:
        self.world = world
        self.directory = directory

    def environment(self, *, url: str, authority: pathlib.Path) -> dict[str, str]:
        """The variables that lead any Azure client here.

        Both families are there: azure-identity's (``AZURE_CLIENT_SECRET``) and AWX's (``AZURE_SECRET``).
        """
        app = self.world.app()
        variables = {
            "HTTPS_PROXY": url,
            "https_proxy": url,
            "NO_PROXY": "127.0.0.1,localhost",
            "no_proxy": "127.0.0.1,localhost",
            "REQUESTS_CA_BUNDLE": str(authority),
            "SSL_CERT_FILE": str(authority),
            "CURL_CA_BUNDLE": str(authority),
            "NODE_EXTRA_CA_CERTS": str(authority),
            "AZURE_SUBSCRIPTION_ID": SUBSCRIPTION,
            "AZURE_TENANT": self.world.data["tenant"],
            "AZURE_TENANT_ID": self.world.data["tenant"],
            "AZURE_CLIENT_ID": app["client_id"],
            "AZURE_SECRET": app["secret"],
            "AZURE_CLIENT_SECRET": app["secret"],
            "LOCAL_AZURE_URL": url,
        }
        if self.world.cloud != "AzureCloud":
            variables["AZURE_CLOUD_ENVIRONMENT"] = self.world.cloud
        return variables

    def make(self) -> dict[str, str]:
        """A client certificate and a federated token, as files, and the managed-identity header.

        :returns: ``{certificate, federated_token_file, identity_header}``.
        """
        app = self.world.app()
        return {
            "certificate": str(self._certificate()),
            "federated_token_file": str(self._write("federated-token", federated_token(self.world, app["client_id"]))),
            "identity_header": managed_identity_header(self.world),
        }

    def _certificate(self) -> pathlib.Path:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "local-azure client")])
        now = datetime.datetime.now(datetime.timezone.utc)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=30))
            .sign(key, hashes.SHA256())
        )
        public = certificate.public_bytes(serialization.Encoding.PEM).decode()
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()
        self.world.data["apps"][self.world.app()["client_id"]]["certificates"].append(public)
        return self._write("client-certificate.pem", private + public)

    def _write(self, name: str, text: str) -> pathlib.Path:
        path = self.directory / name
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
        return path
