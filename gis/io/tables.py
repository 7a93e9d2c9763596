"""Read a plain table (ledger) as a bureau keeps it: title rows, merged two-row headers."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from gis.errors import FileDamagedError, FileEmptyError, TableHeaderError, Words
from gis.formats import TABLE_SUFFIXES, check
from gis.hostile import MOST_TEXT, TooLargeError
from gis.io.encoding import text_encoding
from gis.io.workbooks import Merge, Sheet, filled_sheets, read_workbook
from gis.mojibake import refuse_garbled

_LOOK_AT = 20
_GUARD = re.compile(r"^'(?=\s*[=+\-@＝＋－＠])")
"""The apostrophe with which our own lists keep a text from being computed."""
_UNIT = re.compile(r"\((?:亩|m2|平方米|公顷|万m2|万?元(?:/亩)?|亿元|吨|吨标煤|人|%)\)$")


def read_table(
    path: Path | str,
    *,
    sheet: str | None = None,
    header_rows: tuple[int, int] | None = None,
    encoding: str | None = None,
    known: Callable[[str], bool] | None = None,
) -> pd.DataFrame:
    """Read a .csv or .xlsx table.

    Parameters
    ----------
    path : Path or str
        CSV in UTF-8 or GB 18030, or a workbook.
    sheet : str, optional
        Needed when several sheets hold data.
    header_rows : tuple of int, optional
        First and last row of the header, counted from 1; found otherwise.
    encoding : str, optional
        States the encoding of a CSV.
    known : callable, optional
        Says whether a heading is a known one: the header is then the row where most are,
        else the first row with the most words.

    Returns
    -------
    DataFrame
        Cells as they are (text from CSV; text, numbers, dates from workbooks; None where
        empty; whole numbers as int), indexed by ``row``, the row in the file counted from
        1. Empty rows and columns without heading and cells are left out. Repeated headings
        get a suffix ``_2``, ``_3``. ``attrs``: source_name, layer, encoding, header_rows,
        above (row and text of titles).

    Raises
    ------
    GisError
        One sentence for each way a table can be unusable.
    """
    path = Path(path)
    suffix = check(path, allowed=TABLE_SUFFIXES)
    if suffix == ".csv":
        found, used = _read_csv(path, encoding)
    else:
        found, used = read_workbook(path, sheet), None
    if not any(any(cell is not None for cell in row) for row in found.rows):
        raise FileEmptyError(file=path.name)
    width = max(len(row) for row in found.rows)
    rows = [row + [None] * (width - len(row)) for row in found.rows]
    named = path.name if suffix == ".csv" else f"{path.name}:{found.name}"
    first, last = header_rows or _find_header(rows, found.merges, known, named)
    headings = _headings(rows[first - 1 : last], first - 1, found.merges, known)
    frame = _frame(rows, headings, last)
    refuse_garbled(frame, file=path.name)
    frame.attrs = {
        "source_name": path.name,
        "layer": found.name,
        "encoding": used,
        "header_rows": (first, last),
        "above": _above(rows[: first - 1]),
    }
    return frame


def first_rows(
    path: Path | str, *, sheet: str | None = None, encoding: str | None = None, most: int = 20
) -> pd.DataFrame:
    """Read the top of a table as it stands, without taking any row for its header.

    Parameters
    ----------
    path, sheet, encoding
        As `read_table`.
    most : int
        So many rows.

    Returns
    -------
    DataFrame
        Cells indexed by ``row``, counted from 1; columns A, B, C …, empty ones left out.

    Raises
    ------
    GisError
        If the table cannot be opened.
    """
    path = Path(path)
    suffix = check(path, allowed=TABLE_SUFFIXES)
    found = _read_csv(path, encoding)[0] if suffix == ".csv" else read_workbook(path, sheet)
    top = found.rows[:most]
    frame = pd.DataFrame(top, dtype=object, index=pd.RangeIndex(1, len(top) + 1, name="row"))
    frame = frame.where(frame.notna(), None)
    frame.columns = pd.Index([_letters(at) for at in range(frame.shape[1])])
    return frame.loc[:, frame.notna().any().to_numpy()]


def _letters(at: int) -> str:
    """Name a column as a spreadsheet does.

    >>> _letters(0), _letters(26)
    ('A', 'AA')
    """
    before, last = divmod(at, 26)
    return (_letters(before - 1) if before else "") + chr(ord("A") + last)


def _above(rows: list[list[Any]]) -> list[tuple[int, str]]:
    """Return number and text of the filled rows above the header."""
    texts = [" ".join(str(cell) for cell in row if cell is not None) for row in rows]
    return [(at, text) for at, text in enumerate(texts, start=1) if text]


def _frame(rows: list[list[Any]], headings: list[str], last: int) -> pd.DataFrame:
    body = rows[last:]
    frame = pd.DataFrame(body, columns=pd.RangeIndex(len(headings)), dtype=object)
    frame.index = pd.RangeIndex(last + 1, last + 1 + len(body), name="row")
    frame = frame.where(frame.notna(), None)
    frame = frame.loc[frame.notna().any(axis=1).to_numpy()]
    keep = [at for at, name in enumerate(headings) if name or bool(frame[at].notna().any())]
    frame = frame[keep]
    frame.columns = pd.Index(_unique([headings[at] or f"列{at + 1}" for at in keep]))
    return frame


def sheet_names(path: Path, encoding: str | None = None) -> list[str]:
    """List the sheets that hold something, also those that cannot be read; a CSV is one.

    Raises
    ------
    GisError
        If the file as a whole cannot be read.
    """
    if path.suffix.lower() == ".csv":
        found, _ = _read_csv(path, encoding)
        return [found.name] if found.rows else []
    return filled_sheets(path)


def _read_csv(path: Path, encoding: str | None) -> tuple[Sheet, str]:
    if path.stat().st_size > MOST_TEXT:
        raise TooLargeError(file=path.name)
    raw = path.read_bytes()
    used = text_encoding(raw, given=encoding, name=path.name)
    text = raw.decode(used)
    if "\x00" in text:
        raise FileDamagedError(file=path.name, reason=Words("含空字节", "it has NUL bytes"))
    top = "\n".join(text.splitlines()[:_LOOK_AT])
    delimiter = max(",\t;", key=top.count)
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        reason = Words("有单元格超过 13 万字", "a cell is longer than 131,072 characters")
        if "field limit" not in str(error):
            reason = Words(f"表格结构有误：{error}", str(error))
        raise FileDamagedError(file=path.name, reason=reason) from error
    rows = [[_GUARD.sub("", cell.strip()) or None for cell in line] for line in lines]
    return Sheet(path.stem, rows, []), used


def plain_heading(text: Any) -> str:
    """Bring a heading to one spelling: full width to half width, no blanks or line breaks.

    Examples
    --------
    >>> plain_heading("登记面积 （亩）")
    '登记面积(亩)'
    """
    return "".join(unicodedata.normalize("NFKC", str(text)).split())


def _find_header(
    rows: list[list[Any]],
    merges: Sequence[Merge],
    known: Callable[[str], bool] | None,
    name: str,
) -> tuple[int, int]:
    """Return first and last header row, counted from 1."""
    top = rows[:_LOOK_AT]
    if known is None:
        text = [sum(_is_word(cell) for cell in row) for row in top]
        first = text.index(max(text))
        if text[first] == 0:
            raise TableHeaderError(file=name, rows=len(top))
        return first + 1, _header_end(rows, first, merges, known) + 1
    best, found = 0, (0, 0)
    for first in range(len(top)):
        last = _header_end(rows, first, merges, known)
        filled = [text for text in _headings(rows[first : last + 1], first, merges, known) if text]
        hits = sum(known(text) for text in filled)
        if hits > best and (hits > 1 or hits * 2 >= len(filled)):
            best, found = hits, (first + 1, last + 1)
    if best:
        return found
    raise TableHeaderError(file=name, rows=len(top))


def _is_word(cell: Any) -> bool:
    return isinstance(cell, str) and not cell.replace(".", "", 1).lstrip("+-").isdigit()


def _header_end(
    rows: list[list[Any]],
    first: int,
    merges: Sequence[Merge],
    known: Callable[[str], bool] | None,
) -> int:
    """Last row of a header that begins at ``first``: merged cells reach down, or it is single."""
    down = [end[0] for begin, end in merges if begin[0] == first and end[1] == begin[1]]
    if down and max(down) < first + 4:
        return max(down)
    across = [end for begin, end in merges if begin[0] == first == end[0]]
    if across and len(across) > 1 and first + 1 < len(rows):
        return first + 1
    if known is not None and not merges and first + 1 < len(rows):
        below = [plain_heading(cell) for cell in rows[first + 1] if isinstance(cell, str)]
        if below and sum(map(known, below)) * 2 > len(below):
            gaps = sum(cell is None for cell in rows[first])
            return first + 1 if gaps and sum(c is not None for c in rows[first]) > 1 else first
    return first


def _headings(
    rows: list[list[Any]],
    first: int,
    merges: Sequence[Merge],
    known: Callable[[str], bool] | None,
) -> list[str]:
    """One heading for each column: the lowest cell, with its group where it says too little."""
    grid = [["" if cell is None else plain_heading(cell) for cell in row] for row in rows]
    for (top, left), (bottom, right) in merges:
        if first <= top <= bottom < first + len(grid):
            text = grid[top - first][left]
            for row in range(top - first, bottom - first + 1):
                grid[row][left : right + 1] = [text] * (min(right + 1, len(grid[row])) - left)
    if not merges and len(grid) > 1:
        grid[0] = _carried(grid[0], grid[1])
    titles = Counter(grid[0])
    return [
        _joined([row[at] for row in grid], known, alone=titles[grid[0][at]] == 1)
        for at in range(len(grid[0]))
    ]


def _carried(upper: list[str], lower: list[str]) -> list[str]:
    """Carry a group's title to the right over empty cells that have a heading below."""
    carried, last = [], ""
    for title, below in zip(upper, lower, strict=True):
        last = title or (last if below else "")
        carried.append(last)
    return carried


def _joined(parts: list[str], known: Callable[[str], bool] | None, *, alone: bool) -> str:
    """Return the part that is a known heading; a title over several columns is none of theirs."""
    texts = list(dict.fromkeys(part for part in parts if part))
    if not texts:
        return ""
    whole = "".join(texts)
    if known is None or len(texts) == 1:
        return "·".join(texts)
    titled = alone or _UNIT.fullmatch(texts[-1])
    for candidate in (whole, "".join(reversed(texts)), texts[-1], *([texts[0]] if titled else ())):
        if known(candidate):
            return candidate + _unit_of_group(candidate, texts)
    return "·".join(texts)


def _unit_of_group(heading: str, parts: list[str]) -> str:
    """Return the unit in brackets that a title over several columns gives to a heading."""
    if heading.endswith(")"):
        return ""
    found = [match[0] for part in parts if (match := _UNIT.search(part))]
    return found[-1] if found else ""


def _unique(headings: list[str]) -> list[str]:
    seen: dict[str, int] = {}
    result = []
    for name in headings:
        seen[name] = seen.get(name, 0) + 1
        result.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return result
