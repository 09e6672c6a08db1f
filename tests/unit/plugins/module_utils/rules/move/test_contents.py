# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is not at the target yet is imported by its digest, once, and its locks are set again."""

from __future__ import annotations

import dataclasses

from ansible_collections.ownkey.acr.plugins.module_utils._domain.artifact import Artifact, Contents, Locks, Tag
from ansible_collections.ownkey.acr.plugins.module_utils._domain.image import Descriptor, Manifest
from ansible_collections.ownkey.acr.plugins.module_utils._rules.move.contents import Import, difference

NONE = Contents("team/app")
LOCKED = Locks(can_delete=False, can_write=False)


def digest(name):
    return f"sha256:{name}"


def held(*names, tags=None, locks=Locks(), locked=(), locked_tags=()):
    return Contents(
        "team/app",
        locks,
        {digest(n): Artifact(digest(n), size=10, locks=LOCKED if n in locked else Locks()) for n in names},
        {t: Tag(t, digest(n), LOCKED if t in locked_tags else Locks()) for t, n in (tags or {}).items()},
    )


def index(*parts, subject=""):
    parts = tuple(Descriptor(digest(part), 1) for part in parts)
    return Manifest((), parts, digest(subject) if subject else "")


def imports(source, target=NONE, **manifests):
    return list(difference(source, target, {digest(n): m for n, m in manifests.items()}).imports)


def one(name, *tags, alone=True):
    return Import("team/app", digest(name), tags, alone=alone)


def test_all_of_it_is_imported_by_its_digest_with_its_tags():
    assert imports(held("a", "b", tags={"v1": "a", "latest": "a"})) == [one("a", "latest", "v1"), one("b")]


def test_what_comes_along_with_an_index_is_not_imported_again():
    assert imports(held("i", "a", "b", tags={"v1": "i"}), i=index("a", "b")) == [one("i", "v1")]


def test_a_part_that_has_a_tag_of_its_own_gets_it_afterwards():
    source = held("i", "a", tags={"v1": "i", "amd": "a"})
    assert imports(source, i=index("a")) == [one("i", "v1"), one("a", "amd", alone=False)]


def test_an_index_of_indexes_comes_whole():
    assert imports(held("o", "i", "a"), o=index("i"), i=index("a")) == [one("o")]


def test_what_refers_to_another_comes_after_it():
    assert imports(held("a", "s"), s=index(subject="a")) == [one("a"), one("s", alone=False)]


def test_what_is_there_is_left_alone():
    both = held("a", "b", tags={"v1": "a"})
    assert not difference(both, both, {}).changed


def test_a_tag_that_moved_is_moved():
    source, target = held("a", "b", tags={"v1": "b"}), held("a", "b", tags={"v1": "a"})
    assert imports(source, target) == [one("b", "v1")]


def test_a_tag_whose_artifact_no_list_shows_is_imported_all_the_same():
    assert imports(held(tags={"v1": "a"})) == [one("a", "v1")]


def test_what_only_the_target_has_is_told_and_stays():
    gap = difference(held("a"), held("a", "b", tags={"old": "b"}), {})
    assert (gap.changed, gap.extra_artifacts, gap.extra_tags) == (False, (digest("b"),), ("old",))


def test_locks_are_set_again_the_repository_s_last():
    source = held("a", tags={"v1": "a"}, locks=LOCKED, locked=["a"], locked_tags=["v1"])
    changes = difference(source, NONE, {}).locks
    assert [change.words for change in changes] == ["team/app:v1", f"team/app@{digest('a')}", "team/app"]
    assert all(change.locks == LOCKED for change in changes)


def test_what_is_locked_at_the_target_is_opened_for_an_import_and_locked_again():
    source = held("a", "b", tags={"v1": "b"}, locks=LOCKED, locked_tags=["v1"])
    target = held("a", tags={"v1": "a"}, locks=LOCKED, locked_tags=["v1"])
    gap = difference(source, target, {})
    assert [change.words for change in gap.unlocked] == ["team/app", "team/app:v1"]
    assert all(change.locks.can_write for change in gap.unlocked)
    assert [change.words for change in gap.locks] == ["team/app:v1", "team/app"]
    assert all(change.locks == LOCKED for change in gap.locks)


def test_that_the_source_was_closed_by_us_is_no_lock_to_be_set_again():
    closed = held("a", locks=dataclasses.replace(Locks(), can_write=False))
    assert not difference(closed, held("a"), {}, keep_write=True).changed
    assert difference(closed, held("a"), {}).locks


def test_a_lock_that_was_copied_before_the_source_was_closed_is_kept():
    closed = held("a", "b", locks=dataclasses.replace(Locks(), can_write=False))
    gap = difference(closed, held("a", locks=dataclasses.replace(Locks(), can_write=False)), {}, keep_write=True)
    assert [change.words for change in gap.unlocked] == ["team/app"]
    assert [change.locks.can_write for change in gap.locks] == [False]


# --- what refers to others, at a target that does not tell of it ---------------------------------------------------

SUBJECT = digest("a")
TAG = "sha256-a"


def listed(source, target, there, *, refer=("s",)):
    return difference(source, target, {}, referrers={SUBJECT: tuple(map(digest, refer))}, indexes=there)


def test_what_refers_to_an_artifact_is_listed_under_its_tag():
    gap = listed(held("a", "s"), held("a", "s"), {})
    assert [(one.subject, one.tag, one.digests) for one in gap.indexes] == [(SUBJECT, TAG, (digest("s"),))]
    assert gap.changed


def test_a_list_that_has_all_is_left_alone_and_is_nothing_that_only_the_target_has():
    target = held("a", "s", "list", tags={TAG: "list"})
    gap = listed(held("a", "s"), target, {SUBJECT: {digest("s"), digest("more")}})
    assert (gap.changed, gap.extra_tags, gap.extra_artifacts) == (False, (), ())


def test_a_list_that_lacks_one_is_made_anew():
    target = held("a", "s", "t", "list", tags={TAG: "list"})
    assert listed(held("a", "s", "t"), target, {SUBJECT: {digest("s")}}, refer=("s", "t")).indexes


def test_a_target_that_tells_of_them_needs_no_list_and_takes_the_source_s_tags_as_they_are():
    gap = listed(held("a", "s", "old", tags={TAG: "old"}), NONE, None)
    assert not gap.indexes
    assert one("old", TAG) in gap.imports


def test_the_source_s_own_list_becomes_a_part_of_the_target_s():
    gap = listed(held("a", "s", "old", tags={TAG: "old"}), held("a", "s", "old"), {})
    assert (gap.imports, len(gap.indexes)) == ((), 1)


def test_a_locked_repository_is_opened_for_a_list_too():
    locked = held("a", "s", locks=LOCKED)
    gap = listed(locked, locked, {})
    assert [change.locks.can_write for change in (*gap.unlocked, *gap.locks)] == [True, False]
