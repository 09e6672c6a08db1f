# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Argument specs that several modules share, each beside the doc fragment of the same options."""

from __future__ import annotations

import dataclasses
import typing

Options = dict[str, dict[str, typing.Any]]


@dataclasses.dataclass(frozen=True)
class ArgumentSpec:
    """Options together with the rules among them, as AnsibleModule takes them.

    :param names: the kind of thing that the option ``name`` names, of ``_domain/names.py``; empty if there is none.
    """

    options: Options
    names: str = ""
    mutually_exclusive: tuple[tuple[str, ...], ...] = ()
    required_together: tuple[tuple[str, ...], ...] = ()
    required_one_of: tuple[tuple[str, ...], ...] = ()
    required_if: tuple[tuple[typing.Any, ...], ...] = ()
    required_by: typing.Mapping[str, str] = dataclasses.field(default_factory=dict)

    def rules(self) -> dict[str, typing.Any]:
        """The rules as keyword arguments of AnsibleModule and of ArgumentSpecValidator."""
        names = ("mutually_exclusive", "required_together", "required_one_of", "required_if")
        rules: dict[str, typing.Any] = {name: [list(rule) for rule in getattr(self, name)] for name in names}
        return {**rules, "required_by": dict(self.required_by)}


def without_empty(params: typing.Mapping[str, typing.Any], options: Options) -> dict[str, typing.Any]:
    """Parameters as they were sent, without those whose value is an empty text.

    It counts as not given, as AWX's surveys send it, whatever the option's type, in suboptions too.

    A required text stays, so that what says that it is empty names it.
    """
    return {
        name: _without_empty_below(value, options.get(name, {}))
        for name, value in params.items()
        if value != "" or options.get(name, {}).get("required")
    }


def _without_empty_below(value: typing.Any, option: dict[str, typing.Any]) -> typing.Any:
    suboptions = option.get("options")
    if not suboptions or value is None:
        return value
    if option["type"] == "list" and isinstance(value, list):
        return [_block(item, suboptions) for item in value]
    return _block(value, suboptions)


def _block(value: typing.Any, suboptions: Options) -> typing.Any:
    # in place of suboptions ansible-core breaks down over a number or a list; of a text it says what is wrong
    return without_empty(value, suboptions) if isinstance(value, dict) else str(value)


def in_own_case(params: typing.Mapping[str, typing.Any], options: Options) -> dict[str, typing.Any]:
    """Parameters as they were sent, with each choice in the case in which the spec has it, in suboptions too.

    Azure's own client takes enumerated values in any case (azure-cli-core, ``get_enum_type``: ``CaseInsensitiveList``),
    and so do this collection's roles. What is sent is the described spelling. What is no choice in any case stays as it
    is, for whoever judges it.
    """
    return {name: _in_own_case(value, options.get(name, {})) for name, value in params.items()}


def _in_own_case(value: typing.Any, option: dict[str, typing.Any]) -> typing.Any:
    if isinstance(value, dict) and option.get("options"):
        return in_own_case(value, option["options"])
    if isinstance(value, list):
        return [_in_own_case(one, option) for one in value]
    choices = option.get("choices", ())
    if not isinstance(value, str) or not choices or value in choices:
        return value
    if option["type"] == "list" and "," in value:
        return ",".join(_in_own_case(one.strip(), option) for one in value.split(","))
    same = [one for one in choices if isinstance(one, str) and one.lower() == value.strip().lower()]
    return same[0] if len(same) == 1 else value


def auth_options() -> Options:
    """How to sign in; documented in the fragment ``azure``."""
    return {
        "subscription_id": {"type": "str"},
        "tenant": {"type": "str"},
        "client_id": {"type": "str"},
        "secret": {"type": "str", "no_log": True},
        "x509_certificate_path": {"type": "path"},
        "certificate_password": {"type": "str", "no_log": True},
        "federated_token_file": {"type": "path", "no_log": False},
        "cloud_environment": {"type": "str"},
        "auth_source": {
            "type": "str",
            "default": "auto",
            "choices": ["auto", "cli", "credential_file", "env", "msi", "workload_identity"],
        },
        "profile": {"type": "str"},
        "share_tokens": {"type": "bool", "no_log": False},
    }


def tags_options() -> Options:
    """Tags; documented in the fragment ``tags``."""
    return {"tags": {"type": "dict"}, "append_tags": {"type": "bool", "default": True}}


def wait_options() -> Options:
    """How long to wait; documented in the fragment ``wait``."""
    return {"wait_timeout": {"type": "int", "default": 900}}


def verify_options() -> Options:
    """Whether to prove on the data plane that images can be read; documented in the fragment ``verify``."""
    return {"verify_data": {"type": "bool", "default": False}}


def confirm_options() -> Options:
    """The confirmation that what makes data unreadable needs; documented in the fragment ``confirm``."""
    return {"confirm": {"type": "list", "elements": "str", "default": []}}


def record_options() -> Options:
    """Where a record of what is changed is kept; documented in the fragment ``record``."""
    return {"record": {"type": "str"}, "record_key": {"type": "str", "no_log": False}}


def azure_spec(options: Options, **rules: typing.Any) -> ArgumentSpec:
    """The spec of a module: its own options and those to sign in."""
    return ArgumentSpec(options={**auth_options(), **options}, **rules)


def changing_spec(options: Options, **rules: typing.Any) -> ArgumentSpec:
    """The spec of a module that changes something: a record may be kept of that."""
    return azure_spec({**options, **record_options()}, **rules)
