# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Commands in forks of a Python that has the Azure SDK imported: half of what a run of ``ansible-playbook`` costs."""

from __future__ import annotations

import atexit
import functools
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile

_PROGRAM = pathlib.Path(__file__).with_name("warm_program.py")


class Warm:
    """Runs Python scripts of one environment, each in a fork.

    :param python: that environment's interpreter.
    """

    def __init__(self, python: pathlib.Path) -> None:
        self._folder = pathlib.Path(tempfile.mkdtemp(prefix="warm-"))
        self._socket = str(self._folder / "socket")
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("AZURE_", "ANSIBLE_"))}
        self._process = subprocess.Popen(
            [str(python), str(_PROGRAM), self._socket],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            text=True,
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n"
        atexit.register(self.close)

    def run(
        self, command: list[str], folder: pathlib.Path, environment: dict[str, str], seconds: float
    ) -> subprocess.CompletedProcess[str]:
        """Run a script to its end.

        :raises subprocess.TimeoutExpired: when it takes longer than that; it is killed.
        """
        output = pathlib.Path(tempfile.mkdtemp(dir=self._folder))
        files = {name: str(output / name) for name in ("stdout", "stderr")}
        order = {"argv": command, "environment": environment, "folder": str(folder), **files}
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(self._socket)
            connection.settimeout(seconds)
            stream = connection.makefile("rw")
            stream.write(json.dumps(order) + "\n")
            stream.flush()
            process = int(stream.readline())
            try:
                status = int(stream.readline())
            except TimeoutError:
                os.killpg(process, signal.SIGKILL)
                raise subprocess.TimeoutExpired(command, seconds) from None
        texts = [pathlib.Path(path).read_text(encoding="utf-8", errors="replace") for path in files.values()]
        shutil.rmtree(output)
        return subprocess.CompletedProcess(command, status, *texts)

    def close(self) -> None:
        """End it."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)


@functools.cache
def warm(python: pathlib.Path) -> Warm:
    """The one for an interpreter, started when first asked for."""
    return Warm(python)
