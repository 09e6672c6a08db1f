# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""The words of the report's page, in English and in Japanese, side by side: neither can lack one."""

from __future__ import annotations

LANGUAGES = ("en", "ja")

#: Name: English, Japanese. In braces stands what is filled in.
TEXTS: dict[str, tuple[str, str]] = {
    "title": ("Customer-managed keys of container registries", "コンテナー レジストリのカスタマー マネージド キー"),
    "skip": ("Skip to the content", "本文へ移動"),
    "contents": ("Contents", "目次"),
    "made": ("Made", "作成日時"),
    "made_by": ("Made by", "作成者"),
    "scope": ("Scope", "対象範囲"),
    "period": ("Period of the record", "記録の対象期間"),
    "held_against": ("Held against", "判定基準"),
    "cloud": ("Cloud", "クラウド"),
    "tenant": ("Tenant", "テナント"),
    "policy_words": (
        "versions in use younger than {days} days; keys of {size} bits at least",
        "使用中のバージョンは {days} 日未満、キーは {size} ビット以上",
    ),
    "policy_no_age": ("no rule for age; keys of {size} bits at least", "使用期間の規則なし、キーは {size} ビット以上"),
    "to": ("{since} to {until}", "{since} から {until} まで"),
    "utc": ("All times are UTC, by Azure's clock.", "時刻はすべて UTC (Azure の時計) です。"),
    # --- the verdict ----------------------------------------------------------------------------------------------
    "verdict_error": ("In trouble: {n} of {of} registries.", "{of} 個中 {n} 個のレジストリで障害が起きています。"),
    "verdict_warning": (
        "To be looked after: {n} of {of} registries.",
        "{of} 個中 {n} 個のレジストリに対応が必要です。",
    ),
    "verdict_unseen": (
        "Not seen whole: {n} of {of} registries.",
        "{of} 個中 {n} 個のレジストリは、一部を確認できませんでした。",
    ),
    "verdict_good": (
        "All {of} registries were seen whole, and nothing is wrong.",
        "{of} 個のレジストリすべてを確認し、問題はありませんでした。",
    ),
    "verdict_no_key": (
        "Without a key of your own: {n} of {of} registries.",
        "{of} 個中 {n} 個のレジストリに独自のキーがありません。",
    ),
    "verdict_unread": (
        "Parts of the scope that could not be read: {n}. There may be more registries.",
        "対象範囲のうち {n} か所を読み取れませんでした。ほかにもレジストリがある可能性があります。",
    ),
    "verdict_notes": (
        "Subscriptions were passed over. There may be more registries.",
        "対象範囲のうち、調べなかったサブスクリプションがあります。ほかにもレジストリがある可能性があります。",
    ),
    "verdict_altered": ("The record was altered.", "記録が改ざんされています。"),
    "verdict_record": (
        "The record could not be read to its end.",
        "記録を最後まで読み取れませんでした。",
    ),
    "verdict_open": ("Changes without an outcome in the record: {n}.", "記録に結果のない変更が {n} 件あります。"),
    # --- what could not be read -----------------------------------------------------------------------------------
    "unread": ("What could not be read", "読み取れなかったもの"),
    "unread_none": ("Everything in the scope was read and seen.", "対象範囲をすべて読み取り、確認しました。"),
    "unread_parts": ("Parts of the scope", "対象範囲のうち読み取れなかった部分"),
    "unread_caption": (
        "Not read. What is in there is in no figure of this report.",
        "読み取れなかった部分。ここに含まれるものは、このレポートのどの数値にも含まれません。",
    ),
    "unread_registries": ("Registries of which not all could be seen", "一部を確認できなかったレジストリ"),
    "unread_registries_caption": (
        "Not seen. None of these counts as good.",
        "確認できなかった項目。これらのレジストリは正常に数えません。",
    ),
    "parts_unread": ("Parts not read", "読み取れなかった部分"),
    "part": ("Part", "部分"),
    "kind": ("Kind", "種類"),
    "reason": ("Reason", "理由"),
    "not_seen": ("Not seen", "確認できなかった項目"),
    "subscription": ("Subscription", "サブスクリプション"),
    "management_group": ("Management group", "管理グループ"),
    "resource_graph": ("Resource Graph", "Resource Graph"),
    "key": ("Key", "キー"),
    # --- totals ---------------------------------------------------------------------------------------------------
    "totals": ("Totals", "合計"),
    "registries": ("Registries", "レジストリ"),
    "state": ("State", "状態"),
    "error": ("In trouble", "障害"),
    "warning": ("To be looked after", "要対応"),
    "unseen": ("Not seen whole", "一部確認不可"),
    "no_key": ("Without a key of your own", "独自のキーなし"),
    "good": ("Good", "正常"),
    "info": ("Note", "情報"),
    "keys": ("Keys", "キー"),
    "stores": ("Key stores", "キー ストア"),
    "with_key": ("With a key of your own", "独自のキーあり"),
    "open_intents": ("Changes without an outcome", "結果のない変更"),
    # --- registries -----------------------------------------------------------------------------------------------
    "registry": ("Registry", "レジストリ"),
    "registries_caption": (
        "Every registry that was read, with its key. A dash stands for what could not be seen or is not there; a "
        "version without a newer one beside it is the newest.",
        "読み取ったすべてのレジストリとそのキー。「–」は、確認できなかったもの、または存在しないものです。"
        "新しいバージョンの併記がないものは最新版です。",
    ),
    "registries_part": ("{least} to {most} of {of}.", "{of} 件中 {least}～{most} 件目。"),
    "version": ("Version in use", "使用中のバージョン"),
    "newest": ("newest", "最新"),
    "newest_unseen": ("newest not seen", "最新版は確認不可"),
    "age": ("Age in days", "経過日数"),
    "over": ("over the limit", "上限超過"),
    "due": ("Next due", "次の期限"),
    "mode": ("Rotation", "ローテーション"),
    "automatic": ("follows the newest version", "最新版に追従"),
    "manual": ("fixed to a version", "バージョン固定"),
    "key_rotates": ("key rotates by policy", "キーはポリシーでローテーション"),
    "protection": ("Protection of the key", "キーの保護"),
    "purge_yes": ("purge protection", "消去保護あり"),
    "purge_no": ("no purge protection", "消去保護なし"),
    "purge_unseen": ("purge protection not seen", "消去保護は確認不可"),
    "days": ("{n} days", "{n} 日"),
    "identity": ("Identity and access", "ID とアクセス"),
    "system_identity": ("system-assigned", "システム割り当て"),
    "allowed": ("may use the key", "キーを使用可"),
    "not_allowed": ("may not use the key", "キーを使用不可"),
    "allowed_unseen": ("access not seen", "アクセスは確認不可"),
    "findings": ("Findings", "検出結果"),
    "none": ("none", "なし"),
    "proof": ("Last proof on an image", "イメージでの最終確認"),
    "proof_readable": ("an image was read", "イメージを読み取れた"),
    "proof_locked": ("refused: the registry cannot use its key", "拒否: レジストリがキーを使用できない"),
    "proof_empty": ("no image to read", "読み取るイメージなし"),
    "proof_other": ("nothing proven", "確認できず"),
    "proof_earlier": ("by an earlier report", "以前のレポートによる"),
    "proof_never": ("none known", "記録なし"),
    "filter": ("Filter", "絞り込み"),
    "filter_text": ("Name, key, group, finding …", "名前、キー、グループ、検出結果など"),
    "filter_state": ("State", "状態"),
    "all": ("all", "すべて"),
    "shown": ("{n} of {of} shown", "{of} 件中 {n} 件を表示"),
    "sort_by": ("Sort by {name}", "{name} で並べ替え"),
    "bits": ("{n} bits", "{n} ビット"),
    # --- charts ---------------------------------------------------------------------------------------------------
    "ages": ("Ages of the versions in use", "使用中のバージョンの経過日数"),
    "ages_description": (
        "Bars by age in days: {bars}. Not seen: {unseen}.",
        "経過日数ごとのレジストリ数: {bars}。確認不可: {unseen}。",
    ),
    "ages_caption": (
        "Registries by the age of the version that they use",
        "使用中のバージョンの経過日数ごとのレジストリ数",
    ),
    "within": ("within the limit", "上限以内"),
    "days_from_to": ("{least} to {most}", "{least}～{most}"),
    "days_from": ("{least} and more", "{least} 以上"),
    "days_head": ("Days", "日数"),
    # --- calendar -------------------------------------------------------------------------------------------------
    "calendar": ("What falls due in the next twelve months", "今後 12 か月の期限"),
    "calendar_caption": (
        "One line for each key version or policy, however many registries are on it",
        "キーのバージョンまたはポリシーごとに 1 行 (レジストリの数によらない)",
    ),
    "calendar_unseen": (
        "Of {n} registries not all could be seen of what falls due: there may be more than stands here.",
        "{n} 個のレジストリは期限の一部またはすべてを確認できませんでした。ここにないものもある可能性があります。",
    ),
    "calendar_chart": ("Due by month", "月ごとの件数"),
    "calendar_none": ("Nothing falls due.", "期限を迎えるものはありません。"),
    "overdue": ("Overdue", "期限超過"),
    "date": ("Date", "日付"),
    "what": ("What", "内容"),
    "due_max_age": ("reaches the age that is allowed", "許容される使用期間に達する"),
    "due_expiry": ("the version in use expires", "使用中のバージョンの有効期限"),
    "due_rotation": ("Key Vault makes a new version", "Key Vault が新しいバージョンを作成"),
    "more": ("and {n} more", "ほか {n} 件"),
    "more_in": ("and {n} more, in {file}", "ほか {n} 件 ({file} を参照)"),
    # --- keys that serve many -------------------------------------------------------------------------------------
    "shared": ("Keys that serve many registries", "複数のレジストリが使用するキー"),
    "shared_caption": (
        "Whoever disables one of these locks all of its registries",
        "これらのキーを無効にすると、使用するすべてのレジストリにアクセスできなくなります",
    ),
    "shared_none": ("Each key serves one registry.", "各キーを使用するレジストリは 1 つです。"),
    "subscriptions": ("Subscriptions", "サブスクリプション数"),
    "names": ("Names", "名前"),
    # --- the record -----------------------------------------------------------------------------------------------
    "record": ("What was done, by the record", "記録による実施内容"),
    "record_none": (
        "No record was given to this report, so it says nothing of what was done.",
        "記録が指定されていないため、実施内容については何も示しません。",
    ),
    "record_empty": ("There is no record at {place}, or nothing is in it.", "{place} に記録がないか、空です。"),
    "record_unreadable": (
        "The record at {place} could not be read: {reason}",
        "{place} の記録を読み取れませんでした: {reason}",
    ),
    "record_altered": (
        "THE RECORD AT {place} IS NOT AS IT WAS WRITTEN. {reason} The first {n} records are right; nothing "
        "after them is shown.",
        "{place} の記録は書き込まれた時点と異なります。{reason} 最初の {n} 件は正しく、それ以降は表示しません。",
    ),
    "record_newer": (
        "The record at {place} goes on in a form that this version of the collection does not know. {reason} The first "
        "{n} records are right; what comes after them is neither read nor judged here. Update the collection.",
        "{place} の記録の続きは、このバージョンのコレクションが対応していない形式です。{reason} 最初の {n} 件は"
        "正しく、それ以降は読み取りも判定もしていません。コレクションを更新してください。",
    ),
    "record_unfinished": (
        "The record at {place} does not end with a whole record. {reason} The first {n} records are right. The next "
        "run that writes to it goes on after that.",
        "{place} の記録の末尾が完全ではありません。{reason} 最初の {n} 件は正しいものです。"
        "次に書き込む実行は、その後から続けます。",
    ),
    "record_whole": (
        "The record at {place} is whole: {n} records, each chained to the one before. Last hash: {hash}.",
        "{place} の記録に欠落や改ざんはありません: {n} 件の記録が前の記録に連鎖しています。最後のハッシュ: {hash}",
    ),
    "record_signed": (
        "A signed head covers the first {n} records; record_verify checks the signature with the public key.",
        "署名付きヘッドが最初の {n} 件を対象としています。署名は record_verify が公開キーで確認します。",
    ),
    "record_unsigned": (
        "No head is signed: a record that was rewritten from its first line on would not show here.",
        "署名付きヘッドがないため、最初の行からの書き換えはここでは検出できません。",
    ),
    "record_fragments": (
        "A writer was killed while it wrote, just before record {numbers}.",
        "記録 {numbers} の直前で、書き込み中のプロセスが強制終了されています。",
    ),
    "record_open": ("Begun, and nobody told what came of it", "開始後の結果が不明な変更"),
    "record_open_caption": (
        "A run that was killed leaves this. The next run of the same task, or record_settle, closes it from "
        "Azure's state.",
        "強制終了された実行が残したものです。同じタスクの次の実行、または record_settle が Azure "
        "の状態から確定します。",
    ),
    "record_caption": ("Changes of the period, in the order of the record", "対象期間の変更 (記録順)"),
    "record_no_events": ("Nothing was changed in the period.", "対象期間に変更はありません。"),
    "operation": ("Operation", "操作"),
    "outcome": ("Outcome", "結果"),
    "outcome_done": ("done", "完了"),
    "outcome_failed": ("failed", "失敗"),
    "outcome_settled": ("settled later from Azure's state", "後で Azure の状態から確定"),
    "outcome_open": ("unknown", "不明"),
    "who": ("Who", "実行者"),
    "verified": ("Verified", "検証"),
    "not_verified": ("not verified", "検証なし"),
    "number": ("Record", "記録"),
    # --- change ---------------------------------------------------------------------------------------------------
    "change": ("Since the last report", "前回のレポートからの変化"),
    "change_none": ("There is no earlier report to compare with.", "比較できる以前のレポートはありません。"),
    "change_unreadable": (
        "The earlier report could not be read: {reason}",
        "以前のレポートを読み取れませんでした: {reason}",
    ),
    "change_since": ("Compared with the report of {since}.", "{since} のレポートと比較しています。"),
    "change_scope": (
        "That report had another scope, so nothing is said to be new or gone.",
        "対象範囲が異なるため、追加と削除は判定していません。",
    ),
    "change_nothing": ("Nothing changed.", "変化はありません。"),
    "appeared": ("New registries", "追加されたレジストリ"),
    "gone": ("Registries that are not there any more", "なくなったレジストリ"),
    "unread_now": ("Read then, not read now", "前回は読み取り、今回は読み取っていないもの"),
    "unread_then": ("Not read then, read now", "前回は読み取らず、今回は読み取ったもの"),
    "differences": ("What is not as it was", "変わった項目"),
    "before": ("Before", "前回"),
    "after": ("Now", "今回"),
    "new_findings": ("New findings", "新しい検出結果"),
    "ended_findings": ("Findings that are gone", "解消した検出結果"),
    # --- controls -------------------------------------------------------------------------------------------------
    "controls": ("Controls", "統制"),
    "controls_caption": (
        "What standards ask for, and what was seen. Met is only what was seen whole.",
        "基準の要求事項と確認結果。すべてを確認できたものだけを適合とします。",
    ),
    "controls_note": (
        "This is evidence for a part of each control, and no audit. Check the numbers against your own "
        "edition: most were put "
        "down from memory.",
        "各統制の一部に関する証拠であり、監査ではありません。番号の多くは記憶によるものです。"
        "利用する版で確認してください。",
    ),
    "controls_none": ("No controls were given.", "統制は指定されていません。"),
    "control": ("Control", "統制"),
    "asks": ("What it asks for", "要求事項"),
    "result": ("Result", "結果"),
    "counts": ("Met / not met / not seen", "適合 / 不適合 / 確認不可"),
    "certainty": ("Known from", "出典の確度"),
    "certainty_read": ("read in the publication", "原文で確認"),
    "certainty_excerpt": ("seen as an excerpt", "抜粋で確認"),
    "certainty_memory": ("from memory", "記憶による"),
    "met": ("met", "適合"),
    "failed": ("not met", "不適合"),
    "unknown": ("not all seen", "判定不可"),
    "not_concerned": ("concerns nothing here", "該当なし"),
    # --- Azure Policy ---------------------------------------------------------------------------------------------
    "policies": ("Azure Policy's own definitions", "Azure Policy の組み込み定義"),
    "policies_caption": (
        "The built-in definitions, evaluated here on the same facts; Azure's own evaluation may see other resources",
        "組み込み定義を同じ情報で評価した結果。Azure 自身の評価とは対象のリソースが異なることがあります",
    ),
    "definition": ("Definition", "定義"),
    "judges": ("Judges", "評価対象"),
    "judges_registry": ("registries", "レジストリ"),
    "judges_key": ("key versions in use, in vaults", "コンテナー内の使用中のキー バージョン"),
    "judges_vault": ("vaults", "キー コンテナー"),
    "policy_counts": ("Compliant / not / not seen", "準拠 / 非準拠 / 確認不可"),
    "difference": ("What it does not look at", "定義が確認しないもの"),
    "differing": ("Compliant, and not good here", "準拠だが、ここでは正常でない"),
    "only_theirs": ("Good here, and not compliant", "ここでは正常だが、非準拠"),
    "policy_difference_encryption": (
        "Only whether encryption is enabled: not whether the registry can use its key, which version it uses, "
        "or how old that is.",
        "暗号化が有効かどうかだけです。キーを使用できるか、使用中のバージョン、その経過日数は確認しません。",
    ),
    "policy_difference_rotation": (
        "Whether the registry follows the new versions; a rotation on a schedule counts as none.",
        "レジストリが新しいバージョンに追従しているか。スケジュールによるローテーションは考慮されません。",
    ),
    "policy_difference_expiration": (
        "An expiry says nothing of rotation; with one, pushes fail when nobody rotates in time.",
        "有効期限はローテーションを意味しません。期限までにローテーションしないとプッシュが失敗します。",
    ),
    "policy_difference_active": (
        "Which version the registry uses. A new version makes the key young, while a fixed registry stays on "
        "the old one.",
        "レジストリが使用するバージョン。バージョン固定のレジストリは、"
        "新しいバージョンができても古いものを使い続けます。",
    ),
    "policy_difference_validity": (
        "A version without expiry is not compliant, however young it is.",
        "有効期限のないバージョンは、新しくても非準拠です。",
    ),
    "policy_difference_size": ("Nothing else of the key.", "キーのほかの属性。"),
    "policy_difference_purge": (
        "Whether that vault holds a key that registries use, and Managed HSMs.",
        "レジストリが使用するキーがそのコンテナーにあるか、およびマネージド HSM。",
    ),
    # --- about ----------------------------------------------------------------------------------------------------
    "about": ("About this report", "このレポートについて"),
    "about_text": (
        "Made by the Ansible collection ownkey.acr from Azure's own lists and from the keys and vaults that "
        "registries use. It "
        "changed nothing. Beside this page are the same facts as JSON, as CSV (registries, findings) and as "
        "OSCAL Assessment "
        "Results, if they were asked for.",
        "Ansible コレクション ownkey.acr が、Azure の一覧と、レジストリが使用するキーおよびキー "
        "ストアから作成しました。何も変更していま"
        "せん。同じ内容の JSON、CSV (レジストリ、検出結果)、OSCAL Assessment Results も、"
        "指定した場合は同じ場所にあります。",
    ),
    "about_proofs": (
        "Images were asked for: of the {of} registries with a key of their own, one could be read in {n}.",
        "イメージの読み取りを指定しています。独自のキーを持つ {of} 個のレジストリのうち {n} 個で読み取れました。",
    ),
    "about_no_proofs": (
        "No image was read for this report: that a registry can use its key is concluded from key, access and "
        "identity.",
        "このレポートではイメージを読み取っていません。キーを使用できるかどうかは、キー、アクセス、ID "
        "から判断しています。",
    ),
    "why": ("Why it matters", "理由"),
    "remedy": ("Way out", "対処"),
    "findings_none": ("There are no findings.", "検出結果はありません。"),
    "findings_registries": ("Registries: {n}", "レジストリ: {n}"),
    "section_scroll": ("Table", "表"),
}


def text(name: str, language: str, /, **values: object) -> str:
    """A text in a language.

    :param values: what stands in its braces.
    """
    return TEXTS[name][LANGUAGES.index(language)].format(**values)
