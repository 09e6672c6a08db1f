# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules of the OCI distribution specification, one by one, as :mod:`support.oci_rules` has them."""

from __future__ import annotations

import os
import sys

from attempt import attempt
from support.oci import Wire
from support.oci_rules import RULES


def main() -> int:
    """Hold every rule against a registry."""
    auth = (os.environ["AZURE_CLIENT_ID"], os.environ["AZURE_CLIENT_SECRET"])
    wire = Wire("https://plainacr.azurecr.io", auth)
    for rule in RULES:
        attempt(f"{rule.section}: {rule.words}", lambda rule=rule: rule.holds(wire, f"rules/{rule.name}"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
