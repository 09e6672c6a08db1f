# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules of the OCI distribution specification, one by one, as :mod:`support.oci_rules` has them."""

from __future__ import annotations

import json
import os
import sys

from azure.identity import ClientSecretCredential
from azure.mgmt.containerregistry import ContainerRegistryManagementClient
from azure.mgmt.resource.resources import ResourceManagementClient
from support.oci import Wire
from support.oci_rules import RULES, Rule


def _problem(wire: Wire, rule: Rule) -> str:
    try:
        rule.holds(wire, f"rules/{rule.name}")
    except Exception as error:
        return f"{type(error).__name__}: {str(error)[:400]}"
    return ""


def main() -> int:
    """Make a registry, and hold every rule against it."""
    client, secret = os.environ["AZURE_CLIENT_ID"], os.environ["AZURE_CLIENT_SECRET"]
    credential = ClientSecretCredential(os.environ["AZURE_TENANT_ID"], client, secret)
    subscription, place = os.environ["AZURE_SUBSCRIPTION_ID"], {"location": "westeurope"}
    ResourceManagementClient(credential, subscription).resource_groups.create_or_update("fg", place)
    registries = ContainerRegistryManagementClient(credential, subscription, polling_interval=0.1).registries
    registries.begin_create("fg", "fgacr", {**place, "sku": {"name": "Basic"}}).result()
    wire = Wire("https://fgacr.azurecr.io", (client, secret))
    for rule in RULES:
        print(json.dumps({"name": f"{rule.section}: {rule.words}", "problem": _problem(wire, rule)}), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
