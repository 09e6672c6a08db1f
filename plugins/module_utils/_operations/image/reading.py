# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Prove on a registry's own data plane that images can be read, or that they cannot any more."""

from __future__ import annotations

import dataclasses
import typing

from ..._azure import images
from ..._domain.failure import Failure
from ..._domain.image import Image
from ..._domain.registry import Registry
from ..._domain.words import NAMED, listed
from ..._operation import Task
from ..._rules.image.proof import Proof
from ..access import caller

Proofs = dict[str, Proof]


def read_all(task: Task, registries: typing.Sequence[Registry], before: Proofs | None = None) -> Proofs:
    """Read an image of each registry, side by side; by the registry's name.

    :param before: proofs of images that were read before, to be read again.
    """

    def image_of(name: str) -> Image | None:
        proof = (before or {}).get(name)
        return Image(proof.repository, proof.digest) if proof and proof.digest else None

    def reader(registry: Registry) -> typing.Callable[[], Proof]:
        def read() -> Proof:
            proof = images.read(task.session, registry.login_server, image_of(registry.label))
            if proof.state == "not_permitted" and registry.goes_by_repository:
                return dataclasses.replace(proof, state="not_permitted_by_repository")
            return proof

        return read

    proofs = task.session.side_by_side(*(reader(registry) for registry in registries))
    return {registry.label: proof for registry, proof in zip(registries, proofs, strict=True)}


def wait_until_locked(
    task: Task, registries: typing.Sequence[Registry], before: Proofs, *, is_undone: typing.Callable[[], bool]
) -> Proofs:
    """Read the images that could be read before until each is refused, up to ``wait_timeout``.

    An answer that proves nothing (a gateway's error, a connection that broke) does not end the wait; that the image is
    gone does. Azure publishes no time within which a registry notices; see ``docs/azure-behaviour.md``, "Revocation".

    :param is_undone: whether somebody gave the key back meanwhile, which ends the wait.
    """
    began, after = task.clock.monotonic(), dict(before)
    left = [registry for registry in registries if before[registry.label].state == "readable"]
    while left:
        after |= read_all(task, left, before)
        left = [registry for registry in left if after[registry.label].state not in ("locked", "gone", "empty")]
        waited = task.clock.monotonic() - began
        if waited >= task.timeout:
            break
        if left:
            task.clock.sleep(caller.pause(waited), "Azure to refuse an image that it could still read")
            if is_undone():
                break
    return after


def not_readable(names: typing.Sequence[str], proofs: Proofs, *, after: str) -> Failure:
    """The failure for registries whose images cannot be read any more after a change that must not lose anything.

    :param after: what was done, as in "the rotation".
    """
    return Failure(
        f"After {after} no image of {listed(names, NAMED)} can be read: {proofs[names[0]].message}",
        hint="Run the playbook ownkey.acr.restore; the old key version is still there and enabled.",
        code="not_readable",
        details={"changed": True, "data": {name: proof.result() for name, proof in proofs.items()}},
    )


def proofs_after(task: Task, registries: typing.Sequence[Registry]) -> Proofs:
    """Read an image of each registry after a change; whatever is not proven is warned of."""
    proofs = read_all(task, registries)
    for name, proof in proofs.items():
        if proof.state not in ("readable", "locked"):
            task.warn(f"That images of {name} can be read was not proven: {proof.words()}.")
    return proofs


def require_readable(task: Task, registry: Registry, *, after: str) -> Proofs:
    """After a change that must not lose anything: an image must be readable where that can be told.

    :param after: what was done, as in "the move to another key".
    :raises Failure: when the registry says that it cannot use its key.
    """
    proofs = proofs_after(task, [registry])
    if proofs[registry.label].state == "locked":
        raise not_readable([registry.label], proofs, after=after)
    return proofs
