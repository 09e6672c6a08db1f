# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pages of the roles, ``docs/roles/*.md``: from the one vocabulary, the roles' own tasks and the modules' results.

Ansible itself must not judge the variables (an empty answer of a survey is no number), so the roles' own argument specs
say less than these pages. Run as a script it writes them; the unit tests see that they are current.
"""

from __future__ import annotations

import ast
import functools
import pathlib
import re
import typing

import yaml
from ansible_collections.ownkey.acr.plugins.module_utils._rules.move.obstacles import KINDS
from ansible_collections.ownkey.acr.plugins.module_utils._rules.roles import variables as rules
from role_docs import ROLES, VARIABLES, plain, vocabulary

PAGES = ROLES.parent / "docs" / "roles"
#: What stands in a result whatever the role does.
COMMON = {
    "event": ("str", "What the event told of."),
    "changed": ("bool", "Whether anything was changed; in check mode whether it would be."),
    "message": ("str", "What happened, in a sentence."),
    "msg": ("str", "What happened, in a sentence."),
    "plan": ("list of str", "The steps in words, as taken, or in check mode as they would be taken."),
    "requests": ("int", "How many requests were sent to Azure, not counting those to sign in."),
}
#: Modules behind the variables of tasks that stand for one of several results.
BEHIND = {"last": "acr_cmk_registry", "vault": "keyvault", "deed": "cmk_rotate"}
#: Where one role does something else than the vocabulary says of all.
OTHERWISE = {
    ("rotate", "acr_cmk_vault"): "the one in use; with `acr_cmk_key` or `acr_cmk_key_version`, the registry's name and "
    "`-kv`",
    ("rotate", "acr_cmk_key"): "the one in use; with `acr_cmk_vault` or `acr_cmk_key_version`, the registry's name and "
    "`-cmk`",
    ("rotate", "acr_cmk_identity"): "the one in use",
}
#: Roles whose result is that of a module as a whole.
WHOLE = {"move": "acr_cmk_move"}
#: What is shown of what follows from the names, and in which words.
NAMES = {
    "vault": "the vault",
    "key": "the key",
    "identity": "the identity",
    "temporary_vault": "a vault that is there for a while, where a firewall or `acr_cmk_identity: system` asks for it",
    "temporary_identity": "an identity that is there for a while, for the same reason",
}
#: A value of each kind that needs one, for examples and to see what follows.
EXAMPLE = {
    "acr_cmk_registry": "contosoacr",
    "acr_cmk_resource_group": "contoso",
    "acr_cmk_location": "westeurope",
    "acr_cmk_move_from": "oldacr",
    "acr_cmk_event": "new_version",
    "acr_cmk_event_key": "https://contoso-kv.vault.azure.net/keys/cmk/cfc33432d68370deac10fc77c35e5ee1",
}


@functools.cache
def _spec(role: str) -> dict[str, typing.Any]:
    path = ROLES / role / "meta" / "argument_specs.yml"
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def derived(role: str, **variables: object) -> dict[str, typing.Any]:
    """What a role goes by, as the role itself works it out."""
    return rules.derived(role, variables, rules.vocabulary(_spec("acr_cmk"), _spec(role)))


def type_of(option: typing.Mapping[str, typing.Any]) -> str:
    """An option's type, as Ansible calls it."""
    return f"list of {option['elements']}" if option["type"] == "list" else str(option["type"])


def choices(name: str) -> list[str]:
    """What a variable may say, if that is a list of words."""
    if name == "acr_cmk_move_leave_behind":
        return sorted(KINDS)
    return [str(choice) for choice in vocabulary()[name].get("choices", [])]


def default(name: str) -> tuple[str, str]:
    """What holds if a variable is not given, and the rest of its description.

    The vocabulary says the first in a sentence of its own.
    """
    text = " ".join(vocabulary()[name]["description"])
    stated = re.search(r"(?:^| )If not given, (.*?)\.(?= [A-Z]| C\(|$)", text)
    if not stated:
        return "", plain(text)
    return plain(stated[1]), plain((text[: stated.start()] + text[stated.end() :]).strip())


def _row(role: str, marked: str) -> str:
    name = marked.rstrip("!")
    option = vocabulary()[name]
    otherwise, meaning = default(name)
    otherwise = OTHERWISE.get((role, name), otherwise)
    kind = [f"**`{name}`**", type_of(option) + (", required" if marked.endswith("!") else "")]
    words = [meaning]
    if any(f"`{choice}`" not in meaning for choice in choices(name)):
        words.append("One of " + ", ".join(f"`{choice}`" for choice in choices(name)) + ".")
    if otherwise:
        words.append(f"*Default:* {otherwise}.")
    return f"| {'<br>'.join(kind)} | {'<br>'.join(words)} |"


def _names(role: str) -> str:
    """What follows from the registry's name, worked out by the role's own code."""
    given = {name.rstrip("!"): EXAMPLE[name.rstrip("!")] for name in VARIABLES[role] if name.rstrip("!") in EXAMPLE}
    names = derived(role, **given)
    rows = [f"| {NAMES[name]} | `{names[name]}` |" for name in NAMES]
    return "\n".join(["| | with `acr_cmk_registry: contosoacr` |", "| --- | --- |", *rows])


# --- results ----------------------------------------------------------------------------------------------------------


@functools.cache
def returned(module: str) -> dict[str, dict[str, typing.Any]]:
    """What a module returns, as its documentation says."""
    tree = ast.parse((ROLES.parent / "plugins" / "modules" / f"{module}.py").read_text(encoding="utf-8"))
    text = next(
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and typing.cast(ast.Name, node.targets[0]).id == "RETURN"
    )
    return yaml.safe_load(ast.literal_eval(text))


def _tasks(items: object) -> typing.Iterator[dict[str, typing.Any]]:
    for task in items if isinstance(items, list) else []:
        yield task
        yield from _tasks(task.get("block"))


def _all_tasks(role: str) -> list[dict[str, typing.Any]]:
    paths = sorted((ROLES / role / "tasks").glob("*.yml"))
    return [task for path in paths for task in _tasks(yaml.safe_load(path.read_text(encoding="utf-8")))]


def fields(role: str) -> dict[str, tuple[str, str, typing.Any]]:
    """Each field of a role's result: type, meaning, an example.

    :raises KeyError: for a field of which neither a module's documentation nor ``COMMON`` tells.
    """
    if role in WHOLE:
        own = {name: (*COMMON[name], None) for name in ("changed", "msg")}
        return own | {name: _documented(field) for name, field in returned(WHOLE[role]).items() if name != "failure"}
    tasks = _all_tasks(role)
    modules = dict(BEHIND)
    for task in tasks:
        module = next((name for name in task if name.startswith("ownkey.acr.")), None)
        if module and "register" in task:
            modules[task["register"].removeprefix("__acr_cmk_")] = module.rsplit(".", 1)[-1]
    (result,) = (task["vars"]["__acr_cmk_result"] for task in tasks if "__acr_cmk_result" in task.get("vars", {}))
    return {name: _field(role, name, str(value), modules) for name, value in result.items()}


def _field(role: str, name: str, value: str, modules: typing.Mapping[str, str]) -> tuple[str, str, typing.Any]:
    if name in COMMON:
        return (*COMMON[name], None)
    behind = [
        (modules[variable], field)
        for variable, field in re.findall(r"__acr_cmk_(\w+?)\.(\w+)", value)
        if variable in modules
    ]
    for module, field in [*behind, *((module, name) for module in modules.values())]:
        known = returned(module)
        if field in known:
            return _documented(known[field])
    raise KeyError(f"Nothing says what {name} of the role {role}'s result means: tests/role_pages.py, COMMON.")


def _documented(field: typing.Mapping[str, typing.Any]) -> tuple[str, str, typing.Any]:
    texts = field["description"] if isinstance(field["description"], list) else [field["description"]]
    return type_of({"elements": "str", **field}), plain(" ".join(texts)), field.get("sample")


def _result(role: str) -> str:
    every = fields(role)
    rows = [f"| **`{name}`**<br>{kind} | {meaning} |" for name, (kind, meaning, _sample) in every.items()]
    samples = {name: sample for name, (_kind, _meaning, sample) in every.items() if sample not in (None, [], {}, "")}
    shown = yaml.safe_dump(samples, sort_keys=False, width=100, allow_unicode=True).rstrip()
    table = "\n".join(["| field | meaning |", "| --- | --- |", *rows])
    return f"{table}\n\nFor example, of those that are not a plain yes, no or number:\n\n```yaml\n{shown}\n```"


# --- the page --------------------------------------------------------------------------------------------------


def _example(role: str) -> str:
    readme = (ROLES / role / "README.md").read_text(encoding="utf-8")
    return re.search(r"```yaml\n.*?```", readme, re.DOTALL)[0]  # type: ignore[index]


def page(role: str) -> str:
    """The page of one role."""
    main = _spec(role)["argument_specs"]["main"]
    head = (ROLES / role / "README.md").read_text(encoding="utf-8").split("# ownkey.acr")[0]
    result = f"acr_cmk_{role}_result"
    follows = (
        ""
        if role not in ("create", "move")
        else f"""
## Names that follow

What has no variable of its own given is called after the registry:

{_names(role)}
"""
    )
    failed = "nothing of the above is set"
    if role == "diagnose":
        failed += ", unless it is by `acr_cmk_fail_on`, which looks at the fact when it is set"
    variables = "\n".join(["| variable | meaning |", "| --- | --- |", *(_row(role, name) for name in VARIABLES[role])])
    return f"""{head}# Role `{role}`: {main["short_description"][0].lower()}{main["short_description"][1:]}

{plain(" ".join(main["description"]))}

{_example(role)}

As a playbook: `ansible-playbook ownkey.acr.{role}` with the same variables.

## Variables

An empty text or null counts as not given. A yes or no, a number, a list or a dictionary may come as text (`yes`,
`4096`, `contosoacr,fabrikamacr`, JSON), and choices in any case.

{variables}
{follows}
## Result

The fact `{result}`. The playbook leaves the same as an artifact for the later nodes of an AWX workflow: `{result}`, or
with `acr_cmk_hosts` the results of all hosts by their names in `{result}s`.

{_result(role)}

If it fails, `failure` of the task that failed has a [code](../codes.md), and {failed}.
"""


def files() -> dict[pathlib.Path, str]:
    """What the files should hold."""
    return {PAGES / f"{role}.md": page(role) for role in VARIABLES}


if __name__ == "__main__":
    PAGES.mkdir(exist_ok=True)
    for path, text in files().items():
        path.write_text(text, encoding="utf-8")
