"""Shifted and old datums: GCJ-02 and BD-09 undone, seven and four parameters applied.

The two encrypted systems are undone for display only: their formula is not official, and what was
digitised on such a map is no survey. Xi'an 80 and Beijing 54 are converted with parameters that the
user brings; none are public.
"""

from __future__ import annotations

from collections.abc import Callable

import geopandas as gpd
import numpy as np
import pyproj
import shapely

from gis.crs import COUNTY_CRS

SHIFTS = {"gcj02": "GCJ-02", "bd09": "BD-09"}
"""Shifted systems of web maps (高德, 腾讯; 百度), and how they are written."""

_A, _EE = 6378245.0, 0.00669342162296594323
_WEST, _EAST, _SOUTH, _NORTH = 72.004, 137.8347, 0.8293, 55.8271
_TURN = np.pi * 3000.0 / 180.0
_ROUNDS = 12
_SECOND = np.pi / 180.0 / 3600.0

Pair = tuple[np.ndarray, np.ndarray]


def displaced(lon: np.ndarray, lat: np.ndarray, kind: str) -> Pair:
    """Shift true degrees as a web map does.

    Parameters
    ----------
    lon, lat : ndarray of float
        Degrees on WGS 84 or CGCS2000; those outside China stay as they are.
    kind : str
        A key of `SHIFTS`.

    Examples
    --------
    >>> lon, lat = displaced(np.array([120.65]), np.array([27.78]), "gcj02")
    >>> round(float(lon[0]), 4), round(float(lat[0]), 4)
    (120.6539, 27.7767)
    """
    lon, lat = np.asarray(lon, dtype="float64"), np.asarray(lat, dtype="float64")
    east, north = _gcj02(lon, lat)
    return _bd09(east, north) if kind == "bd09" else (east, north)


def restored(lon: np.ndarray, lat: np.ndarray, kind: str) -> Pair:
    """Undo the shift of a web map, to less than a millimetre (there is no closed formula).

    Examples
    --------
    >>> back = restored(*displaced(np.array([120.65]), np.array([27.78]), "bd09"), "bd09")
    >>> [round(float(part[0]), 9) for part in back]
    [120.65, 27.78]
    """
    lon, lat = np.asarray(lon, dtype="float64"), np.asarray(lat, dtype="float64")
    x, y = lon, lat
    for _ in range(_ROUNDS):
        east, north = displaced(x, y, kind)
        x, y = x + lon - east, y + lat - north
    return x, y


def _gcj02(lon: np.ndarray, lat: np.ndarray) -> Pair:
    x, y = lon - 105.0, lat - 35.0
    root, both = np.sqrt(np.abs(x)), (20 * np.sin(6 * x * np.pi) + 20 * np.sin(2 * x * np.pi)) * 2
    d_lat = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + both / 3
    d_lat += (20 * np.sin(y * np.pi) + 40 * np.sin(y / 3 * np.pi)) * 2 / 3
    d_lat += (160 * np.sin(y / 12 * np.pi) + 320 * np.sin(y / 30 * np.pi)) * 2 / 3
    d_lon = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + both / 3
    d_lon += (20 * np.sin(x * np.pi) + 40 * np.sin(x / 3 * np.pi)) * 2 / 3
    d_lon += (150 * np.sin(x / 12 * np.pi) + 300 * np.sin(x / 30 * np.pi)) * 2 / 3
    radians = np.radians(lat)
    flat = 1 - _EE * np.sin(radians) ** 2
    d_lat = np.degrees(d_lat / (_A * (1 - _EE) / (flat * np.sqrt(flat))))
    d_lon = np.degrees(d_lon / (_A / np.sqrt(flat) * np.cos(radians)))
    inside = (lon >= _WEST) & (lon <= _EAST) & (lat >= _SOUTH) & (lat <= _NORTH)
    return np.where(inside, lon + d_lon, lon), np.where(inside, lat + d_lat, lat)


def _bd09(lon: np.ndarray, lat: np.ndarray) -> Pair:
    far = np.hypot(lon, lat) + 0.00002 * np.sin(lat * _TURN)
    turned = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * _TURN)
    return far * np.cos(turned) + 0.0065, far * np.sin(turned) + 0.006


def from_web_map(frame: gpd.GeoDataFrame, kind: str) -> gpd.GeoDataFrame:
    """Undo the shift of a frame in degrees; the result is in EPSG:4490, fit for display only."""
    return _moved(frame, lambda x, y: restored(x, y, kind)).set_crs(COUNTY_CRS, allow_override=True)


def swapped(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Exchange x and y.

    Examples
    --------
    >>> frame = gpd.GeoDataFrame(geometry=gpd.points_from_xy([3_074_000.0], [560_000.0]))
    >>> float(swapped(frame).geometry.x.iloc[0])
    560000.0
    """
    return _moved(frame, lambda x, y: (y, x))


def four_parameters(frame: gpd.GeoDataFrame, parameters: tuple[float, ...]) -> gpd.GeoDataFrame:
    """Turn, scale and move a plane grid (四参数): x is north and y east, as surveyors write.

    Parameters
    ----------
    frame : GeoDataFrame
        Coordinates in metres, x east and y north as everywhere here.
    parameters : tuple of float
        Move north (m), move east (m), rotation (arc seconds), scale (parts per million).

    Examples
    --------
    >>> frame = gpd.GeoDataFrame(geometry=gpd.points_from_xy([2_000.0], [1_000.0]))
    >>> point = four_parameters(frame, (10.0, 20.0, 0.0, 0.0)).geometry.iloc[0]
    >>> point.x, point.y
    (2020.0, 1010.0)
    """
    north_m, east_m, turn, ppm = parameters
    scale = 1 + ppm * 1e-6
    cos, sin = scale * np.cos(turn * _SECOND), scale * np.sin(turn * _SECOND)
    return _moved(frame, lambda e, n: (east_m + n * sin + e * cos, north_m + n * cos - e * sin))


def seven_parameters(
    frame: gpd.GeoDataFrame, crs: pyproj.CRS, parameters: tuple[float, ...]
) -> gpd.GeoDataFrame:
    """Convert from an old datum to EPSG:4490 with the user's parameters (七参数, 布尔莎模型).

    Parameters
    ----------
    frame : GeoDataFrame
        Coordinates in ``crs``; heights are taken as zero.
    crs : pyproj.CRS
        A system on the old datum.
    parameters : tuple of float
        Moves of X, Y, Z (m), rotations about them (arc seconds; the coordinate frame is turned,
        as Chinese tables have it), scale (parts per million).

    Examples
    --------
    >>> frame = gpd.GeoDataFrame(geometry=gpd.points_from_xy([120.65], [27.78]))
    >>> still = seven_parameters(frame, pyproj.CRS.from_epsg(4490), (0,) * 7).geometry.iloc[0]
    >>> round(still.x, 9), round(still.y, 9)
    (120.65, 27.78)
    """
    base, ellipsoid = crs.geodetic_crs, crs.ellipsoid
    if base is None or ellipsoid is None:
        raise ValueError("crs")
    with np.errstate(invalid="ignore"):
        geographic = frame.set_crs(crs, allow_override=True).to_crs(base)
    x, y, z, rx, ry, rz, ppm = parameters
    pipeline = pyproj.Transformer.from_pipeline(
        "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad "
        f"+step +proj=cart +a={ellipsoid.semi_major_metre} +rf={ellipsoid.inverse_flattening} "
        f"+step +proj=helmert +x={x} +y={y} +z={z} +rx={rx} +ry={ry} +rz={rz} +s={ppm} "
        "+convention=coordinate_frame +step +inv +proj=cart +ellps=GRS80 "
        "+step +proj=unitconvert +xy_in=rad +xy_out=deg"
    )

    def turn(lon: np.ndarray, lat: np.ndarray) -> Pair:
        east, north, _ = pipeline.transform(lon, lat, np.zeros_like(lon))
        return np.asarray(east), np.asarray(north)

    return _moved(geographic, turn).set_crs(COUNTY_CRS, allow_override=True)


def _moved(
    frame: gpd.GeoDataFrame, how: Callable[[np.ndarray, np.ndarray], Pair]
) -> gpd.GeoDataFrame:
    """Put every coordinate through ``how``; missing geometry stays missing."""

    def pairs(points: np.ndarray) -> np.ndarray:
        return np.column_stack(how(points[:, 0], points[:, 1]))

    shapes = shapely.transform(np.asarray(frame.geometry.array), pairs)
    moved = gpd.GeoSeries(shapes, index=frame.index, crs=frame.crs)
    return frame.assign(**{frame.geometry.name: moved})
