"""What parcels can be coloured by beyond the register's own facts: computed once, then kept."""

from __future__ import annotations

from collections.abc import Callable

import geopandas as gpd
import pandas as pd

from analysis.desk import far_class
from layers.styles import EXTRA_THEMES, THEME_FIELD, THEMES
from ui.desk import Desk
from ui.measured import Basis, ratio_on
from ui.screened import screened


def _far(basis: Basis) -> Callable[[Desk], pd.Series]:
    return lambda desk: far_class(ratio_on(desk, basis))


MAKERS: dict[str, Callable[[Desk], pd.Series]] = {
    "far_computed": _far("computed"),
    "far_surveyed": _far("surveyed"),
    "far_estimated": _far("estimated"),
    "verdict": lambda desk: screened(desk)["class"],
}
"""What makes the field of a theme that the desk's frame does not hold, by parcel."""


def themed(
    desk: Desk, themes: tuple[str, ...], frame: gpd.GeoDataFrame | None = None
) -> gpd.GeoDataFrame:
    """Return the desk's frame (or the rows given) with the field of every theme."""
    rows = desk.frame if frame is None else frame
    extra = [name for name in themes if name in EXTRA_THEMES]
    if not extra:
        return rows
    fields = {
        THEME_FIELD[name]: desk.kept(("theme", name), lambda name=name: MAKERS[name](desk))  # type: ignore[misc]
        for name in extra
    }
    return rows.assign(**{field: values.reindex(rows.index) for field, values in fields.items()})


def themes_word(themes: tuple[str, ...]) -> str:
    """Name themes in an address; nothing for those of the map page."""
    return "" if themes == THEMES else ",".join(themes)


def themes_of(word: str | None) -> tuple[str, ...]:
    """Read themes from an address: those known, the map page's where none is."""
    known = tuple(name for name in (word or "").split(",") if name in MAKERS or name in THEMES)
    return known or THEMES
