# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run real ``ansible-playbook`` against the local Azure, and read what each task returned."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import typing

import yaml
from local_azure.client import Control

from .warm import warm

HERE = pathlib.Path(__file__).resolve().parent
SECONDS = 300


@dataclasses.dataclass
class Run:
    """A finished run of ansible-playbook.

    ``tasks`` are ``{task, action, result}`` in order, of tasks that ran; ``requests`` the local Azure's log of it.
    """

    status: int
    output: str
    tasks: list[dict[str, typing.Any]]
    requests: list[dict[str, typing.Any]]

    @property
    def ok(self) -> bool:
        return self.status == 0

    def result(self, name: str) -> dict[str, typing.Any]:
        """The result of the last task of a name."""
        return next(task["result"] for task in reversed(self.tasks) if task["task"].split(" : ")[-1] == name)

    @property
    def last(self) -> dict[str, typing.Any]:
        """The result of the last task."""
        return self.tasks[-1]["result"]

    @property
    def changed(self) -> list[str]:
        """The names of the tasks that changed something."""
        return [task["task"] for task in self.tasks if task["result"].get("changed")]

    @property
    def azure(self) -> list[dict[str, typing.Any]]:
        """The requests, without those to sign in and without the challenges that vaults make."""
        return [r for r in self.requests if r["service"] != "login" and r["status"] != 401]

    @property
    def writes(self) -> list[str]:
        """The requests that ask for a change, as ``METHOD path``."""
        return [f"{r['method']} {r['path']}" for r in self.azure if r["writes"]]

    def count(self, method: str, pattern: str) -> int:
        """How many requests of a method have a path that matches the whole of a pattern."""
        return sum(r["method"] == method and bool(re.fullmatch(pattern, r["path"], re.IGNORECASE)) for r in self.azure)


class Ansible:
    """Runs playbooks in a folder of its own.

    :param environment: the variables that lead to the local Azure.
    """

    def __init__(self, folder: pathlib.Path, environment: dict[str, str]) -> None:
        self.folder = folder
        kept = {name: value for name, value in os.environ.items() if not name.upper().startswith("AZURE_")}
        self.environment = {
            **kept,
            **environment,
            "HOME": str(folder),
            "ANSIBLE_ASYNC_DIR": str(folder / "async"),
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_CALLBACK_PLUGINS": str(HERE / "callback_plugins"),
            "ANSIBLE_CALLBACKS_ENABLED": "task_results",
            "ANSIBLE_COLLECTIONS_PATH": os.environ.get(
                "ANSIBLE_COLLECTIONS_PATH", str(HERE.parents[1] / ".cache" / "collections")
            ),
        }
        self.control = Control(environment["LOCAL_AZURE_URL"])

    def command(self, playbook: str, variables: dict[str, typing.Any], *flags: str) -> list[str]:
        """The command line for a playbook given by path or full name."""
        program = pathlib.Path(sys.executable).parent / "ansible-playbook"
        return [str(program), playbook, "--extra-vars", json.dumps(variables), *flags]

    def playbook(
        self,
        playbook: str,
        variables: dict[str, typing.Any] | None = None,
        *flags: str,
        environment: dict[str, str | None] | None = None,
    ) -> Run:
        """Run a playbook.

        :param environment: variables to set, or with None to remove.
        """
        results = self.folder / "results.jsonl"
        results.unlink(missing_ok=True)
        changed = {**self.environment, "TASK_RESULTS_FILE": str(results), **(environment or {})}
        mark = self.control.mark()
        command = self.command(playbook, variables or {}, *flags)
        texts = {name: value for name, value in changed.items() if value is not None}
        if any(name.startswith("PYTHON") for name in environment or {}):
            # counts from the start of a Python
            options: typing.Any = {"cwd": self.folder, "env": texts, "capture_output": True, "text": True}
            done = subprocess.run(command, timeout=SECONDS, check=False, **options)
        else:
            done = warm(pathlib.Path(command[0]).with_name("python")).run(command, self.folder, texts, SECONDS)
        lines = results.read_text(encoding="utf-8").splitlines() if results.exists() else []
        tasks = [json.loads(line) for line in lines]
        return Run(done.returncode, done.stdout + done.stderr, tasks, self.control.requests(mark))

    def killed_at_write(self, number: int, playbook: str, variables: dict[str, typing.Any]) -> bool:
        """Run a playbook and kill its whole process group, as AWX does, when its nth write has taken effect.

        :returns: whether it got that far.
        """
        mark = self.control.mark()
        self.control.fault(method="PUT|POST|PATCH|DELETE", host="(?!login).*", nth=number, delay=SECONDS, when="after")
        process = subprocess.Popen(
            self.command(playbook, variables),
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            while process.poll() is None:
                if any(entry["fault"] for entry in self.control.requests(mark)):
                    # ansible-core puts each worker into a session of its own, so a signal to the group spares it
                    workers = descendants(process.pid)
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()
                    for worker in workers:
                        with contextlib.suppress(ProcessLookupError):
                            os.kill(worker, signal.SIGKILL)
                    return True
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(timeout=0.02)
            return False
        finally:
            self.control.clear_faults()

    def on_hosts(self, names: str, *tasks: dict[str, typing.Any], **options: typing.Any) -> tuple[str, ...]:
        """The playbook of a play of tasks on hosts that are all this very machine, with the flags that name them.

        :param names: with blanks between.
        :param options: further keywords of the play.
        """
        play = {
            "hosts": "all",
            "connection": "local",
            "gather_facts": False,
            "vars": {"ansible_python_interpreter": "{{ ansible_playbook_python }}"},
            "tasks": list(tasks),
            **options,
        }
        path = self.folder / "on-hosts.yml"
        path.write_text(yaml.safe_dump([play]), encoding="utf-8")
        return str(path), "--inventory", ",".join(names.split()) + ","

    def tasks(self, *tasks: dict[str, typing.Any], check: bool = False, **options: typing.Any) -> Run:
        """Run a play of the given tasks on localhost.

        :param options: ``play`` with further keywords of the play, ``flags``, ``environment``.
        """
        play = {
            "hosts": "localhost",
            "connection": "local",
            "gather_facts": False,
            "vars": {"ansible_python_interpreter": "{{ ansible_playbook_python }}"},
            "tasks": [{"name": next(name for name in task if "." in name), **task} for task in tasks],
            **options.pop("play", {}),
        }
        path = self.folder / "play.yml"
        path.write_text(yaml.safe_dump([play], sort_keys=False), encoding="utf-8")
        flags = [*options.pop("flags", []), *(["--check"] if check else [])]
        return self.playbook(str(path), None, *flags, **options)

    def module(self, module: str, /, *, check: bool = False, **arguments: typing.Any) -> Run:
        """Run one module of the collection."""
        return self.tasks({f"ownkey.acr.{module}": arguments}, check=check)


def descendants(pid: int) -> list[int]:
    """The processes below a process, from /proc."""
    parents = {}
    for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = path.read_text().rsplit(")", 1)[1].split()
            parents[int(path.parent.name)] = int(fields[1])
    found, level = [], [pid]
    while level:
        level = [child for child, parent in parents.items() if parent in level]
        found += level
    return found


def fresh_folder(path: pathlib.Path) -> pathlib.Path:
    """An empty folder."""
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    return path
