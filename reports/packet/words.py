"""How a packet writes words, numbers, days and names."""

from __future__ import annotations

import math
from datetime import date
from typing import Any

import pandas as pd

from data import schema
from gis.area import to_mu
from reports.cells import clean_text
from reports.packet.vocabulary import WORDS

UNKNOWN = "—"


def say(key: str, lang: str, **parts: Any) -> str:
    """Return a word or sentence of the packet.

    Examples
    --------
    >>> say("month_name", "zh", n=3), say("monthly", "en")
    ('3月', 'Monthly review')
    """
    told = WORDS[key][1 if lang == "en" else 0]
    return told.format(**parts) if parts else told


def mu(area_m2: float | None, places: int = 1) -> str:
    """Return an area in 亩 as it is read, ``—`` where it is unknown.

    Examples
    --------
    >>> mu(2_000_000 / 3), mu(None), mu(float("nan"))
    ('1,000.0', '—', '—')
    """
    if area_m2 is None or not math.isfinite(area_m2):
        return UNKNOWN
    return f"{to_mu(area_m2) + 0.0:,.{places}f}"


def percent(share: float | None) -> str:
    """Return a chance in whole per cent, never as certain where it was only drawn.

    Examples
    --------
    >>> percent(0.123), percent(0.0), percent(0.9999), percent(None)
    ('12%', '< 1%', '> 99%', '—')
    """
    if share is None or not math.isfinite(share):
        return UNKNOWN
    if share < 0.01:
        return "< 1%"
    return "> 99%" if share > 0.99 else f"{100 * share:.0f}%"


def points(share: float | None) -> str:
    """Return a difference of chances in percentage points, ``—`` where it is unknown.

    Examples
    --------
    >>> points(0.1234), points(float("nan"))
    ('12.3', '—')
    """
    return UNKNOWN if share is None or not math.isfinite(share) else f"{100 * share:.1f}"


def text(value: Any, most: int | None = None) -> str:
    """Return a cell as text, ``—`` where it is unknown, cut to ``most`` letters.

    Examples
    --------
    >>> text(None), text("瑞立集团有限公司", 5)
    ('—', '瑞立集团…')
    """
    said = clean_text(value)
    if said is None:
        return UNKNOWN
    said = " ".join(said.split()) or UNKNOWN
    return said if most is None or len(said) <= most else said[: most - 1] + "…"


def name(value: Any, most: int) -> str:
    """Return a name cut in its middle: parcels of one park differ in their last letters.

    Examples
    --------
    >>> name("瑞安经济开发区（发展区）地块 174", 13)
    '瑞安经济开发…地块 174'
    """
    said = text(value)
    if len(said) <= most:
        return said
    end = most // 2
    return f"{said[: most - 1 - end]}…{said[-end:]}"


def day(value: Any) -> str:
    """Return a day as ISO text, ``—`` where there is none."""
    return UNKNOWN if value is None or pd.isna(value) else f"{pd.Timestamp(value):%Y-%m-%d}"


def long_day(value: date, lang: str) -> str:
    """Return a day as it is spoken of.

    Examples
    --------
    >>> long_day(date(2026, 9, 30), "zh"), long_day(date(2026, 9, 30), "en")
    ('2026 年 9 月 30 日', '30 September 2026')
    """
    if lang == "en":
        return f"{value.day} {_MONTHS[value.month - 1]} {value.year}"
    return f"{value.year} 年 {value.month} 月 {value.day} 日"


def month_name(number: int, lang: str) -> str:
    """Return the name of a month in a sentence.

    Examples
    --------
    >>> month_name(9, "zh"), month_name(9, "en")
    ('9 月', 'September')
    """
    return _MONTHS[number - 1] if lang == "en" else f"{number} 月"


def label(enum: str, code: Any, lang: str) -> str:
    """Return the name of a code, the words for "not given" where it is empty."""
    if code is None or pd.isna(code):
        return say("no_group", lang)
    return schema.enum_label(enum, str(code), lang)


_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
