# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is right: pure, of what was seen of a run that was disturbed and of the run after it."""

from __future__ import annotations

import dataclasses
import re
import typing

from .view import State, differences

Result = dict[str, typing.Any]
Versions = dict[str, tuple[str, ...]]

DONE, RECOVERS, WRONG = "done", "a failure that recovers", "wrong"

#: What a module says when nobody has thought of it.
_UNEXPLAINED = re.compile(
    r"what this task asked for|Traceback|unexpected|NoneType|KeyError|AttributeError|object at 0x"
)
#: What it says when it cannot know whether a change took effect.
_UNCERTAIN = re.compile(r"may have taken effect|answer was lost|Something was changed|Azure goes on with it")
#: Parts of a result that are statements of fact: they are those of the undisturbed run.
_FACTS = ("registries", "found_keys", "key", "vault", "identity", "remaining", "would_lose_access", "plan", "others")


@dataclasses.dataclass(frozen=True)
class Seen:
    """A state of Azure, as far as it matters.

    :param state: see :mod:`.view`.
    :param versions: of each key.
    :param readable: by registry, whether it can decrypt what was pushed.
    :param in_use: by registry, the key version that it is under.
    """

    state: State
    versions: Versions
    readable: dict[str, bool]
    in_use: dict[str, str]


@dataclasses.dataclass(frozen=True)
class Ran:
    """One run: its result (None: it was killed), a Python error that came out of it, seconds by Azure's clock.

    :param result: with its ids named, see :mod:`.view`.
    :param image_read: whether an image's blob was given out.
    :param image_refused: whether a registry said that it cannot use its key.
    """

    result: Result | None
    after: Seen
    error: str = ""
    seconds: float = 0.0
    image_read: bool = False
    image_refused: bool = False


@dataclasses.dataclass(frozen=True)
class Trial:
    """All of one case: undisturbed, disturbed, and run again.

    :param says: what a failure's message is to match.
    :param loses: whether data may become unreadable.
    :param repeats: whether running again makes another version.
    :param lost: whether an answer was lost of a change that may have taken effect.
    :param limit: seconds that a run may take longer than the undisturbed one.
    """

    before: Seen
    undisturbed: Ran
    disturbed: Ran
    again: Ran | None
    says: str
    loses: bool = False
    repeats: bool = False
    lost: bool = False
    killed: bool = False
    limit: float = 900.0


@dataclasses.dataclass(frozen=True)
class Verdict:
    """``DONE``, ``RECOVERS`` or ``WRONG``, and what is wrong."""

    kind: str
    why: tuple[str, ...] = ()


def judge(trial: Trial) -> Verdict:
    """What came of a trial."""
    run = trial.disturbed
    why: list[str] = []
    if run.error:
        why.append(f"a Python error: {run.error}")
    why += _versions(trial, run, made_at_most=_made(trial.before, trial.undisturbed.after))
    if not trial.loses:
        why += [f"{name} cannot be read" for name in _lost(trial.before, run.after)]
    limit = trial.undisturbed.seconds + trial.limit
    if run.seconds > limit:
        why.append(f"it took {run.seconds:.0f} seconds, the limit is {limit:.0f}")
    if run.result is not None:
        why += _failure(trial, run.result) if run.result.get("failed") else _success(trial, run, run.result)
    kind = RECOVERS if trial.killed or (run.result or {}).get("failed") else DONE
    if trial.again is not None:
        why += _again(trial, trial.again)
    return Verdict(WRONG, tuple(why)) if why else Verdict(kind)


def _made(before: Seen, after: Seen) -> dict[str, int]:
    return {key: len(found) - len(before.versions.get(key, ())) for key, found in after.versions.items()}


def _versions(trial: Trial, run: Ran, made_at_most: dict[str, int]) -> list[str]:
    """No key version is lost, and no more are made than asked for."""
    why = []
    for key, known in trial.before.versions.items():
        if key in trial.undisturbed.after.versions and not {*known} <= {*run.after.versions.get(key, ())}:
            why.append(f"a version of {key} is lost")
    for key, made in _made(trial.before, run.after).items():
        if made > made_at_most.get(key, 0):
            why.append(f"{made} versions of {key} were made, {made_at_most.get(key, 0)} asked for")
    return why


def _lost(before: Seen, after: Seen) -> list[str]:
    return [name for name, good in after.readable.items() if not good and before.readable.get(name, True)]


def _success(trial: Trial, run: Ran, result: Result) -> list[str]:
    """A success is the state of the undisturbed run, and the result says what is true."""
    ideal = trial.undisturbed.result or {}
    why = [f"the state is another: {text}" for text in differences(run.after.state, trial.undisturbed.after.state)[:3]]
    took_effect = run.after.state != trial.before.state
    if bool(result.get("changed")) != took_effect:
        why.append(f"changed is {result.get('changed')}, and {'something' if took_effect else 'nothing'} took effect")
    if result.get("locked") and not (run.image_refused and not any(run.after.readable.values())):
        why.append("it says locked, and that was not seen")
    # a move says how many blobs it looked for, and what the target holds is a part of the state
    if result.get("verified") and not run.image_read and not result.get("blobs"):
        why.append("it says verified, and no image was read")
    for row in result.get("registries") or ():
        after = row.get("key_version_after") if isinstance(row, dict) else None
        if after and run.after.in_use.get(str(row["name"])) != after:
            why.append(f"it says that {row['name']} is on version {after}, not {run.after.in_use.get(row['name'])}")
    for name in _FACTS:
        if name in ideal or name in result:
            found = differences(_facts(result.get(name)), _facts(ideal.get(name)), name)
            if found and not _admitted(result):
                why.append(f"the result differs: {found[0]}")
    return why


def _facts(value: typing.Any) -> typing.Any:
    """A part of a result without moments, and without what was proven of images, which :func:`_success` looks at."""
    if isinstance(value, dict):
        drop = ("data", "age_days", "last_key_rotation", "created", "updated", "expires_on", "creation_date", "due_on")
        return {name: _facts(one) for name, one in value.items() if name not in drop}
    if isinstance(value, list):
        return [_facts(one) for one in value]
    return (
        re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z?|\b\d+ (seconds?|minutes?|s)\b", "…", value)
        if isinstance(value, str)
        else value
    )


def _admitted(result: Result) -> bool:
    """Whether a result says itself that something could not be found out."""
    text = f"{result.get('warnings', '')} {result.get('registries', '')} {result.get('msg', '')}"
    return bool(re.search(r"could not|cannot be|unknown|not proven|NOT proven|not known|nobody could", text))


def _failure(trial: Trial, result: Result) -> list[str]:
    """A failure names its cause, and says what was changed."""
    message, why = str(result.get("msg", "")), []
    if _UNEXPLAINED.search(message):
        why.append(f"unexplained: {message[:200]}")
    elif not re.search(trial.says, message, re.IGNORECASE):
        why.append(f"the cause is not named: {message[:200]}")
    took_effect = trial.disturbed.after.state != trial.before.state
    if took_effect and not result.get("changed"):
        why.append(f"changed is false, and something took effect: {message[:120]}")
    if result.get("changed") and not took_effect and not (trial.lost and _UNCERTAIN.search(message)):
        why.append(f"changed is true, and nothing took effect: {message[-200:]}")
    return why


def _again(trial: Trial, again: Ran) -> list[str]:
    """Running again gets to the undisturbed run's state."""
    result = again.result or {}
    if again.error:
        return [f"again: a Python error: {again.error}"]
    if result.get("failed"):
        return [f"again: {str(result.get('msg'))[:300]}"]
    made = _made(trial.before, trial.undisturbed.after)
    most = {key: count * (2 if trial.repeats else 1) for key, count in made.items()}
    why = [f"again: {text}" for text in _versions(trial, again, most)]
    if not trial.loses:
        why += [f"again: {name} cannot be read" for name in _lost(trial.before, again.after)]
    state, ideal = again.after.state, trial.undisturbed.after.state
    if trial.repeats:
        state, ideal = _without_versions(state), _without_versions(ideal)
    return why + [f"again, the state is another: {text}" for text in differences(state, ideal)[:3]]


def _without_versions(state: State) -> State:
    """Without what another version of a key changes."""
    kept = {name: value for name, value in state.items() if name != "keys"}
    return typing.cast(State, _unnumbered(kept))


def _unnumbered(value: typing.Any) -> typing.Any:
    if isinstance(value, dict):
        return {name: _unnumbered(one) for name, one in value.items() if name != "rotated"}
    if isinstance(value, list):
        return [_unnumbered(one) for one in value]
    return re.sub(r"#\d+", "#", value) if isinstance(value, str) else value
