# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the local Azure answers otherwise than a recording, and why: the list of reviewed exceptions.

The recordings are of 2019 and 2020. What is newer and better known since stands here with its source; a test sees that
each entry is still needed.
"""

from __future__ import annotations

import dataclasses
import re

from support.replay import Difference


@dataclasses.dataclass(frozen=True)
class Reviewed:
    """Differences that are meant.

    :param where: a pattern for all of ``Difference.where``.
    :param path: a pattern found in the path of the request.
    :param reason: why the local Azure is right.
    :param source: where that is known from.
    :param grown: the field is not in the recording at all: the shape has grown since.
    """

    where: str
    path: str
    reason: str
    source: str
    grown: bool = False
    recorded: str = ".*"

    def covers(self, difference: Difference) -> bool:
        """Whether a difference is one of these."""
        return (
            re.fullmatch(self.where, difference.where) is not None
            and re.search(self.path, difference.path) is not None
            and (difference.recorded is None or not self.grown)
            and re.fullmatch(self.recorded, str(difference.recorded), re.DOTALL) is not None
        )


_REGISTRIES = "Microsoft.ContainerRegistry/registries"
_REGISTRY_FIELDS = r"(value\[\]\.)?(systemData|properties\.({}))"
_VAULTS = "Microsoft.KeyVault/vaults"
_DATA_PLANE = r"^/(deleted)?keys(/|$)"

REVIEWED = (
    # --- fields that came later -----------------------------------------------------------------------------------
    Reviewed(
        _REGISTRY_FIELDS.format(
            "policies|policies\\..*Policy|networkRuleBypassOptions|zoneRedundancy|anonymousPullEnabled|encryption|"
            "dataEndpointEnabled|dataEndpointHostNames|privateEndpointConnections|publicNetworkAccess|networkRuleSet"
        ),
        _REGISTRIES,
        "later api-versions have these fields, and the local Azure shows them in all",
        "containerregistry-2023-07-01",
        grown=True,
    ),
    Reviewed(
        r"properties\.(enableRbacAuthorization|publicNetworkAccess|enableSoftDelete|softDeleteRetentionInDays)",
        _VAULTS,
        "later api-versions have these fields",
        "keyvault-2023-07-01",
        grown=True,
    ),
    Reviewed("systemData", _VAULTS, "later api-versions have it", "keyvault-2023-07-01", grown=True),
    Reviewed(
        r"(value\[\]\.)?attributes\.(recoverableDays|exportable|hsmPlatform)",
        _DATA_PLANE,
        "api-versions 7.1, 7.3 and 7.5 added these",
        "keyvault-keys-7.5",
        grown=True,
    ),
    # --- what is otherwise by now ---------------------------------------------------------------------------------
    Reviewed(
        "properties\\.enableSoftDelete",
        _VAULTS,
        "the vaults of 2020 were made without soft delete, which no new vault can be",
        'Microsoft, "Soft-delete will be enabled on all key vaults"; azure-cli #13006',
        recorded="False",
    ),
    Reviewed(
        r"recoveryId|deletedDate|scheduledPurgeDate|(value\[\]\.)?attributes\.recoveryLevel",
        _DATA_PLANE,
        "the same: a key that is deleted in a vault with soft delete can be recovered",
        "keyvault_softdelete",
        recorded="None|Purgeable",
    ),
    Reviewed(
        "headers.www-authenticate",
        "/",
        "vaults send clients to login.microsoftonline.com now",
        "azure-cli test_acr_encryption_with_cmk (2022), test_keyvault_key_rotation (2023)",
        recorded=".*login.windows.net.*",
    ),
    Reviewed(
        "error.message",
        _DATA_PLANE + "|^/secrets/",
        "the text begins with AKV10000 now",
        "azure-cli test_acr_encryption_with_cmk (2022)",
        recorded="Request is missing a Bearer or PoP token.",
    ),
    Reviewed(
        "",
        "^/secrets/SPusername/$",
        "the challenge of 2019 had no body",
        "azure-cli test_acr_encryption_with_cmk (2022)",
        recorded="None",
    ),
    Reviewed(
        r"key\.e",
        _DATA_PLANE,
        "65537 with a zero before it, by some of Azure's hardware; as a number it is the same",
        "keyvault_hsm_key_using_hsm_name has AQAB",
        recorded="AAEAAQ",
    ),
    Reviewed(
        "properties.clientSecretUrl",
        "userAssignedIdentities",
        "no api-version since 2018-11-30 has it",
        "msi-2023-01-31",
    ),
    # --- Managed HSM, which was a preview -------------------------------------------------------------------------
    Reviewed(
        r"(value\[\]\.)?attributes\.exportable",
        _DATA_PLANE,
        "a restored key called itself exportable; since 7.3 that takes a release policy",
        "keyvault-keys-7.4",
        recorded="True",
    ),
    Reviewed(
        r"value\[\]\.properties\.(permissions\[\]\.dataActions\[\]|type|roleName)",
        "roleDefinitions$",
        "the built-in roles have other rights, a type and one of them another name since",
        'Microsoft, "Local RBAC built-in roles for Managed HSM"; azure-sdk-for-js keyvault-admin recordings',
    ),
    Reviewed(
        r"value\[\]",
        "roleDefinitions$",
        "there are more built-in roles since",
        'Microsoft, "Local RBAC built-in roles for Managed HSM"',
        grown=True,
    ),
    # --- what depends on things not emulated ----------------------------------------------------------------------
    Reviewed(
        r"value\[\]|status",
        "privateEndpointConnections(/[^/]+)?$",
        "private endpoints are made in networks, which are not emulated, so that there is no connection",
        "acr_with_private_endpoint",
        recorded="{'type': 'Microsoft.ContainerRegistry/registries/privateEndpointConnections'.*|200",
    ),
    Reviewed(
        r"value\[\]\.eventResponseMessage",
        "listEvents",
        "nothing leaves the local Azure, so that no webhook answers",
        "acr_create_webhook",
    ),
    Reviewed(
        r"value\[\]\.identity.*",
        "/resources$",
        "the list of a subscription's resources follows changes late; the local Azure's is always up to date",
        "acr_identity",
        recorded="{'principalId'.*",
    ),
)
