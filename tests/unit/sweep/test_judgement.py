# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the sweep calls right and wrong."""

from __future__ import annotations

import dataclasses
import typing

import pytest
from sweep.judgement import DONE, RECOVERS, WRONG, Ran, Seen, Trial, judge


def seen(size: int = 2048, versions: int = 1, readable: bool = True, in_use: str = "cmk#1") -> Seen:
    return Seen({"size": size}, {"kv/cmk": tuple("abcd"[:versions])}, {"contosoacr": readable}, {"contosoacr": in_use})


BEFORE, AFTER = seen(), seen(3072, 2)
GOOD = {"changed": True, "msg": "Done."}
BAD = {"failed": True, "changed": False, "msg": "Azure refused making it (InternalServerError): Something broke."}


def trial(result: dict[str, typing.Any] | None, after: Seen, again: Ran | None = None, **more: typing.Any) -> Trial:
    ran = {name: more.pop(name) for name in ("error", "seconds", "image_read", "image_refused") if name in more}
    return Trial(BEFORE, Ran(GOOD, AFTER), Ran(result, after, **ran), again, says="Something broke", **more)


RECOVERY = Ran(GOOD, AFTER)
UNSURE = {"changed": True, "msg": f"{BAD['msg']} The answer was lost: it may have taken effect."}


def test_the_state_of_the_undisturbed_run_is_right() -> None:
    assert judge(trial(GOOD, AFTER)).kind == DONE


def test_a_failure_that_names_its_cause_and_recovers_is_right() -> None:
    assert judge(trial(BAD, BEFORE, RECOVERY)).kind == RECOVERS


def test_a_kill_says_nothing_and_must_recover() -> None:
    assert judge(trial(None, BEFORE, RECOVERY, killed=True)).kind == RECOVERS
    assert judge(trial(None, BEFORE, Ran(GOOD, BEFORE), killed=True)).kind == WRONG


HALF = seen(3072, 1)
WRONGS = {
    "a success without effect": (trial(GOOD, BEFORE), "the state is another"),
    "a success that says it changed nothing": (trial({**GOOD, "changed": False}, AFTER), "something took effect"),
    "a Python error": (trial(None, BEFORE, RECOVERY, error="KeyError: 'a'"), "a Python error"),
    "an unexplained failure": (trial({**BAD, "msg": "what this task asked for"}, BEFORE, RECOVERY), "unexplained"),
    "another cause": (trial({**BAD, "msg": "You lack a right."}, BEFORE, RECOVERY), "the cause is not named"),
    "a change that is not told": (trial(BAD, HALF, RECOVERY), "changed is false"),
    "a change that was none": (trial({**BAD, "changed": True}, BEFORE, RECOVERY), "nothing took effect"),
    "no way on": (trial(BAD, BEFORE, Ran(BAD, BEFORE)), "again: Azure refused"),
    "a way to somewhere else": (trial(BAD, BEFORE, Ran(GOOD, BEFORE)), "again, the state is another"),
    "two versions for one": (trial(GOOD, seen(3072, 3)), "2 versions of kv/cmk were made, 1 asked for"),
    "two versions in the end": (trial(BAD, BEFORE, Ran(GOOD, seen(3072, 3))), "again: 2 versions"),
    "a lost version": (trial(GOOD, seen(3072, 0)), "a version of kv/cmk is lost"),
    "lost data": (trial(GOOD, seen(3072, 2, readable=False)), "contosoacr cannot be read"),
    "too long": (trial(GOOD, AFTER, seconds=5000.0), "it took 5000 seconds"),
    "locked without proof": (trial({**GOOD, "locked": True}, seen(3072, 2, readable=False), loses=True), "says locked"),
    "verified without proof": (trial({**GOOD, "verified": True}, AFTER), "no image was read"),
    "another version in use": (
        trial({**GOOD, "registries": [{"name": "contosoacr", "key_version_after": "cmk#2"}]}, AFTER),
        "on version cmk#2, not cmk#1",
    ),
    "another fact": (trial({**GOOD, "plan": ["something else"]}, AFTER), "the result differs"),
}


@pytest.mark.parametrize("name", WRONGS)
def test_what_is_wrong(name: str) -> None:
    tried, why = WRONGS[name]
    verdict = judge(tried)
    assert verdict.kind == WRONG
    assert any(why in text for text in verdict.why), verdict.why


RIGHTS = {
    "an uncertain change": trial({**BAD, **UNSURE}, BEFORE, RECOVERY, lost=True),
    "data that may be lost": trial(
        {**GOOD, "locked": True}, seen(3072, 2, readable=False), loses=True, image_refused=True
    ),
    "verified and read": trial({**GOOD, "verified": True}, AFTER, image_read=True),
    "another version, as asked for": trial(BAD, seen(2048, 2), Ran(GOOD, seen(3072, 3)), repeats=True, lost=True),
    "what could not be found out, and says so": trial(
        {**GOOD, "plan": ["else"], "warnings": ["That images can be read was not proven."]}, AFTER
    ),
}


@pytest.mark.parametrize("name", RIGHTS)
def test_what_is_right(name: str) -> None:
    tried = RIGHTS[name]
    if name == "another version, as asked for":
        tried = dataclasses.replace(tried, disturbed=Ran({**BAD, **UNSURE}, seen(2048, 2)))
    assert judge(tried).kind != WRONG, judge(tried).why
