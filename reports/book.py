"""A workbook of plain tables: each on its sheet, sums as live formulas, and what it all is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xlsxwriter
from xlsxwriter.utility import xl_range

from reports.cells import clean_text
from reports.context import ExportContext
from reports.place import replacing
from reports.tables import about_rows
from reports.words import word

_HEAD = {"bold": True, "text_wrap": True, "valign": "vcenter", "bg_color": "#EDE6DC", "bottom": 1}
_TEXT = {"num_format": "@", "text_wrap": True, "valign": "top"}
_WIDTH, _TEXT_WIDTH = 13, 22
_ABOUT_WIDTH = 90
_LINE_PT, _A3, _A4 = 17.0, 8, 9
_OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


@dataclass(frozen=True)
class Sheet:
    """One table of the book.

    Attributes
    ----------
    name : str
        Of the sheet, at most 31 characters.
    table : DataFrame
        As it is to be read: its columns are the headings; numbers are numbers, NaN stays empty.
    formats : mapping of str to str
        Number formats by heading; ``#,##0.##`` where none is given.
    widths : mapping of str to float
        Widths by heading.
    sums : sequence of str
        Headings that are summed in a row below the table, as formulas.
    printed : bool
        Whether it is read on paper: A4, rows as tall as their texts, numbered pages.
    """

    name: str
    table: pd.DataFrame
    formats: Mapping[str, str] = field(default_factory=dict)
    widths: Mapping[str, float] = field(default_factory=dict)
    sums: Sequence[str] = ()
    printed: bool = False


def write_book(
    sheets: Sequence[Sheet],
    out: Path,
    *,
    context: ExportContext,
    more: Sequence[tuple[str, str]] = (),
) -> Path:
    """Write the sheets and a last one that says filter, dates, version and rules.

    Text is always text: a name that starts with ``= + - @`` is neither formula nor link.

    Parameters
    ----------
    sheets : sequence of Sheet
        In their order.
    out : Path
        An existing file is replaced in one step.
    more : sequence of (str, str)
        Further lines of the last sheet.

    Raises
    ------
    ReportError
        If the file cannot be written.
    """
    told = [*about_rows(context, context.lang), *more]
    return write_sheets(sheets, out, told=told, lang=context.lang)


def write_sheets(
    sheets: Sequence[Sheet], out: Path, *, told: Sequence[tuple[str, str]], lang: str = "zh"
) -> Path:
    """Write the sheets and a last one of names and values, as `write_book` does.

    Raises
    ------
    ReportError
        If the file cannot be written.
    """
    with replacing(Path(out)) as part, xlsxwriter.Workbook(str(part), _OPTIONS) as book:
        for sheet in sheets:
            _write(book, sheet, lang)
        _about(book, told, lang)
    return Path(out)


def _write(book: Any, sheet: Sheet, lang: str) -> None:
    page, table = book.add_worksheet(sheet.name), sheet.table
    aside = {"indent": 1, "align": "left"} if sheet.printed else {}
    head, text = book.add_format({**_HEAD, **aside}), book.add_format({**_TEXT, **aside})
    last = len(table)
    widths = _widths(sheet)
    for place, name in enumerate(map(str, table.columns)):
        column = table[name]
        numeric = _numeric(column)
        page.set_column(place, place, widths[name])
        page.write_string(0, place, name, head)
        if numeric:
            look = {"num_format": sheet.formats.get(name, "#,##0.##"), "valign": "top"}
            _numbers(page, place, column, book.add_format(look))
            if name in sheet.sums:
                bold = book.add_format({**look, "bold": True, "top": 1})
                cells = column.to_numpy(dtype=float, na_value=np.nan)
                formula = f"=SUM({xl_range(1, place, max(last, 1), place)})"
                page.write_formula(last + 1, place, formula, bold, float(np.nansum(cells)))
        else:
            for row, value in enumerate(column, start=1):
                if (said := clean_text(value)) is not None:
                    page.write_string(row, place, said, text)
    if sheet.sums:
        total = book.add_format({**_TEXT, **aside, "bold": True, "top": 1})
        page.write_string(last + 1, 0, word("total", lang), total)
    page.set_row(0, 32)
    page.freeze_panes(1, 1)
    if len(table.columns):
        page.autofilter(0, 0, max(last, 1), len(table.columns) - 1)
    page.set_landscape()
    page.set_paper(_A4 if sheet.printed else _A3)
    page.fit_to_pages(1, 0)
    page.repeat_rows(0)
    if sheet.printed:
        _for_paper(page, sheet, widths, lang)


def _numeric(column: pd.Series) -> bool:
    return bool(pd.api.types.is_numeric_dtype(column)) and column.dtype != bool


def _widths(sheet: Sheet) -> dict[str, float]:
    return {
        str(name): sheet.widths.get(str(name), _WIDTH if _numeric(column) else _TEXT_WIDTH)
        for name, column in sheet.table.items()
    }


def _for_paper(page: Any, sheet: Sheet, widths: Mapping[str, float], lang: str) -> None:
    """Make every row as tall as its longest text; print grid lines and numbers of pages."""
    texts = [name for name in widths if not _numeric(sheet.table[name])]
    page.set_row(0, _LINE_PT * max([2, *(_rows_of(name, widths[name]) for name in widths)]))
    for row in range(len(sheet.table)):
        cells = ((sheet.table[name].iloc[row], widths[name]) for name in texts)
        most = max((_rows_of(clean_text(value) or "", wide) for value, wide in cells), default=1)
        if most > 1:
            page.set_row(row + 1, min(_LINE_PT * most, 400))
    page.hide_gridlines(0)
    page.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    page.set_footer(f"&L&8 &A&R&8 {word('page', lang)}")


def _rows_of(text: str, wide: float) -> int:
    """Return on how many lines a text stands; a Chinese character is nearly two digits wide."""
    return sum(
        max(1, ceil(sum(1.9 if ord(sign) > 0x2E7F else 1.0 for sign in part) / (wide - 1.5)))
        for part in text.split("\n")
    )


def _numbers(page: Any, place: int, column: pd.Series, look: Any) -> None:
    values = column.to_numpy(dtype=float, na_value=np.nan)
    for row in np.flatnonzero(np.isfinite(values)):
        page.write_number(int(row) + 1, place, float(values[row]), look)


def _about(book: Any, told: Sequence[tuple[str, str]], lang: str) -> None:
    page = book.add_worksheet(word("about", lang))
    page.set_column(0, 0, 24)
    page.set_column(1, 1, _ABOUT_WIDTH)
    page.set_landscape()
    page.set_paper(_A4)
    page.fit_to_pages(1, 0)
    label, text = book.add_format({"bold": True, "valign": "top"}), book.add_format(_TEXT)
    for row, (name, said) in enumerate(told):
        value = clean_text(said) or "—"
        page.set_row(row, min(_LINE_PT * _rows_of(value, _ABOUT_WIDTH), 400))
        page.write_string(row, 0, name, label)
        page.write_string(row, 1, value, text)
