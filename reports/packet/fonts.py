"""The Chinese font that comes with the program: maps are right on a computer that has none."""

from __future__ import annotations

import base64
import io
from functools import cache
from importlib.resources import files
from typing import Any

from fontTools import subset
from fontTools.ttLib import TTFont
from PIL import ImageFont

_PACKAGE, _FILE = "pylopdf_fonts_zh_cn", "NotoSansSC-Regular.otf"
"""Noto Sans SC, under the SIL Open Font License 1.1; only its files are used."""

_UNUSED = ("GPOS", "GSUB", "GDEF", "BASE", "VORG", "vhea", "vmtx", "DSIG")
"""Tables that plain horizontal text does without; reading them takes most of the time."""


@cache
def font(size: int) -> ImageFont.FreeTypeFont:
    """Return the font in a size in pixels, laid out the same on every computer."""
    path = files(_PACKAGE) / _FILE
    return ImageFont.truetype(
        io.BytesIO(path.read_bytes()), size, layout_engine=ImageFont.Layout.BASIC
    )


def font_for(said: str) -> str:
    """Return as base64 a WOFF font that holds just the letters of a text.

    Letters that the font lacks are left out. The same letters give the same bytes.

    Examples
    --------
    >>> font_for("亩图")[:4] == base64.b64encode(b"wOFF")[:4].decode()
    True
    """
    return base64.b64encode(subset_font(said, flavor="woff")).decode("ascii")


def subset_font(said: str, *, flavor: str | None = None) -> bytes:
    """Return a font that holds just the letters of a text, as OpenType or in another flavor."""
    made: Any = TTFont(
        io.BytesIO((files(_PACKAGE) / _FILE).read_bytes()),
        recalcTimestamp=False,
        recalcBBoxes=False,
    )
    for table in _UNUSED:
        if table in made:
            del made[table]
    options = subset.Options(hinting=True)
    maker = subset.Subsetter(options)
    maker.populate(text="".join(sorted(set(said))))
    maker.subset(made)
    made.flavor = flavor
    told = io.BytesIO()
    made.save(told)
    return told.getvalue()
