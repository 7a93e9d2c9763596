"""A screening as one document: for the command line and for whoever reads its JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from data import schema
from data.screening_rules import ScreeningRules
from gis.area import to_mu

_SHOWN = 10
_FIRST = ("class", "rule", "value", "threshold", "unit", "clause", "missing")
_MORE = (
    "suspected_idle", "idle_countdown_days", "idle_rule", "idle_clause", "idle_missing",
    "high_consumption", "all_hits",
)  # fmt: skip
_CAUSES = {
    "zh": {"new": "新增", "gone": "移除", "data": "数据", "time": "时间", "rules": "规则"},
    "en": {"new": "new", "gone": "gone", "data": "data", "time": "time", "rules": "rules"},
}
_REVIEW = (
    "screened_class", "review_verdict", "review_reason", "review_doc", "review_stale",
    "review_changed",
)  # fmt: skip


def screening_document(
    screened: pd.DataFrame,
    issues: pd.DataFrame,
    *,
    ruleset: ScreeningRules,
    state_on: date,
    areas: pd.Series | None = None,
    lang: str = "zh",
) -> dict[str, Any]:
    """Return a screening ready for JSON.

    Parameters
    ----------
    screened : DataFrame
        As from `analysis.screening.screen`, with or without reviews laid over it.
    issues : DataFrame
        Inputs that were not used; ``message`` and ``message_en`` where there are both.
    areas : Series, optional
        Area of the parcels in m², for the sums.

    Returns
    -------
    dict
        ``state_on``, ``rules_id``, ``parcels`` (list of ``parcel_id``, ``class``, ``rule``,
        ``value``, ``threshold``, ``unit``, ``clause``, ``missing``, ``sentence``, flags, reviews),
        ``classes`` (list of ``class``, ``label``, ``parcels``, ``area_m2``, ``area_mu``),
        ``suspected_idle`` (number), ``inactive_rules``, ``issues``. Unknown is None.
    """
    said, idle = f"sentence_{lang}", f"idle_sentence_{lang}"
    names = [*_FIRST, said, *_MORE, idle, *(n for n in _REVIEW if n in screened)]
    table = screened[names].rename(columns={said: "sentence", idle: "idle_sentence"})
    message = "message_en" if lang == "en" and "message_en" in issues else "message"
    told = issues.assign(message=issues[message]) if len(issues) else issues
    return {
        "state_on": state_on.isoformat(),
        "rules_id": ruleset.id,
        "parcels": _rows(table.rename_axis("parcel_id").reset_index()),
        "classes": _classes(screened, areas, lang),
        "suspected_idle": int((screened["suspected_idle"] == True).sum()),  # noqa: E712
        "inactive_rules": [
            {
                "rule": rule.id,
                "class": rule.low_class or rule.flag,
                "reason": _reason(unset=rule.unset, lang=lang),
                "source": rule.source,
            }
            for rule in ruleset.inactive(state_on)
        ],
        "issues": _rows(told.drop(columns="message_en", errors="ignore")),
    }


def _reason(*, unset: bool, lang: str) -> str:
    if unset:
        return "未设界限" if lang == "zh" else "no threshold set"
    return "当日不适用" if lang == "zh" else "not valid on that day"


def _classes(screened: pd.DataFrame, areas: pd.Series | None, lang: str) -> list[dict[str, Any]]:
    found = []
    for code, label in schema.enum_labels("low_class", lang).items():
        mine = screened["class"] == code
        row: dict[str, Any] = {"class": code, "label": label, "parcels": int(mine.sum())}
        if areas is not None:
            known = areas.reindex(screened.index)[mine]
            row["area_m2"] = float(known.sum())
            row["area_mu"] = float(to_mu(row["area_m2"]))
            row["area_unknown"] = int(known.isna().sum())
        found.append(row)
    return found


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a table as plain values; unknown is None, tuples become lists."""
    columns = {str(name): [_plain(cell) for cell in table[name]] for name in table}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _plain(cell: Any) -> Any:
    if isinstance(cell, tuple):
        return list(cell)
    if cell is None or cell is pd.NA or (isinstance(cell, float) and not np.isfinite(cell)):
        return None
    if isinstance(cell, np.generic):
        return cell.item()
    return cell


def screening_text(document: Mapping[str, Any], lang: str = "zh") -> str:
    """Return a screening in lines: how many parcels of each class, what is not in force.

    Parameters
    ----------
    document : mapping
        As from `screening_document`.
    """
    en = lang == "en"
    count = len(document["parcels"])
    lines = [
        f"Screening on {document['state_on']}: {count:,} parcels, rules {document['rules_id']}."
        if en
        else f"{document['state_on']} 筛查 {count:,} 宗，规则版本 {document['rules_id']}。"
    ]
    for row in document["classes"]:
        area = f"  {row['area_mu']:,.1f} {'mu' if en else '亩'}" if "area_mu" in row else ""
        lines.append(f"  {row['label']}  {row['parcels']:,}{' parcels' if en else ' 宗'}{area}")
    idle = document["suspected_idle"]
    lines.append(
        f"Suspected idle: {idle:,} parcels. The finding is an administrative act."
        if en
        else f"疑似闲置：{idle:,} 宗（认定属行政行为，本系统不作结论）。"
    )
    if document["inactive_rules"]:
        off = [f"{row['rule']} ({row['reason']})" for row in document["inactive_rules"]]
        lines.append(("Not in force: " if en else "未启用的规则：") + "; ".join(off))
    lines += _issue_lines(document["issues"], en)
    return "\n".join(lines)


def _issue_lines(issues: Sequence[Mapping[str, Any]], en: bool) -> list[str]:
    lines = [f"  ! {_place(row, en)} {row['message']}" for row in issues[:_SHOWN]]
    if len(issues) > _SHOWN:
        more = len(issues) - _SHOWN
        lines.append(f"… and {more} more (--json)" if en else f"……另有 {more} 条（见 --json）")
    return lines


def _place(issue: Mapping[str, Any], en: bool) -> str:
    """Say where an issue is: the parcel or the row of the file, the field, what stood there."""
    row = issue.get("row")
    where = issue.get("parcel_id") or (
        "" if row is None else f"row {row}" if en else f"第 {row} 行"
    )
    key = issue.get("field")
    known = key is not None and key in schema.PARCEL_COLUMNS
    name = schema.label(str(key), "en" if en else "zh") if known else key
    value = issue.get("value")
    return " · ".join(str(part) for part in (where, name, value) if part not in (None, ""))


def changes_document(changed: pd.DataFrame, *, since: Mapping[str, Any]) -> dict[str, Any]:
    """Return what changed since a screening, ready for JSON: ``since`` and ``changed`` rows."""
    return {"since": dict(since), "changed": _rows(changed.rename_axis("parcel_id").reset_index())}


def changes_text(document: Mapping[str, Any], lang: str = "zh") -> str:
    """Return what changed since a screening in lines.

    Parameters
    ----------
    document : mapping
        As from `changes_document`.
    """
    en = lang == "en"
    since, rows = document["since"], document["changed"]
    lines = [
        f"Since the screening of {since['state_on']} {len(rows):,} parcels changed."
        if en
        else f"自 {since['state_on']} 筛查以来变化 {len(rows):,} 宗。"
    ]
    words = _CAUSES["en" if en else "zh"]
    for row in rows[:_SHOWN]:
        sides = [_class_name(row[key], lang) for key in ("class_before", "class_after")]
        why = [words[cause] for cause in row["causes"]]
        why += [schema.label(key, lang, with_unit=False) for key in row["fields_changed"]]
        why += row["rules_changed"]
        lines.append(f"  {row['parcel_id']}  {sides[0]} → {sides[1]}  {', '.join(why)}")
    if len(rows) > _SHOWN:
        more = len(rows) - _SHOWN
        lines.append(f"… and {more} more (--json)" if en else f"……另有 {more} 宗（见 --json）")
    return "\n".join(lines)


def _class_name(code: str | None, lang: str) -> str:
    return "—" if code is None else schema.enum_label("low_class", code, lang)
