"""Lines of text about what an import changes, and about changes and their undoing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from data import schema

_SHOWN = 10
_KINDS = {
    "split": ("分割", "split"),
    "merge": ("合并", "merger"),
    "renumbered": ("改号", "renumbered"),
    "rearranged": ("重划", "rearranged"),
}
_COUNTS = {
    "parcels_changed": ("宗地恢复原值 {} 宗", "{} parcels set back"),
    "parcels_removed": ("移出新增宗地 {} 宗", "{} new parcels taken out"),
    "parcels_restored": ("恢复在册 {} 宗", "{} parcels brought back"),
    "events": ("阶段记录 {} 条", "{} events"),
    "layers": ("图层 {} 个", "{} layers"),
    "facts": ("登记簿信息 {} 项", "{} facts"),
    "reviews": ("复核 {} 条", "{} reviews"),
    "actuals": ("目标实绩 {} 条", "{} actuals"),
    "quarantine": ("恢复待更正行 {} 行", "{} rows wait again"),
    "quarantine_steps": ("撤下待更正行 {} 行", "{} waiting rows given up"),
    "minutes": ("会议记录 {} 条", "{} minutes"),
    "saved_blocks": ("自定连片 {} 个", "{} saved blocks"),
    "scenarios": ("方案 {} 个", "{} scenarios"),
}
_WHAT = {
    "parcel": ("宗地", "parcel"),
    "event": ("事件", "event"),
    "layer": ("图层", "layer"),
    "review": ("复核", "review of"),
}


def difference_lines(document: Mapping[str, Any], lang: str = "zh") -> list[str]:
    """Return lines about the fields, the land and the lineage that an import changes.

    Parameters
    ----------
    document : mapping
        As `data.intake.ImportReport.to_json` gives it.
    lang : str
        ``"zh"`` or ``"en"``.
    """
    en = lang == "en"
    lines = []
    if document.get("seen"):
        numbers = "、".join(str(number) for number in document["seen"])
        lines.append(
            f"This very file was imported before: change {numbers.replace('、', ', ')}."
            if en
            else f"这份文件以前导入过（内容完全相同）：第 {numbers} 次变更。"
        )
    diff = document["diff"]
    fields = sorted(diff.get("fields", {}).items(), key=lambda pair: (-pair[1], pair[0]))
    if fields:
        named = [
            f"{schema.label(key, lang, with_unit=False)} {count}" for key, count in fields[:_SHOWN]
        ]
        lines.append(
            f"Fields changed: {', '.join(named)}" if en else f"变更字段：{'、'.join(named)}"
        )
    if diff.get("reshaped"):
        figures = (diff["reshaped"], diff["gained_mu"], diff["lost_mu"])
        lines.append(
            "Shapes changed: {}; {:,.2f} mu gained, {:,.2f} mu lost.".format(*figures)
            if en
            else "图形变化 {} 宗：增加 {:,.2f} 亩，减少 {:,.2f} 亩。".format(*figures)
        )
    if diff.get("vanished_here"):
        count = diff["vanished_here"]
        lines.append(
            f"{count} parcels of the file's towns are no longer in it; --vanished mark dates them."
            if en
            else f"文件所涉乡镇有 {count} 宗不再出现：--vanished mark 可标记日期（不删除）。"
        )
    lines += [_candidate(row, en) for row in diff.get("candidates", [])[:_SHOWN]]
    waiting = [row for row in document.get("repairs", []) if not row["accepted"]]
    if waiting:
        rows = ",".join(str(row["row"]) for row in waiting[:_SHOWN])
        lines.append(
            f"{len(waiting)} broken shapes can be repaired: --repair all, or --repair {rows}"
            if en
            else f"有 {len(waiting)} 个图形可以修复，确认后加 --repair all（或 --repair {rows}）。"
        )
    return lines


def _candidate(row: Mapping[str, Any], en: bool) -> str:
    kind = _KINDS[row["kind"]][en]
    pair = f"{row['parent_id']} → {row['child_id']}"
    if en:
        return f"  perhaps {kind}: {pair} ({row['shared_m2']:,.0f} m² shared; --lineage to accept)"
    return f"  可能{kind}：{pair}（重叠 {row['shared_m2']:,.0f} m²，用 --lineage 确认）"


def change_line(row: Mapping[str, Any], lang: str = "zh") -> str:
    """Return one change in a line: number, moment, who, why, whether it is undone."""
    told = f"{row['change_no']:>4}  {row['recorded_at'][:16]}  {row['who']}  {row['why']}"
    if not row["undone"]:
        return told
    return f"{told}  [{'undone' if lang == 'en' else '已撤销'}]"


def undo_text(document: Mapping[str, Any], lang: str = "zh") -> str:
    """Return what an undoing does: counts, and what stays because it was changed since.

    Parameters
    ----------
    document : mapping
        ``undone``, ``change`` (None if nothing was written), ``counts`` and ``kept``.
    lang : str
        ``"zh"`` or ``"en"``.
    """
    en = lang == "en"
    number, written = document["undone"], document["change"]
    done = [words[en].format(document["counts"][key]) for key, words in _COUNTS.items()
            if document["counts"].get(key)]  # fmt: skip
    if en:
        head = f"Change {number} undone by change {written}" if written else f"Would undo {number}"
        lines = [f"{head}: {', '.join(done) or 'nothing but its lineage'}."]
    else:
        head = (
            f"第 {number} 次变更已由第 {written} 次变更撤销"
            if written
            else f"将撤销第 {number} 次变更"
        )
        lines = [f"{head}：{'，'.join(done) or '仅沿革'}。"]
    kept = document["kept"]
    lines += [_kept(row, lang) for row in kept[:_SHOWN]]
    if len(kept) > _SHOWN:
        more = len(kept) - _SHOWN
        lines.append(f"… and {more} more (--json)" if en else f"……另有 {more} 条（见 --json）")
    return "\n".join(lines)


def _kept(row: Mapping[str, Any], lang: str) -> str:
    en = lang == "en"
    what = _WHAT.get(row["what"], (row["what"],) * 2)[en]
    field = row["field"]
    named = "" if field in (None, "geometry") else schema.label(field, lang, with_unit=False)
    where = f"{row['name']} · {named}" if named else row["name"]
    if en:
        return f"  stays: {what} {where} ({row['reason_en']})"
    return f"  保留：{what} {where}（{row['reason']}）"
