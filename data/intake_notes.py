"""The record of how values were brought to one spelling, and what is odd about them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from data.intake_codes import owners_in, proposed_code
from data.intake_columns import Column
from data.intake_issues import IssueLog
from data.intake_values import Values
from data.schema import unit_label
from gis.errors import Words

HOW: Mapping[str, Words] = {
    "full_width": Words("全角字符改为半角", "full-width characters made plain"),
    "blanks": Words(
        "去掉空格、换行或不可见字符", "blanks, line breaks, unseen characters left out"
    ),
    "brackets": Words("名称中的括号统一为全角", "brackets in names made full-width"),
    "thousands": Words("去掉千分位逗号", "commas between thousands left out"),
    "cell_unit": Words("按单元格中写明的单位换算", "converted from the unit in the cell"),
    "date_spelling": Words("日期写法统一", "dates brought to one spelling"),
    "date_short_year": Words("两位年份补足", "years of two digits completed"),
    "date_serial": Words("表格的日期序号换算为日期", "serial numbers of a sheet made dates"),
    "date_month": Words("只写到月份，按当月 1 日登记", "a month only: its first day is taken"),
}
"""What was done to a cell, by the kind of note."""

BY_ROW = frozenset({"cell_unit", "date_short_year", "date_serial", "date_month"})
"""What may change the meaning of a cell: told row by row, up to `MOST_ROWS` of one column."""

MOST_ROWS = 200


def log_notes(cells: pd.Series, column: Column, found: Values, log: IssueLog) -> None:
    """Log what was done to the cells of one column: original → stored.

    Parameters
    ----------
    cells : Series
        As read, by row number.
    column : Column
        Field of the column.
    found : Values
        As `coerce` returns them.
    log : IssueLog
        Takes one record a row where the meaning may have changed, else one for the column with
        the number of cells and the first of them.
    """
    for kind in sorted(found.notes.unique()):
        rows = found.notes.index[found.notes == kind]
        was, now = cells.loc[rows], found.values.loc[rows]
        if kind not in HOW:
            _log_odd(kind, was, now, column, log)
        elif kind in BY_ROW and len(rows) <= MOST_ROWS and not _usual(kind, rows, cells, column):
            changes = [_change(a, b, column) for a, b in zip(was, now, strict=True)]
            details = [
                Words(f"{HOW[kind]}：{some}", f"{HOW[kind].en}: {some.en}") for some in changes
            ]
            log.add("normalised", rows, values=was, field_key=column.field.key, detail=details)
        else:
            first = _change(was.iloc[0], now.iloc[0], column)
            told = Words(
                f"{HOW[kind]}：{len(rows)} 处，如第 {rows[0]} 行 {first}",
                f"{HOW[kind].en}: {len(rows)} cells, such as row {rows[0]} {first.en}",
            )
            log.add(
                "normalised", [pd.NA], values=[column.source], field_key=column.field.key,
                detail=[told],
            )  # fmt: skip


def _usual(kind: str, rows: pd.Index, cells: pd.Series, column: Column) -> bool:
    """Say whether a column holds months by its name, or for the most part."""
    named = "月" in column.source or "月份" in column.field.label_zh
    return kind == "date_month" and (named or len(rows) * 2 > int(cells.notna().sum()) > 4)


def _log_odd(kind: str, was: pd.Series, now: pd.Series, column: Column, log: IssueLog) -> None:
    details: list[str] | None = None
    proposals = None
    if kind == "uscc_check":
        proposals = [proposed_code(str(code)) for code in now]
        details = [
            Words(f"可能是 {code}，请核对", f"perhaps {code}, please check") if code else ""
            for code in proposals
        ]
    if kind == "owners_several":
        names = [owners_in(str(text)) for text in now]
        details = [
            Words(f"{len(some)} 个：{'；'.join(some)}", f"{len(some)}: {'; '.join(some)}")
            for some in names
        ]
    log.add(
        kind, was.index, values=was, field_key=column.field.key, detail=details,
        proposals=proposals,
    )  # fmt: skip


def _change(was: Any, now: Any, column: Column) -> Words:
    if isinstance(now, pd.Timestamp):
        return Words(f"“{_seen(was)}” → {now:%Y-%m-%d}")
    if isinstance(now, float):
        told = (
            f"“{_seen(was)}” → {now:,.10g} {unit_label(column.field.unit, lang)}".rstrip()
            for lang in ("zh", "en")
        )
        return Words(*told)
    return Words(f"“{_seen(was)}” → “{_seen(now)}”")


def _seen(value: Any) -> str:
    r"""Return a cell as it can be seen in one line.

    Examples
    --------
    >>> _seen(" 甲厂\n")
    '␣甲厂⏎'
    """
    text = str(value)
    shown = text.replace("\r", "").replace("\n", "⏎").replace("\t", "⇥")
    lead, trail = len(shown) - len(shown.lstrip()), len(shown) - len(shown.rstrip())
    shown = "␣" * lead + shown.strip() + "␣" * trail
    return shown if len(shown) <= 60 else shown[:59] + "…"
