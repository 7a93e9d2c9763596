"""The movement of the stock as a workbook: closing, sums and checks are live formulas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import xlsxwriter

from analysis.movement import COLUMNS, FLOWS, Movement
from gis.area import to_mu
from reports.cells import clean_text
from reports.context import ExportContext
from reports.formulas import is_plain
from reports.place import replacing
from reports.tables import about_rows

_WORDS: Mapping[str, tuple[str, str]] = {
    "county": ("全县逐月", "County by month"),
    "towns": ("乡镇街道", "Towns"),
    "cells": ("乡镇街道逐月", "Towns by month"),
    "about": ("说明", "About"),
    "month": ("月份", "Month"),
    "town": ("乡镇街道", "Town"),
    "no_town": ("（未填）", "(not given)"),
    "opening_m2": ("期初（亩）", "Opening (mu)"),
    "identified_m2": ("新认定（亩）", "Identified (mu)"),
    "renewed_m2": ("已改造（亩）", "Renewed (mu)"),
    "redefined_m2": ("改类调出（亩）", "Re-defined (mu)"),
    "remeasured_m2": ("面积变更（亩）", "Remeasured (mu)"),
    "closing_m2": ("期末（亩）", "Closing (mu)"),
    "check": ("核对（应为 0）", "Check (0)"),
    "year": ("全年累计", "Year to date"),
    "identity": ("恒等式", "Identity"),
    "identity_said": (
        "期初＋新认定－已改造－改类调出＋面积变更＝期末。改类调出只是不再列为低效，不算改造。",
        "Opening + identified − renewed − re-defined + remeasured = closing. Re-defined land is "
        "merely no longer called low-efficiency, which is no renewal.",
    ),
}
_OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
_HEAD = {"bold": True, "text_wrap": True, "valign": "vcenter", "bg_color": "#EDE6DC", "bottom": 1}
_MU = {"num_format": "#,##0.00"}
_LETTERS = dict(zip(COLUMNS, "CDEFGH", strict=True))
"""Where each column stands on every sheet, after month and town."""


def write_movement(found: Movement, out: Path, *, context: ExportContext) -> Path:
    """Write the movement: towns by month, the county by month, the towns over the year.

    The flows of each month and town are numbers; opening, closing and every sum are formulas
    over them, and a column of checks shows 0 where a row closes.

    Parameters
    ----------
    found : Movement
        The movement of a year.
    out : Path
        An existing file is replaced in one step.

    Raises
    ------
    ReportError
        If the file cannot be written.
    """
    with replacing(Path(out)) as part, xlsxwriter.Workbook(str(part), _OPTIONS) as book:
        _Pages(book, found, context).write()
    return Path(out)


class _Pages:
    """The workbook under way: the county first, the cells that it rests on after it."""

    def __init__(self, book: Any, found: Movement, context: ExportContext) -> None:
        self.book, self.found, self.context = book, found, context
        self.at = 1 if context.lang == "en" else 0
        self.looks = {
            name: book.add_format(look)
            for name, look in (
                ("head", _HEAD),
                ("mu", _MU),
                ("total", {**_MU, "bold": True, "top": 1}),
                ("bold", {"bold": True, "top": 1}),
                ("wrap", {"text_wrap": True, "valign": "top"}),
            )
        }
        names = found.by_town["town"]
        self.names = [
            self.say("no_town") if name is None or name != name else clean_text(name) or ""
            for name in names
        ]
        self.towns = list(dict.fromkeys(self.names))
        self.last = len(self.names) + 1

    def say(self, key: str) -> str:
        return _WORDS[key][self.at]

    def write(self) -> None:
        county, towns, cells = (self._page(key) for key in ("county", "towns", "cells"))
        self._cells(cells)
        months = self.found.by_month
        numbers = [int(n) for n in months["month"]]
        self._sums(county, months, numbers, "A")
        self._sums(towns, self.found.whole(), self.towns, "B")
        self._about()

    def _page(self, key: str) -> Any:
        page = self.book.add_worksheet(self.say(key))
        heads = ["month", "town", *COLUMNS, "check"]
        for place, head in enumerate(heads):
            page.write_string(0, place, self.say(head), self.looks["head"])
        page.set_column(0, 0, 10)
        page.set_column(1, 1, 16)
        page.set_column(2, len(heads) - 1, 15)
        page.freeze_panes(1, 2)
        page.set_landscape()
        page.fit_to_pages(1, 0)
        page.repeat_rows(0)
        return page

    def _cells(self, page: Any) -> None:
        """Write one row for each month and town; a month opens where the one before closed."""
        rows, step = self.found.by_town, len(self.towns)
        for at, row in enumerate(rows.to_dict("records"), start=1):
            page.write_number(at, 0, int(row["month"]))
            page.write_string(at, 1, self.names[at - 1])
            opening = to_mu(row["opening_m2"])
            if row["month"] == 1:
                page.write_number(at, 2, opening, self.looks["mu"])
            else:
                page.write_formula(at, 2, f"=H{at + 1 - step}", self.looks["mu"], opening)
            for place, flow in enumerate(FLOWS, start=3):
                page.write_number(at, place, to_mu(row[flow]), self.looks["mu"])
            self._close(page, at, to_mu(row["closing_m2"]))
        page.autofilter(0, 0, max(len(rows), 1), 8)

    def _close(self, page: Any, at: int, closing: float) -> None:
        n = at + 1
        formula = f"=C{n}+D{n}-E{n}-F{n}+G{n}"
        page.write_formula(at, 7, formula, self.looks["mu"], closing)
        page.write_formula(at, 8, f"=ROUND(H{n}-({formula[1:]}),2)", self.looks["mu"], 0)

    def _sums(self, page: Any, rows: pd.DataFrame, keys: Sequence[Any], key: str) -> None:
        """Write sums over the cells by month or town, each with its check, and the total."""
        by_town, last_month = key == "B", int(self.found.by_month["month"].max() or 0)
        for at, (name, row) in enumerate(zip(keys, rows.to_dict("records"), strict=True), start=1):
            place = 1 if by_town else 0
            if by_town:
                page.write_string(at, place, name)
            else:
                page.write_number(at, place, name)
            for column, letter in _LETTERS.items():
                month = {"opening_m2": 1, "closing_m2": last_month}.get(column) if by_town else None
                formula = self._sum(letter, f"{key}{at + 1}", name if by_town else None, month)
                value = to_mu(row[column])
                page.write_formula(at, COLUMNS.index(column) + 2, formula, self.looks["mu"], value)
            n = at + 1
            check = f"=ROUND(C{n}+D{n}-E{n}-F{n}+G{n}-H{n},2)"
            page.write_formula(at, 8, check, self.looks["mu"], 0)
        self._total(page, rows, by_town=by_town)

    def _total(self, page: Any, rows: pd.DataFrame, *, by_town: bool) -> None:
        """Write the year below the rows: its opening, its flows, its closing."""
        at, last = len(rows) + 1, len(rows) + 1
        page.write_string(at, 0, self.say("year"), self.looks["bold"])
        for column, letter in _LETTERS.items():
            value = to_mu(rows[column].sum())
            formula = f"=SUM({letter}2:{letter}{last})"
            if not by_town and column in ("opening_m2", "closing_m2"):
                edge = 0 if column == "opening_m2" else -1
                value = to_mu(rows[column].iloc[edge]) if len(rows) else 0.0
                formula = f"={letter}{2 if edge == 0 else last}"
            place = COLUMNS.index(column) + 2
            page.write_formula(at, place, formula, self.looks["total"], value)

    def _sum(self, letter: str, cell: str, town: str | None, month: int | None) -> str:
        """Return the formula that adds up a column of the cells for a month or a town.

        A name that SUMIFS would read as more than text is compared by EXACT.
        """
        values, months = self._range(letter), self._range("A")
        if town is None:
            return f"=SUMIFS({values},{months},{cell})"
        if is_plain(town):
            more = "" if month is None else f",{months},{month}"
            return f"=SUMIFS({values},{self._range('B')},{cell}{more})"
        more = "" if month is None else f",--({months}={month})"
        return f"=SUMPRODUCT(--EXACT({self._range('B')},{cell}){more},{values})"

    def _range(self, letter: str) -> str:
        return f"'{self.say('cells')}'!${letter}$2:${letter}${max(self.last, 2)}"

    def _about(self) -> None:
        page = self.book.add_worksheet(self.say("about"))
        page.set_column(0, 0, 22)
        page.set_column(1, 1, 100)
        told = [(self.say("identity"), self.say("identity_said"))]
        told += about_rows(self.context, self.context.lang)
        for row, (name, said) in enumerate(told):
            page.write_string(row, 0, name, self.looks["bold"])
            page.write_string(row, 1, clean_text(said) or "—", self.looks["wrap"])
