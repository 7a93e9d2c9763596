"""Drawn shapes: kept as short text, and asked which parcels lie inside."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from analysis.errors import BadShapeError, NoGeometryError

_GRID_DEG = 1e-6  # about 10 cm: finer than a hand draws


def canonical_shape(shape: str | None) -> str | None:
    """Return a drawn polygon as WKT with six decimals; None for nothing drawn.

    Crossing lines are mended the way the eye reads them (a bow-tie becomes two triangles). The
    canonical form of a canonical form is itself, so that links stay equal.

    Parameters
    ----------
    shape : str or None
        WKT of a polygon or multipolygon in longitude, latitude (EPSG:4490).

    Returns
    -------
    str or None
        WKT, or None where ``shape`` is None or blank.

    Raises
    ------
    BadShapeError
        If the text is no WKT, no polygon, or without area.

    Examples
    --------
    >>> canonical_shape("POLYGON ((120.5 27.7, 120.6 27.7, 120.6 27.80000001, 120.5 27.7))")
    'POLYGON ((120.5 27.7, 120.6 27.7, 120.6 27.8, 120.5 27.7))'
    """
    if shape is None or not shape.strip():
        return None
    try:
        polygon = shapely.from_wkt(shape)
    except shapely.errors.GEOSException as error:
        raise BadShapeError(found=shape[:40]) from error
    if not _is_polygon(polygon) or not np.isfinite(polygon.bounds).all():
        raise BadShapeError(found=shape[:40])
    text = str(shapely.to_wkt(polygon, rounding_precision=6, trim=True))
    rounded = shapely.from_wkt(text)
    if rounded.is_valid and rounded.area > 0:
        return text
    mended = shapely.set_precision(shapely.make_valid(polygon), _GRID_DEG)
    parts = [part for part in shapely.get_parts([mended]) if _is_polygon(part) and part.area > 0]
    if not parts:
        raise BadShapeError(found=shape[:40])
    whole = shapely.union_all(parts, grid_size=_GRID_DEG)
    return str(shapely.to_wkt(whole, rounding_precision=6, trim=True))


def _is_polygon(geometry: shapely.Geometry | None) -> bool:
    return geometry is not None and geometry.geom_type in ("Polygon", "MultiPolygon")


def inside(frame: pd.DataFrame, polygon: shapely.Geometry) -> np.ndarray:
    """Return which parcels have a point inside them (their representative point) in the polygon.

    Parameters
    ----------
    frame : GeoDataFrame
        Parcels in longitude, latitude; missing and empty geometry is never inside.
    polygon : shapely geometry
        Polygon or multipolygon in the same coordinates; its edge belongs to it.

    Returns
    -------
    ndarray of bool, shape (len(frame),)

    Raises
    ------
    NoGeometryError
        If the frame has no geometry in degrees.
    """
    if not isinstance(frame, gpd.GeoDataFrame) or frame.crs is None or frame.crs.is_projected:
        raise NoGeometryError()
    geometry = np.asarray(frame.geometry.array)
    bounds = shapely.bounds(geometry)
    west, south, east, north = polygon.bounds
    near = (bounds[:, 0] <= east) & (bounds[:, 2] >= west)
    near &= (bounds[:, 1] <= north) & (bounds[:, 3] >= south)
    points = shapely.point_on_surface(geometry[near])
    shapely.prepare(polygon)
    near[near] = shapely.intersects(polygon, points)
    return np.asarray(near)
