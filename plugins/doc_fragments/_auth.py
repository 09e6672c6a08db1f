# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """The options to sign in to Azure, for modules and the inventory plugin."""

    DOCUMENTATION = r"""
options:
  subscription_id:
    description:
      - The subscription to work in.
      - If not set, the environment variable E(AZURE_SUBSCRIPTION_ID), or the default subscription of the az CLI.
    type: str
  tenant:
    description:
      - The Entra ID tenant, as GUID or domain name.
      - If not set, E(AZURE_TENANT) or E(AZURE_TENANT_ID).
    type: str
  client_id:
    description:
      - The client (application) ID of a service principal, or of a user-assigned identity with O(auth_source=msi).
      - If not set, E(AZURE_CLIENT_ID).
    type: str
  secret:
    description:
      - The service principal's client secret.
      - If not set, E(AZURE_SECRET) or E(AZURE_CLIENT_SECRET).
    type: str
  x509_certificate_path:
    description:
      - A file with the service principal's certificate and private key, PEM or PKCS12.
      - If not set, E(AZURE_CLIENT_CERTIFICATE_PATH) or E(AZURE_X509_CERTIFICATE_PATH).
    type: path
  certificate_password:
    description:
      - The password of the file O(x509_certificate_path).
      - If not set, E(AZURE_CLIENT_CERTIFICATE_PASSWORD).
    type: str
  federated_token_file:
    description:
      - A file with a token of a trusted issuer (workload identity federation).
      - If not set, E(AZURE_FEDERATED_TOKEN_FILE).
    type: path
  cloud_environment:
    description:
      - V(AzureCloud), V(AzureUSGovernment) or V(AzureChinaCloud).
      - If not set, E(AZURE_CLOUD_ENVIRONMENT), else V(AzureCloud).
    type: str
  auth_source:
    description:
      - Where the sign-in comes from.
      - With V(auto) the first of these that is complete is taken, in this order. This task's own options, environment
        variables, the credential file, a managed identity that announces itself in the environment, the az CLI's
        session. A section of the credential file that is named (O(profile), E(AZURE_PROFILE)) comes before the
        environment variables.
      - If it is V(auto) and E(ANSIBLE_AZURE_AUTH_SOURCE) is set, that one counts.
      - The az CLI is told O(tenant), or else O(subscription_id), of which it takes one.
      - V(credential_file) is the file C(~/.azure/credentials) with the section O(profile).
    type: str
    default: auto
    choices: [auto, cli, credential_file, env, msi, workload_identity]
  profile:
    description:
      - A section of the credential file C(~/.azure/credentials).
      - If not set, E(AZURE_PROFILE), else V(default).
    type: str
  share_tokens:
    description:
      - Whether the tasks of one run of ansible-playbook share their tokens, so that each does not sign in anew.
      - They lie in the run's own temporary folder, encrypted under a key that is derived from the secret, the
        certificate's private key or the federated token, and go with it at the end of the run. Whoever has the file
        and not the credential has nothing.
      - With a managed identity and the az CLI nothing is shared, as they keep tokens of their own; nor is it on another
        host, with C(become) and with C(async).
      - A token tells of the groups in which its principal was when it signed in. Turn this off for tasks that rely on
        a membership that was given earlier in the same run.
      - If not set, E(OWNKEY_ACR_SHARE_TOKENS), else V(true).
    type: bool
requirements:
  - python >= 3.11, ansible-core >= 2.19
  - the packages of the collection's requirements.txt, whose versions leave room for those of azure.azcollection,
    as in C(pip install -r ~/.ansible/collections/ansible_collections/ownkey/acr/requirements.txt)
notes:
  - An empty text given for an option counts as not given, as AWX surveys send it.
"""
