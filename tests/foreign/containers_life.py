# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""skopeo, buildah and podman: push, pull, copy, inspect, list, delete, in a registry under a key and in one without.

Usage: containers_life.py TOOL ...; the tools that are there.
"""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys
import typing

from attempt import attempt
from support.images import Image, Index

FOLDER = pathlib.Path.cwd()
CREDENTIALS = f"{os.environ['AZURE_CLIENT_ID']}:{os.environ['AZURE_CLIENT_SECRET']}"
SERVERS = ("contosoacr.azurecr.io", "plainacr.azurecr.io")
IMAGE, OTHER = Image("by a foreign client"), Image("another")


def run(*words: str | pathlib.Path, refused: str = "") -> str:
    """Run a command; what it printed.

    :param refused: it must fail, and say this.
    """
    command = [str(word) for word in words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    if refused:
        assert done.returncode, f"was not refused: {done.stdout}"
        assert refused in done.stderr, done.stderr
    else:
        assert not done.returncode, done.stderr
    return done.stdout


def same(shown: typing.Any, wanted: typing.Any) -> None:
    """Both are equal."""
    assert shown == wanted, f"{shown!r} is not {wanted!r}"


def skopeo(server: str) -> None:
    """Everything that skopeo does with a registry."""
    auth = ("--authfile", FOLDER / "skopeo.json")
    tool = ("skopeo", "--insecure-policy")
    image = f"docker://{server}/skopeo/app"
    layout = IMAGE.write_layout(FOLDER / "layout", "v1")

    def pushed(*options: str, to: str = "v1") -> None:
        run(*tool, "copy", *options, *auth, f"oci:{layout}:v1", f"{image}:{to}")

    def inspected() -> None:
        told = json.loads(run("skopeo", "inspect", *auth, f"{image}:v1"))
        same((told["Digest"], told["Architecture"]), (IMAGE.digest, "amd64"))
        same(run("skopeo", "inspect", "--raw", *auth, f"{image}@{IMAGE.digest}"), IMAGE.manifest.decode())
        assert json.loads(run("skopeo", "inspect", "--config", *auth, f"{image}:v1"))["os"] == "linux"

    def pulled() -> None:
        run(*tool, "copy", *auth, f"{image}:v1", f"oci:{FOLDER / 'pulled'}:v1")
        same(json.loads((FOLDER / "pulled" / "index.json").read_text())["manifests"][0]["digest"], IMAGE.digest)

    def copied() -> None:
        run(*tool, "copy", "--preserve-digests", *auth, f"{image}:v1", f"docker://{server}/skopeo/copy:v1")
        told = run("skopeo", "inspect", "--format", "{{.Digest}}", *auth, f"docker://{server}/skopeo/copy:v1")
        same(told.strip(), IMAGE.digest)

    def listed() -> None:
        same(sorted(json.loads(run("skopeo", "list-tags", *auth, image))["Tags"]), ["v1", "v2", "v2s2"])

    def deleted() -> None:
        run("skopeo", "delete", *auth, f"docker://{server}/skopeo/copy:v1")
        run("skopeo", "inspect", *auth, f"docker://{server}/skopeo/copy:v1", refused="unknown")

    def stranger() -> None:
        run("skopeo", "inspect", "--creds", "nobody:nothing", f"{image}:v1", refused="unauthorized")
        run("skopeo", "login", "--authfile", FOLDER / "none.json", "-u", "nobody", "-p", "no", server, refused="nvalid")

    user, password = CREDENTIALS.split(":")
    name = f"skopeo, {server.split('.')[0]}"
    attempt(f"{name}: login", lambda: run("skopeo", "login", *auth, "-u", user, "-p", password, server))
    attempt(f"{name}: push", pushed)
    attempt(f"{name}: push again, under another tag", lambda: pushed(to="v2"))
    attempt(f"{name}: push in Docker's format", lambda: pushed("--format", "v2s2", to="v2s2"))
    attempt(f"{name}: inspect, by tag and digest", inspected)
    attempt(f"{name}: pull", pulled)
    attempt(f"{name}: copy to another repository", copied)
    attempt(f"{name}: list tags", listed)
    attempt(f"{name}: delete", deleted)
    attempt(f"{name}: a wrong password", stranger)
    attempt(f"{name}: logout", lambda: run("skopeo", "logout", *auth, server))


def _storage(tool: str) -> tuple[str | pathlib.Path, ...]:
    place = FOLDER / f"{tool}-storage"
    return (tool, "--storage-driver", "vfs", "--root", place / "root", "--runroot", place / "run")


def buildah(server: str) -> None:
    """An image from nothing, pushed and pulled, and a list of images of two platforms."""
    tool, creds = _storage("buildah"), ("--creds", CREDENTIALS)
    target = f"{server}/buildah/app"
    (FOLDER / "hello.txt").write_text(f"hello {server}")

    def built() -> None:
        container = run(*tool, "from", "scratch").strip()
        run(*tool, "copy", container, FOLDER / "hello.txt", "/hello.txt")
        run(*tool, "config", "--cmd", "/hello", container)
        run(*tool, "commit", "--rm", container, f"{target}:v1")

    def pulled() -> None:
        run(*tool, "rmi", f"{target}:v1")
        run(*tool, "pull", *creds, f"docker://{target}:v1")

    def listed() -> None:
        run(*tool, "manifest", "create", f"{target}:all")
        run(*tool, "manifest", "add", *creds, "--arch", "arm64", f"{target}:all", f"docker://{target}:v1")
        run(*tool, "manifest", "push", "--all", *creds, f"{target}:all", f"docker://{target}:all")
        told = json.loads(run("skopeo", "inspect", "--raw", *creds, f"docker://{target}:all"))
        same([one["platform"]["architecture"] for one in told["manifests"]], ["arm64"])

    name = f"buildah, {server.split('.')[0]}"
    attempt(f"{name}: build", built)
    attempt(f"{name}: push", lambda: run(*tool, "push", *creds, f"{target}:v1", f"docker://{target}:v1"))
    attempt(f"{name}: pull", pulled)
    attempt(f"{name}: a list of platforms", listed)


def podman(server: str) -> None:
    """What people do with podman instead of Docker."""
    tool, target = (*_storage("podman"), "--cgroup-manager", "cgroupfs"), f"{server}/podman/app"
    user, password = CREDENTIALS.split(":")
    layout = OTHER.write_layout(FOLDER / "podman-layout", "v1")

    def pushed() -> None:
        run(*tool, "pull", f"oci:{layout}:v1")
        image = run(*tool, "images", "--quiet").split()[0]
        run(*tool, "tag", image, f"{target}:v1")
        run(*tool, "push", f"{target}:v1")

    def pulled() -> None:
        run(*tool, "rmi", "--all", "--force")
        run(*tool, "pull", f"{target}:v1")
        assert f"{target}:v1" in run(*tool, "images", "--format", "{{.Repository}}:{{.Tag}}")

    name = f"podman, {server.split('.')[0]}"
    attempt(f"{name}: login", lambda: run(*tool, "login", "-u", user, "-p", password, server))
    attempt(f"{name}: push", pushed)
    attempt(f"{name}: pull", pulled)
    attempt(f"{name}: search", lambda: same("podman/app" in run(*tool, "search", f"{server}/podman"), True))
    attempt(f"{name}: logout", lambda: run(*tool, "logout", server))


def index(server: str) -> None:
    """skopeo copies an index with all its images."""
    creds = ("--src-creds", CREDENTIALS, "--dest-creds", CREDENTIALS)
    source = f"docker://{server}/index/app:all"

    def copied() -> None:
        run("skopeo", "--insecure-policy", "copy", "--all", *creds, source, f"docker://{server}/index/copy:all")
        told = run("skopeo", "inspect", "--raw", "--creds", CREDENTIALS, f"docker://{server}/index/copy:all")
        same(json.loads(told), json.loads(Index().manifest))

    attempt(f"skopeo, {server.split('.')[0]}: copy an index with its images", copied)


def main() -> int:
    """Run the tools that are there."""
    for server in SERVERS:
        for tool in sys.argv[1:]:
            {"skopeo": skopeo, "buildah": buildah, "podman": podman}[tool](server)
        if "skopeo" in sys.argv:
            index(server)
    return 0


if __name__ == "__main__":
    sys.exit(main())
