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

HOW: Mapping[str, str] = {
    "full_width": "全角字符改为半角",
    "blanks": "去掉空格、换行或不可见字符",
    "brackets": "名称中的括号统一为全角",
    "thousands": "去掉千分位逗号",
    "cell_unit": "按单元格中写明的单位换算",
    "date_spelling": "日期写法统一",
    "date_short_year": "两位年份补足",
    "date_serial": "表格的日期序号换算为日期",
    "date_month": "只写到月份，按当月 1 日登记",
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
            details = [
                f"{HOW[kind]}：{_change(a, b, column)}" for a, b in zip(was, now, strict=True)
            ]
            log.add("normalised", rows, values=was, field_key=column.field.key, detail=details)
        else:
            first = _change(was.iloc[0], now.iloc[0], column)
            told = f"{HOW[kind]}：{len(rows)} 处，如第 {rows[0]} 行 {first}"
            log.add(
                "normalised", [pd.NA], values=[column.source], field_key=column.field.key,
                detail=[told],
            )  # fmt: skip


def _usual(kind: str, rows: pd.Index, cells: pd.Series, column: Column) -> bool:
    """Say whether a column holds months by its name, or for the most part."""
    named = "月" in column.source or "月份" in column.field.label_zh
    return kind == "date_month" and (named or len(rows) * 2 > int(cells.notna().sum()) > 4)


def _log_odd(kind: str, was: pd.Series, now: pd.Series, column: Column, log: IssueLog) -> None:
    details = proposals = None
    if kind == "uscc_check":
        proposals = [proposed_code(str(code)) for code in now]
        details = [f"可能是 {code}，请核对" if code else "" for code in proposals]
    if kind == "owners_several":
        names = [owners_in(str(text)) for text in now]
        details = [f"{len(some)} 个：{'；'.join(some)}" for some in names]
    log.add(
        kind, was.index, values=was, field_key=column.field.key, detail=details,
        proposals=proposals,
    )  # fmt: skip


def _change(was: Any, now: Any, column: Column) -> str:
    if isinstance(now, pd.Timestamp):
        return f"“{_seen(was)}” → {now:%Y-%m-%d}"
    if isinstance(now, float):
        return f"“{_seen(was)}” → {now:,.10g} {unit_label(column.field.unit)}".rstrip()
    return f"“{_seen(was)}” → “{_seen(now)}”"


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
