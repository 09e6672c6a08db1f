# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A local Azure in a process of its own, so that its work is not taken for ours; and how fast it answers."""

from __future__ import annotations

import re
import shlex
import socket
import ssl
import subprocess
import sys
import threading
import time
import urllib.parse

from local_azure.client import Control

#: Connections that ask at the same time.
_SIDE_BY_SIDE = 8
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


class Far:
    """Started on entry, stopped on exit.

    :ivar environment: the variables that lead to it.
    """

    def __init__(self) -> None:
        # its standard error is ours
        command = [sys.executable, "-m", "local_azure", "up"]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.environment: dict[str, str] = {}
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith("# ready"):
                break
            if line.startswith("export "):
                name, _equals, value = line.removeprefix("export ").strip().partition("=")
                self.environment[name] = shlex.split(value)[0] if value else ""
        self.control = Control(self.environment["LOCAL_AZURE_URL"])

    def __enter__(self) -> Far:
        return self

    def __exit__(self, *_details: object) -> None:
        self._process.terminate()
        self._process.wait()

    def memory(self) -> int:
        """Megabytes that it holds now."""
        told = subprocess.run(
            ["ps", "-o", "rss=", "-p", str(self._process.pid)], capture_output=True, text=True, check=True
        )
        return int(told.stdout) // 1024

    def answers_a_second(self, resource_id: str, token: str, *, requests: int) -> float:
        """How many looks at a resource it answers in a second, with the load on the same processors."""
        connections = [self._connection() for _connection in range(_SIDE_BY_SIDE)]
        asked = f"GET {resource_id}?api-version=2025-11-01 HTTP/1.1\r\nHost: management.azure.com\r\n"
        asked += f"Authorization: Bearer {token}\r\n\r\n"
        each = requests // _SIDE_BY_SIDE
        threads = [threading.Thread(target=_ask, args=(one, asked.encode(), each)) for one in connections]
        began = time.monotonic()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return each * _SIDE_BY_SIDE / (time.monotonic() - began)

    def _connection(self) -> ssl.SSLSocket:
        proxy = urllib.parse.urlsplit(self.environment["LOCAL_AZURE_URL"])
        plain = socket.create_connection((str(proxy.hostname), int(proxy.port or 0)))
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        plain.sendall(b"CONNECT management.azure.com:443 HTTP/1.1\r\nHost: management.azure.com\r\n\r\n")
        head = b""
        while b"\r\n\r\n" not in head:
            head += plain.recv(1024)
        context = ssl.create_default_context(cafile=self.environment["REQUESTS_CA_BUNDLE"])
        return context.wrap_socket(plain, server_hostname="management.azure.com")


def _ask(connection: ssl.SSLSocket, request: bytes, times: int) -> None:
    """Ask again and again; a client of the real kind would cost more than the answers."""
    with connection:
        for _time in range(times):
            connection.sendall(request)
            answer = connection.recv(65536)
            head, _blank, body = answer.partition(b"\r\n\r\n")
            length = _LENGTH.search(head)
            if not head.startswith(b"HTTP/1.1 200") or length is None:
                raise RuntimeError(f"no answer but {head[:200]!r}")
            missing = int(length[1]) - len(body)
            while missing > 0:
                missing -= len(connection.recv(65536))
