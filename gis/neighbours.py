"""Which geometries lie next to one another."""

from __future__ import annotations

from collections.abc import Hashable

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gis.crs import require_metric
from gis.errors import ParcelUnknownError


def neighbours(geometry: gpd.GeoSeries, parcel_id: Hashable, *, within_m: float = 20) -> pd.Index:
    """Name the geometries near one of them, nearest first.

    Parameters
    ----------
    geometry : GeoSeries
        In EPSG:4549, uniquely indexed. The spatial index of the series is built once and
        kept by geopandas, so ask the same series again.
    parcel_id : Hashable
        Which one.
    within_m : float
        Largest distance between edges in metres; streets up to this width are bridged.

    Returns
    -------
    Index
        Without ``parcel_id``; by distance, then by identifier. Empty if there is none, or
        if its own geometry is missing or empty.

    Raises
    ------
    NotMetricError, CrsMissingError
        If the coordinates are not metres in EPSG:4549.
    ParcelUnknownError
        If ``parcel_id`` is not in the index.

    Examples
    --------
    >>> from shapely.geometry import box
    >>> row = gpd.GeoSeries(
    ...     [box(0, 0, 10, 10), box(15, 0, 20, 10), box(10, 0, 14, 10), box(99, 0, 100, 1)],
    ...     index=pd.Index(["A", "B", "C", "D"], name="parcel_id"), crs=4549)
    >>> neighbours(row, "A").tolist()
    ['C', 'B']
    """
    require_metric(geometry)
    if parcel_id not in geometry.index:
        raise ParcelUnknownError(parcel_id=parcel_id)
    own = geometry.loc[parcel_id]
    if own is None or own.is_empty:
        return geometry.index[:0]
    near = geometry.sindex.query(own, predicate="dwithin", distance=within_m)
    near = near[geometry.index[near] != parcel_id]
    gaps = shapely.distance(own, np.asarray(geometry.array)[near]).round(6)
    near_ids = geometry.index[near]
    return near_ids[np.lexsort((near_ids.argsort().argsort(), gaps))]
