# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to the collection ownkey.acr: may change at any time.
"""Work done in a fork of this process, which takes everything that it changed with it when it ends."""

from __future__ import annotations

import dataclasses
import gc
import multiprocessing
import os
import selectors
import signal
import sys
import traceback
import typing

#: What a worker of Ansible handles in its own way, and a program that was just started does not.
_SIGNALS = (signal.SIGALRM, signal.SIGINT, signal.SIGTERM)
_STDIN, _STDOUT, _STDERR = 0, 1, 2


@dataclasses.dataclass(frozen=True)
class Output:
    """What a process left: its exit status, and what it wrote."""

    status: int
    stdout: bytes
    stderr: bytes


def fork(work: typing.Callable[[typing.Callable[[str], None]], None], tell: typing.Callable[[str], None]) -> Output:
    """Do work in a fork, as a program of its own would: with its own output and with a program's signals.

    If this is interrupted, by whatever exception, the fork is killed first: it begins nothing afterwards. So it is when
    the process that this one is a worker of ends.

    :param work: takes a function that hands a line to ``tell``, while the work goes on.
    :raises OSError: when the system has no room for another process.
    """
    pipes = [os.pipe() for _stream in ("stdout", "stderr", "lines")]
    # between the fork and the line that remembers its number nothing may interrupt
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        child = os.fork()
    except OSError:
        _close(end for pipe in pipes for end in pipe)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        raise
    if child == 0:
        # a pipe whose reader is gone tells the fork so, but only if it has no reader of its own
        _close(reader for reader, _writer in pipes)
        _be_a_program(work, [writer for _reader, writer in pipes], mask)
    _close(writer for _reader, writer in pipes)
    try:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        stdout, stderr = _read([reader for reader, _writer in pipes], tell)
    except BaseException:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        raise
    finally:
        _close(reader for reader, _writer in pipes)
    _child, status = os.waitpid(child, 0)
    return Output(os.waitstatus_to_exitcode(status), stdout, stderr)


def _read(readers: list[int], tell: typing.Callable[[str], None]) -> tuple[bytes, bytes]:
    """Read until all is written; lines are handed on as they come."""
    texts = dict.fromkeys(readers, b"")
    stdout, stderr, lines = readers
    parent = multiprocessing.parent_process()
    sentinel = parent.sentinel if parent else None
    with selectors.DefaultSelector() as selector:
        for reader in readers:
            selector.register(reader, selectors.EVENT_READ)
        if sentinel is not None:
            selector.register(sentinel, selectors.EVENT_READ)
        while not selector.get_map().keys() <= {sentinel}:
            for key, _events in selector.select():
                if key.fd == sentinel:
                    raise SystemExit("The controller is gone.")
                part = os.read(key.fd, 65536)
                texts[key.fd] += part
                if not part:
                    selector.unregister(key.fd)
            *whole, texts[lines] = texts[lines].split(b"\n")
            for line in whole:
                tell(line.decode())
    return texts[stdout], texts[stderr]


def _be_a_program(
    work: typing.Callable[[typing.Callable[[str], None]], None], writers: list[int], mask: typing.Any
) -> typing.NoReturn:
    """What the fork does; it never returns, and nothing of the process that it came from is tidied up by it."""
    status = 1
    try:
        # else each collection would copy what is shared with the process that this came from
        gc.freeze()
        for number in _SIGNALS:
            signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        stdout, stderr, lines = writers
        os.dup2(os.open(os.devnull, os.O_RDONLY), _STDIN)
        os.dup2(stdout, _STDOUT)
        os.dup2(stderr, _STDERR)
        sys.stdout = open(_STDOUT, "w", encoding="utf-8", errors="surrogateescape", closefd=False)  # noqa: SIM115
        sys.stderr = open(_STDERR, "w", encoding="utf-8", errors="backslashreplace", closefd=False)  # noqa: SIM115
        work(lambda line: _write(lines, f"{line}\n".encode()))
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        try:
            sys.stdout.flush()
            sys.stderr.flush()
        finally:
            os._exit(status)


def _write(file: int, text: bytes) -> None:
    while text:
        text = text[os.write(file, text) :]


def _close(files: typing.Iterable[int]) -> None:
    for file in files:
        os.close(file)
