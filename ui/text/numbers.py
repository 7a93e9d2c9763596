"""Figures and names as they are read on screen: tabular, separated, and never zero for unknown."""

from __future__ import annotations

import datetime as dt
import math
import re
from typing import Any

import pandas as pd

from gis.area import to_mu
from ui.text import language, t

UNKNOWN = "—"

_PUNCTUATION = re.compile(r"([\\`*_{}\[\]()#+\-.!|~$<>&:=^\"'])")
_WORD_JOINER = "\u2060"


def known(value: Any) -> bool:
    """Whether ``value`` is known: not None, NaN, NaT, NA or an empty text.

    Examples
    --------
    >>> known(0), known(float("nan")), known(None), known("")
    (True, False, False, False)
    """
    if value is None or (isinstance(value, str) and not value.strip()):
        return False
    missing = pd.isna(value)
    return not missing if isinstance(missing, bool) else True


def number(value: float | None, decimals: int = 0) -> str:
    """Write a number with thousands separated; unknown is a dash, and -0 is 0.

    Examples
    --------
    >>> number(1214.25, 1), number(None), number(-0.01, 1)
    ('1,214.2', '—', '0.0')
    """
    if not known(value) or not math.isfinite(float(value)):  # type: ignore[arg-type]
        return UNKNOWN
    text = f"{float(value):,.{decimals}f}"  # type: ignore[arg-type]
    return text.lstrip("-") if not text.strip("-0.,") else text


def mu(area_m2: float | None, decimals: int = 1) -> str:
    """Write an area given in m² as 亩 with its unit.

    Examples
    --------
    >>> mu(1_200_000.0)
    '1,800.0 亩'
    >>> mu(None)
    '—'
    """
    if not known(area_m2):
        return UNKNOWN
    return t("unit.mu", n=number(to_mu(float(area_m2)), decimals))  # type: ignore[arg-type]


def parcels(count: int) -> str:
    """Write a count of parcels with its unit.

    Examples
    --------
    >>> parcels(1200)
    '1,200 宗'
    """
    return t("unit.parcel", n="1") if count == 1 else t("unit.parcels", n=number(count))


def far(value: float | None) -> str:
    """Write a plot ratio with two decimals; unknown is a dash."""
    return number(value, 2)


def day(value: Any) -> str:
    """Write a date as ISO; unknown is a dash.

    Examples
    --------
    >>> day(dt.date(2026, 10, 31)), day(None)
    ('2026-10-31', '—')
    """
    if not known(value):
        return UNKNOWN
    return pd.Timestamp(value).date().isoformat()


def month(value: dt.date | pd.Timestamp) -> str:
    """Name a month in the reader's words.

    Examples
    --------
    >>> month(dt.date(2026, 10, 31))
    '10 月'
    """
    if language() == "en":
        names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        return names[value.month - 1]
    return f"{value.month} 月"


def plain(text: Any) -> str:
    r"""Make a name from a file safe where Streamlit reads Markdown: it is shown, not obeyed.

    Escapes Markdown, HTML, mathematics and link signs, and breaks icon names, colour marks and
    arrows that Streamlit replaces after reading.

    Examples
    --------
    >>> plain("<b>*甲*</b>")
    '\\<b\\>\\*甲\\*\\</b\\>'
    >>> plain(None)
    '—'
    """
    if not known(text):
        return UNKNOWN
    one_line = " ".join(str(text).split())
    one_line = re.sub(r":(?=\S)", f":{_WORD_JOINER}", one_line)
    one_line = re.sub(r"([<>~-])(?=[-=>])", rf"\1{_WORD_JOINER}", one_line)
    one_line = re.sub(r"\b(www|https?|mailto)\b", rf"\1{_WORD_JOINER}", one_line, flags=re.I)
    return _PUNCTUATION.sub(r"\\\1", one_line)


def shorten(text: Any, limit: int = 40) -> str:
    """Cut a long name with an ellipsis where the whole is shown elsewhere.

    Examples
    --------
    >>> shorten("甲乙丙丁", 3)
    '甲乙…'
    """
    whole = str(text)
    return whole if len(whole) <= limit else whole[: limit - 1] + "…"
