# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The control interface on the proxy's own address: request log, clock, faults, settings, state, rehearsal helpers."""

from __future__ import annotations

import dataclasses
import json
import typing
import uuid

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from .app import Azure
from .authorization.routes import grant
from .clouds import CLOUDS
from .credentials import Credentials
from .managed_hsms import state as hsms
from .management_groups import state as management_groups
from .registries import encryption, listed
from .registries.state import settle
from .resource_graph import encrypted
from .routing import Call
from .signin import users
from .signin.routes import managed_identity_token

HELP = """local-azure: control interface

GET    /requests?since=N     the request log after number N; DELETE forgets it
GET    /clock                {"now": seconds since 1970}; POST {"advance": seconds} moves it forward
GET    /faults               the troubles in force; POST adds one, DELETE ends all
                             {"method", "host", "path": regular expressions, "nth": 1, "times": 1 (0: for ever),
                              "status" with "headers" and one of "body" (any JSON), "raw" (a text, "" too), "page"
                              (title of an HTML page), which alone keep the true status; "garble": true (half of the
                              body), "cut": bytes of it after which the connection ends, "content_type": another;
                              "reset": true, "refused": true, "delay": seconds, "ends": "Failed", "Canceled"
                              or "Never" (the operation that the request begins),
                              "when": "before" or "after" the request takes effect}
GET    /settings             the switches; PATCH changes some
GET    /state                everything, private keys included; PUT replaces it, DELETE begins anew
GET    /registries           for each registry: can it read its data, and if not, why
POST   /principals           {"name"} makes a further service principal without rights
POST   /assignments          {"scope", "role" (id), "principal"} gives a role from outside
POST   /users                {"name": "alice@contoso.com"} makes a person without rights
POST   /tokens               {"name", "resource", "tenant"} a token for a person or an application id, as az has one
POST   /management_groups    {"name", "parent", "subscriptions": [id]} puts a management group in place
POST   /perimeters           {"vault", "addresses": [network], "services": bool} what a vault's perimeter lets in
POST   /groups               {"name", "members": [object id]} makes a group of the directory
POST   /children             something below a registry that is only listed (tasks, connectedRegistries, …), as a GET
                             shows it: {"id", "properties", …}
POST   /others               a resource of another service, for Resource Graph: {"id", "name", "type", "properties",
                             "identity"}; GET says of each whether its identity reaches its key, and if not, why
POST   /managed_hsms         {"name"} puts an activated Managed HSM in place, its administrator the service principal
POST   /credentials          a certificate and a federated token file for the service principal
GET    /msi/token            the managed-identity endpoint of this host (IDENTITY_ENDPOINT)
"""


def application(azure: Azure, credentials: Credentials, furnish: typing.Callable[[], None] = lambda: None) -> Starlette:
    """The control interface for one local Azure.

    :param furnish: puts in place what is there from the start.
    """
    world = azure.world

    async def body(request: Request) -> dict[str, typing.Any]:
        raw = await request.body()
        parsed = json.loads(raw) if raw else {}
        if not isinstance(parsed, dict):
            raise ValueError("the body must be a JSON object")
        return parsed

    async def index(request: Request) -> Response:
        return PlainTextResponse(HELP)

    async def requests(request: Request) -> Response:
        if request.method == "DELETE":
            azure.log.clear()
            return JSONResponse({"requests": []})
        entries = azure.log.since(int(request.query_params.get("since", 0)))
        return JSONResponse({"requests": [entry.show() for entry in entries]})

    async def clock(request: Request) -> Response:
        if request.method == "POST":
            world.clock.advance(float((await body(request)).get("advance", 0)))
            world.save()
        return JSONResponse({"now": world.clock.now(), "ahead": world.clock.offset})

    async def faults(request: Request) -> Response:
        if request.method == "POST":
            azure.faults.add(await body(request))
        elif request.method == "DELETE":
            azure.faults.faults.clear()
        return JSONResponse({"faults": [fault.show() for fault in azure.faults.faults]})

    async def settings(request: Request) -> Response:
        if request.method == "PATCH":
            world.settings.change(await body(request))
        return JSONResponse(dataclasses.asdict(world.settings))

    async def state(request: Request) -> Response:
        if request.method == "PUT":
            world.load(await body(request))
            world.save()
        elif request.method == "DELETE":
            app = world.data["apps"]
            key = world.data["signing_key"]
            world.reset()
            # whoever holds our variables goes on being signed in
            ((where, owner),) = world.data["assignments"].items()
            world.data["apps"], world.data["signing_key"] = app, key
            principal = world.app()["oid"]
            world.data["assignments"][where] = {**owner, "principal": principal, "created_by": principal}
            furnish()
            azure.faults.faults.clear()
            world.save()
        return JSONResponse(world.dump())

    async def registries(request: Request) -> Response:
        shown = []
        for key in list(world.data["registries"]):
            registry = settle(world, key)
            if registry:
                readable, why = encryption.readable(world, registry)
                shown.append({"id": registry["id"], "name": registry["name"], "readable": readable, "why": why})
        return JSONResponse({"registries": shown})

    async def principals(request: Request) -> Response:
        return JSONResponse(world.add_app(str((await body(request)).get("name", "someone"))), 201)

    async def assignments(request: Request) -> Response:
        given = await body(request)
        grant(world, scope=given["scope"], role=given["role"], principal=given["principal"])
        return JSONResponse(given, 201)

    async def make_user(request: Request) -> Response:
        return JSONResponse(world.add_user(str((await body(request))["name"])), 201)

    async def make_token(request: Request) -> Response:
        given = await body(request)
        return JSONResponse(users.token_for(world, given["name"], given["resource"], given.get("tenant")), 201)

    async def make_management_group(request: Request) -> Response:
        given = await body(request)
        parent, inside = given.get("parent"), given.get("subscriptions", [])
        management_groups.add(world, str(given["name"]), parent=parent, subscriptions=inside)
        world.save()
        return JSONResponse(given, 201)

    async def perimeters(request: Request) -> Response:
        given = await body(request)
        inside = {"addresses": list(given.get("addresses", [])), "services": bool(given.get("services"))}
        world.data["perimeters"][str(given["vault"]).lower()] = inside
        return JSONResponse(inside, 201)

    async def groups(request: Request) -> Response:
        given, oid = await body(request), str(uuid.uuid4())
        world.data["directory_groups"][oid] = {"name": given["name"], "members": list(given["members"])}
        return JSONResponse({"oid": oid, **world.data["directory_groups"][oid]}, 201)

    async def make_child(request: Request) -> Response:
        made = listed.add(world, await body(request))
        world.save()
        return JSONResponse(made["shown"], 201)

    async def others(request: Request) -> Response:
        if request.method == "GET":
            known = [(one, encrypted.readable(world, one)) for one in world.data["others"].values()]
            shown = [{"id": o["id"], "name": o["name"], "readable": good, "why": why} for o, (good, why) in known]
            return JSONResponse({"others": shown})
        given = await body(request)
        world.data["others"][given["id"].lower()] = {"location": "westeurope", "tags": {}, **given}
        return JSONResponse(given, 201)

    async def make_hsm(request: Request) -> Response:
        given = await body(request)
        made = hsms.add(world, str(given["name"]), purge_protection=given.get("purge_protection", True))
        world.save()
        return JSONResponse(hsms.render(world, made), 201)

    async def make_credentials(request: Request) -> Response:
        return JSONResponse(credentials.make(), 201)

    async def managed_identity(request: Request) -> Response:
        query = {name.lower(): value for name, value in request.query_params.items()}
        call = Call(world, "GET", CLOUDS[world.cloud].login, "/msi/token", query, request.headers, {})
        reply = managed_identity_token(call)
        return JSONResponse(reply.body, reply.status)

    async def mistake(request: Request, problem: Exception) -> Response:
        if isinstance(problem, KeyError):
            return JSONResponse({"error": f"the body has no {problem.args[0]}"}, 400)
        return JSONResponse({"error": f"{type(problem).__name__}: {problem}"}, 400)

    routes = [
        Route("/", index),
        Route("/requests", requests, methods=["GET", "DELETE"]),
        Route("/clock", clock, methods=["GET", "POST"]),
        Route("/faults", faults, methods=["GET", "POST", "DELETE"]),
        Route("/settings", settings, methods=["GET", "PATCH"]),
        Route("/state", state, methods=["GET", "PUT", "DELETE"]),
        Route("/registries", registries),
        Route("/principals", principals, methods=["POST"]),
        Route("/assignments", assignments, methods=["POST"]),
        Route("/users", make_user, methods=["POST"]),
        Route("/tokens", make_token, methods=["POST"]),
        Route("/management_groups", make_management_group, methods=["POST"]),
        Route("/perimeters", perimeters, methods=["POST"]),
        Route("/groups", groups, methods=["POST"]),
        Route("/children", make_child, methods=["POST"]),
        Route("/others", others, methods=["GET", "POST"]),
        Route("/managed_hsms", make_hsm, methods=["POST"]),
        Route("/credentials", make_credentials, methods=["POST"]),
        Route("/msi/token", managed_identity),
    ]
    handlers: typing.Any = {ValueError: mistake, KeyError: mistake, TypeError: mistake}
    return Starlette(routes=routes, exception_handlers=handlers)
