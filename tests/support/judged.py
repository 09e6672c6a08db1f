# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every exchange that a test causes is held against Microsoft's descriptions; what they say otherwise fails the test.

It holds for each local Azure that is started with this process's environment, in a process of its own too.
"""

from __future__ import annotations

import json
import pathlib
import typing

import pytest
from local_azure.descriptions.exchange import Finding
from local_azure.server import JUDGE


@pytest.fixture(scope="session", autouse=True)
def _judge(tmp_path_factory: pytest.TempPathFactory) -> typing.Iterator[pathlib.Path]:
    """The file that judges write to."""
    path = tmp_path_factory.mktemp("judge") / "findings.jsonl"
    path.touch()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(JUDGE, str(path))
        yield path


@pytest.fixture(autouse=True)
def _as_microsoft_describes_it(_judge: pathlib.Path) -> typing.Iterator[None]:
    before = _judge.stat().st_size
    yield
    with _judge.open(encoding="utf-8") as stream:
        stream.seek(before)
        findings = dict.fromkeys(str(Finding(**json.loads(line))) for line in stream)
    if findings:
        pytest.fail("Microsoft's descriptions say otherwise:\n" + "\n".join(findings), pytrace=False)
