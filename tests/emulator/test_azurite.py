# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Storage accounts of a rehearsal: the command's option, rights on containers and blobs, and Terraform's own state."""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import subprocess
import sys
import typing

import pytest
from support import azurite

COMMAND = str(pathlib.Path(sys.executable).parent / "local-azure")
#: Terraform's backend azurerm signs in and writes blobs by itself, without the provider of that name.
MAIN = f"""
terraform {{
  backend "azurerm" {{
    storage_account_name = "{azurite.ACCOUNT}"
    container_name       = "states"
    key                  = "contoso.tfstate"
    use_azuread_auth     = true
  }}
}}
resource "terraform_data" "registry" {{
  input = "contosoacr"
}}
"""
CONTAINER = f"""
from azure.identity import EnvironmentCredential
from azure.storage.blob import BlobServiceClient
service = BlobServiceClient("https://{azurite.ACCOUNT}.blob.core.windows.net", credential=EnvironmentCredential())
service.create_container("states")
print([one.name for one in service.list_containers()])
print([one.name for one in service.get_container_client("states").list_blobs()])
"""


@pytest.fixture(scope="module")
def address() -> typing.Iterator[str]:
    with azurite.running_or_skipped() as address:
        yield address


def local_azure(*arguments: str, accounts: str | None, folder: pathlib.Path) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if name != "AZURITE_ACCOUNTS"}
    environment = {**kept, "CHECKPOINT_DISABLE": "1", **({"AZURITE_ACCOUNTS": accounts} if accounts else {})}
    return subprocess.run(
        [COMMAND, "run", *arguments],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        timeout=120,
    )


def test_terraform_keeps_its_state_in_a_storage_account(address: str, tmp_path: pathlib.Path) -> None:
    if not shutil.which("terraform"):
        pytest.skip("terraform is not here")
    (tmp_path / "main.tf").write_text(MAIN, encoding="utf-8")
    (tmp_path / "container.py").write_text(CONTAINER, encoding="utf-8")
    options = "-input=false -no-color"
    script = f"""
    set -e
    {sys.executable} container.py
    terraform init {options} >&2
    terraform apply {options} -auto-approve >&2
    {sys.executable} container.py 2>&1 | grep -o ContainerAlreadyExists | head -1
    terraform state pull
    """
    ran = local_azure(
        "--azurite", address, "--", "bash", "-c", script, accounts=f"{azurite.ACCOUNT}:{azurite.KEY}", folder=tmp_path
    )
    assert ran.returncode == 0, ran.stderr
    before, blobs, again, state = ran.stdout.split("\n", 3)
    assert (before, blobs, again) == ("['states']", "[]", "ContainerAlreadyExists")
    (resource,) = json.loads(state)["resources"]
    assert resource["instances"][0]["attributes"]["input"]["value"] == "contosoacr"
    assert not (tmp_path / "terraform.tfstate").exists()


@pytest.mark.parametrize(
    ("where", "accounts", "text"),
    [
        ("http://127.0.0.1:10000", None, "--azurite needs AZURITE_ACCOUNTS"),
        ("http://127.0.0.1:10000", "contosostate", "AZURITE_ACCOUNTS: 'contosostate' is not NAME:KEY"),
        ("http://127.0.0.1:10000", "Contoso State:a2V5", "'Contoso State' is not NAME:KEY"),
        ("127.0.0.1:10000", "contosostate:a2V5", "not '127.0.0.1:10000'"),
        ("https://127.0.0.1:10000/contosostate", "contosostate:a2V5", "the address of Azurite's blob service"),
    ],
)
def test_what_cannot_be_read_is_said(where: str, accounts: str | None, text: str, tmp_path: pathlib.Path) -> None:
    ran = local_azure("--azurite", where, "--", "true", accounts=accounts, folder=tmp_path)
    assert ran.returncode == 1
    assert text in ran.stderr
    assert "Traceback" not in ran.stderr


def test_an_azurite_that_is_not_there_is_said(tmp_path: pathlib.Path) -> None:
    (tmp_path / "container.py").write_text(CONTAINER.replace("Credential())", "Credential(), retry_total=0)"))
    options = ("--azurite", "http://127.0.0.1:9", "--", sys.executable, "container.py")
    ran = local_azure(*options, accounts=f"{azurite.ACCOUNT}:a2V5", folder=tmp_path)
    assert ran.returncode == 1
    assert "No Azurite answers at http://127.0.0.1:9." in ran.stderr
