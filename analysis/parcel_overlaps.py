"""Parcels whose polygons overlap: their shared land is counted in both."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gis.crs import require_metric
from gis.validity import measurable

LEAST_M2 = 50.0
"""Shared land up to this is drawing, not a second claim."""


def parcel_overlaps(geometry: gpd.GeoSeries, *, least_m2: float = LEAST_M2) -> pd.DataFrame:
    """Find the pairs of parcels that share more land than drawing explains.

    Parameters
    ----------
    geometry : GeoSeries
        EPSG:4549, indexed by ``parcel_id``. What cannot be measured overlaps nothing.
    least_m2 : float
        Pairs that share no more than this are left out.

    Returns
    -------
    DataFrame
        ``first``, ``second`` (ids, in the order of the index) and ``area_m2``, the largest first.

    Raises
    ------
    CrsMissingError, NotMetricError
        If coordinates are not metres in EPSG:4549.

    Examples
    --------
    >>> shapes = [shapely.box(0, 0, 100, 100), shapely.box(90, 0, 190, 100)]
    >>> parcels = gpd.GeoSeries(shapes, index=["P1", "P2"], crs=4549)
    >>> parcel_overlaps(parcels).values.tolist()
    [['P1', 'P2', 1000.0]]
    """
    require_metric(geometry, what="宗地 parcels")
    shapes = np.array(geometry.array, dtype=object)
    shapes[~measurable(shapes)] = None
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    once = first < second
    first, second = first[once], second[once]
    area = shapely.area(shapely.intersection(shapes[first], shapes[second]))
    ids = geometry.index.to_numpy()
    table = pd.DataFrame({"first": ids[first], "second": ids[second], "area_m2": area})
    kept = table[table["area_m2"] > least_m2]
    order = ["area_m2", "first", "second"]
    return kept.sort_values(order, ascending=[False, True, True], ignore_index=True)
