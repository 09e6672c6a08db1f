# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One play with azure.azcollection and this collection, in one environment that has what both require."""

from __future__ import annotations

import pathlib

import azcollection
from local_azure.client import Control
from local_azure.server import LocalAzure
from support.controller import Controller
from support.playbooks import fresh_folder

EXAMPLE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "examples" / "beside-azcollection.yml"


def test_one_play_uses_both_collections(azure: LocalAzure, control: Control, tmp_path: pathlib.Path) -> None:
    both = Controller(fresh_folder(tmp_path / "home"), azure.environment, azcollection.interpreter())
    both.environment["ANSIBLE_COLLECTIONS_PATH"] = azcollection.collections_path()
    names = {
        "client_id": "AZURE_CLIENT_ID",
        "secret": "AZURE_CLIENT_SECRET",
        "tenant": "AZURE_TENANT_ID",
        "subscription_id": "AZURE_SUBSCRIPTION_ID",
    }
    sign_in = {option: azure.environment[variable] for option, variable in names.items()}
    nothing = {name: None for name in azure.environment if name.startswith("AZURE_")}
    run = both.playbook(str(EXAMPLE), {"azure_sign_in": sign_in}, environment=nothing)
    assert run.ok, run.output
    assert run.changed[0] == "Keep the resource group"
    assert "docker push contosoacr.azurecr.io/team/app" in run.output
    assert control.registries()["contosoacr"]["readable"]
    again = both.playbook(str(EXAMPLE), {"azure_sign_in": sign_in}, environment=nothing)
    assert again.ok, again.output
    assert again.changed == []
    assert again.writes == []
