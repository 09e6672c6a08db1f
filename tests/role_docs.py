# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The roles' argument specs and README tables, from the one vocabulary in ``roles/acr_cmk``.

``python tests/role_docs.py`` writes them; the unit tests see that they are current.
"""

from __future__ import annotations

import functools
import pathlib
import re
import textwrap
import typing

import yaml

ROLES = pathlib.Path(__file__).resolve().parents[1] / "roles"
WHICH = ["acr_cmk_registry", "acr_cmk_registries", "acr_cmk_resource_group", "acr_cmk_subscription_id"]
RECORD = ["acr_cmk_record", "acr_cmk_record_key"]
#: The key of a registry that is made, and what stands around it.
KEY = [
    "acr_cmk_vault",
    "acr_cmk_key",
    "acr_cmk_key_version",
    "acr_cmk_key_size",
    "acr_cmk_rotation_mode",
    "acr_cmk_identity",
    "acr_cmk_access",
    "acr_cmk_purge_protection",
    "acr_cmk_grant_caller",
    "acr_cmk_vault_firewall",
    "acr_cmk_vault_ip_rules",
    "acr_cmk_confirm",
]
#: Which variables each role reads, in the order in which they are shown; a ``!`` marks those that it cannot do without.
VARIABLES = {
    "create": [
        "acr_cmk_registry!",
        "acr_cmk_resource_group!",
        "acr_cmk_location!",
        "acr_cmk_subscription_id",
        *KEY,
        "acr_cmk_verify_data",
        "acr_cmk_tags",
        *RECORD,
    ],
    "rotate": [
        *WHICH,
        "acr_cmk_max_age",
        "acr_cmk_vault",
        "acr_cmk_key",
        "acr_cmk_key_version",
        "acr_cmk_identity",
        "acr_cmk_grant_identity",
        "acr_cmk_rotation_mode",
        "acr_cmk_pick_up",
        "acr_cmk_canary",
        "acr_cmk_max_fail_percentage",
        "acr_cmk_verify_data",
        *RECORD,
    ],
    "revoke": [
        *WHICH,
        "acr_cmk_revoke_by",
        "acr_cmk_key_versions",
        "acr_cmk_confirm",
        "acr_cmk_verify_data",
        *RECORD,
    ],
    "diagnose": [*WHICH, "acr_cmk_max_age", "acr_cmk_fail_on"],
    "restore": [*WHICH, "acr_cmk_verify_data", *RECORD],
    "report": [
        *WHICH,
        "acr_cmk_report_subscriptions",
        "acr_cmk_report_management_groups",
        "acr_cmk_max_age",
        "acr_cmk_verify_data",
        "acr_cmk_report_to",
        "acr_cmk_report_language",
        "acr_cmk_report_formats",
        "acr_cmk_record",
        "acr_cmk_report_period",
        "acr_cmk_report_previous",
        "acr_cmk_report_controls",
    ],
    "move": [
        "acr_cmk_move_from!",
        "acr_cmk_registry!",
        "acr_cmk_resource_group!",
        "acr_cmk_location",
        "acr_cmk_subscription_id",
        "acr_cmk_move_finish",
        "acr_cmk_move_verify",
        "acr_cmk_move_leave_behind",
        "acr_cmk_move_role_assignments",
        "acr_cmk_move_passwords_file",
        *KEY,
        "acr_cmk_tags",
        *RECORD,
    ],
    "key_event": [
        "acr_cmk_event!",
        "acr_cmk_event_key",
        "acr_cmk_event_vault",
        "acr_cmk_subscription_id",
        "acr_cmk_max_age",
        "acr_cmk_pick_up",
        "acr_cmk_verify_data",
        *RECORD,
    ],
}


@functools.cache
def vocabulary() -> dict[str, dict[str, typing.Any]]:
    """Every variable's description, by its name; nobody changes it."""
    path = ROLES / "acr_cmk" / "meta" / "argument_specs.yml"
    return yaml.safe_load(path.read_text(encoding="utf-8"))["argument_specs"]["variables"]["options"]


def _options(role: str) -> str:
    lines = []
    for name in VARIABLES[role]:
        known = vocabulary()[name.rstrip("!")]
        # the vocabulary's own check takes more than Ansible would, and says in one sentence what it does not take
        lines += [f"      {name.rstrip('!')}:", f"        type: {'str' if known['type'] == 'str' else 'raw'}"]
        lines += ["        required: true"] if name.endswith("!") else []
        lines += ["        description:"]
        for sentence in known["description"]:
            wrapped = textwrap.wrap(sentence, 104, break_on_hyphens=False, break_long_words=False)
            folded = len(wrapped) > 1 or ": " in sentence
            lines += (
                ["          - >-", *(f"            {line}" for line in wrapped)]
                if folded
                else [f"          - {sentence}"]
            )
    return "\n".join(lines) + "\n"


def plain(text: str) -> str:
    """Without the markup of Ansible's documentation."""
    text = re.sub(r"RV\(([\w.]+)#module:([\w.]+)\)", r"`\2` of `\1`", text)
    text = re.sub(r"[PM]\(([\w.]+)(?:#role)?\)", r"`\1`", text)
    return re.sub(r"[OVEC]\(([^)]*)\)", r"`\1`", text)


def _table(role: str) -> str:
    rows = ["| variable | needed | meaning |", "| --- | --- | --- |"]
    for name in VARIABLES[role]:
        meaning = plain(" ".join(vocabulary()[name.rstrip("!")]["description"]))
        rows.append(f"| `{name.rstrip('!')}` | {'yes' if name.endswith('!') else 'no'} | {meaning} |")
    return "\n".join(rows) + "\n"


def files() -> dict[pathlib.Path, str]:
    """What the files should hold."""
    wanted = {}
    for role in VARIABLES:
        spec, readme = ROLES / role / "meta" / "argument_specs.yml", ROLES / role / "README.md"
        head = spec.read_text(encoding="utf-8").split("    options:\n")[0]
        wanted[spec] = f"{head}    options:\n{_options(role)}"
        wanted[readme] = readme.read_text(encoding="utf-8").split("| variable |")[0] + _table(role)
    return wanted


if __name__ == "__main__":
    for path, text in files().items():
        path.write_text(text, encoding="utf-8")
