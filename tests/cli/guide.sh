#!/usr/bin/env bash
# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The az CLI's commands of Microsoft's guide, parts 2, 3 and 4, in order, against the local Azure.
# Usage: local-azure run -- bash tests/cli/guide.sh rbac|policy PATH-OF-AZ
set -euo pipefail
model=$1 az=$2 group=guide registry=guideacr vault=guide-kv identity=guide-id
AZURE_CONFIG_DIR=$(mktemp -d)
export AZURE_CONFIG_DIR AZURE_CORE_COLLECT_TELEMETRY=false AZURE_CORE_ONLY_SHOW_ERRORS=true
trap 'rm -rf "$AZURE_CONFIG_DIR"' EXIT
step() { printf '%s\n' "- $*"; }
value() { "$az" "$@" --output tsv; }
run() { "$az" "$@" --output none; }
status() { value acr encryption show --name "$registry" --query "$1"; }

step "sign in"
run login --service-principal --username "$AZURE_CLIENT_ID" --password "$AZURE_CLIENT_SECRET" --tenant "$AZURE_TENANT_ID"
caller=$(value ad sp show --id "$AZURE_CLIENT_ID" --query id)

step "2.1 resource group"
run group create --name $group --location westeurope
step "2.2 user-assigned identity"
run identity create --resource-group $group --name $identity
identity_id=$(value identity show --resource-group $group --name $identity --query id)
principal=$(value identity show --resource-group $group --name $identity --query principalId)
client=$(value identity show --resource-group $group --name $identity --query clientId)
step "2.3 vault with purge protection, its permission model said"
rbac=$([ "$model" = rbac ] && echo true || echo false)
run keyvault create --name $vault --resource-group $group --enable-purge-protection --enable-rbac-authorization "$rbac"
vault_id=$(value keyvault show --resource-group $group --name $vault --query id)
step "2.4 trusted services may pass"
run keyvault update --resource-group $group --name $vault --bypass AzureServices
if [ "$model" = rbac ]; then
  step "2.13 the caller's own right to the keys"
  run role assignment create --assignee-object-id "$caller" --assignee-principal-type ServicePrincipal \
    --role "Key Vault Crypto Officer" --scope "$vault_id"
  step "2.6 the identity's role"
  run role assignment create --assignee "$principal" --role "Key Vault Crypto Service Encryption User" --scope "$vault_id"
else
  step "2.13 the caller's own right to the keys"
  run keyvault set-policy --name $vault --resource-group $group --object-id "$caller" \
    --key-permissions get list create update delete recover rotate
  step "2.5 the identity's access policy"
  run keyvault set-policy --name $vault --resource-group $group --object-id "$principal" --key-permissions get unwrapKey wrapKey
fi
step "2.7 the key, and its id with and without version"
run keyvault key create --name cmk --vault-name $vault
versioned=$(value keyvault key show --name cmk --vault-name $vault --query key.kid)
versionless=${versioned%/*}
step "2.9 the registry"
run acr check-name --name $registry
run acr create --resource-group $group --name $registry --identity "$identity_id" --key-encryption-key "$versionless" --sku Premium
step "2.10 its encryption"
[ "$(status keyVaultProperties.versionedKeyIdentifier)" = "$versioned" ]
[ "$(status keyVaultProperties.keyRotationEnabled)" = True ] || [ "$(status keyVaultProperties.keyRotationEnabled)" = true ]
run acr show-usage --name $registry

step "3.1, 3.5 a new version, set by hand"
run keyvault key create --name cmk --vault-name $vault
second=$(value keyvault key show --name cmk --vault-name $vault --query key.kid)
run acr encryption rotate-key --name $registry --key-encryption-key "$second" --identity "$client"
[ "$(status keyVaultProperties.versionedKeyIdentifier)" = "$second" ]
step "3.5 versionless again, by the identity's resource id"
run acr encryption rotate-key --name $registry --key-encryption-key "$versionless" --identity "$identity_id"
step "3.2, 3.6 another key, by the system-assigned identity"
run acr identity assign --name $registry --identities '[system]'
system=$(value acr identity show --name $registry --query principalId)
if [ "$model" = rbac ]; then
  run role assignment create --assignee-object-id "$system" --assignee-principal-type ServicePrincipal \
    --role "Key Vault Crypto Service Encryption User" --scope "$vault_id"
else
  run keyvault set-policy --name $vault --resource-group $group --object-id "$system" --key-permissions get unwrapKey wrapKey
fi
run keyvault key create --name second --vault-name $vault
another=$(value keyvault key show --name second --vault-name $vault --query key.kid)
run acr encryption rotate-key --name $registry --key-encryption-key "${another%/*}" --identity '[system]'
[ "$(status keyVaultProperties.identity)" = system ]
step "4.2 the identity that is used no longer is taken off"
run acr identity remove --name $registry --identities "$identity_id"
step "4.1 the one in use is not"
! "$az" acr identity remove --name $registry --identities '[system]' --output none 2>/dev/null
step "4.2 attach again, back to it"
run acr identity assign --name $registry --identities "$identity_id"
run acr encryption rotate-key --name $registry --key-encryption-key "$versionless" --identity "$client"

readable() { value acr repository list --name $registry; }
step "3.7, 3.8 revoke by access, and give it again"
readable
if [ "$model" = rbac ]; then
  run role assignment delete --assignee "$principal" --role "Key Vault Crypto Service Encryption User" --scope "$vault_id"
else
  run keyvault delete-policy --name $vault --resource-group $group --object-id "$principal"
fi
! readable 2>/dev/null
if [ "$model" = rbac ]; then
  run role assignment create --assignee "$principal" --role "Key Vault Crypto Service Encryption User" --scope "$vault_id"
else
  run keyvault set-policy --name $vault --resource-group $group --object-id "$principal" --key-permissions get unwrapKey wrapKey
fi
readable
step "3.10, 3.12, 4.7 revoke by deleting the key, and recover it"
run keyvault key delete --name cmk --vault-name $vault
! readable 2>/dev/null
run keyvault key recover --name cmk --vault-name $vault
readable
step "4.7 a deleted vault is recovered"
run keyvault delete --name $vault --resource-group $group
! readable 2>/dev/null
run keyvault recover --name $vault --resource-group $group --location westeurope
if [ "$model" = rbac ]; then
  run role assignment create --assignee "$principal" --role "Key Vault Crypto Service Encryption User" --scope "$vault_id"
fi
readable
if [ "$model" = rbac ]; then
  hsm=guide-hsm
  step "2.6, 3.3 a Managed HSM: the caller's own right, a key of type RSA-HSM with wrapKey and unwrapKey"
  run keyvault role assignment create --hsm-name $hsm --role "Managed HSM Crypto User" --assignee-object-id "$caller" \
    --assignee-principal-type ServicePrincipal --scope /keys
  run keyvault key create --hsm-name $hsm --name cmk --kty RSA-HSM --ops wrapKey unwrapKey
  run keyvault role assignment create --hsm-name $hsm --role "Managed HSM Crypto Service Encryption User" \
    --assignee-object-id "$principal" --assignee-principal-type ServicePrincipal --scope /keys/cmk
  step "3.2, 3.5 the registry goes over to it"
  inside=$(value keyvault key show --hsm-name $hsm --name cmk --query key.kid)
  run acr encryption rotate-key --name $registry --key-encryption-key "${inside%/*}" --identity "$client"
  [ "$(status keyVaultProperties.versionedKeyIdentifier)" = "$inside" ]
  readable
  step "3.3 a new version"
  run keyvault key create --hsm-name $hsm --name cmk --kty RSA-HSM --ops wrapKey unwrapKey
  newer=$(value keyvault key show --hsm-name $hsm --name cmk --query key.kid)
  run acr encryption rotate-key --name $registry --key-encryption-key "$newer" --identity "$client"
  [ "$(status keyVaultProperties.versionedKeyIdentifier)" = "$newer" ]
  step "3.9 revoke at the very scope, and give it again"
  run keyvault role assignment delete --hsm-name $hsm --role "Managed HSM Crypto Service Encryption User" \
    --assignee-object-id "$principal" --scope /keys/cmk
  ! readable 2>/dev/null
  run keyvault role assignment create --hsm-name $hsm --role "Managed HSM Crypto Service Encryption User" \
    --assignee-object-id "$principal" --assignee-principal-type ServicePrincipal --scope /keys/cmk
  readable
fi
step "the end: every command of the guide worked"
