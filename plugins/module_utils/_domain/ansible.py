# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""The border to Ansible: what it gives and what it is given may hold anything."""

from __future__ import annotations

import typing

#: The options of a module, as Ansible validated them.
Params = dict[str, typing.Any]
#: A result, as Ansible is answered.
Result = dict[str, typing.Any]
#: Variables of a play, and what a role goes by.
Variables = dict[str, typing.Any]
