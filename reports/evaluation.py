"""A per-mu evaluation as one document: for the command line and for whoever reads its JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from analysis.firm_evaluation import UNGRADED, FirmEvaluation, grade_counts
from data import schema
from data.evaluation_rules import GradeScheme, ScoreScheme
from gis.area import to_mu

_SHOWN = 10
_TAGS: Mapping[str, tuple[str, str]] = {
    "S": ("文件载明", "stated in a document"),
    "V": ("已核实", "verified"),
    "C": ("本系统计算", "computed here"),
    "G": ("工作定义", "working definition"),
    "U": ("待核实", "to be verified"),
}
_ISSUES: Mapping[str, tuple[str, str]] = {
    "firm_unknown": (
        "企业用地表中的企业 {firm}（宗地 {parcel}）不在企业表中，未计。",
        "Firm {firm} (parcel {parcel}) is not in the table of firms; left out.",
    ),
    "parcel_unknown": (
        "企业 {firm} 的宗地 {parcel} 不在登记簿中，未计。",
        "Parcel {parcel} of firm {firm} is not in the register; left out.",
    ),
    "over_allocated": (
        "宗地 {parcel} 的用地分摊合计 {value}，超过 1，企业 {firm} 的比例已按合计折减。",
        "The shares of parcel {parcel} add to {value}, above 1; that of firm {firm} was scaled.",
    ),
    "share_even": (
        "企业 {firm} 在宗地 {parcel} 的分摊比例未知，余下部分由几家平分。",
        "The share of firm {firm} in parcel {parcel} is unknown; the rest was split evenly.",
    ),
    "area_unknown": (
        "宗地 {parcel} 的面积未知，企业 {firm} 的用地未计入这一宗。",
        "The area of parcel {parcel} is unknown; the land of firm {firm} leaves it out.",
    ),
    "code_missing": (
        "企业表有 {value} 行没有统一社会信用代码，未计。",
        "{value} rows of the table of firms have no credit code; left out.",
    ),
    "field_absent": (
        "企业表没有“{field}”一列，按未知处理。",
        "The table of firms has no column “{field}”; it counts as unknown.",
    ),
}


def scheme_name(scheme: ScoreScheme | GradeScheme, lang: str = "zh") -> str:
    """Return the name of a scheme; an example is marked.

    Examples
    --------
    >>> from data.evaluation_rules import load_evaluation_rules
    >>> rules = load_evaluation_rules()
    >>> scheme_name(rules.scores["huangyan_2022"])
    '【示例】黄岩 2022 年度'
    >>> scheme_name(rules.grades["wenling"], "en")
    '[Example] parks of Wenling'
    """
    if lang == "en":
        return ("[Example] " if scheme.example else "") + scheme.label_en.removeprefix("Example: ")
    return ("【示例】" if scheme.example else "") + scheme.label_zh.removeprefix("示例：")


def scheme_source(scheme: ScoreScheme | GradeScheme, lang: str = "zh") -> str:
    """Return where a scheme comes from, how sure it is and for which time it holds."""
    en = lang == "en"
    tag = f"{scheme.tag} {_TAGS[scheme.tag][en]}"
    until = scheme.valid_to.isoformat() if scheme.valid_to else ""
    if en:
        valid = f"{scheme.valid_from} to {until}" if until else f"from {scheme.valid_from}"
        return f"source: {scheme.source}; {tag}; valid {valid}"
    valid = f"{scheme.valid_from} 至 {until}" if until else f"{scheme.valid_from} 起"
    return f"来源：{scheme.source}；{tag}；适用 {valid}"


def item_labels(score: ScoreScheme, lang: str = "zh") -> dict[str, str]:
    """Return the names of a scheme's indicators by key, of all size classes."""
    return {
        item.key: item.label_en if lang == "en" else item.label_zh
        for items in score.indicators.values()
        for item in items
    }


def issue_messages(issues: pd.DataFrame, lang: str = "zh") -> list[str]:
    """Return the sentences of the issues of a `FirmEvaluation`, in their order."""
    return [
        _ISSUES[kind][lang == "en"].format(
            firm=firm,
            parcel=parcel,
            field=field if pd.isna(field) else schema.label(field, lang, with_unit=False),
            value="?" if pd.isna(value) else f"{value:g}",
        )
        for kind, firm, parcel, field, value in zip(
            *(issues[name] for name in ("kind", "owner_uscc", "parcel_id", "field", "value")),
            strict=True,
        )
    ]


def evaluation_document(found: FirmEvaluation, *, lang: str = "zh") -> dict[str, Any]:
    """Return an evaluation ready for JSON; unknown is None.

    Returns
    -------
    dict
        ``scheme`` and ``grades`` (``id``, ``label``, ``example``, ``source``, ``tag``,
        ``valid_from``, ``valid_to``; ``grades`` also ``shares`` and ``counts`` by size class),
        ``firms`` (best score first: ``owner_uscc``, ``firm_name``, ``firm_size``, ``town``,
        ``evaluation_year``, ``land_m2``, ``land_mu``, ``parcels``, ``score``, ``items`` by
        indicator, ``grade``, ``recorded_grade``, ``missing``, ``stood_in``), ``parcels``,
        ``totals`` by figure (``firms`` = ``parcels`` + ``unallocated``; ``unknown`` firms),
        ``issues`` (with ``message``).
    """
    issues = found.issues.assign(message=issue_messages(found.issues, lang))
    names = item_labels(found.score, lang)
    counts = grade_counts(found.firms)
    told = [
        "firm_name", "firm_size", "town", "evaluation_year", "land_m2", "parcels", "score",
        "grade", "recorded_grade", "missing", "stood_in",
    ]  # fmt: skip
    firms = found.firms[told].assign(land_mu=to_mu(found.firms["land_m2"]))
    items = found.firms[[c for c in found.firms if c.startswith("item_")]]
    scores = _rows(items.rename(columns=lambda name: name.removeprefix("item_")))
    rows = [
        row | {"items": {key: value for key, value in own.items() if value is not None}}
        for row, own in zip(
            _rows(firms.rename_axis("owner_uscc").reset_index()), scores, strict=True
        )
    ]
    return {
        "scheme": _scheme(found.score, lang) | {"items": names},
        "grades": _scheme(found.grade, lang)
        | {
            "shares": {size: dict(shares) for size, shares in found.grade.shares.items()},
            "counts": {str(size): dict(row) for size, row in counts.to_dict("index").items()},
        },
        "firms": rows,
        "parcels": _rows(found.parcels.reset_index()),
        "totals": {row.pop("figure"): row for row in _rows(found.totals.reset_index())},
        "issues": _rows(issues),
    }


def _scheme(scheme: ScoreScheme | GradeScheme, lang: str) -> dict[str, Any]:
    return {
        "id": scheme.id,
        "label": scheme_name(scheme, lang),
        "example": scheme.example,
        "source": scheme.source,
        "tag": scheme.tag,
        "valid_from": scheme.valid_from.isoformat(),
        "valid_to": scheme.valid_to.isoformat() if scheme.valid_to else None,
        "sentence": scheme_source(scheme, lang),
    }


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a table as plain values; unknown is None, tuples become lists."""
    columns = {str(name): [_plain(cell) for cell in table[name]] for name in table}
    if not columns:
        return [{} for _ in range(len(table))]
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _plain(cell: Any) -> Any:
    if isinstance(cell, tuple):
        return list(cell)
    if cell is None or cell is pd.NA or (isinstance(cell, float) and not np.isfinite(cell)):
        return None
    return cell.item() if isinstance(cell, np.generic) else cell


def evaluation_text(document: Mapping[str, Any], lang: str = "zh") -> str:
    """Return an evaluation in lines: schemes with their source, grades, totals, best firms.

    Parameters
    ----------
    document : mapping
        As from `evaluation_document`.
    """
    en = lang == "en"
    firms, scheme, grades = document["firms"], document["scheme"], document["grades"]
    scored = sum(row["score"] is not None for row in firms)
    lines = [
        f"Per-mu evaluation: {len(firms):,} firms, {scored:,} with a score."
        if en
        else f"亩均效益评价：企业 {len(firms):,} 家，有分值 {scored:,} 家。",
        f"Scores  {scheme['label']} ({scheme['sentence']})"
        if en
        else f"评分  {scheme['label']}（{scheme['sentence']}）",
        f"Grades  {grades['label']} ({grades['sentence']})"
        if en
        else f"分档  {grades['label']}（{grades['sentence']}）",
    ]
    lines += [_counts_line(size, row, lang) for size, row in grades["counts"].items()]
    lines += [_total_line(figure, row, lang) for figure, row in document["totals"].items()]
    lines += _firm_lines(document, lang)
    lines += [f"  ! {row['message']}" for row in document["issues"][:_SHOWN]]
    return "\n".join([*lines, *_more(document["issues"], "条", en)])


def size_name(size: str, lang: str = "zh") -> str:
    """Return the name of a size class, also of the unknown one."""
    if size == UNGRADED:
        return "Size unknown" if lang == "en" else "规模未知"
    return schema.enum_label("firm_size", size, lang)


def _counts_line(size: str, counts: Mapping[str, int], lang: str) -> str:
    none = "ungraded" if lang == "en" else "未评"
    told = [f"{none if grade == UNGRADED else grade} {count:,}" for grade, count in counts.items()]
    return f"  {size_name(size, lang)}  " + "  ".join(told)


def _total_line(figure: str, row: Mapping[str, Any], lang: str) -> str:
    name = schema.label(figure, lang)
    whole, part, rest = (f"{row[key]:,.2f}" for key in ("firms", "parcels", "unallocated"))
    if lang == "en":
        return (
            f"  {name}: by firm {whole} = by parcel {part} + unallocated {rest} "
            f"(unknown {row['unknown']:,})"
        )
    return f"  {name}：按企业 {whole} = 按宗地 {part} + 未分摊 {rest}（未知 {row['unknown']:,} 家）"


def _firm_lines(document: Mapping[str, Any], lang: str) -> list[str]:
    en, names, lines = lang == "en", document["scheme"]["items"], []
    comma = ", " if en else "、"
    for row in document["firms"][:_SHOWN]:
        score = "—" if row["score"] is None else f"{row['score']:.2f}"
        land = "—" if row["land_mu"] is None else f"{row['land_mu']:,.1f}"
        name = row["firm_name"] or row["owner_uscc"]
        unit = "mu" if en else "亩"
        said = f"  {name}  {score}  {row['grade'] or '—'}  {land} {unit}"
        items = comma.join(f"{names[key]} {value:.2f}" for key, value in row["items"].items())
        lines.append(f"{said}  {items}".rstrip())
        for key, zh, word in (
            ("missing", "缺少", "missing"), ("stood_in", "以均值或零代替", "stood in"),
        ):  # fmt: skip
            if row[key]:
                lines.append(f"    {word if en else zh}: {comma.join(names[k] for k in row[key])}")
    return [*lines, *_more(document["firms"], "家", en)]


def _more(rows: Sequence[Any], unit: str, en: bool) -> list[str]:
    if len(rows) <= _SHOWN:
        return []
    more = len(rows) - _SHOWN
    return [f"… and {more:,} more (--json)" if en else f"……另有 {more:,} {unit}（见 --json）"]
