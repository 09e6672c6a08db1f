# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the registry resource provider says when it says no (docs/azure-behaviour.md, "Registries").

Where no source has the exact text, the text says what the documentation says; those are marked *inferred* there.
"""

from __future__ import annotations

import typing

from ..resource_manager.errors import refuse
from ..routing import Refusal

_MORE = "For more information on bring your own key, please visit 'https://aka.ms/acr/cmk'."


def refused(code: str, message: str, status: int = 400) -> Refusal:
    """The registry's envelope: ``error`` with a sibling ``status``."""
    refusal = refuse(status, code, message)
    refusal.reply.body["status"] = "Failed"
    return refusal


def linked(caller: dict[str, typing.Any], action: str, scope: str, lacking: str, linked_scopes: list[str]) -> Refusal:
    """The caller may change the registry, and not attach those identities (recorded for other resources)."""
    text = (
        f"The client '{caller.get('appid')}' with object id '{caller.get('oid')}' has permission to perform action "
        f"'{action}' on scope '{scope}'; however, it does not have permission to perform action(s) '{lacking}' on the "
        f"linked scope(s) '{','.join(linked_scopes)}' (respectively) or the linked scope(s) are invalid."
    )
    return refuse(403, "LinkedAuthorizationFailed", text)


def no_access_to_key(key_identifier: str, client_id: str) -> Refusal:
    """The one message for every reason why a key cannot be used."""
    text = (
        f"Failed to access KeyId '{key_identifier}'. Verify that identity '{client_id}' has 'Get, Wrap Key, Unwrap "
        f"Key' permission on key '{key_identifier}'. {_MORE}"
    )
    return refused("BadRequest", text)


def no_access_to_identity(registry_id: str, identity: str) -> Refusal:
    name = registry_id.rsplit("/", 1)[-1]
    lowered = registry_id.replace("/resourceGroups/", "/resourcegroups/")
    text = (
        f"Azure resource '{lowered}' does not have access to identity '{identity}' Try forcibly adding the identity to "
        f"the registry {name}. {_MORE}"
    )
    return refused("BadRequest", text)


def identity_not_found(registry_id: str, identity_id: str) -> Refusal:
    text = (
        f"Identity operation for resource '{registry_id}' failed with error 'Failed to perform resource identity "
        f'operation. Status: \'BadRequest\'. Response: \'{{"error":{{"code":"BadRequest","message":"Resource '
        f"'{identity_id}' was not found.\"}}}}'.'."
    )
    return refuse(400, "FailedIdentityOperation", text)


def content_trust_blocked(name: str) -> Refusal:
    text = (
        "this feature 'ContenTrust' is currently not supported when encryption is enable for the resource "
        f"{name}. For more information on customer-managed keys, please visit 'https://aka.ms/acr/cmk'."
    )
    return refused("BlockedForEncryptionEnabledRegistry", text)


def sku_not_supported(sku: str) -> Refusal:
    return refused("SkuNotSupported", f"The SKU {sku} is not supported.")


def private_access_not_supported(sku: str) -> Refusal:
    text = (
        f"Disabling public network access is not supported for the SKU {sku}. For more information, please visit "
        "https://aka.ms/acr/private-link."
    )
    return refused("DisablingPublicNetworkAccessNotSupported", text)


def exports_disabled(name: str) -> Refusal:
    text = f"Enabling public network access is not supported because the registry '{name}' has exports disabled."
    return refused("BadRequest", text)


def exports_need_no_public_access() -> Refusal:
    """That it is refused is told; the text is inferred."""
    text = "Disabling exports is supported only while public network access is disabled."
    return refused("BadRequest", text).inferred()


def already_in_use(login_server: str) -> Refusal:
    text = (
        f"The registry DNS name {login_server} is already in use. You can check if the name is already claimed using "
        "following API: https://docs.microsoft.com/en-us/rest/api/containerregistry/registries/checknameavailability"
    )
    return refused("AlreadyInUse", text, 409)


def invalid_name(name: str) -> Refusal:
    text = f"The registry name '{name}' is invalid. It must be alphanumeric and have between 5 and 50 characters."
    return refused("RegistryNameNotValid", text)


def bad_encryption(text: str) -> Refusal:
    """An encryption setting that Azure documents as impossible; the text is inferred."""
    return refused("BadRequest", text).inferred()


def replica_at_home(name: str, region: str) -> Refusal:
    """That it is a 409 is told; code and text are inferred."""
    text = f"The registry {name} is in {region} itself, so that a replication there is not possible."
    return refused("Conflict", text, 409).inferred()


def home_replica(name: str, region: str) -> Refusal:
    """The code is told (Azure/acr #294); status and text are inferred."""
    text = f"The replication of the registry {name} in {region}, its home region, cannot be deleted."
    return refused("HomeReplicationCannotBeDeleted", text)


def no_replica_for_webhook(name: str) -> Refusal:
    """Told: azure-cli #26676."""
    return refused("RegistryResourceNotFound", f"The registry resource {name} could not be found.", 404)


def replica_leaving(name: str, region: str) -> Refusal:
    """That it is a 409 is told; code and text are inferred."""
    text = f"The replication of the registry {name} in {region} is being deleted. Try again when that has ended."
    return refused("Conflict", text, 409).inferred()


def busy(name: str) -> Refusal:
    text = f"The registry {name} is being changed by another operation. Try again when it has ended."
    return refused("RetryableErrorDueToAnotherOperation", text, 409).inferred()


def no_admin_user(registry_id: str) -> Refusal:
    text = (
        f"Cannot perform credential operations for {registry_id} as admin user is disabled. Kindly enable admin user "
        "as per docs: https://docs.microsoft.com/en-us/azure/container-registry/container-registry-authentication"
        "#admin-account"
    )
    return refused("UnAuthorizedForCredentialOperations", text)


def child_not_found(name: str) -> Refusal:
    """Recorded for scope maps."""
    return refused("ResourceNotFound", f"The resource {name} could not be found.", 404)


def bad_child(text: str) -> Refusal:
    """Something below a registry that cannot be as it was asked for; code and text are inferred."""
    return refused("BadRequest", text).inferred()


def invalid_child_name(kind: str, name: str) -> Refusal:
    return bad_child(
        f"The name '{name}' in {kind} is invalid: it has other characters, or another length, than allowed."
    )


def built_in(kind: str, name: str) -> Refusal:
    return bad_child(f"The resource {name} in {kind} is defined by the system and cannot be changed or deleted.")


def too_many(kind: str, most: int, sku: str) -> Refusal:
    """The limit is documented; code and text are inferred."""
    return refused("QuotaExceeded", f"A registry of the SKU {sku} can have {most} {kind}.", 403).inferred()


def in_use(kind: str, name: str, users: str, names: list[str]) -> Refusal:
    text = f"The {kind} {name} is in use by the {users} {', '.join(names)}."
    return refused("Conflict", text, 409).inferred()


def docker_hub_needs_credentials() -> Refusal:
    """Told: terraform-provider-azurerm #27983."""
    text = (
        "Cannot create cache rule pointing to Docker Hub without credentials. Please add a credential set to cache "
        "rule. Learn more: https://aka.ms/acr/cache-auth"
    )
    return refused("EnforceDockerAuthentication", text)


def target_exists(repository: str) -> Refusal:
    """Told: Azure/ARO-HCP #2639."""
    text = (
        f"Conflict: Target repository '{repository}' is already present in registry. Cache rules cannot be created for "
        "existing repositories in registry. For more information, please visit https://aka.ms/acr/cache"
    )
    return refused("TargetRepositoryAlreadyPresentInRegistry", text, 409)


def target_prefix_exists(prefix: str) -> Refusal:
    """Told: Azure/ARO-HCP #5176."""
    text = (
        "There are one or more target repositories in the registry which match the target repository prefix "
        f"'{prefix}'."
    )
    return refused("TargetRepositoryPrefixMatchesExistingRegistries", text, 409)


def bad_policy(text: str) -> Refusal:
    """Policies that Azure documents as impossible; code and text are inferred."""
    return refused("BadRequest", text).inferred()


def soft_delete_not_in(name: str, version: str) -> Refusal:
    """Told: azure-service-operator #5081; the code is inferred."""
    text = (
        f"Cannot override non-default values of soft delete policy for registry {name} using api-version {version}. "
        "Kindly use one of supported api-versions: 2022-02-01-preview and later. For more information, please visit "
        "https://aka.ms/acr/soft-delete"
    )
    return refused("BadRequest", text)
