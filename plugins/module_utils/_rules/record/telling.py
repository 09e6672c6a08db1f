# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""What a task's records say: what is meant to be done, what came of it, and how that was seen; never a secret."""

from __future__ import annotations

import dataclasses
import json
import typing

from ..._domain import wire
from ..._domain.ansible import Result
from ..._domain.plan import Side
from ..._domain.record import Change, Record, Subject
from . import canonical

#: How long a line may be, in bytes: an append blob takes blocks of 4 MiB (Append Block, before version 2022-11-02).
LONGEST = 2 << 20
#: Of a text of somebody else's, how much is kept.
_LONGEST_TEXT = 20_000
_SIDES = ("key_identifier", "key_version", "identity", "rotation_mode")


def outcome(
    frame: Record,
    result: Result,
    subjects: typing.Sequence[Subject],
    *,
    done: typing.Sequence[str],
    not_done: typing.Sequence[str],
    seen: typing.Sequence[str],
) -> Record:
    """What came of a task.

    :param frame: the record, with what the transport knows of it.
    :param result: the module's, of a failure too.
    :param subjects: as they were meant to become.
    :param done: the steps that were made, in words.
    :param seen: how the whole was seen, in words.
    """
    failed = bool(result.get("failed"))
    failure = result.get("failure")
    return dataclasses.replace(
        frame,
        subjects=_subjects(result, subjects, failed=failed),
        done=tuple(done) if failed or done else tuple(result.get("plan") or ()),
        not_done=tuple(not_done) if failed else (),
        state="failed" if failed else "done",
        message=str(result.get("msg", "")),
        code=str(failure.get("code", "")) if isinstance(failure, dict) else "",
        verified=(*seen, *_proofs(result)),
    )


def _subjects(result: Result, subjects: typing.Sequence[Subject], *, failed: bool) -> tuple[Subject, ...]:
    rows = {
        str(row["id"]).lower(): row
        for row in result.get("registries") or ()
        if isinstance(row, dict) and "outcome" in row and "id" in row
    }
    versions = _versions(result, rows.values())
    return tuple(
        _subject_of(rows[one.id.lower()], one)
        if one.id.lower() in rows
        else _as_it_became(one, versions.get(one.id.lower()), failed=failed)
        for one in subjects
    )


def _as_it_became(meant: Subject, version: str | None, *, failed: bool) -> Subject:
    """What a task was to change, as far as it was seen."""
    if version:
        return dataclasses.replace(meant, after={**meant.after, "version": version}, outcome="done")
    # what became of it nobody saw
    is_open = failed or meant.after.get("version") == "(new)"
    return dataclasses.replace(meant, after={} if is_open else meant.after, outcome="" if is_open else "done")


def _versions(result: Result, rows: typing.Iterable[Result]) -> dict[str, str]:
    """The versions of keys that a result tells of, by the keys' identifiers without one."""
    pairs = [
        (row.get("key_identifier_after"), row.get("key_version_after")) for row in rows if row["outcome"] == "done"
    ]
    key = result.get("key")
    if isinstance(key, dict):
        pairs.append((key.get("versionless_key_identifier"), key.get("version")))
    return {
        "/".join(str(identifier).lower().split("/")[:5]): str(version)
        for identifier, version in pairs
        if identifier and version
    }


def _subject_of(row: Result, meant: Subject) -> Subject:
    """A registry of a rotation as its row tells of it."""
    outcome, is_seen = str(row["outcome"]), row["outcome"] == "done"
    failure = row.get("failure") or {}
    return Subject(
        meant.id,
        before=_side(row, "before"),
        after=_side(row, "after"),
        outcome=outcome,
        reason=str(failure.get("msg") or row.get("reason") or ""),
        verified="the registry reports it" if is_seen else "",
    )


def _side(row: Result, when: str) -> Side:
    return {name: row[f"{name}_{when}"] for name in _SIDES if row.get(f"{name}_{when}") is not None}


def _proofs(result: Result) -> list[str]:
    """How the whole was seen, by what a result says of it."""
    texts = []
    data = result.get("data")
    for name, proof in data.items() if isinstance(data, dict) else ():
        # what was not to be seen proves nothing
        if isinstance(proof, dict) and proof.get("state") == ("locked" if "locked" in result else "readable"):
            texts.append(f"{name}: {proof.get('meaning') or proof['state']}")
    if result.get("verified") is True and "blobs" in result:
        texts.append(
            f"{result.get('artifacts')} artifacts with {result.get('tags')} tags and {result['blobs']} blobs were seen "
            f"at {result.get('to')}"
        )
    if result.get("locked") is True:
        texts.append("no way to the key is left, and an image is refused")
    return texts


def plain(value: object) -> typing.Any:
    """A value as JSON that is the same everywhere: a number with a fraction is a text."""
    return json.loads(json.dumps(value, default=str), parse_float=str, parse_constant=str)


def tidy(record: Record, secrets: typing.Collection[str]) -> Record:
    """A record without anything secret in it, and without texts of any length.

    :param secrets: texts that must not stand in it.
    """

    def text(value: str) -> str:
        # one may begin as another does
        for secret in sorted(secrets, key=len, reverse=True):
            value = value.replace(secret, "********")
        # halves of characters are no JSON
        value = value.encode("utf-8", "replace").decode()
        return value if len(value) <= _LONGEST_TEXT else value[:_LONGEST_TEXT] + "…"

    def any_of(value: typing.Any) -> typing.Any:
        if isinstance(value, str):
            return text(value)
        if isinstance(value, list):
            return [any_of(item) for item in value]
        if isinstance(value, dict):
            return {text(str(name)): any_of(item) for name, item in value.items()}
        # what JSON's numbers cannot say in the same way everywhere
        return str(value) if wire.is_number(value) and abs(value) >= 1 << 53 else value

    def subject(one: Subject) -> Subject:
        sides = {"before": any_of(plain(one.before)), "after": any_of(plain(one.after))}
        return dataclasses.replace(one, id=text(one.id), reason=text(one.reason), verified=text(one.verified), **sides)

    origin = {name: text(str(value)) for name, value in dataclasses.asdict(record.origin).items()}
    author = {name: text(str(value)) for name, value in dataclasses.asdict(record.author).items()}
    return dataclasses.replace(
        record,
        origin=dataclasses.replace(record.origin, **origin),
        author=dataclasses.replace(record.author, **author),
        subjects=tuple(subject(one) for one in record.subjects),
        message=text(record.message),
        code=text(record.code),
        changes=tuple(dataclasses.replace(one, **any_of(dataclasses.asdict(one))) for one in record.changes),
        intended=tuple(map(text, record.intended)),
        done=tuple(map(text, record.done)),
        not_done=tuple(map(text, record.not_done)),
        verified=tuple(map(text, record.verified)),
    )


def parts(record: Record, longest: int = LONGEST) -> list[Record]:
    """A record, in several where it is too long for one line: the first has all but the rows that have no room in it.

    :param longest: in bytes.
    """
    if len(canonical.line(record.body())) <= longest:
        return [record]
    half = longest // 2
    pieces: list[Record] = []
    for name in ("subjects", "changes", "intended", "done", "not_done"):
        for chunk in _chunks(getattr(record, name), half):
            rows: typing.Any = {name: chunk}
            pieces.append(dataclasses.replace(_frame(record), **rows))
    first = dataclasses.replace(record, subjects=(), changes=(), intended=(), done=(), not_done=())
    whole = [first, *pieces]
    return [dataclasses.replace(one, part=(number, len(whole))) for number, one in enumerate(whole, 1)]


def _frame(record: Record) -> Record:
    """What says of a further part whose it is."""
    return Record(
        record.kind,
        time=record.time,
        clock=record.clock,
        module=record.module,
        origin=record.origin,
        state=record.state,
        closes=record.closes,
    )


def _chunks(
    rows: typing.Sequence[Subject | Change | str], longest: int
) -> typing.Iterator[tuple[Subject | Change | str, ...]]:
    chunk: list[Subject | Change | str] = []
    size = 0
    for row in rows:
        length = len(canonical.line({"row": row if isinstance(row, str) else row.body()}))
        if chunk and size + length > longest:
            yield tuple(chunk)
            chunk, size = [], 0
        chunk.append(row)
        size += length
    if chunk:
        yield tuple(chunk)
