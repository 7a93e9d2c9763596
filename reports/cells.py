"""Text on its way into a cell: whatever it says, it stays text."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd

CELL_LIMIT = 32_767
"""Characters that a worksheet cell holds."""

_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_STARTS_FORMULA = re.compile(r"^\s*[=+\-@＝＋－＠]|^[\t\r\n]")


def clean_text(value: Any, *, limit: int | None = CELL_LIMIT) -> str | None:
    r"""Return a value as text that a sheet can hold; None where it is unknown or empty.

    Control characters, which XML forbids, are shown as □ rather than dropped, and text beyond
    the limit ends in … (`is_cut` finds such text again).

    Examples
    --------
    >>> clean_text("瑞\x00立"), clean_text(None), clean_text("")
    ('瑞□立', None, None)
    """
    if value is None or value is pd.NA or value is pd.NaT or value != value:
        return None
    text = _ILLEGAL.sub("□", str(value))
    if limit is not None and len(text) > limit:
        text = text[: limit - 1] + "…"
    return text or None


def is_cut(value: Any) -> bool:
    """Say whether `clean_text` cut the text at the limit of a cell.

    Examples
    --------
    >>> is_cut(clean_text("长" * 40_000)), is_cut(clean_text("长" * 32_767))
    (True, False)
    """
    return isinstance(value, str) and len(value) == CELL_LIMIT and value.endswith("…")


def csv_text(value: str | None) -> str:
    """Return text for a CSV cell: on one line, and with an apostrophe where Excel would compute.

    Excel and other programs take a cell of a CSV file that starts with ``= + - @`` (also in
    full width), a tab or a line break as a formula. An apostrophe in front makes it text, the way
    commonly advised; it is part of the cell then, so lists that are to be read back are better
    taken as a workbook.

    Examples
    --------
    >>> csv_text("=1+1"), csv_text("瑞立集团"), csv_text(None)
    ("'=1+1", '瑞立集团', '')
    """
    if value is None:
        return ""
    guarded = f"'{value}" if _STARTS_FORMULA.match(value) else value
    return " ".join(guarded.splitlines()) if len(guarded.splitlines()) > 1 else guarded
