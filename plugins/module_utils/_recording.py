# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Whether a record is to be kept, where, and of what it is part: from options and environment variables."""

from __future__ import annotations

import json
import typing
import uuid

from ._argspec import ArgumentSpec
from ._azure.session import Session
from ._clock import TellingClock
from ._domain import key_identifier, record_place
from ._domain.ansible import Params
from ._domain.failure import Failure
from ._domain.progress import is_in_awx
from ._domain.record import Origin

if typing.TYPE_CHECKING:
    from ._operations.record.recorder import Recorder
    from ._operations.record.signing import SigningKey
    from ._operations.record.store import Store

#: Where a record is kept of all that is changed, and by what key its head is signed, unless a task says otherwise.
PLACE, KEY = record_place.VARIABLE, "OWNKEY_ACR_RECORD_KEY"
#: Seconds to wait for another writer: one has the record for as long as it takes to write a line.
_PATIENCE = 60.0
#: What the action plugin tells of the run, as JSON.
ORIGIN = "OWNKEY_ACR_ORIGIN"


def recorder(
    module: str,
    spec: ArgumentSpec,
    params: Params,
    environ: typing.Mapping[str, str],
    clock: TellingClock,
    session: typing.Callable[[], Session],
) -> Recorder | None:
    """What keeps the record of a task; None where none was asked for.

    :param module: its name; empty for one that changes nothing.
    :raises Failure: for what is no place of a record, or no key.
    """
    text = params.get("record") or environ.get(PLACE)
    place = record_place.kept(text, parameter="record" if params.get("record") else PLACE) if module and text else None
    if module and params.get("record_key") and not text:
        raise Failure(
            "The key record_key signs the head of a record, and none is kept.",
            parameter="record_key",
            hint=f"Say with record where one is to be kept, or set {PLACE}; else leave record_key out.",
            code="missing_parameter",
        )
    if place is None:
        return None
    # a task that keeps no record does not load what keeps one
    from ._operations.record.recorder import Recorder
    from ._operations.record.signing import SigningKey
    from ._operations.record.store import store

    identifier = params.get("record_key") or environ.get(KEY)
    stores: list[Store] = []

    def the_store() -> Store:
        # one for the whole task: it knows where its own last line ends
        if not stores:
            stores.append(store(place, session, clock, min(_PATIENCE, float(params.get("wait_timeout") or _PATIENCE))))
        return stores[0]

    def signing() -> SigningKey:
        parameter = "record_key" if params.get("record_key") else KEY
        key = key_identifier.parse(identifier or "", session().cloud, parameter=parameter)
        return SigningKey(session(), key)

    secrets = {str(params[name]) for name, option in spec.options.items() if option.get("no_log") and params.get(name)}
    return Recorder(
        place, the_store, session, module, origin(environ), frozenset(secrets), signing if identifier else None
    )


def origin(environ: typing.Mapping[str, str]) -> Origin:
    """What a task is part of, as the action plugin and AWX say."""
    from ._operations.record import process

    try:
        block = json.loads(environ.get(ORIGIN) or "{}")
    except ValueError:
        block = {}
    words = {str(name): str(value) for name, value in block.items()} if isinstance(block, dict) else {}
    job = {"awx_job": environ.get("JOB_ID", "")} if is_in_awx(environ) else {}
    task = str(uuid.uuid4())
    return Origin.from_wire({"run": task, **job, **words, "task": task, "process": process.name()})
