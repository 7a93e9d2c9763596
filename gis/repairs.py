"""Repairs of polygons: proposed with the area before and after, never applied on their own."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gis.area import ellipsoidal_area_m2
from gis.errors import Words
from gis.validity import finite, valid

REPAIR_COLUMNS = ("reason", "area_before_m2", "area_after_m2", "parts")

_POLYGON, _MULTIPOLYGON, _COLLECTION = 3, 6, 7


def mended(shapes: np.ndarray) -> np.ndarray:
    """Return valid polygons and multipolygons that cover what the given ones enclose.

    Parameters
    ----------
    shapes : ndarray of geometry
        Valid ones come back as they are; lines and points that a repair leaves are dropped.

    Returns
    -------
    ndarray of geometry
        None where nothing of the shape has an area, and where it is missing.

    Examples
    --------
    >>> bow = shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])
    >>> mended(np.array([bow]))[0].area
    2.0
    """
    result = np.array(shapes, dtype=object)
    known = finite(result)
    result[~known] = None
    broken = known & ~valid(result)
    result[broken] = shapely.make_valid(result[broken])
    mixed = np.flatnonzero(broken & ~np.isin(shapely.get_type_id(result), (3, 6)))
    for at in mixed:  # a handful: repairs that left lines beside the polygons
        result[at] = _polygons_in(result[at])
    return result


def _polygons_in(shape: shapely.Geometry) -> shapely.Geometry | None:
    parts = shapely.get_parts(shapely.get_parts(shape))
    parts = parts[shapely.get_type_id(parts) == _POLYGON]
    return shapely.union_all(parts) if len(parts) else None


def propose(geometry: gpd.GeoSeries) -> gpd.GeoDataFrame:
    """Propose a repair for every polygon that is not valid.

    Parameters
    ----------
    geometry : GeoSeries
        Polygons in EPSG:4490, whatever their validity. Other kinds of geometry, missing and
        endless ones are passed over.

    Returns
    -------
    GeoDataFrame
        On the index of the broken ones: ``reason`` (of GEOS, in English), ``area_before_m2`` (what
        the rings as they stand add up to), ``area_after_m2``, ``parts`` and the repaired
        geometry. What encloses no area has no repair and is left out.

    Examples
    --------
    >>> bow = shapely.Polygon([(120, 27), (120.001, 27.001), (120.001, 27), (120, 27.001)])
    >>> found = propose(gpd.GeoSeries([bow, shapely.box(120, 27, 121, 28)], crs=4490))
    >>> found["area_before_m2"].round(0).tolist(), found["parts"].tolist()
    ([0.0], [2])
    """
    values = np.asarray(geometry.array)
    usable = np.isin(shapely.get_type_id(values), (_POLYGON, _MULTIPOLYGON))
    usable[usable] = finite(values[usable])
    usable[usable] = ~valid(values[usable])
    broken = geometry[usable]
    whole = gpd.GeoSeries(mended(np.asarray(broken.array)), index=broken.index, crs=geometry.crs)
    frame = gpd.GeoDataFrame(
        {
            "reason": shapely.is_valid_reason(np.asarray(broken.array)),
            "area_before_m2": ellipsoidal_area_m2(broken),
            "area_after_m2": ellipsoidal_area_m2(whole),
            "parts": shapely.get_num_geometries(np.asarray(whole.array)),
        },
        geometry=whole,
        index=broken.index,
        crs=geometry.crs,
    )
    return frame[(frame["area_after_m2"] > 0).to_numpy(dtype=bool)]


def areas_told(proposals: gpd.GeoDataFrame) -> list[Words]:
    """Say for each proposal what is wrong, and the area before and after."""
    reasons = reason_words(proposals["reason"])
    before, after = proposals["area_before_m2"], proposals["area_after_m2"]
    return [
        Words(f"{reason}；面积 {a:,.1f} → {b:,.1f} m²", f"{reason.en}; area {a:,.1f} → {b:,.1f} m²")
        for reason, a, b in zip(reasons, before, after, strict=True)
    ]


def reason_words(reasons: pd.Series | np.ndarray) -> list[Words]:
    """Say GEOS' reasons in both languages, with the place; the Chinese names the English words.

    Examples
    --------
    >>> reason_words(np.array(["Self-intersection[120.5 27.7]"]))
    ['边线自相交，位置 120.5 27.7（Self-intersection）']
    """
    return [_words(str(reason)) for reason in reasons]


_REASONS = {
    "Self-intersection": "边线自相交",
    "Ring Self-intersection": "边线在一点自接触",
    "Hole lies outside shell": "洞在外圈之外",
    "Holes are nested": "洞套洞",
    "Nested shells": "外圈互相套叠",
    "Duplicate Rings": "圈重复",
    "Too few points in geometry component": "界址点太少",
    "Interior is disconnected": "内部被洞隔断",
    "Invalid Coordinate": "坐标无效",
    "Ring is not closed": "圈不闭合",
}


def _words(reason: str) -> Words:
    name, _, rest = reason.partition("[")
    place = rest.rstrip("]")
    zh = f"，位置 {place}" if place else ""
    return Words(
        f"{_REASONS.get(name, '不合法')}{zh}（{name}）", f"{name} at {place}" if place else name
    )
