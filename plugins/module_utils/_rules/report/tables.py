# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""The report's tables as CSV: one row a registry, one row a finding. What a cell says is never a formula."""

from __future__ import annotations

import csv
import io
import typing
import unicodedata

from ..._domain import moment
from .facts import RegistryFacts

#: With what a cell begins that a spreadsheet would work out (OWASP, "CSV Injection"). Other forms of the signs, as wide
#: and small ones, are compared by what they stand for; the minus of mathematics stands for itself.
_SIGNS, _BREAKS = frozenset("=+-@\u2212"), ("\t", "\r", "\n")
REGISTRY_COLUMNS = (
    "name",
    "id",
    "resource_group",
    "subscription",
    "location",
    "sku",
    "state",
    "encrypted",
    "key",
    "version",
    "newest_version",
    "created",
    "age_days",
    "expires_on",
    "enabled",
    "size",
    "key_type",
    "rotation_mode",
    "key_rotates_by_policy",
    "next_due",
    "next_due_kind",
    "purge_protection",
    "retention_days",
    "identity",
    "identity_allowed",
    "access_by",
    "findings",
    "not_seen",
    "proof",
    "proof_at",
    "proof_source",
    "tags",
)
FINDING_COLUMNS = ("registry", "id", "severity", "code", "what", "why", "remedy")


def registry_table(registries: typing.Iterable[RegistryFacts]) -> str:
    """One row a registry."""
    return _csv(REGISTRY_COLUMNS, (_registry(one) for one in registries))


def finding_table(registries: typing.Iterable[RegistryFacts]) -> str:
    """One row a finding."""
    rows = (
        (one.name, one.id, *(finding.result()[name] for name in FINDING_COLUMNS[2:]))
        for one in registries
        for finding in one.findings
    )
    return _csv(FINDING_COLUMNS, rows)


def _registry(one: RegistryFacts) -> tuple[object, ...]:
    due, proof = one.next_due, one.proof
    return (
        one.name,
        one.id,
        one.resource_group,
        one.subscription,
        one.location,
        one.sku,
        one.state,
        one.encrypted,
        one.key,
        one.version,
        one.newest,
        moment.iso(one.created),
        one.age_days,
        moment.iso(one.expires_on),
        one.enabled,
        one.size,
        one.key_type,
        one.mode,
        one.rotates,
        moment.iso(due.at) if due else None,
        due.kind if due else None,
        one.purge_protection,
        one.retention_days,
        one.identity,
        one.allowed,
        "; ".join(one.means),
        "; ".join(finding.code for finding in one.findings),
        "; ".join(one.unseen),
        proof.state if proof else None,
        moment.iso(proof.at) if proof else None,
        proof.source if proof else None,
        "; ".join(f"{name}={value}" for name, value in one.tags),
    )


def _csv(columns: typing.Sequence[str], rows: typing.Iterable[typing.Sequence[object]]) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([cell(value) for value in row] for row in rows)
    return stream.getvalue()


def cell(value: object) -> str:
    """A value as a cell: empty for what is not known, and with an apostrophe before what would be a formula."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = str(value).replace("\0", "")
    return f"'{text}" if _is_formula(text) and not isinstance(value, (int, float)) else text


def _is_formula(text: str) -> bool:
    """Whether a spreadsheet may work it out: by the first character that can be seen, as some drop what cannot."""
    visible = next((one for one in text if unicodedata.category(one)[0] not in "ZC"), "")
    return text.startswith(_BREAKS) or not _SIGNS.isdisjoint(unicodedata.normalize("NFKC", visible)[:1])
