# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The habits of the house that a machine can see."""

from __future__ import annotations

import ast
import importlib
import pathlib
import re

import awx_surveys
import pytest
import role_docs
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
UTILS = ROOT / "plugins" / "module_utils"
MODULES = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("*.py"))
FORBIDDEN = {"ansible", "azure", "os", "time", "random", "socket", "subprocess", "requests", "pathlib"}


#: Each layer of module_utils, and what it may import of the others.
LAYERS = {
    "_domain": {"_domain"},
    "_rules": {"_domain", "_rules"},
    "_azure": {"_domain", "_rules", "_azure", "_clock", "_run_folder"},
    "_operations": {"_domain", "_rules", "_azure", "_operations", "_operation", "_run_folder"},
}
#: The two borders, at which a dictionary may hold anything: what the SDK answered, and what Ansible gives and is given.
BORDERS = {"_domain/wire.py", "_domain/ansible.py", "_argspec.py"}
PARTICIPLES = re.compile(r"^\s+(known|told|found|made|asked|given|seen|wanted|chosen)\s*(:[^=,\n]+)?= ", re.MULTILINE)


def imports(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level:
            room = path.parents[node.level - 1].relative_to(UTILS)
            yield from (f"{room / (node.module or alias.name).replace('.', '/')}" for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module


def files(*layers):
    return [path for layer in layers for path in sorted((UTILS / layer).rglob("*.py"))]


def name_of(path):
    return str(path.relative_to(UTILS))


@pytest.mark.parametrize("path", files("_domain", "_rules"), ids=name_of)
def test_domain_and_rules_are_pure(path):
    assert not [name for name in imports(path) if name.split(".")[0] in FORBIDDEN]


@pytest.mark.parametrize("path", files(*LAYERS), ids=name_of)
def test_no_layer_looks_upward(path):
    allowed = LAYERS[path.relative_to(UTILS).parts[0]]
    inside = [name for name in imports(path) if name.startswith("_") and not name.startswith("__")]
    assert not [name for name in inside if name.split("/")[0] not in allowed]
    assert not [name for name in imports(path) if name.split(".")[0] == "ansible"]


@pytest.mark.parametrize("path", [p for p in UTILS.rglob("*.py") if "_azure" not in p.parts], ids=name_of)
def test_dictionaries_of_anything_stand_at_the_borders_only(path):
    if name_of(path) not in BORDERS:
        assert not re.findall(r"dict\[str, (?:typing\.)?Any\]", path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", files(*LAYERS), ids=name_of)
def test_names_are_nouns_of_the_field(path):
    assert not PARTICIPLES.findall(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "path", sorted(p for p in (ROOT / "plugins").rglob("*.py") if "_azure" not in p.parts), ids=lambda path: path.stem
)
def test_the_azure_sdk_is_imported_in_one_place_only(path):
    assert not [name for name in imports(path) if name.split(".")[0] == "azure"]


@pytest.mark.parametrize("name", MODULES)
def test_each_module_has_its_action_and_stands_in_the_action_group(name):
    action = importlib.import_module(f"ansible_collections.ownkey.acr.plugins.action.{name}")
    module = importlib.import_module(f"ansible_collections.ownkey.acr.plugins.modules.{name}")
    assert action.ActionModule.operation is module.OPERATION
    runtime = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text(encoding="utf-8"))
    assert runtime["action_groups"]["azure"] == MODULES


@pytest.mark.parametrize("name", MODULES)
def test_a_module_file_is_documentation_spec_and_one_call(name):
    tree = ast.parse((ROOT / "plugins" / "modules" / f"{name}.py").read_text(encoding="utf-8"))
    functions = [node.name for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.ClassDef))]
    assert functions == ["main"]


@pytest.mark.parametrize("name", MODULES)
def test_examples_are_tasks_of_this_module_with_options_that_there_are(name):
    module = importlib.import_module(f"ansible_collections.ownkey.acr.plugins.modules.{name}")
    used = set()
    for task in yaml.safe_load(module.EXAMPLES):
        assert task["name"]
        ((full, arguments),) = ((key, value) for key, value in task.items() if key.startswith("ownkey.acr."))
        used.add(full.rsplit(".", 1)[-1])
        other = importlib.import_module(f"ansible_collections.ownkey.acr.plugins.modules.{full.rsplit('.', 1)[-1]}")
        assert set(arguments) <= set(other.OPERATION.spec.options)
    assert name in used


def test_the_inventory_plugin_s_options_are_those_of_its_operation():
    """Ansible reads the documentation alone, and checks types and choices by it."""
    plugin = importlib.import_module("ansible_collections.ownkey.acr.plugins.inventory.registries")
    own = yaml.safe_load(plugin.DOCUMENTATION)
    fragment = importlib.import_module("ansible_collections.ownkey.acr.plugins.doc_fragments._auth")
    documented = yaml.safe_load(fragment.ModuleDocFragment.DOCUMENTATION)["options"] | own["options"]
    spec = plugin.OPERATION.spec.options
    ansible_s = {"plugin", "hostnames", "filters"}
    assert set(documented) - ansible_s == set(spec)
    for name, option in spec.items():
        for key in ("type", "elements", "choices", "default"):
            assert documented[name].get(key) == option.get(key), (name, key)
    for document in yaml.safe_load_all(plugin.EXAMPLES):
        standard = {"plugin", "keyed_groups", "groups", "compose", "cache", "cache_plugin", "cache_connection"}
        assert set(document) <= set(documented) | standard


def test_role_specs_and_tables_are_made_from_the_one_vocabulary():
    """Else run ``python tests/role_docs.py``."""
    for path, text in role_docs.files().items():
        assert path.read_text(encoding="utf-8") == text, path


def test_the_tests_that_the_coverage_page_names_exist():
    named = re.findall(r"`((?:unit|emulator|integration)/[^`]+)`", (ROOT / "docs" / "coverage.md").read_text("utf-8"))
    assert len(named) > 20
    for name in named:
        path, _colons, test = name.partition("::")
        source = (ROOT / "tests" / path).read_text(encoding="utf-8")
        assert f"def {test}(" in source or not test, name


def test_surveys_are_made_from_the_roles_argument_specs():
    """Else run ``python tests/awx_surveys.py``."""
    assert awx_surveys.TARGET.read_text(encoding="utf-8") == awx_surveys.text()
