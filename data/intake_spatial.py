"""Checks of geometry at the door: what cannot be measured is rejected with its reason."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from data.intake_issues import IssueLog

_POLYGONS = (3, 6)
_SAME_DEG = 2e-9  # 0.2 mm: below it two surveys are one (GeoJSON keeps nine decimals)


def reject_geometry(geometry: gpd.GeoSeries, *, polygons: bool, log: IssueLog) -> pd.Series:
    """Say which rows cannot be taken, and log why.

    Parameters
    ----------
    geometry : GeoSeries
        Indexed by row number, in EPSG:4490.
    polygons : bool
        Whether only polygons will do.
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
    bounds = shapely.bounds(values)
    endless = ~np.isfinite(bounds).all(axis=1)
    wrong = ~np.isin(shapely.get_type_id(values), _POLYGONS) if polygons else np.zeros_like(empty)
    usable = ~(missing | empty | endless | wrong)
    invalid, flat = np.zeros_like(empty), np.zeros_like(empty)
    invalid[usable] = ~shapely.is_valid(values[usable])
    flat[usable] = polygons & (shapely.area(values[usable]) == 0)
    done = np.zeros_like(empty)
    for kind, mask in (
        ("geometry_missing", missing),
        ("geometry_empty", empty),
        ("geometry_not_finite", endless),
        ("geometry_wrong_type", wrong),
        ("geometry_no_area", flat),
        ("geometry_invalid", invalid),
    ):
        here = mask & ~done
        details = None
        if kind == "geometry_invalid":
            details = shapely.is_valid_reason(values[here]).tolist()
        log.add(kind, geometry.index[here], detail=details, field_key="geometry")
        done |= here
    return pd.Series(done, index=geometry.index)


def plain_polygons(geometry: gpd.GeoSeries) -> gpd.GeoSeries:
    """Turn multipolygons of one part into polygons; the others stay as they are."""
    values = np.asarray(geometry.array)
    lone = (shapely.get_type_id(values) == 6) & (shapely.get_num_geometries(values) == 1)
    values = np.where(lone, shapely.get_geometry(values, 0), values)
    return gpd.GeoSeries(values, index=geometry.index, crs=geometry.crs)


def same_geometry(new: gpd.GeoSeries, old: gpd.GeoSeries) -> np.ndarray:
    """Say row by row whether two polygons are the same to 0.2 mm, wherever their rings begin."""
    mine, theirs = np.asarray(plain_polygons(new).array), np.asarray(plain_polygons(old).array)
    same = shapely.equals_exact(mine, theirs, tolerance=_SAME_DEG)
    rest = ~same
    same[rest] = shapely.equals_exact(
        shapely.normalize(mine[rest]), shapely.normalize(theirs[rest]), tolerance=_SAME_DEG
    )
    return np.asarray(same)
