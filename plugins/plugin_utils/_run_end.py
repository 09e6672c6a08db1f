# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to the collection ownkey.acr: may change at any time.
"""The end of a run: its shared folder goes, also when ``ansible-playbook`` is told to end by a signal.

Ansible removes its temporary folder when its process exits. At SIGTERM it does not exit: it sets the default action and
sends itself the signal again (ansible-core 2.19, ``TaskQueueManager._signal_handler``), and everything stays.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import pathlib
import shutil
import signal
import threading
import typing


def remove_when_terminated(folder: pathlib.Path) -> None:
    """See to it that a folder goes at SIGTERM too; does something in the process of ``ansible-playbook`` alone.

    :param folder: need not be there yet.
    """
    before = signal.getsignal(signal.SIGTERM)
    is_main = multiprocessing.parent_process() is None and threading.current_thread() is threading.main_thread()
    if not is_main or not callable(before) or isinstance(before, _Removal):
        # where nobody handles the signal, nothing of Ansible's runs that could have made the folder
        return
    signal.signal(signal.SIGTERM, _Removal(folder, before))


class _Removal:
    """A handler that removes a folder, and then does what was done before.

    :param before: the handler that was set.
    """

    def __init__(self, folder: pathlib.Path, before: typing.Callable[[int, typing.Any], typing.Any]) -> None:
        self._folder = folder
        self._before = before
        self._process = os.getpid()

    def __call__(self, number: int, frame: typing.Any) -> None:
        """Handle the signal; a fork that has inherited this leaves the folder to the process that it came from."""
        if os.getpid() == self._process:
            with contextlib.suppress(OSError):
                # at once out of reach of the forks, which may be writing
                shutil.rmtree(self._folder.rename(self._folder.with_name("ended")))
        self._before(number, frame)
