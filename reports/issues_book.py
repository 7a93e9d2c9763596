"""Issues of an import as a workbook that can be filtered, corrected and sent back in."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from data import schema
from data.corrections import HEADS, ISSUE_SHEET, ROW_SHEETS, SHAPE
from data.errors import UnknownFieldError
from data.intake_issues import explain, said
from data.quarantine import cells_of
from reports.book import Sheet, write_book
from reports.context import ExportContext

SEVERITIES: Mapping[str, tuple[str, str]] = {
    "rejected": ("拒收", "rejected"),
    "quarantined": ("待更正", "in quarantine"),
    "error": ("错误", "error"),
    "warning": ("提醒", "warning"),
    "info": ("告知", "told"),
}
_GRAVEST = tuple(SEVERITIES)
_UNITS = {"m2": "亩", "wan": "万元", "wan_per_mu": "万元/亩", "tce": "吨标煤", "t": "吨"}
_WIDTHS = {"message": 60, "value": 28, "proposal": 28, "corrected": 28, "row": 8, "number": 10}
_HOW = (
    ("怎样更正", "How to correct"),
    (
        "在“问题清单”的“更正值”一列填写，或直接改“待更正宗地”“待更正阶段”中的单元格，保存后用"
        " import 文件 --corrections 送回。没有改动的行不受影响；建议值只供参考。"
        "面积等数值可写单位，如 15亩、1.2公顷。",
        "Fill in the column “Corrected value” of the list of issues, or change cells of the rows "
        "that wait; save and send it back with import FILE --corrections. Rows left as they are "
        "stay so; proposals are only proposals. Write units with numbers, as 15亩 or 1.2公顷.",
    ),
)


def write_issues(
    issues: pd.DataFrame, waiting: pd.DataFrame, out: Path, *, context: ExportContext
) -> Path:
    """Write issues, and the rows that wait for mending, each with all its cells.

    Parameters
    ----------
    issues : DataFrame
        With ``ISSUE_COLUMNS``.
    waiting : DataFrame
        As `data.quarantine.waiting_rows` returns them; may be empty.
    out : Path
        An existing file is replaced in one step.

    Raises
    ------
    ReportError
        If the file cannot be written.
    """
    en = context.lang == "en"
    widths = {HEADS[name][en]: float(width) for name, width in _WIDTHS.items()}
    plain = dict.fromkeys((HEADS["row"][en], HEADS["number"][en]), "0")
    sheets = [Sheet(ISSUE_SHEET[en], issue_table(issues, waiting, context.lang), plain, widths)]
    for layer, names in ROW_SHEETS.items():
        rows = waiting[waiting["layer"] == layer]
        if len(rows):
            sheets.append(Sheet(names[en], waiting_table(rows, context.lang), plain, widths))
    return write_book(sheets, out, context=context, more=[(_HOW[0][en], _HOW[1][en])])


def issue_table(issues: pd.DataFrame, waiting: pd.DataFrame, lang: str = "zh") -> pd.DataFrame:
    """Return issues as they are read, the gravest first, with a column for corrections.

    Parameters
    ----------
    issues : DataFrame
        With ``ISSUE_COLUMNS``.
    waiting : DataFrame
        Rows that wait, by number: an issue of such a row names it.
    lang : str
        ``"zh"`` or ``"en"``.
    """
    en = lang == "en"
    rank = issues["severity"].map({name: at for at, name in enumerate(_GRAVEST)})
    issues = issues.assign(_rank=rank).sort_values("_rank", kind="stable")
    told = {
        "number": _numbers(issues, waiting),
        "severity": issues["severity"].map(lambda word: SEVERITIES[word][en]),
        "file": issues["file"],
        "sheet": issues["sheet"],
        "layer": issues["layer"],
        "row": issues["row"].astype("Float64"),
        "parcel_id": issues["parcel_id"],
        "field": issues["field"].map(lambda key: field_name(key, lang)),
        "value": issues["value"],
        "message": said(issues, lang),
        "who_mends": issues["who_mends"].map(lambda code: bureau(code, lang)),
        "proposal": issues["proposal"],
        "unit": issues["field"].map(_unit_of),
        "corrected": pd.Series(None, index=issues.index, dtype=object),
    }
    table = pd.DataFrame({name: pd.Series(told[name], index=issues.index) for name in told})
    return table.rename(columns={name: heads[en] for name, heads in HEADS.items()})


def waiting_table(rows: pd.DataFrame, lang: str = "zh") -> pd.DataFrame:
    """Return rows that wait with all their cells, one column for each field or heading."""
    en = lang == "en"
    kinds = rows["kinds"].map(
        lambda text: "；".join(explain(kind, lang) for kind in str(text).split())
    )
    head = {
        HEADS["number"][en]: rows.index.astype("float64"),
        HEADS["file"][en]: rows["file"],
        HEADS["sheet"][en]: rows["sheet"],
        HEADS["row"][en]: rows["row"].astype("Float64"),
        HEADS["message"][en]: kinds,
    }
    cells = cells_of(rows)
    named = {key: field_name(key, lang) or str(key) for key in cells.columns}
    order = [f.key for f in schema.fields("parcel")] + [f.key for f in schema.fields("event")]
    known = [key for key in dict.fromkeys(order) if key in cells]
    rest = [key for key in cells.columns if key not in known]
    frame = pd.DataFrame(head, index=rows.index)
    return frame.join(cells[known + rest].rename(columns=named))


def field_name(key: Any, lang: str) -> str | None:
    """Return a field's name without unit; a heading that is no field as it is."""
    if not isinstance(key, str):
        return None
    if key == "geometry":
        return SHAPE[lang == "en"]
    try:
        return schema.label(key, "en" if lang == "en" else "zh", with_unit=False)
    except UnknownFieldError:
        return key


def bureau(code: Any, lang: str) -> str | None:
    """Return the name of a bureau; None where nobody has to mend anything."""
    return schema.enum_label("bureau", code, lang) if isinstance(code, str) else None


def _unit_of(key: Any) -> str | None:
    """Return the unit in which a bare number is taken when it comes back."""
    try:
        return _UNITS.get(schema.field(key).unit) if isinstance(key, str) else None
    except UnknownFieldError:
        return None


def _numbers(issues: pd.DataFrame, waiting: pd.DataFrame) -> pd.Series:
    """Return the number under which the row of an issue waits, NaN where it does not."""
    keys = ["file", "sheet", "layer", "row"]
    mine = issues[keys].astype(object).where(issues[keys].notna(), "").astype("str")
    theirs = waiting[keys].astype(object).where(waiting[keys].notna(), "").astype("str")
    numbers = pd.Series(
        waiting.index.to_numpy(dtype="float64"), index=pd.MultiIndex.from_frame(theirs)
    )
    numbers = numbers[~numbers.index.duplicated(keep="last")]
    found = numbers.reindex(pd.MultiIndex.from_frame(mine)).to_numpy()
    return pd.Series(found, index=issues.index).where(issues["severity"] == "quarantined")
