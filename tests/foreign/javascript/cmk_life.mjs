// Copyright (c) 2026 the ownkey.acr authors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later
//
// A registry's life under its own key, by Microsoft's JavaScript SDKs. One line of JSON for each step.
// The SDKs find the proxy in HTTPS_PROXY, and Node the CA in NODE_EXTRA_CA_CERTS.

import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { createHash, randomUUID } from "node:crypto";
import { AuthorizationManagementClient } from "@azure/arm-authorization";
import { ContainerRegistryManagementClient } from "@azure/arm-containerregistry";
import { KeyVaultManagementClient } from "@azure/arm-keyvault";
import { ManagedServiceIdentityClient } from "@azure/arm-msi";
import { ResourceManagementClient } from "@azure/arm-resources";
import { ContainerRegistryClient, ContainerRegistryContentClient } from "@azure/container-registry";
import { ClientSecretCredential, DefaultAzureCredential } from "@azure/identity";
import { CryptographyClient, KeyClient } from "@azure/keyvault-keys";

const { AZURE_TENANT_ID: tenant, AZURE_CLIENT_ID: client, AZURE_CLIENT_SECRET: secret, AZURE_SUBSCRIPTION_ID: subscription } = process.env;
const [group, location, registry, vault] = ["fg", "westeurope", "fgacr", "fg-kv"];
const credential = new ClientSecretCredential(tenant, client, secret);
const wait = { updateIntervalInMs: 50 };
const poll = { intervalInMs: 50 };
const resources = new ResourceManagementClient(credential, subscription);
const identities = new ManagedServiceIdentityClient(credential, subscription);
const vaults = new KeyVaultManagementClient(credential, subscription);
const registries = new ContainerRegistryManagementClient(credential, subscription);
const roles = new AuthorizationManagementClient(credential, subscription);
const keys = new KeyClient(`https://${vault}.vault.azure.net`, credential);
const content = new ContainerRegistryContentClient(`https://${registry}.azurecr.io`, "app", credential);
const metadata = new ContainerRegistryClient(`https://${registry}.azurecr.io`, credential);

async function step(name, act) {
  let problem = "";
  try {
    await act();
  } catch (error) {
    problem = `${error.name} ${error.code ?? ""} ${error.statusCode ?? ""}: ${error.message}`.slice(0, 600);
  }
  console.log(JSON.stringify({ name, problem }));
}

async function all(pages) {
  const found = [];
  for await (const one of pages) found.push(one);
  return found;
}

const refused = (act, status) =>
  assert.rejects(act, (error) => {
    assert.equal(error.statusCode ?? error.response?.status, status, `${error.message}`);
    return true;
  });

const roleId = (id) => `/subscriptions/${subscription}/providers/Microsoft.Authorization/roleDefinitions/${id}`;
const [officer, encryptionUser, pullRole] = [
  "14b46e9e-c2b7-41b4-b07b-48a6ebf60603",
  "e147488a-f6f5-4113-8e2d-b22465e65bf6",
  "7f951dda-4ed3-4680-a7ca-43fe172d538d",
];
let caller, identity, vaultId, key, second, assignment, digest, base;

await step("sign in by the environment", async () => {
  const token = await new DefaultAzureCredential().getToken("https://management.azure.com/.default");
  caller = JSON.parse(Buffer.from(token.token.split(".")[1], "base64url")).oid;
  assert.ok(caller);
});
await step("resource group", async () => {
  const made = await resources.resourceGroups.createOrUpdate(group, { location, tags: { a: "b" } });
  assert.equal(made.properties.provisioningState, "Succeeded");
  assert.ok((await all(resources.resourceGroups.list())).some((one) => one.name === group));
});
await step("user-assigned identity", async () => {
  identity = await identities.userAssignedIdentities.createOrUpdate(group, "fg-id", { location });
  assert.match(identity.clientId, /^[0-9a-f-]{36}$/);
  assert.equal((await identities.userAssignedIdentities.get(group, "fg-id")).principalId, identity.principalId);
  assert.equal((await all(identities.userAssignedIdentities.listByResourceGroup(group))).length, 1);
});
await step("federated credential of the identity", async () => {
  const wanted = { issuer: "https://example.com", subject: "sub", audiences: ["api://AzureADTokenExchange"] };
  const made = await identities.federatedIdentityCredentials.createOrUpdate(group, "fg-id", "cred", wanted);
  assert.equal(made.subject, "sub");
  assert.equal((await all(identities.federatedIdentityCredentials.list(group, "fg-id"))).length, 1);
  await identities.federatedIdentityCredentials.delete(group, "fg-id", "cred");
});
await step("vault", async () => {
  assert.equal((await vaults.vaults.checkNameAvailability({ name: vault, type: "Microsoft.KeyVault/vaults" })).nameAvailable, true);
  const properties = {
    tenantId: tenant,
    sku: { family: "A", name: "standard" },
    enableRbacAuthorization: true,
    enablePurgeProtection: true,
    softDeleteRetentionInDays: 7,
  };
  const made = await vaults.vaults.createOrUpdate(group, vault, { location, properties }, wait);
  vaultId = made.id;
  assert.equal(made.properties.enablePurgeProtection, true);
  assert.equal((await all(vaults.vaults.listByResourceGroup(group))).length, 1);
  await vaults.vaults.update(group, vault, { properties: { networkAcls: { bypass: "AzureServices", defaultAction: "Allow" } } });
});
await step("role definitions and assignments", async () => {
  const named = await all(roles.roleDefinitions.list(`/subscriptions/${subscription}`, { filter: "roleName eq 'AcrPull'" }));
  assert.deepEqual(named.map((one) => one.name), [pullRole]);
  for (const [principalId, role] of [[caller, officer], [identity.principalId, encryptionUser]]) {
    const wanted = { principalId, roleDefinitionId: roleId(role), principalType: "ServicePrincipal" };
    assignment = await roles.roleAssignments.create(vaultId, randomUUID(), wanted);
  }
  assert.equal((await roles.roleAssignments.getById(assignment.id)).principalId, identity.principalId);
  const held = await all(roles.roleAssignments.listForScope(vaultId, { filter: `principalId eq '${identity.principalId}'` }));
  assert.equal(held.length, 1);
});
await step("key with a rotation policy", async () => {
  key = await keys.createRsaKey("cmk", { keySize: 3072, tags: { a: "b" } });
  assert.equal(key.keyType, "RSA");
  const lifetimeActions = [{ action: "Rotate", timeAfterCreate: "P90D" }];
  const policy = await keys.updateKeyRotationPolicy("cmk", { lifetimeActions, expiresIn: "P2Y" });
  assert.deepEqual(policy.lifetimeActions.map((one) => one.action).sort(), ["Notify", "Rotate"]);
  assert.equal((await keys.getKeyRotationPolicy("cmk")).expiresIn, "P2Y");
});
await step("wrap, unwrap, sign and verify", async () => {
  const crypto = new CryptographyClient(key.id, credential);
  const wrapped = await crypto.wrapKey("RSA-OAEP-256", Buffer.from("0123456789abcdef"));
  assert.equal(Buffer.from((await crypto.unwrapKey("RSA-OAEP-256", wrapped.result)).result).toString(), "0123456789abcdef");
  // verifyData with PS256 never holds: the SDK verifies on its own, by another padding than Key Vault signs with
  const hash = createHash("sha256").update("text").digest();
  const signed = await crypto.sign("PS256", hash);
  assert.equal((await crypto.verify("PS256", hash, signed.result)).result, true);
  const plain = await crypto.signData("RS256", Buffer.from("text"));
  assert.equal((await crypto.verifyData("RS256", Buffer.from("text"), plain.result)).result, true);
});
await step("registry under the key", async () => {
  assert.equal((await registries.registries.checkNameAvailability({ name: registry, type: "Microsoft.ContainerRegistry/registries" })).nameAvailable, true);
  const wanted = {
    location,
    sku: { name: "Premium" },
    identity: { type: "UserAssigned", userAssignedIdentities: { [identity.id]: {} } },
    encryption: { status: "enabled", keyVaultProperties: { keyIdentifier: key.id, identity: identity.clientId } },
  };
  await registries.registries.create(group, registry, wanted, wait);
  const told = await registries.registries.get(group, registry);
  assert.equal(told.encryption.status, "enabled");
  assert.equal(told.encryption.keyVaultProperties.versionedKeyIdentifier, key.id);
  assert.equal((await all(registries.registries.listByResourceGroup(group))).length, 1);
  assert.ok((await registries.registries.listUsages(group, registry)).value.length);
});
await step("push and pull", async () => {
  const config = await content.uploadBlob(Buffer.from('{"architecture":"amd64","os":"linux"}'));
  const layer = await content.uploadBlob(Readable.from([Buffer.alloc(5 * 1024 * 1024, 1)]));
  assert.equal(layer.sizeInBytes, 5 * 1024 * 1024);
  const manifest = {
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    config: { mediaType: "application/vnd.oci.image.config.v1+json", digest: config.digest, size: config.sizeInBytes },
    layers: [{ mediaType: "application/vnd.oci.image.layer.v1.tar", digest: layer.digest, size: layer.sizeInBytes }],
  };
  ({ digest } = await content.setManifest(manifest, { tag: "v1" }));
  assert.equal((await content.getManifest("v1")).digest, digest);
  const blob = await content.downloadBlob(layer.digest);
  let length = 0;
  for await (const piece of blob.content) length += piece.length;
  assert.equal(length, 5 * 1024 * 1024);
  await content.setManifest(manifest, { tag: "v2" });
});
await step("metadata and locks", async () => {
  assert.deepEqual(await all(metadata.listRepositoryNames()), ["app"]);
  const artifact = metadata.getArtifact("app", "v1");
  const tags = await all(artifact.listTagProperties({ order: "LastUpdatedOnDescending" }));
  assert.deepEqual(tags.map((tag) => tag.name).sort(), ["v1", "v2"]);
  assert.equal((await artifact.getManifestProperties()).architecture, "amd64");
  assert.equal((await artifact.updateTagProperties("v1", { canWrite: false })).canWrite, false);
  await refused(() => artifact.deleteTag("v1"), 405);
  await artifact.updateTagProperties("v1", { canWrite: true });
  await artifact.deleteTag("v2");
  assert.equal((await metadata.getRepository("app").getProperties()).tagCount, 1);
});
await step("rotation: versionless, then a new version set by hand", async () => {
  base = key.id.split("/").slice(0, -1).join("/");
  const set = (keyIdentifier) =>
    registries.registries.update(
      group,
      registry,
      { encryption: { status: "enabled", keyVaultProperties: { keyIdentifier, identity: identity.clientId } } },
      wait,
    );
  await set(base);
  assert.equal((await registries.registries.get(group, registry)).encryption.keyVaultProperties.keyRotationEnabled, true);
  second = await keys.rotateKey("cmk");
  assert.ok(second.properties.expiresOn);
  await set(second.id);
  const told = (await registries.registries.get(group, registry)).encryption.keyVaultProperties;
  assert.equal(told.versionedKeyIdentifier, second.id);
  assert.ok(told.lastKeyRotationTimestamp);
  assert.equal((await all(keys.listPropertiesOfKeyVersions("cmk"))).length, 2);
  assert.equal((await content.getManifest("v1")).digest, digest);
});
await step("revocation by role, and back", async () => {
  await roles.roleAssignments.deleteById(assignment.id);
  await refused(() => content.getManifest("v1"), 403);
  const wanted = { principalId: identity.principalId, roleDefinitionId: roleId(encryptionUser), principalType: "ServicePrincipal" };
  assignment = await roles.roleAssignments.create(vaultId, randomUUID(), wanted);
  assert.equal((await content.getManifest("v1")).digest, digest);
});
await step("revocation by deleting the key, and back", async () => {
  const deletion = await keys.beginDeleteKey("cmk", poll);
  assert.equal((await deletion.pollUntilDone()).name, "cmk");
  await refused(() => content.getManifest("v1"), 403);
  assert.equal((await all(keys.listDeletedKeys())).length, 1);
  await refused(() => keys.purgeDeletedKey("cmk"), 403);
  await (await keys.beginRecoverDeletedKey("cmk", poll)).pollUntilDone();
  assert.equal((await content.getManifest("v1")).digest, digest);
});
await step("backup and restore", async () => {
  await refused(async () => keys.restoreKeyBackup(await keys.backupKey("cmk")), 409);
});
await step("replica", async () => {
  const made = await registries.replications.create(group, registry, "northeurope", { location: "northeurope" }, wait);
  assert.equal(made.provisioningState, "Succeeded");
  assert.equal((await registries.replications.get(group, registry, "northeurope")).status.displayStatus, "Ready");
  const changed = await registries.replications.update(group, registry, "northeurope", { regionEndpointEnabled: false }, wait);
  assert.equal(changed.regionEndpointEnabled, false);
  await registries.replications.delete(group, registry, "northeurope", wait);
  assert.equal((await all(registries.replications.list(group, registry))).length, 1);
});
await step("network rules and the admin user", async () => {
  const networkRuleSet = { defaultAction: "Deny", ipRules: [{ action: "Allow", iPAddressOrRange: "203.0.113.0/24" }] };
  await registries.registries.update(group, registry, { networkRuleSet, adminUserEnabled: true }, wait);
  assert.equal((await registries.registries.get(group, registry)).networkRuleSet.ipRules.length, 1);
  const before = await registries.registries.listCredentials(group, registry);
  const after = await registries.registries.regenerateCredential(group, registry, { name: "password" });
  assert.notEqual(after.passwords[0].value, before.passwords[0].value);
});
await step("the end", async () => {
  await registries.registries.delete(group, registry, wait);
  assert.deepEqual(await all(registries.registries.list()), []);
  await vaults.vaults.delete(group, vault);
  assert.equal((await all(vaults.vaults.listDeleted())).length, 1);
  await identities.userAssignedIdentities.delete(group, "fg-id");
  await resources.resourceGroups.beginDeleteAndWait(group, wait);
  assert.equal((await resources.resourceGroups.checkExistence(group)).body, false);
});
