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


def imports(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or "")


@pytest.mark.parametrize("path", sorted((UTILS / "_rules").glob("*.py")), ids=lambda path: path.stem)
def test_rules_are_pure(path):
    assert not [name for name in imports(path) if name.split(".")[0] in FORBIDDEN or name.startswith("..")]


@pytest.mark.parametrize("path", sorted((UTILS / "_azure").glob("*.py")), ids=lambda path: path.stem)
def test_nothing_in_azure_looks_upward(path):
    above = ("ansible", ".._operation", ".._operations", ".._module", ".._argspec")
    assert not [name for name in imports(path) if name.split(".", 1)[0] == "ansible" or name.startswith(above)]


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
