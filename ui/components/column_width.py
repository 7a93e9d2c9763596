"""How wide a column of a table must be, so that neither its heading nor its text is cut."""

from __future__ import annotations

from collections.abc import Iterable

from ui.text.numbers import known

WIDE_PX, NARROW_PX = 13.2, 7.4
"""A Chinese character and a letter or digit in the type of the tables."""
ROOM_PX = 24
"""The margins of a cell, and the arrow of a sorted column."""
_WIDE_SIGNS = "“”‘’—…·"


def fitting(heading: str, values: Iterable[object] = (), *, most: int = 320) -> int:
    """Return the width in pixels that shows the heading and every value whole, ``most`` at most.

    The heading is never cut, whatever ``most`` says.

    Examples
    --------
    >>> fitting("阶段", ["方案批复", None])
    77
    >>> fitting("登记面积（亩）") == fitting("登记面积（亩）", ["1,234.56"])
    True
    """
    texts = {str(value) for value in values if known(value)}
    needed = max(map(_pixels, texts), default=0.0)
    return round(max(min(needed, most - ROOM_PX), _pixels(heading))) + ROOM_PX


def _pixels(text: str) -> float:
    return sum(
        WIDE_PX if ord(sign) > 0x2E7F or sign in _WIDE_SIGNS else NARROW_PX for sign in text[:200]
    )
