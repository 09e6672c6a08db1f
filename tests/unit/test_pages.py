# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pages that are made from the code are as the code has it; what else they say of it is held against it here."""

from __future__ import annotations

import pathlib
import re

import codes
import jinja2
import pytest
import role_docs
import role_pages
import sdk_sets
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
#: What a role derives from a variable's name, where the vocabulary says so in words.
SIMPLE = [
    (role, name.rstrip("!"))
    for role in role_docs.VARIABLES
    for name in role_docs.VARIABLES[role]
    if re.fullmatch(r"`[\w.]+`", role_pages.default(name.rstrip("!"))[0])
]


def text(path: pathlib.Path) -> str:
    return path.read_text(encoding="utf-8")


def test_the_pages_of_the_roles_are_made_from_the_vocabulary_and_the_tasks():
    """Else run ``make generated``."""
    for path, wanted in role_pages.files().items():
        assert text(path) == wanted, path


def test_the_page_of_codes_is_made_from_the_code():
    """Else run ``make generated``."""
    assert text(codes.PAGE) == codes.page(text(codes.PAGE))


def test_the_sets_of_packages_are_those_of_the_lock_files():
    """Else run ``python tests/sdk_sets.py`` (``make lock``)."""
    for path in sdk_sets.PAGES:
        assert text(path) == sdk_sets.page(path)


@pytest.mark.parametrize(("role", "name"), SIMPLE)
def test_a_default_that_a_page_names_is_what_the_role_goes_by(role, name):
    given = {
        one.rstrip("!"): role_pages.EXAMPLE[one.rstrip("!")]
        for one in role_docs.VARIABLES[role]
        if one.rstrip("!") in role_pages.EXAMPLE
    }
    value = role_pages.derived(role, **given)[name.removeprefix("acr_cmk_")]
    # a size of nothing is a new key's, by Key Vault's own default
    assert f"`{value or 2048}`" == role_pages.default(name)[0]


@pytest.mark.parametrize("registry", ["zzcmktrial1", "z" * 50])
def test_the_clean_up_of_a_first_run_names_the_vault_that_the_role_made(registry):
    (play,) = yaml.safe_load(text(ROOT / "docs" / "examples" / "clean-up.yml"))
    (name,) = (task["ownkey.acr.keyvault"]["name"] for task in play["tasks"] if "ownkey.acr.keyvault" in task)
    example = {**role_pages.EXAMPLE, "acr_cmk_registry": registry}
    needed = {one.rstrip("!"): example[one.rstrip("!")] for one in role_docs.VARIABLES["create"] if one.endswith("!")}
    assert jinja2.Template(name).render(**needed) == role_pages.derived("create", **needed)["vault"]


@pytest.mark.parametrize("role", role_docs.VARIABLES)
def test_the_example_of_a_role_says_what_the_role_takes(role):
    (play,) = yaml.safe_load(re.search(r"```yaml\n(.*?)```", text(role_pages.PAGES / f"{role}.md"), re.DOTALL)[1])
    assert play["roles"] == [f"ownkey.acr.{role}"]
    assert role_pages.derived(role, **play["vars"])


@pytest.mark.parametrize("role", role_docs.VARIABLES)
def test_a_page_has_real_types(role):
    page = text(role_pages.PAGES / f"{role}.md")
    kinds = re.findall(r"^\| \*\*`\w+`\*\*<br>([\w ]+)", page, re.MULTILINE)
    assert {kind.strip() for kind in kinds} <= {"bool", "dict", "float", "int", "list of dict", "list of str", "str"}
    assert "raw" not in page


def test_the_first_screens_say_what_was_proven_and_that_nobody_tried_it_on_azure():
    for path in (ROOT / "README.md", ROOT / "docs" / "index.md"):
        first = " ".join(text(path).split("```")[0].split())
        assert "not run it on real Azure" in first
        assert "first-run.md" in first
        assert "Microsoft's own API descriptions" in first


def test_the_readme_leads_to_the_documentation_that_galaxy_names():
    galaxy = yaml.safe_load(text(ROOT / "galaxy.yml"))
    assert f"({galaxy['documentation']})" in text(ROOT / "README.md").split("```")[0]
