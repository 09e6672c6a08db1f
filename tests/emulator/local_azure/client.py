# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A small client of the control interface, for tests, the demo and rehearsals."""

from __future__ import annotations

import json
import typing
import urllib.request


class Control:
    """Talks to the control interface at ``LOCAL_AZURE_URL``.

    Every method raises ``urllib.error.HTTPError`` when the interface refuses.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def _ask(self, method: str, path: str, body: typing.Any = None) -> typing.Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data=data, method=method)
        with self._opener.open(request, timeout=60) as reply:
            return json.load(reply)

    def requests(self, since: int = 0) -> list[dict[str, typing.Any]]:
        """The request log after a number."""
        answer: list[dict[str, typing.Any]] = self._ask("GET", f"/requests?since={since}")["requests"]
        return answer

    def mark(self) -> int:
        """The number of the last request so far."""
        return max((entry["number"] for entry in self.requests()), default=0)

    def forget_requests(self) -> None:
        """Empty the request log."""
        self._ask("DELETE", "/requests")

    def now(self) -> float:
        """The local Azure's time, seconds since 1970."""
        return float(self._ask("GET", "/clock")["now"])

    def advance(self, seconds: float) -> None:
        """Move the clock forward."""
        self._ask("POST", "/clock", {"advance": seconds})

    def fault(self, **values: typing.Any) -> None:
        """Ask for trouble, once or (``times=0``) for ever: see :class:`local_azure.faults.Fault`.

        A status with a JSON ``body`` of any shape, ``raw`` text or an HTML ``page``; an answer that is garbled
        (``garble``) or ``cut``; a ``reset`` before or after; a ``delay``.
        """
        self._ask("POST", "/faults", values)

    def clear_faults(self) -> None:
        """No more trouble."""
        self._ask("DELETE", "/faults")

    def settings(self, **values: typing.Any) -> dict[str, typing.Any]:
        """Change switches and return all of them."""
        answer: dict[str, typing.Any] = self._ask("PATCH", "/settings", values)
        return answer

    def state(self) -> dict[str, typing.Any]:
        """Everything."""
        answer: dict[str, typing.Any] = self._ask("GET", "/state")
        return answer

    def load(self, state: dict[str, typing.Any]) -> None:
        """Replace everything."""
        self._ask("PUT", "/state", state)

    def managed_hsm(self, name: str) -> dict[str, typing.Any]:
        """Put an activated Managed HSM in place."""
        answer: dict[str, typing.Any] = self._ask("POST", "/managed_hsms", {"name": name})
        return answer

    def reset(self) -> None:
        """Begin anew, with the same service principals."""
        self._ask("DELETE", "/state")

    def registries(self) -> dict[str, dict[str, typing.Any]]:
        """By name: ``{id, name, readable, why}``."""
        return {entry["name"]: entry for entry in self._ask("GET", "/registries")["registries"]}

    def principal(self, name: str) -> dict[str, typing.Any]:
        """A further service principal without rights: ``{client_id, secret, oid, name}``."""
        answer: dict[str, typing.Any] = self._ask("POST", "/principals", {"name": name})
        return answer

    def grant(self, *, scope: str, role: str, principal: str) -> None:
        """Give a role from outside."""
        self._ask("POST", "/assignments", {"scope": scope, "role": role, "principal": principal})

    def user(self, name: str) -> dict[str, typing.Any]:
        """A person without rights: ``{name, password, oid}``."""
        answer: dict[str, typing.Any] = self._ask("POST", "/users", {"name": name})
        return answer

    def token(self, name: str, resource: str, tenant: str | None = None) -> str:
        """A token for a person or an application id, as the az CLI would have one."""
        return str(self._ask("POST", "/tokens", {"name": name, "resource": resource, "tenant": tenant})["access_token"])

    def management_group(self, name: str, *subscriptions: str, parent: str | None = None) -> str:
        """Put a management group in place, with subscriptions in it; returns its resource id."""
        given = {"name": name, "parent": parent, "subscriptions": list(subscriptions)}
        self._ask("POST", "/management_groups", given)
        return f"/providers/Microsoft.Management/managementGroups/{name}"

    def perimeter(self, vault: str, *addresses: str, services: bool = False) -> None:
        """Say what the network security perimeter around a vault lets in: networks, and Azure's own services."""
        self._ask("POST", "/perimeters", {"vault": vault, "addresses": list(addresses), "services": services})

    def group(self, name: str, *members: str) -> str:
        """A group of the directory; returns its object id."""
        return str(self._ask("POST", "/groups", {"name": name, "members": list(members)})["oid"])

    def other(self, resource_id: str, properties: dict[str, typing.Any], *identities: str) -> None:
        """A resource of another service, such as a storage account, for Resource Graph to find.

        :param identities: resource ids of the user-assigned identities attached to it.
        """
        parts = resource_id.split("/")
        kind = "/".join(parts[6:8]).lower()
        given: dict[str, typing.Any] = {"id": resource_id, "name": parts[8], "type": kind, "properties": properties}
        if identities:
            attached: dict[str, typing.Any] = {one: {} for one in identities}
            given["identity"] = {"type": "UserAssigned", "userAssignedIdentities": attached}
        self._ask("POST", "/others", given)

    def child(self, shown: dict[str, typing.Any]) -> None:
        """Put something in place below a registry that is only listed, as a GET shows it, with its ``id``."""
        self._ask("POST", "/children", shown)

    def others(self) -> dict[str, dict[str, typing.Any]]:
        """The resources of other services by name: ``{id, name, readable, why}``."""
        return {entry["name"]: entry for entry in self._ask("GET", "/others")["others"]}

    def credentials(self) -> dict[str, str]:
        """Files for signing in otherwise than by secret."""
        answer: dict[str, str] = self._ask("POST", "/credentials")
        return answer
