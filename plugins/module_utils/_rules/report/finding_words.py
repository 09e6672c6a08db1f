# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Titles of findings in English and in Japanese, and their remedies in Japanese.

What was seen of a certain registry stays in the words of the finding itself, which are English.
"""

from __future__ import annotations

import typing


class FindingWords(typing.NamedTuple):
    """A finding's title in English and in Japanese, and the way out in Japanese."""

    english: str
    japanese: str
    remedy: str


_RESTORE = "プレイブック ownkey.acr.restore を実行します。"
#: By code, of :mod:`..health.causes` and :mod:`..health.findings`.
WORDS = {
    "system_identity_lost": FindingWords(
        "System-assigned identity was taken off",
        "システム割り当て ID が外された",
        "元に戻せるのは Microsoft だけです。サポート リクエストを作成し、キーとキー コンテナーはそのまま残します。",
    ),
    "identity_deleted": FindingWords("Identity was deleted", "マネージド ID が削除された", _RESTORE),
    "identity_recreated": FindingWords(
        "Identity was deleted and made again", "マネージド ID が削除後に再作成された", _RESTORE
    ),
    "identity_missing": FindingWords(
        "Identity does not exist", "マネージド ID が存在しない", f"managed_identity で作成するか、{_RESTORE}"
    ),
    "identity_not_attached": FindingWords(
        "Identity is not attached",
        "マネージド ID がレジストリに割り当てられていない",
        f"acr_cmk_registry の identities に指定するか、{_RESTORE}",
    ),
    "vault_deleted": FindingWords("Key store is soft-deleted", "キー ストアが論理的に削除されている", _RESTORE),
    "vault_other_tenant": FindingWords(
        "Vault belongs to another tenant",
        "キー コンテナーが別のテナントに属している",
        "キー コンテナーのテナントを変更し (az resource update --set properties.tenantId=TENANT)、"
        "アクセスを付与し直します。",
    ),
    "vault_missing": FindingWords(
        "Key store cannot be found",
        "キー ストアが見つからない",
        "キー識別子を確認します。消去されたキー コンテナーは復元できません。",
    ),
    "key_deleted": FindingWords("Key is soft-deleted", "キーが論理的に削除されている", _RESTORE),
    "key_missing": FindingWords(
        "Key does not exist",
        "キーが存在しない",
        "キー識別子を確認し、keyvault_rsa_key で作成するか、バックアップから復元します。",
    ),
    "key_gone": FindingWords("Key cannot be found", "キーが見つからない", _RESTORE),
    "not_rsa": FindingWords("Key is not RSA", "RSA キーではない", "keyvault_rsa_key で RSA キーを作成します。"),
    "key_disabled": FindingWords("Key is disabled", "キーが無効", f"keyvault_rsa_key で有効にするか、{_RESTORE}"),
    "key_expired": FindingWords(
        "Key has expired", "キーの有効期限切れ", "cmk_rotate でローテーションするか、expires_on を延ばします。"
    ),
    "key_not_yet_valid": FindingWords(
        "Key is not valid yet", "キーの有効期間前", "keyvault_rsa_key で not_before を早めます。"
    ),
    "key_operations": FindingWords(
        "Key lacks operations", "キーに必要な操作が許可されていない", "keyvault_rsa_key の operations に追加します。"
    ),
    "access_wrong_mode": FindingWords(
        "Access by the wrong model",
        "アクセス権がキー コンテナーのアクセス許可モデルと合わない",
        "keyvault_key_access でアクセス権を付与します。",
    ),
    "access_wrong_scope": FindingWords(
        "Access at the wrong scope", "アクセス権のスコープが異なる", "keyvault_key_access でアクセス権を付与します。"
    ),
    "access_missing": FindingWords(
        "Identity lacks access to the key",
        "マネージド ID にキーへのアクセス権がない",
        "keyvault_key_access でアクセス権を付与します。",
    ),
    "access_fresh": FindingWords(
        "Access is fresh", "アクセス権の付与直後", "反映には最大 10 分かかります。しばらくしてから再実行します。"
    ),
    "vault_firewall": FindingWords(
        "Vault's firewall keeps the registry out",
        "キー コンテナーのファイアウォールがレジストリを遮断している",
        "keyvault で bypass を AzureServices にします。",
    ),
    "vault_firewall_user_identity": FindingWords(
        "Firewall, and a user-assigned identity",
        "ファイアウォールがあり、ユーザー割り当て ID を使用している",
        "ファイアウォールを開け、cmk_rotate でシステム割り当て ID に切り替えてから、再び閉じます。",
    ),
    "no_cmk": FindingWords(
        "No key of your own",
        "独自のキーなし",
        "カスタマー マネージド キーは作成時にだけ設定できます。新しいレジストリを作成し、ownkey.acr.move "
        "で移行します。",
    ),
    "no_purge_protection": FindingWords(
        "No purge protection", "消去保護なし", "keyvault で purge_protection: true にします。元に戻すことはできません。"
    ),
    "behind_newest_version": FindingWords(
        "Has not followed its key",
        "最新バージョンに追従していない",
        "ほかの検出結果を確認し、cmk_rotate (pick_up: nudge) でキーを設定し直します。",
    ),
    "versioned_although_policy": FindingWords(
        "Fixed to a version of a key that rotates",
        "自動ローテーションするキーのバージョンに固定されている",
        "cmk_rotate で rotation_mode: automatic にするか、ownkey.acr.rotate でローテーションします。",
    ),
    "no_rotation_policy": FindingWords(
        "Nothing rotates the key by itself",
        "キーが自動ではローテーションされない",
        "ownkey.acr.rotate を定期的に実行するか、keyvault_rsa_key で rotation_policy を設定します。",
    ),
    "rotation_never_fires": FindingWords(
        "Rotation policy never fires",
        "ローテーション ポリシーが実行されない",
        "keyvault_rsa_key で expires_on を設定するか、ownkey.acr.rotate で一度ローテーションします。",
    ),
    "key_old": FindingWords(
        "Version in use is too old", "使用中のバージョンが古い", "ownkey.acr.rotate でローテーションします。"
    ),
    "key_expires_soon": FindingWords(
        "Version in use expires soon",
        "使用中のバージョンの期限が近い",
        "期限までに ownkey.acr.rotate でローテーションします。",
    ),
    "key_small": FindingWords(
        "Key is too small",
        "キー サイズ不足",
        "keyvault_rsa_key で大きいサイズのバージョンを作成し、ローテーションします。",
    ),
    "old_version_disabled_too_early": FindingWords(
        "Version in use was disabled too early",
        "使用中のバージョンが早く無効にされた",
        "ownkey.acr.restore で有効に戻し、レジストリの移行後に無効にします。",
    ),
    "content_trust": FindingWords(
        "Content trust",
        "コンテンツの信頼",
        "署名には Notation を使用します。カスタマー マネージド キーとは併用できません。",
    ),
    "task_logs_24_hours": FindingWords(
        "Task logs are kept for 24 hours",
        "タスク ログの保持は 24 時間",
        "az acr task logs または診断設定で別の場所に保存します。",
    ),
    "not_seen": FindingWords(
        "Not seen whole",
        "一部確認不可",
        "必要な権限を持つユーザーで、キー ストアに接続できる環境から実行します。"
        "バージョンの作成日時は、キー ストアの監査ログで確認できることがあります。",
    ),
    "image_refused": FindingWords(
        "An image was refused",
        "イメージの読み取りを拒否された",
        "ほかの検出結果を ownkey.acr.restore で解消します。ほかになければ、Azure に反映されるまで最大 1 時間待って、"
        "もう一度確認します。変わらなければ、キー ストアの監査ログを確認します。",
    ),
}


def title(code: str, language: str) -> str:
    """A finding's title; the code itself for one that has none."""
    words = WORDS.get(code)
    if words is None:
        return code.replace("_", " ")
    return words.japanese if language == "ja" else words.english


def remedy(code: str, language: str) -> str:
    """The way out in another language than the finding's own; empty in that one."""
    words = WORDS.get(code)
    return words.remedy if words and language == "ja" else ""
