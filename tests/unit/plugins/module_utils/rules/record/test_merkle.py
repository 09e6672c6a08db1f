# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tree of RFC 6962 against the vectors that implementations of it share."""

from __future__ import annotations

import hashlib

import pytest
from ansible_collections.ownkey.acr.plugins.module_utils._rules.record.merkle import Tree

#: The entries and roots by which Certificate Transparency's own implementations test theirs.
ENTRIES = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


@pytest.mark.parametrize("size", range(9))
def test_roots_are_those_of_the_vectors(size: int) -> None:
    tree = Tree()
    for entry in ENTRIES[:size]:
        tree.add(bytes.fromhex(entry))
    assert (tree.size, tree.root) == (size, ROOTS[size])


def _by_definition(entries: list[bytes]) -> bytes:
    """The hash as section 2.1 of RFC 6962 defines it."""
    if not entries:
        return hashlib.sha256(b"").digest()
    if len(entries) == 1:
        return hashlib.sha256(b"\x00" + entries[0]).digest()
    split = 1
    while split * 2 < len(entries):
        split *= 2
    left, right = _by_definition(entries[:split]), _by_definition(entries[split:])
    return hashlib.sha256(b"\x01" + left + right).digest()


def test_a_tree_of_any_size_is_as_defined() -> None:
    tree, entries = Tree(), []
    for number in range(70):
        entries.append(b"%d" % number)
        tree.add(entries[-1])
        assert tree.root == _by_definition(entries).hex()
