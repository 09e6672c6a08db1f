# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The file ``~/.azure/credentials``, as people's editors leave it."""

from __future__ import annotations

import pathlib


def write_profiles(home: pathlib.Path, profiles: dict[str, dict[str, str]], *, as_edited: bool = False) -> pathlib.Path:
    """Write the profiles that azure.azcollection reads.

    :param profiles: by name, options such as ``subscription_id``, ``client_id``, ``secret``, ``tenant``.
    :param as_edited: with what is met in the wild: a byte order mark, a line that is no option, an option twice.
    """
    blocks = []
    for name, options in profiles.items():
        lines = [f"{key}={value}" for key, value in options.items()]
        if as_edited:
            lines = [lines[0], "# see the wiki", "just a line", *lines]
        blocks.append("\n".join([f"[{name}]", *lines, ""]))
    path = home / ".azure" / "credentials"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(("\ufeff" if as_edited else "") + "\n".join(blocks), encoding="utf-8")
    return path
