"""Projects as one document: their fields, whether they come first, and the bars at the entry."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from analysis.entry_bars import entry_bars, priority
from data import schema
from data.project_rules import ProjectRules


def project_document(projects: pd.DataFrame, *, rules: ProjectRules) -> dict[str, Any]:
    """Return the projects, ready for JSON: unknown as None, days in ISO.

    Parameters
    ----------
    projects : DataFrame
        As `data.projects.project_table`.
    rules : ProjectRules
        Priority and entry bars.

    Examples
    --------
    >>> from data.project_rules import load_project_rules
    >>> from data.projects import project_table
    >>> table = project_table(pd.DataFrame({"project_id": ["X1"], "jobs": [80]}))
    >>> told = project_document(table, rules=load_project_rules())["projects"][0]
    >>> told["jobs"], told["priority"], told["entry"]["verdict"]
    (80.0, None, 'not_checked')
    """
    first = priority(projects, rules=rules)
    bars = entry_bars(projects, rules=rules)
    rows = [
        {
            "project_id": name,
            **{key: plain(value) for key, value in row.items()},
            "priority": plain(first[name]),
            "entry": {key: plain(value) for key, value in bar.items()},
        }
        for name, row, bar in zip(
            projects.index, projects.to_dict("records"), bars.to_dict("records"), strict=True
        )
    ]
    return {
        "projects": rows,
        "priority_source": rules.priority_source,
        "bars": {kind: bar.clause for kind, bar in rules.bars.items()},
    }


def plain(value: Any) -> Any:
    """Return a value as JSON knows it."""
    if isinstance(value, tuple):
        return list(value)
    if value is None or pd.isna(value):
        return None
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, float | np.floating):
        return round(float(value), 4)
    return value


def project_text(document: dict[str, Any], lang: str = "zh") -> str:
    """Return the projects as lines of text."""
    rows, zh = document["projects"], lang != "en"
    first = sum(row["priority"] is True for row in rows)
    unchecked = sum(row["entry"]["verdict"] == "not_checked" for row in rows)
    missed = sum(row["entry"]["verdict"] == "missed" for row in rows)
    head = (
        f"{len(rows)} 个项目，优先保障 {first} 个；准入条件：未达到 {missed} 个，"
        f"资料不足未核 {unchecked} 个。"
        if zh
        else f"{len(rows)} projects, {first} of them first; entry bars: {missed} missed, "
        f"{unchecked} not checked for want of figures."
    )
    return "\n".join([head, *(_line(row, lang) for row in rows)])


def _line(row: dict[str, Any], lang: str) -> str:
    zh = lang != "en"
    name = row["project_name"] or "—"
    code = row["cluster"]
    cluster = schema.enum_label("cluster", code, lang) if code else "—"
    least, most = (_number(row[key]) for key in ("land_least_mu", "land_most_mu"))
    unit = "亩" if zh else " mu"
    tail = f"　{bar_sentence(row['entry'], lang)}"
    return f"{row['project_id']}　{name}　{cluster}　{least}–{most}{unit}{tail}"


def bar_sentence(entry: dict[str, Any], lang: str = "zh") -> str:
    """Say how a project stands to its bar, with the figures.

    Examples
    --------
    >>> bar_sentence({"verdict": "missed", "productivity_wan": 44.0, "least_wan": 46.0,
    ...               "bar": "EFF-06", "missing": []})
    '未达到准入条件：44 < 46 万元/人（EFF-06）'
    """
    zh = lang != "en"
    if entry["verdict"] == "none":
        return "无准入条件" if zh else "no entry bar"
    if entry["verdict"] == "not_checked":
        names = [schema.label(key, lang, with_unit=False) for key in entry["missing"]]
        return (
            f"准入条件未核：缺{'、'.join(names)}"
            if zh
            else f"entry bar not checked: {', '.join(names)} unknown"
        )
    met = entry["verdict"] == "met"
    sign = "≥" if met else "<"
    figures = f"{entry['productivity_wan']:,.4g} {sign} {entry['least_wan']:,.4g}"
    if zh:
        head = "达到准入条件" if met else "未达到准入条件"
        return f"{head}：{figures} 万元/人（{entry['bar']}）"
    head = "entry bar met" if met else "entry bar missed"
    return f"{head}: {figures} 10k yuan per person ({entry['bar']})"


def _number(value: float | None) -> str:
    return "?" if value is None else f"{value:,g}"
