# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json

import pytest
from ansible.module_utils import basic
from ansible_collections.ownkey.acr.plugins.module_utils import _module
from ansible_collections.ownkey.acr.plugins.module_utils._argspec import azure_spec

SPEC = azure_spec(
    {
        "name": {"type": "str", "required": True},
        "sku": {"type": "str", "choices": ["premium", "standard"]},
        "days": {"type": "int"},
        "acls": {"type": "dict", "options": {"bypass": {"type": "str", "choices": ["AzureServices", "None"]}}},
    }
)
SECRET = "8Q~a-secret-that-nobody-may-read"


def give(monkeypatch, **given):
    """Options for the next module in this process."""
    arguments = {name: value for name, value in {"name": "contoso", **given}.items() if value is not None}
    monkeypatch.setattr(basic, "_ANSIBLE_ARGS", json.dumps({"ANSIBLE_MODULE_ARGS": arguments}).encode())
    monkeypatch.setattr(basic, "_ANSIBLE_PROFILE", "legacy")


@pytest.fixture
def answer(monkeypatch, capsys):
    """What a module that takes these options answers, as text; None leaves the name out."""

    def ask(**given):
        # at -vvv Ansible repeats the options
        give(monkeypatch, _ansible_verbosity=3, **given)
        with pytest.raises(SystemExit):
            _module._Module(argument_spec=SPEC.options).exit_json(msg="Fine.")
        return capsys.readouterr().out

    return ask


@pytest.mark.parametrize(
    ("given", "code", "told"),
    [
        ({"sku": "premum"}, "invalid_choice", "sku: 'premum' is not to be had; did you mean premium?"),
        (
            {"acls": {"bypass": "all"}},
            "invalid_choice",
            "acls.bypass: 'all' is not to be had. Give AzureServices or None.",
        ),
        ({"skuu": "premium"}, "unknown_option", "skuu: There is no such option. Did you mean sku?"),
        ({"days": "ninety"}, "option", "argument 'days' is of type"),
        ({"name": None}, "option", "missing required arguments: name"),
    ],
)
def test_what_is_wrong_with_the_options_is_one_line_with_a_code(answer, given, code, told):
    result = json.loads(answer(**given))
    assert result["failed"] is True
    assert result["failure"]["code"] == code
    assert told in result["msg"]
    assert "\n" not in result["msg"]


@pytest.mark.parametrize(
    "given",
    [
        # the name that it has elsewhere: azure-identity, Terraform
        {"client_secret": SECRET},
        {"secret": SECRET, "sku": SECRET},
        {"secret": SECRET, "acls": {"bypass": SECRET}},
        {"secret": SECRET, "days": SECRET},
        {"secret": SECRET, "colour": SECRET},
    ],
)
def test_no_message_about_an_option_tells_a_secret(answer, given):
    text = answer(**given)
    assert json.loads(text)["failed"] is True
    assert SECRET not in text


def test_choices_in_any_case_reach_the_module_as_azure_spells_them(monkeypatch):
    give(monkeypatch, sku="PREMIUM", acls={"bypass": "azureservices"})
    params = _module._Module(argument_spec=SPEC.options).params
    assert params["sku"] == "premium"
    assert params["acls"] == {"bypass": "AzureServices"}
