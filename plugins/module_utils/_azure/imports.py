# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Imports from one registry into another: Azure copies, and no layer passes through here.

Sources: Microsoft's description of ``importImage`` (``containerregistry`` 2023-07-01 and later); "Import container
images to a container registry"; ``move.md``.
"""

from __future__ import annotations

from .._domain.failure import Failure
from .._domain.resource_id import ResourceId
from . import errors, operations, pace, sdk
from .session import Session


def import_artifact(
    session: Session,
    target: ResourceId,
    *,
    source_id: str,
    repository: str,
    digest: str,
    tags: tuple[str, ...],
    timeout: float,
) -> None:
    """Have an artifact with all that it consists of copied under the same repository, and wait for the end.

    It is named by its digest, so that a tag that moves meanwhile changes nothing (azure-cli #29974); without a tag it
    goes into ``untaggedTargetRepositories``. A tag that stands for something else at the target is moved.

    :param source_id: the source registry's resource id.
    :param timeout: in seconds; some imports never end (Azure/acr #617).
    :raises Failure: when Azure refuses, at once or at the end, or it takes longer.
    """
    core = sdk.module("azure.core.exceptions", "azure-core")
    body: dict[str, object] = {
        "source": {"resourceId": source_id, "sourceImage": f"{repository}@{digest}"},
        "mode": "Force",
    }
    if tags:
        body["targetTags"] = [f"{repository}:{tag}" for tag in tags]
    else:
        body["untaggedTargetRepositories"] = [repository]
    client = session.client("registries", target.subscription).registries
    began = session.clock.monotonic()
    with errors.explained(f"importing {repository}@{digest} into {target.name}"):
        while True:
            _await_turn(session, target)
            waited = session.clock.monotonic() - began
            try:
                method = operations.polling(session.clock, max(1.0, timeout - waited))
                client.begin_import_image(target.group, target.name, body, polling=method).result()
                return
            except core.HttpResponseError as error:
                if errors.status_of(error) != 429 or waited >= timeout:
                    raise
            except Failure as failure:
                if failure.status != 429 or waited >= timeout:
                    raise
            session.clock.sleep(1.0 + operations.poll_delay(waited), "Azure, which throttles imports")


def _await_turn(session: Session, target: ResourceId) -> None:
    """Wait until the subscription takes one more change, as far as this process knows: a refusal is a request too."""
    lane = pace.changes(target.subscription)
    while (wait := session.pace.reserve(lane)) > 0:
        session.clock.sleep(wait, "the subscription's limit of changes")
