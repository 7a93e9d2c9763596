"""Workbooks, opened with care: what a sheet spans is found before room is made for it."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from gis.errors import (
    FileDamagedError,
    FileEmptyError,
    FileEncryptedError,
    GisError,
    LayerChoiceError,
    LayerUnknownError,
    SheetTooWideError,
)
from gis.hostile import ZIP_FAULTS, check_xml
from gis.io.error_cells import column_number, error_cells, put_errors

MOST_CELLS = 10_000_000
"""Cells of the smallest rectangle from A1 around what a sheet holds (100 000 × 100)."""

Merge = tuple[tuple[int, int], tuple[int, int]]

_CELL = re.compile(
    rb"<(?:[\w.-]+:)?c(?:\s+(?!r\s*=)[\w:.-]+\s*=\s*(?:\"[^\"]*\"|'[^']*'))*"
    rb"\s+r\s*=\s*[\"']([A-Za-z]{1,9})(\d{1,12})[\"'][^>]*?(/?)>(?!</)"
)
_LAST_ROW, _LAST_COLUMN = 1_048_576, 16_384
_BLOCK = 1 << 20
_FAULTS = (CalamineError, OSError, ElementTree.ParseError, *ZIP_FAULTS)


@dataclass(frozen=True)
class Sheet:
    """Cells of a sheet from A1 on, and its merged areas ((row, column), (row, column))."""

    name: str
    rows: list[list[Any]]
    merges: list[Merge]


def read_workbook(path: Path, sheet: str | None) -> Sheet:
    """Read the sheet named, or the only one that holds something.

    Raises
    ------
    FileEncryptedError, FileDamagedError, FileEmptyError
        If the workbook cannot be opened, or holds nothing.
    LayerUnknownError, LayerChoiceError, SheetTooWideError
        If the sheet is not there, is one of several, or spans too much.
    """
    book = _opened(path)
    names = list(book.sheet_names)
    if sheet is not None and sheet not in names:
        raise LayerUnknownError(file=path.name, layer=sheet, layers="、".join(names))
    pages = (_page(book, path, name) for name in (names if sheet is None else [sheet]))
    found = [page for page in pages if any(cell is not None for row in page.rows for cell in row)]
    if not found:
        raise FileEmptyError(file=path.name)
    if len(found) > 1:
        listed = "、".join(page.name for page in found)
        raise LayerChoiceError(file=path.name, count=len(found), layers=listed)
    return found[0]


def filled_sheets(path: Path) -> list[str]:
    """Name the sheets that hold something, also those that cannot be read."""
    book = _opened(path)
    found = []
    for name in book.sheet_names:
        try:
            filled = bool(_page(book, path, name).rows)
        except GisError:
            filled = True
        if filled:
            found.append(name)
    return found


def _opened(path: Path) -> CalamineWorkbook:
    try:
        return CalamineWorkbook.from_path(str(path))
    except PasswordError as error:
        raise FileEncryptedError(file=path.name) from error
    except _FAULTS as error:
        raise FileDamagedError(file=path.name, reason=str(error)[:120]) from error


def _page(book: CalamineWorkbook, path: Path, name: str) -> Sheet:
    try:
        if path.suffix.lower() == ".xlsx":
            _check_span(path, name)
        page = book.get_sheet_by_name(name)
        rows = [[_cell(cell) for cell in row] for row in page.to_python(skip_empty_area=False)]
        if path.suffix.lower() == ".xlsx":
            _put_errors(path, name, rows)
        return Sheet(name, rows, list(page.merged_cell_ranges or []))
    except _FAULTS as error:
        if isinstance(error, GisError):
            raise
        reason = f"{name}: {error}" if name not in str(error) else str(error)
        raise FileDamagedError(file=path.name, reason=reason[:120]) from error


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < 2**53 else value
    if isinstance(value, dt.date | dt.time | dt.timedelta | bool | int):
        return value
    return None if value is None else str(value)


def _put_errors(path: Path, name: str, rows: list[list[Any]]) -> None:
    with zipfile.ZipFile(path) as archive:
        parts = _parts(archive, name)
        for part in parts if len(parts) == 1 else ():
            with archive.open(part) as stream:
                put_errors(rows, error_cells(stream))


def _check_span(path: Path, name: str) -> None:
    """Raise if the cells of a sheet span more than can be held; reads a block at a time.

    A workbook says its own span, but nothing makes it say the truth.
    """
    low, wide, cells = 0, 0, {"": ""}
    with zipfile.ZipFile(path) as archive:
        for part in _parts(archive, name):
            for column, row, cell in _far_cells(archive, part):
                if row > low:
                    low, cells["row"] = row, cell
                if column > wide:
                    wide, cells["column"] = column, cell
    if low * wide > MOST_CELLS or low > _LAST_ROW or wide > _LAST_COLUMN:
        far = "、".join(dict.fromkeys(cell for cell in cells.values() if cell))
        raise SheetTooWideError(
            file=path.name, sheet=name, cell=far, rows=low, columns=wide, limit=MOST_CELLS
        )


def _far_cells(archive: zipfile.ZipFile, part: str) -> list[tuple[int, int, str]]:
    """Return column, row and name of the lowest and of the rightmost filled cell."""
    low, right, rest = (0, 0, ""), (0, 0, ""), b""
    with archive.open(part) as stream:
        while block := stream.read(_BLOCK):
            text = rest + block
            end = max(text.rfind(b"<c"), text.rfind(b"<", 0, text.rfind(b":c") + 1), 0)
            end = end if len(text) < 2 * _BLOCK else len(text)
            found = [(col, int(row)) for col, row, empty in _CELL.findall(text[:end]) if not empty]
            rest = text[end:]
            low, right = _farther(found, low, right)
        found = [(col, int(row)) for col, row, empty in _CELL.findall(rest) if not empty]
        low, right = _farther(found, low, right)
    return [low, right]


def _farther(
    found: list[tuple[bytes, int]], low: tuple[int, int, str], right: tuple[int, int, str]
) -> tuple[tuple[int, int, str], tuple[int, int, str]]:
    if not found:
        return low, right
    column, row = max(found, key=lambda cell: cell[1])
    if row > low[1]:
        low = (column_number(column), row, f"{column.decode()}{row}")
    widest = max({column for column, _ in found}, key=column_number)
    if column_number(widest) > right[0]:
        row = next(row for column, row in found if column == widest)
        right = (column_number(widest), row, f"{widest.decode()}{row}")
    return low, right


def _parts(archive: zipfile.ZipFile, sheet: str) -> list[str]:
    """Return the part that holds a sheet; all sheets where the workbook does not say."""
    plain = {name.replace("\\", "/").lower(): name for name in archive.namelist()}
    targets = {}
    for link in _elements(archive, plain, "xl/_rels/workbook.xml.rels"):
        target = link.get("Target", "").lower().lstrip("/")
        targets[link.get("Id")] = target if target.startswith("xl/") else f"xl/{target}"
    for element in _elements(archive, plain, "xl/workbook.xml"):
        if element.tag.rpartition("}")[2] == "sheet" and element.get("name") == sheet:
            keys = [key for key in element.keys() if key.rpartition("}")[2] == "id"]  # noqa: SIM118
            part = targets.get(element.get(keys[0])) if keys else None
            if part is not None:
                return [plain[part]] if part in plain else []
    return [name for key, name in plain.items() if "worksheets/" in key and key.endswith(".xml")]


def _elements(
    archive: zipfile.ZipFile, plain: dict[str, str], part: str
) -> list[ElementTree.Element]:
    if part not in plain:
        return []
    raw = archive.read(plain[part])
    check_xml(io.BytesIO(raw), name=part)
    return list(ElementTree.fromstring(raw).iter())
