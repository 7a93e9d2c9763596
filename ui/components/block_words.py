"""Blocks in words: their names, figures with what is unknown, and swatches of the map's colours."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from data import schema
from ui import overlays
from ui.text import language, t
from ui.text.numbers import UNKNOWN, known, number

_STANDARD = re.compile(r"[0-9]{12}[A-Z]{2}[0-9]{5}")
_COUNTY = 6
"""Digits of a parcel's number that all parcels of the county share."""


def block_name(block_id: str, towns: Sequence[str]) -> str:
    """Name a block for people: where it lies, and its number without that of the county.

    No two blocks of a county share a name, and a block has the same name on every page.

    Examples
    --------
    >>> block_name("B-330381001001GB00012", ("塘下镇",))
    '塘下镇 001001GB00012'
    >>> block_name("B-330381001001GB00012/2", ())
    '001001GB00012/2'
    """
    where = t("filter.comma").join(towns) if len(towns) else ""
    told = block_id.removeprefix("B-")
    return f"{where} {told[_COUNTY:] if _STANDARD.match(told) else told}".strip()


def money(row: pd.Series, figure: str = "cost_wan") -> str:
    """Write a sum of money of a block, in 万元."""
    return told_money(row.get(figure), row.get(f"{figure}_unknown", 0))


def told_money(value: Any, unknown: int, *, unit: bool = True) -> str:
    """Write a sum with what it does not count: at least so much where some is unknown."""
    if not known(value):
        return UNKNOWN
    told = t("unit.wan", n=number(value)) if unit else number(value)
    return t("blocks.at_least", n=told) if unknown else told


def classes(codes: Iterable[str]) -> str:
    """Write classes of land by their names."""
    names = [schema.enum_label("low_class", code, language()) for code in codes]
    return t("filter.comma").join(names) or UNKNOWN


def share(value: Any) -> str:
    """Write a share as a percentage; unknown is a dash."""
    return f"{number(100 * value)}%" if known(value) and not math.isnan(value) else UNKNOWN


def keys(kinds: Sequence[tuple[str, str]]) -> None:
    """Draw the key to the shapes over the map: kind of overlay and its name."""
    parts = []
    for kind, name in kinds:
        style = overlays.STYLES[kind]
        dashed = ";border-top-style:dashed" if style.hatch in ("dashed", "barred") else ""
        swatch = f'<span class="m-swatch" style="border-color:{style.fill}{dashed}"></span>'
        if (tint := overlays.TINTS.get(style.hatch)) is not None:
            line = "dashed" if style.hatch == "barred" else "solid"
            tinted = f"color-mix(in srgb, {style.fill} {100 * tint:.0f}%, transparent)"
            swatch = (
                f'<span class="m-swatch m-filled" style="border:2px {line} {style.fill};'
                f'background:{tinted}"></span>'
            )
        parts.append(f'<span class="m-key">{swatch}{name}</span>')
    st.html(f'<div class="m-keys">{"".join(parts)}</div>')
