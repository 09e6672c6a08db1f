# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Push or pull a small image as the service principal of the environment, for people without skopeo or docker.

Usage: image.py push|pull SERVER/REPOSITORY:TAG
"""

from __future__ import annotations

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from azure.identity import EnvironmentCredential
from support.images import Image, Sdk


def main() -> int:
    """Do it; returns the exit status."""
    if len(sys.argv) != 3 or sys.argv[1] not in ("push", "pull"):
        print(__doc__.strip(), file=sys.stderr)
        return 2
    server, _slash, rest = sys.argv[2].partition("/")
    repository, _colon, tag = rest.partition(":")
    client, image = Sdk(EnvironmentCredential()), Image()
    if sys.argv[1] == "push":
        problem = client.push(image, server, repository, tag or "latest")
        digest = image.digest
    else:
        digest, problem = client.pull(server, repository, tag or "latest")
    if problem:
        print(f"{sys.argv[2]} could not be {sys.argv[1]}ed: {problem}")
        return 1
    print(f"{sys.argv[1]}ed {sys.argv[2]}, {digest}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
