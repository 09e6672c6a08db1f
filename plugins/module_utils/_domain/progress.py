# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""How far a run has come: what a failure half way has to say besides its cause."""

from __future__ import annotations

import typing

from . import duration
from .words import NAMED


def steps(texts: typing.Sequence[str]) -> str:
    """Steps as part of a sentence, the first of them where they are many."""
    more = [f"{len(texts) - NAMED} more"] if len(texts) > NAMED else []
    return "; ".join([*texts[:NAMED], *more])


#: How a line begins that tells how far long work is.
PROGRESS = "Progress: "


def is_in_awx(environ: typing.Mapping[str, str]) -> bool:
    """Whether a job of AWX runs this, which keeps every line; from the variables that it gives to jobs (ansible/awx,
    ``awx/main/tasks/jobs.py``)."""
    return bool(environ.get("AWX_HOST")) or ("JOB_ID" in environ and "INVENTORY_ID" in environ)


def so_far(done: int, failed: int, of: int, seconds: float, noun: str, size: str = "") -> str:
    """How far long work is, with the time to go by the pace so far.

    :param noun: what is counted, in the plural.
    :param seconds: since it began.
    :param size: of what is done, as in "1.2 GB of 3.4 GB"; empty where nobody knows.
    """
    left = of - done - failed
    parts = [
        f"{done} of {of} {noun} done" + (f" ({size})" if size else ""),
        *([f"{failed} failed"] if failed else []),
        f"{left} left",
    ]
    ended = done + failed
    if left and ended:
        parts.append(f"about {duration.words(seconds / ended * left)} to go")
    return f"{PROGRESS}{', '.join(parts)}."


class Progress:
    """The steps that a run means to make, and those that it has made.

    ``undo`` is the command that takes back what was done, of an emergency that stopped half way.
    """

    def __init__(self) -> None:
        self.done: list[str] = []
        self.undo = ""
        self._intended: dict[str, None] = {}

    def intend(self, texts: typing.Iterable[str]) -> None:
        """Note what is to be done, in words."""
        self._intended |= dict.fromkeys(texts)

    def give_up(self, texts: typing.Iterable[str]) -> None:
        """Note that something is not to be done after all."""
        gone = set(texts)
        self._intended = {text: None for text in self._intended if text not in gone}

    def finish(self, text: str) -> None:
        """Note that something was done."""
        self.done.append(text)

    @property
    def not_done(self) -> list[str]:
        """What was meant to be done and was not."""
        done = set(self.done)
        return [text for text in self._intended if text not in done]

    def result(self) -> dict[str, object]:
        """The parts of a failure's result that tell of it."""
        parts: dict[str, object] = {"done": self.done, "not_done": self.not_done}
        return {**parts, "undo": self.undo} if self.undo else parts

    def sentence(self, *, is_certain: bool) -> str:
        """What was done, what was not, and how to go on.

        :param is_certain: False when the answer to a change was lost.
        """
        parts = [f"Done before that: {steps(self.done)}." if self.done else "Something was changed before that."]
        if self.not_done:
            parts.append(f"Not done: {steps(self.not_done)}.")
        if not is_certain:
            parts.append("Of one change the answer was lost: it may have taken effect.")
        parts.append("Run the same task again to go on: what is done already is left alone.")
        if self.undo:
            parts.append(f"Or take back what was done: {self.undo}")
        return " ".join(parts)
