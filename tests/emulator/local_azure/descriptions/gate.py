# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the local Azure does not know is never dropped in silence: it is refused by name, before it has an effect.

Wrong by Microsoft's description is Azure's 400 in the service's own form; described and not carried out is 501. The
texts, and which of Azure's codes a wrong body gets, are *inferred*.
"""

from __future__ import annotations

import json
import re
import typing

from ..keys.errors import bad_parameter
from ..resource_manager import errors
from ..routing import Call, Refusal
from . import library, parameters
from .carried_out import GAPS, has_own_words, values_at
from .documents import Operation
from .shapes import REQUESTS

Json = typing.Any

_BODIES = ("PUT", "PATCH", "POST")
#: The gaps that are options of a query.
_OPTIONS = tuple((gap.place.removeprefix("query "), gap) for gap in GAPS if gap.place.startswith("query "))


def _wrong(service: str, text: str) -> Refusal:
    """Azure's 400."""
    if service in ("vault", "hsm"):
        return bad_parameter(text).inferred()
    if service == "registry":
        code = "PAGINATION_NUMBER_INVALID" if "query n:" in text else "UNSUPPORTED"
        return Refusal(400, {"errors": [{"code": code, "message": text}]}).inferred()
    return errors.bad_request(
        f"The request content was invalid and could not be deserialized: '{text}'.", "InvalidRequestContent"
    ).inferred()


def _gap(call: Call, service: str, text: str) -> Refusal:
    """501 with the name of what is not carried out here."""
    error = {"code": "NotEmulated", "message": f"The local Azure does not emulate {text} ({call.method} {call.path})."}
    return Refusal(501, {"errors": [error]} if service == "registry" else {"error": error})


def refuse_unknown(call: Call, service: str, shown: typing.Callable[[], Json]) -> Operation | None:
    """Refuse a request of which a part would else be dropped, or is not as described.

    :param service: as ``clouds.service_of`` names it.
    :param shown: what the request is about as a client is shown it now; None if it is not there.
    :returns: the operation that the request means.
    :raises Refusal: 400, 415, 501.
    """
    if service == "registry" and not call.path.lower().startswith("/acr/"):
        return None  # where Docker's and OCI's specifications count, which let clients send more
    operation = library.find(service, call.method, call.path, call.query, call.headers)
    if operation is not None:
        _check_query(call, service, operation)
    body = _json(call, service) if call.method in _BODIES else None
    if operation is not None and call.method in _BODIES:
        _check_body(call, service, operation, body, shown)
    return operation


def _json(call: Call, service: str) -> Json:
    """The body, which has to be a JSON object; None if there is none."""
    if not call.raw.strip():
        return None
    kind = call.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind and kind != "application/json" and not kind.endswith("+json"):
        text = f"The content media type '{kind}' is not supported. Only 'application/json' is supported."
        raise errors.refuse(415, "UnsupportedMediaType", text) if service == "management" else _wrong(service, text)
    try:
        body = json.loads(call.raw)
    except (ValueError, RecursionError) as error:
        raise _wrong(service, f"The body is not JSON: {error}") from None
    if not isinstance(body, dict):
        raise _wrong(service, f"The body is not a JSON object but {json.dumps(body)[:40]}")
    return body


def _check_query(call: Call, service: str, operation: Operation) -> None:
    for parameter, text in parameters.of_query(operation, tuple(call.query.items())):
        if isinstance(parameter, str):
            raise _gap(call, service, f"the query option {parameter}")
        if parameter.name != "api-version":
            raise _wrong(service, f"query {parameter.name}: {text}")
    if not re.fullmatch(r"\d{0,9}", call.query.get("$skiptoken", "")):
        raise _wrong(service, "query $skiptoken: it is not one of this service's")
    for option, gap in _OPTIONS:
        if call.query.get(option) and gap.concerns(operation):
            raise _gap(call, service, f"the query option {option}")


def _check_body(call: Call, service: str, operation: Operation, body: Json, shown: typing.Callable[[], Json]) -> None:
    if operation.body is None:
        if body:
            raise _gap(call, service, f"the properties {', '.join(body)} of a request that has none")
        return
    if body is None:
        if operation.body_required:
            raise _wrong(service, "The request has no body")
        body = {}
    known = call.query.get("api-version", "") in operation.versions or service == "registry"
    for one in REQUESTS.differences(operation.document, operation.body, body):
        if has_own_words(operation, one.rule, one.place):
            continue
        # clients send back what they were shown, to an operation too that does not describe it
        if one.rule == "unknown" and values_at(one.place, body) == values_at(one.place, shown()):
            continue
        if one.rule == "open" or (one.rule == "unknown" and not known):
            raise _gap(call, service, f"{one.place}: {one.text}")
        raise _wrong(service, f"{one.place}: {one.text}")
    for gap in GAPS:
        if gap.concerns(operation) and gap.asked(body):
            raise _gap(call, service, f"the property {gap.place}")
