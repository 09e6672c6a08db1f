# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All that a registry's own host answers, in the order in which paths are compared."""

from __future__ import annotations

from . import blobs, deleted, manifests, metadata, referrers
from .access import allowed_address
from .blobs import storage

ROUTERS = (deleted.ROUTER, metadata.ROUTER, referrers.ROUTER, blobs.ROUTER, manifests.ROUTER)

__all__ = ["ROUTERS", "allowed_address", "storage"]
