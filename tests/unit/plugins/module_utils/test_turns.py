# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import threading

import pytest
from ansible_collections.ownkey.acr.plugins.module_utils._clock import Stop, SystemClock, TellingClock
from ansible_collections.ownkey.acr.plugins.module_utils._turns import LookAgain, Turns

KEY = "the key https://kv.vault.azure.net/keys/cmk"


def turns(folder):
    return Turns(folder, TellingClock(SystemClock(Stop()), lambda _line: None))


def test_whoever_comes_after_a_change_looks_again_once(tmp_path):
    second = turns(tmp_path)
    first = turns(tmp_path)
    first.hold(KEY)
    first.release()
    with pytest.raises(LookAgain):
        second.hold(KEY)
    second.hold(KEY)
    second.release()


def test_what_was_changed_before_a_task_began_is_no_news(tmp_path):
    first = turns(tmp_path)
    first.hold(KEY)
    first.release()
    second = turns(tmp_path)
    second.hold(KEY)
    second.release()


def test_a_turn_without_a_change_is_no_news(tmp_path):
    second = turns(tmp_path)
    with turns(tmp_path).take(KEY) as turn:
        assert not turn.others_changed
    with second.take(KEY) as turn:
        assert not turn.others_changed


def test_one_at_a_time_and_whoever_waited_looks_again(tmp_path):
    order, second = [], turns(tmp_path)

    def wait():
        with second.take(KEY) as turn:
            order.append(("second", turn.others_changed))

    with turns(tmp_path).take(KEY):
        thread = threading.Thread(target=wait)
        thread.start()
        thread.join(timeout=0.2)
        order.append("first")
    thread.join(timeout=10)
    assert order == ["first", ("second", True)]


def test_other_things_do_not_wait(tmp_path):
    with turns(tmp_path).take(KEY), turns(tmp_path).take(f"{KEY}2"):
        pass


@pytest.mark.parametrize("folder", [None, "gone"])
def test_where_there_is_no_folder_nobody_waits(tmp_path, folder):
    there = turns(tmp_path / folder if folder else None)
    there.hold(KEY)
    with there.take(KEY) as turn:
        assert turn is None
    there.release()


def test_nobody_waits_for_itself_however_an_id_is_spelt(tmp_path):
    own = turns(tmp_path)
    own.hold(KEY)
    own.hold(KEY.upper())
    own.release()
