# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Every registry of a scope, or a failure: found by Resource Graph, told by Resource Manager's lists."""

from __future__ import annotations

import typing

from ..._azure import graph, groups, registries
from ..._domain import moment
from ..._domain.failure import Failure
from ..._domain.registry import Registry
from ..._domain.words import NAMED, listed
from ..._operation import Result, Task
from ..._rules.health.findings import DAY, View, worst
from ..._rules.health.observation import Finding
from ..._rules.inventory import scope as rules
from ..._rules.inventory.scope import Candidates, Missing, Scope
from ..health.diagnose import examine

_REGISTRIES = "resources | where type =~ 'microsoft.containerregistry/registries' | project id"
_SUBSCRIPTIONS = "resourcecontainers | where type =~ 'microsoft.resources/subscriptions' | project id"


def gather(task: Task) -> Result:
    """The operation of the inventory plugin ``ownkey.acr.registries``."""
    params = task.params
    missing: list[Missing] = []
    matches = registries_of_scope(task, missing).registries
    _check(task, missing)
    if params["encrypted_only"]:
        matches = [registry for registry in matches if registry.encryption]
    keys: list[Missing] = []
    reports = _reports(task, matches, keys) if params["health"] else []
    _check(task, keys)
    missing += keys
    rows: list[Result] = [{"label": one.label, "registry": one.result()} for one in matches]
    for row, report in zip(rows, reports, strict=False):
        row["health"] = report
    return {"changed": False, "registries": rows, "missing": [one.result() for one in missing]}


def _check(task: Task, missing: typing.Sequence[Missing]) -> None:
    """An inventory is whole, or its user said that it need not be.

    :raises Failure: when it would not be.
    """
    if missing and not task.params["allow_missing"]:
        raise rules.refusal(missing)
    if missing:
        task.warn(f"The inventory is not whole. {rules.sentences(missing)}")


class Search(typing.NamedTuple):
    """What a search of a scope came to.

    ``registries``: ordered by id. ``lists``: the subscriptions whose lists were to be read, by ids in lower case.
    ``others``: how many subscriptions there are beside those that were named. ``passed_over``: how many were not to be,
    as Resource Graph has seen no registry in them.
    """

    registries: list[Registry]
    lists: frozenset[str]
    others: int
    passed_over: int


def registries_of_scope(task: Task, missing: list[Missing]) -> Search:
    """The registries of the options ``subscriptions`` and ``management_groups``.

    :param missing: takes what cannot be read, in order.
    """
    params = task.params
    scope = rules.scope(
        params["subscriptions"] or [], params["management_groups"] or [], params["subscription_id"] or None
    )
    search = _search(task, scope, missing)
    missing.sort(key=lambda part: (part.kind, part.name))
    return search


def _search(task: Task, scope: Scope, missing: list[Missing]) -> Search:
    session, search = task.session, task.params["search"]
    others = _others(task, scope, missing)
    candidates = None
    if rules.asks_resource_graph(len(others), search=search):
        candidates = _candidates(task, scope, missing)
    subscriptions = rules.listed_subscriptions(scope.subscriptions, others, candidates)
    if search == "auto" and candidates is not None:
        task.warn(
            f"Of {len(others)} subscriptions those were not listed in which Resource Graph has seen no registry, which "
            "lags behind by minutes, at worst hours. search: lists lists all of them."
        )
    lists = session.side_by_side(*(_lister(task, one, missing) for one in subscriptions))
    # nothing twice, whatever the lists say
    matches = {registry.id.lower(): registry for one in lists for registry in one}
    passed_over = len(rules.listed_subscriptions(scope.subscriptions, others, None)) - len(subscriptions)
    return Search([matches[name] for name in sorted(matches)], frozenset(subscriptions), len(others), passed_over)


def _others(task: Task, scope: Scope, missing: list[Missing]) -> list[str]:
    """The ids of the subscriptions in the scope, beside those that are named.

    :raises Failure: when nobody can say which there are.
    """
    session = task.session
    if scope.is_everything:
        visible = groups.visible(session)
        if not visible:
            raise Failure(
                "You see no subscription at all.",
                parameter="subscriptions",
                hint="Check who is signed in and in which tenant; Reader rights at a subscription or management group "
                "make it visible.",
                code="no_subscription",
            )
        return visible
    ids: list[str] = []
    for name in scope.management_groups:
        try:
            ids += groups.below(session, name)
        except Failure as failure:
            rules.note(failure, "management_group", name, missing)
    return ids


def _candidates(task: Task, scope: Scope, missing: list[Missing]) -> Candidates | None:
    """What Resource Graph has seen; None if it did not tell."""
    management_groups, session = scope.management_groups or None, task.session

    def ask(query: str) -> frozenset[str]:
        rows = graph.query(
            session, query, purpose="which subscriptions have registries", management_groups=management_groups
        )
        return frozenset(str(row.get("id")).split("/")[2].lower() for row in rows)

    try:
        return Candidates(ask(_SUBSCRIPTIONS), ask(_REGISTRIES))
    except Failure as failure:
        rules.note(failure, "resource_graph", "Resource Graph", missing)
        return None


def _lister(task: Task, subscription: str, missing: list[Missing]) -> typing.Callable[[], list[Registry]]:
    def read() -> list[Registry]:
        try:
            return registries.list_in(task.session, subscription)
        except Failure as failure:
            rules.note(failure, "subscription", subscription, missing)
            return []

    return read


def _reports(task: Task, matches: typing.Sequence[Registry], missing: list[Missing]) -> list[Result]:
    """Each registry's health; of what could not be seen it is said, as no finding is not the same as nothing wrong.

    :param missing: takes the keys that cannot be read, in order.
    """
    reports = [_report(view, findings) for view, findings in examine(task, matches, rules.key_note(missing))]
    missing.sort(key=lambda part: part.name)
    unseen = [one.label for one, report in zip(matches, reports, strict=True) if not report["seen"]]
    if unseen:
        task.warn(
            f"The health of {listed(unseen, NAMED)} could not be seen whole: acr_health.seen is false, and "
            "acr_health.findings says what was not seen, and why."
        )
    return reports


def _report(view: View, findings: typing.Sequence[Finding]) -> Result:
    """A registry's health, as the inventory has it."""
    key = view.in_use
    created = key.created if key else None
    return {
        "worst": worst(findings),
        "seen": all(finding.code != "not_seen" for finding in findings),
        "findings": [finding.result() for finding in findings],
        "key_created": moment.iso(created),
        "key_age_days": None if key is None or created is None else int(key.age(view.now) // DAY),
        "key_expires_on": moment.iso(key.expires_on) if key else None,
        "as_of": moment.iso(view.now),
    }
