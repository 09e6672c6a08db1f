# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a fleet costs: the table of ``docs/performance.md``, which it writes.

``fleet.py [PART ...]``: all parts, or some of them (see PARTS). The local Azure is a process of its own. Where Azure's
limits or the length of its operations are what is measured, time is real; the hour in which registries follow a key by
themselves passes on the local Azure's clock.
"""

from __future__ import annotations

import pathlib
import statistics
import sys
import tempfile
import time
import typing

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / ".cache" / "collections"))

from support.contoso import GROUP
from support.fleet import KV

from benchmark import limits, others, page
from benchmark.bench import KEYS, OPERATION_SECONDS, Bench, Figures
from benchmark.far import Far
from benchmark.inventory import Inventory
from benchmark.page import Row

ROUNDS = 3
SIZES = (100, 1000, 10_000)
_MANAGER = "management"


def _reads(requests: list[dict[str, typing.Any]], after: str = "") -> int:
    """Requests to Resource Manager that only read, those after the last one whose path ends so.

    A token from before the hour of waiting is refused, as real time did not pass; that one does not count.
    """
    last = max((n for n, one in enumerate(requests) if after and one["path"].endswith(after)), default=-1)
    reads = [one for one in requests[last + 1 :] if one["service"] == _MANAGER and not one["writes"]]
    return sum(one["status"] != 401 for one in reads)


def _writes(requests: list[dict[str, typing.Any]]) -> int:
    return sum(one["writes"] for one in requests)


# --- the local Azure itself ---------------------------------------------------------------------------------------


def local_azure(bench: Bench, _folder: pathlib.Path) -> list[Row]:
    """How fast the local Azure answers single looks, and what it holds, among few and among many."""
    rows, rates, memory = [], {}, {}
    for number in (SIZES[0], SIZES[-1]):
        ids = bench.registries(number, mode="manual")
        token = _token(bench)
        found = [bench.far.answers_a_second(ids[number // 2], token, requests=4000) for _round in range(ROUNDS)]
        rates[number], memory[number] = statistics.median(found), bench.far.memory()
    few, many = rates[SIZES[0]], rates[SIZES[-1]]
    held = (memory[SIZES[-1]] - memory[SIZES[0]]) * 1024 / (SIZES[-1] - SIZES[0])
    told = f"{few:,.0f} a second of {SIZES[0]} registries, {many:,.0f} of {SIZES[-1]:,}; {held:.0f} kB each"
    rows.append(Row("the local Azure: looks at one registry", "the same among many", told, many > 0.8 * few))
    return rows


def _token(bench: Bench) -> str:
    from azure.identity import ClientSecretCredential

    names = ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET")
    credential = ClientSecretCredential(*(bench.environment[name] for name in names))
    return credential.get_token("https://management.azure.com/.default").token


# --- rotation -----------------------------------------------------------------------------------------------------


def versionless(bench: Bench, _folder: pathlib.Path) -> list[Row]:
    """A thousand registries that follow ten keys by themselves."""
    found = []
    for _round in range(ROUNDS):
        ids = bench.registries(1000, mode="automatic")
        own = bench.own("cmk_rotate", moves=True, registries=ids, max_age="0d", pick_up="wait")
        requests = bench.requests()
        found.append((own["seconds"], _writes(requests), _reads(requests, after="/rotate"), own["slept"]))
    seconds, writes, reads, slept = (statistics.median(each) for each in zip(*found, strict=True))
    target = "≤ 10 writes, ≤ 20 reads until they report it, < 5 s beside the pick-up itself"
    told = f"{writes:.0f} writes, {reads:.0f} reads, {seconds:.1f} s beside {slept / 60:.0f} minutes of waiting"
    return [
        Row(
            f"1,000 versionless on {KEYS} keys, pick_up: wait",
            target,
            told,
            writes <= 10 and reads <= 20 and seconds < 5,
        )
    ]


def pinned(bench: Bench, folder: pathlib.Path) -> list[Row]:
    """A thousand that have to be pointed at each new version, ten thousand in ten subscriptions, and by the az CLI."""
    one = _pinned(bench, 1000, 1)
    allowed = limits.changes(1000, operation=OPERATION_SECONDS) + limits.new_versions(KEYS)
    rows = [
        Row(
            f"1,000 pinned on {KEYS} keys, one subscription, Azure's buckets, operations of 12 s",
            f"≤ 1.1 times what these alone allow ({allowed:.0f} s)",
            f"{one['seconds']:.1f} s, {one['seconds'] / allowed:.2f} times; {_of_process(one)}",
            one["seconds"] <= 1.1 * allowed,
        )
    ]
    ten = _pinned(bench, 10_000, 10)
    ratio = ten["seconds"] / one["seconds"]
    rows.append(
        Row(
            "10,000 pinned over 10 subscriptions",
            "≤ 1.2 times the 1,000, our process below 300 MB",
            f"{ten['seconds']:.1f} s, {ratio:.2f} times; {_of_process(ten)}",
            ratio <= 1.2 and ten["memory"] < 300,
        )
    )
    names = [each.rsplit("/", 1)[-1] for each in bench.registries(100, mode="manual")[:10]]
    bench.control.settings(throttle=True, operation_seconds=OPERATION_SECONDS)
    by_hand = others.Az(bench, folder).rotations(names, f"{KV}/keys/cmk0", GROUP)
    loop = statistics.mean(by_hand) * 1000
    rows.append(
        Row(
            "a loop over `az acr encryption rotate-key`, ten timed, for 1,000",
            "we are 100 times as fast",
            f"{statistics.mean(by_hand):.1f} s each, {loop:,.0f} s: {loop / one['seconds']:.0f} times ours",
            loop >= 100 * one["seconds"],
        )
    )
    return rows


def _of_process(own: dict[str, typing.Any]) -> str:
    told = f"{own['requests']:,} requests, {own['throttled']} throttled"
    return f"{told}; {own['processor']:.1f} s of our processor time, {own['memory']} MB"


def _pinned(bench: Bench, number: int, subscriptions: int) -> dict[str, typing.Any]:
    ids = bench.registries(number, mode="manual", subscriptions=subscriptions)
    bench.control.settings(throttle=True, operation_seconds=OPERATION_SECONDS)
    own = bench.own("cmk_rotate", registries=ids, max_age="0d")
    requests = bench.requests()
    if own["changed"] != number:
        raise SystemExit(f"{own['changed']} of {number} were changed: {own['msg']}")
    return {**own, "requests": len(requests), "throttled": sum(one["status"] == 429 for one in requests)}


# --- what is told of many -----------------------------------------------------------------------------------------


def told(bench: Bench, folder: pathlib.Path) -> list[Row]:
    """Facts, health and inventory."""
    inventory = Inventory(bench, folder)
    kinds: dict[str, typing.Callable[[], Figures]] = {
        "facts": lambda: bench.own("acr_cmk_registry_info", subscriptions=["all"]),
        "health": lambda: bench.own("cmk_health_info"),
        "inventory": inventory.own,
    }
    units = {"inventory": "a registry more than a script takes for `ansible-inventory` that prints the same hosts"}
    figures: dict[str, dict[int, Figures]] = {kind: {} for kind in kinds}
    for number in SIZES:
        bench.registries(number, mode="manual")
        for kind, run in kinds.items():
            figures[kind][number] = _medians([_with_requests(bench, run) for _round in range(ROUNDS)])
    return [_linear(kind, by_size, units.get(kind, "a registry")) for kind, by_size in figures.items()]


def _with_requests(bench: Bench, run: typing.Callable[[], Figures]) -> Figures:
    bench.control.forget_requests()
    return {**run(), "requests": len(bench.requests())}


def _medians(rounds: typing.Sequence[Figures]) -> Figures:
    names = ("seconds", "processor", "memory", "requests")
    return {name: statistics.median(one[name] for one in rounds) for name in names}


def _linear(kind: str, by_size: typing.Mapping[int, Figures], unit: str) -> Row:
    few, many = SIZES[0], SIZES[-1]
    each = 1000 * (by_size[many]["processor"] - by_size[few]["processor"]) / (many - few)
    pages = by_size[many]["requests"] - by_size[few]["requests"]
    parts = "; ".join(
        f"{size:,}: {one['seconds']:.1f} s, {one['requests']:.0f} requests, {one['memory']:.0f} MB"
        for size, one in by_size.items()
    )
    return Row(
        f"{kind} of {', '.join(f'{size:,}' for size in SIZES)}",
        "linear in pages, ≤ 0.5 ms of our processor time a registry",
        f"{each:.2f} ms {unit}; {parts}",
        each <= 0.5 and pages <= (many - few) // 100 + 1,
    )


def one_play(bench: Bench, folder: pathlib.Path) -> list[Row]:
    """Ten thousand registries as hosts, their rotation and their health in one play."""
    number = SIZES[-1]
    bench.registries(number, mode="manual", subscriptions=10)
    bench.control.settings(throttle=True, operation_seconds=OPERATION_SECONDS)
    one = _with_requests(bench, lambda: Inventory(bench, folder).play(number))
    measured = f"{one['seconds']:.0f} s, {one['requests']:,} requests; {one['processor']:.0f} s of processor time, "
    work = f"inventory of {number:,} pinned over 10 subscriptions, their rotation and their health in one play"
    return [Row(work, "it runs on 2 cores", f"{measured}{one['memory']:,} MB at most in one process", True)]


# --- create, again ------------------------------------------------------------------------------------------------


def create_again(bench: Bench, folder: pathlib.Path) -> list[Row]:
    """The second run of ``create``, and of a playbook that keeps the same state by other means."""
    bench.registries(10, mode="automatic")
    registry = "free0x0"
    variables = {
        "acr_cmk_registry": registry,
        "acr_cmk_resource_group": GROUP,
        "acr_cmk_location": "westeurope",
        "acr_cmk_vault": "contoso-kv",
        "acr_cmk_identity": "contoso-id",
        "acr_cmk_key": "cmk0",
    }
    elsewhere = others.Elsewhere(bench, others.Az(bench, folder), folder)
    ours, theirs = [], []
    for turn in range(ROUNDS + 1):
        began = time.monotonic()
        run = bench.ansible.playbook("ownkey.acr.create", variables)
        seconds = time.monotonic() - began
        if not run.ok or (turn and run.changed):
            raise SystemExit(f"create: {run.output}")
        by_others = elsewhere.again(registry)
        if turn:  # the first one fills the caches of both
            ours.append(seconds)
            theirs.append(by_others)
    mine, other = statistics.median(ours), statistics.median(theirs)
    return [
        Row(
            "`create`, second run, beside the same state kept by azure.azcollection and the az CLI",
            "10 times as fast",
            f"{mine:.1f} s and {other:.1f} s: {other / mine:.1f} times",
            other >= 10 * mine,
        )
    ]


PARTS = {
    "local_azure": local_azure,
    "versionless": versionless,
    "pinned": pinned,
    "told": told,
    "one_play": one_play,
    "create_again": create_again,
}


def main() -> int:
    wanted = sys.argv[1:] or list(PARTS)
    if {"pinned", "create_again"} & set(wanted):
        others.install()
    for name in wanted:
        with Far() as far, tempfile.TemporaryDirectory() as folder:
            rows = PARTS[name](Bench(far, pathlib.Path(folder)), pathlib.Path(folder))
        for row in rows:
            print(f"{row.work}\n  target {row.target}\n  {row.measured}: {'met' if row.met else 'NOT MET'}", flush=True)
        page.keep(name, rows)
    page.write()
    return 0


if __name__ == "__main__":
    sys.exit(main())
