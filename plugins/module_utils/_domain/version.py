# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""The collection's version, for what modules write: where Ansible sends one to, there is no galaxy.yml beside it."""

from __future__ import annotations

#: The same as in ``galaxy.yml``, which a test sees to.
VERSION = "1.0.0"
