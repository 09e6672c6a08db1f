# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What stands in a log: progress for those who ask for it, and never a secret."""

from __future__ import annotations

import pathlib
import re

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from local_azure.client import Control
from local_azure.server import LocalAzure
from support.contoso import Contoso
from support.playbooks import Ansible, Run

CONTOSO = {"acr_cmk_registry": "contosoacr", "acr_cmk_resource_group": "contoso", "acr_cmk_location": "westeurope"}


def test_a_long_wait_says_what_for_at_verbosity_one(ansible: Ansible, control: Control) -> None:
    control.settings(role_spread_seconds=9)
    quiet = ansible.playbook("ownkey.acr.create", CONTOSO)
    assert quiet.ok, quiet.output
    assert "Waiting for" not in quiet.output
    control.reset()
    told = ansible.playbook("ownkey.acr.create", CONTOSO, "-v")
    assert told.ok, told.output
    lines = re.findall(r"Waiting for .*", told.output)
    assert any("your fresh right to the keys to count" in line for line in lines), told.output
    # once each: a log is not to be flooded
    assert len(lines) == len(set(lines)) <= 3


class Secrets:
    """Everything that must be in no log."""

    def __init__(self, azure: LocalAzure) -> None:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.passphrase = "a-passphrase-for-no-eye"
        self.pem = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(self.passphrase.encode()),
        ).decode()
        self.client = azure.world.app()["secret"]

    def must_not_be_in(self, text: str, run: Run) -> None:
        inner = "".join(self.pem.splitlines()[1:-1])[200:260]
        for secret in (self.passphrase, self.client, inner, "PRIVATE KEY"):
            assert secret not in text, secret
        # an access token begins as every JSON web token does
        assert not re.search(r"eyJ[\w-]{20,}\.[\w-]{20,}", text)
        assert run.tasks


@pytest.mark.parametrize("way", ["in process", "module"])
def test_no_secret_in_any_output_at_the_highest_verbosity(
    contoso: Contoso, ansible: Ansible, azure: LocalAzure, way: str, tmp_path: pathlib.Path
) -> None:
    secrets = Secrets(azure)
    # an interpreter that is the same but for its name makes ansible run the modules, as it does on another machine
    play = {} if way == "in process" else {"vars": {"ansible_python_interpreter": _another(tmp_path)}}
    # as people do it; what stands in a play itself, Ansible shows beside an error
    environment = {
        "PEM": secrets.pem,
        "PASSPHRASE": secrets.passphrase,
        "CLIENT": secrets.client,
        "WRONG": "x" * 20,
    }
    given = {name: f"{{{{ lookup('ansible.builtin.env', '{name}') }}}}" for name in environment}
    key = {"vault": "contoso-kv", "name": "imported", "import_pem": given["PEM"]}
    sign_in = {"client_id": azure.world.app()["client_id"], "secret": given["CLIENT"]}
    run = ansible.tasks(
        *contoso.vault_tasks(),
        {"ownkey.acr.keyvault_rsa_key": {**key, **sign_in, "import_passphrase": given["PASSPHRASE"]}},
        {"ownkey.acr.keyvault_rsa_key": {**key, "import_passphrase": given["WRONG"]}, "ignore_errors": True},
        {"ownkey.acr.acr_cmk_registry_info": {**sign_in, "secret": given["WRONG"]}, "ignore_errors": True},
        contoso.registry_task(verify_data=True),
        play=play,
        flags=["-vvvvv", "--diff"],
        environment=environment,
    )
    assert run.ok, run.output
    secrets.must_not_be_in(run.output, run)
    assert "x" * 20 not in run.output


def _another(folder: pathlib.Path) -> str:
    import sys

    launcher = folder / "another-python"
    launcher.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n', encoding="utf-8")
    launcher.chmod(0o755)
    return str(launcher)


def test_no_secret_in_the_output_of_a_playbook(ansible: Ansible, azure: LocalAzure) -> None:
    secrets = Secrets(azure)
    for playbook, more in (("create", {}), ("revoke", {"acr_cmk_confirm": "contosoacr"}), ("restore", {})):
        run = ansible.playbook(f"ownkey.acr.{playbook}", {**CONTOSO, **more}, "-vvvvv")
        assert run.ok, run.output
        secrets.must_not_be_in(run.output, run)
