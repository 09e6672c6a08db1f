# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What each process of a pool has open for as long as it lives."""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import multiprocessing.pool
import multiprocessing.util
import typing

T = typing.TypeVar("T")


def open_here(context: contextlib.AbstractContextManager[T]) -> T:
    """Open something for this process, and close it, with its folders, when the process ends."""
    # what the SDK logs of each fault is no news
    logging.disable()
    stack = contextlib.ExitStack()
    value = stack.enter_context(context)
    multiprocessing.util.Finalize(None, stack.close, exitpriority=1)
    return value


@contextlib.contextmanager
def pool(
    processes: int, start: typing.Callable[[], None], tasks: int | None = None
) -> typing.Iterator[multiprocessing.pool.Pool]:
    """Processes that end by themselves, and so close what they have open.

    :param start: what each does first.
    :param tasks: after so many another takes a process's place.
    """
    with multiprocessing.get_context("fork").Pool(processes, start, maxtasksperchild=tasks) as made:
        yield made
        made.close()
        made.join()
