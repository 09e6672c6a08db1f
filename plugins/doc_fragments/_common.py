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
