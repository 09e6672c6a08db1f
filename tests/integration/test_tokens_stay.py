# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tokens and secrets go to the chosen cloud's hosts alone, whatever an answer, a challenge or a variable says; and they
show up in no result."""

from __future__ import annotations

import json
import re
import typing

import pytest
from local_azure.server import LocalAzure
from support.between import Answer, Sent
from support.direct import Direct
from support.near import NearClock, near
from support.playbooks import Ansible
from support.small_world import HSM, PLACE, TO, SmallWorld

KEY = "https://contoso-kv.vault.azure.net/keys/cmk"
#: Where Azure's host and the cloud's registries, stores and sign-in are, and nothing else.
OWN = re.compile(
    r"management\.azure\.com|login\.microsoftonline\.com|[a-z0-9-]+\.(vault|managedhsm)\.azure\.net|[a-z0-9.-]+\.azurecr\.io"
)


class World(SmallWorld):
    """What stands in between sees to it that nothing leaves."""

    def run(self, module: str, options: dict[str, typing.Any], **environment: str) -> dict[str, typing.Any]:
        """Run a task, and see to it that nothing of it went elsewhere and nothing secret came out of it."""
        direct = Direct({**self.environment, **environment}, NearClock(self.azure))
        result = direct(module, **options)
        strangers = [sent for sent in self.between.sent if not OWN.fullmatch(sent.host)]
        assert not [sent for sent in strangers if _tells(sent)], strangers
        assert not [sent.url for sent in self.between.sent if not sent.url.startswith("https://")]
        text = json.dumps(result, default=str)
        assert "eyJ" not in text
        assert self.azure.world.app()["secret"] not in text
        return result

    def strangers(self) -> list[str]:
        """The hosts that are not Azure's and were asked all the same."""
        return [sent.host for sent in self.between.sent if not OWN.fullmatch(sent.host)]


def _tells(sent: Sent) -> bool:
    """Whether a request has anything in it that a stranger must not read."""
    return "authorization" in {name.lower() for name in sent.headers} or bool(sent.body)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> typing.Iterator[World]:
    with near(tmp_path_factory.mktemp("home")) as azure:
        yield World(azure)


@pytest.fixture
def world(made: World) -> World:
    made.reset()
    return made


#: A task for each client of the SDK, and the host that it asks.
TASKS: dict[str, tuple[str, dict[str, typing.Any], str]] = {
    "registries": ("acr_cmk_registry_info", {"name": "contosoacr", **PLACE}, "management"),
    "lists of registries": ("acr_cmk_registry_info", {"subscriptions": ["all"]}, "management"),
    "vaults": ("keyvault", {"name": "contoso-kv", **PLACE}, "management"),
    "identities": ("managed_identity", {"name": "contoso-id", **PLACE}, "management"),
    "groups": ("resource_group", {"name": "contoso"}, "management"),
    "graph": ("cmk_dependents_info", {"key_identifier": KEY}, "management"),
    "roles": ("keyvault_key_access", {"vault": "contoso-kv", "identity": "contoso-id", **PLACE}, "management"),
    "keys": ("keyvault_rsa_key_info", {"vault": "contoso-kv"}, "vault"),
    "keys of an HSM": ("keyvault_rsa_key_info", {"vault": HSM}, "managedhsm"),
    "local roles": ("keyvault_key_access", {"vault": HSM, "caller": True}, "managedhsm"),
    "images": ("cmk_restore", TO, "azurecr"),
}
TARGETS = [
    "https://evil.example/next",
    "https://evil.vault.azure.net.evil.example/next",
    "https://management.azure.com@evil.example/next",
    "https://evil.example\\@management.azure.com/next",
    "https://management.azure.com:8443/next",
    "http://management.azure.com/next",
    "http://contoso-kv.vault.azure.net/next",
    "//evil.example/next",
    "https://evil.example#.vault.azure.net/next",
    "https://[2001:db8::1]/next",
    "https://169.254.169.254/metadata",
]


def _stranger(sent: Sent) -> Answer | None:
    """Whoever is asked beside Azure answers, and would have heard all of it."""
    return None if OWN.fullmatch(sent.host) else Answer(200, {"Content-Type": "application/json"}, b'{"value": []}')


@pytest.mark.parametrize("status", [301, 302, 307, 308])
@pytest.mark.parametrize("name", TASKS)
def test_a_redirect_is_not_followed_elsewhere(world: World, name: str, status: int) -> None:
    module, options, host = TASKS[name]
    for target in TARGETS:
        world.reset()

        def instead(sent: Sent, target: str = target) -> Answer | None:
            return Answer(status, {"Location": target}, b"") if host in sent.host else _stranger(sent)

        world.between.instead = instead
        result = world.run(module, options)
        assert result.get("failed") or name == "images", (target, result)
        assert not world.strangers(), target


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", ["lists of registries", "keys", "keys of an HSM", "roles", "graph"])
def test_a_next_link_is_not_followed_elsewhere(world: World, name: str, target: str) -> None:
    module, options, _host = TASKS[name]
    links = 0

    def change(_sent: Sent, answer: Answer) -> Answer:
        nonlocal links
        body = answer.json()
        if not isinstance(body, dict) or not isinstance(body.get("value"), list):
            return answer
        links += 1
        return answer.with_json({**body, "nextLink": target})

    world.between.instead, world.between.change = _stranger, change
    result = world.run(module, options)
    assert links
    assert result.get("failed"), result
    # by http, and to an address that it cannot read, the SDK itself gives no token
    assert result["failure"]["code"] in ("foreign_host", "unreadable_answer") or not target.startswith("https://evil")
    assert not world.strangers()


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("header", ["Azure-AsyncOperation", "Location"])
def test_an_operation_is_not_polled_elsewhere(world: World, header: str, target: str) -> None:
    def change(sent: Sent, answer: Answer) -> Answer:
        if sent.method == "PATCH" and "registries" in sent.path:
            return answer._replace(status=202, headers={header: target})
        return answer

    world.between.instead, world.between.change = _stranger, change
    result = world.run("acr_cmk_registry", {"name": "contosoacr", **PLACE, "tags": {"a": "b"}})
    assert result["failure"]["code"] == "foreign_host"
    assert result["changed"]
    assert not world.strangers()


CHALLENGES = [
    'Bearer authorization="https://evil.example/t", resource="https://vault.azure.net"',
    'Bearer authorization="https://login.microsoftonline.com.evil.example/t", resource="https://vault.azure.net"',
    'Bearer authorization="http://login.microsoftonline.com/t", resource="https://vault.azure.net"',
    'Bearer authorization="https://login.microsoftonline.com/t", resource="https://management.azure.com"',
    'Bearer authorization="https://login.microsoftonline.com/t", resource="https://evil.example"',
    'Bearer authorization="https://login.microsoftonline.com/t", resource="https://azure.net"',
    'Bearer authorization="https://login.microsoftonline.com/t", scope="https://graph.microsoft.com/.default"',
    'Bearer authorization="https://login.microsoftonline.us/t", resource="https://vault.azure.net"',
    'Bearer resource="https://vault.azure.net"',
    'Basic realm="proxy"',
    "Negotiate",
    "Bearer",
    "",
]


@pytest.mark.parametrize("challenge", CHALLENGES)
@pytest.mark.parametrize("name", ["keys", "keys of an HSM", "local roles"])
def test_no_token_is_given_for_a_strange_challenge(world: World, name: str, challenge: str) -> None:
    module, options, host = TASKS[name]

    def instead(sent: Sent) -> Answer | None:
        if host not in sent.host:
            return _stranger(sent)
        return Answer(401, {"WWW-Authenticate": challenge} if challenge else {}, b"{}")

    world.between.instead = instead
    result = world.run(module, options)
    assert result.get("failed"), result
    assert not world.strangers()
    assert not [sent for sent in world.between.sent if host in sent.host and _tells(sent)]


@pytest.mark.parametrize(
    "challenge",
    [
        'Bearer realm="https://evil.example/oauth2/token",service="evil.example",scope="repository:x:pull"',
        'Bearer realm="https://contosoacr.azurecr.io/oauth2/token",service="evil.example",scope="registry:catalog:*"',
        'Bearer realm="https://contosoacr.azurecr.io/oauth2/token"',
        'Basic realm="https://evil.example"',
        "x",
    ],
)
def test_a_registry_s_realm_leads_nowhere_else(world: World, challenge: str) -> None:
    def change(_sent: Sent, answer: Answer) -> Answer:
        return answer.with_header("WWW-Authenticate", challenge) if answer.status == 401 else answer

    world.between.instead, world.between.change = _stranger, change
    world.run("cmk_restore", TO)
    assert not world.strangers()


def test_storage_gets_no_token_and_its_address_is_told_to_nobody(world: World) -> None:
    storage = "https://contoso.blob.core.windows.net/blob?se=2027&sig=VERYSECRET"

    def instead(sent: Sent) -> Answer | None:
        if "/blobs/" in sent.path and "azurecr" in sent.host and "authorization" in {n.lower() for n in sent.headers}:
            return Answer(307, {"Location": storage}, b"")
        if "blob.core" in sent.host:
            raise ConnectionResetError("no way there")
        return None

    world.between.instead = instead
    result = world.run("cmk_restore", TO)
    assert "contoso.blob.core.windows.net" in world.strangers()
    assert "VERYSECRET" not in json.dumps(result)


@pytest.mark.parametrize(
    "key",
    [
        "https://evil.example/keys/cmk",
        "https://contoso-kv.vault.azure.net.evil.example/keys/cmk",
        "https://evil.example#.vault.azure.net/keys/cmk",
        "https://evil#.vault.azure.net/keys/cmk",
        "https://user@contoso-kv.vault.azure.net/keys/cmk",
        "http://contoso-kv.vault.azure.net/keys/cmk",
    ],
)
@pytest.mark.parametrize(
    ("module", "options"),
    [
        ("cmk_rotate", {**TO, "max_age": "0d"}),
        ("cmk_health_info", TO),
        ("cmk_revoke", {**TO, "confirm": ["contosoacr"]}),
        ("cmk_restore", TO),
        ("acr_cmk_registry", {"name": "contosoacr", **PLACE, "rotation_mode": "manual"}),
        ("acr_cmk_registry", {"name": "contosoacr", **PLACE, "key_identifier": KEY, "identity": "contoso-id"}),
    ],
)
def test_a_key_that_a_registry_names_leads_nowhere_else(
    world: World, module: str, options: dict[str, typing.Any], key: str
) -> None:
    def change(sent: Sent, answer: Answer) -> Answer:
        return (
            answer._replace(body=answer.body.replace(KEY.encode(), key.encode()))
            if "management" in sent.host
            else answer
        )

    world.between.instead, world.between.change = _stranger, change
    world.run(module, options)
    assert not world.strangers()


@pytest.mark.parametrize(
    "server", ["evil.example", "evil.example/.azurecr.io", "evil.example#.azurecr.io", "a@b.azurecr.io"]
)
def test_a_registry_s_host_leads_nowhere_else(world: World, server: str) -> None:
    def change(_sent: Sent, answer: Answer) -> Answer:
        return answer._replace(body=answer.body.replace(b"contosoacr.azurecr.io", server.encode()))

    world.between.instead, world.between.change = _stranger, change
    world.run("cmk_restore", TO)
    assert not world.strangers()


@pytest.mark.parametrize("name", ["AZURE_AUTHORITY_HOST", "AZURE_REGIONAL_AUTHORITY_NAME"])
@pytest.mark.parametrize("value", ["https://evil.example", "evil.example", "evil.example/#", "evil.example\\@"])
def test_no_variable_leads_the_secret_elsewhere(
    world: World, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    world.between.instead = _stranger
    world.run("resource_group", {"name": "contoso"}, **{name: value})
    assert not world.strangers()


def test_no_sign_in_host_hands_the_secret_on(world: World) -> None:
    def change(sent: Sent, answer: Answer) -> Answer:
        if not sent.path.endswith("openid-configuration"):
            return answer
        return answer.with_json({**answer.json(), "token_endpoint": "https://evil.example/oauth2/v2.0/token"})

    world.between.instead, world.between.change = _stranger, change
    result = world.run("resource_group", {"name": "contoso"})
    assert "evil.example" in result["msg"]
    assert not world.strangers()


@pytest.mark.parametrize("name", ["IDENTITY_ENDPOINT", "MSI_ENDPOINT", "AZURE_POD_IDENTITY_AUTHORITY_HOST"])
@pytest.mark.parametrize(
    "value", ["http://evil.example/msi/token", "http://203.0.113.10/msi/token", "ftp://evil.example"]
)
def test_a_managed_identity_s_secret_stays_on_the_machine(
    world: World, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    around = {name: value, "IDENTITY_HEADER": "header-secret", "MSI_SECRET": "header-secret"}
    for variable, text in around.items():
        monkeypatch.setenv(variable, text)
    world.between.instead = _stranger
    direct = Direct({**world.environment, **around}, NearClock(world.azure))
    result = direct("resource_group", name="contoso", auth_source="msi")
    assert result.get("failed"), result
    assert "header-secret" not in json.dumps(result)
    assert not [host for host in world.strangers() if host != "169.254.169.254"]


def test_a_netrc_file_takes_no_token_s_place(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """``requests`` would send its passwords instead of the token (requests, "Authentication", netrc)."""
    file = tmp_path_factory.mktemp("netrc") / "netrc"
    file.write_text("default login someone password netrc-secret\n", encoding="utf-8")
    monkeypatch.setenv("NETRC", str(file))
    result = world.run("resource_group", {"name": "contoso"})
    assert not result.get("failed"), result
    assert not [sent for sent in world.between.sent if sent.headers.get("Authorization", "").startswith("Basic")]


def _variable(name: str) -> str:
    return f"{{{{ lookup('ansible.builtin.env', '{name}') }}}}"


def test_no_secret_is_shown_however_much_is_asked_for(azure: LocalAzure, ansible: Ansible) -> None:
    """Real ansible-playbook at ``-vvv`` with diffs and a log: neither the secret, nor a token, nor a private key."""
    app, pem = azure.world.app(), "-----BEGIN PRIVATE KEY-----\nnot-so-secret-after-all\n-----END PRIVATE KEY-----\n"
    signing = {
        "client_id": app["client_id"],
        "secret": _variable("MY_SECRET"),
        "tenant": azure.environment["AZURE_TENANT_ID"],
    }
    run = ansible.tasks(
        {"ownkey.acr.resource_group": {"name": "contoso", "location": "westeurope", **signing}},
        {
            "ownkey.acr.keyvault": {
                "name": "contoso-kv",
                "location": "westeurope",
                "resource_group": "contoso",
                **signing,
            }
        },
        {
            "ownkey.acr.keyvault_rsa_key": {
                "vault": "contoso-kv",
                "name": "cmk",
                "import_pem": _variable("MY_PEM"),
                **signing,
            },
            "ignore_errors": True,
        },
        {"ownkey.acr.acr_cmk_registry_info": {"name": "no/such?name#", **signing}, "ignore_errors": True},
        flags=["-vvv", "--diff"],
        environment={"ANSIBLE_LOG_PATH": str(ansible.folder / "log"), "MY_SECRET": app["secret"], "MY_PEM": pem},
    )
    assert run.ok, run.output
    shown = run.output + (ansible.folder / "log").read_text(encoding="utf-8") + json.dumps(run.tasks)
    assert "no/such?name#" in shown
    assert "Traceback" not in shown
    for secret in (app["secret"], "eyJ0", "eyJh", "not-so-secret-after-all"):
        assert secret not in shown
