"""Cells of a workbook that hold an error or a formula never computed, read as what they say.

The reader of workbooks gives such cells as empty; but a cell that says #REF! is not an empty one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import IO, Any

UNCOMPUTED = "#UNCOMPUTED!"
"""What a formula without a stored value is read as."""

_CELL = re.compile(rb"<(?:[\w.-]+:)?c\b([^>]*)(?<!/)>(.*?)</(?:[\w.-]+:)?c>", re.DOTALL)
_PLACE = re.compile(rb"\br\s*=\s*[\"']([A-Za-z]{1,3})(\d{1,7})[\"']")
_ERROR = re.compile(rb"\bt\s*=\s*[\"']e[\"']")
_FORMULA = re.compile(rb"<(?:[\w.-]+:)?f\b")
_VALUE = re.compile(rb"<(?:[\w.-]+:)?v\b[^>]*>([^<]+)<")
_BLOCK = 1 << 20
_LONGEST_ROW = 16 << 20


def error_cells(part: IO[bytes]) -> Iterator[tuple[int, int, str]]:
    """Find the cells of a sheet that hold an error, or a formula without its value.

    Parameters
    ----------
    part : binary file
        The XML of a sheet; read a block at a time.

    Yields
    ------
    tuple of int, int, str
        Row and column from 0, and the error as the workbook writes it, or ``UNCOMPUTED``.

    Examples
    --------
    >>> import io
    >>> text = b'<row><c r="A1" t="e"><v>#REF!</v></c><c r="B1"><f>1+1</f><v></v></c></row>'
    >>> list(error_cells(io.BytesIO(text)))
    [(0, 0, '#REF!'), (0, 1, '#UNCOMPUTED!')]
    """
    rest = b""
    while block := part.read(_BLOCK):
        text = rest + block
        end = text.rfind(b"row>") + 1
        if not end and len(text) < _LONGEST_ROW:
            rest = text
            continue
        yield from _of_rows(text[:end])
        rest = text[end:]
    yield from _of_rows(rest)


def put_errors(rows: list[list[Any]], found: Iterator[tuple[int, int, str]]) -> None:
    """Write errors into the cells of a sheet, in place."""
    for row, column, text in found:
        while len(rows) <= row:
            rows.append([])
        cells = rows[row]
        cells.extend([None] * (column + 1 - len(cells)))
        if cells[column] is None:
            cells[column] = text


def _of_rows(text: bytes) -> Iterator[tuple[int, int, str]]:
    if not (_ERROR.search(text) or _FORMULA.search(text)):
        return
    for attributes, body in _CELL.findall(text):
        place = _PLACE.search(attributes)
        if place is None:
            continue
        value = _VALUE.search(body)
        if _ERROR.search(attributes) and value is not None:
            said = value[1].decode("ascii", "replace").strip()
        elif value is None and _FORMULA.search(body):
            said = UNCOMPUTED
        else:
            continue
        yield int(place[2]) - 1, column_number(place[1]) - 1, said


def column_number(letters: bytes) -> int:
    """Return the number of a column, from 1.

    >>> column_number(b"A"), column_number(b"XFD")
    (1, 16384)
    """
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number
