"""Cells to values, a column at a time; what cannot be read is told apart from what is empty."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from data.intake_codes import (
    BRACKETS,
    MASKS,
    SEVERAL,
    SPOILT,
    UNPLAIN,
    WIDE,
    credit_code,
    firm_name,
    good_codes,
    half_width,
    is_masked,
    owners_in,
)
from data.intake_columns import Column, unit_factor
from data.intake_dates import Day, read_day
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
_THOUSANDS = r"^[+-]?\d{1,3}(?:,\d{3})+(?![\d,])"
_FIRST_DAY, _LAST_DAY = pd.Timestamp("1949-10-01"), pd.Timestamp("2199-12-31")
ERRORS = re.compile(
    r"#(?:REF!|DIV/0!|N/A|VALUE!|NAME\?|NUM!|NULL!|SPILL!|CALC!|FIELD!|GETTING_DATA|UNCOMPUTED!)"
)
"""What a workbook shows where a formula failed, or was never computed."""
NAMES = frozenset({"owner", "land_user", "firm_name"})
"""Fields that hold the name of a firm or a person."""


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
    notes : Series of str
        How each cell was brought to the one spelling that is kept, where it had another, and
        what is odd about a value that is kept: on those rows only.
    """

    values: pd.Series
    bad: pd.Series
    notes: pd.Series = field(default_factory=lambda: pd.Series(dtype=object))


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
    errors = _errors(cells)
    if not errors.any():
        return readers[column.field.type](cells, column)
    found = readers[column.field.type](cells.mask(errors, None), column)
    marks = {"error_cell": errors} | {k: _at(found.bad, k, cells.index) for k in set(found.bad)}
    return Values(found.values, _marks(marks, cells.index), found.notes)


def _errors(cells: pd.Series) -> np.ndarray:
    """Mark cells that show an error of the workbook."""
    if cells.dtype != object and not isinstance(cells.dtype, pd.StringDtype):
        return np.zeros(len(cells), dtype=bool)
    if isinstance(cells.dtype, pd.StringDtype):
        texts = pa.array(cells, type=pa.large_string(), from_pandas=True)
        if not pc.any(pc.starts_with(texts, "#"), min_count=0).as_py():
            return np.zeros(len(cells), dtype=bool)
    return np.fromiter(
        (isinstance(cell, str) and ERRORS.fullmatch(cell.strip()) is not None for cell in cells),
        dtype=bool,
        count=len(cells),
    )


def _at(bad: pd.Series, kind: str, index: pd.Index) -> np.ndarray:
    return index.isin(bad.index[bad == kind])


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
    key, plain = column.field.key, plain_text(cells)
    texts, lost = plain, np.zeros(len(cells), dtype=bool)
    if column.field.type == "code" or key.endswith(("_id", "_no", "_uscc")):
        if key == "owner_uscc":
            texts = _each(texts, credit_code, UNPLAIN)
        else:
            texts = _each(texts, half_width, WIDE)
        texts = texts.where(~texts.str.lower().isin(BLANKS), None)
        # 3.30381E+18, or a number of more digits than a cell of a workbook holds.
        lost |= _told(texts, lambda some: _where(some, _is_spoilt, SPOILT))
        if pd.api.types.is_float_dtype(cells.dtype):
            lost |= (cells.abs() >= _EXACT).to_numpy(dtype=bool)
        elif cells.dtype == object:
            floats = cells.map(lambda cell: isinstance(cell, float) and abs(cell) >= _EXACT)
            lost |= floats.to_numpy(dtype=bool)
    elif key in NAMES:
        texts = _each(texts, firm_name, BRACKETS)
    marks = {"precision_lost": lost}
    if key == "parcel_id":
        marks["unusable"] = _no_ids(cells) | (texts.str.len() > _LONGEST_ID).to_numpy(dtype=bool)
    found = _marks(marks, cells.index)
    values = texts.mask(texts.index.isin(found.index), None)
    return Values(values, found, _text_notes(cells, plain, values, key))


def _each(texts: pd.Series, plain: Callable[[str], str], unplain: re.Pattern[str]) -> pd.Series:
    """Bring each distinct text to one spelling; in no time where no sign of any is unplain."""
    codes, distinct = pd.factorize(texts, use_na_sentinel=True)
    if not unplain.search("".join(distinct)):
        return texts
    done = [plain(str(text)) or None for text in distinct]
    return pd.Series(_spread(codes, done), index=texts.index, dtype=object)


def _text_notes(cells: pd.Series, plain: pd.Series, values: pd.Series, key: str) -> pd.Series:
    """Say how texts were respelt, and which credit codes and names are odd."""
    kept = values.notna().to_numpy(dtype=bool)
    respelt = kept & (plain.to_numpy(dtype=object) != values.to_numpy(dtype=object))
    trimmed = np.zeros(len(cells), dtype=bool)
    if not _all_plain(cells):
        raw = cells.to_numpy(dtype=object)
        said = np.array([isinstance(cell, str) for cell in raw], dtype=bool)
        trimmed = said & kept & (raw != plain.to_numpy(dtype=object))
    marks: dict[str, np.ndarray] = {}
    if key == "owner_uscc":
        marks["uscc_check"] = kept & ~_told(values, good_codes)
    if key in NAMES:
        marks["owner_masked"] = _told(values, lambda texts: _where(texts, is_masked, MASKS))
        several = _told(values, lambda texts: _where(texts, _are_several, SEVERAL))
        marks["owners_several"] = several
    marks["brackets" if key in NAMES else "full_width"] = respelt
    marks["blanks"] = trimmed
    return _marks(marks, cells.index)


def _are_several(text: str) -> bool:
    return len(owners_in(text)) > 1


def _is_spoilt(text: str) -> bool:
    return SPOILT.fullmatch(text) is not None


def _where(texts: list[str], test: Callable[[str], bool], sign: re.Pattern[str]) -> np.ndarray:
    """Test each text; none passes where the sign is in none."""
    if not sign.search("\0".join(texts)):
        return np.zeros(len(texts), dtype=bool)
    return np.array([sign.search(text) is not None and test(text) for text in texts], dtype=bool)


def _told(values: pd.Series, test: Callable[[list[str]], np.ndarray]) -> np.ndarray:
    """Ask each distinct text; False where there is none."""
    codes, distinct = pd.factorize(values, use_na_sentinel=True)
    answers = np.append(test([str(text) for text in distinct]), False)
    return np.asarray(answers[codes], dtype=bool)


def _no_ids(cells: pd.Series) -> np.ndarray:
    """Mark texts that cannot name a parcel: control signs inside, or a list or object of JSON."""
    if _all_plain(cells):
        odd = cells.str.contains(_NO_PLAIN_ID).fillna(False)
    else:
        raw = cells.map(lambda cell: cell if isinstance(cell, str) else "").astype(object)
        odd = raw.map(lambda cell: _NO_ID.search(cell.strip()) is not None)
    return odd.to_numpy(dtype=bool)


def _number(cells: pd.Series, column: Column) -> Values:
    notes = pd.Series(dtype=object)
    if pd.api.types.is_numeric_dtype(cells.dtype) and not pd.api.types.is_bool_dtype(cells.dtype):
        numbers = cells.astype("float64") * column.factor
        unread = np.zeros(len(cells), dtype=bool)
    else:
        numbers, unread, notes = _parsed_numbers(cells, column)
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
    typed = numbers.astype("Int64") if column.field.type == "int" else numbers
    return Values(typed, marks, notes[~notes.index.isin(marks.index)])


def _parsed_numbers(cells: pd.Series, column: Column) -> tuple[pd.Series, np.ndarray, pd.Series]:
    """Read numbers in text: thousands separators, full width, a unit behind the number."""
    codes, distinct = pd.factorize(plain_text(cells), use_na_sentinel=True)
    given = pd.Series(distinct, dtype=object).astype("str")
    texts = given.str.normalize("NFKC").str.replace(r"\s", "", regex=True)
    grouped = texts.str.contains(_THOUSANDS, regex=True)
    texts = texts.mask(grouped, texts.str.replace(",", "", regex=False))
    parts = texts.str.extract(r"^([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)(.*)$")
    numbers = pd.to_numeric(parts[0], errors="coerce")
    units = parts[1].fillna("").str.lower()
    factors = {
        unit: column.factor if unit == "" else unit_factor(unit, column.field.unit)
        for unit in units.unique()
    }
    by_unit = units.map(factors).astype("float64")
    numbers = numbers * by_unit
    blank = texts.str.lower().isin(BLANKS).to_numpy(dtype=bool)
    unread = numbers.isna().to_numpy() & ~blank
    table = np.append(numbers.to_numpy(dtype="float64"), np.nan)
    flags = np.append(unread, False)
    another = (by_unit.to_numpy() != column.factor) & ~unread & ~blank
    wide = given.map(lambda text: half_width(text) != text).to_numpy(dtype=bool)
    told = {"cell_unit": another, "full_width": wide & ~blank}
    told["thousands"] = grouped.to_numpy(dtype=bool)
    notes = _marks({k: np.append(mask, False)[codes] for k, mask in told.items()}, cells.index)
    return pd.Series(table[codes], index=cells.index, dtype="float64"), flags[codes], notes


def _date(cells: pd.Series, column: Column) -> Values:
    notes = pd.Series(dtype=object)
    if pd.api.types.is_datetime64_any_dtype(cells.dtype):
        days = cells.dt.tz_localize(None) if cells.dt.tz is not None else cells
        days = days.astype("datetime64[us]").dt.normalize()
        unread = np.zeros(len(cells), dtype=bool)
    else:
        days, unread, notes = _parsed_days(cells, whole=column.field.key == "occurred_on")
    beyond = ((days < _FIRST_DAY) | (days > _LAST_DAY)).to_numpy(dtype=bool)
    marks = _marks({"not_date": unread, "out_of_range": beyond}, cells.index)
    values = days.mask(beyond).astype("datetime64[ns]")
    return Values(values, marks, notes[~notes.index.isin(marks.index)])


def _parsed_days(cells: pd.Series, *, whole: bool) -> tuple[pd.Series, np.ndarray, pd.Series]:
    """Read days in text; ``whole`` refuses those that name only a month."""
    codes, distinct = pd.factorize(plain_text(cells), use_na_sentinel=True)
    numeric = {str(cell) for cell in cells if isinstance(cell, float)}
    found: list[Day] = []
    for text in distinct:
        plain = unicodedata.normalize("NFKC", str(text))
        found.append(read_day(plain, whole=whole, number=str(text) in numeric))
    blank = np.array([str(text).lower() in BLANKS for text in distinct], dtype=bool)
    days = [np.datetime64("NaT") if one.day is None else one.day for one in found]
    table = np.append(np.array(days, dtype="datetime64[us]"), np.datetime64("NaT", "us"))
    flags = np.append(np.isnat(table[:-1]) & ~blank, False)
    notes = pd.Series(_spread(codes, [one.how for one in found]), cells.index, dtype=object)
    return pd.Series(table[codes], index=cells.index), flags[codes], notes[notes.notna()]


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
