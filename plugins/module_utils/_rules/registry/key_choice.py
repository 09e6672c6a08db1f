# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Which key identifier a registry is to be given: with a version or without one, and never an older one by accident.

Both modes are Azure's own: a versionless identifier means automatic rotation, one with a version manual rotation
(Microsoft's guide, 1.14, 1.15, 3.5).
"""

from __future__ import annotations

import dataclasses

from ..._domain.failure import Failure
from ..._domain.key_identifier import KeyIdentifier
from ..._domain.registry import Encryption


@dataclasses.dataclass(frozen=True)
class KeyWish:
    """What is said of a registry's key.

    :param key: with or without a version; None if nothing is said.
    :param mode: ``automatic``, ``manual``, ``keep`` (a registry that is there stays in its mode and on its version) or
        None: as the identifier says.
    :param allow_older: whether an older version of the key in use may be gone back to.
    """

    key: KeyIdentifier | None
    mode: str | None = None
    allow_older: bool = False


def check(wish: KeyWish) -> None:
    """What can be said of the wish alone.

    :raises Failure: for a contradiction.
    """
    if wish.mode == "automatic" and wish.key and wish.key.version:
        raise Failure(
            "Automatic rotation needs a versionless key identifier.",
            parameter="key_identifier",
            hint="Leave the version out, or rotation_mode.",
            code="contradiction",
        )


def needs_newest(wish: KeyWish, encryption: Encryption | None) -> bool:
    """Whether the newest version has to be known: a manual registry gets a version, and none is named."""
    if wish.key is None or wish.key.version:
        return False
    if encryption is None:
        return wish.mode == "manual"
    is_manual = wish.mode == "manual" or (wish.mode == "keep" and not encryption.is_automatic)
    return is_manual and not _is_on(encryption, wish.key)


def needs_history(wish: KeyWish, encryption: Encryption | None) -> bool:
    """Whether it has to be known which of two versions of one key is older."""
    if encryption is None or wish.key is None or not wish.key.version or not encryption.in_use:
        return False
    return _is_on(encryption, wish.key) and encryption.in_use.version != wish.key.version


def _is_on(encryption: Encryption, key: KeyIdentifier) -> bool:
    return bool(encryption.current and encryption.current.same_key(key))


def choose(
    wish: KeyWish, encryption: Encryption | None, *, newest: str = "", is_older: bool = False
) -> KeyIdentifier | None:
    """The key identifier that a registry is to have; None if it stays as it is.

    :param encryption: what it reports, None while it does not exist.
    :param newest: the key's newest version, where :func:`needs_newest` asks for it.
    :param is_older: whether the version that is named was made before the one in use.
    :raises Failure: for an older version, unless it was asked for in so many words.
    """
    key, mode = wish.key, wish.mode
    if key is None:
        return _switched(mode, encryption)
    if encryption is None or not _is_on(encryption, key):
        is_manual = mode == "manual" or (mode == "keep" and encryption is not None and not encryption.is_automatic)
        return key.at(newest) if is_manual and not key.version else key
    if mode in ("keep", "manual"):
        return _kept(wish, key, encryption, is_older=is_older)
    if is_older and not wish.allow_older:
        raise older_version(key, encryption)
    return key


def _switched(mode: str | None, encryption: Encryption | None) -> KeyIdentifier | None:
    """Of the key in use, the form that a mode asks for."""
    current = encryption.current if encryption else None
    if encryption is None or current is None or mode in (None, "keep", encryption.rotation_mode):
        return None
    return current.versionless if mode == "automatic" else current


def _kept(wish: KeyWish, key: KeyIdentifier, encryption: Encryption, *, is_older: bool) -> KeyIdentifier | None:
    """On the key in use a named version is a start: newer ones are gone to, older ones are not gone back to."""
    goes_manual = wish.mode == "manual" and encryption.is_automatic
    if encryption.is_automatic and not goes_manual:
        return None
    in_use = encryption.current
    if key.version and (wish.allow_older or not is_older):
        return key
    return in_use if goes_manual else None


def older_version(key: KeyIdentifier, encryption: Encryption) -> Failure:
    """The failure for a version that was made before the one in use."""
    return Failure(
        f"Version {key.version} of the key {key.name} is older than {encryption.key_version}, which is in use.",
        parameter="key_identifier",
        hint="Name a newer version or none; to go back all the same, set allow_older_version: true.",
        code="older_version",
    )
