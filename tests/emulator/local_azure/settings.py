# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can be set about the local Azure, with defaults that suit a test run."""

from __future__ import annotations

import dataclasses
import typing


@dataclasses.dataclass
class Settings:
    """The switches. Each can be changed while it runs, through the control interface (``PATCH /settings``).

    Times are in seconds. What is marked *inferred* stands for behaviour that no source settles; see
    ``docs/azure-behaviour.md``.
    """

    #: How long creating, changing or deleting a registry takes (recorded on real Azure: 10 to 15).
    operation_seconds: float = 0.3
    #: How long a new replica shows itself as syncing (recorded on real Azure: 5).
    replica_sync_seconds: float = 0.0
    #: Added to every answer.
    latency_seconds: float = 0.0
    #: Until a new role assignment counts (real Azure: up to 600).
    role_spread_seconds: float = 0.0
    #: Until a deleted key shows up among the deleted ones (recorded: 5 to 20).
    key_delete_seconds: float = 0.0
    #: How long a change of a vault or of a key's version takes; another one of the same that comes in meanwhile is
    #: refused (409).
    write_seconds: float = 0.02
    #: After its recovery a key is not found yet, for as long.
    key_recover_seconds: float = 0.0
    #: After its recovery a change of a key is refused with Conflict, for as long.
    key_recovered_busy_seconds: float = 0.0
    #: After its purge a key's name is still held (ObjectIsBeingDeleted), for as long.
    key_purge_seconds: float = 0.0
    #: Until a registry's token takes a password that was generated anew, instead of the old one (Microsoft: 60).
    token_password_seconds: float = 0.0
    #: Lifetime of an access token.
    token_seconds: int = 3599
    #: Refuse requests over Azure's buckets (250 reads refilled at 25/s, 200 writes refilled at 10/s), over what
    #: registries allow in a minute (10,000 reads and 2,000 writes in tier Premium), over what keys a vault makes in ten
    #: seconds (20, or 10 in hardware), and over the 15 queries in 5 seconds that Resource Graph takes.
    throttle: bool = False
    #: *Inferred*: with ``throttle``, the rotation of a key counts among those that its vault makes.
    rotation_counts_as_creation: bool = True
    #: For how long Resource Graph goes on showing what was there before a change (told: minutes, in one case 30 hours).
    graph_lag_seconds: float = 0.0
    #: How many subscriptions a query of Resource Graph goes over (described: 10,000; the rest is left out).
    graph_subscription_limit: int = 10_000
    #: *Inferred*: Resource Graph says ``Retry-After`` too when it is asked too often.
    graph_retry_after: bool = False
    #: *Inferred*: how many lists of referrers a caller may ask a registry for in a minute (told is that it is fewer
    #: than of all else; 1,624 took six minutes).
    referrers_per_minute: int = 300
    #: *Inferred*: how many tokens a registry issues in a minute (told is that many at once are refused).
    tokens_per_minute: int = 1000
    #: *Inferred*: a registry that is asked too often says when to come again.
    registry_retry_after: bool = True
    #: *Inferred*: where "Failed to access KeyId" arrives, at the request or as the end of the operation.
    cmk_refusal: str = "request"
    #: *Inferred*: whether a user-assigned identity passes a vault firewall as a trusted service.
    user_assigned_bypass: bool = False
    #: *Inferred*: whether wrap still works on a disabled key (a live report says it does; the documentation says not).
    wrap_on_disabled_key: bool = False
    #: *Inferred*: for how long a registry goes on with a data key that it has unwrapped (at most an hour on Azure).
    key_cache_seconds: float = 0.0
    #: *Inferred*: a PUT gives a customer-managed key to what a creation that ended as Failed left behind.
    failed_creation_takes_key: bool = False
    #: *Inferred*: the refused removal of the identity in use takes it off all the same (the guide, part 4).
    identity_removal_detaches: bool = False
    #: *Inferred*: what ``DELETE /v2/…/manifests/TAG`` does: take the tag alone (``tag``), or nothing (``refuse``: 405).
    manifest_delete_by_tag: str = "tag"
    #: A registry under a customer-managed key has the referrers API (told: it has not; clients fall back to a tag).
    cmk_referrers: bool = False
    #: How long an import takes (told, docker-tools #2141: 0.2 to 10).
    import_seconds: float = 0.2
    #: After how many seconds an import is to be looked at again; 0: it is not said (recorded on real Azure: 10).
    import_retry_after: int = 0
    #: An import has ended when its request is answered, with 200 or a refusal (told, of small images).
    import_at_once: bool = False
    #: Imports never end (told).
    imports_hang: bool = False
    #: Where a source's tag moves during an import, the target's tag stands for what was not copied (told).
    import_race: bool = True
    #: *Inferred*: where an import is refused that the registries themselves do not let succeed: at the end of its
    #: operation (``operation``), or at the request (``request``).
    import_refusals: str = "operation"
    #: *Inferred*: the end of an import that failed says why; else nothing but BadRequest (both are told).
    import_failure_says_why: bool = True
    #: *Inferred*: with ``throttle``, an import counts among the reads of its source and the writes of its target, and
    #: fails late where there are too many (told of sources that throttle).
    import_counts: bool = True
    #: *Inferred*: to look at an import takes a right at the subscription, which a role at the target does not give.
    import_poll_needs_right: bool = False
    #: *Inferred*: what becomes of layers that are not to be distributed: they are left out (``skip``), or keep the
    #: image from being imported (``refuse``).
    import_foreign_layers: str = "skip"
    #: Until an identity that was taken off expires (the guide, part 4: about three months).
    identity_life_seconds: float = 90 * 86400.0
    #: *Inferred*: a Managed HSM lists the role assignments at the very scope only, not those above and below it too.
    hsm_lists_at_scope_only: bool = False
    #: A user's token says ``idtyp: user``; else nothing but ``upn`` and ``scp`` tells it from an application's.
    user_token_idtyp: bool = True
    #: After its creation a registry in a region with zones shows the zone redundancy that was set, for as long; then
    #: ``Enabled``, whatever was set.
    zone_redundancy_seconds: float = 0.0
    #: Slugs of regions, with commas between, in which no registry, vault or identity can be made.
    closed_regions: str = ""
    #: The code for a region that is not there: this one, or for some types ``NoRegisteredProviderFound``.
    unknown_region_code: str = "LocationNotAvailableForResourceType"
    #: *Inferred*: a tag that is set again in another spelling keeps the old one.
    keep_tag_spelling: bool = True
    #: *Inferred*: a request with one tag name in two spellings is refused (``refuse``), or the last counts (``last``).
    tag_twice: str = "refuse"
    #: *Inferred*: codes and texts of refusals for which no source gives them; False: they say nothing in particular.
    inferred_words: bool = True
    #: *Inferred*: deleting a registry with a key of its own is an operation; else it is done at once.
    cmk_deletion_takes_time: bool = True
    #: *Inferred*: an action such as ``vaults/*/read`` in a role covers ``vaults/read`` as well.
    star_covers_parent: bool = True
    #: *Inferred*: the status for a resource provider that the subscription is not registered for.
    unregistered_status: int = 409
    #: *Inferred*: setting the very same versionless key again makes a registry look for its newest version at once.
    same_key_looks_again: bool = True
    #: *Inferred*: naming an identity that was made again under its old name attaches it with its new ids.
    remade_identity_attaches: bool = True
    #: *Inferred*: null in a PATCH takes a user-assigned identity off a registry.
    identity_null_detaches: bool = True
    #: *Inferred*: attaching an identity to a registry takes a right at the identity, as for other resources.
    identity_needs_assign_right: bool = True
    #: *Inferred*: a Managed HSM comes back with its keys and local roles.
    hsm_recovers_whole: bool = True
    #: *Inferred*: policies of mode Microsoft.KeyVault.Data judge a rotation too.
    policy_judges_rotation: bool = False
    #: *Inferred*: the status with which a registry refuses that cannot use its key.
    key_refusal_status: int = 403
    #: *Inferred*: a registry that cannot use its key goes on listing repositories, tags and manifests.
    lists_without_key: bool = False
    #: *Inferred*: what has ``listEnabled`` off is left out of lists.
    unlisted_is_hidden: bool = True
    #: *Inferred*: a repository's counts include what is hidden from its lists.
    counts_include_unlisted: bool = True
    #: *Inferred*: soft delete and retention can both be enabled (the documentation says not, a report has both).
    soft_delete_beside_retention: bool = False
    #: *Inferred*: a scope map that a token has cannot be deleted.
    scope_map_in_use_stays: bool = True
    #: The address that callers seem to come from, for vault firewalls.
    client_address: str = "203.0.113.10"
    #: Entries on one page of a Resource Manager or key list.
    page_size: int = 100

    def change(self, values: dict[str, typing.Any]) -> None:
        """Set switches by name.

        :raises ValueError: for an unknown name or a value of another type.
        """
        known = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        for name, value in values.items():
            if name not in known:
                raise ValueError(f"unknown setting {name!r}; there are: {', '.join(sorted(known))}")
            kind = type(known[name])
            given = float(value) if kind is float and isinstance(value, int) and not isinstance(value, bool) else value
            if not isinstance(given, kind) or isinstance(given, bool) != (kind is bool):
                raise ValueError(f"setting {name!r} takes {kind.__name__}, not {value!r}")
            setattr(self, name, given)
