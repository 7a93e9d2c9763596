"""Dates as the bureaus write them; what names no day is told apart from what does."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

import numpy as np

_DIGITS = str.maketrans("〇○零一二三四五六七八九", "000123456789")
_TIME = r"(?:[T ]?\d{1,2}[:时]\d{1,2}.*)?$"
_DAY = re.compile(r"^(\d{4})(?:年|[-/.])(\d{1,2})(?:月|[-/.])(\d{1,2})[日号]?" + _TIME)
_PLAIN_DAY = re.compile(r"^(\d{4})(\d{2})(\d{2})" + _TIME)
_SHORT_DAY = re.compile(r"^['’]?(\d{2})年(\d{1,2})月(\d{1,2})[日号]?$")
_MONTH = re.compile(r"^(\d{4})(?:年|[-/.])(\d{1,2})月?(?:份)?$|^(\d{4})(\d{2})$")
_SHORT_MONTH = re.compile(r"^['’]?(\d{2})年(\d{1,2})月(?:份)?$")
_SERIAL = re.compile(r"^(\d{5})(?:\.\d+)?$")
_ISO = re.compile(r"^\d{4}-\d{2}-\d{2}(?!\d)")
_ONE = re.compile(r"^\d{4}\.1$")
_SERIAL_ZERO = np.datetime64("1899-12-30")
_PIVOT = 50  # 49年 is 2049, 50年 is 1950


@dataclass(frozen=True)
class Day:
    """A day as read, and how its spelling was brought to one (None: it was plain)."""

    day: np.datetime64 | None
    how: str | None = None


_NO_DAY = Day(None)


def read_day(text: str, *, whole: bool = False, number: bool = False) -> Day:
    """Read one spelling of a day.

    Parameters
    ----------
    text : str
        Half-width text without outer blanks.
    whole : bool
        Refuse what names only a month.
    number : bool
        The cell was a number, so that 2023.1 may have been 2023.10.

    Returns
    -------
    Day
        ``how`` is ``date_spelling``, ``date_short_year``, ``date_serial``, ``date_month`` (the
        first of the month stands for it) or None.

    Examples
    --------
    >>> [str(read_day(text).day) for text in ("20230601", "二〇二三年六月一日", "23年6月")]
    ['2023-06-01', '2023-06-01', '2023-06-01']
    >>> read_day("2023.6").how, read_day("45078"), read_day("2023.1", number=True).day
    ('date_month', Day(day=np.datetime64('2023-06-01'), how='date_serial'), None)
    """
    plain = _western(text)
    if found := _DAY.match(plain) or _PLAIN_DAY.match(plain):
        given = _ISO.match(plain) or _PLAIN_DAY.match(plain)
        return _made(found[1], found[2], found[3], None if given else "date_spelling")
    if found := _SHORT_DAY.match(plain):
        return _made(_year(found[1]), found[2], found[3], "date_short_year")
    if found := _SERIAL.match(plain):
        return Day(_SERIAL_ZERO + np.timedelta64(int(found[1]), "D"), "date_serial")
    if whole or (number and _ONE.match(plain)):
        return _NO_DAY
    if found := _MONTH.match(plain):
        return _made(found[1] or found[3], found[2] or found[4], "1", "date_month")
    if found := _SHORT_MONTH.match(plain):
        return _made(_year(found[1]), found[2], "1", "date_month")
    return _NO_DAY


def _made(year: str, month: str, day: str, how: str | None) -> Day:
    iso = f"{year}-{month.zfill(2)}-{day.zfill(2)}"
    try:
        return Day(np.datetime64(date.fromisoformat(iso), "D"), how)
    except ValueError:
        return _NO_DAY


def _year(short: str) -> str:
    return f"{'20' if int(short) < _PIVOT else '19'}{short}"


def _western(text: str) -> str:
    """Bring Chinese numerals of a date to digits and leave out blanks round its signs."""
    plain = re.sub(r"\s*([年月日号/.\-])\s*", r"\1", text)
    if "年" not in plain or not re.search("[〇○零一二三四五六七八九十]", plain):
        return plain
    plain = re.sub(r"([一二三])?十([一二三四五六七八九])?", _tens, plain)
    return plain.translate(_DIGITS)


def _tens(found: re.Match[str]) -> str:
    return f"{found[1] or '一'}{found[2] or '〇'}"
