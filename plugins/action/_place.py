# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to the collection ownkey.acr: may change at any time.

from __future__ import annotations

import os
import typing

from ansible.plugins.action import ActionBase
from ansible_collections.ownkey.acr.plugins.module_utils._azure import credentials
from ansible_collections.ownkey.acr.plugins.module_utils._domain import names
from ansible_collections.ownkey.acr.plugins.module_utils._domain.failure import Failure
from ansible_collections.ownkey.acr.plugins.module_utils._rules import place, sign_in


class ActionModule(ActionBase):
    """Says in which subscription and tenant a playbook is about to work, before it does; it never fails."""

    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, typing.Any] | None = None) -> dict[str, typing.Any]:
        """Run the task."""
        result = super().run(tmp, task_vars)
        del tmp
        variables = task_vars or {}
        own: dict[str, typing.Any] = {}
        self._compute_environment_string(own)
        environment = {**os.environ, **{str(name): str(value) for name, value in own.items()}}
        try:
            text = self._sentence(environment, str(self._task.args.get("subscription_id") or ""), variables)
        except Failure as failure:
            # whatever it is, the first task that needs it says so too, and fails
            text = f"Azure: it cannot be said yet where. {failure.sentence()}"
        return {**result, "msg": text, "_ansible_verbose_always": True}

    def _sentence(self, environment: dict[str, str], subscription: str, variables: dict[str, typing.Any]) -> str:
        # one that is none is refused by its name in the role's first task
        options = {"subscription_id": subscription if names.is_guid(subscription) else None}
        way = sign_in.choose(options, environment, credentials.profiles(environment))
        sign_in.check_ids(way)
        session = place.Session()
        if way.method == "cli":
            those = credentials.cli_subscriptions(environment)
            wanted = (way.subscription_id or "").lower()
            one = next((one for one in those if (one.id.lower() == wanted if wanted else one.is_default)), None)
            session = place.Session(one.id, one.tenant, one.user) if one else session
        proxy = environment.get("HTTPS_PROXY") or environment.get("https_proxy")
        is_local = bool(proxy) and proxy == environment.get("LOCAL_AZURE_URL")
        given = self._task.args
        hosts = len(variables.get("ansible_play_hosts_all") or [])
        reach = place.reach(given.get("registries"), str(given.get("resource_group") or ""), hosts)
        return place.sentence(way, session, reach, is_local=is_local)
