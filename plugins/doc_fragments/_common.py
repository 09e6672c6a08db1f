# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """Options and return values that several modules share."""

    DOCUMENTATION = r"""
options: {}
"""

    TAGS = r"""
options:
  tags:
    description:
      - Tags to keep.
    type: dict
  append_tags:
    description:
      - Whether tags that are there but not in O(tags) stay.
    type: bool
    default: true
"""

    WAIT = r"""
options:
  wait_timeout:
    description:
      - For how many seconds to wait for what Azure does, and for a role assignment to spread.
    type: int
    default: 900
"""

    VERIFY = r"""
options:
  verify_data:
    description:
      - Afterwards prove that images can be read. Sign in to each changed registry's data plane as the caller, and read
        a manifest and one of its blobs.
      - Where the caller may not pull, the registry is empty or its data plane cannot be reached, the result says so.
    type: bool
    default: false
"""

    CONFIRM = r"""
options:
  confirm:
    description:
      - The names of the registries that may lose access to their data.
      - What makes data unreadable is refused unless every registry that would lose it is named here; the error lists
        them. In check mode they are listed in the result and no confirmation is needed.
    type: list
    elements: str
    default: []
"""

    RECORD = r"""
options:
  record:
    description:
      - Where a record of what this changes is kept. The whole path of a file on the host where the module runs, as
        V(/var/lib/acr-cmk/record.jsonl), or the address of an append blob,
        V(https://ACCOUNT.blob.core.windows.net/CONTAINER/NAME), which is written as whoever signs in.
      - What is about to be done is written before the first change, and what came of it after the last look. A task
        whose record cannot be written changes nothing. Where nothing is changed, nothing is written.
      - Each record holds the hash of the one before. M(ownkey.acr.record_verify) proves that nothing was altered, and
        M(ownkey.acr.record_settle) closes what an interrupted run left open.
      - A blob takes the package azure-storage-blob, and the role Storage Blob Data Contributor on its container, or on
        what is above it. Any record takes the package rfc8785.
      - If not set, E(OWNKEY_ACR_RECORD); without either no record is kept. V(none) keeps none, whatever the environment
        says, as in an emergency in which it cannot be written.
    type: str
  record_key:
    description:
      - The key identifier of an elliptic-curve key (P-256, for C(sign) and C(verify) alone) in a key store, by which
        the head of the record is signed, before the first change and after the last. It is never the key of a
        registry.
      - The signed head is in the result and in the record, as an envelope of DSSE. It takes the package
        securesystemslib.
      - If not set, E(OWNKEY_ACR_RECORD_KEY); without either nothing is signed.
    type: str
"""
