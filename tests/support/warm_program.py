# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Python that has imported the libraries of ``ansible-playbook`` and the collection, and forks for each command.

Nothing of Ansible's own is imported beforehand: it reads its configuration when it is. A command comes as one line of
JSON on a connection to the socket that is the first argument: ``argv``, ``environment``, ``folder``, and the paths
``stdout`` and ``stderr``. What goes back is the process id, and at its end the status. It ends with its standard input.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import sys
import typing

LIBRARIES = (
    "yaml",
    "jinja2",
    "requests",
    "msal",
    "cryptography.x509",
    "azure.identity",
    "azure.mgmt.core.polling.arm_polling",
)
CLIENTS = {
    "azure.mgmt.containerregistry": "ContainerRegistryManagementClient",
    "azure.mgmt.keyvault": "KeyVaultManagementClient",
    "azure.keyvault.keys": "KeyClient",
    "azure.keyvault.administration": "KeyVaultAccessControlClient",
    "azure.mgmt.msi": "ManagedServiceIdentityClient",
    "azure.mgmt.authorization.v2022_04_01": "AuthorizationManagementClient",
    "azure.containerregistry": "ContainerRegistryClient",
    "azure.mgmt.resourcegraph": "ResourceGraphClient",
    "azure.mgmt.resource.resources": "ResourceManagementClient",
}


def preload() -> None:
    """Import what is there; another set of packages may lack some."""
    for name in LIBRARIES:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    for name, attribute in CLIENTS.items():
        with contextlib.suppress(ImportError, AttributeError):
            client = getattr(importlib.import_module(name), attribute)
            if hasattr(client, "models"):
                client.models()


def serve(path: str) -> None:
    """Take commands until standard input is closed."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    print("ready", flush=True)
    while True:
        ready = select.select([listener, sys.stdin], [], [])[0]
        if sys.stdin in ready:
            return
        connection = listener.accept()[0]
        if os.fork() == 0:
            listener.close()
            _watch(connection)
        connection.close()


def _watch(connection: socket.socket) -> typing.NoReturn:
    """Fork the command itself, and tell how it ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    stream = connection.makefile("rw")
    command = json.loads(stream.readline())
    process = os.fork()
    if process == 0:
        connection.close()
        _be(command)
    stream.write(f"{process}\n")
    stream.flush()
    status = os.waitpid(process, 0)[1]
    with contextlib.suppress(OSError):
        stream.write(f"{os.waitstatus_to_exitcode(status)}\n")
        stream.flush()
    os._exit(0)


def _be(command: dict[str, typing.Any]) -> typing.NoReturn:
    """Become the command: its environment, folder, files and arguments."""
    os.setsid()
    for descriptor, path in ((1, command["stdout"]), (2, command["stderr"])):
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(file, descriptor)
        os.close(file)
    empty = os.open(os.devnull, os.O_RDONLY)
    os.dup2(empty, 0)
    os.environ.clear()
    os.environ.update(command["environment"])
    os.chdir(command["folder"])
    sys.argv = command["argv"]
    sys.path[0] = os.path.dirname(sys.argv[0])
    status = 1
    try:
        runpy.run_path(sys.argv[0], run_name="__main__")
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        with contextlib.suppress(Exception):
            # Ansible's temporary folder goes
            atexit._run_exitfuncs()
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(Exception):
                stream.flush()
        os._exit(status)


if __name__ == "__main__":
    preload()
    gc.freeze()
    serve(sys.argv[1])
