# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to the collection ownkey.acr: may change at any time.
"""Values without what templating leaves on them, and values that nothing is left of by templating."""

from __future__ import annotations

import datetime
import functools
import typing

from ansible.template import trust_as_template


def plain(value: typing.Any) -> typing.Any:
    """A copy of a value in Python's own types: templated values carry tags that neither an SDK nor JSON should see."""
    if isinstance(value, dict):
        return {plain(name): plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, str):
        return "".join(value)
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value)
    if isinstance(value, (datetime.date, datetime.time)):
        # YAML's own dates reach a module as text
        return value.isoformat()
    return value


def harmless(value: typing.Any) -> typing.Any:
    """A copy of a value from outside in which texts that can be no templates count as such.

    ``ansible-inventory --list`` shows every other text as ``{"__ansible_unsafe": TEXT}``, and AWX keeps it like that
    (community.general #8212, vmware.vmware #283). Whoever may write a registry's tag must not run anything here: what
    has a brace, or begins with ``#`` (after ``#jinja2:`` a text says what its braces look like), is never templated.
    """
    if isinstance(value, str):
        return value if "{" in value or value.lstrip().startswith("#") else _text(value)
    if isinstance(value, dict):
        return {name: harmless(item) for name, item in value.items()}
    if isinstance(value, list):
        return [harmless(item) for item in value]
    return value


@functools.lru_cache(maxsize=65536)
def _text(value: str) -> str:
    """A text that counts as a template; most of a thousand registries' texts are the same."""
    return typing.cast(str, trust_as_template(value))
