"""Coordinate systems at the door: one EPSG form, and refusals instead of silent shifts."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import geopandas as gpd
import numpy as np
import pyproj
from pyproj.exceptions import CRSError

from gis.errors import (
    CrsDiffersError,
    CrsMissingError,
    CrsUnknownError,
    DatumRefusedError,
    NotMetricError,
    Words,
)

COUNTY_CRS = 4490
"""EPSG code of stored geometry: CGCS2000 longitude and latitude."""

METRIC_CRS = 4549
"""EPSG code for metric work: CGCS2000, 3-degree Gauss-Kruger, central meridian 120°E."""

_TRUSTED = ("2000", "wgs 84", "wgs84", "wgs_1984", "wgs 1984", "world geodetic system 1984")
_XIAN_80 = Words("1980 西安坐标系", "Xi'an 1980")
_BEIJING_54 = Words("1954 北京坐标系", "Beijing 1954")
_REFUSED = {
    "xian": _XIAN_80,
    "xi'an": _XIAN_80,
    "西安": _XIAN_80,
    "beijing": _BEIJING_54,
    "北京": _BEIJING_54,
    "krassowsky": _BEIJING_54,
    "krasovsky": _BEIJING_54,
    "iag 1975": _XIAN_80,
    "iag_1975": _XIAN_80,
}


def normalise(crs: Any) -> pyproj.CRS:
    """Bring a coordinate system to its EPSG form, or refuse it.

    Parameters
    ----------
    crs : Any
        What pyproj understands: EPSG code, ``"EPSG:4549"``, WKT (OGC or ESRI), a CRS object.

    Returns
    -------
    pyproj.CRS
        The EPSG form where there is one; a grid of one's own on CGCS2000 or WGS 84 (other
        central meridian or false easting) is passed as it is.

    Raises
    ------
    CrsUnknownError
        If it cannot be understood, or is a local or vertical system.
    DatumRefusedError
        If its datum is Xi'an 80, Beijing 54 or any other than CGCS2000 and WGS 84: PROJ
        would convert those by a zero shift, tens to hundreds of metres off.

    Examples
    --------
    >>> normalise("EPSG:4549").to_epsg()
    4549
    >>> normalise("OGC:CRS84").to_epsg()
    4326
    """
    found = _understood(crs)
    _refuse_datum(found, _short(crs))
    return _epsg_form(_flat(found))


def _understood(crs: Any) -> pyproj.CRS:
    """Return a geographic or projected system, whatever its datum."""
    given = _short(crs)
    try:
        found = pyproj.CRS.from_user_input(int(crs) if str(crs).strip().isdigit() else crs)
    except (CRSError, TypeError, ValueError, OverflowError) as error:
        raise CrsUnknownError(crs=given) from error
    if found.is_compound:
        found = found.sub_crs_list[0]
    if found.is_bound and found.source_crs is not None:
        found = found.source_crs
    if not (found.is_geographic or found.is_projected):
        raise CrsUnknownError(crs=given)
    return found


def old_system(crs: Any) -> pyproj.CRS | None:
    """Return a system on Xi'an 80 or Beijing 54 as it is; None if it is on another datum.

    Raises
    ------
    CrsUnknownError
        As `normalise`.

    Examples
    --------
    >>> old_system(2385).name
    'Xian 1980 / 3-degree Gauss-Kruger CM 120E'
    >>> old_system(4549) is None
    True
    """
    found = _understood(crs)
    try:
        _refuse_datum(found, _short(crs))
    except DatumRefusedError as refusal:
        return _flat(found) if refusal.params["datum"] in _REFUSED.values() else None
    return None


def reconcile(declared: Any, given: Any, *, file: str) -> pyproj.CRS:
    """Decide between what a file declares and what the caller gives, never silently.

    Parameters
    ----------
    declared, given : Any
        As in `normalise`; None where there is none.
    file : str
        Name of the file, for refusals.

    Returns
    -------
    pyproj.CRS
        The one declared; the given one where none is declared, or one that is not understood.
        Longitude and latitude on WGS 84 and on CGCS2000 count as the same.

    Raises
    ------
    CrsMissingError
        If there is neither.
    CrsDiffersError
        If both are understood and differ.
    CrsUnknownError, DatumRefusedError
        As `normalise`; a file that declares Xi'an 80 or Beijing 54 is refused whatever is given.

    Examples
    --------
    >>> reconcile(None, 4549, file="a.shp").to_epsg(), reconcile(4326, 4490, file="a.shp").to_epsg()
    (4549, 4490)
    """
    if given is None:
        if declared is None:
            raise CrsMissingError(file=file)
        return normalise(declared)
    used = normalise(given)
    if declared is None:
        return used
    try:
        stated = normalise(declared)
    except CrsUnknownError:
        return used
    except DatumRefusedError as refusal:
        if refusal.params["datum"] in _REFUSED.values():
            raise
        return used
    same = stated.equals(used, ignore_axis_order=True)
    if not (same or (stated.is_geographic and used.is_geographic)):
        raise CrsDiffersError(file=file, declared=_named(stated), given=_named(used))
    return used


def _named(crs: pyproj.CRS) -> str:
    code = crs.to_epsg()
    return _short(crs) if code is None else f"EPSG:{code}"


def _flat(crs: pyproj.CRS) -> pyproj.CRS:
    """Drop a height axis; leave others alone, for `to_2d` also drops what identifies them."""
    return crs.to_2d() if len(crs.axis_info) > 2 else crs


def _short(crs: Any) -> str:
    """Name a coordinate system in at most 80 characters."""
    name = crs.name if isinstance(crs, pyproj.CRS) else str(crs)
    return name if len(name) <= 80 else name[:77] + "…"


def _refuse_datum(crs: pyproj.CRS, given: str) -> None:
    base = crs.geodetic_crs
    names = [crs.name, base.name if base else "", crs.ellipsoid.name if crs.ellipsoid else ""]
    if base is not None and base.datum is not None:
        names.append(base.datum.name)
    text = " | ".join(names).lower()
    for mark, datum in _REFUSED.items():
        if mark in text:
            raise DatumRefusedError(crs=given, datum=datum)
    if "unknown" in text and _same_ellipsoid(crs):
        return
    if not any(mark in text for mark in _TRUSTED):
        raise DatumRefusedError(crs=given, datum=names[-1] or "?")


def _same_ellipsoid(crs: pyproj.CRS) -> bool:
    """Say whether the ellipsoid is GRS 80, CGCS2000 or WGS 84 (they differ by 0.1 mm)."""
    ellipsoid = crs.ellipsoid
    return (
        ellipsoid is not None
        and abs(ellipsoid.semi_major_metre - 6378137.0) < 0.01
        and abs(ellipsoid.inverse_flattening - 298.257222101) < 1e-5
    )


def _epsg_form(crs: pyproj.CRS) -> pyproj.CRS:
    code = crs.to_epsg()
    if code is None and crs.is_geographic:
        code = 4490 if "2000" in crs.name or "china" in crs.name.lower() else 4326
    return crs if code is None else pyproj.CRS.from_epsg(code)


def require_crs(geometry: gpd.GeoSeries | gpd.GeoDataFrame) -> pyproj.CRS:
    """Return the declared coordinate system.

    Raises
    ------
    CrsMissingError
        If none is declared.
    """
    if geometry.crs is None:
        raise CrsMissingError(file=geometry.attrs.get("source_name", "GeoDataFrame"))
    return geometry.crs


def require_metric(geometry: gpd.GeoSeries | gpd.GeoDataFrame, *, what: str = "数据") -> None:
    """Raise unless the coordinates are metres in EPSG:4549.

    Raises
    ------
    CrsMissingError
        If no coordinate system is declared.
    NotMetricError
        If it is any other than EPSG:4549.

    Examples
    --------
    >>> require_metric(gpd.GeoSeries.from_xy([500_000], [3_070_000], crs=4549))
    """
    crs = require_crs(geometry)
    if _epsg_of(crs.srs) != METRIC_CRS:
        raise NotMetricError(what=what, crs=crs.to_string()[:80], metric=METRIC_CRS)


def require_metric_crs(crs: Any, *, what: str) -> None:
    """Raise unless ``crs`` is projected in metres (any grid will do, as for rasters).

    Raises
    ------
    NotMetricError
        If it is geographic, in feet, or absent; or in (web) Mercator, whose metres are none on
        the ground: at 28° a slope of 16 % would be measured as 14 %.
    """
    found = pyproj.CRS.from_user_input(crs) if crs else None
    metres = found is not None and found.is_projected and found.axis_info[0].unit_name == "metre"
    way = found.coordinate_operation if found is not None else None
    method = "" if way is None else way.method_name
    if not metres or ("Mercator" in method and "Transverse" not in method):
        name = Words("未知", "unknown") if found is None else found.to_string()[:80]
        raise NotMetricError(what=what, crs=name, metric=METRIC_CRS)


def to_county(frame: gpd.GeoDataFrame, crs: pyproj.CRS) -> gpd.GeoDataFrame:
    """Bring a frame whose coordinates are in ``crs`` to EPSG:4490 (x east, y north).

    WGS 84 and CGCS2000 agree within a metre and are taken as equal, without a shift.
    Coordinates that cannot be transformed become infinite, never silently wrong.

    Examples
    --------
    >>> frame = gpd.GeoDataFrame(geometry=gpd.points_from_xy([120.6], [27.8]), crs=4326)
    >>> to_county(frame, normalise(4326)).crs.to_epsg()
    4490
    """
    stated = frame.set_crs(crs, allow_override=True)
    base = crs.geodetic_crs
    if crs.is_projected and base is not None:
        base = _epsg_form(_flat(base))
        with np.errstate(invalid="ignore"):
            stated = stated.to_crs(base)
    return stated.set_crs(COUNTY_CRS, allow_override=True)


def to_plane(frame: gpd.GeoDataFrame, crs: pyproj.CRS) -> gpd.GeoDataFrame:
    """Bring a frame whose coordinates are in ``crs`` to EPSG:4549, untouched if it is there.

    Examples
    --------
    >>> frame = gpd.GeoDataFrame(geometry=gpd.points_from_xy([500_000], [3_070_000]))
    >>> float(to_plane(frame, normalise(4549)).geometry.x.iloc[0])
    500000.0
    """
    if crs.to_epsg() == METRIC_CRS:
        return frame.set_crs(METRIC_CRS, allow_override=True)
    with np.errstate(invalid="ignore"):
        return to_county(frame, crs).to_crs(METRIC_CRS)


@lru_cache(maxsize=64)
def _epsg_of(told: str) -> int | None:
    """Return the EPSG code of a coordinate system as it was told; PROJ takes a while to find it."""
    return pyproj.CRS(told).to_epsg()
