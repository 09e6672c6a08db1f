# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Move a registry's contents and settings into one that is under a customer-managed key, and prove it.

Azure gives no existing registry a customer-managed key: "create a new CMK registry and copy over artifacts"
(Azure/acr #416).
"""

from __future__ import annotations

import dataclasses
import typing

from ..._azure import registries
from ..._azure.artifacts import DataPlane
from ..._domain import resource_id
from ..._domain.failure import Failure
from ..._domain.plan import Plan
from ..._domain.record import Subject
from ..._domain.registry import Registry
from ..._domain.resource_id import ResourceId
from ..._domain.words import listed
from ..._operation import Result, Task
from ..._rules.move import obstacles, rights, words
from ..._rules.move.contents import Difference
from ..._rules.move.words import CLOSED_TAG, MoveStep
from ..registry.lookup import registry_by_reference, settled
from . import contents, settings, target_key
from .contents import Survey
from .proof import MoveProof, prove


def move(task: Task) -> Result:
    """The operation of the module ``acr_cmk_move``."""
    source, target, where = _sides(task)
    try:
        return _Move(task, source, target, where).run()
    except Failure as failure:
        cause = target_key.explained(task, failure, target)
        raise rights.explained(cause, source, target, finish=bool(task.params["finish"])) from failure


def _sides(task: Task) -> tuple[Registry, Registry | None, ResourceId]:
    """The source, and the target (None in a check before it is made) with its resource id.

    :raises Failure: when one is not there, both are the same, or the target has no key of its own.
    """
    params = task.params
    where = ResourceId(task.session.subscription_id, params["resource_group"], resource_id.REGISTRY, params["name"])
    source = registry_by_reference(task, params["source"], parameter="source")
    target = settled(task, where)
    if resource_id.same(source.id, str(where)):
        raise Failure(
            f"The registry {source.label} cannot be moved to itself.",
            parameter="source",
            hint="Azure gives a registry a customer-managed key only when it is made: name a new one.",
            code="same_registry",
        )
    if (source.export_policy or "").lower() == "disabled":
        raise Failure(
            f"The registry {source.label} lets nothing be exported, so Azure imports nothing from it.",
            parameter="source",
            hint=f"az acr update --name {source.name} --allow-exports true, while it is moved.",
            code="exports_disabled",
        )
    if target is None:
        if not task.check_mode:
            raise Failure(
                f"There is no registry {where.name} in {where.group}.",
                parameter="name",
                hint="Make it with acr_cmk_registry first; the playbook ownkey.acr.move does.",
                code="not_found",
            )
        task.assume(f"There is no registry {where.name} yet.", see_to="makes it")
    elif target.encryption is None:
        raise Failure(
            f"The registry {target.label} has no customer-managed key, and cannot be given one any more.",
            parameter="name",
            hint="Move to one that was made with a key: acr_cmk_registry makes it.",
            code="created_without_cmk",
        )
    return source, target, where


#: How often a source is closed anew, into whose new repositories somebody goes on pushing.
_CLOSINGS = 5


class _Move:
    """One run of a move."""

    def __init__(self, task: Task, source: Registry, target: Registry | None, where: ResourceId) -> None:
        self.task = task
        self.source, self.target, self.where = source, target, where
        self.waived: tuple[str, ...] = tuple(task.params["leave_behind"])
        self.is_closed = CLOSED_TAG in source.tags
        self.finish = bool(task.params["finish"])
        self.from_plane = DataPlane(task.session, source.login_server)
        self.to_plane = DataPlane(task.session, target.login_server) if target else None

    def run(self) -> Result:
        """Look, plan, and if it is no check: settings, contents, closing, proof."""
        task = self.task
        if task.params["passwords_file"]:
            settings.check_passwords_file(task.params["passwords_file"], check_mode=task.check_mode)
        survey = self._survey()
        carried = settings.survey(task, self.source, self.target, self.where.name, list(survey.contents))
        troubles = [*obstacles.of_registry(self.source), *survey.obstacles]
        obstacles.check(troubles, self.waived)
        if self.target and survey.imports:
            target_key.check(task, self.target)
        steps = self._steps(survey, carried)
        result = self._result(survey, carried, troubles, steps)
        if task.check_mode or self.target is None or self.to_plane is None:
            return result
        task.intend((step.text for step in steps), *self._subjects())
        settings.apply(task, self.target, carried.first)
        survey = self._copy(survey)
        for _again in range(_CLOSINGS):
            if not self._is_to_close(survey):
                break
            self._close(survey)
            del survey  # two of them would take twice as much
            # what was pushed until then, into new repositories too, which are then to be closed as well
            survey = self._copy(self._survey())
        still_open = tuple(survey.open_repositories) if self.finish else ()
        proof = self._prove(survey)
        if still_open:
            proof = dataclasses.replace(
                proof, behind=(*proof.behind, *(f"the repository {name}, which is open" for name in still_open))
            )
        if proof.holds:
            settings.apply(task, self.target, carried.last)
        else:
            # what deletes, or takes rights away, waits until nothing comes any more
            done = [step for step in steps if step not in carried.last]
            result |= {"plan": [step.text for step in done], "changed": bool(done) or still_open != ()}
        is_open = bool(survey.open_repositories)
        return {**result, **self._proven(proof), "msg": self._message(proof, is_open=is_open)}

    def _subjects(self) -> list[Subject]:
        """Source and target, for the record."""
        server = self.target.login_server if self.target else ""
        # what came of the whole, closed or not, is told in the outcome's own words
        source = Subject(self.source.id, after={"copied_to": server})
        return [source, Subject(str(self.where), after={"copied_from": self.source.login_server})]

    def _survey(self) -> Survey:
        return contents.survey(self.task, self.from_plane, self.to_plane, waived=self.waived, keep_write=self.is_closed)

    def _steps(self, survey: Survey, carried: settings.Carried) -> list[MoveStep]:
        copies = [words.repository_step(one) for one in survey.differences]
        closing = [words.close_step(self.source, self.target, self.where.name)] if self._is_to_close(survey) else []
        return [*carried.first, *(step for step in copies if step), *closing, *carried.last]

    # --- contents -------------------------------------------------------------------------------------------------

    def _copy(self, survey: Survey) -> Survey:
        """Copy what is missing.

        :raises Failure: with all that could not be imported; what could be was.
        """
        if not survey.changed:
            return survey
        target = typing.cast(Registry, self.target)
        failed = contents.copy(self.task, self.source, target, survey)
        broken = {entry.repository for entry, _failure in failed}
        for one in survey.differences:
            step = words.repository_step(one)
            if step and one.repository not in broken:
                self.task.progress.finish(step.text)
            elif step:
                self._tell_part(one, sum(entry.repository == one.repository for entry, _failure in failed), step)
        if failed:
            _entry, failure = failed[0]
            some = [f"{one.words}: {trouble.message}" for one, trouble in failed[:5]]
            raise Failure(
                f"{len(failed)} of {len(survey.imports)} imports failed; the other imports are done. {' '.join(some)}",
                parameter=failure.parameter,
                hint=failure.hint,
                code=failure.code if len({one.code for _entry, one in failed}) == 1 else "imports_failed",
                azure=failure.azure,
                details={"failed_imports": [{"what": one.words, "why": str(why)} for one, why in failed]},
            )
        return survey

    def _tell_part(self, one: Difference, failed: int, step: MoveStep) -> None:
        """Of a repository of which some could not be copied, what was done and what was not."""
        progress, copied = self.task.progress, len(one.imports) - failed
        progress.give_up([step.text])
        progress.intend([f"copy the other {words.count(failed, 'artifact')} of {one.repository}, and set its locks"])
        if copied:
            progress.finish(f"copy {words.count(copied, 'artifact')} of {one.repository}")

    def _prove(self, survey: Survey) -> MoveProof:
        """Prove it; what is missing is no move.

        :raises Failure: when something is missing at the target.
        """
        proof = prove(
            self.task,
            self.from_plane,
            typing.cast(DataPlane, self.to_plane),
            survey,
            whole_blobs=self.task.params["verify"] == "bytes",
            keep_write=self.is_closed,
        )
        if proof.missing:
            some = [*proof.missing[:5], *(["…"] if len(proof.missing) > 5 else [])]
            raise Failure(
                f"At {self.where.name} was not found what {self.source.label} has ({len(proof.missing)}): "
                f"{', '.join(some)}.",
                hint="Run the same task again: it copies what is missing. If it stays so, the source lacks it too.",
                code="not_moved",
                details={"missing": list(proof.missing), "verified": False},
            )
        return proof

    # --- closing --------------------------------------------------------------------------------------------------

    def _is_to_close(self, survey: Survey) -> bool:
        return self.finish and (not self.is_closed or bool(survey.open_repositories))

    def _close(self, survey: Survey) -> None:
        """Let nobody push to the source's repositories; first the tag, so that a run after this one knows why."""
        target = typing.cast(Registry, self.target)
        if not self.is_closed:
            body: dict[str, object] = {"tags": {**self.source.tags, CLOSED_TAG: target.login_server}}
            registries.change(self.task.session, self.source, body, timeout=self.task.timeout)
            self.is_closed = True
        for name, locks in survey.open_repositories.items():
            self.from_plane.set_locks(name, "", dataclasses.replace(locks, can_write=False))
        self.task.progress.finish(words.close_step(self.source, target, self.where.name).text)

    # --- words ----------------------------------------------------------------------------------------------------

    def _result(
        self,
        survey: Survey,
        carried: settings.Carried,
        troubles: typing.Sequence[obstacles.Obstacle],
        steps: typing.Sequence[MoveStep],
    ) -> Result:
        plan = Plan(tuple(steps))
        server = (
            self.target.login_server if self.target else f"{self.where.name}{self.task.session.cloud.registry_suffix}"
        )
        size = sum(one.size for one in survey.differences)
        imports = len(survey.imports)
        return {
            "changed": plan.changed,
            "plan": plan.words,
            "msg": self._foreseen(plan, survey, imports, size),
            "from": self.source.login_server,
            "to": server,
            "artifacts": survey.artifacts,
            "tags": survey.tags,
            "imports": imports,
            "bytes": size,
            "seconds_at_least": words.seconds(imports),
            "location": self.source.location,
            "left_behind": [*(one.result() for one in troubles), *(one.result() for one in carried.left)],
            "only_at_target": self._only_at_target(survey),
            "consumers": self._consumers(server),
            "verified": False,
            "moved": False,
        }

    def _only_at_target(self, survey: Survey) -> list[str]:
        extra = [f"{one.repository}@{digest}" for one in survey.differences for digest in one.extra_artifacts]
        return [
            *survey.only_there,
            *extra,
            *(f"{one.repository}:{tag}" for one in survey.differences for tag in one.extra_tags),
        ]

    def _consumers(self, server: str) -> str:
        return (
            f"Everybody who pulls or pushes names {server} instead of {self.source.login_server}. Keep the old "
            "registry, closed, for as long as anybody may still use its name: a name that is deleted is anybody's."
        )

    def _foreseen(self, plan: Plan[MoveStep], survey: Survey, imports: int, size: int) -> str:
        of = f"{self.source.label} to {self.where.name}"
        if not plan.changed:
            return f"Nothing is left to be moved from {of}."
        limit = f"at least {words.seconds(imports)} s by Azure's limits"
        what = f"{words.amount(size)} in {words.count(imports, 'import')}, {limit}"
        return f"Would move {of} ({what}): {'; '.join(plan.words)}."

    def _proven(self, proof: MoveProof) -> Result:
        return {
            "verified": True,
            "moved": self.finish and proof.holds,
            "behind": list(proof.behind),
            "artifacts": proof.artifacts,
            "tags": proof.tags,
            "blobs": proof.blobs,
        }

    def _message(self, proof: MoveProof, *, is_open: bool) -> str:
        sight = (
            f"{words.count(proof.artifacts, 'artifact')} with {words.count(proof.tags, 'tag')} and "
            f"{words.count(proof.blobs, 'blob')} were seen at {self.where.name}"
        )
        if proof.behind:
            came = listed(list(proof.behind[:5]))
            return f"{sight}. Since then there came to {self.source.label}: {came}. Run the same task again."
        if self.finish:
            return (
                f"Moved {self.source.label} to {self.where.name}: {sight}. The repositories of {self.source.label} are "
                "closed for writing."
            )
        if self.is_closed and not is_open:
            return f"{sight}. Nothing is missing. An earlier run closed the repositories of {self.source.label}."
        return (
            f"{sight}. Nothing is missing now, and {self.source.label} still takes pushes. Run it again at any time, "
            "and with finish (acr_cmk_move_finish for the playbook) at the end."
        )
