# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a report is written, when the line to storage breaks."""

from __future__ import annotations

import json

from local_azure.client import Control
from support.azurite import Evidence
from support.contoso import Contoso
from support.direct import Direct


def test_a_file_whose_answer_was_lost_is_there_and_the_report_too(
    with_registry: Contoso, direct: Direct, control: Control, evidence: Evidence
) -> None:
    control.fault(method="PUT", path=".*/report.json", when="after", reset=True)
    mark = control.mark()
    result = direct("cmk_report", subscriptions=["all"], to=evidence.place("lost"), formats=["json"])
    assert not result.get("failed"), result
    sent = [one for one in control.requests(mark) if one["method"] == "PUT"]
    assert len(sent) == 2
    folder = result["folder"].removeprefix(evidence.place(""))
    assert json.loads(evidence.content(f"{folder}/report.json"))["report"] == "ownkey.acr"
