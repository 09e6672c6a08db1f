# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""oras, the client for things that are no images: push, pull, list, attach, delete."""

from __future__ import annotations

import os
import pathlib
import sys
import typing

from attempt import attempt
from oras.client import OrasClient
from oras.oci import Subject

FOLDER = pathlib.Path.cwd()
SERVERS = ("contosoacr.azurecr.io", "plainacr.azurecr.io")


def life(server: str) -> None:
    """Everything that oras does with a registry."""
    # its other way, "token", keeps the first token, which is good for pulling alone, and cannot push to any registry
    # that asks for more (oras 0.2.43, provider.py, do_request)
    client = OrasClient(hostname=server, auth_backend="basic")
    target, name = f"{server}/oras/artifact", f"oras, {server.split('.')[0]}"
    (FOLDER / "artifact.txt").write_text("an artifact")
    (FOLDER / "large.bin").write_bytes(os.urandom(3 * 1024 * 1024))

    def signed_in() -> None:
        client.login(os.environ["AZURE_CLIENT_ID"], os.environ["AZURE_CLIENT_SECRET"], hostname=server)

    def pushed() -> None:
        answer = client.push(f"{target}:v1", files=["artifact.txt"], disable_path_validation=True)
        assert answer.status_code == 201, answer.text

    def pushed_in_pieces() -> None:
        options: dict[str, typing.Any] = {"do_chunked": True, "chunk_size": 1024 * 1024}
        answer = client.push(f"{target}:large", files=["large.bin"], disable_path_validation=True, **options)
        assert answer.status_code == 201, answer.text

    def pulled() -> None:
        for tag, file in (("v1", "artifact.txt"), ("large", "large.bin")):
            client.pull(f"{target}:{tag}", outdir=str(FOLDER / "pulled"))
            assert (FOLDER / "pulled" / file).read_bytes() == (FOLDER / file).read_bytes()

    def attached() -> None:
        manifest = client.get_manifest(f"{target}:v1")
        assert manifest["layers"], manifest
        notes = {"manifest_annotations": {"about": "v1"}}
        options: dict[str, typing.Any] = {"subject": Subject.from_manifest(manifest), **notes}
        answer = client.push(f"{target}:signature", files=["artifact.txt"], disable_path_validation=True, **options)
        assert answer.status_code == 201, answer.text

    def listed() -> None:
        assert sorted(client.get_tags(target)) == ["large", "signature", "v1"], client.get_tags(target)

    def deleted() -> None:
        assert client.delete_tag(target, "large") is True
        assert sorted(client.get_tags(target)) == ["signature", "v1"]

    for words, act in (
        ("sign in", signed_in),
        ("push", pushed),
        ("push in pieces", pushed_in_pieces),
        ("pull", pulled),
        ("attach to a subject", attached),
        ("list tags", listed),
        ("delete", deleted),
    ):
        attempt(f"{name}: {words}", act)


#: Azure gives out what OCI defines to those alone that name its type.
TYPES = "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json"


def copied() -> None:
    """An artifact and what refers to it go from the plain registry into the one under a key, by oras' own parts."""
    target, origin = (OrasClient(hostname=server, auth_backend="basic") for server in SERVERS)
    for client, server in ((target, SERVERS[0]), (origin, SERVERS[1])):
        client.login(os.environ["AZURE_CLIENT_ID"], os.environ["AZURE_CLIENT_SECRET"], hostname=server)

    def read(server: str, path: str) -> typing.Any:
        client = origin if server == SERVERS[1] else target
        return client.do_request(f"https://{server}/v2/oras/{path}", headers={"Accept": TYPES})

    subject = read(SERVERS[1], "artifact/manifests/v1").headers["Docker-Content-Digest"]
    listed = read(SERVERS[1], f"artifact/referrers/{subject}")
    assert listed.headers["Content-Type"] == "application/vnd.oci.image.index.v1+json", listed.headers
    (referrer,) = listed.json()["manifests"]
    for reference in (subject, referrer["digest"]):
        manifest = origin.get_manifest(f"{SERVERS[1]}/oras/artifact@{reference}")
        for one in (manifest["config"], *manifest["layers"]):
            file = FOLDER / one["digest"].replace(":", "-")
            origin.download_blob(f"{SERVERS[1]}/oras/artifact", one["digest"], str(file))
            answer = target.upload_blob(str(file), f"{SERVERS[0]}/oras/copy", one)
            assert answer.status_code in (200, 201, 202), answer.text
        raw = read(SERVERS[1], f"artifact/manifests/{reference}").content
        headers = {"Content-Type": manifest["mediaType"]}
        where = f"https://{SERVERS[0]}/v2/oras/copy/manifests/{reference}"
        answer = target.do_request(where, "PUT", data=raw, headers=headers)
        assert answer.status_code == 201, answer.text
        # a registry under a key of its customer's keeps no count of referrers
        assert "OCI-Subject" not in answer.headers, answer.headers
        assert read(SERVERS[0], f"copy/manifests/{reference}").content == raw
    assert read(SERVERS[0], f"copy/referrers/{subject}").status_code == 404


def main() -> int:
    """A registry under a key, and one without; and from one to the other."""
    for server in SERVERS:
        life(server)
    attempt("oras: copy with what refers to it", copied)
    return 0


if __name__ == "__main__":
    sys.exit(main())
