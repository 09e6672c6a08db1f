# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""A source's settings and parts, made again at the target."""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import typing

from ..._azure import registries, registry_parts, role_assignments
from ..._domain.failure import Failure
from ..._domain.registry import Registry
from ..._domain.registry_part import Token
from ..._domain.role import RoleAssignment
from ..._operation import Task
from ..._rules.move import settings as rules
from ..._rules.move.settings import Left, Parts, SettingStep

#: By login server, token and name.
Passwords = dict[str, dict[str, dict[str, str]]]


@dataclasses.dataclass(frozen=True)
class Carried:
    """What is to be made at the target, and what is not."""

    steps: tuple[SettingStep, ...]
    left: tuple[Left, ...]

    @property
    def first(self) -> list[SettingStep]:
        """The steps that are made before anything is copied."""
        return [step for step in self.steps if step.kind != rules.LAST]

    @property
    def last(self) -> list[SettingStep]:
        """Those that are made when all has been seen at the target."""
        return [step for step in self.steps if step.kind == rules.LAST]


def survey(
    task: Task, source: Registry, target: Registry | None, target_name: str, repositories: typing.Sequence[str]
) -> Carried:
    """Look at both sides' settings and parts.

    :param repositories: the names of the source's.
    :raises Failure: when something that is to be made again cannot be read.
    """
    with_passwords, with_roles = bool(task.params["passwords_file"]), bool(task.params["role_assignments"])
    ours, theirs = task.session.pair(
        lambda: _parts(task, source, is_source=True),
        lambda: _parts(task, target, is_source=False) if target else Parts(),
    )
    ours = dataclasses.replace(ours, repositories=tuple(repositories))
    steps = rules.steps(source, target, ours, theirs, with_passwords=with_passwords, finish=task.params["finish"])
    left = rules.left(
        source,
        target,
        target_name,
        ours,
        theirs,
        with_passwords=with_passwords,
        with_roles=with_roles,
        finish=task.params["finish"],
    )
    return Carried(tuple(steps), tuple(left))


def _parts(task: Task, registry: Registry, *, is_source: bool) -> Parts:
    session, where = task.session, registry.resource_id

    def listed(kind: str) -> tuple[str, ...] | None:
        try:
            return tuple(registry_parts.names(session, where, kind))
        except Failure:
            # said to be not known, which is not "there are none"
            return None

    return Parts(
        tuple(registry_parts.scope_maps(session, where)),
        tuple(registry_parts.tokens(session, where)),
        tuple(registry_parts.webhooks(session, where, whole=is_source)),
        tuple(registry_parts.cache_rules(session, where)),
        tuple(registries.replicas(session, where)),
        tuple(role_assignments.at_scope(session, registry.id)) if task.params["role_assignments"] else (),
        listed={kind: listed(kind) for kind in registry_parts.LISTED} if is_source else {},
    )


def apply(task: Task, target: Registry, steps: typing.Sequence[SettingStep]) -> None:
    """Make steps.

    :raises Failure: when Azure refuses one.
    """
    for step in steps:
        _APPLY.get(step.kind, _put)(task, target, step)
        task.progress.finish(step.text)


def _change(task: Task, target: Registry, step: SettingStep) -> None:
    registries.change(task.session, target, step.body, timeout=task.timeout)


def _replicate(task: Task, target: Registry, step: SettingStep) -> None:
    registries.put_replica(task.session, target.resource_id, step.name, step.body, timeout=task.timeout)


def _put(task: Task, target: Registry, step: SettingStep) -> None:
    part = step.part
    if part is None:
        raise AssertionError(step.kind)
    body = part.body(target.id) if isinstance(part, Token) else part.body()
    registry_parts.put(task.session, target.resource_id, step.kind, step.name, body, timeout=task.timeout)


def _assign(task: Task, target: Registry, step: SettingStep) -> None:
    role_assignments.assign_as(task.session, target.id, typing.cast(RoleAssignment, step.role_assignment))


def _passwords(task: Task, target: Registry, step: SettingStep) -> None:
    """New passwords, each written down as soon as it is there: Azure shows it once."""
    path = pathlib.Path(typing.cast(str, task.params["passwords_file"]))
    for name in step.passwords:
        value = registry_parts.generate_password(
            task.session, target.resource_id, step.name, name, timeout=task.timeout
        )
        passwords = _read(path)
        passwords.setdefault(target.login_server, {}).setdefault(step.name, {})[name] = value
        _write(path, json.dumps(passwords, indent=2))


def check_passwords_file(path: str, *, check_mode: bool) -> None:
    """Before anything is made: what is there must be readable, and a file can be written.

    :raises Failure: otherwise.
    """
    try:
        passwords = _read(pathlib.Path(path))
        if not check_mode:
            _write(pathlib.Path(path), json.dumps(passwords, indent=2))
    except (OSError, ValueError) as error:
        raise Failure(
            f"New passwords cannot be written to {path}: {error}.",
            parameter="passwords_file",
            hint="Give a file that can be written, a new one or one that an earlier run wrote.",
            code="not_writable",
        ) from error


def _read(path: pathlib.Path) -> Passwords:
    if not path.exists() or not path.stat().st_size:
        return {}
    passwords = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(passwords, dict):
        raise ValueError("it holds something else")
    return passwords


def _write(path: pathlib.Path, text: str) -> None:
    """Replace the file at once, for its owner's eyes only."""
    beside = path.with_name(f".{path.name}.new")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


_APPLY: dict[str, typing.Callable[[Task, Registry, SettingStep], None]] = {
    "registry": _change,
    rules.LAST: _change,
    "replicas": _replicate,
    "passwords": _passwords,
    "role_assignments": _assign,
}
