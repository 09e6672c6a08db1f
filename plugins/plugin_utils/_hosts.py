# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to the collection ownkey.acr: may change at any time.
"""The base of the inventory plugin: an operation's result as hosts, groups and variables, by Ansible's own helpers.

Everything is read before the first host is added, so that a failure leaves none.
"""

from __future__ import annotations

import hashlib
import json
import os
import pathlib
import re
import typing

from ansible import constants
from ansible.errors import AnsibleError, AnsibleParserError
from ansible.module_utils.parsing.convert_bool import BOOLEANS
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable
from ansible.template import trust_as_template
from ansible_collections.ownkey.acr.plugins.module_utils import _run_folder
from ansible_collections.ownkey.acr.plugins.module_utils._argspec import in_own_case, without_empty
from ansible_collections.ownkey.acr.plugins.module_utils._azure import credentials
from ansible_collections.ownkey.acr.plugins.module_utils._domain.failure import Failure
from ansible_collections.ownkey.acr.plugins.module_utils._domain.words import nearest
from ansible_collections.ownkey.acr.plugins.module_utils._operation import Operation, execute
from ansible_collections.ownkey.acr.plugins.module_utils._rules import sign_in
from ansible_collections.ownkey.acr.plugins.module_utils._rules.inventory.host_names import Candidate, host_names
from ansible_collections.ownkey.acr.plugins.plugin_utils._plain import harmless, plain

ALL, MISSING = "registries", "registries_missing"
_SUFFIXES = (".acr.yml", ".acr.yaml", "acr_registries.yml", "acr_registries.yaml")
#: What the collection's roles go by, and the fact that it is.
_ROLE_VARIABLES = {
    "acr_cmk_registry": "id",
    "acr_cmk_resource_group": "resource_group",
    "acr_cmk_subscription_id": "subscription_id",
    "acr_cmk_location": "location",
}
#: Nothing is asked of a registry's own host: its tasks run on the controller.
_CONNECTION = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
#: Of what is kept in the cache; another number for another form of it.
_FORM = 1

Row = dict[str, typing.Any]


def _who(params: Row) -> list[object]:
    """Who signs in, as far as it shows without signing in; nobody gets what another one saw.

    :raises AnsibleParserError: when that cannot be decided.
    """
    try:
        way = sign_in.choose(params, os.environ, credentials.profiles(os.environ))
    except Failure as failure:
        raise AnsibleParserError(failure.sentence()) from failure
    who: list[object] = [way.method, way.cloud.name, way.tenant, way.client_id, way.subscription_id]
    # of a certificate, a federated token and a machine's identity what it is called, of the az CLI its session
    who += [way.x509_certificate_path, way.federated_token_file]
    who += sorted((name, os.environ[name]) for name in os.environ if name.startswith(("IDENTITY_", "MSI_", "IMDS_")))
    if way.method == "cli":
        who += [list(one) for one in credentials.cli_subscriptions(os.environ)]
    return who


class RegistryHosts(BaseInventoryPlugin, Constructable, Cacheable):  # type: ignore[misc]
    """An inventory plugin for one operation; a subclass names it and does nothing else."""

    operation: Operation

    def verify_file(self, path: str) -> bool:
        """Whether a file is for this plugin: by its name, or by the plugin that it names."""
        if not super().verify_file(path):
            return False
        if path.endswith(_SUFFIXES):
            return True
        if not path.endswith((".yml", ".yaml")):
            return False
        text = pathlib.Path(path).read_text(encoding="utf-8", errors="replace")
        return bool(re.search(rf"^plugin:\s*['\"]?{re.escape(self.NAME)}\b", text, re.MULTILINE))

    def parse(self, inventory: typing.Any, loader: typing.Any, path: str, cache: bool = True) -> None:
        """Read the file, then Azure or the cache, and add the hosts."""
        super().parse(inventory, loader, path, cache)
        config = self._read_config_data(path)
        self._refuse(config)
        params = self._params()
        content = self._content(path, params, cache=cache)
        rows = self._rows(content["registries"])
        for group in (ALL, MISSING):
            inventory.add_group(group)
        for variable, value in _CONNECTION.items():
            inventory.set_variable(ALL, variable, trust_as_template(value))
        for name, row in zip(self._names(rows), rows, strict=True):
            self._add(name, row)
        for part in content["missing"]:
            name = f"{part['kind']}-{part['name']}".replace(" ", "-").lower()
            inventory.add_host(name, group=MISSING)
            inventory.set_variable(name, "acr_missing", harmless(part))

    def set_options(
        self, task_keys: typing.Any = None, var_options: typing.Any = None, direct: typing.Any = None
    ) -> None:
        """Set them, with choices in any case, as the modules take them."""
        own = in_own_case(direct, self.operation.spec.options) if direct else direct
        super().set_options(task_keys=task_keys, var_options=var_options, direct=own)

    def _refuse(self, config: typing.Mapping[str, typing.Any]) -> None:
        """What Ansible would pass over: an option that there is none such, a yes or no that is neither.

        :raises AnsibleParserError: that names it, and the option that comes nearest.
        """
        definitions = self.option_definitions
        for name in sorted(map(str, config)):
            if name not in definitions:
                near = nearest(name, sorted(definitions))
                meant = f" Did you mean {near}?" if near else ""
                raise AnsibleParserError(f"{name}: there is no such option of {self.NAME}.{meant}")
            is_flag = str(definitions[name].get("type")).startswith("bool")
            if is_flag and str(config[name]).strip().lower() not in {str(one).lower() for one in BOOLEANS}:
                raise AnsibleParserError(f"{name}: {config[name]} is neither yes nor no; give true or false.")
        for number, one in enumerate(self.get_option("filters"), 1):
            if len(one) != 1 or not set(one) <= {"include", "exclude"}:
                keys = ", ".join(sorted(map(str, one))) or "neither"
                raise AnsibleParserError(f"filters: number {number} has {keys}; give it either include or exclude.")

    def _params(self) -> Row:
        """The operation's options, templated, without what was left empty."""
        params: Row = {}
        for name in self.operation.spec.options:
            try:
                value = self.templar.template(self.get_option(name))
            except AnsibleError as error:
                raise AnsibleParserError(f"{name}: its value cannot be worked out: {error.message}") from error
            params[name] = plain(value)
        for name in ("subscriptions", "management_groups"):
            texts = params[name] if isinstance(params[name], list) else [params[name]]
            if texts and not any(text and str(text).strip() for text in texts):
                raise AnsibleParserError(
                    f"{name}: it is there, and what it says is empty; that would be every subscription that you see. "
                    "Leave it out for that, or look where its value comes from."
                )
        given = without_empty(params, self.operation.spec.options)
        return {name: given.get(name) for name in self.operation.spec.options}

    def _content(self, path: str, params: Row, *, cache: bool) -> Row:
        """What the operation tells, from the cache if there is one and it may be used."""
        if not self.get_option("cache"):
            return self._read(params)
        self.load_cache_plugin()
        key = f"{self.get_cache_key(path)}_{self._fingerprint(params)}"
        if cache:
            try:
                content: Row = self._cache[key]
                return content
            except KeyError:
                # there is none, or it is too old
                pass
        content = self._read(params)
        if not content["missing"]:
            self._cache[key] = content
        return content

    def _fingerprint(self, params: Row) -> str:
        """What the cache's content depends on beside the file: options and who signs in, nothing that is secret."""
        secret = {name for name, option in self.operation.spec.options.items() if option.get("no_log")}
        parts = {name: value for name, value in params.items() if name not in secret}
        text = json.dumps([_FORM, parts, _who(params)], sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def _read(self, params: Row) -> Row:
        folder = _run_folder.provided(constants.DEFAULT_LOCAL_TMP)
        # the tasks of the same run sign in with the same tokens
        environ = {**os.environ, **({_run_folder.VARIABLE: str(folder)} if folder else {})}
        result = execute(self.operation, params, check_mode=True, environ=environ, tell=self.display.v)
        for text in result.get("warnings", []):
            self.display.warning(text)
        if result.get("failed"):
            if not constants.INVENTORY_ANY_UNPARSED_IS_FAILED:
                self.display.error(
                    f"There is no inventory of registries: {result['msg']} Ansible goes on without it unless "
                    "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED is true."
                )
            raise AnsibleParserError(result["msg"])
        self.display.v(f"{len(result['registries'])} registries in {result.get('requests', 0)} requests.")
        return {"registries": result["registries"], "missing": result["missing"]}

    def _rows(self, rows: list[Row]) -> list[Row]:
        """The rows that the filters let pass, each with the variables that expressions see."""
        filters, is_strict = self.get_option("filters"), self.get_option("strict")
        seen = []
        for row in rows:
            facts = harmless(row["registry"])
            own = {"acr_registry": facts} | ({"acr_health": harmless(row["health"])} if "health" in row else {})
            row = {**row, "own": own, "variables": {**facts, **own}}
            if not filters or self._passes(filters, row, is_strict=is_strict):
                seen.append(row)
        return seen

    def _passes(self, filters: list[Row], row: Row, *, is_strict: bool) -> bool:
        """Whether a registry becomes a host; a condition that cannot be worked out does not match, unless strict."""
        self.templar.available_variables = row["variables"]
        for one in filters:
            ((kind, condition),) = one.items()
            try:
                is_match = self.templar.evaluate_conditional(condition)
            except AnsibleError as error:
                if is_strict:
                    text = f"filters: {kind} {condition!r} cannot be worked out for {row['label']}: {error.message}"
                    raise AnsibleParserError(text) from error
                continue
            if is_match:
                return bool(kind == "include")
        return True

    def _names(self, rows: list[Row]) -> list[str]:
        expressions, is_strict = self.get_option("hostnames"), self.get_option("strict")
        wishes = [self._wish(row, expressions, is_strict=is_strict) if expressions else None for row in rows]
        pairs = zip(wishes, rows, strict=True)
        names = host_names([Candidate(wish, row["label"], row["registry"]["id"]) for wish, row in pairs])
        changed = [name for wish, name in zip(wishes, names, strict=True) if wish and wish != name]
        if changed:
            shown = ", ".join(changed[:10]) + (", …" if len(changed) > 10 else "")
            self.display.warning(f"hostnames: {len(changed)} registries would share a name; they are called {shown}.")
        return names

    def _wish(self, row: Row, expressions: list[str], *, is_strict: bool) -> str | None:
        for expression in expressions:
            try:
                name = self._compose(expression, row["variables"])
            except Exception as error:
                if is_strict:
                    text = f"hostnames: {expression!r} cannot be worked out for {row['label']}: {error}"
                    raise AnsibleParserError(text) from error
                continue
            if isinstance(name, str) and name.strip():
                return plain(name.strip())  # type: ignore[no-any-return]
        return None

    def _add(self, name: str, row: Row) -> None:
        """A host with its variables and groups."""
        inventory, variables = self.inventory, row["variables"]
        inventory.add_host(name, group=ALL)
        # the inventory itself would copy each value anew, to note where it comes from: half of all the time it takes
        host = inventory.get_host(name)
        for variable, value in row["own"].items():
            host.set_variable(variable, value)
        for variable, fact in _ROLE_VARIABLES.items():
            host.set_variable(variable, variables[fact])
        is_strict, compose = self.get_option("strict"), self.get_option("compose")
        self._set_composite_vars(compose, variables, name, strict=is_strict)
        for variable in set(compose) & set(host.vars):
            host.set_variable(variable, harmless(host.vars[variable]))
        self._add_host_to_composed_groups(self.get_option("groups"), variables, name, strict=is_strict)
        self._add_host_to_keyed_groups(self.get_option("keyed_groups"), variables, name, strict=is_strict)
