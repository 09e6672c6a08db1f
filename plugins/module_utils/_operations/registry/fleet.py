# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Change many registries: begin at the pace of each subscription's bucket, watch all of them by their lists.

An operation takes Azure 10 to 15 seconds (recorded). Whoever holds a worker for each waits for most of the time; here
a worker sends, and goes on. A registry is looked at by itself only where there are few, or where it is at rest and not
as wanted.
"""

from __future__ import annotations

import dataclasses
import typing

from ..._azure import errors, operations, pace, registries, sdk, transport
from ..._azure.session import IDENTITY_SPREAD
from ..._domain import resource_id
from ..._domain.failure import Failure
from ..._domain.registry import Registry
from ..._domain.wire import Body
from ..._operation import Task
from ..._rules.health.causes import waiting_may_help
from ..._rules.health.observation import Observation
from ..access import caller
from ..health import observe
from .lookup import FEW, is_moving, registries_seen

#: How many requests of one subscription are sent in one go.
_BATCH = 16
#: Seconds after which a registry at rest, with neither the old setting nor the new one, was changed by somebody else.
_GRACE = 10.0
#: How many of those that a list shows at rest and not as wanted are looked at by themselves in one look.
_DOUBTS = 25
#: Seconds between two looks at lists: while there is still something to send, and at least.
_WHILE_SENDING, _LEAST = 10.0, 1.0


@dataclasses.dataclass(frozen=True)
class Wish:
    """A registry to be changed.

    :ivar registry: as it was read when this was planned.
    :ivar body: what is sent; says nothing of what is not to be changed.
    :ivar doing: what is done, as in "changing the key of the registry contosoacr".
    :ivar reached: whether it is as wanted.
    :ivar look: what stands between its identity and the key, for the cause of a refusal; None where no key is at stake.
    :ivar identity: the resource id of the identity that is attached by it; it may have been made a moment ago.
    """

    registry: Registry
    body: Body
    doing: str
    reached: typing.Callable[[Registry], bool]
    look: typing.Callable[[], Observation] | None = None
    identity: str = ""


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What became of a wish: ``done``, ``failed``, ``not_begun``, or ``meanwhile``: somebody else changed the registry.

    :ivar registry: as it was seen last.
    :ivar by_another: it was as wanted before it was its turn.
    :ivar is_sent: Azure took a change of ours on, or may have.
    """

    state: str
    registry: Registry
    failure: Failure | None = None
    by_another: bool = False
    is_sent: bool = False


class Entry:
    """A wish on its way.

    :ivar is_shown: whether the registry itself shows when it is as wanted; one that seems so already does not, and its
        operation is asked.
    """

    def __init__(self, wish: Wish) -> None:
        self.wish = wish
        self.subscription = wish.registry.resource_id.subscription.lower()
        self.is_shown = not wish.reached(wish.registry)
        self.is_sent = False
        self.due = 0.0
        self.change: operations.Watched | None = None
        self.sent_at = 0.0
        #: what keeps it from being sent or seen, and since when
        self.hindrance: tuple[str, float] | None = None
        self.outcome: Outcome | None = None

    def waited(self, what: str, now: float) -> float:
        """Seconds for which something has kept it waiting; from now on, if it is another thing than before."""
        if self.hindrance is None or self.hindrance[0] != what:
            self.hindrance = (what, now)
        return now - self.hindrance[1]


class Fleet:
    """Registries that are changed together.

    :param may_go_on: takes how many failed, and says whether anything more may be begun.
    :param tell: takes how many are done, failed and in all, now and then.
    """

    def __init__(
        self,
        task: Task,
        wishes: typing.Sequence[Wish],
        *,
        may_go_on: typing.Callable[[int], bool] = lambda _failed: True,
        tell: typing.Callable[[int, int, int], None] = lambda _done, _failed, _all: None,
    ) -> None:
        self._task = task
        self._entries = [Entry(wish) for wish in wishes]
        self._may_go_on = may_go_on
        self._tell = tell
        self._next_look = 0.0
        self._last_sent = 0.0
        #: the shortest time in which an operation was seen to end, None before one was
        self._shortest: float | None = None

    def carry_out(self) -> list[Outcome]:
        """Change them, and see that each is as wanted; in the order of the wishes. What fails is told, not raised."""
        clock = self._task.clock
        while True:
            waiting = [one for one in self._entries if not one.outcome and one.change is None]
            under_way = [one for one in self._entries if not one.outcome and one.change is not None]
            go_on = self._may_go_on(sum(bool(one.outcome and one.outcome.failure) for one in self._entries))
            if not under_way and not (waiting and go_on):
                break
            if waiting and go_on and self._send(waiting):
                continue
            if under_way and clock.monotonic() >= self._next_look:
                self._look(under_way, is_sending=bool(waiting) and go_on)
                self._report()
                continue
            clock.sleep(self._pause(waiting if go_on else [], under_way), "Azure to finish what it began")
        return [one.outcome or Outcome("not_begun", one.wish.registry) for one in self._entries]

    def _report(self) -> None:
        ended = [one.outcome for one in self._entries if one.outcome]
        failed = sum(bool(outcome.failure) for outcome in ended)
        self._tell(len(ended) - failed, failed, len(self._entries))

    # --- begin -----------------------------------------------------------------------------------------------------

    def _send(self, waiting: typing.Sequence[Entry]) -> bool:
        """Begin what may begin now; whether anything was."""
        now, turn = self._task.clock.monotonic(), []
        lanes: dict[str, list[Entry]] = {}
        for entry in waiting:
            if entry.due <= now:
                lanes.setdefault(entry.subscription, []).append(entry)
        for subscription, entries in lanes.items():
            # a failure must be able to stop what comes after it
            turn += entries[: min(_BATCH, self._task.session.pace.free(pace.changes(subscription)))]
        if not turn:
            return False
        width = min(transport.CONNECTIONS, 8 * len(lanes))
        self._task.session.side_by_side(*(self._guarded(entry, self._begin) for entry in turn), width=width)
        return True

    def _guarded(self, entry: Entry, work: typing.Callable[[Entry], None]) -> typing.Callable[[], None]:
        """Something done for one, whose troubles are its own."""

        def run() -> None:
            core = sdk.module("azure.core.exceptions", "azure-core")
            try:
                work(entry)
            except core.AzureError as error:
                self._refused(entry, error)
            except Failure as failure:
                self._end(entry, failure=failure)

        return run

    def _begin(self, entry: Entry) -> None:
        task = self._task
        if entry.hindrance and entry.hindrance[0] == "conflict" and self._is_settled_by_another(entry):
            return
        entry.change = registries.begin_patch(
            task.session, entry.wish.registry, entry.wish.body, subject=entry.wish.identity
        )
        entry.is_sent = True
        entry.sent_at = self._last_sent = task.clock.monotonic()
        self._next_look = max(self._next_look, entry.sent_at)

    def _is_settled_by_another(self, entry: Entry) -> bool:
        """After another change was in the way: whether nothing is left to do of what was planned."""
        registry = registries.get(self._task.session, entry.wish.registry.resource_id)
        if registry is None:
            raise gone(entry.wish.registry)
        if is_moving(registry):
            self._put_off(entry, "conflict")
        elif entry.wish.reached(registry):
            # an answer that was lost may have been the one to a change of ours
            self._end(entry, registry, by_another=not entry.is_sent)
        elif differs(registry, entry.wish.registry):
            self._end(entry, registry, state="meanwhile")
        else:
            return False
        return True

    def _refused(self, entry: Entry, error: Exception) -> None:
        """A refusal at the request, or at the end of the operation: what passes by itself is waited out."""
        # whatever Azure took on ended with this refusal; of an answer that did not come, now or before, nobody knows
        had_doubt = entry.is_sent and entry.change is None
        entry.change = None
        entry.is_sent = had_doubt or errors.is_lost_answer(error)
        wish, now = entry.wish, self._task.clock.monotonic()
        if errors.is_passing_conflict(error):
            if entry.waited("conflict", now) < self._task.timeout:
                self._put_off(entry, "conflict")
                return
        elif wish.identity and resource_id.same(errors.missing_identity(error), wish.identity):
            if entry.waited("identity", now) < min(IDENTITY_SPREAD, self._task.timeout):
                self._put_off(entry, "identity")
                return
        elif errors.is_key_refusal(error) and wish.look:
            observation = wish.look()
            if waiting_may_help(observation) and entry.waited("right", now) < self._task.timeout:
                self._put_off(entry, "right")
                return
            self._end(entry, failure=observe.refuse(observation, azure=errors.described(error)))
            return
        self._end(entry, failure=errors.failure(error, wish.doing))

    def _put_off(self, entry: Entry, what: str) -> None:
        now = self._task.clock.monotonic()
        entry.due = now + caller.pause(entry.waited(what, now))

    def _end(
        self,
        entry: Entry,
        registry: Registry | None = None,
        *,
        state: str = "done",
        failure: Failure | None = None,
        by_another: bool = False,
    ) -> None:
        entry.change = None
        entry.outcome = Outcome(
            "failed" if failure else state, registry or entry.wish.registry, failure, by_another, entry.is_sent
        )

    # --- watch -----------------------------------------------------------------------------------------------------

    def _look(self, under_way: typing.Sequence[Entry], *, is_sending: bool) -> None:
        clock = self._task.clock
        began = clock.monotonic()
        lanes: dict[str, list[Entry]] = {}
        for entry in under_way:
            lanes.setdefault(entry.subscription, []).append(entry)
        alone = [entry for entries in lanes.values() if len(entries) <= FEW for entry in entries]
        together = [entry for entries in lanes.values() if len(entries) > FEW for entry in entries]
        if together:
            alone += self._look_at_lists(together)
        self._task.session.side_by_side(*(self._guarded(entry, self._look_at) for entry in alone))
        now = clock.monotonic()
        if not together:
            self._next_look = now + operations.poll_delay(now - max(entry.sent_at for entry in under_way))
            return
        cost = now - began
        if is_sending:
            self._next_look = now + max(_WHILE_SENDING, 5 * cost)
        else:
            likely = self._last_sent + self._shortest - now if self._shortest is not None else 0.0
            self._next_look = now + max(_LEAST, cost, likely)

    def _look_at_lists(self, entries: typing.Sequence[Entry]) -> list[Entry]:
        """Look at the lists; those that want a look of their own."""
        try:
            current = registries_seen(self._task.session, [entry.wish.registry for entry in entries], few=0)
        except Failure as failure:
            passes = failure.status is None or failure.status >= 500 or failure.status == 429
            if passes and entries[0].waited("list", self._task.clock.monotonic()) < self._task.timeout:
                # says nothing of any registry: the next look may
                return []
            for entry in entries:
                self._end(entry, failure=failure)
            return []
        doubtful = []
        for entry in entries:
            registry = current.get(entry.wish.registry.id.lower())
            if registry is not None and is_moving(registry):
                self._check_time(entry)
            elif registry is None or not (entry.is_shown and entry.wish.reached(registry)):
                doubtful.append(entry)
            else:
                self._seen_done(entry, registry)
        return doubtful[:_DOUBTS]

    def _seen_done(self, entry: Entry, registry: Registry) -> None:
        took = self._task.clock.monotonic() - entry.sent_at
        self._shortest = took if self._shortest is None else min(took, self._shortest)
        self._end(entry, registry)

    def _look_at(self, entry: Entry) -> None:
        """Look at one: at its operation first, which alone tells why it failed, then at the registry."""
        task, wish = self._task, entry.wish
        if entry.change and not entry.change.has_ended(until=entry.sent_at + task.timeout):
            self._check_time(entry)
            return
        registry = registries.get(task.session, wish.registry.resource_id)
        if registry is None:
            raise gone(wish.registry)
        if wish.reached(registry):
            self._seen_done(entry, registry)
        elif is_moving(registry):
            self._check_time(entry)
        else:
            waited = entry.waited("report", task.clock.monotonic())
            if waited >= _GRACE and differs(registry, wish.registry):
                self._end(entry, registry, state="meanwhile")
            elif waited >= task.timeout:
                raise not_reported(registry)

    def _check_time(self, entry: Entry) -> None:
        took = self._task.clock.monotonic() - entry.sent_at
        if took >= self._task.timeout:
            self._end(entry, failure=operations.still_running(took))

    def _pause(self, waiting: typing.Sequence[Entry], under_way: typing.Sequence[Entry]) -> float:
        """Seconds until there is something to do."""
        now = self._task.clock.monotonic()
        moments = [self._next_look - now] if under_way else []
        soonest: dict[str, float] = {}
        for entry in waiting:
            soonest[entry.subscription] = min(entry.due, soonest.get(entry.subscription, entry.due))
        for subscription, due in soonest.items():
            # a bucket that is empty is let fill up a little: a worker for each drop would cost more than it brings
            wait = self._task.session.pace.wait(pace.changes(subscription))
            moments.append(max(due - now, wait and max(0.5, wait)))
        return max(0.05, min(moments))


def differs(registry: Registry, before: Registry) -> bool:
    """Whether key, version, identity or mode of a registry are others than before."""
    return registry.encryption != before.encryption


def gone(registry: Registry) -> Failure:
    """The failure for a registry that was there a moment ago."""
    return Failure(
        f"The registry {registry.label} is not there any more.",
        hint="Somebody deleted it meanwhile; leave it out.",
        code="not_found",
    )


def not_reported(registry: Registry) -> Failure:
    """The failure for a change that Azure took, and that does not show."""
    now = registry.encryption.versioned_key_identifier if registry.encryption else None
    return Failure(
        f"Azure took the change, but the registry {registry.label} still reports {now}.",
        hint="Nothing was disabled; run the same task again, or look at it with acr_cmk_registry_info.",
        code="not_reported",
        details={"registry": registry.result()},
    )
