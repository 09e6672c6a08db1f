# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The command ``local-azure``: run a command inside a local Azure, or keep one up."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import pathlib
import shlex
import signal
import sys
import typing

from . import shell
from .clouds import CLOUDS
from .server import LocalAzure, child_environment, session_environment
from .settings import Settings
from .world import SUBSCRIPTION

if typing.TYPE_CHECKING:
    from .blobs.state import Account

#: What ends a program: Ctrl-C, being told to, and a terminal that is closed.
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="local-azure",
        description="A local Azure for container registries under their own key. Unmodified Azure clients reach it as "
        "an HTTPS proxy, by environment variables alone.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="{run,up}")
    run = commands.add_parser(
        "run",
        help="run a command inside it and pass its exit status on",
        usage="local-azure run [options] -- COMMAND [ARGUMENT ...]",
    )
    up = commands.add_parser("up", help="keep it up and print the variables to export")
    for command in (run, up):
        command.add_argument("--state", type=pathlib.Path, metavar="FILE", help="keep the state in this file")
        command.add_argument("--port", type=int, default=0, help="listen here (default: any free port)")
        command.add_argument(
            "--listen", metavar="ADDRESS", default="127.0.0.1", help="listen on this address, in a container of its own"
        )
        command.add_argument("--cloud", choices=sorted(CLOUDS), default="AzureCloud", help="be this one of the clouds")
        command.add_argument("--latency", type=float, default=0.0, metavar="SECONDS", help="added to every answer")
        command.add_argument("--throttle", action="store_true", help="refuse requests over Azure's rate limits")
        command.add_argument(
            "--role-spread", type=float, default=0.0, metavar="SECONDS", help="until a new role assignment counts"
        )
        command.add_argument(
            "--operation-time", type=float, default=0.3, metavar="SECONDS", help="how long changing a registry takes"
        )
        command.add_argument(
            "--judge",
            type=pathlib.Path,
            metavar="FILE",
            help="hold every exchange against Microsoft's API descriptions; what differs goes into this file "
            "and makes the exit status 1",
        )
        command.add_argument(
            "--set",
            action="append",
            default=[],
            metavar="NAME=VALUE",
            help="set a switch; 'curl $LOCAL_AZURE_URL/settings' shows them all",
        )
        command.add_argument(
            "--managed-hsm", action="append", default=[], metavar="NAME", help="have a Managed HSM there from the start"
        )
        command.add_argument(
            "--azurite",
            metavar="URL",
            help="have the storage accounts of an Azurite whose blob service is there; AZURITE_ACCOUNTS names them",
        )
    run.add_argument("argv", nargs=argparse.REMAINDER, metavar="-- COMMAND")
    return parser


def _switch(text: str) -> tuple[str, typing.Any]:
    """A switch from ``NAME=VALUE``; the value as JSON has it, or else a text.

    :raises ValueError: for a text without an equals sign.
    """
    name, equals, value = text.partition("=")
    if not equals:
        raise ValueError(f"--set takes NAME=VALUE, not {text!r}")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def _accounts(address: str) -> tuple[Account, ...]:
    try:
        from .blobs import state
    except ImportError as error:
        raise ValueError(f"--azurite needs the Python package azure-storage-blob ({error})") from error
    return tuple(state.accounts(address, os.environ.get(state.VARIABLE, ""), SUBSCRIPTION))


def _azure(options: argparse.Namespace) -> LocalAzure:
    settings = Settings(
        latency_seconds=options.latency,
        throttle=options.throttle,
        role_spread_seconds=options.role_spread,
        operation_seconds=options.operation_time,
    )
    settings.change(dict(_switch(text) for text in options.set))
    hsms = tuple(options.managed_hsm)
    accounts = _accounts(options.azurite) if options.azurite is not None else ()
    return LocalAzure(
        settings,
        state=options.state,
        cloud=options.cloud,
        port=options.port,
        address=options.listen,
        managed_hsms=hsms,
        accounts=accounts,
        judge=options.judge,
    )


def _judged(azure: LocalAzure, status: int) -> int:
    """The exit status, when Microsoft's descriptions have had their say."""
    judge = azure.azure.judge
    if judge is None or not judge.findings:
        return status
    print(f"local-azure: {len(judge.findings)} findings of the judge, see {judge.path}", file=sys.stderr)
    return status or 1


@contextlib.asynccontextmanager
async def _started(options: argparse.Namespace) -> typing.AsyncIterator[LocalAzure]:
    task = asyncio.current_task()
    # told to end before it is up, it tidies up too
    _on_signals(lambda _number: task.cancel() if task else None)
    azure = _azure(options)
    try:
        await azure.start()
        yield azure
    finally:
        await azure.stop()


def _on_signals(act: typing.Callable[[int], object]) -> None:
    """Do something at a signal that ends a program; one that is ignored (nohup) stays so."""
    for number in _ENDING:
        if signal.getsignal(number) is not signal.SIG_IGN:
            asyncio.get_running_loop().add_signal_handler(number, act, number)


async def _run(options: argparse.Namespace, argv: list[str]) -> int:
    async with _started(options) as azure:
        command = shell.with_sign(argv, azure.directory)
        shell.tell_begin(argv, options.state)
        try:
            environment = {**child_environment(azure), **command.variables}
            child = await asyncio.create_subprocess_exec(*command.argv, env=environment)
        except OSError as error:
            print(f"local-azure: cannot run {argv[0]}: {error.strerror}", file=sys.stderr)
            return 127

        def forward(number: int) -> None:
            # a terminal sends Ctrl-C to the child too; a second one from here would cut its clean-up short
            if number != signal.SIGINT and child.returncode is None:
                child.send_signal(number)

        _on_signals(forward)
        status = await child.wait()
        shell.tell_end(argv)
        return _judged(azure, status if status >= 0 else 128 - status)


async def _up(options: argparse.Namespace) -> int:
    async with _started(options) as azure:
        stop = asyncio.Event()
        _on_signals(lambda _number: stop.set())
        print(f"# The local Azure is up; Ctrl-C stops it. What it can do: curl {azure.url}/")
        for name, value in session_environment(azure).items():
            print(f"export {name}={shlex.quote(value)}")
        print("# ready", flush=True)
        await stop.wait()
        return _judged(azure, 0)


def main() -> int:
    """Entry point; returns the exit status."""
    parser = _parser()
    options = parser.parse_args()
    try:
        if options.command == "up":
            return asyncio.run(_up(options))
        argv = options.argv[1:] if options.argv[:1] == ["--"] else options.argv
        if not argv:
            parser.error("run needs a command: local-azure run -- COMMAND")
        return asyncio.run(_run(options, argv))
    except asyncio.CancelledError:
        return 128 + signal.SIGTERM
    except OSError as error:
        print(f"local-azure: {error.strerror or error}: {error.filename or ''}".rstrip(": "), file=sys.stderr)
        return 1
    except ValueError as error:
        kind = "the state file cannot be read" if isinstance(error, json.JSONDecodeError) else "a wrong option"
        print(f"local-azure: {kind}: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
