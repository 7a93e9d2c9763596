"""Whether coordinates can be in the coordinate system that they are said to be in."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pyproj
import shapely

from gis.crs import normalise, to_county
from gis.errors import (
    CoordinatesMisplacedError,
    CoordinatesNotMetresError,
    CoordinatesOutOfRangeError,
    GisError,
    Words,
)

_WHOLE_CIRCLE = 360.0
_GLOBE = np.array([180.0, 90.0, 180.0, 90.0]) + 1e-9
_FEW = 100
_AROUND_DEG = 6.0
"""Data may lie this far outside the area a system is made for: a zone of six degrees."""


def possible(frame: gpd.GeoDataFrame, declared: pyproj.CRS | None, *, file: str) -> bool:
    """Say whether coordinates can be in the system that their file declares.

    Parameters
    ----------
    frame : GeoDataFrame
        Coordinates as the file has them.
    declared : pyproj.CRS or None
        What the file says; one that is not understood, or none, is not held against it.
    file : str
        Name of the file.

    Examples
    --------
    >>> zoned = gpd.GeoDataFrame(geometry=gpd.points_from_xy([40_560_000], [3_074_000]))
    >>> [possible(zoned, pyproj.CRS(code), file="a.shp") for code in (4490, 4549, 4528)]
    [False, False, True]
    """
    if declared is None or frame.empty:
        return True
    try:
        system = normalise(declared)
    except GisError:
        return True
    try:
        check_degrees(frame, system, file=file)
        check_metres(frame, system, file=file)
        check_place(frame, to_county(frame, system), system, file=file)
    except GisError:
        return False
    return True


def beyond_degrees(shapes: np.ndarray) -> np.ndarray:
    """Say which shapes reach beyond the globe if their coordinates are degrees.

    Examples
    --------
    >>> beyond_degrees(shapely.points([120.6, 1e6, 1e308], [27.8, 27.8, 27.8])).tolist()
    [False, True, True]
    """
    bounds = shapely.bounds(shapes)
    known = np.isfinite(bounds).all(axis=1)
    return np.asarray(known & (np.abs(np.where(known[:, None], bounds, 0)) > _GLOBE).any(axis=1))


def check_degrees(frame: gpd.GeoDataFrame, crs: pyproj.CRS, *, file: str) -> None:
    """Refuse "degrees" beyond the globe; single rows beyond it are faults of these rows.

    Parameters
    ----------
    frame, crs, file
        As `check_metres`.

    Raises
    ------
    CoordinatesOutOfRangeError
        If at least half of the shapes are; names the first that is.
    """
    if not crs.is_geographic or frame.empty:
        return
    shapes = np.asarray(frame.geometry.array)
    beyond = beyond_degrees(shapes)
    bounds = shapely.bounds(shapes)
    if beyond.any() and 2 * int(beyond.sum()) >= int(np.isfinite(bounds).all(axis=1).sum()):
        low, high = bounds[int(np.argmax(beyond))].reshape(2, 2)
        x, y = low if (np.abs(low) > _GLOBE[:2]).any() else high
        raise CoordinatesOutOfRangeError(file=file, crs=crs.to_string()[:80], x=x, y=y)


def check_metres(frame: gpd.GeoDataFrame, crs: pyproj.CRS, *, file: str) -> None:
    """Refuse "metres" that are degrees.

    Parameters
    ----------
    frame : GeoDataFrame
        Coordinates as the file has them.
    crs : pyproj.CRS
        The system they are said to be in.
    file : str
        Name of the file, for the refusal.

    Raises
    ------
    CoordinatesNotMetresError
        If the system is projected and no coordinate leaves the range of degrees.
    """
    if not crs.is_projected or _beyond_circle(_finite_bounds(frame.head(_FEW))):
        return  # the usual case, told without looking at every shape
    known = _finite_bounds(frame)
    if len(known) and not _beyond_circle(known):
        x, y = known[0, :2]
        raise CoordinatesNotMetresError(file=file, crs=crs.to_string()[:80], x=x, y=y)


def check_place(
    raw: gpd.GeoDataFrame, placed: gpd.GeoDataFrame, crs: pyproj.CRS, *, file: str
) -> None:
    """Refuse as `check_area`; of rows in metres only the extent is looked at where that will do."""
    if placed.crs.is_geographic:
        check_area(raw, placed, crs, file=file)
        return
    extent = gpd.GeoDataFrame(geometry=[shapely.box(*placed.total_bounds)], crs=placed.crs)
    try:
        check_area(raw, to_county(extent, placed.crs), crs, file=file)
    except CoordinatesMisplacedError:  # one row far off may stretch it
        check_area(raw, to_county(placed, placed.crs), crs, file=file)


def check_area(
    raw: gpd.GeoDataFrame, placed: gpd.GeoDataFrame, crs: pyproj.CRS, *, file: str
) -> None:
    """Refuse coordinates that fall nowhere near where their system is used.

    Parameters
    ----------
    raw, placed : GeoDataFrame
        Coordinates as the file has them, and in degrees.
    crs : pyproj.CRS
        The system of the file; nothing is checked where its area of use is not known.
    file : str
        Name of the file, for the refusal.

    Raises
    ------
    CoordinatesMisplacedError
        If nothing falls within six degrees of the area of use; says where it would fall.
    """
    area = crs.area_of_use
    if area is None:
        return
    bounds = _finite_bounds(placed)
    around = (area.west - _AROUND_DEG, area.south - _AROUND_DEG,
              area.east + _AROUND_DEG, area.north + _AROUND_DEG)  # fmt: skip
    if len(bounds) and bool(touching(bounds, around).any()):
        return
    given = _finite_bounds(raw)
    if not len(given):
        return
    raise CoordinatesMisplacedError(
        file=file,
        crs=crs.to_string()[:80],
        where=where(bounds),
        west=area.west,
        east=area.east,
        south=area.south,
        north=area.north,
        hint=_zone_hint(given, crs),
    )


def touching(bounds: np.ndarray, box: tuple[float, float, float, float]) -> np.ndarray:
    """Say which bounds (n × 4: west, south, east, north) touch the box.

    Examples
    --------
    >>> touching(np.array([[0.0, 0, 1, 1], [5, 5, 6, 6]]), (0.5, 0.5, 2, 2)).tolist()
    [True, False]
    """
    west, south, east, north = box
    across = (bounds[:, 0] <= east) & (bounds[:, 2] >= west)
    return np.asarray(across & (bounds[:, 1] <= north) & (bounds[:, 3] >= south))


def where(bounds: np.ndarray) -> Words:
    """Say in words where bounds (n × 4, degrees) lie: the middle of the first.

    Examples
    --------
    >>> where(np.array([[0.0, 0, 2, 2]])).say("en")
    'longitude 1.00°, latitude 1.00°'
    """
    if not len(bounds):
        return Words("无法换算成经纬度的位置", "a place that has no longitude and latitude")
    lon, lat = (bounds[0, :2] + bounds[0, 2:]) / 2
    return Words(f"经度 {lon:.2f}°、纬度 {lat:.2f}°", f"longitude {lon:.2f}°, latitude {lat:.2f}°")


def _beyond_circle(bounds: np.ndarray) -> bool:
    return bool(len(bounds)) and float(np.abs(bounds).max()) > _WHOLE_CIRCLE


def _finite_bounds(frame: gpd.GeoDataFrame) -> np.ndarray:
    bounds = shapely.bounds(np.asarray(frame.geometry.array))
    return np.asarray(bounds[np.isfinite(bounds).all(axis=1)])


def _zone_hint(given: np.ndarray, crs: pyproj.CRS) -> Words:
    """Name the system with zone numbers where eastings begin with one."""
    zone = int(given[0, 0] // 1_000_000)
    if crs.is_projected and 25 <= zone <= 45:
        code = 4513 + zone - 25
        return Words(
            f"横坐标带有带号 {zone}，可改用 --crs EPSG:{code}",
            f"the eastings begin with zone number {zone}: try --crs EPSG:{code}",
        )
    return Words(
        "请用 --crs 指明真实的坐标系，或改正文件的坐标系声明",
        "give the real one with --crs, or mend what the file declares",
    )
