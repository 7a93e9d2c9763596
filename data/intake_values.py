"""Cells to values, a column at a time; what cannot be read is told apart from what is empty."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from data.intake_columns import Column, unit_factor
from data.schema import enum_spellings, normal_heading

BLANKS = frozenset({"", ".", "-", "--", "/", "\\", "—", "——", "null", "none", "nan", "n/a", "<na>"})
"""Spellings of "nothing here" in numbers, dates, lists and codes."""

_YES = frozenset({"是", "有", "y", "yes", "true", "t", "1", "1.0", "√", "对"})
_NO = frozenset({"否", "无", "n", "no", "false", "f", "0", "0.0", "×", "不是"})
_EXACT = 2**53
_LONGEST_ID = 64
_INVISIBLE = dict.fromkeys([0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, *range(0x202A, 0x202F)])
_NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_LONE = re.compile("[\ud800-\udfff]")
_NO_ID = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffd]|^[{\\[].*[}\\]]$")
_NO_PLAIN_ID = "\ufffd|^[{\\[].*[}\\]]$"
_FIRST_DAY, _LAST_DAY = pd.Timestamp("1949-10-01"), pd.Timestamp("2199-12-31")
_DATE = r"^(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?(?:[ T]\d{1,2}:\d{2}.*)?$"


@dataclass(frozen=True)
class Values:
    """Values of one column on the rows of the file.

    Attributes
    ----------
    values : Series
        float64, Int64, datetime64[ns], boolean or object (str or None); unknown where the
        cell was empty or bad.
    bad : Series of str
        Kind of issue for each bad cell, on those rows only.
    """

    values: pd.Series
    bad: pd.Series


def coerce(cells: pd.Series, column: Column) -> Values:
    """Turn the cells of one column into values of its field.

    Parameters
    ----------
    cells : Series
        As read: text, numbers, dates, None.
    column : Column
        Field, and the factor from the unit of the heading to the stored one.

    Examples
    --------
    >>> from data.schema import field
    >>> area = Column("登记面积(亩)", field("registered_area_m2"), 2000 / 3)
    >>> found = coerce(pd.Series(["15", "约3", None]), area)
    >>> found.values.round(3).tolist(), found.bad.to_dict()
    ([10000.0, nan, nan], {1: 'not_number'})
    """
    readers: dict[str, Callable[[pd.Series, Column], Values]] = {
        "text": _text,
        "code": _text,
        "float": _number,
        "int": _number,
        "date": _date,
        "bool": _bool,
        "enum": _enum,
    }
    return readers[column.field.type](cells, column)


def empty(index: pd.Index, column: Column) -> pd.Series:
    """Return unknown values for a whole column."""
    return coerce(pd.Series([None] * len(index), index=index, dtype=object), column).values


def plain_text(cells: pd.Series) -> pd.Series:
    r"""Bring cells to text without outer blanks, line breaks or a trailing ``.0``; None if empty.

    Characters that are not seen (control, zero width) are left out; half a character of UTF-16
    becomes U+FFFD.

    Examples
    --------
    >>> plain_text(pd.Series([" 甲厂\n", 12.0, None, ""])).tolist()
    ['甲厂', '12', None, None]
    """
    if _all_plain(cells):
        return cells.astype(object).where(cells.notna(), None)
    codes, distinct = pd.factorize(cells, use_na_sentinel=True)
    texts = [_one_text(value) for value in distinct]
    return pd.Series(_spread(codes, texts), index=cells.index, dtype=object)


def _all_plain(cells: pd.Series) -> bool:
    """Whether every cell is a text that can stay as it is: asked of all at once, in no time."""
    if not isinstance(cells.dtype, pd.StringDtype):
        return False
    texts = pa.array(cells, type=pa.large_string(), from_pandas=True)
    trimmed = pc.equal(pc.utf8_trim_whitespace(texts), texts)
    printable = pc.and_(pc.utf8_is_printable(texts), pc.greater(pc.binary_length(texts), 0))
    whole = pc.and_(trimmed, printable)
    return bool(pc.all(whole, min_count=0).as_py())


def _one_text(value: Any) -> str | None:
    if isinstance(value, float | np.floating) and float(value).is_integer():
        value = int(value)
    if isinstance(value, pd.Timestamp) and value == value.normalize():
        value = value.date()
    text = str(value)
    if not text.isprintable() or text != text.strip():
        text = _LONE.sub("\ufffd", _NO_TEXT.sub("", text.translate(_INVISIBLE)))
        text = " ".join(text.split()) if any(char in text for char in "\r\n\t") else text.strip()
    return text or None


def _spread(codes: np.ndarray, values: list[Any]) -> np.ndarray:
    """Put the value of each code in its place; code -1 is None."""
    table = np.empty(len(values) + 1, dtype=object)
    table[: len(values)] = values
    table[-1] = None
    return table[codes]


def _marks(kinds: Mapping[str, np.ndarray], index: pd.Index) -> pd.Series:
    """Kind of issue by row from masks; the first mask that is true counts."""
    found = np.full(len(index), None, dtype=object)
    for kind, mask in reversed(list(kinds.items())):
        found[np.asarray(mask, dtype=bool)] = kind
    marks = pd.Series(found, index=index, dtype=object)
    return marks[marks.notna()]


def _text(cells: pd.Series, column: Column) -> Values:
    texts = plain_text(cells)
    lost = np.zeros(len(cells), dtype=bool)
    if column.field.type == "code" or column.field.key.endswith(("_id", "_no", "_uscc")):
        texts = texts.where(~texts.str.lower().isin(BLANKS), None)
        # 3.30381E+18, or a number of more digits than a cell of a workbook holds.
        lost |= texts.str.fullmatch(r"\d(?:\.\d+)?[eE]\+\d+").fillna(False).to_numpy(dtype=bool)
        if pd.api.types.is_float_dtype(cells.dtype):
            lost |= (cells.abs() >= _EXACT).to_numpy(dtype=bool)
        elif cells.dtype == object:
            floats = cells.map(lambda cell: isinstance(cell, float) and abs(cell) >= _EXACT)
            lost |= floats.to_numpy(dtype=bool)
    marks = {"precision_lost": lost}
    if column.field.key == "parcel_id":
        marks["unusable"] = _no_ids(cells) | (texts.str.len() > _LONGEST_ID).to_numpy(dtype=bool)
    found = _marks(marks, cells.index)
    return Values(texts.mask(texts.index.isin(found.index), None), found)


def _no_ids(cells: pd.Series) -> np.ndarray:
    """Mark texts that cannot name a parcel: control signs inside, or a list or object of JSON."""
    if _all_plain(cells):
        odd = cells.str.contains(_NO_PLAIN_ID).fillna(False)
    else:
        raw = cells.map(lambda cell: cell if isinstance(cell, str) else "").astype(object)
        odd = raw.map(lambda cell: _NO_ID.search(cell.strip()) is not None)
    return odd.to_numpy(dtype=bool)


def _number(cells: pd.Series, column: Column) -> Values:
    if pd.api.types.is_numeric_dtype(cells.dtype) and not pd.api.types.is_bool_dtype(cells.dtype):
        numbers = cells.astype("float64") * column.factor
        unread = np.zeros(len(cells), dtype=bool)
    else:
        numbers, unread = _parsed_numbers(cells, column)
    with np.errstate(invalid="ignore"):
        values = numbers.to_numpy(dtype="float64")
        beyond = np.isinf(values)
        if column.field.type == "int":
            beyond |= np.abs(values) >= _EXACT
        if column.field.minimum is not None:
            beyond |= values < column.field.minimum
        if column.field.maximum is not None:
            beyond |= values > column.field.maximum
    broken = np.zeros(len(cells), dtype=bool)
    if column.field.type == "int":
        broken = np.mod(np.where(np.isfinite(values), values, 0.0), 1) != 0
    numbers = numbers.mask(beyond | broken)
    marks = _marks({"not_number": unread | broken, "out_of_range": beyond}, cells.index)
    return Values(numbers.astype("Int64") if column.field.type == "int" else numbers, marks)


def _parsed_numbers(cells: pd.Series, column: Column) -> tuple[pd.Series, np.ndarray]:
    """Read numbers in text: thousands separators, full width, a unit behind the number."""
    codes, distinct = pd.factorize(plain_text(cells), use_na_sentinel=True)
    texts = pd.Series(distinct, dtype=object).astype("str")
    texts = texts.str.normalize("NFKC").str.replace(r"[,\s]", "", regex=True)
    parts = texts.str.extract(r"^([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)(.*)$")
    numbers = pd.to_numeric(parts[0], errors="coerce")
    units = parts[1].fillna("").str.lower()
    factors = {
        unit: column.factor if unit == "" else unit_factor(unit, column.field.unit)
        for unit in units.unique()
    }
    numbers = numbers * units.map(factors).astype("float64")
    blank = texts.str.lower().isin(BLANKS).to_numpy(dtype=bool)
    unread = numbers.isna().to_numpy() & ~blank
    table = np.append(numbers.to_numpy(dtype="float64"), np.nan)
    flags = np.append(unread, False)
    return pd.Series(table[codes], index=cells.index, dtype="float64"), flags[codes]


def _date(cells: pd.Series, _: Column) -> Values:
    if pd.api.types.is_datetime64_any_dtype(cells.dtype):
        days = cells.dt.tz_localize(None) if cells.dt.tz is not None else cells
        days = days.astype("datetime64[us]").dt.normalize()
        unread = np.zeros(len(cells), dtype=bool)
    else:
        codes, distinct = pd.factorize(plain_text(cells), use_na_sentinel=True)
        texts = pd.Series(distinct, dtype=object).astype("str").str.normalize("NFKC")
        parts = texts.str.extract(_DATE)
        joined = parts[0] + "-" + parts[1].str.zfill(2) + "-" + parts[2].str.zfill(2)
        parsed = pd.to_datetime(joined, format="%Y-%m-%d", errors="coerce")
        blank = texts.str.lower().isin(BLANKS).to_numpy(dtype=bool)
        flags = np.append(parsed.isna().to_numpy() & ~blank, False)
        table = np.append(parsed.to_numpy(dtype="datetime64[us]"), np.datetime64("NaT", "us"))
        days, unread = pd.Series(table[codes], index=cells.index), flags[codes]
    beyond = ((days < _FIRST_DAY) | (days > _LAST_DAY)).to_numpy(dtype=bool)
    marks = _marks({"not_date": unread, "out_of_range": beyond}, cells.index)
    return Values(days.mask(beyond).astype("datetime64[ns]"), marks)


def _bool(cells: pd.Series, _: Column) -> Values:
    if pd.api.types.is_bool_dtype(cells.dtype):
        return Values(cells.astype("boolean"), _marks({}, cells.index))
    known: dict[str, bool] = dict.fromkeys(_YES, True) | dict.fromkeys(_NO, False)
    values, bad = _looked_up(cells, lambda text: known.get(text.strip().lower()))
    return Values(values.astype("boolean"), _marks({"not_bool": bad}, cells.index))


def _enum(cells: pd.Series, column: Column) -> Values:
    known = enum_spellings(str(column.field.enum))
    values, bad = _looked_up(cells, lambda text: known.get(normal_heading(text)))
    return Values(values, _marks({"not_enum": bad}, cells.index))


def _looked_up(cells: pd.Series, find: Callable[[str], Any]) -> tuple[pd.Series, np.ndarray]:
    """Look up each distinct text once; bad where there is text that is not found."""
    codes, distinct = pd.factorize(plain_text(cells), use_na_sentinel=True)
    found = [find(str(text)) for text in distinct]
    blank = [str(text).lower() in BLANKS for text in distinct]
    missed = [value is None and not skip for value, skip in zip(found, blank, strict=True)]
    flags = np.append(np.array(missed, dtype=bool), False)
    return pd.Series(_spread(codes, found), index=cells.index, dtype=object), flags[codes]
