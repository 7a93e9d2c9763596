"""Workbooks, opened with care: what a sheet spans is found before room is made for it."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetVisibleEnum

from gis.errors import (
    FileDamagedError,
    FileEmptyError,
    FileEncryptedError,
    GisError,
    LayerChoiceError,
    LayerUnknownError,
    SheetTooWideError,
    TableTooLongError,
)
from gis.hostile import ZIP_FAULTS, check_xml
from gis.io.error_cells import column_number, error_cells, put_errors

MOST_CELLS = 10_000_000
"""Cells of the smallest rectangle from A1 around what a sheet holds (100 000 × 100)."""

MOST_ROWS = 500_000
"""Rows of a table: what is more is no list of a county, and would be read for minutes."""

Merge = tuple[tuple[int, int], tuple[int, int]]

_CELL = re.compile(
    rb"<(?:[\w.-]+:)?c(?:\s+(?!r\s*=)[\w:.-]+\s*=\s*(?:\"[^\"]*\"|'[^']*'))*"
    rb"\s+r\s*=\s*[\"']([A-Za-z]{1,9})(\d{1,12})[\"'][^>]*?(/?)>(?!</)"
)
_ROW = re.compile(rb"r\s*=\s*[\"'][A-Za-z]{1,9}(\d{1,12})[\"']")
_COLUMN = re.compile(rb"r\s*=\s*[\"']([A-Za-z]{1,9})\d{1,12}[\"']")
"""Row and column of whatever looks like a cell: never fewer than there are, and soon found."""
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
    LayerUnknownError, LayerChoiceError, SheetTooWideError, TableTooLongError
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
        hidden = {
            page.name
            for page in book.sheets_metadata
            if page.visible is not SheetVisibleEnum.Visible
        }
        listed = "、".join(page.name + "（隐藏）" * (page.name in hidden) for page in found)
        raise LayerChoiceError(file=path.name, count=len(found), layers=listed)
    return found[0]


def filled_sheets(path: Path) -> list[str]:
    """Name the sheets that hold something, also those that cannot be read."""
    book = _opened(path)
    found = []
    for name in book.sheet_names:
        try:
            told = path.suffix.lower() == ".xlsx" and _check_span(path, name)
            filled = told or bool(_page(book, path, name).rows)
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


def _check_span(path: Path, name: str) -> bool:
    """Raise if the cells of a sheet span more than can be held; say whether one is seen filled.

    A workbook says its own span, but nothing makes it say the truth.
    """
    told = path.stat()
    try:
        found = _span(path, name, (told.st_mtime_ns, told.st_size))
    except ZIP_FAULTS as error:
        if isinstance(error, GisError):
            raise
        raise FileDamagedError(file=path.name, reason=f"{name}: {error}"[:120]) from error
    if isinstance(found, GisError):
        raise found
    return found


@lru_cache(maxsize=32)
def _span(path: Path, name: str, _stamp: tuple[int, int]) -> bool | GisError:
    """Say whether a cell is filled, or refuse; a file of the same stamp is looked through once."""
    low, wide, cells = 0, 0, {"": ""}
    with zipfile.ZipFile(path) as archive:
        parts = _parts(archive, name)
        if _spans_little(archive, parts):
            texts = (text for part in parts for text in _texts(archive, part))
            return any(not cell[2] for text in texts for cell in _CELL.findall(text))
        for part in parts:
            for column, row, cell in _far_cells(archive, part):
                if row > low:
                    low, cells["row"] = row, cell
                if column > wide:
                    wide, cells["column"] = column, cell
    if low * wide > MOST_CELLS or low > _LAST_ROW or wide > _LAST_COLUMN:
        far = "、".join(dict.fromkeys(cell for cell in cells.values() if cell))
        return SheetTooWideError(
            file=path.name, sheet=name, cell=far, rows=low, columns=wide, limit=MOST_CELLS
        )
    if low > MOST_ROWS:
        return TableTooLongError(file=f"{path.name}:{name}", rows=low, limit=MOST_ROWS)
    return low > 0


def _texts(archive: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    """Yield a sheet block by block, cut where a cell begins."""
    rest = b""
    with archive.open(part) as stream:
        while block := stream.read(_BLOCK):
            text = rest + block
            end = max(text.rfind(b"<c"), text.rfind(b"<", 0, text.rfind(b":c") + 1), 0)
            end = end if len(text) < 2 * _BLOCK else len(text)
            yield text[:end]
            rest = text[end:]
    yield rest


def _spans_little(archive: zipfile.ZipFile, parts: list[str]) -> bool:
    """Say whether whatever looks like a cell, filled or not, spans what can be held."""
    low = wide = 0
    for text in (text for part in parts for text in _texts(archive, part)):
        low = max(low, max(map(int, _ROW.findall(text)), default=0))
        wide = max(wide, max(map(column_number, set(_COLUMN.findall(text))), default=0))
        if low * wide > MOST_CELLS or low > MOST_ROWS or wide > _LAST_COLUMN:
            return False
    return True


def _far_cells(archive: zipfile.ZipFile, part: str) -> list[tuple[int, int, str]]:
    """Return column, row and name of the lowest and of the rightmost filled cell."""
    low, right = (0, 0, ""), (0, 0, "")
    for text in _texts(archive, part):
        found = [(col, int(row)) for col, row, empty in _CELL.findall(text) if not empty]
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
