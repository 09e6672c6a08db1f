# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.ownkey.acr.plugins.module_utils._domain import cloud, key_identifier
from ansible_collections.ownkey.acr.plugins.module_utils._domain.failure import Failure

VERSION = "0123456789abcdef0123456789abcdef"
SUFFIXES = [(c, s) for c in cloud.CLOUDS.values() for s in (c.vault_suffix, c.hsm_suffix)]


@pytest.mark.parametrize(("cloud", "suffix"), SUFFIXES)
@pytest.mark.parametrize("name", ["k", "cmk", "My-Key-1", "a" * 127])
@pytest.mark.parametrize("version", ["", VERSION])
def test_every_cloud_and_store_is_read_and_written_back(cloud, suffix, name, version):
    text = f"https://contoso-kv{suffix}/keys/{name}" + (f"/{version}" if version else "")
    key = key_identifier.parse(text, cloud)
    assert (str(key), key.name, key.version, key.vault) == (text, name, version, "contoso-kv")
    assert key.store == ("vault" if suffix == cloud.vault_suffix else "managed_hsm")
    assert str(key.versionless) == text.removesuffix(f"/{version}")
    assert key.versionless.same_key(key)
    assert key.at(VERSION.upper()).version == VERSION


@pytest.mark.parametrize("end", ["/", ":443/keys/cmk"])
def test_harmless_spellings_mean_the_same(end):
    text = "https://Contoso-KV.vault.azure.net/keys/cmk/" if end == "/" else f"https://contoso-kv.vault.azure.net{end}"
    public = cloud.CLOUDS["AzureCloud"]
    assert str(key_identifier.parse(text, public)) == "https://contoso-kv.vault.azure.net/keys/cmk"


BAD = [
    "",
    "cmk",
    "http://contoso-kv.vault.azure.net/keys/cmk",
    "https://contoso-kv.vault.azure.net",
    "https://contoso-kv.vault.azure.net/",
    "https://contoso-kv.vault.azure.net/secrets/cmk",
    "https://contoso-kv.vault.azure.net/certificates/cmk",
    "https://contoso-kv.vault.azure.net/keys/",
    "https://contoso-kv.vault.azure.net/keys/c_m_k",
    "https://contoso-kv.vault.azure.net/keys/" + "a" * 128,
    "https://contoso-kv.vault.azure.net/keys/cmk/v1",
    "https://contoso-kv.vault.azure.net/keys/cmk/" + "g" * 32,
    "https://contoso-kv.vault.azure.net/keys/cmk/" + "a" * 31,
    f"https://contoso-kv.vault.azure.net/keys/cmk/{VERSION}/wrapkey",
    "https://contoso-kv.vault.azure.net:8443/keys/cmk",
    "https://vault.azure.net/keys/cmk",
    "https://a.b.vault.azure.net/keys/cmk",
    "https://contoso-kv.vault.azure.net.evil.example/keys/cmk",
    "https://evil.example/keys/cmk",
    "https://evil.example/https://contoso-kv.vault.azure.net/keys/cmk",
    "https://user@contoso-kv.vault.azure.net.evil.example/keys/cmk",
]


@pytest.mark.parametrize("text", BAD)
def test_what_is_no_key_identifier_is_refused_with_its_form(text):
    with pytest.raises(Failure) as caught:
        key_identifier.parse(text, cloud.CLOUDS["AzureCloud"])
    assert caught.value.parameter == "key_identifier"
    assert ".vault.azure.net" in caught.value.sentence()


@pytest.mark.parametrize("own", cloud.CLOUDS.values())
@pytest.mark.parametrize("other", cloud.CLOUDS.values())
def test_a_key_of_another_cloud_is_refused_and_named(own, other):
    text = f"https://contoso-kv{other.vault_suffix}/keys/cmk"
    if own is other:
        assert key_identifier.parse(text, own).host.endswith(own.vault_suffix)
        return
    with pytest.raises(Failure) as caught:
        key_identifier.parse(text, own)
    assert caught.value.code == "other_cloud"
    assert other.name in caught.value.message


def test_what_azure_reports_and_we_cannot_read_is_none():
    assert key_identifier.try_parse(None, cloud.CLOUDS["AzureCloud"]) is None
    assert key_identifier.try_parse("nonsense", cloud.CLOUDS["AzureCloud"]) is None
