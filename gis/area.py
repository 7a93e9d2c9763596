"""Areas on the CGCS2000 ellipsoid, and the only home of the 亩."""

from __future__ import annotations

from functools import lru_cache
from typing import TypeVar

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from gis.crs import COUNTY_CRS, METRIC_CRS, require_crs

M2_PER_MU = 2000 / 3
"""Square metres in one 亩 (15 亩 = 1 ha, exactly)."""

T = TypeVar("T", float, pd.Series)

_CGCS2000 = pyproj.Geod(a=6378137.0, rf=298.257222101)
_SPAN_M = 3_000.0  # one scale factor per polygon holds to 0.03 ppm up to here
_REACH_M = 150_000.0  # distance from the central meridian up to which the series is exact enough
_POLYGON, _FEWEST = 3, 4  # type number, and corners of a closed ring
_STEP_DEG = 0.005  # about 500 m: geodesic and straight edge agree to < 0.001 ppm


def to_mu(area_m2: T) -> T:
    """Convert square metres to 亩; NaN stays NaN.

    Examples
    --------
    >>> round(to_mu(1_200_000.0), 6)
    1800.0
    """
    return area_m2 / M2_PER_MU


def to_m2(area_mu: T) -> T:
    """Convert 亩 to square metres; NaN stays NaN.

    Examples
    --------
    >>> round(to_m2(15.0), 6)
    10000.0
    """
    return area_mu * M2_PER_MU


def ellipsoidal_area_m2(geometry: gpd.GeoSeries, *, plane: np.ndarray | None = None) -> pd.Series:
    """Area of each polygon on the CGCS2000 ellipsoid (椭球面积, the official 图斑 area).

    Parcel-sized polygons are measured in the plane of EPSG:4549 and divided by the square
    of the local scale factor (within 0.05 ppm of the geodesic area); polygons wider than
    3 km, or more than 150 km from the central meridian, are measured edge by edge.

    Parameters
    ----------
    geometry : GeoSeries
        Polygons with any declared coordinate system on CGCS2000 or WGS 84.
    plane : ndarray of geometry, optional
        The same polygons in EPSG:4549, where they are at hand.

    Returns
    -------
    Series
        ``geometry_area_m2`` in m² on the index of ``geometry``. Missing geometry is NaN,
        empty geometry, points and lines are 0; holes are subtracted. A geometry with
        coordinates that are not finite is NaN.

    Raises
    ------
    CrsMissingError
        If ``geometry`` declares no coordinate system.

    Notes
    -----
    Scale factor: ``k = 1 + y²/(2MN) + y⁴/(24(MN)²)``, y the distance from the meridian.

    Examples
    --------
    >>> from shapely.geometry import box
    >>> square = gpd.GeoSeries([box(500_000, 3_070_000, 500_100, 3_070_100)], crs=4549)
    >>> ellipsoidal_area_m2(square).round(3).tolist()
    [10000.0]
    """
    crs = require_crs(geometry)
    values = np.asarray(geometry.array)
    area = np.full(len(values), np.nan)
    lone = np.zeros(len(values), dtype=bool) if plane is not None else _lone_rings(values)
    if lone.any():
        area[lone] = _rings_measured(values[lone], crs)
        lone &= np.isfinite(area)
    rest = ~lone
    if rest.any():
        area[rest] = _shapes_measured(geometry[rest], None if plane is None else plane[rest])
    return pd.Series(area, index=geometry.index, name="geometry_area_m2")


def _lone_rings(values: np.ndarray) -> np.ndarray:
    """Say which shapes are polygons without a hole: what they measure is one sum over a ring."""
    holes = shapely.get_num_interior_rings(values)
    lone = (shapely.get_type_id(values) == _POLYGON) & (holes == 0)
    return np.asarray(lone & (shapely.get_num_coordinates(values) >= _FEWEST))


def _rings_measured(polygons: np.ndarray, crs: pyproj.CRS) -> np.ndarray:
    """Area of polygons without a hole from their corners; NaN for those to be measured otherwise.

    The same sums as over shapes in the plane, of which none has to be made.
    """
    corners, counts = shapely.get_coordinates(polygons), shapely.get_num_coordinates(polygons)
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        east, north = _to_plane(crs).transform(corners[:, 0], corners[:, 1])
        first = np.r_[0, np.cumsum(counts[:-1])]
        wide, high = (
            np.maximum.reduceat(side, first) - np.minimum.reduceat(side, first)
            for side in (east, north)
        )
        x, y = east - np.repeat(east[first], counts), north - np.repeat(north[first], counts)
        cross = np.append(x[:-1] * y[1:] - x[1:] * y[:-1], 0.0)  # 0 from one ring to the next
        doubled = np.add.reduceat(cross, first)
        moment = np.add.reduceat(cross * (x + np.append(x[1:], 0.0)), first)
        middle = east[first] + moment / (3 * doubled)
        area = np.abs(doubled) / 2 / _scale_of(middle, north[first]) ** 2
        far = np.abs(east[first] - 500_000) + wide
        plain = (np.maximum(wide, high) <= _SPAN_M) & (far <= _REACH_M) & (doubled != 0)
    return np.where(plain, area, np.nan)


@lru_cache(maxsize=16)
def _transformer(told: str) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(told, METRIC_CRS, always_xy=True)


def _to_plane(crs: pyproj.CRS) -> pyproj.Transformer:
    """Return what brings coordinates to EPSG:4549; PROJ takes a while to make it."""
    return _transformer(crs.to_wkt())


def _shapes_measured(geometry: gpd.GeoSeries, plane: np.ndarray | None) -> np.ndarray:
    """Area of any shapes, with those that are large or far away measured edge by edge."""
    if plane is None:
        plane = np.asarray(geometry.to_crs(METRIC_CRS).array)
    with np.errstate(invalid="ignore"):
        area = shapely.area(plane)
        bounds = shapely.bounds(plane)
    measurable = np.isfinite(bounds).all(axis=1)
    area[measurable] /= _scale_factor(plane[measurable]) ** 2
    with np.errstate(invalid="ignore"):
        span = np.maximum(bounds[:, 2] - bounds[:, 0], bounds[:, 3] - bounds[:, 1])
        far = np.maximum(np.abs(bounds[:, 0] - 500_000), np.abs(bounds[:, 2] - 500_000))
        exact = measurable & ((span > _SPAN_M) | (far > _REACH_M))
    exact |= np.isinf(bounds).any(axis=1)
    if exact.any():
        area[exact] = _geodesic_area(geometry[exact])
    area[shapely.is_missing(plane)] = np.nan
    return np.asarray(area)


def _scale_factor(plane: np.ndarray) -> np.ndarray:
    """Scale factor of EPSG:4549 at the centroid of each geometry."""
    centroid = shapely.centroid(plane)
    return _scale_of(shapely.get_x(centroid), shapely.get_y(centroid))


def _scale_of(east: np.ndarray, north: np.ndarray) -> np.ndarray:
    """Scale factor of EPSG:4549 at a place."""
    a, e2 = _CGCS2000.a, _CGCS2000.es
    y = east - 500_000
    # Latitude only weighs in through M·N, where 0.1° is worth 1e-5 of a correction of 1e-4.
    sin2 = np.sin(np.radians(north / 110_850)) ** 2
    mn = a * a * (1 - e2) / (1 - e2 * sin2) ** 2
    return np.asarray(1 + y * y / (2 * mn) + y**4 / (24 * mn * mn))


def _geodesic_area(geometry: gpd.GeoSeries) -> np.ndarray:
    """Area of a few large polygons, their edges straight in longitude and latitude."""
    degrees = np.asarray(geometry.to_crs(COUNTY_CRS).array)
    finite = np.isfinite(shapely.bounds(degrees)).all(axis=1)
    result = np.full(len(degrees), np.nan)
    for at in np.flatnonzero(finite):
        polygons = shapely.get_parts(shapely.segmentize(degrees[at], _STEP_DEG))
        result[at] = sum(
            abs(_CGCS2000.geometry_area_perimeter(shapely.orient_polygons(part))[0])
            for part in polygons
            if part.geom_type == "Polygon"
        )
    return result
