# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""The client that lists subscriptions, and those in management groups, made of the SDK's own parts.

The SDK's client is a part of azure-mgmt-resource 23; beside azure-mgmt-resource 26 it is the package
azure-mgmt-resource-subscriptions, which wants a newer azure-mgmt-core than azure.azcollection 3.12 pins. So no
requirement would hold beside every version of that collection. Of management groups one list is needed, for which the
package azure-mgmt-managementgroups would be one more to install.
"""

from __future__ import annotations

import types
import typing
import urllib.parse

#: The version that the SDK's own client asks for (azure-mgmt-resource-subscriptions 1.0.0).
API_VERSION = "2022-12-01"
#: Of Microsoft.Management (azure-rest-api-specs, managementgroups, stable/2021-04-01).
MANAGEMENT_GROUPS_API_VERSION = "2021-04-01"


class SubscriptionClient:
    """Made and used like the SDK's client of that name.

    :param base_url: Resource Manager's address.
    :param credential_scopes: what a token is asked for.
    :param retries: options of azure-core's RetryPolicy.
    """

    def __init__(
        self,
        credential: typing.Any,
        *,
        base_url: str,
        transport: typing.Any,
        credential_scopes: typing.Sequence[str],
        **retries: int,
    ) -> None:
        from azure.core.pipeline import policies
        from azure.mgmt.core import ARMPipelineClient
        from azure.mgmt.core.policies import ARMChallengeAuthenticationPolicy

        signing = ARMChallengeAuthenticationPolicy(credential, *credential_scopes)
        chain = [policies.UserAgentPolicy(), policies.RetryPolicy(**retries), signing]
        self._client: typing.Any = ARMPipelineClient(base_url, policies=chain, transport=transport)
        self.subscriptions = self

    def list(self) -> typing.Iterator[types.SimpleNamespace]:
        """The subscriptions that the caller sees, each with its ``subscription_id``. One request a page.

        :raises azure.core.exceptions.HttpResponseError: when Azure refuses.
        """
        for one in self._entries("/subscriptions"):
            yield types.SimpleNamespace(subscription_id=one["subscriptionId"])

    def regions(self, subscription: str) -> typing.Iterator[str]:
        """The names of a subscription's regions (operation Subscriptions_ListLocations).

        :raises azure.core.exceptions.HttpResponseError: when Azure refuses.
        """
        for one in self._entries(f"/subscriptions/{subscription}/locations"):
            yield one["name"]

    def below(self, management_group: str) -> typing.Iterator[str]:
        """The ids of the subscriptions below a management group (operation ManagementGroups_GetDescendants).

        :raises azure.core.exceptions.HttpResponseError: when Azure refuses.
        """
        path = f"/providers/Microsoft.Management/managementGroups/{urllib.parse.quote(management_group)}/descendants"
        for one in self._entries(path, MANAGEMENT_GROUPS_API_VERSION):
            if one["type"].lower().endswith("/subscriptions"):
                yield one["name"]

    def _entries(self, path: str, version: str = API_VERSION) -> typing.Iterator[dict[str, str]]:
        from azure.core.rest import HttpRequest

        address = f"{path}?api-version={version}"
        while address:
            response = self._client.send_request(HttpRequest("GET", self._client.format_url(address)))
            response.raise_for_status()
            page = response.json()
            yield from page["value"]
            address = page.get("nextLink")
