# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The main job on one page: create, rotate, revoke and restore a registry under its own key, on the local Azure.

Every step runs the real playbook by its full name and then checks what it claims against the local Azure itself. Ends
with a non-zero status as soon as a step did not do what it says. ``DEMO_BREAK=restore`` (or another step's name) makes
the local Azure refuse that step, to see that the demo notices.
"""

from __future__ import annotations

import os
import pathlib
import sys
import textwrap
import time
import typing

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from local_azure.client import Control  # noqa: E402
from local_azure.server import running  # noqa: E402
from support.images import Image, Sdk, Skopeo  # noqa: E402
from support.playbooks import Ansible, Run, fresh_folder  # noqa: E402

OUTPUT = HERE.parents[1] / ".demo"
REGISTRY = "contosoacr"
SERVER, REPOSITORY, TAG = f"{REGISTRY}.azurecr.io", "team/hello", "v1"
CONTOSO = {"acr_cmk_registry": REGISTRY, "acr_cmk_resource_group": "contoso", "acr_cmk_location": "westeurope"}
QUARTER = 91 * 86400
NO_BREAK = "\u00a0"


class Untrue(Exception):
    """A step did not do what it claims."""


class Demo:
    """Runs the steps and prints a line or two for each."""

    def __init__(self, ansible: Ansible) -> None:
        self.ansible = ansible
        self.control = Control(ansible.environment["LOCAL_AZURE_URL"])
        self.log = OUTPUT / "output.log"
        self.number = 0
        self.run: Run | None = None
        self.seconds = 0.0
        self.image = Image()

    def play(self, step: str, playbook: str, *, refused: bool = False, **more: typing.Any) -> Run:
        """Run a playbook, keep its raw output, and see that it ended as it should."""
        if os.environ.get("DEMO_BREAK") == step:
            self.control.fault(method="GET", path=".*/registries/.*", times=0, status=403)
        began = time.monotonic()
        run = self.ansible.playbook(f"ownkey.acr.{playbook}", {**CONTOSO, **more})
        self.seconds, self.run = time.monotonic() - began, run
        with self.log.open("a", encoding="utf-8") as stream:
            stream.write(f"### {step}: ansible-playbook ownkey.acr.{playbook} {more or ''}\n{run.output}\n")
        if run.ok == refused:
            failed = run.tasks[-1]["result"].get("msg", "") if run.tasks else run.output[-400:]
            raise Untrue(f"the playbook {'was not refused' if refused else f'failed: {failed}'}")
        return run

    def tell(self, step: str, *sentences: str, cost: bool = True) -> None:
        """Print what happened and what it proves, with what the playbook cost."""
        self.number += 1
        run = typing.cast(Run, self.run)
        requests = f"{len(run.azure)} requests, " if cost else ""
        price = f"({requests}{self.seconds:.1f} s)".replace(" ", NO_BREAK)
        text = textwrap.wrap(" ".join([*sentences, price]), 92, break_on_hyphens=False)
        text = [line.replace(NO_BREAK, " ") for line in text]
        print(f" {self.number}  {step:<14}{text[0]}")
        for line in text[1:]:
            print(f"{'':18}{line}")
        sys.stdout.flush()

    def client(self) -> Skopeo | Sdk:
        """What pushes and pulls: skopeo where it is installed, else the Azure SDK; signed in anew each time."""
        known = self.ansible.environment
        if Skopeo.there():
            return Skopeo(known, OUTPUT, f"{known['AZURE_CLIENT_ID']}:{known['AZURE_CLIENT_SECRET']}")
        os.environ.update({name: known[name] for name in ("HTTPS_PROXY", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")})
        from azure.identity import ClientSecretCredential

        wanted = ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET")
        return Sdk(ClientSecretCredential(*(known[name] for name in wanted)))

    def must_pull(self) -> str:
        """Pull the image; the same digest must come back."""
        digest, problem = self.client().pull(SERVER, REPOSITORY, TAG)
        self.claim(digest == self.image.digest, f"the image could not be pulled: {problem}")
        return f"{self.image.digest[7:13]}…"

    def must_not_pull(self) -> str:
        """Try to pull the image; the registry must refuse."""
        digest, problem = self.client().pull(SERVER, REPOSITORY, TAG)
        self.claim(not digest, "the image could still be pulled")
        self.claim("Forbidden" in problem or "is forbidden" in problem, f"the pull failed otherwise: {problem}")
        return "403, Access to Key Encryption Key is forbidden"

    def claim(self, true: bool, text: str) -> None:
        """Stop unless something holds."""
        if not true:
            raise Untrue(text)


def short(version: str) -> str:
    """A key version as people say it."""
    return f"{version[:6]}…"


def fact(run: Run, name: str) -> dict[str, typing.Any]:
    """The result that a role returns."""
    return run.result("Result")["ansible_facts"][f"{name}_result"]


def create(demo: Demo) -> None:
    """Create everything; then again, which changes nothing."""
    made = fact(demo.play("create", "create"), "create")
    block = made["registry"]["encryption"]
    demo.claim(block["status"] == "enabled" and made["vault"]["purge_protection"], "the registry is not under its key")
    demo.tell(
        "create",
        f"Made an identity, a purge-protected vault, an RSA key and the Premium registry {REGISTRY}, encrypted with "
        f"{block['key']} version {short(block['key_version'])}.",
    )
    again = demo.play("create again", "create")
    demo.claim(again.changed == [] and again.writes == [], "the second run changed something")
    demo.tell("create again", "Everything is as wanted: nothing was written.")


def push(demo: Demo) -> None:
    """Push a small image, with a real client."""
    client, began = demo.client(), time.monotonic()
    problem = client.push(demo.image, SERVER, REPOSITORY, TAG)
    demo.claim(problem == "", f"the image could not be pushed: {problem}")
    demo.seconds = time.monotonic() - began
    hint = "" if Skopeo.there() else " (skopeo is not installed; 'apt-get install skopeo' would bring it)"
    demo.tell(
        "push", f"Pushed {REPOSITORY}:{TAG} with {client.name}{hint}; its blobs are sealed under the key.", cost=False
    )


def rotate(demo: Demo) -> None:
    """Rotate what is due after a quarter; then again, when nothing is."""
    demo.control.advance(QUARTER)
    row = fact(demo.play("rotate", "rotate", acr_cmk_max_age="90d"), "rotate")["registries"][0]
    demo.claim(row["changed"] and row["key_version_before"] != row["key_version_after"], "the key was not rotated")
    demo.tell(
        "rotate",
        "91 days pass on the local Azure's clock, so the key is due.",
        f"The registry reports version {short(row['key_version_after'])} instead of {short(row['key_version_before'])},"
        f" and the image pushed before is pulled: sha256:{demo.must_pull()}.",
    )
    again = demo.play("rotate again", "rotate", acr_cmk_max_age="90d")
    demo.claim(again.changed == [] and again.writes == [], "a second rotation took place")
    demo.tell("rotate again", "Nothing is due: nothing was written.")


def revoke(demo: Demo) -> None:
    """Revoke: refused without a confirmation, then done with it."""
    refused = demo.play("revoke", "revoke", refused=True)
    lost = [entry["name"] for entry in refused.last["would_lose_access"]]
    demo.claim(lost == [REGISTRY] and refused.writes == [], "it was not refused cleanly")
    demo.must_pull()
    demo.tell("revoke", f"Refused, as nobody confirmed it: every image in {lost[0]} would become unreadable.")
    done = fact(demo.play("revoke, for sure", "revoke", acr_cmk_confirm=REGISTRY), "revoke")
    demo.claim(bool(done["changed"]) and bool(done["locked"]), "the registry can still use its key")
    demo.tell(
        "revoke, sure", f"Confirmed by name: the identity lost its right. A pull now fails: {demo.must_not_pull()}."
    )


def restore(demo: Demo) -> None:
    """Restore, from Azure's own state alone."""
    done = fact(demo.play("restore", "restore"), "restore")
    demo.claim(bool(done["changed"]) and bool(done["verified"]), "the image cannot be read")
    demo.tell(
        "restore",
        f"Found by itself what was missing, gave it back, and read an image to prove it; a pull gives the same "
        f"sha256:{demo.must_pull()} again.",
    )


def main() -> int:
    """Run the demo; returns the exit status."""
    fresh_folder(OUTPUT)
    print("\nownkey.acr: a container registry under your own key, on a local Azure (nothing leaves this machine)\n")
    with running(judge=OUTPUT / "judge.jsonl") as azure:
        demo = Demo(Ansible(OUTPUT, azure.environment))
        for step in (create, push, rotate, revoke, restore):
            try:
                step(demo)
            except (Untrue, KeyError, IndexError) as problem:
                print(f"\n {step.__name__} did NOT do what it claims: {problem}\n Raw output: {demo.log}")
                return 1
        judge = azure.azure.judge
        if judge is None or judge.findings:
            print(f"\n Microsoft's descriptions say otherwise: {os.path.relpath(OUTPUT / 'judge.jsonl')}")
            return 1
    print(
        f"\nRaw output of the playbooks: {os.path.relpath(demo.log)}\n"
        "Next: put your own names into docs/examples/contoso.yml and rehearse with them:\n"
        "  .venv/bin/local-azure run -- \\\n"
        "    .venv/bin/ansible-playbook ownkey.acr.create -e @docs/examples/contoso.yml\n"
        "Without 'local-azure run --' the very same command works on Azure, with your own sign-in.\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
