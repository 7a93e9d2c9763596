"""Two ledgers compared: one JSON document, a few lines of text, a workbook for the two bureaus."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis.ledgers_compare import LedgerComparison, difference_totals
from analysis.ledgers_match import HOW
from data import schema
from data.ledger_rules import FIELDS, SIDES, LedgerRules
from gis.area import to_mu
from reports.book import Sheet, write_book
from reports.context import ExportContext

_KINDS = {
    "code": ("宗地编号", "Parcel id"), "area": ("面积", "Area"), "owner": ("权利人", "Owner"),
    "class": ("低效类别", "Class"), "stage": ("阶段", "Stage"),
    "only_jx": ("仅经信局有", "Only at the economy bureau"),
    "only_zg": ("仅资规局有", "Only at the land bureau"),
}  # fmt: skip
_HOW = {
    "code": ("宗地编号", "parcel id"), "uscc": ("信用代码", "credit code"),
    "name": ("企业名称", "name of the firm"), "overlap": ("图形重叠", "overlap"),
}  # fmt: skip
_ENUM = {"class": "low_class", "stage": "stage"}
_HEADS = {
    "zh": ("宗地编号", "宗地名称", "乡镇街道", "差异", "经信局", "资规局", "涉及（亩）",
           "宗地面积（亩）", "疑似单位错误（倍）", "由谁解决", "对上依据", "经信局行号",
           "资规局行号", "处理", "文件"),
    "en": ("Parcel id", "Name", "Town", "Difference", "Economy bureau", "Land bureau",
           "Size (mu)", "Parcel (mu)", "Wrong unit (times)", "To be resolved by", "Matched by",
           "Row (economy)", "Row (land)", "Resolved", "Document"),
}  # fmt: skip
_TOTALS = {
    "zh": ("差异", "由谁解决", "条数", "未解决", "涉及（亩）", "未解决（亩）", "面积不明"),
    "en": ("Difference", "To be resolved by", "Number", "Open", "Size (mu)", "Open (mu)",
           "Size unknown"),
}  # fmt: skip
_SHEETS = {"zh": ("差异清单", "汇总"), "en": ("Differences", "Totals")}
_SHOWN = 10


def kind_name(kind: str, lang: str = "zh") -> str:
    """Return what a kind of difference is called.

    Examples
    --------
    >>> kind_name("area"), kind_name("only_jx", "en")
    ('面积', 'Only at the economy bureau')
    """
    return _KINDS[kind][lang == "en"]


def how_name(how: str | None, lang: str = "zh") -> str | None:
    """Return by what two rows were matched; None where there is no match."""
    return _HOW[how][lang == "en"] if isinstance(how, str) else None


def bureau_name(code: str, rules: LedgerRules, lang: str = "zh") -> str:
    """Return the name of a bureau."""
    bureau = rules.bureaus[code]
    return bureau.en if lang == "en" else bureau.zh


def shown_value(kind: str, value: Any, lang: str = "zh") -> str | None:
    """Return what a ledger says as people read it: 亩 for areas, labels for codes.

    Examples
    --------
    >>> shown_value("area", 6_000.0), shown_value("class", "underused"), shown_value("owner", None)
    ('9.00 亩', '用而未尽', None)
    """
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return None
    if kind == "area":
        return f"{to_mu(float(value)):,.2f} {'mu' if lang == 'en' else '亩'}"
    return schema.enum_labels(_ENUM[kind], lang).get(value, value) if kind in _ENUM else str(value)


def ledger_table(
    differences: pd.DataFrame, *, rules: LedgerRules, lang: str = "zh"
) -> pd.DataFrame:
    """Return differences as people read them, one row each, with headings in the language."""
    kinds = differences["field"]
    sides = [
        [shown_value(kind, value, lang) for kind, value in zip(kinds, differences[s], strict=True)]
        for s in SIDES
    ]
    columns = (
        differences["parcel_id"], differences["parcel_name"], differences["town"],
        [kind_name(kind, lang) for kind in kinds], *sides,
        to_mu(differences["size_m2"].astype(float)), to_mu(differences["land_m2"].astype(float)),
        differences["unit_ratio"],
        [bureau_name(code, rules, lang) for code in differences["bureau"]],
        [how_name(how, lang) for how in differences["matched_by"]],
        differences["jx_row"], differences["zg_row"], differences["decision"],
        differences["document"],
    )  # fmt: skip
    cells = {head: pd.Series(list(c)) for head, c in zip(_HEADS[lang], columns, strict=True)}
    return pd.DataFrame(cells)


def write_ledgers(
    found: LedgerComparison, out: Path, *, rules: LedgerRules, context: ExportContext
) -> Path:
    """Write the differences and their totals as a workbook, for the bureaus to work through.

    Raises
    ------
    ReportError
        If the file cannot be written.
    """
    lang = context.lang
    heads, totals = _HEADS[lang], _totals(found, rules, lang)
    table = ledger_table(found.differences, rules=rules, lang=lang)
    rows = {heads[11]: "0", heads[12]: "0"}
    sheets = [
        Sheet(_SHEETS[lang][0], table, formats=rows, widths={heads[4]: 26, heads[5]: 26}),
        Sheet(_SHEETS[lang][1], totals, sums=list(totals.columns[2:])),
    ]
    note = ("分工与限差", "Who resolves what")[lang == "en"]
    return write_book(sheets, out, context=context, more=[(note, rules.source)])


def _totals(found: LedgerComparison, rules: LedgerRules, lang: str) -> pd.DataFrame:
    sums = difference_totals(found.differences)
    columns = (
        [kind_name(kind, lang) for kind in sums["field"]],
        [bureau_name(code, rules, lang) for code in sums["bureau"]],
        sums["differences"], sums["open"], to_mu(sums["size_m2"]), to_mu(sums["open_size_m2"]),
        sums["size_unknown"],
    )  # fmt: skip
    return pd.DataFrame(
        {head: pd.Series(list(c)) for head, c in zip(_TOTALS[lang], columns, strict=True)}
    )


def open_land_m2(found: LedgerComparison) -> tuple[float, int]:
    """Return the land with open differences, each parcel once, in m², and how many are unknown."""
    rows = found.open.drop_duplicates("parcel_id")
    land = rows.loc[rows["parcel_id"].notna(), "land_m2"].astype(float)
    return float(land.sum()), int(land.isna().sum())


def ledgers_document(
    found: LedgerComparison, *, rules: LedgerRules, lang: str = "zh"
) -> dict[str, Any]:
    """Return the comparison as plain values for a JSON document."""
    matched = found.pairs["matched_by"].value_counts()
    land, unknown = open_land_m2(found)
    return {
        "matched": {how: int(matched.get(how, 0)) for how in HOW},
        "only_jx": found.only_jx,
        "only_zg": found.only_zg,
        "repeated": found.repeated,
        "open": len(found.open),
        "open_parcels": len(found.open_parcels()),
        "open_land_m2": land,
        "open_land_mu": float(to_mu(land)),
        "open_land_unknown": unknown,
        "alone": _alone(found),
        "totals": [
            _with_mu(row, ("size_m2", "open_size_m2"))
            | {"bureau_name": bureau_name(row["bureau"], rules, lang)}
            for row in _records(difference_totals(found.differences))
        ],
        "differences": [
            _with_mu(row, ("size_m2", "land_m2"))
            | {"bureau_name": bureau_name(row["bureau"], rules, lang)}
            for row in _records(found.differences)
        ],
        "rules": {
            "area_share": rules.area_share,
            "area_least_m2": rules.area_least_m2,
            "unit_share": rules.unit_share,
            "unit_polygon_share": rules.unit_polygon_share,
            "overlap_share": rules.overlap_share,
            "source": rules.source,
        },
    }


def _alone(found: LedgerComparison) -> dict[str, Any]:
    """Count the unresolved rows that only one ledger has, and their land."""
    rows = found.unresolved
    land = rows.loc[~rows["field"].isin(FIELDS), "land_m2"].astype(float)
    total = float(land.sum())
    return {
        "rows": len(land),
        "land_m2": total,
        "land_mu": float(to_mu(total)),
        "land_unknown": int(land.isna().sum()),
    }


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    plain = table.astype(object).where(table.notna(), None)
    return [{str(k): v for k, v in row.items()} for row in plain.to_dict(orient="records")]


def _with_mu(row: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    areas = {name.replace("_m2", "_mu"): row[name] for name in names}
    return row | {
        name: None if area is None else float(to_mu(area)) for name, area in areas.items()
    }


def ledgers_text(document: Mapping[str, Any], lang: str = "zh") -> str:
    """Return the comparison in lines: what was matched, what is open and whose it is."""
    en = lang == "en"
    parts = [
        f"{how_name(how, lang)} {count:,}" for how, count in document["matched"].items() if count
    ]
    alone = (document["only_jx"], document["only_zg"], document["repeated"])
    lines = [
        ("Matched by " if en else "对上：") + (", " if en else "，").join(parts or ["0"]),
        "Only economy bureau {:,}, only land bureau {:,}, repeated codes {:,}".format(*alone)
        if en
        else "仅经信局有 {:,} 行，仅资规局有（低效类）{:,} 行，编号重复 {:,} 行".format(*alone),
    ]
    for row in document["totals"]:
        kind, who, mu = kind_name(row["field"], lang), row["bureau_name"], row["open_size_mu"]
        lines.append(
            f"{kind}: {row['open']:,} open, {mu:,.2f} mu → {who}"
            if en
            else f"{kind}：未解决 {row['open']:,} 条，{mu:,.2f} 亩 → {who}"
        )
    land, parcels = document["open_land_mu"], document["open_parcels"]
    lines.append(
        f"Open on {parcels:,} parcels, {land:,.2f} mu"
        if en
        else f"有未解决差异的宗地 {parcels:,} 宗，{land:,.2f} 亩"
    )
    one = document["alone"]
    lines.append(
        f"On one ledger only {one['rows']:,} rows, {one['land_mu']:,.2f} mu "
        f"({one['land_unknown']:,} of unknown area)"
        if en
        else f"只在一方台账的 {one['rows']:,} 行，{one['land_mu']:,.2f} 亩"
        f"（面积不明 {one['land_unknown']:,} 行）"
    )
    rows = [row for row in document["differences"] if not row["resolved"]]
    for row in [row for row in rows if row["field"] in FIELDS][:_SHOWN]:
        a, b = (shown_value(row["field"], row[side], lang) or "—" for side in SIDES)
        lines.append(f"  {row['parcel_id'] or '—'}  {kind_name(row['field'], lang)}  {a} | {b}")
    return "\n".join(lines)
