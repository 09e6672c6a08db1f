# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Puts the parts together: proxy, TLS server, control interface; in an event loop, or in a thread of its own."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pathlib
import socket
import ssl
import threading
import typing

import trustme
import uvicorn
from uvicorn.server import ServerState

from .app import Azure
from .authorization.routes import grant
from .clouds import CLOUDS
from .control import application
from .credentials import Credentials
from .folder import Folder
from .images import accept
from .managed_hsms import state as hsms
from .proxy import Https, Proxy
from .settings import Settings
from .world import World

if typing.TYPE_CHECKING:
    from .blobs.state import Account
    from .descriptions.judge import Judge

#: Names the file for the judge's findings.
JUDGE = "LOCAL_AZURE_JUDGE"
#: "Azure built-in roles": Storage Blob Data Contributor.
BLOB_CONTRIBUTOR = "ba92f5b4-2d11-453d-a403-e96b0029c9fe"


def _judge(path: pathlib.Path | None) -> Judge | None:
    path = path or pathlib.Path(os.environ.get(JUDGE, ""))
    if not path.name:
        return None
    # takes longer to load than all else
    from .descriptions.judge import Judge

    return Judge(path)


def _host_names() -> list[str]:
    names = []
    for cloud in CLOUDS.values():
        names += [cloud.login, cloud.management, cloud.graph]
        suffixes = (cloud.vault_suffix, cloud.hsm_suffix, cloud.registry_suffix, cloud.storage_suffix)
        names += [f"*{suffix}" for suffix in (*suffixes, cloud.event_grid_suffix)]
    return [*names, "login.windows.net", "sts.windows.net", "login.microsoft.com"]


class LocalAzure:
    """A local Azure that can be started and stopped.

    :param state: a file to keep the state in, or None.
    :param cloud: which of Azure's clouds it is: AzureCloud, AzureUSGovernment, AzureChinaCloud.
    :param port: 0 for any free one.
    :param address: where to listen; another than this machine's own is for a container, which has a network of its own.
    :param managed_hsms: names of Managed HSMs that are there from the start.
    :param accounts: storage accounts whose blobs an Azurite keeps; the service principal may read and write them.
    :param judge: a file for what Microsoft's descriptions say otherwise of any exchange; if not given, the one that the
        environment variable ``LOCAL_AZURE_JUDGE`` names, or else nothing is judged.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        state: pathlib.Path | None = None,
        cloud: str = "AzureCloud",
        port: int = 0,
        address: str = "127.0.0.1",
        managed_hsms: tuple[str, ...] = (),
        accounts: tuple[Account, ...] = (),
        judge: pathlib.Path | None = None,
    ) -> None:
        self.world = World(settings, state)
        self.world.cloud = cloud
        self.world.accounts = {account.name: account for account in accounts}
        self._managed_hsms = managed_hsms
        self._furnish()
        self._folder = Folder()
        self.directory = self._folder.path
        self.proxy = Proxy(self.world)
        self.azure = Azure(self.world, self.proxy.abort, self.proxy.refusal, _judge(judge))
        self.credentials = Credentials(self.world, self.directory)
        self._asked_port, self._address = port, address
        self._servers: list[uvicorn.Server] = []
        self._connections = ServerState()
        self._running: list[asyncio.Task[None]] = []

    def _furnish(self) -> None:
        """What is there from the start, in a state that is new or was kept."""
        hsms.add_all(self.world, [name for name in self._managed_hsms if hsms.by_name(self.world, name) is None])
        # who owns a subscription has no right to the blobs in it
        principal, known = self.world.app()["oid"], self.world.data["assignments"].values()
        for account in self.world.accounts.values():
            if not any((one["scope"], one["principal"]) == (account.id, principal) for one in known):
                grant(self.world, scope=account.id, role=BLOB_CONTRIBUTOR, principal=principal)

    @property
    def url(self) -> str:
        """Address of the proxy and of the control interface."""
        return f"http://127.0.0.1:{self.proxy.port}"

    @property
    def environment(self) -> dict[str, str]:
        """The variables to export."""
        return self.credentials.environment(url=self.url, authority=self.directory / "ca.pem")

    async def start(self) -> None:
        """Make the certificates and listen.

        :raises OSError: when the port is taken.
        """
        asyncio.get_running_loop().set_exception_handler(_pass_over)
        authority = self._authority = trustme.CA()
        authority.cert_pem.write_to_path(str(self.directory / "ca.pem"))
        certificate = self.directory / "server.pem"
        certificate.touch(mode=0o600)
        authority.issue_cert(*_host_names()).private_key_and_cert_chain_pem.write_to_path(str(certificate))
        await self.proxy.start(self._asked_port, self._address)
        self.proxy.https = self._https(accept.in_one(self.azure), certificate)
        self.proxy.control_port = await self._serve(application(self.azure, self.credentials, self._furnish))
        self.world.save()

    def _https(self, app: typing.Any, certificate: pathlib.Path) -> Https:
        """Serves connections that others listen for."""
        config = _config(app, ssl_certfile=certificate)
        context = typing.cast(ssl.SSLContext, config.ssl)
        context.sni_callback = self._present
        state = self._connections = ServerState()
        protocol: typing.Any = config.http_protocol_class
        return Https(context, lambda: protocol(config=config, server_state=state, app_state={}))

    async def _serve(self, app: typing.Any) -> int:
        # asyncio turns Nagle's algorithm off only for sockets that say they are TCP; with it an answer takes 40 ms more
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.bind(("127.0.0.1", 0))
        server = _Server(_config(app))
        self._servers.append(server)
        self._running.append(asyncio.ensure_future(server.serve(sockets=[listener])))
        while not server.started:
            await asyncio.sleep(0.005)
        return int(listener.getsockname()[1])

    def _present(self, connection: typing.Any, name: str | None, context: ssl.SSLContext) -> None:
        """Present a certificate of its own for a registry's data endpoint, which no wildcard covers."""
        if name and ".data." in name:
            own = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._authority.issue_cert(name).configure_cert(own)
            connection.context = own

    async def stop(self) -> None:
        """Stop serving, write the state, remove the files."""
        for server in self._servers:
            server.should_exit = True
        for connection in list(self._connections.connections):
            connection.shutdown()
        await self.proxy.stop()
        await asyncio.gather(*self._running, return_exceptions=True)
        self.world.save()
        self._folder.remove()


def _pass_over(loop: asyncio.AbstractEventLoop, context: dict[str, typing.Any]) -> None:
    """What is nobody's concern: a client hung up, in the middle of whatever it was."""
    if not isinstance(context.get("exception"), (OSError, EOFError, asyncio.CancelledError)):
        loop.default_exception_handler(context)


def _config(app: typing.Any, **more: typing.Any) -> uvicorn.Config:
    config = uvicorn.Config(
        app,
        log_level="critical",
        lifespan="off",
        date_header=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=60,
        timeout_graceful_shutdown=1,
        **more,
    )
    config.load()
    return config


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> typing.Iterator[None]:
        """Signals belong to the command line, not to the servers inside it."""
        yield


@contextlib.contextmanager
def running(settings: Settings | None = None, **options: typing.Any) -> typing.Iterator[LocalAzure]:
    """A local Azure in a thread of its own, for tests: started on entry, stopped on exit."""
    azure = LocalAzure(settings, **options)
    ready, loop = threading.Event(), asyncio.new_event_loop()
    problem: list[BaseException] = []
    stopping = asyncio.Event()

    async def main() -> None:
        try:
            await azure.start()
        except BaseException as error:
            problem.append(error)
            raise
        finally:
            ready.set()
        await stopping.wait()
        await azure.stop()

    thread = threading.Thread(target=lambda: loop.run_until_complete(main()), name="local-azure", daemon=True)
    thread.start()
    ready.wait()
    if problem:
        raise problem[0]
    try:
        yield azure
    finally:
        loop.call_soon_threadsafe(stopping.set)
        thread.join(timeout=10)
        loop.close()


def session_environment(azure: LocalAzure) -> dict[str, str]:
    """The variables for a session of somebody's: those of ``azure.environment``, the same for Terraform, and a folder
    for the az CLI, so that signing in there leaves one's own profile alone.

    Terraform's names: the documentation of its provider azurerm, "Authenticating using a Service Principal".
    """
    own = azure.environment
    terraform = {
        f"ARM_{name}": own[f"AZURE_{name}"] for name in ("CLIENT_ID", "CLIENT_SECRET", "SUBSCRIPTION_ID", "TENANT_ID")
    }
    return {**own, **terraform, "AZURE_CONFIG_DIR": str(azure.directory / "azure-cli")}


def child_environment(azure: LocalAzure) -> dict[str, str]:
    """The environment for a command that is to run inside the local Azure: this one, and the variables."""
    foreign = ("AZURE_", "ARM_")
    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith(foreign)}
    return {**kept, **session_environment(azure)}
