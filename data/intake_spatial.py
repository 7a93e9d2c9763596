"""Checks of geometry at the door: what cannot be measured is rejected with its reason."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from data.intake_issues import IssueLog
from gis.errors import Words
from gis.fit import beyond_degrees
from gis.repairs import areas_told, propose, reason_words
from gis.validity import finite, single, valid

SHAPES = {
    "polygon": ((3, 6), Words("面", "polygons")),
    "line": ((1, 2, 5), Words("线", "lines")),
    "point": ((0, 4), Words("点", "points")),
    "polygon_or_line": ((3, 6, 1, 2, 5), Words("面或线", "polygons or lines")),
}
"""Kinds of geometry that a layer can want: type numbers, and what they are called."""

_SAME_DEG = 2e-9  # 0.2 mm: below it two surveys are one (GeoJSON keeps nine decimals)


def wrong_shape(geometry: gpd.GeoSeries, shape: str) -> np.ndarray:
    """Say which rows have a geometry, but of another kind than wanted (a key of `SHAPES`)."""
    kinds = shapely.get_type_id(np.asarray(geometry.array))
    return np.asarray((kinds >= 0) & ~np.isin(kinds, SHAPES[shape][0]))


def reject_geometry(geometry: gpd.GeoSeries, *, shape: str, log: IssueLog) -> pd.Series:
    """Say which rows cannot be taken, and log why.

    Parameters
    ----------
    geometry : GeoSeries
        Indexed by row number, in EPSG:4490.
    shape : str
        The kind of geometry that is wanted, a key of `SHAPES`.
    log : IssueLog
        Takes exactly one record for each rejected row.

    Returns
    -------
    Series of bool
        True where the row is rejected.
    """
    values = np.asarray(geometry.array)
    missing = shapely.is_missing(values)
    empty = shapely.is_empty(values)
    endless = ~finite(values)
    distant = beyond_degrees(values)
    wrong = wrong_shape(geometry, shape)
    usable = ~(missing | empty | endless | distant | wrong)
    invalid, flat = np.zeros_like(empty), np.zeros_like(empty)
    invalid[usable] = ~valid(values[usable])
    areal = np.isin(shapely.get_type_id(values), SHAPES["polygon"][0])
    flat[usable] = areal[usable] & (shapely.area(values[usable]) == 0)
    holed = invalid.copy()
    holed[invalid] = [
        reason.startswith("Hole lies outside")
        for reason in shapely.is_valid_reason(values[invalid])
    ]
    done = np.zeros_like(empty)
    for kind, mask in (
        ("geometry_missing", missing),
        ("geometry_empty", empty),
        ("geometry_not_finite", endless),
        ("geometry_beyond_globe", distant),
        ("geometry_wrong_type", wrong),
        ("geometry_no_area", flat),
        ("geometry_hole_outside", holed),
        ("geometry_invalid", invalid),
    ):
        here = mask & ~done
        details: list[Words] | None = None
        if kind in ("geometry_invalid", "geometry_hole_outside"):
            details = _reasons(values[here])
        if kind == "geometry_beyond_globe":
            details = _corners(values[here])
        if kind == "geometry_wrong_type":
            wanted = SHAPES[shape][1]
            details = [Words(f"应为{wanted}", f"{wanted.en} are wanted")] * int(here.sum())
        log.add(kind, geometry.index[here], detail=details, field_key="geometry")
        done |= here
    return pd.Series(done, index=geometry.index)


def _corners(far: np.ndarray) -> list[Words]:
    """Return the extent of shapes beyond the globe, so that the vertex can be found."""
    spans = [(f"{a:.6g}, {b:.6g}", f"{c:.6g}, {d:.6g}") for a, b, c, d in shapely.bounds(far)]
    return [Words(f"坐标自 {a} 至 {b}", f"coordinates from {a} to {b}") for a, b in spans]


def _reasons(broken: np.ndarray) -> list[Words]:
    """Say what is wrong with broken polygons, and what a repair would make of their area."""
    words = reason_words(shapely.is_valid_reason(broken))
    found = propose(gpd.GeoSeries(broken, crs=4490))
    told = dict(zip(found.index, areas_told(found), strict=True))
    return [
        Words(f"{told[at]}（可修复，须经确认）", f"{told[at].en} (to be repaired once accepted)")
        if at in told
        else Words(f"{text}；无法修复", f"{text.en}; cannot be repaired")
        for at, text in enumerate(words)
    ]


def same_geometry(new: gpd.GeoSeries, old: gpd.GeoSeries) -> np.ndarray:
    """Say row by row whether two polygons are the same to 0.2 mm, wherever their rings begin."""
    mine, theirs = single(np.asarray(new.array)), single(np.asarray(old.array))
    same = shapely.equals_exact(mine, theirs, tolerance=_SAME_DEG)
    rest = ~same
    same[rest] = shapely.equals_exact(
        shapely.normalize(mine[rest]), shapely.normalize(theirs[rest]), tolerance=_SAME_DEG
    )
    return np.asarray(same)
