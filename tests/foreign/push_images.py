# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Push a few images into a registry, whose login server is the argument."""

from __future__ import annotations

import os
import sys

from support.oci import Wire

if __name__ == "__main__":
    wire = Wire(f"https://{sys.argv[1]}", (os.environ["AZURE_CLIENT_ID"], os.environ["AZURE_CLIENT_SECRET"]))
    for repository, tag in (("app/one", "v1"), ("app/one", "v2"), ("app/two", "v1")):
        wire.image(repository, tag, f"{repository} {tag}")
