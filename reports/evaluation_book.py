"""A per-mu evaluation as a workbook: firms, grades, parcels, the proof of the sums, issues."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.allocation import FIGURES
from analysis.firm_evaluation import UNGRADED, FirmEvaluation, grade_counts
from data import schema
from gis.area import to_mu
from reports.book import Sheet, write_book
from reports.context import ExportContext
from reports.evaluation import issue_messages, item_labels, scheme_name, scheme_source, size_name

_SHEETS = {
    "firms": ("企业评价", "Firms"),
    "grades": ("各档家数", "Grades"),
    "parcels": ("宗地分摊", "Parcels"),
    "totals": ("合计核对", "Totals"),
    "issues": ("问题", "Issues"),
}
_HEADS: Mapping[str, tuple[str, str]] = {
    "land": ("用地（亩）", "Land (mu)"),
    "parcels": ("宗地数", "Parcels"),
    "score": ("分值", "Score"),
    "item": ("{name}得分", "Points: {name}"),
    "grade": ("本次档次", "Grade"),
    "recorded_grade": ("台账档次", "Grade on record"),
    "missing": ("缺少的数据", "Missing"),
    "stood_in": ("以均值或零代替", "Stood in for"),
    "ungraded": ("未评", "Ungraded"),
    "firms": ("企业数", "Firms"),
    "tax_per_mu": ("亩均税收（万元/亩）", "Tax per mu (10k yuan per mu)"),
    "figure": ("指标", "Figure"),
    "by_firm": ("按企业合计", "By firm"),
    "by_parcel": ("按宗地合计", "By parcel"),
    "unallocated": ("未分摊", "Unallocated"),
    "unknown": ("未知（家）", "Unknown (firms)"),
    "issue": ("问题", "Issue"),
    "scheme": ("评分方案", "Scheme of scores"),
    "cuts": ("分档方案", "Scheme of grades"),
}


def write_evaluation(
    found: FirmEvaluation, firms: pd.DataFrame, out: Path, *, context: ExportContext
) -> Path:
    """Write an evaluation; the last sheet names both schemes with source, tag and time.

    Parameters
    ----------
    firms : DataFrame
        The rows of ``found.firms`` that are wanted, in their order; the other sheets always hold
        every firm and parcel.

    Raises
    ------
    ReportError
        If the file cannot be written.
    """
    lang = context.lang
    sheets = [
        _firms(firms, found, lang),
        _grades(found, lang),
        _parcels(found, lang),
        _totals(found, lang),
        Sheet(
            _SHEETS["issues"][lang == "en"],
            pd.DataFrame({_head("issue", lang): issue_messages(found.issues, lang)}, dtype=object),
            widths={_head("issue", lang): 90},
        ),
    ]
    more = [
        (_head(key, lang), f"{scheme_name(scheme, lang)} · {scheme_source(scheme, lang)}")
        for key, scheme in (("scheme", found.score), ("cuts", found.grade))
    ]
    return write_book(sheets, out, context=context, more=more)


def _head(key: str, lang: str, **params: str) -> str:
    return _HEADS[key][lang == "en"].format(**params)


def _firms(rows: pd.DataFrame, found: FirmEvaluation, lang: str) -> Sheet:
    names, comma = item_labels(found.score, lang), ", " if lang == "en" else "、"
    table: dict[str, Any] = {
        schema.label("owner_uscc", lang): rows.index.astype(str),
        schema.label("firm_name", lang): rows["firm_name"].to_numpy(dtype=object),
        schema.label("town", lang): rows["town"].to_numpy(dtype=object),
        schema.label("firm_size", lang): [
            size_name(UNGRADED if pd.isna(size) else size, lang) for size in rows["firm_size"]
        ],
        _head("land", lang): to_mu(rows["land_m2"].to_numpy(dtype=float)),
        _head("parcels", lang): rows["parcels"].to_numpy(dtype=float),
        _head("score", lang): rows["score"].to_numpy(dtype=float),
        _head("grade", lang): rows["grade"].to_numpy(dtype=object),
        _head("recorded_grade", lang): rows["recorded_grade"].to_numpy(dtype=object),
    }
    for key in ("missing", "stood_in"):
        told = [comma.join(names[name] for name in keys) or None for keys in rows[key]]
        table[_head(key, lang)] = pd.Series(told, dtype=object).to_numpy()
    # The same name may stand for an indicator of each size class: one column holds either.
    for name in dict.fromkeys(names.values()):
        mine = [f"item_{key}" for key, label in names.items() if label == name]
        points = rows.reindex(columns=mine).astype(float).bfill(axis=1).iloc[:, 0]
        table[_head("item", lang, name=name)] = points.to_numpy()
    for figure in FIGURES:
        table[schema.label(figure, lang)] = rows[figure].to_numpy(dtype=float)
    sums = [_head("land", lang), *(schema.label(figure, lang) for figure in FIGURES)]
    return Sheet(_SHEETS["firms"][lang == "en"], pd.DataFrame(table), sums=sums)


def _grades(found: FirmEvaluation, lang: str) -> Sheet:
    counts = grade_counts(found.firms).rename(columns={UNGRADED: _head("ungraded", lang)})
    counts.insert(0, schema.label("firm_size", lang), [size_name(s, lang) for s in counts.index])
    return Sheet(_SHEETS["grades"][lang == "en"], counts, sums=list(counts.columns[1:]))


def _parcels(found: FirmEvaluation, lang: str) -> Sheet:
    rows = found.parcels
    table: dict[str, Any] = {
        schema.label("parcel_id", lang): rows.index.astype(str),
        _head("firms", lang): rows["firms"].to_numpy(dtype=float),
        _head("tax_per_mu", lang): rows["tax_wan_per_mu"].to_numpy(dtype=float),
    }
    table |= {schema.label(name, lang): rows[name].to_numpy(dtype=float) for name in FIGURES}
    sums = [schema.label(figure, lang) for figure in FIGURES]
    return Sheet(_SHEETS["parcels"][lang == "en"], pd.DataFrame(table), sums=sums)


def _totals(found: FirmEvaluation, lang: str) -> Sheet:
    rows = found.totals
    columns = {
        "by_firm": "firms", "by_parcel": "parcels", "unallocated": "unallocated",
        "unknown": "unknown",
    }  # fmt: skip
    table: dict[str, Any] = {
        _head("figure", lang): [schema.label(str(name), lang) for name in rows.index]
    }
    table |= {_head(head, lang): rows[name].to_numpy(float) for head, name in columns.items()}
    return Sheet(_SHEETS["totals"][lang == "en"], pd.DataFrame(table))
