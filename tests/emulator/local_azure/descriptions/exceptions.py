# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the local Azure is right and Microsoft's description is not, or does not say all: reviewed, with sources.

A test sees that each is still needed.
"""

from __future__ import annotations

import dataclasses
import re

from .exchange import Finding


@dataclasses.dataclass(frozen=True)
class Exemption:
    """What is let pass: findings whose operation, place and rule match (regular expressions on the whole).

    ``reason`` says what is known better, and from where.
    """

    operation: str
    place: str
    rule: str
    reason: str
    side: str = "answer"

    def covers(self, finding: Finding) -> bool:
        pairs = ((self.operation, finding.operation), (self.place, finding.place), (self.rule, finding.rule))
        return self.side == finding.side and all(re.fullmatch(pattern, text) for pattern, text in pairs)


_REGISTRY = r"containerregistry \S+ (Registries|Replications)_\w+"
_OCI = r"containerregistry-data \S+ "
_OF_OCI = "the OCI distribution specification and Docker's registry, which clients keep to, are the better source"

EXCEPTIONS = (
    Exemption(
        r"authorization \S+ RoleAssignments_Create",
        "201 properties.createdBy",
        "null",
        "a new assignment says null there: recorded, azure-cli test_acr_encryption_with_cmk",
    ),
    Exemption(
        r"containerregistry \S+ (Registries|CredentialSets)_\w+",
        r"20\d (value\[\]\.)?identity\.type",
        "enum",
        "the service answers userAssigned, in camel case: recorded, azure-cli test_acr_encryption_with_cmk",
    ),
    Exemption(
        _REGISTRY,
        r"20\d (value\[\]\.)?properties\.networkRuleSet\.virtualNetworkRules",
        "unknown",
        "answered in versions that do not describe it: recorded, azure-cli test_acr_encryption_with_cmk",
    ),
    Exemption(
        _REGISTRY,
        r"properties\.networkRuleSet\.virtualNetworkRules",
        "unknown",
        "clients send back what they were shown",
        side="request",
    ),
    Exemption(
        r"containerregistry(-tasks)? \S+ \w+",
        r"4\d\d status",
        "unknown",
        "the registry provider puts status: Failed beside error: recorded (409 AlreadyInUse), azure-sdk-for-python; "
        "azure-cli test_repository_token_create",
    ),
    Exemption(
        r"containerregistry \S+ Registries_CheckNameAvailability",
        "name",
        "pattern|minLength|maxLength",
        "that is what the operation is asked; the word Invalid is inferred, of no consequence",
        side="request",
    ),
    Exemption(
        r"(resources|keyvault) \S+ (Resources_List|Resources_ListByResourceGroup|Vaults_List)",
        r"200 value\[\]\.(systemData|identity|sku)",
        "unknown",
        "answered in versions that do not describe it: recorded, azure-cli test_acr_identity",
    ),
    Exemption(
        _REGISTRY,
        "",
        "unknown",
        "a deletion answers with the registry: recorded, azure-cli test_acr_create_replication",
    ),
    Exemption(
        _REGISTRY,
        r"(location|properties\.\w+)",
        "unknown",
        "the az CLI sends the whole registry to change it: recorded, azure-cli test_acr_identity",
        side="request",
    ),
    Exemption(
        r"subscriptions \S+ (Subscriptions|Tenants)_List",
        "200 nextLink",
        "required",
        "a last page has none: Resource Manager's paging, as the SDKs' own readers take it",
    ),
    Exemption(
        r"(containerregistry|keyvault|msi) \S+ \w+",
        r"4\d\d error\.(target|details|additionalInfo)",
        "unknown",
        "Resource Manager's own envelope has them, as azure-mgmt-core reads it (ARMErrorFormat)",
    ),
    Exemption(
        r"keyvault-keys \S+ \w+",
        "200 nextLink",
        "null",
        "the last page says null: recorded, azure-sdk-for-js keyvault-keys",
    ),
    Exemption(
        r"keyvault-(keys|rbac) \S+ \w+",
        "401",
        "error body",
        "the challenge of a Managed HSM has an empty body: recorded, azure-sdk-for-js keyvault-admin",
    ),
    Exemption(
        _OCI + "ContainerRegistryBlob_(MountBlob|DeleteBlob)",
        "20[12] header docker-(upload-uuid|content-digest)",
        "header",
        _OF_OCI,
    ),
    Exemption(
        _OCI + "ContainerRegistryBlob_(StartUpload|MountBlob)",
        "status",
        "status",
        f"201 for an upload in one request, 202 for a blob that is not there to mount: {_OF_OCI}",
    ),
    Exemption(
        _OCI + "ContainerRegistry_CheckDockerV2Support",
        "",
        "unknown",
        f"{{}} with the API's version: {_OF_OCI}",
    ),
    Exemption(
        _OCI + "ContainerRegistry_CreateManifest",
        "",
        "required",
        f"201 without a body: {_OF_OCI}",
    ),
    Exemption(
        _OCI + "ContainerRegistry_CreateManifest",
        "config|layers|manifests|mediaType|artifactType|subject|annotations",
        "unknown",
        f"only what all manifests share is described: {_OF_OCI}",
        side="request",
    ),
    Exemption(
        _OCI + r"ContainerRegistry_\w+",
        r"200 manifests?(\[\])?\.mediaType",
        "unknown",
        "the az CLI shows it of each manifest (azure-cli acr, _format.py)",
    ),
    Exemption(
        _OCI + "ContainerRegistry_(Get|Update)Properties",
        r"200 changeableAttributes\.teleportEnabled",
        "unknown",
        "described on Microsoft's page of the operation (REST reference, Repository - Update Attributes)",
    ),
    Exemption(
        _OCI + "ContainerRegistry_UpdateProperties",
        "teleportEnabled",
        "unknown",
        "the same page; the az CLI sends it (acr artifact-streaming update)",
        side="request",
    ),
    Exemption(
        _OCI + r"ContainerRegistry_\w+",
        r"200 manifests?(\[\])?\.changeableAttributes\.quarantine(State|Details)",
        "unknown",
        "Azure/acr docs/preview/quarantine",
    ),
    Exemption(
        _OCI + "ContainerRegistry_UpdateManifestProperties",
        "quarantine(State|Details)",
        "unknown",
        "Azure/acr docs/preview/quarantine",
        side="request",
    ),
    Exemption(
        _OCI + r"((ContainerRegistryBlob|Authentication)_\w+|ContainerRegistry_(CheckDockerV2Support|\w+Manifest))",
        r"query \S+",
        "parameter",
        f"uploads go on at addresses that the registry gives, and Docker's token specification has more: {_OF_OCI}",
        side="request",
    ),
)
