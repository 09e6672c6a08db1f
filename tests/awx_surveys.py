# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The surveys of AWX's job templates, from the roles' argument specs.

``python tests/awx_surveys.py`` writes them; the unit tests see that they are current. What AWX takes as a survey:
ansible/awx, ``awx/api/views/__init__.py`` (``JobTemplateSurveySpec``).
"""

from __future__ import annotations

import re
import typing

import yaml
from role_docs import ROLES, VARIABLES, vocabulary

TARGET = ROLES.parent / "playbooks" / "vars" / "awx_surveys.yml"
#: No question can ask for a dictionary.
NOT_ASKED = {"acr_cmk_tags"}
#: What would change something that is there if it were answered by nobody: a size makes a new version of a key that has
#: another, a permission model ends what the other one granted.
NO_DEFAULT = {"acr_cmk_key_size", "acr_cmk_access"}
#: Without a name a rotation, revocation or restoration has nothing to work on.
ASKED_FOR = {"revoke": {"acr_cmk_registry", "acr_cmk_resource_group", "acr_cmk_confirm"}}


def _plain(text: str) -> str:
    text = re.sub(r"[PM]\(([\w.]+)(?:#role)?\)", r"\1", text)
    return re.sub(r"[OVEC]\(([^)]*)\)", r"\1", text)


def _question(role: str, name: str, known: dict[str, typing.Any]) -> dict[str, typing.Any]:
    described = " ".join(known["description"])
    question: dict[str, typing.Any] = {
        "question_name": name.removeprefix("acr_cmk_").replace("_", " ").capitalize(),
        "question_description": _plain(described),
        "variable": name,
        "required": bool(known.get("required")) or name in ASKED_FOR.get(role, ()),
    }
    # there is no question for yes or no: it is a choice, and its answer a text
    shared = vocabulary()[name]
    choices = ["true", "false"] if shared["type"] == "bool" else [str(choice) for choice in shared.get("choices", [])]
    if not choices:
        kind = "textarea" if name == "acr_cmk_registries" else "text"
        return {**question, "type": kind, "min": 0, "max": 1024, "default": ""}
    stated = re.search(r"If not given, V\(([^)]*)\)", described)
    default = stated[1] if stated and stated[1] in choices and name not in NO_DEFAULT else ""
    return {**question, "type": "multiplechoice", "choices": choices, "default": default}


def survey(role: str) -> dict[str, typing.Any]:
    """The survey of one role's job template, as AWX's API takes it."""
    spec = yaml.safe_load((ROLES / role / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))
    main = spec["argument_specs"]["main"]
    questions = [_question(role, name, known) for name, known in main["options"].items() if name not in NOT_ASKED]
    for question in questions:
        if not question["default"]:
            del question["default"]
    return {"name": main["short_description"], "description": f"Variables of ownkey.acr.{role}", "spec": questions}


def text() -> str:
    """The file that the playbook ``awx`` reads."""
    head = "".join(ROLES.joinpath("acr_cmk", "meta", "main.yml").read_text(encoding="utf-8").splitlines(True)[:3])
    surveys = {role: survey(role) for role in VARIABLES}
    body = yaml.dump({"awx_surveys": surveys}, Dumper=_Indented, sort_keys=False, width=118, allow_unicode=True)
    return f"{head}---\n# Written by tests/awx_surveys.py from the roles' argument specs.\n{body}"


class _Indented(yaml.SafeDumper):
    """A list below its key is indented, as ansible-lint has it."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        return super().increase_indent(flow, False)


if __name__ == "__main__":
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_text(text(), encoding="utf-8")
