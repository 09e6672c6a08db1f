# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The proxy: lets clients through to Azure's hosts, which answer on the same connection, and to no other host."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import typing

from .clouds import service_of
from .managed_hsms.state import by_name as hsm_by_name
from .registries.state import by_login_server
from .vaults.state import by_name
from .world import World

_HEAD_LIMIT = 65536


class Https(typing.NamedTuple):
    """How a connection to a host of Azure's is served.

    :ivar context: with the certificate.
    :ivar protocol: makes what answers on one connection.
    """

    context: ssl.SSLContext
    protocol: typing.Callable[[], asyncio.Protocol]


class _Early(asyncio.Protocol):
    """Keeps what a client sends together with the end of its handshake."""

    def __init__(self) -> None:
        self.data = b""

    def data_received(self, data: bytes) -> None:
        self.data += data


class Proxy:
    """Listens on a loopback address.

    ``CONNECT`` for a host of Azure's goes on as TLS on the same connection; any other request goes to ``control_port``.
    """

    https: Https

    def __init__(self, world: World) -> None:
        self.world = world
        self.control_port = 0
        self.port = 0
        self._server: asyncio.Server | None = None
        #: by the port that they come from; a writer that nobody holds closes its connection
        self._clients: dict[int, asyncio.StreamWriter] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self, port: int, address: str) -> None:
        """Listen.

        :param port: 0 for any free one.
        :param address: this machine's own, or in a container all that it has.
        :raises OSError: when the port is taken.
        """
        self._server = await asyncio.start_server(self._client, address, port, limit=_HEAD_LIMIT)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Stop listening and drop what is still open."""
        if self._server:
            self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def abort(self, port: int) -> None:
        """Reset the connection of the client that comes from a port."""
        writer = self._clients.get(port)
        if writer:
            writer.transport.abort()

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task:
            self._tasks.add(task)
        is_handed_on = False
        with contextlib.suppress(
            OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, asyncio.CancelledError
        ):
            is_handed_on = await self._serve(reader, writer)
        if not is_handed_on:
            writer.close()
        if task:
            self._tasks.discard(task)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Serve a connection; whether somebody else does from now on."""
        head = await reader.readuntil(b"\r\n\r\n")
        method, _space, target = head.split(b"\r\n", 1)[0].decode("latin-1").partition(" ")
        target = target.split(" ")[0]
        if method != "CONNECT":
            await self._tunnel(reader, writer, self.control_port, head)
            return False
        refusal = self.refusal(target.rsplit(":", 1)[0])
        if refusal:
            writer.write(refusal.encode())
            await writer.drain()
            return False
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await self._answer(writer)
        return True

    async def _answer(self, writer: asyncio.StreamWriter) -> None:
        """Begin TLS, and have Azure answer; nothing was read of it yet, since nothing was waited for.

        :raises OSError: when the handshake fails.
        """
        self._clients = {port: one for port, one in self._clients.items() if not one.transport.is_closing()}
        self._clients[writer.get_extra_info("peername")[1]] = writer
        early, protocol, loop = _Early(), self.https.protocol(), asyncio.get_running_loop()
        transport = await loop.start_tls(writer.transport, early, self.https.context, server_side=True)
        if transport is None:
            raise ConnectionResetError
        protocol.connection_made(transport)
        transport.set_protocol(protocol)
        if early.data:
            protocol.data_received(early.data)

    def refusal(self, host: str) -> str:
        """What a client is told that asks for a host which is not there; nothing for one that is."""
        found = service_of(host)
        if found is None:
            text = f"local-azure: {host} is not a host of Azure's that is emulated here\n"
            return f"HTTP/1.1 403 Forbidden\r\nContent-Length: {len(text)}\r\nConnection: close\r\n\r\n{text}"
        service, cloud = found
        there: dict[str, typing.Callable[[], object]] = {
            "vault": lambda: by_name(self.world, host.lower().removesuffix(cloud.vault_suffix)),
            "hsm": lambda: hsm_by_name(self.world, host.lower().removesuffix(cloud.hsm_suffix)),
            "registry": lambda: by_login_server(self.world, host),
            "blobs": lambda: self.world.accounts.get(host.lower().partition(".")[0]),
        }
        if service in there and there[service]() is None:
            # on real Azure the name of a vault, Managed HSM, registry or account that is not there does not resolve
            text = f"local-azure: the name {host} does not resolve (no such {service}, or a deleted one)\n"
            return f"HTTP/1.1 502 Bad Gateway\r\nContent-Length: {len(text)}\r\nConnection: close\r\n\r\n{text}"
        return ""

    async def _tunnel(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int, first: bytes
    ) -> None:
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", port)
        inner_writer.write(first)
        try:
            done, pending = await asyncio.wait(
                (
                    asyncio.ensure_future(_copy(reader, inner_writer)),
                    asyncio.ensure_future(_copy(inner_reader, writer)),
                ),
                return_when=asyncio.FIRST_COMPLETED,
            )
            for task in pending:
                task.cancel()
            await asyncio.gather(*done, *pending, return_exceptions=True)
        finally:
            inner_writer.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
