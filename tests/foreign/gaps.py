# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the local Azure answers with 501, and whether that may be so."""

from __future__ import annotations

import collections
import re
import typing

#: What has nothing to do with registries' keys, identities and roles, or belongs to an issue to come; by path.
EXPECTED = {
    r"/registries/[^/]+/(runs|scheduleRun|listBuildSourceUploadUrl)(/|$)": "builds",
    r"^/acr/v1/.*/_(streaming|operations)(/|$)": "streaming of artifacts",
}

_SUBSCRIPTION = re.compile(r"/subscriptions/[0-9a-f-]{36}", re.IGNORECASE)
_GROUP = re.compile(r"/resourceGroups/[^/]+", re.IGNORECASE)


def reason(path: str) -> str:
    """Why a path may be answered with 501, or nothing."""
    return next((why for pattern, why in EXPECTED.items() if re.search(pattern, path, re.IGNORECASE)), "")


def gaps(entries: list[dict[str, typing.Any]]) -> dict[tuple[str, str], int]:
    """How often each thing was answered with 501: by its method and path, and the reason why that may be so."""
    counts: collections.Counter[tuple[str, str]] = collections.Counter()
    for entry in entries:
        if entry["status"] == 501:
            path = _GROUP.sub("/…", _SUBSCRIPTION.sub("", entry["path"]))
            host = "" if entry["service"] == "management" else entry["host"]
            counts[f"{entry['method']} {host}{path}", reason(entry["path"])] += 1
    return dict(counts)


def bugs(entries: list[dict[str, typing.Any]]) -> list[str]:
    """Requests that the local Azure itself broke at, or that went to a host that it is not."""
    return [
        f"{entry['method']} https://{entry['host']}{entry['path']}: {entry['status']} {entry['error'][-300:]}"
        for entry in entries
        if entry["status"] in (421, 500)
    ]
