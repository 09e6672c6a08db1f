# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run ``azcollection.yml`` by the Ansible beside this Python: each of its tasks is a case.

Usage: azcollection_life.py PYTHON, an interpreter that has what pushes images.
"""

from __future__ import annotations

import base64
import json
import os
import pathlib
import subprocess
import sys
import urllib.parse
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent


def caller() -> str:
    """The object id of whoever signs in, out of a token."""
    url = f"https://login.microsoftonline.com/{os.environ['AZURE_TENANT_ID']}/oauth2/v2.0/token"
    form = {
        "grant_type": "client_credentials",
        "client_id": os.environ["AZURE_CLIENT_ID"],
        "client_secret": os.environ["AZURE_CLIENT_SECRET"],
        "scope": "https://management.azure.com/.default",
    }
    with urllib.request.urlopen(url, urllib.parse.urlencode(form).encode(), timeout=30) as answer:
        token = json.load(answer)["access_token"]
    claims = token.split(".")[1]
    return str(json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["oid"])


def main() -> int:
    """Run the playbook, and print its tasks."""
    results = pathlib.Path.cwd() / "results"
    os.environ |= {
        "TASK_RESULTS_FILE": str(results),
        "ANSIBLE_CALLBACK_PLUGINS": str(HERE.parent / "support" / "callback_plugins"),
        "ANSIBLE_CALLBACKS_ENABLED": "task_results",
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_HOME": str(pathlib.Path.cwd()),
        "ANSIBLE_REMOTE_TMP": str(pathlib.Path.cwd() / "tmp"),
    }
    program = pathlib.Path(sys.executable).with_name("ansible-playbook")
    variables = json.dumps({"caller": caller(), "python_of_tests": sys.argv[1]})
    command = [str(program), "--extra-vars", variables, str(HERE / "azcollection.yml")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    for line in results.read_text(encoding="utf-8").splitlines() if results.exists() else []:
        entry = json.loads(line)
        told = entry["result"]
        shown = {name: told[name] for name in told if name not in ("invocation", "failed")}
        problem = json.dumps(shown, default=str)[:700] if told["failed"] else ""
        print(json.dumps({"name": entry["task"], "problem": problem}), flush=True)
    print(done.stdout[-3000:], done.stderr[-3000:], file=sys.stderr)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
