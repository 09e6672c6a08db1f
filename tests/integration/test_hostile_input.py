# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every option of every module, and every variable of every role, with values that cannot be meant: a clear error that
names it, before any request; and with values that look odd and are right.

The table is made from the argument specs: an option that is new has to be given a kind here, and a judge in the
collection, or a test fails.
"""

from __future__ import annotations

import importlib
import pathlib
import typing

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.ownkey.acr.plugins.module_utils._argspec import without_empty
from ansible_collections.ownkey.acr.plugins.module_utils._domain.failure import Failure
from ansible_collections.ownkey.acr.plugins.module_utils._operation import execute
from ansible_collections.ownkey.acr.plugins.module_utils._rules import options as rules
from ansible_collections.ownkey.acr.plugins.module_utils._rules.roles import variables as role_variables
from local_azure.server import LocalAzure
from support.near import NearClock, near, variables

ROOT = pathlib.Path(__file__).resolve().parents[2]
OPERATIONS = {
    path.stem: importlib.import_module(f"ansible_collections.ownkey.acr.plugins.modules.{path.stem}").OPERATION
    for path in sorted((ROOT / "plugins" / "modules").glob("*.py"))
}
GUID = "11111111-2222-3333-4444-555555555555"
LONG = "a" * 100_000

# --- what cannot be meant -----------------------------------------------------------------------------------------

#: Of no name, id, word or path is any of these one.
CHARACTERS = ["a\0b", "abc\ndef", "abc\r\nHost: evil.example", "abc\x1b[31m", "abc\u202edef", "abc\ud800", LONG]
#: A name's letters are a to z.
FOREIGN = [
    "ｃｏｎｔｏｓｏａｃｒ",
    "conto\u0301soacr",
    "\u200fcontosoacr",
    "контосо",
    "contoso\u2028acr",
    "ⅷⅷⅷⅷⅷ",
    "contoſo",
]
#: What would lead elsewhere, or ask something else, were it put into an address.
PATHS = [
    "../contoso",
    "..",
    "%2e%2e%2fcontoso",
    "contoso/../fabrikam",
    "contoso?x=1",
    "contoso#x",
    "contoso@evil.example",
    "contoso\\fabrikam",
    "contoso;x=1",
    "contoso:443",
    "{contoso}",
    "contoso&x=1",
    "contoso%00",
]
#: Hosts that look like a vault's.
HOSTS = [
    "contoso-kv.vault.azure.net.evil.example",
    "contoso-kv.vault.azure.net@evil.example",
    "user@contoso-kv.vault.azure.net",
    "user:word@contoso-kv.vault.azure.net",
    "evil.example#.vault.azure.net",
    "evil.example?.vault.azure.net",
    "evil.example/.vault.azure.net",
    "evil.example\\.vault.azure.net",
    "evil#.vault.azure.net",
    "evil?.vault.azure.net",
    "evil\\.vault.azure.net",
    "contoso-kv.vault.azure.net:8443",
    "contoso-kv.vaυlt.azure.net",
    "contoso-kv.vault.azure.net.",
    "xn--contoso--kv-.vault.azure.net",
    "contoso-kv.vault。azure.net",
    "contoso-kv..vault.azure.net",
    ".vault.azure.net",
    "a.b.vault.azure.net",
    "contoso-kv.vault.azure.netx",
    "contoso-kvvault.azure.net",
    "192.0.2.1",
    "[2001:db8::1]",
    "localhost.",
    "169.254.169.254",
    "contoso-kv.vault.azure.net%2eevil.example",
    "contoso-kv.vault.azure.net%00.evil.example",
    "contoso-kv.vault.azure.net\t.evil.example",
]


CONTROL: dict[str, typing.Any] = {"framework": "Contoso", "id": "K-1", "asks": "x", "checks": ["version_age"]}


def _ids(kind: str, name: str) -> list[str]:
    """Resource ids that are none of the kind."""
    good = f"/subscriptions/{GUID}/resourceGroups/contoso/providers/{kind}/{name}"
    return [
        good.replace(GUID, "prod"),
        good.replace(GUID, ".."),
        good.replace("contoso/", "../"),
        good.replace("contoso/", "%2e%2e/"),
        good.replace("contoso/", "contoso?x=1/"),
        good.replace(kind, "Microsoft.Storage/storageAccounts"),
        f"{good}?x=1",
        f"{good}#x",
        f"{good}/keys/cmk",
        f"{good}%2f..",
        f"https://management.azure.com{good}",
        f"/subscriptions/{GUID}",
        f"/subscriptions/{GUID}/providers/{kind}/{name}",
        f"/{good}",
        good.replace("/providers", "/../../providers"),
        good + "\n",
        good.replace(name, LONG),
    ]


KEYS = [
    *(f"https://{host}/keys/cmk" for host in HOSTS),
    "http://contoso-kv.vault.azure.net/keys/cmk",
    "ftp://contoso-kv.vault.azure.net/keys/cmk",
    "//contoso-kv.vault.azure.net/keys/cmk",
    "javascript:https://contoso-kv.vault.azure.net/keys/cmk",
    "https:/contoso-kv.vault.azure.net/keys/cmk",
    "https:\\\\contoso-kv.vault.azure.net\\keys\\cmk",
    "https://contoso-kv.vault.azure.net/secrets/cmk",
    "https://contoso-kv.vault.azure.net/keys/../secrets/cmk",
    "https://contoso-kv.vault.azure.net/keys/%2e%2e",
    "https://contoso-kv.vault.azure.net/keys/cmk?x=1",
    "https://contoso-kv.vault.azure.net/keys/cmk#x",
    "https://contoso-kv.vault.azure.net/keys/cmk/..",
    "https://contoso-kv.vault.azure.net/keys/cmk/" + "٠" * 32,
    "https://contoso-kv.vault.azure.net/keys/cmk/" + "ａ" * 32,
    "https://contoso-kv.vault.azure.net/keys/" + LONG,
    "https://contoso-kv.vault.azure.cn.evil.example/keys/cmk",
    f"https://{LONG}.vault.azure.net/keys/cmk",
]
DURATIONS = [
    "x",
    "90",
    "-1d",
    "90dd",
    "1.5d",
    "90 days",
    "９０d",
    "P",
    "PT",
    "P-1D",
    "P1S",
    "9" * 30 + "d",
    "P9999999Y",
]
MOMENTS = [
    "tomorrow",
    "31.12.2027",
    "2027-13-01",
    "2027-02-30",
    "２０２７-01-01",
    "1969-12-31",
    "99999-01-01",
    "0",
    "-1",
]
NAMES = [*CHARACTERS, *FOREIGN, *PATHS, " ", "{'a': 1}", "['a', 'b']"]
WHERES: dict[str, list[typing.Any]] = {
    "registry": [*NAMES, "abcd", "a" * 51, "contoso-acr", "contosoacr.azurecr.io", "contoso_acr"],
    "vault": [*NAMES, "ab", "a" * 25, "1contoso", "contoso-", "contoso--kv", "contoso-kv.vault.azure.net"],
    "key": [*NAMES, "a" * 128, "c_m_k", "a.b", "https://contoso-kv.vault.azure.net/keys/cmk"],
    "identity": [*NAMES, "ab", "-abc", "a" * 129],
    # letters of every script may stand in it
    "resource group": [*CHARACTERS, *PATHS, " ", "a" * 91, "contoso.", "a b", "{'a': 1}"],
    "region": [*NAMES, "west-europe", "west/europe"],
    "registry reference": [*NAMES, "abcd", "a" * 51, *_ids("Microsoft.ContainerRegistry/registries", "contosoacr")],
    "identity reference": [
        *NAMES,
        "ab",
        *_ids("Microsoft.ManagedIdentity/userAssignedIdentities", "contoso-id"),
    ],
    "key store": [
        *NAMES,
        "ab",
        "1contoso",
        *HOSTS,
        *(f"https://{host}" for host in HOSTS),
        "http://c-kv.vault.azure.net",
    ],
    "key identifier": [*CHARACTERS, *FOREIGN, *PATHS, "cmk", " ", *KEYS],
    "key version": [*NAMES, "v1", "a" * 31, "g" * 32, "٠" * 32, "a" * 33],
    "guid": [*NAMES, "me", GUID[:-1], GUID + "0", GUID.replace("-", ""), "{" + GUID + "}", "１" + GUID[1:]],
    "tenant": [*NAMES, "contoso", "login.microsoftonline.com/evil", "evil.example:443", "-.com", "common/.."],
    "duration": [*CHARACTERS, *DURATIONS, {"a": 1}],
    "moment": [*CHARACTERS, *MOMENTS, {"a": 1}],
    "address": [
        *CHARACTERS,
        "x",
        "300.0.0.1",
        "1.2.3.4/33",
        "2001:db8::1",
        "1.2.3",
        "１.2.3.4",
        "0x7f.1",
        "1.2.3.4;x",
        "01.02.03.04",
    ],
    "subnet": [
        *CHARACTERS,
        *PATHS,
        *_ids("Microsoft.Network/virtualNetworks", "contoso"),
        f"/subscriptions/{GUID}/resourceGroups/contoso/providers/Microsoft.Network/virtualNetworks/a/subnets/..%2f",
        f"/subscriptions/{GUID}/resourceGroups/../providers/Microsoft.Network/virtualNetworks/a/subnets/b",
    ],
    "resource tags": [
        "x",
        ["a"],
        {"a<b": ""},
        {"a/b": ""},
        {"a?b": ""},
        {"": "x"},
        {" ": "x"},
        {"a": ["b"]},
        {"a": {"b": "c"}},
        {"a\0": ""},
        {"a": "b\0"},
        {"a": "\ud800"},
        {"a": "x" * 257},
        {"a" * 513: ""},
        {"a": LONG},
        {str(number): "" for number in range(51)},
    ],
    "key tags": [
        {"a": ["b"]},
        {"a": "x" * 257},
        {"": "x"},
        {str(number): "" for number in range(16)},
        {"a": "\x1b[2J"},
    ],
    "seconds": [-1, 0, 604_801, 10**30, "x", "1 minute", 1.5, [1], {"a": 1}],
    "bits": [0, -1, 1024, 10**30, "4096 bits", 2048.5, [1]],
    "days": [0, -1, 6, 91, 10**30, "x", 7.5, [7]],
    "canary": ["0", "-1", "0%", "101%", "1.5", 10**30, "１", "1 2", "10%%", "ab", "conto so", *CHARACTERS],
    "percentage": [-1, 101, 10**30, "x", "nan", "inf", "1e9", "１%", [5], {"a": 1}],
    "word": CHARACTERS,
    "secret": CHARACTERS,
    "path": CHARACTERS,
    "pem": ["a\0b", "x\ud800", LONG, "no key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"],
    "place": [
        *CHARACTERS,
        "record.jsonl",
        "./record",
        "~root/record",
        "/var/lib/",
        " ",
        "file:///var/lib/record",
        "http://contosoevidence.blob.core.windows.net/records/a",
        "https://contosoevidence.blob.core.windows.net/records",
        "https://contosoevidence.blob.core.windows.net/records/",
        "https://contosoevidence.blob.core.windows.net/Records/a",
        "https://contosoevidence.blob.core.windows.net/re--cords/a",
        "https://contosoevidence.blob.core.windows.net/records/../other/a",
        "https://contosoevidence.blob.core.windows.net/records/%2e%2e/a",
        "https://contosoevidence.blob.core.windows.net/records/a%00b",
        "https://contosoevidence.blob.core.windows.net/records/a?sv=2024&sig=x",
        "https://contosoevidence.blob.core.windows.net/records/a#x",
        "https://user:word@contosoevidence.blob.core.windows.net/records/a",
        "https://contosoevidence.blob.core.windows.net:8443/records/a",
        "https://contosoevidence.blob.core.windows.net.evil.example/records/a",
        "https://evil.example/.blob.core.windows.net/a",
        "https://a.b.blob.core.windows.net/records/a",
        "https://Contoso_evidence.blob.core.windows.net/records/a",
        "https://contosoevidence.blob.core.windows.net\\records\\a",
        "https://contosoevidеnce.blob.core.windows.net/records/a",
        "https://127.0.0.1/records/a",
    ],
    "head": [
        *CHARACTERS,
        "x",
        "{}",
        "[1]",
        '{"count": 0, "hash": "' + "a" * 64 + '"}',
        '{"count": -1, "hash": "' + "a" * 64 + '"}',
        '{"count": 1, "hash": "' + "٠" * 64 + '"}',
        '{"count": 1, "root": "../x"}',
        '{"payload": "", "payloadType": "x", "signatures": []}',
        "[" * 100_000,
    ],
    "bool": ["x", "ture", 2, "１", [True], {"a": 1}, LONG, "yes\0"],
    "choice": ["x", "ｘ", "a\0b", LONG, ["x"], {"a": 1}, 1, True],
    "management group": [*CHARACTERS, *PATHS, " ", "a" * 91, "a b", {"a": 1}],
    "control": [
        "x",
        1,
        {},
        {"a": 1},
        {**CONTROL, "checks": ["magic"]},
        {**CONTROL, "id": "a\0b"},
        {**CONTROL, "asks": LONG},
    ],
    "block": ["x", 1, [1], {"surprise": 1}, LONG],
    "blocks": ["x", 1, [1], [{"surprise": 1}], [{}]],
}
#: What each option is; ``name`` is what its module's spec says.
KINDS = {
    **dict.fromkeys(["subscription_id", "client_id", "principal_id", "subscriptions"], "guid"),
    "tenant": "tenant",
    **dict.fromkeys(["secret", "certificate_password", "import_passphrase"], "secret"),
    **dict.fromkeys(
        [
            "x509_certificate_path",
            "federated_token_file",
            "import_file",
            "backup_file",
            "restore_file",
            "passwords_file",
            "previous",
            "to",
        ],
        "path",
    ),
    "management_groups": "management group",
    "controls": "control",
    **dict.fromkeys(["profile", "cloud_environment", "confirm"], "word"),
    **dict.fromkeys(["resource_group", "identity_resource_group"], "resource group"),
    **dict.fromkeys(["location", "replicas.location"], "region"),
    **dict.fromkeys(["registries", "source"], "registry reference"),
    **dict.fromkeys(["identity", "identities"], "identity reference"),
    "vault": "key store",
    "key": "key",
    "key_identifier": "key identifier",
    **dict.fromkeys(["version", "key_version"], "key version"),
    **dict.fromkeys(["max_age", "expiry_within", "period"], "duration"),
    **dict.fromkeys(
        [
            f"rotation_policy.{name}"
            for name in ("rotate_after_creation", "rotate_before_expiry", "notify_before_expiry", "expiry_time")
        ],
        "duration",
    ),
    **dict.fromkeys(["not_before", "expires_on"], "moment"),
    **dict.fromkeys(["network_rule_set.ip_rules", "network_acls.ip_rules"], "address"),
    "network_acls.virtual_network_rules": "subnet",
    **dict.fromkeys(["tags", "creation_tags", "replicas.tags"], "resource tags"),
    "wait_timeout": "seconds",
    "size": "bits",
    "soft_delete_retention_days": "days",
    "import_pem": "pem",
    "canary": "canary",
    "max_fail_percentage": "percentage",
    "record": "place",
    "record_key": "key identifier",
    "min_age": "duration",
    "public_key": "pem",
    "head": "head",
}


class Case(typing.NamedTuple):
    """An option of a module, by its path through suboptions."""

    module: str
    path: str
    option: dict[str, typing.Any]

    @property
    def kind(self) -> str:
        if self.option.get("choices"):
            return "choice"
        if self.option["type"] == "bool":
            return "bool"
        if "options" in self.option:
            return "blocks" if self.option["type"] == "list" else "block"
        if self.path == "name":
            return str(OPERATIONS[self.module].spec.names)
        if self.path == "tags" and OPERATIONS[self.module].spec.names == "key":
            return "key tags"
        return KINDS[self.path]

    @property
    def beside(self) -> dict[str, typing.Any]:
        return BESIDE.get(f"{self.module}.{self.path}") or BESIDE.get(self.path, {})

    def given(self, value: typing.Any) -> dict[str, typing.Any]:
        """Options with a value in its place, and what is required beside it."""
        first, _dot, rest = self.path.partition(".")
        if rest:
            around = {"location": "westeurope"} if first == "replicas" else {}
            inner = {**around, rest: _listed(self.option, value)}
            return {**NEEDED[self.module], first: [inner] if first == "replicas" else inner}
        return {**NEEDED[self.module], **self.beside, first: _listed(self.option, value)}


def _listed(option: dict[str, typing.Any], value: typing.Any) -> typing.Any:
    is_element = option["type"] == "list" and "options" not in option
    return [value] if is_element and not isinstance(value, list) else value


NEEDED: dict[str, dict[str, typing.Any]] = {
    "acr_cmk_move": {"source": "oldacr", "name": "contosoacr", "resource_group": "contoso"},
    "acr_cmk_registry": {"name": "contosoacr", "resource_group": "contoso"},
    "acr_cmk_registry_info": {},
    "cmk_dependents_info": {},
    "cmk_health_info": {},
    "cmk_report": {},
    "cmk_restore": {"registries": ["contosoacr"]},
    "cmk_revoke": {"registries": ["contosoacr"]},
    "cmk_rotate": {"registries": ["contosoacr"]},
    "keyvault": {"name": "contoso-kv", "resource_group": "contoso", "location": "westeurope"},
    "keyvault_key_access": {"vault": "contoso-kv", "identity": "contoso-id", "resource_group": "contoso"},
    "keyvault_rsa_key": {"vault": "contoso-kv", "name": "cmk"},
    "keyvault_rsa_key_info": {"vault": "contoso-kv", "name": "cmk"},
    "managed_identity": {"name": "contoso-id", "resource_group": "contoso", "location": "westeurope"},
    "record_settle": {"record": "/nowhere/record.jsonl"},
    "record_verify": {"record": "/nowhere/record.jsonl"},
    "resource_group": {"name": "contoso", "location": "westeurope"},
}
#: What an option means something with only.
BESIDE: dict[str, dict[str, typing.Any]] = {
    "cmk_rotate.vault": {"key": "cmk"},
    "key": {"vault": "contoso-kv"},
    "key_version": {"vault": "contoso-kv", "key": "cmk"},
    "certificate_password": {"x509_certificate_path": "/nowhere.pem"},
    "federated_token_file": {"client_id": GUID, "tenant": GUID},
    "x509_certificate_path": {"client_id": GUID, "tenant": GUID},
}


def _flat(module: str, options: dict[str, typing.Any], above: str = "") -> typing.Iterator[Case]:
    for name, option in options.items():
        yield Case(module, above + name, option)
        yield from _flat(module, option.get("options") or {}, f"{above}{name}.")


CASES = [case for module, operation in OPERATIONS.items() for case in _flat(module, operation.spec.options)]


class Harness:
    """Tasks against a local Azure in which nothing is there, and the number of requests that came of them."""

    def __init__(self, azure: LocalAzure) -> None:
        self.azure = azure
        self.environment = variables(azure)

    def __call__(self, module: str, options: dict[str, typing.Any]) -> tuple[str, int]:
        """What the user reads of a failure (empty of a success), and how many requests were sent."""
        self.azure.azure.log.clear()
        operation = OPERATIONS[module]
        given = without_empty(options, operation.spec.options)
        judged = ArgumentSpecValidator(operation.spec.options, **operation.spec.rules()).validate(given)
        if judged.error_messages:
            # Ansible's own words repeat what was written, however long it is
            return "; ".join(judged.error_messages)[:1000], 0
        for check in (True, False):
            result = execute(
                operation,
                judged.validated_parameters,
                check_mode=check,
                environ=self.environment,
                clock=NearClock(self.azure),
            )
            if not result.get("failed"):
                break
        return str(result["msg"]) if result.get("failed") else "", len(self.azure.azure.log.since(0))


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> typing.Iterator[Harness]:
    with near(tmp_path_factory.mktemp("home")) as azure:
        yield Harness(azure)


def test_every_module_stands_in_the_table() -> None:
    assert sorted(NEEDED) == sorted(OPERATIONS)


@pytest.mark.parametrize("module", OPERATIONS)
def test_every_option_is_of_a_kind(module: str) -> None:
    spec = OPERATIONS[module].spec
    assert not rules.unjudged(spec.options, names_of=spec.names)
    assert all(case.kind in WHERES for case in CASES if case.module == module)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.module}-{case.path}")
def test_what_cannot_be_meant_is_refused_by_its_option_before_any_request(case: Case, run: Harness) -> None:
    wrong = []
    for value in WHERES[case.kind]:
        message, requests = run(case.module, case.given(value))
        names_it = case.path in message or case.path.rsplit(".", 1)[-1] in message
        if not names_it or requests or len(message) > 3000:
            wrong.append((ascii(value)[:80], message[:300], requests))
    assert not wrong, "\n".join(map(str, wrong))


#: By kind, what looks odd and is right.
RIGHT: dict[str, list[typing.Any]] = {
    "registry": ["ContosoACR", "12345", "a" * 50],
    "vault": ["Contoso-KV", "a1b"],
    "key": ["A-1", "0"],
    "identity": ["0_a-b"],
    "resource group": ["Größe_(1).x-y", "コンテナ", "資源群", "ａｂｃ", "a" * 90],
    "region": ["West Europe", "westeurope", "Germany West Central", "eastus2"],
    "key store": ["Contoso-KV", "https://contoso-kv.vault.azure.net/", "contoso-kv.vault.azure.net"],
    "key identifier": [
        "https://Contoso-KV.vault.azure.net/keys/cmk",
        "https://contoso-kv.vault.azure.net:443/keys/cmk/" + "A" * 32,
    ],
    "resource tags": [
        {"チーム": "支払い"},
        {"équipe": "e\u0301quipe"},
        {"צוות": "תשלומים"},
        {"a b": "x/y?z=1&<2>"},
        {"a": ""},
        {"a": None},
        {"a": 1, "b": True, "c": 1.5},
        {"family": "👩\u200d👩\u200d👧"},
        {"a" * 512: "b" * 256},
        {str(number): "" for number in range(50)},
    ],
    "key tags": [{"a/b": "支払い"}, {str(number): "" for number in range(15)}],
    "duration": ["0d", "90D", "P1Y6M", "PT36H", "52w"],
    "moment": ["2027-01-31", "2027-01-31T12:00:00+02:00", "9999-12-31"],
    "address": ["203.0.113.10", "203.0.113.0/24", "0.0.0.0/0"],
    "tenant": [GUID, GUID.upper(), "contoso.onmicrosoft.com", "xn--kontos-bxa.example"],
    "guid": [GUID.upper()],
    "place": [
        "/var/lib/acr cmk/記録.jsonl",
        "~/record",
        "https://contosoevidence.blob.core.windows.net/records/2027/acr-cmk.jsonl",
        "HTTPS://ContosoEvidence.blob.core.windows.net:443/re-cords/%E8%A8%98%E9%8C%B2",
        "https://contosoevidence.blob.core.chinacloudapi.cn/records/a b",
    ],
    "control": [CONTROL, {**CONTROL, "title": "{{ x }} <b>", "certainty": "read", "note": "=1+1", "asks": "鍵\nは"}],
    "management group": ["production", "/providers/Microsoft.Management/managementGroups/production"],
    "head": [{"count": 1, "hash": "a" * 64}, '{"count": 3, "root": "' + "0" * 64 + '"}'],
}


@pytest.mark.parametrize("case", [case for case in CASES if case.kind in RIGHT], ids=lambda c: f"{c.module}-{c.path}")
def test_what_looks_odd_and_is_right_passes(case: Case) -> None:
    spec = OPERATIONS[case.module].spec
    for value in RIGHT[case.kind]:
        judged = ArgumentSpecValidator(spec.options, **spec.rules()).validate(case.given(value))
        assert not judged.error_messages
        rules.check(spec.options, judged.validated_parameters, names_of=spec.names)


# --- the roles' variables -----------------------------------------------------------------------------------------

ROLES = ("create", "rotate", "revoke", "restore", "diagnose", "move", "report")
MEANT: dict[str, dict[str, typing.Any]] = {
    "create": {"resource_group": "contoso", "location": "westeurope", "registry": "contosoacr"},
    **{role: {"registry": "contosoacr"} for role in ("rotate", "revoke", "restore", "diagnose")},
    "move": {"registry": "contosoacr", "resource_group": "contoso", "move_from": "oldacr"},
    "report": {},
}
VARIABLES = {
    "subscription_id": "guid",
    "resource_group": "resource group",
    "location": "region",
    "registry": "registry reference",
    "registries": "registry references",
    "move_from": "registry reference",
    "move_leave_behind": "choice",
    "move_passwords_file": "path",
    "vault": "role key store",
    "key": "key",
    "key_version": "key version",
    "key_size": "bits",
    "identity": "identity reference",
    "max_age": "duration",
    "canary": "canary",
    "max_fail_percentage": "percentage",
    "vault_ip_rules": "address",
    "tags": "resource tags",
    "report_subscriptions": "guid",
    "report_management_groups": "management groups",
    "report_to": "path",
    "report_previous": "path",
    "report_controls": "path",
    "report_formats": "choice",
    "report_period": "duration",
    "record": "place",
    "record_key": "key identifier",
}
#: A list may be one text with commas, semicolons and lines, and what stands around a text is cut off.
LISTS = [value for value in WHERES["registry reference"] if isinstance(value, str) and not set(",;\n[") & set(value)]
WHERES |= {
    "registry references": [*LISTS, ["contosoacr", ["x"]], [{"a": 1}], {"a": 1}],
    "role key store": [*NAMES, "ab", "1contoso", *(host for host in HOSTS if not host.endswith("."))],
    "management groups": [
        one
        for one in WHERES["management group"]
        if not (isinstance(one, str) and (set(one) & set(",;/\n") or not one.strip()))
    ],
    "names": ["a\0b", "a\x1b[2J", "\ud800", {"a": 1}, [["x"]], [{"a": 1}]],
}


def _spec(role: str) -> dict[str, typing.Any]:
    text = (ROOT / "roles" / role / "meta" / "argument_specs.yml").read_text(encoding="utf-8")
    return typing.cast("dict[str, typing.Any]", yaml.safe_load(text))


WORDS = {role: role_variables.vocabulary(_spec("acr_cmk"), _spec(role)) for role in ROLES}


def _kind_of_variable(name: str, option: typing.Mapping[str, typing.Any]) -> str:
    if name in VARIABLES:
        return VARIABLES[name]
    if option.get("choices"):
        return "choice"
    return {"bool": "bool", "list": "names"}[option["type"]]


@pytest.mark.parametrize(("role", "name"), [(role, name) for role in ROLES for name in WORDS[role].used], ids=str)
def test_a_variable_that_cannot_be_meant_is_refused_by_its_name(role: str, name: str) -> None:
    words, short = WORDS[role], name.removeprefix("acr_cmk_")
    wrong = []
    for value in WHERES[_kind_of_variable(short, words.options[name])]:
        if isinstance(value, str) and (not value.strip() or value != value.strip()):
            # blank counts as not given, and what stands around a text is cut off
            continue
        given = {**{f"acr_cmk_{key}": one for key, one in MEANT[role].items()}, name: value}
        try:
            wrong.append((ascii(value)[:80], role_variables.derived(role, given, words).get(short)))
        except Failure as failure:
            if name not in failure.message or len(failure.message) > 3000:
                wrong.append((ascii(value)[:80], failure.message[:300]))
    assert not wrong, "\n".join(map(str, wrong))
