# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""What reading an image proves, or why nothing could be proven."""

from __future__ import annotations

import dataclasses
import typing

#: What each state means, for people.
MEANING = {
    "readable": "an image was read",
    "locked": "the registry cannot use its key",
    "empty": "the registry holds no image, so there is nothing to read",
    "not_permitted": "you may not pull from it",
    "not_permitted_by_repository": "its roles go by repository, and you have neither Container Registry Repository "
    "Reader nor Container Registry Repository Catalog Lister",
    "unreachable": "its data plane cannot be reached from here",
    "gone": "the image is not there any more",
    "unknown": "its data plane answered with an error",
}


@dataclasses.dataclass(frozen=True)
class Proof:
    """What came of reading an image. ``state`` is a key of :data:`MEANING`; ``message`` what the registry said."""

    state: str
    repository: str = ""
    digest: str = ""
    blob: str = ""
    message: str = ""

    def result(self) -> dict[str, str]:
        """The proof as a result has it, without what is empty."""
        row = {"state": self.state, "meaning": MEANING[self.state]}
        return row | {name: value for name, value in dataclasses.asdict(self).items() if value and name != "state"}

    def words(self) -> str:
        """For a sentence: ``read team/app@sha256:1234567…`` or why it was not read."""
        if self.state == "readable":
            return f"read {self.repository}@{self.digest[:15]}…"
        return MEANING[self.state]


def state_of(*, status: int | None, message: str, unreachable: bool) -> str:
    """What a refusal of the data plane means.

    The texts: ``docs/azure-behaviour.md``, "The registry's data plane".

    :param status: HTTP status, None if no answer came.
    """
    text = message.lower()
    if unreachable or status is None:
        return "unreachable"
    if "key encryption key" in text or "identity associated with the registry is inactive" in text:
        return "locked"
    if "is not allowed access" in text:
        return "unreachable"
    if status in (401, 403):
        return "not_permitted"
    return "gone" if status == 404 else "unknown"


def in_words(proofs: typing.Mapping[str, Proof]) -> str:
    """One clause for several registries: ``a: an image was read; b: you may not pull from it``."""
    if len(proofs) == 1:
        return next(iter(proofs.values())).words()
    return "; ".join(f"{name}: {proof.words()}" for name, proof in proofs.items())


def readable_words(proofs: typing.Mapping[str, Proof]) -> str:
    """A sentence on whether images can be read; nothing where nothing was asked."""
    if not proofs:
        return ""
    if all(one.state == "readable" for one in proofs.values()):
        return f"Proven on the data plane: {in_words(proofs)}."
    return f"That images can be read is NOT proven: {in_words(proofs)}."


def locked_words(before: typing.Mapping[str, Proof], after: typing.Mapping[str, Proof]) -> str:
    """A sentence on whether images are refused; what could not be read before proves nothing by being refused now."""
    later = "Azure may take some minutes, at most about an hour, until pulls fail everywhere."
    if not after:
        return f"Revoked at the vault, not proven at the registry: no image was asked for. {later}"
    if all(one.state == "locked" for one in after.values()):
        if all(one.state == "readable" for one in before.values()):
            return "An image that could be read before is refused now."
        return "The registry refuses every image: it cannot use its key."
    if any(one.state == "readable" for one in after.values()):
        return f"Images can still be read ({in_words(after)}). {later}"
    return f"Revoked at the vault, NOT proven at the registry: {in_words(after)}. {later}"
