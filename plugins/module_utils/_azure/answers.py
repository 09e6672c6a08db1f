# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""What an answer must be at least to be Azure's. Everything that comes in passes here before the SDK reads it.

A gateway's page, a company proxy's refusal, a network's sign-in page with 200, an empty or garbled body, JSON of
another shape: the SDK would make an empty list, an object without properties or a Python error of them, and an error
would be taken for an absence.
"""

from __future__ import annotations

import json
import re
import typing
import urllib.parse

#: Of a resource's JSON, what is always there, by its type (Azure's API descriptions: ``required`` and read-only).
_PROPERTIES = {
    "microsoft.containerregistry/registries": ("provisioningState",),
    "microsoft.keyvault/vaults": ("tenantId",),
    "microsoft.keyvault/deletedvaults": ("vaultId",),
    "microsoft.managedidentity/userassignedidentities": ("clientId", "principalId"),
    "microsoft.authorization/roleassignments": ("roleDefinitionId", "principalId"),
}
#: Answers of a kind of their own: the end of the path, and what one of them has at least.
_ACTIONS = {
    "checknameavailability": ("nameAvailable",),
    "accesspolicies/add": ("properties",),
    "accesspolicies/remove": ("properties",),
    "microsoft.resourcegraph/resources": ("data",),
    "backup": ("value",),
    "sign": ("value",),
    "rotationpolicy": ("lifetimeActions", "id"),
    "oauth2/exchange": ("refresh_token",),
    "oauth2/token": ("access_token",),
    "_catalog": ("repositories",),
    "_manifests": ("manifests",),
    "_tags": ("tags",),
}
_REFERRERS = re.compile(r"^/v2/.+/referrers/[^/]+$")
#: A repository itself: no list, and none of its tags and manifests.
_REPOSITORY = re.compile(r"^/acr/v1/(?!_)(?!.*/_(?:tags|manifests)(?:/|$)).+$")
_KEYS = re.compile(r"/(deleted)?keys(/|$)")
#: Where an operation of Resource Manager's that goes on can be followed ("Track asynchronous Azure operations").
_FOLLOWED = {"location", "azure-asyncoperation"}
#: Who answers of an operation under way says so in its own words.
_OPERATION = re.compile(r"operation(status|result)", re.IGNORECASE)
#: A registry's blobs, and where it sends who asks for one: its data endpoint or a storage account.
_BINARY = re.compile(r"^https://[^/]+/v2/.+/blobs/|^https://[^/]*\.(blob|data)\.", re.IGNORECASE)
_TITLE = re.compile(r"<title[^>]*>\s*(.*?)\s*</title>", re.IGNORECASE | re.DOTALL)


class Flaw(typing.NamedTuple):
    """What is wrong with an answer; ``foreign``: it is not Azure's at all."""

    text: str
    foreign: bool


def is_binary(url: str) -> bool:
    """Whether what comes from an address is the content of an image and no JSON."""
    return bool(_BINARY.search(url))


def flaw(method: str, url: str, status: int, headers: typing.Mapping[str, str], content: bytes) -> Flaw | None:
    """What keeps an answer from being one of Azure's; None if nothing does.

    A 401 is left to who signs in, and what asks to be sent again (408, 429, 5xx) to who does that.
    """
    path = urllib.parse.unquote(urllib.parse.urlsplit(url).path)
    named = {name.lower() for name in headers}
    if status == 401 and not content and "www-authenticate" not in named:
        # a 401 has to say how to sign in (RFC 9110, 15.5.2); something on the way took that away
        return Flaw("401, with nothing on how to sign in", foreign=True)
    if status == 202 and method != "GET" and path.startswith("/subscriptions/") and not named & _FOLLOWED:
        return Flaw("it does not say where its end can be seen", foreign=False)
    is_left = 300 <= status < 400 or status in (401, 408, 429) or status >= 500
    if method == "HEAD" and not is_left and _kind_of_content(headers).startswith("text/html"):
        # without its body, all that tells a page from an answer
        return Flaw(f"{status}, a page", foreign=True)
    if method == "HEAD" or is_left or 202 <= status < 300:
        return None
    parsed, is_json = _parse(content)
    if status >= 400:
        if isinstance(parsed, dict) or (not content and any(name.startswith("x-ms-") for name in named)):
            return None
        return Flaw(f"{status}, {described(content)}", foreign=True)
    if path.lower().endswith("/importimage") and content in (b"", b"null"):
        # an import that is over at once says nothing (described; Azure/acr #636)
        return None
    if not content:
        # nor has the end of an operation that leaves nothing, nor what a registry says to a push
        is_fine = method == "DELETE" or _OPERATION.search(path) or (status == 201 and path.startswith("/v2/"))
        return None if is_fine else Flaw("it is empty", foreign=False)
    if not is_json:
        return Flaw(described(content), foreign=page(content) is not None)
    if not isinstance(parsed, dict):
        return Flaw(f"it is {described(content)} and no object", foreign=False)
    missing = _missing(method, path, parsed)
    return Flaw(f"it has no {missing}", foreign=False) if missing else None


def _kind_of_content(headers: typing.Mapping[str, str]) -> str:
    return next((value.lower() for name, value in headers.items() if name.lower() == "content-type"), "")


def _parse(content: bytes) -> tuple[object, bool]:
    try:
        return json.loads(content), True
    except ValueError:
        return None, False


def page(content: bytes) -> str | None:
    """The title of an HTML page, empty if it has none; None for what is no such page."""
    text = content[:65536].decode("utf-8", "replace")
    if not text.lstrip("\ufeff \t\r\n").startswith("<"):
        return None
    title = _TITLE.search(text)
    return " ".join(title[1].split())[:200] if title else ""


def described(content: bytes) -> str:
    """In a word what was read where an object should be."""
    title = page(content)
    if title is not None:
        return f"a page with the title '{title}'" if title else "a page"
    if not content:
        return "nothing"
    return "JSON of another kind" if _parse(content)[1] else "no JSON"


def _missing(method: str, path: str, answer: dict[str, object]) -> str | None:
    """What an answer lacks that every answer of its kind has."""
    lower = path.lower().rstrip("/")
    own = next((names for end, names in _ACTIONS.items() if lower.endswith(f"/{end}")), None)
    if own is not None:
        return None if any(name in answer for name in own) else own[0]
    if _REFERRERS.search(lower):
        return _missing_of_list(answer, "digest", rows="manifests")
    if method == "GET" and _REPOSITORY.search(lower):
        return None if "manifestCount" in answer else "manifestCount"
    if lower.startswith(("/v2", "/acr/", "/oauth2/")) or _OPERATION.search(lower):
        return None
    if _KEYS.match(lower) and "/providers/" not in lower:
        return _missing_of_key(lower, answer)
    return _missing_of_resource(method, lower, answer)


def _missing_of_key(path: str, answer: dict[str, object]) -> str | None:
    parts = path.strip("/").split("/")
    if len(parts) == 1 or parts[-1] == "versions":
        return _missing_of_list(answer, "kid")
    key = answer.get("key")
    if not (isinstance(key, dict) and isinstance(key.get("kid"), str)):
        return "key.kid"
    return None if isinstance(answer.get("attributes"), dict) else "attributes"


def _missing_of_list(answer: dict[str, object], *names: str, rows: str = "value") -> str | None:
    listed = answer.get(rows)
    if not isinstance(listed, list):
        return f"list of {rows.removesuffix('s')}s"
    if not all(isinstance(row, dict) and any(isinstance(row.get(name), str) for name in names) for row in listed):
        return f"{names[0]} in one of its {rows.removesuffix('s')}s"
    return None


def _missing_of_resource(method: str, path: str, answer: dict[str, object]) -> str | None:
    _above, provider, below = path.rpartition("/providers/")
    namespace, *names = below.split("/") if provider else ["", *path.strip("/").split("/")]
    if len(names) % 2:
        # a collection; or an action, of which nothing more is known
        return _missing_of_list(answer, "id", "subscriptionId") if method == "GET" else None
    if method not in ("GET", "PUT", "PATCH"):
        return None
    if not isinstance(answer.get("id"), str):
        return "id"
    if not provider:
        return None
    properties = answer.get("properties")
    if not isinstance(properties, dict):
        return "properties"
    needed = _PROPERTIES.get("/".join([namespace, *names[::2]]), ())
    return next((f"properties.{name}" for name in needed if not properties.get(name)), None)
