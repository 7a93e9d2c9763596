"""The list as an Excel workbook: the parcels, subtotals that stay alive, and what it is."""

from __future__ import annotations

import gc
import sys
import traceback
from datetime import date, datetime
from math import ceil
from pathlib import Path
from typing import Any

import pandas as pd
import xlsxwriter

from reports.cells import CELL_LIMIT, clean_text, is_cut
from reports.columns import PRINTED_COLUMNS, Column, cells, columns_of
from reports.context import ExportContext
from reports.errors import TooManyRowsError
from reports.formulas import UNKNOWN
from reports.place import replacing
from reports.summary import ListShape, SummarySheet
from reports.words import word

ROW_LIMIT = 1_048_576 - 1
"""Rows of a worksheet below the header."""

_LINE_PT = 13.5
_MOST_LINES = 10
_ON_DISK_FROM = 20_000  # rows; below this the workbook is built in memory

_FORMATS: dict[str, dict[str, Any]] = {
    "text": {"num_format": "@", "text_wrap": True, "valign": "top", "align": "left", "indent": 1},
    "line": {"num_format": "@", "valign": "top", "align": "left", "indent": 1},
    "date": {"num_format": "yyyy-mm-dd", "align": "center", "valign": "top"},
    "bool": {"align": "center", "valign": "top"},
    "mu": {"num_format": "#,##0.00", "valign": "top", "align": "right"},
    "m2": {"num_format": "#,##0", "valign": "top"},
    "far": {"num_format": "0.00", "valign": "top"},
    "wan": {"num_format": "#,##0", "valign": "top"},
    "wan2": {"num_format": "#,##0.00", "valign": "top"},
    "number": {"num_format": "#,##0.##", "valign": "top"},
    "int": {"num_format": "#,##0", "valign": "top"},
    "head": {
        "bold": True,
        "text_wrap": True,
        "valign": "vcenter",
        "align": "center",
        "bg_color": "#EDE6DC",
        "bottom": 1,
    },
    "title": {"bold": True, "font_size": 13},
    "label": {"bold": True, "valign": "top"},
    "wrap": {"text_wrap": True, "valign": "top"},
    "plain": {"font_color": "#6B6460"},
    "badge": {"bold": True, "font_color": "#B3261E"},
    "total_text": {"bold": True, "top": 1},
    "total_int": {"bold": True, "top": 1, "num_format": "#,##0"},
    "total_mu": {"bold": True, "top": 1, "num_format": "#,##0.00", "align": "right"},
    "row_mu": {"bold": True, "num_format": "#,##0.00", "align": "right"},
    "left_int": {"num_format": "#,##0", "align": "left"},
    "left_mu": {"num_format": "#,##0.00", "align": "left"},
}


def write_workbook(
    frame: pd.DataFrame,
    out: Path,
    *,
    context: ExportContext,
    lang: str | None = None,
) -> Path:
    """Write the list as .xlsx: 地块清单, 汇总 (live formulas), 说明.

    The header stands in row 1 and the first parcel in row 2, so that the list can be read back
    by a program. Text is always written as text: a name that starts with ``= + - @`` is neither
    a formula nor a link, and ids keep all their digits.

    Parameters
    ----------
    frame : DataFrame
        A selection of the desk frame, indexed by ``parcel_id``; its order is kept.
    out : Path
        The file; an existing one is replaced in one step.
    context : ExportContext
        Printed on the third sheet and in the footers.
    lang : str, optional
        Language; that of the context by default.

    Returns
    -------
    Path
        ``out``. The same frame and context give the same bytes.

    Raises
    ------
    TooManyRowsError
        If a worksheet cannot hold the list.
    ReportError
        If the file cannot be written; nothing is left behind.
    """
    lang = lang or context.lang
    if len(frame) > ROW_LIMIT:
        raise TooManyRowsError(rows=len(frame), limit=ROW_LIMIT)
    columns = columns_of(frame, lang=lang)
    on_disk = len(frame) > _ON_DISK_FROM
    options = {
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "constant_memory": on_disk,
        "in_memory": not on_disk,
    }
    with replacing(out) as part:
        try:
            _write(part, options, frame, columns, context, lang)
        except Exception as error:
            _let_go(error)
            raise
    return out


def _write(
    part: Path,
    options: dict[str, Any],
    frame: pd.DataFrame,
    columns: tuple[Column, ...],
    context: ExportContext,
    lang: str,
) -> None:
    book = xlsxwriter.Workbook(part, {**options, "tmpdir": str(part.parent)})
    _fill(book, frame, columns, context, lang)
    _close(book)


def _let_go(error: BaseException) -> None:
    """Close what the library left open, before its folder goes and without a word.

    On a full disk each of those files fails once more when it is dropped, and Python would print
    that as an exception that it ignored.
    """
    heard, sys.unraisablehook = sys.unraisablehook, lambda _: None
    try:
        link: BaseException | None = error
        while link is not None:
            traceback.clear_frames(link.__traceback__)
            link = link.__cause__ or link.__context__
        gc.collect()
    finally:
        sys.unraisablehook = heard


def _close(book: xlsxwriter.Workbook) -> None:
    """Finish the file; the library hides a full disk in an error of its own."""
    try:
        book.close()
    except xlsxwriter.exceptions.FileCreateError as error:
        cause = error.args[0] if error.args and isinstance(error.args[0], OSError) else None
        raise cause or OSError(str(error)) from error


def _fill(
    book: xlsxwriter.Workbook,
    frame: pd.DataFrame,
    columns: tuple[Column, ...],
    context: ExportContext,
    lang: str,
) -> None:
    stamp = datetime(context.state_on.year, context.state_on.month, context.state_on.day)  # noqa: DTZ001
    book.set_properties(
        {"title": word("list", lang), "subject": context.county, "author": "亩图", "created": stamp}
    )
    font = {"font_name": "等线" if lang != "en" else "Calibri", "font_size": 10}
    formats = {name: book.add_format(font | look) for name, look in _FORMATS.items()}
    values = {column.key: cells(frame, column, lang=lang) for column in columns}
    sheets = {name: book.add_worksheet(word(name, lang)) for name in ("list", "summary", "about")}
    _write_list(sheets["list"], columns, values, formats)
    shape = ListShape.of(columns, values, sheet=word("list", lang))
    SummarySheet(sheets["summary"], shape, formats=formats, lang=lang).write(context)
    cut = sum(is_cut(value) for column in values.values() for value in column)
    _write_about(sheets["about"], shape, formats, context, lang, cut)
    _print_setup(sheets, columns, len(frame), context, lang)
    sheets["list"].activate()


def _write_list(
    sheet: Any, columns: tuple[Column, ...], values: dict[str, list[Any]], formats: dict[str, Any]
) -> None:
    rows = len(values["parcel_id"])
    for at, column in enumerate(columns):
        sheet.set_column(at, at, column.width)
    sheet.set_row(0, 32)
    sheet.freeze_panes(1, 2 if len(columns) > 1 and columns[1].key == "parcel_name" else 1)
    sheet.autofilter(0, 0, max(rows, 1), len(columns) - 1)
    sheet.repeat_rows(0)
    for at, column in enumerate(columns):
        sheet.write_string(0, at, column.heading, formats["head"])
    kinds = [(at, _writer(sheet, c.kind), formats[_look(c)]) for at, c in enumerate(columns)]
    tall = _lines(columns, values)
    for row, record in enumerate(zip(*(values[c.key] for c in columns), strict=True), start=1):
        if tall[row - 1] > 1:
            sheet.set_row(row, _LINE_PT * tall[row - 1])
        for (at, write, look), value in zip(kinds, record, strict=True):
            if value is not None:
                write(row, at, value, look)
    sheet.ignore_errors({"number_stored_as_text": f"A2:XFD{max(rows + 1, 2)}"})


def _writer(sheet: Any, kind: str) -> Any:
    if kind in ("text", "bool"):
        return sheet.write_string
    if kind != "date":
        return sheet.write_number

    def write_day(row: int, at: int, value: str, look: Any) -> None:
        """Write a day as Excel counts them; it knows none before March 1900."""
        serial = (date.fromisoformat(value) - date(1899, 12, 30)).days
        if serial > 60:
            sheet.write_number(row, at, serial, look)
        else:
            sheet.write_string(row, at, value, look)

    return write_day


def _write_about(
    sheet: Any,
    shape: ListShape,
    formats: dict[str, Any],
    context: ExportContext,
    lang: str,
    cut: int,
) -> None:
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, 90)
    known = context.known_on.isoformat() if context.known_on else word("known_all", lang)
    lines: list[tuple[str, str | float]] = [
        ("county", context.county),
        ("data", word("sample_note" if context.is_sample else "real_note", lang)),
        ("filter", context.filter_text),
        ("state_on", context.state_on.isoformat()),
        ("known_on", known),
        ("version", str(context.register_version)),
        ("rules", context.rules_id),
        ("credit_rule", context.credit_rule),
        ("count", len(shape.table)),
        *_area_lines(shape),
        ("notes", word("blank", lang)),
        ("", word("idle", lang)),
    ]
    if cut:
        lines.append(("", word("cut", lang).format(count=cut, limit=CELL_LIMIT)))
    sheet.write_string(0, 0, word("about", lang), formats["title"])
    for row, (key, value) in enumerate(lines, start=2):
        sheet.write_string(row, 0, word(key, lang) if key else "", formats["label"])
        if isinstance(value, str):
            text = clean_text(value) or "—"
            sheet.set_row(row, 15 * ceil(_width(text) / 90))
            sheet.write_string(row, 1, text, formats["wrap"])
        else:
            sheet.write_number(row, 1, value, formats["left_mu" if key == "area" else "left_int"])


def _lines(columns: tuple[Column, ...], values: dict[str, list[Any]]) -> list[int]:
    """Return how many lines each row needs for its longest text, at most ten.

    Not every program makes room for wrapped text by itself.
    """
    lines = [1] * len(values["parcel_id"])
    for column in columns:
        if _look(column) == "text":
            room = column.width - 1.5  # the indent
            known = {text: ceil(_width(text) / room) for text in set(values[column.key]) if text}
            needed = (known.get(text, 1) for text in values[column.key])
            lines = [max(pair) for pair in zip(lines, needed, strict=True)]
    return [min(line, _MOST_LINES) for line in lines]


def _look(column: Column) -> str:
    """Return the format of a column: text is wrapped where it is printed, else on one line."""
    return "line" if column.kind == "text" and column.key not in PRINTED_COLUMNS else column.kind


def _width(text: str) -> float:
    """Return how many digits the text is as wide as; a Chinese character is nearly two."""
    return sum(1.75 if ord(sign) > 0x2E7F else 1.0 for sign in text[:3_000])


def _area_lines(shape: ListShape) -> list[tuple[str, str | float]]:
    if "measured" not in shape.table:
        return []
    area = shape.table["measured"]
    known = float(area.sum()) if area.notna().any() or area.empty else UNKNOWN
    return [("area", known), ("area_unknown", int(area.isna().sum()))]


def _print_setup(
    sheets: dict[str, Any],
    columns: tuple[Column, ...],
    rows: int,
    context: ExportContext,
    lang: str,
) -> None:
    sample = f" · {word('sample', lang)}" if context.is_sample else ""
    left = f"{context.county}{sample}".replace("&", "&&")[:80]
    middle = f"{context.state_on.isoformat()} · {word('version', lang)} {context.register_version}"
    footer = f"&L&8 {left}&C&8 {middle}&R&8 {word('page', lang)}"  # the blank ends the font size
    for sheet in sheets.values():
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
        sheet.set_footer(footer)
    sheets["list"].set_landscape()
    sheets["list"].set_paper(8)  # A3
    printed = [at for at, column in enumerate(columns) if column.key in PRINTED_COLUMNS]
    sheets["list"].print_area(0, 0, max(rows, 1), max(printed))
    sheets["summary"].set_landscape()
    sheets["about"].set_landscape()
