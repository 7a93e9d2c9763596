"""Reports as a few lines of plain text, for the terminal."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from data import schema
from data.errors import UnknownFieldError
from data.projects import LAYER as PROJECTS
from reports.import_lines import difference_lines

_SHOWN = 10
_WORDS = {
    "vector": "图形", "table": "表格", "raster": "栅格",
    "Point": "点", "MultiPoint": "多点", "LineString": "线", "MultiLineString": "多线",
    "Polygon": "面", "MultiPolygon": "多面", "GeometryCollection": "图形集合",
    "Unknown": "类型不定",
    "ok": "正常", "missing": "缺失", "empty": "空", "invalid": "不合法",
    "not_finite": "坐标不是有限数", "has_z": "带高程", "other": "不是面",
    "given": "指定", "cpg": "据 .cpg", "ldid": "据 .dbf", "detected": "自动识别",
    "ascii": "纯英文字符", "format": "格式规定",
}  # fmt: skip
"""Chinese for what the documents call by English keys."""


def progress_text(document: Mapping[str, Any], lang: str = "zh") -> str:
    """Return the year's progress in lines: target, credited, pace, towns, overdue, rule.

    Parameters
    ----------
    document : mapping
        As :meth:`analysis.progress.Progress.to_json` gives it.
    lang : str
        ``"zh"`` or ``"en"``.
    """
    en = lang == "en"
    lines = [_headline(document, en)]
    pace = document["pace"]
    if pace["required_mu_per_month"]:
        need = f"{pace['required_mu_per_month']:,.1f}"
        lines.append(f"Still needed per month: {need} mu" if en else f"余下每月需完成 {need} 亩")
    lines += _forecast(document, en)
    ranked = [row for row in document["by_town"] if row["credited_mu"]][:_SHOWN]
    for place, row in enumerate(ranked, start=1):
        name = row["town"] or ("(unknown)" if en else "（未知）")
        lines.append(f"{place:>3}. {name}  {row['credited_mu']:,.1f} {'mu' if en else '亩'}")
    late = len(document["overdue"])
    lines.append(f"Overdue parcels: {late}" if en else f"逾期宗地：{late} 宗")
    lines += _plan(document.get("plan"), en)
    lines += _restated(document.get("restated"), en)
    lines += [note for key, note in document["notes"].items() if key.endswith("_en") == en]
    lines.append(document["credit_rule_en" if en else "credit_rule"])
    return "\n".join(lines)


def _plan(found: Mapping[str, Any] | None, en: bool) -> list[str]:
    """Say what the adopted plan has in the year and what of it was credited."""
    if found is None:
        return []
    name, planned, done, beside = (
        found["scenario"],
        *(f"{found[key]:,.1f}" for key in ("planned_mu", "on_plan_mu", "beside_mu")),
    )
    if en:
        return [f"Plan “{name}”: {planned} mu, credited {done} mu; beside the plan {beside} mu."]
    return [f"采用方案“{name}”：计划 {planned} 亩，已计入 {done} 亩；计划外 {beside} 亩。"]


def _restated(found: Mapping[str, Any] | None, en: bool) -> list[str]:
    """Say what was published on a day, what is known now, and how many parcels differ."""
    if found is None:
        return []
    then, now = (f"{found[key]:,.2f}" for key in ("then_mu", "now_mu"))
    day, n = found["published_on"], len(found["rows"])
    if en:
        return [f"As published on {day}: {then} mu; as known now: {now} mu; {n} parcels differ."]
    return [f"{day} 公布 {then} 亩，现在掌握 {now} 亩，更正 {n} 宗（--json 列出各宗及原因）。"]


def _forecast(document: Mapping[str, Any], en: bool) -> list[str]:
    """Say where a year that is not over will end; nothing where no forecast was made."""
    found = document.get("forecast")
    if not found or found["p50_mu"] is None or not found["band"]:
        return []
    low, middle, high = (f"{found[key]:,.0f}" for key in ("p10_mu", "p50_mu", "p90_mu"))
    chance = "" if found["probability"] is None else f"{100 * found['probability']:.0f}%"
    if en:
        told = f"Forecast of the year's end: {middle} mu (four chances in five: {low} to {high})"
        return [f"{told}, chance of the task {chance}." if chance else f"{told}."]
    told = f"预计年底完成 {middle} 亩（八成可能在 {low} 至 {high} 亩之间）"
    return [f"{told}，完成任务的可能性 {chance}。" if chance else f"{told}。"]


def _headline(document: Mapping[str, Any], en: bool) -> str:
    credited, target = f"{document['credited_mu']:,.1f}", document["target_mu"]
    day, gap = document["state_on"], document["pace"]["gap_mu"]
    if target is None:
        if en:
            return f"{document['year']}: {credited} mu credited by {day}; no task is set."
        return f"{document['year']} 年截至 {day} 计入 {credited} 亩；该年没有下达任务。"
    share = f"{100 * document['credited_mu'] / target:.1f}%"
    if day[:4] > str(document["year"]):
        if en:
            return f"{document['year']}: {credited} mu credited, {share} of the task."
        return f"{document['year']} 年全年完成 {credited} 亩，为任务的 {share}。"
    if day[:4] < str(document["year"]):
        if en:
            return f"{document['year']} has not begun; the task is {target:,.0f} mu."
        return f"{document['year']} 年尚未开始，任务 {target:,.0f} 亩。"
    if en:
        pace = f"{abs(gap):,.1f} mu {'behind' if gap < 0 else 'ahead of'} pace"
        return f"{document['year']}: {credited} of {target:,.0f} mu credited by {day}, {pace}."
    pace = f"{'落后' if gap < 0 else '超前'}序时 {abs(gap):,.1f} 亩"
    return f"{document['year']} 年任务 {target:,.0f} 亩，截至 {day} 计入 {credited} 亩，{pace}。"


_GRAVEST = ("rejected", "quarantined", "error", "warning", "info")
_BY_ROW = ("parcels", "events")
_KEPT = (
    "新增 {}，变更 {}，不变 {}，登记簿有而文件没有 {}（保留）。",
    "New {}, changed {}, unchanged {}, on record but not in the file {} (kept).",
)
_BY_NUMBER = (
    "按项目编号登记：新增 {} 个，变更 {} 个，不变 {} 个；项目库有而文件没有的 {} 个照旧保留，"
    "空单元格不抹掉已有内容。",
    "By project number: {} new, {} changed, {} unchanged; {} on record but not in the file stay "
    "as they are, and empty cells wipe nothing.",
)


def import_text(document: Mapping[str, Any], lang: str = "zh") -> str:
    """Return the report of an import in lines: counts, difference, the first issues.

    Parameters
    ----------
    document : mapping
        As :meth:`data.intake.ImportReport.to_json` gives it, with ``change`` (number or None)
        and ``dry_run``; a ``warning`` is said at the end.
    lang : str
        ``"zh"`` or ``"en"``.
    """
    en = lang == "en"
    rows = [document[key] for key in ("rows_in", "accepted", "quarantined", "rejected")]
    diff = [document["diff"].get(key, 0) for key in ("new", "changed", "unchanged", "vanished")]
    if en:
        told = "{}: {} rows, {} accepted, {} in quarantine, {} rejected."
    else:
        told = "{}：共 {} 行，接收 {} 行，待更正 {} 行，拒收 {} 行。"
    lines = [told.format(document["file"], *rows)]
    layer = document["layer"]
    if layer == PROJECTS:
        lines.append(_BY_NUMBER[en].format(*diff))
    else:
        lines.append(_KEPT[en].format(*diff) if layer in _BY_ROW else _whole(diff, en))
    lines += difference_lines(document, lang)
    issues = sorted(document["issues"], key=lambda issue: _GRAVEST.index(issue["severity"]))
    lines += [_issue(issue, en) for issue in issues[:_SHOWN]]
    if len(issues) > _SHOWN:
        more = len(issues) - _SHOWN
        lines.append(f"… and {more} more (--json)" if en else f"……另有 {more} 条（见 --json）")
    lines.append(_written(document, en))
    if document.get("warning"):
        lines.append(f"! {document['warning']}")
    return "\n".join(lines)


def _whole(diff: list[int], en: bool) -> str:
    """Say what became of a layer that a file replaces as a whole."""
    new, _, same, gone = diff
    if en:
        return (
            f"The file replaces the whole layer: {new} rows new or changed, {same} unchanged, "
            f"{gone} earlier rows no longer in it (the earlier layer stays on record)."
        )
    return (
        f"本文件整体替换该图层：新增或变更 {new} 行，不变 {same} 行，"
        f"原有而文件没有的 {gone} 行不再使用（旧图层仍保存在登记簿中）。"
    )


def _issue(issue: Mapping[str, Any], en: bool) -> str:
    where = f"row {issue['row']}" if en else f"第 {issue['row']} 行"
    if issue["row"] is None:
        where = "whole column" if en else "整列"
    what = _heading(issue["field"], en) or issue["value"] or "—"
    return f"  {where} · {what} · {issue['message']}"


def _heading(key: str | None, en: bool) -> str | None:
    """Return a field's label as it is printed; the geometry is none of the dictionary."""
    if key is None:
        return None
    if key == "geometry":
        return "geometry" if en else "图形"
    try:
        return _label(key, "en" if en else "zh")
    except UnknownFieldError:
        return key


def _word(key: str, en: bool) -> str:
    """Return the Chinese for a key, also for several joined by blanks, / or brackets."""
    return key if en else re.sub(r"[A-Za-z_]+", lambda found: _WORDS.get(found[0], found[0]), key)


def _encoding(told: str, en: bool) -> str:
    """Return an encoding and who said so, as in ``GB18030 (detected)``."""
    name, bracket, origin = told.partition(" (")
    if en or not bracket:
        return told
    return f"{name}（{_word(origin.rstrip(')'), en)}）"


def _written(document: Mapping[str, Any], en: bool) -> str:
    if document["dry_run"]:
        return "Checked only, nothing was written." if en else "仅检查，未写入。"
    if document["change"] is None:
        return "Nothing to record." if en else "没有需要登记的内容。"
    return (
        f"Recorded as change {document['change']}."
        if en
        else f"已登记为第 {document['change']} 次变更。"
    )


def inspect_text(document: Mapping[str, Any], lang: str = "zh") -> str:
    """Return what a file holds in lines, layer by layer.

    Parameters
    ----------
    document : mapping
        As :meth:`gis.io.FileReport.to_json` gives it, each layer with ``fields`` (heading → key).
    lang : str
        ``"zh"`` or ``"en"``.
    """
    en = lang == "en"
    lines = [f"{document['file']} · {document['format']} · {document['size_bytes']:,} B"]
    for layer in document["layers"]:
        undeclared = "no coordinate system declared" if en else "未声明坐标系"
        undeclared = undeclared if layer["kind"] == "vector" else "—"
        crs = layer["crs_recognised"] or layer["crs_declared"] or undeclared
        rows = f"{layer['rows']:,} {'rows' if en else '行'}"
        facts = [layer["name"], rows, _word(layer["geometry_type"] or layer["kind"], en), crs]
        if layer["encoding"]:
            facts.append(_encoding(layer["encoding"], en))
        lines.append("  " + " · ".join(facts))
        counts = (f"{_word(key, en)} {n}" for key, n in layer["health"].items() if n)
        health = (", " if en else "，").join(counts)
        if health:
            lines.append(f"    {'geometry' if en else '几何'}: {health}")
        names = (f"{name} → {_label(key, lang)}" for name, key in layer["fields"].items())
        if known := ("; " if en else "；").join(names):
            lines.append(f"    {'fields' if en else '识别的列'}: {known}")
        if layer.get("place"):
            lines.append(f"    {'place' if en else '位置'}: {layer['place']['sentence']}")
        lines += [f"    ! {note}" for note in (*layer["notes"], layer["problem"]) if note]
    return "\n".join(lines)


def _label(key: str, lang: str) -> str:
    return schema.label(key, "en" if lang == "en" else "zh", with_unit=False)
