# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""The SDK's clients, whose Python errors over an answer become the SDK's own kind.

What the SDK makes of an answer happens when it is called, when a list is walked through, when a blob is read and when
an operation is waited for. A manifest with another digest is a ValueError there, a number that is a text a TypeError.
"""

from __future__ import annotations

import json
import typing

from . import answers, errors

#: What the SDK raises when an answer is not what it takes for granted.
_CRASHES = (ValueError, TypeError, AttributeError, LookupError)


class Guarded:
    """An SDK's client, or a part of one.

    :param inner: it.
    """

    def __init__(self, inner: typing.Any) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> typing.Any:
        value = getattr(self._inner, name)
        if not callable(value):
            return Guarded(value)
        return lambda *values, **options: _kept(_call(value, *values, **options))


class _Poller(Guarded):
    """An operation under way: of its parts only results are handed on as they are."""

    def __getattr__(self, name: str) -> typing.Any:
        value = getattr(self._inner, name)
        return lambda *values, **options: _call(value, *values, **options)


def _call(function: typing.Callable[..., typing.Any], *values: typing.Any, **options: typing.Any) -> typing.Any:
    try:
        return function(*values, **options)
    except json.JSONDecodeError as error:
        content = error.doc.encode()
        raise errors.unreadable(
            f"it is {answers.described(content)}", foreign=answers.page(content) is not None
        ) from error
    except _CRASHES as error:
        raise errors.unreadable(f"{type(error).__name__}: {error}") from error


def _kept(answer: typing.Any) -> typing.Any:
    """An answer that reads on when it is used is guarded in turn."""
    if hasattr(answer, "polling_method") or hasattr(answer, "done"):
        return _Poller(answer)
    if hasattr(answer, "__next__"):
        return _each(answer)
    return answer


def _each(answers: typing.Iterator[typing.Any]) -> typing.Iterator[typing.Any]:
    end = object()
    while (answer := _call(next, answers, end)) is not end:
        yield answer
