# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tokens of a run: who finds one, and what is left to whoever has the file alone."""

from __future__ import annotations

import errno
import os
import threading
import time

import pytest
from ansible_collections.ownkey.acr.plugins.module_utils import _run_folder
from ansible_collections.ownkey.acr.plugins.module_utils._azure.run_tokens import RunTokens
from ansible_collections.ownkey.acr.plugins.module_utils._rules.sign_in import choose
from azure.core.credentials import AccessToken
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12

TENANT, OTHER = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
OWN = {"tenant": TENANT, "client_id": TENANT, "secret": "own-client-secret"}
SCOPE = ("https://management.azure.com/.default",)
ASK = (SCOPE, ())
LATE = 4_000_000_000


class Entra:
    """Hands out another token each time."""

    def __init__(self):
        self.tokens = []
        self._lock = threading.Lock()

    def sign_in(self, _ask):
        with self._lock:
            self.tokens.append(AccessToken(f"token-{len(self.tokens)}", LATE))
            return self.tokens[-1]


class Run:
    """A run with its folder; each call is a task of its own."""

    def __init__(self, folder):
        self.folder = folder
        self.entra = Entra()

    def __call__(self, ask=ASK, is_good=lambda _token: True, environ=None, **options):
        variables = {_run_folder.VARIABLE: str(self.folder), **(environ or {})}
        chosen = choose({**OWN, **options}, variables)
        return RunTokens(chosen, variables, time.sleep).token(ask, self.entra.sign_in, is_good).token

    @property
    def files(self):
        return sorted(self.folder.glob("*.token"))


@pytest.fixture
def run(tmp_path):
    return Run(_run_folder.provided(str(tmp_path)))


@pytest.fixture(scope="module")
def key():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem(key, password=None):
    cipher = serialization.BestAvailableEncryption(password.encode()) if password else serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, cipher)


def by_certificate(path, **options):
    return {"secret": None, "x509_certificate_path": str(path), **options}


def by_federation(path):
    return {"secret": None, "federated_token_file": str(path)}


def test_the_next_task_has_the_token_of_the_first(run):
    assert [run(), run(), run()] == ["token-0"] * 3


@pytest.mark.parametrize(
    "other",
    [
        {"tenant": OTHER},
        {"client_id": OTHER},
        {"secret": "another-secret"},
        {"cloud_environment": "AzureUSGovernment"},
        {"ask": (("https://vault.azure.net/.default",), ())},
        {"ask": (SCOPE, (("tenant_id", OTHER),))},
        {"ask": (SCOPE, (("enable_cae", True),))},
    ],
    ids=str,
)
def test_nobody_else_s_and_no_other_token_is_used(run, other):
    run()
    assert run(**other) == "token-1"
    assert [run(), run(**other)] == ["token-0", "token-1"]


@pytest.mark.parametrize("other", [{"tenant": OTHER}, {"secret": "another-secret"}], ids=str)
def test_a_file_in_another_s_place_is_none(run, other):
    run()
    (own,) = run.files
    run(**other)
    (others,) = [file for file in run.files if file != own]
    others.write_bytes(own.read_bytes())
    assert run(**other) == "token-2"


def test_the_files_tell_nothing(run):
    run()
    text = b"".join(str(file).encode() + file.read_bytes() for file in run.folder.iterdir())
    for word in (b"token-0", b"own-client-secret", TENANT.encode(), b"management", b"login.microsoftonline.com"):
        assert word not in text
    assert {file.stat().st_mode & 0o777 for file in run.folder.iterdir()} == {0o600}


def test_each_file_is_sealed_anew(run):
    run()
    before = run.files[0].read_bytes()
    run(is_good=lambda _token: False)
    after = run.files[0].read_bytes()
    assert before[:12] != after[:12]
    assert [run(), len(run.files)] == ["token-1", 1]


def test_what_will_not_do_is_replaced(run):
    run()
    assert run(is_good=lambda token: token.token != "token-0") == "token-1"
    assert run() == "token-1"


@pytest.mark.parametrize("text", [b"", b"x", b"\0" * 12, b"\0" * 200, None])
def test_a_damaged_file_is_none(run, text):
    run()
    (file,) = run.files
    file.write_bytes(file.read_bytes()[:-1] if text is None else text)
    assert [run(), run()] == ["token-1"] * 2


@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo, lambda path: os.symlink("/dev/zero", path)])
def test_what_is_no_file_is_none(run, make):
    run()
    (file,) = run.files
    file.unlink()
    make(file)
    assert run() == "token-1"


def test_a_full_disk_is_no_error(run, monkeypatch):
    def full(*_arguments, **_options):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    assert [run(), run()] == ["token-0", "token-1"]
    assert [file.suffix for file in run.folder.iterdir()] == [".lock"]
    monkeypatch.setattr("tempfile.mkstemp", full)
    assert run() == "token-2"


def test_a_folder_that_is_gone_is_no_error(run):
    chosen = choose(OWN, {})
    tokens = RunTokens(chosen, {_run_folder.VARIABLE: str(run.folder)}, time.sleep)
    run.folder.rmdir()
    assert tokens.token(ASK, run.entra.sign_in, bool).token == "token-0"
    assert not run.folder.exists()


def test_an_answer_to_a_challenge_of_claims_is_not_shared(run):
    run()
    challenged = (SCOPE, (("claims", '{"access_token":{}}'),))
    assert [run(ask=challenged), run(ask=challenged), run()] == ["token-1", "token-2", "token-0"]
    assert run(ask=(SCOPE, (("claims", None),))) == "token-3"
    assert run(ask=(SCOPE, (("claims", None),))) == "token-3"


@pytest.mark.parametrize(
    ("option", "variable", "is_shared"),
    [
        (None, None, True),
        (False, None, False),
        (None, "false", False),
        (None, "No", False),
        (None, "0", False),
        (None, "", True),
        (None, "true", True),
        (True, "false", True),
        (False, "true", False),
    ],
)
def test_the_option_and_its_variable(run, option, variable, is_shared):
    environ = {} if variable is None else {"OWNKEY_ACR_SHARE_TOKENS": variable}
    tokens = {run(share_tokens=option, environ=environ) for _task in range(2)}
    assert len(tokens) == (1 if is_shared else 2)
    assert len(run.files) == is_shared


@pytest.mark.parametrize("source", ["msi", "cli"])
def test_what_has_no_secret_is_not_shared(run, source):
    assert [run(auth_source=source, secret=None) for _task in range(2)] == ["token-0", "token-1"]
    assert not list(run.folder.iterdir())


def test_a_certificate_s_private_key_is_what_counts(run, tmp_path, key):
    plain, closed = tmp_path / "plain.pem", tmp_path / "closed.pem"
    plain.write_bytes(pem(key))
    closed.write_bytes(pem(key, "phrase"))
    assert run(**by_certificate(plain)) == "token-0"
    assert run(**by_certificate(closed, certificate_password="phrase")) == "token-0"
    # neither the file nor a wrong password opens it: the sign-in then says what is wrong
    assert run(**by_certificate(closed, certificate_password="wrong")) == "token-1"
    assert run(**by_certificate(closed)) == "token-2"
    assert run(**by_certificate(tmp_path / "gone.pem")) == "token-3"


def test_a_pkcs12_file_opens_the_same(run, tmp_path, key):
    plain, store = tmp_path / "plain.pem", tmp_path / "store.p12"
    plain.write_bytes(pem(key))
    cipher = serialization.BestAvailableEncryption(b"phrase")
    store.write_bytes(pkcs12.serialize_key_and_certificates(b"x", key, None, None, cipher))
    assert run(**by_certificate(plain)) == run(**by_certificate(store, certificate_password="phrase"))


def test_another_federated_token_opens_nothing(run, tmp_path):
    file = tmp_path / "federated"
    file.write_text("a.b.c\n", encoding="utf-8")
    assert [run(**by_federation(file)) for _task in range(2)] == ["token-0"] * 2
    file.write_text("a.b.d\n", encoding="utf-8")
    assert run(**by_federation(file)) == "token-1"
    file.unlink()
    assert run(**by_federation(file)) == "token-2"
    file.touch()
    assert run(**by_federation(file)) == "token-3"


def test_of_many_at_once_one_signs_in(run):
    begin = threading.Barrier(8)
    tokens = []
    sign_in = run.entra.sign_in
    # so that the others come while the first is at it
    run.entra.sign_in = lambda ask: (time.sleep(0.2), sign_in(ask))[1]

    def task():
        begin.wait()
        tokens.append(run())

    threads = [threading.Thread(target=task) for _number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert tokens == ["token-0"] * 8


def test_a_sign_in_that_fails_leaves_the_turn_to_the_next(run):
    def fail(_ask):
        raise RuntimeError("no way")

    sign_in, run.entra.sign_in = run.entra.sign_in, fail
    with pytest.raises(RuntimeError, match="no way"):
        run()
    run.entra.sign_in = sign_in
    assert run() == "token-0"
