# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Prove that a record is whole: from what stands there alone, a head that was kept elsewhere, and the public key."""

from __future__ import annotations

import dataclasses

from ..._domain import record_place
from ..._domain.failure import Failure
from ..._domain.record import Head, Record
from ..._domain.wire import Body
from ..._domain.words import NAMED, listed
from ..._operation import Result, Task
from ..._rules.record import chain, envelope
from ..._rules.record.chain import Flaw, Verification
from . import reading


def verify(task: Task) -> Result:
    """The operation of the module ``record_verify``."""
    params = task.params
    place = record_place.parse(params["record"])
    keys = [envelope.key(text, parameter="public_key") for text in params["public_key"] or []]
    head, sealed = envelope.read(params["head"], parameter="head") if params["head"] else (None, None)
    if sealed is not None and not keys:
        raise Failure(
            "The head is signed, and nothing says by whom.",
            parameter="public_key",
            hint="Give the public key of the key that signed it: az keyvault key download --encoding PEM.",
            code="missing_parameter",
        )
    verification = reading.look(task, place)
    if verification is None:
        raise missing(str(place))
    signed, flaws = _signatures(verification, keys)
    if keys and sealed is None and not any(record.kind == "head" for record in verification.records):
        flaws.append(Flaw(0, "No head of it is signed, by whomever.", "signature"))
    if sealed is not None and not _is_signed(sealed, keys):
        flaws.append(Flaw(0, "The head that was given is signed by none of the keys that were given.", "signature"))
    flaws += [flaw for flaw in (chain.at_head(verification, head) if head else verification.flaw,) if flaw]
    result: Result = {
        "changed": False,
        "verified": not flaws,
        "count": verification.count,
        "head": verification.head.body(),
        "signed": signed,
        "open": [shown(record) for record in verification.open],
        "interrupted_writers": list(verification.fragments),
    }
    if flaws:
        raise _not_right(str(place), flaws, result)
    return {**result, "first_bad": None, "msg": _words(place, verification, head, signed)}


def missing(place: str) -> Failure:
    """The failure for a place where there is no record."""
    return Failure(
        f"There is no record at {place}.",
        parameter="record",
        hint="Check where it is. If there was one, somebody took it away.",
        code="record_missing",
    )


def shown(record: Record) -> Result:
    """An intent of which nobody told what came."""
    return {
        "number": record.number,
        "time": record.time,
        "module": record.module,
        "caller": record.author.name or record.author.object_id,
        "intended": list(record.intended),
        "subjects": [one.id for one in record.subjects],
    }


def _is_signed(sealed: Body, keys: list[str]) -> bool:
    return any(envelope.is_signed_by(sealed, key) for key in keys)


def _signatures(verification: Verification, keys: list[str]) -> tuple[int, list[Flaw]]:
    """How many records are covered by a head that one of the keys has signed, and the first head that none has."""
    covered = 0
    if not keys:
        return 0, []
    for record in verification.records:
        if record.kind != "head":
            continue
        if not _is_signed(record.envelope, keys):
            what = f"The head in record {record.number} is signed by none of the keys that were given."
            return covered, [Flaw(record.number, what, "signature")]
        covered = max(covered, envelope.head(record.envelope).count)
    return covered, []


def _not_right(place: str, flaws: list[Flaw], result: Result) -> Failure:
    # of one that names its record the smallest number is the first
    first = min(flaws, key=lambda flaw: flaw.number or result["count"] + 1)
    return Failure(
        f"The record {place} is not right. {first.what}",
        parameter="record",
        hint="Leave it as it is, take a copy, and find out who could write there; compare it with an older copy.",
        code=f"record_{first.code}",
        details={
            **result,
            "first_bad": first.number or None,
            "flaws": [dataclasses.asdict(flaw) for flaw in flaws],
        },
    )


def _words(place: object, verification: Verification, head: Head | None, signed: int) -> str:
    count = verification.count
    if not count:
        return (
            f"{place} is empty: nothing is proven by that. Only a head that was kept elsewhere shows what stood there."
        )
    proven = max(signed, head.count if head else 0)
    parts = [f"The {count} records of {place} fit together."]
    if head:
        parts.append(f"The first {head.count} are those that stood there when the head was taken.")
    if signed:
        parts.append(f"Heads that are signed by a key of yours cover the first {signed}.")
    if proven < count:
        parts.append(
            f"That the {'last ' if proven else ''}{count - proven} are as they were written, nothing proves: whoever "
            "may write there can write them anew."
        )
    if not head:
        parts.append("Whether it was cut back to an earlier state shows only with a head that was kept elsewhere.")
    if verification.fragments:
        numbers = listed(map(str, verification.fragments), NAMED)
        parts.append(
            f"Before the records {numbers} a line was left unfinished: a writer was killed, or it was cut there."
        )
    if verification.open:
        numbers = listed((str(record.number) for record in verification.open), NAMED)
        parts.append(f"What came of the intents {numbers} nobody told: record_settle closes them.")
    return " ".join(parts)
