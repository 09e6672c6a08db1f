# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The program behind :mod:`support.az`: standard library only, since it runs by itself."""

from __future__ import annotations

import argparse
import contextlib
import datetime
import fcntl
import json
import pathlib
import sys
import time
import typing
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
SETTINGS: dict[str, typing.Any] = (
    json.loads((HERE / "az.json").read_text(encoding="utf-8")) if (HERE / "az.json").exists() else {}
)


class Mistake(Exception):
    """What az writes to its standard error before it ends with 1."""


@contextlib.contextmanager
def logged(argv: list[str]) -> typing.Iterator[bool]:
    """Log a call, and hold the mark that one is under way; yields whether another one was."""
    with (HERE / "az.lock").open("w", encoding="utf-8") as mark:
        try:
            fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
            others = False
        except OSError:
            others = True
        with (HERE / "az.log").open("a", encoding="utf-8") as log:
            log.write(json.dumps({"argv": argv, "others": others}) + "\n")
        time.sleep(SETTINGS["seconds"])
        yield others


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="az", allow_abbrev=False)
    top.add_argument("--version", action="version", version="azure-cli 2.91.0")
    groups = top.add_subparsers(dest="group", required=True)
    account = groups.add_parser("account").add_subparsers(dest="command", required=True)
    for name in ("get-access-token", "show", "list"):
        command = account.add_parser(name, allow_abbrev=False)
        command.add_argument("--output", "-o", default="json", choices=["json"])
        command.add_argument("--only-show-errors", action="store_true")
        if name != "list":
            command.add_argument("--subscription", "-s", "--name", "-n")
    token = account.choices["get-access-token"]
    token.add_argument("--tenant", "-t")
    token.add_argument("--resource", default="https://management.core.windows.net/")
    token.add_argument("--scope")
    return top


def subscription_of(wanted: str | None) -> dict[str, str]:
    """The subscription of an id or a name; the default one if none is wanted."""
    subscriptions: list[dict[str, str]] = SETTINGS["subscriptions"]
    if not wanted:
        return subscriptions[0]
    fits = [one for one in subscriptions if wanted.lower() in (one["id"].lower(), one.get("name", "").lower())]
    if not fits:
        raise Mistake(f"Subscription '{wanted}' not found. Check the spelling and casing and try again.")
    return fits[0]


def account(subscription: dict[str, str]) -> dict[str, typing.Any]:
    name = SETTINGS["name"]
    return {
        "environmentName": SETTINGS.get("cloud", "AzureCloud"),
        "homeTenantId": subscription["tenant"],
        "id": subscription["id"],
        "isDefault": subscription["id"] == SETTINGS["subscriptions"][0]["id"],
        "managedByTenants": [],
        "name": subscription.get("name", "Local Azure"),
        "state": "Enabled",
        "tenantId": subscription["tenant"],
        "user": {"name": name, "type": "user" if "@" in name else "servicePrincipal"},
    }


def token(options: argparse.Namespace) -> dict[str, typing.Any]:
    if options.tenant and options.subscription:
        raise Mistake("Please specify only one of subscription and tenant, not both")
    subscription = subscription_of(options.subscription)
    tenant = options.tenant or subscription["tenant"]
    resource = (options.scope or options.resource).removesuffix("/.default")
    body = json.dumps({"name": SETTINGS["name"], "resource": resource, "tenant": tenant}).encode()
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"{SETTINGS['url']}/tokens", data=body, timeout=30) as answer:
        ticket = json.load(answer)
    moment = datetime.datetime.fromtimestamp(ticket["expires_on"])
    reply = {
        "accessToken": ticket["access_token"],
        "expiresOn": moment.strftime("%Y-%m-%d %H:%M:%S.%f"),
        "expires_on": ticket["expires_on"],
        "tenant": tenant,
        "tokenType": "Bearer",
    }
    return reply if options.tenant else {**reply, "subscription": subscription["id"]}


def answer(options: argparse.Namespace, others: bool) -> typing.Any:
    if others and SETTINGS["damaged_by_others"]:
        raise Mistake("The token cache is locked by another process.")
    if not SETTINGS["name"]:
        raise Mistake("Please run 'az login' to setup account.")
    if options.command == "list":
        return [account(one) for one in SETTINGS["subscriptions"]]
    if options.command == "show":
        return account(subscription_of(options.subscription))
    return token(options)


def main() -> int:
    options = parser().parse_args()
    with logged(sys.argv[1:]) as others:
        try:
            print(json.dumps(answer(options, others), indent=2))
        except Mistake as mistake:
            print(f"ERROR: {mistake}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
