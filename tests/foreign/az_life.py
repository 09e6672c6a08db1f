# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The az CLI, in its own environment: a list of its commands in order, each a line of JSON on standard output.

The commands are those of its own tests for registries, keys, Managed HSMs, identities and roles, in short. They run in
one process, as in its tests: loading the CLI anew for each of them would take most of the time.
"""

from __future__ import annotations

import contextlib
import dataclasses
import io
import json
import logging
import os
import pathlib
import shlex
import sys
import time
import typing

import jmespath
import yaml
from azure.cli.core import get_default_cli
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from support.oci import Wire, digest_of

COMMANDS = pathlib.Path(__file__).with_name("az_commands.yml")


@dataclasses.dataclass(frozen=True)
class Command:
    """One command, as ``az_commands.yml`` explains."""

    az: str
    want: dict[str, typing.Any] = dataclasses.field(default_factory=dict)
    keep: dict[str, str] = dataclasses.field(default_factory=dict)
    refused: str = ""


@dataclasses.dataclass
class Answer:
    """What a command printed, and how it ended."""

    status: int
    output: str
    errors: str

    @property
    def value(self) -> typing.Any:
        """Its output as JSON has it."""
        return json.loads(self.output) if self.output.strip() else None


def invoke(arguments: list[str]) -> Answer:
    """Run one command of the CLI."""
    output, printed, errors = io.StringIO(), io.StringIO(), io.StringIO()
    # the CLI's own handler keeps the standard error of the first command
    handler = logging.StreamHandler(errors)
    logging.getLogger("cli").addHandler(handler)
    with contextlib.redirect_stderr(errors), contextlib.redirect_stdout(printed):
        try:
            status = get_default_cli().invoke([*arguments, "--output", "json"], out_file=output) or 0
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else 1
        finally:
            logging.getLogger("cli").removeHandler(handler)
    return Answer(status, output.getvalue(), errors.getvalue() + printed.getvalue())


def problem(command: Command, answer: Answer, kept: dict[str, typing.Any]) -> str:
    """What was wrong with an answer, or nothing."""
    if command.refused:
        if answer.status == 0:
            return f"was not refused: {answer.output[:200]}"
        return "" if command.refused in answer.errors else f"was refused otherwise: {answer.errors[-400:]}"
    if answer.status:
        return f"failed: {answer.errors[-500:]}"
    for path, wanted in command.want.items():
        path = path.format(**kept)
        shown = jmespath.search(path, answer.value)
        wanted = wanted.format(**kept) if isinstance(wanted, str) else wanted
        if shown != wanted:
            return f"{path} is {shown!r}, not {wanted!r}"
    for name, path in command.keep.items():
        kept[name] = jmespath.search(path, answer.value)
    return ""


def write_keys(folder: pathlib.Path) -> None:
    """A key of each kind as a file, to be imported."""
    keys = {"rsa": rsa.generate_private_key(65537, 2048), "ec": ec.generate_private_key(ec.SECP256R1())}
    for name, key in keys.items():
        plain = serialization.NoEncryption()
        data = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, plain)
        (folder / f"{name}.pem").write_bytes(data)


def push(client: str, secret: str) -> None:
    """The images that the commands for images are about."""
    sealed, plain = (Wire(f"https://{name}.azurecr.io", (client, secret)) for name in ("fgacr", "fgbasic"))
    for repository, tag in (("app/one", "v1"), ("app/one", "v2"), ("app/two", "v1")):
        sealed.image(repository, tag, f"{repository} {tag}")
    signature = plain.referrer("app", plain.image("app", "v1"), "text/sign")
    plain.put("app", digest_of(signature), signature)


def hurry() -> None:
    """Cut the waits between two looks at an operation short, as the CLI's own tests do: nothing here takes a second."""
    sleep = time.sleep
    time.sleep = lambda seconds: sleep(min(seconds, 0.1))


def main() -> int:
    """Run all commands, in a folder for the files that they read and write."""
    hurry()
    folder = pathlib.Path.cwd()
    write_keys(folder)
    client, secret = os.environ["AZURE_CLIENT_ID"], os.environ["AZURE_CLIENT_SECRET"]
    subscription = os.environ["AZURE_SUBSCRIPTION_ID"]
    kept: dict[str, typing.Any] = {"client": client, "secret": secret, "subscription": subscription}
    kept |= {"tenant": os.environ["AZURE_TENANT_ID"], "folder": folder}
    for part, commands in yaml.safe_load(COMMANDS.read_text(encoding="utf-8")).items():
        if part == "images":
            push(client, secret)
        for command in (Command(**one) for one in commands):
            print(json.dumps({"name": f"az {command.az}", "problem": _run(command, kept)}), flush=True)
    return 0


def _run(command: Command, kept: dict[str, typing.Any]) -> str:
    try:
        words = [word.format(**kept) for word in shlex.split(command.az)]
        return problem(command, invoke(words), kept)
    except KeyError as missing:
        return f"needs {missing} of an earlier one"
    except Exception as error:
        return f"{type(error).__name__}: {error}"


if __name__ == "__main__":
    sys.exit(main())
