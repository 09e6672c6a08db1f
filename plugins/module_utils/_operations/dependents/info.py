# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Who depends on a key, a key store or an identity, told; changes nothing."""

from __future__ import annotations

from ..._domain import key_identifier
from ..._domain.failure import Failure
from ..._operation import Result, Task
from ..identity.lookup import find_identity
from ..key_store.lookup import vault_host
from . import search
from .search import Dependents


def gather(task: Task) -> Result:
    """The operation of the module ``cmk_dependents_info``."""
    dependents, what = _search(task)
    count = f"{len(dependents.registries)} registries and {len(dependents.others)} other resources depend on {what}."
    return {
        "changed": False,
        "msg": count if not dependents.unseen else f"{count} {dependents.unseen[0]}",
        "registries": [registry.result() for registry in dependents.registries],
        "others": [other.result() for other in dependents.others],
        "complete": not dependents.unseen,
        "unseen": list(dependents.unseen),
    }


def _search(task: Task) -> tuple[Dependents, str]:
    """The dependents, and of what."""
    params, session = task.params, task.session
    if params["key_identifier"]:
        key = key_identifier.parse(params["key_identifier"], session.cloud)
        return search.of_key(task, key, version=key.version or None), f"the key {key}"
    if params["vault"]:
        host = vault_host(session.cloud, params["vault"])
        return search.of_vault(task, host), f"the key store {host}"
    if not params["identity"]:
        text = "Nothing says whose dependents to look for."
        raise Failure(
            text, parameter="key_identifier", hint="Give key_identifier, vault or identity.", code="missing_parameter"
        )
    identity = find_identity(session, params["identity"], params["resource_group"])
    if identity is None:
        text = f"There is no identity {params['identity']}."
        raise Failure(text, parameter="identity", hint="Check its name and resource_group.", code="not_found")
    dependents = search.of_identity(task, str(identity.client_id), str(identity.resource_id))
    return dependents, f"the identity {params['identity']}"
