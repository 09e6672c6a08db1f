# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The command ``local-azure``, its control interface, and the proxy."""

from __future__ import annotations

import json
import os
import pathlib
import resource
import signal
import socket
import ssl
import struct
import subprocess
import sys
import typing
import urllib.error

import pytest
import requests
from local_azure.throttle import Throttle
from support.clients import GROUP, PLACE

COMMAND = str(pathlib.Path(sys.executable).parent / "local-azure")


def run(*arguments, **options):
    return subprocess.run([COMMAND, *arguments], capture_output=True, text=True, timeout=60, check=False, **options)


@pytest.mark.parametrize("status", [0, 1, 7])
def test_run_passes_the_exit_status_on(status):
    assert run("run", "--", sys.executable, "-c", f"raise SystemExit({status})").returncode == status


def test_run_gives_the_variables_of_both_families():
    show = "import os, json; print(json.dumps(dict(os.environ)))"
    seen = json.loads(run("run", "--", sys.executable, "-c", show).stdout)
    assert seen["AZURE_SECRET"] == seen["AZURE_CLIENT_SECRET"]
    assert seen["AZURE_TENANT"] == seen["AZURE_TENANT_ID"]
    assert {"AZURE_CLIENT_ID", "AZURE_SUBSCRIPTION_ID", "HTTPS_PROXY", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"} <= set(
        seen
    )
    assert not pathlib.Path(seen["SSL_CERT_FILE"]).exists()


def test_switches_are_set_on_the_command_line():
    ask = "import json, os, urllib.request as u; o = u.build_opener(u.ProxyHandler({}));"
    ask += "print(o.open(os.environ['LOCAL_AZURE_URL'] + '/settings').read().decode())"
    flags = ("--set", "tag_twice=last", "--set", "key_purge_seconds=30", "--set", "user_token_idtyp=false")
    seen = json.loads(run("run", *flags, "--", sys.executable, "-c", ask).stdout)
    assert (seen["tag_twice"], seen["key_purge_seconds"], seen["user_token_idtyp"]) == ("last", 30.0, False)
    for wrong, told in (("nonsense=1", "unknown setting 'nonsense'"), ("tag_twice", "takes NAME=VALUE")):
        done = run("run", "--set", wrong, "--", "true")
        assert done.returncode == 1
        assert told in done.stderr


def test_run_of_something_that_is_not_there():
    done = run("run", "--", "no-such-command")
    assert done.returncode == 127
    assert "no-such-command" in done.stderr


@pytest.mark.parametrize("arguments", [[], ["run"], ["run", "--"], ["fly"]])
def test_usage_errors(arguments):
    done = run(*arguments)
    assert done.returncode == 2
    assert "usage" in done.stderr


def spent() -> float:
    """Seconds of the processor that ended children took, whatever else the machine does."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def test_up_is_ready_soon_and_stops_cleanly(tmp_path):
    before = spent()
    process = subprocess.Popen(
        [COMMAND, "up", "--state", str(tmp_path / "state.json")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    lines = iter(process.stdout.readline, "# ready\n")
    exports = dict(line.removeprefix("export ").strip().split("=", 1) for line in lines if line.startswith("export "))
    assert requests.get(exports["LOCAL_AZURE_URL"] + "/clock", timeout=10).json()["now"] > 0
    process.send_signal(signal.SIGTERM)
    _out, errors = process.communicate(timeout=10)
    assert (process.returncode, errors) == (0, "")
    # generous; it takes a second
    assert spent() - before < 3
    assert (tmp_path / "state.json").stat().st_mode & 0o077 == 0


def up(folder, *options):
    """A local Azure with its temporary files in a folder of their own, and its variables."""
    process = subprocess.Popen(
        [COMMAND, "up", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(folder)},
    )
    lines = iter(process.stdout.readline, "# ready\n")
    return process, dict(line.removeprefix("export ").strip().split("=", 1) for line in lines if "=" in line)


@pytest.fixture
def _heard() -> typing.Iterator[None]:
    """A child hears every signal, though these tests may run where some are ignored (``nohup``, a job of CI's)."""
    numbers = (signal.SIGHUP, signal.SIGINT)
    # a handler of this process's is the default again in a program that it starts; what is ignored stays ignored there
    before = {number: signal.signal(number, lambda _number, _frame: None) for number in numbers}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("_heard")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_told_to_end_it_takes_its_folder_along(tmp_path, number):
    process, _variables = up(tmp_path)
    assert len(list(tmp_path.iterdir())) == 1
    process.send_signal(number)
    assert process.communicate(timeout=20)[1] == ""
    assert (process.returncode, list(tmp_path.iterdir())) == (0, [])


@pytest.mark.usefixtures("_heard")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_a_child_that_is_killed_leaves_nothing(tmp_path, number):
    end = f"import os; os.kill(os.getpid(), {int(number)})"
    done = run("run", "--", sys.executable, "-c", end, env={**os.environ, "TMPDIR": str(tmp_path)})
    assert (done.returncode, done.stderr, list(tmp_path.iterdir())) == (128 + number, "", [])


def test_what_a_kill_left_goes_at_the_next_start(tmp_path):
    killed, _variables = up(tmp_path)
    killed.kill()
    killed.communicate(timeout=20)
    (left,) = tmp_path.iterdir()
    assert (left / "ca.pem").exists()
    others = tmp_path / "local-azure-of-somebody", tmp_path / "local-azure-link"
    others[0].mkdir()
    others[1].symlink_to(left)
    living, _variables = up(tmp_path)
    mine = {path.name for path in tmp_path.iterdir()} - {path.name for path in others}
    assert left.name not in mine
    assert len(mine) == 1
    second, _variables = up(tmp_path)
    assert mine < {path.name for path in tmp_path.iterdir()}
    for process in (living, second):
        process.terminate()
        assert process.communicate(timeout=20)[1] == ""
    assert {path.name for path in tmp_path.iterdir()} == {path.name for path in others}


def test_a_client_that_hangs_up_is_nobody_s_concern(tmp_path):
    """In the middle of the tunnel, of TLS, of a request, of an answer; politely, by a reset, and after a time-out."""
    process, variables = up(tmp_path, "--latency", "0.3")
    port = int(variables["LOCAL_AZURE_URL"].rsplit(":", 1)[1])
    trust = ssl.create_default_context(cafile=variables["REQUESTS_CA_BUNDLE"])
    ask = b"GET /subscriptions HTTP/1.1\r\nHost: management.azure.com\r\n\r\n"
    body = b"PUT /x HTTP/1.1\r\nHost: management.azure.com\r\nContent-Length: 99\r\n\r\nabc"
    plain = [b"", b"CONN", b"nonsense\r\n\r\n", b"\x16\x03\x01\r\n\r\n", b"GET /state HTTP/1.1\r\nHost: x\r\n\r\n"]
    for reset in (False, True):
        for sent in [*plain, None, ask[:9], ask, body]:
            client = socket.create_connection(("127.0.0.1", port))
            if sent in plain:
                client.sendall(sent)
            else:
                client.sendall(b"CONNECT management.azure.com:443 HTTP/1.1\r\n\r\n")
                client.recv(1000)
                client = trust.wrap_socket(client, server_hostname="management.azure.com") if sent else client
                client.sendall(sent or b"\x16\x03\x01\x02")
            if reset:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.close()
    way = {"proxies": {"https": variables["LOCAL_AZURE_URL"]}, "verify": variables["REQUESTS_CA_BUNDLE"]}
    for _time in range(3):
        with pytest.raises(requests.exceptions.ReadTimeout):
            requests.get("https://management.azure.com/subscriptions", timeout=(10, 0.1), **way)
    assert requests.get(variables["LOCAL_AZURE_URL"] + "/clock", timeout=10).ok
    process.terminate()
    assert (process.communicate(timeout=20)[1], process.returncode) == ("", 0)


def test_state_is_kept_in_a_file(tmp_path):
    state = str(tmp_path / "state.json")
    make = (
        "import os; from azure.identity import EnvironmentCredential as C;"
        "from azure.mgmt.resource.resources import ResourceManagementClient as R;"
        "g = R(C(), os.environ['AZURE_SUBSCRIPTION_ID']).resource_groups;"
    )
    first = run(
        "run",
        "--state",
        state,
        "--",
        sys.executable,
        "-c",
        make + "g.create_or_update('kept', {'location': 'westeurope'})",
    )
    assert first.returncode == 0, first.stderr
    second = run("run", "--state", state, "--", sys.executable, "-c", make + "print([x.name for x in g.list()])")
    assert second.stdout == "['kept']\n"
    (tmp_path / "state.json").write_text("{", encoding="utf-8")
    broken = run("run", "--state", state, "--", "true")
    assert broken.returncode == 1
    assert "state file cannot be read" in broken.stderr


@pytest.mark.parametrize("cloud", ["AzureUSGovernment", "AzureChinaCloud"])
def test_other_clouds(cloud):
    show = "import os; print(os.environ['AZURE_CLOUD_ENVIRONMENT'])"
    assert run("run", "--cloud", cloud, "--", sys.executable, "-c", show).stdout.strip() == cloud


def test_another_host_is_refused(azure, control):
    with pytest.raises(requests.exceptions.ProxyError, match="403"):
        requests.get("https://example.com/", timeout=10)


def test_a_gap_is_seen(clients, control):
    """A Managed HSM's own backup is nothing that a registry's key needs."""
    control.managed_hsm("contosohsm")
    token = clients.credential.get_token("https://managedhsm.azure.net/.default").token
    url = "https://contosohsm.managedhsm.azure.net/backup?api-version=7.5"
    answer = requests.post(url, headers={"Authorization": f"Bearer {token}"}, timeout=10)
    assert answer.status_code == 501
    assert "POST https://contosohsm.managedhsm.azure.net/backup" in answer.json()["error"]["message"]


def test_a_deployment_is_a_gap_that_is_seen(clients):
    """The template's way of the guide's part 2."""
    clients.groups.create_or_update("contoso", {"location": "westeurope"})
    token = clients.credential.get_token("https://management.azure.com/.default").token
    place = f"/subscriptions/{clients.subscription}/resourceGroups/contoso/providers/Microsoft.Resources/deployments/x"
    url = f"https://management.azure.com{place}?api-version=2025-04-01"
    answer = requests.put(url, headers={"Authorization": f"Bearer {token}"}, json={}, timeout=10)
    assert answer.status_code == 501
    assert "Microsoft.Resources/deployments/x" in answer.json()["error"]["message"]


def test_an_unknown_resource_type_is_a_gap_too(clients):
    token = clients.credential.get_token("https://management.azure.com/.default").token
    url = f"https://management.azure.com/subscriptions/{clients.subscription}/providers/Microsoft.Sql/servers"
    answer = requests.get(f"{url}?api-version=2021-11-01", headers={"Authorization": f"Bearer {token}"}, timeout=10)
    assert answer.status_code == 501


def test_faults_strike_the_nth_request_as_asked(clients, control):
    control.fault(
        method="GET", path=".*/resourcegroups", nth=2, status=503, body={"error": {"code": "Busy", "message": "x"}}
    )
    assert list(clients.groups.list()) == []
    with pytest.raises(Exception, match="Busy"):
        list(clients.groups.list())
    assert list(clients.groups.list()) == []
    assert [r["status"] for r in control.requests() if r["path"].lower().endswith("resourcegroups")] == [200, 503, 200]


@pytest.mark.parametrize(("when", "there"), [("before", False), ("after", True)])
def test_a_reset_before_or_after_the_request_took_effect(clients, control, when, there):
    control.fault(method="PUT", reset=True, when=when)
    with pytest.raises(Exception, match=r"[Cc]onnection|reset|closed|EOF"):
        clients.groups.create_or_update(GROUP, {"location": PLACE})
    assert ([g.name for g in clients.groups.list()] == [GROUP]) is there


@pytest.mark.parametrize(
    ("path", "body", "told"),
    [
        ("/users", {}, "the body has no name"),
        ("/assignments", {"scope": "/"}, "the body has no role"),
        ("/faults", [], "must be a JSON object"),
        ("/clock", {"advance": "an hour"}, "an hour"),
    ],
)
def test_bad_input_to_the_control_interface_is_told(azure, control, path, body, told):
    answer = requests.post(azure.url + path, json=body, timeout=10)
    assert answer.status_code == 400
    assert told in answer.json()["error"]


@pytest.mark.parametrize("setting", [{"nonsense": 1}, {"latency_seconds": "long"}, {"throttle": 1}])
def test_a_setting_that_makes_no_sense_is_refused(control, setting):
    with pytest.raises(urllib.error.HTTPError):
        control.settings(**setting)


def test_throttling_as_azure_does_it(azure, clients, control):
    clients.groups.create_or_update(GROUP, {"location": PLACE})
    control.settings(throttle=True)
    who = {"method": "GET", "subscription": clients.subscription, "principal": clients.oid}
    answers = []

    def ask():
        clients.groups.get(GROUP, raw_response_hook=lambda r: answers.append(r.http_response))

    ask()
    assert 200 < int(answers[-1].headers["x-ms-ratelimit-remaining-subscription-reads"]) < 250
    while not azure.world.throttle.take(**who, now=control.now() + 60)[2]:
        pass
    with pytest.raises(Exception, match="SubscriptionRequestsThrottled"):
        ask()
    control.advance(60 + int(answers[-1].headers["Retry-After"]))
    ask()


def test_the_buckets_hold_250_reads_and_fill_by_25_a_second():
    throttle, who = Throttle(), {"method": "GET", "subscription": "s", "principal": "p"}
    assert [throttle.take(**who, now=0.0)[2] for _request in range(251)].count(0) == 250
    assert [throttle.take(**who, now=1.0)[2] for _request in range(26)].count(0) == 25
    assert throttle.take(**{**who, "method": "PUT"}, now=1.0) == ("write", 199, 0)
    assert throttle.take(**{**who, "principal": "q"}, now=1.0) == ("read", 249, 0)


def test_the_clock_only_goes_forward(control):
    before = control.now()
    control.advance(3600)
    assert 3600 <= control.now() - before < 3660
    with pytest.raises(urllib.error.HTTPError):
        control.advance(-1)
