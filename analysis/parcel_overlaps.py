"""Parcels whose polygons overlap: their shared land is counted in both."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from analysis.findings import Findings, Kind, frozen, row_numbers
from gis.area import to_mu
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


_KINDS = frozen(
    parcels_overlap=Kind(
        "geometry", "warning",
        "与其他宗地重叠，重叠处的土地和建筑在各宗各计一次，合计会重复；请核对边界或删去重复的宗地",
        "Overlaps another parcel: land and buildings there count in each, so sums count them twice;"
        " check the border or remove the repeated parcel",
    ),
)  # fmt: skip


def overlap_findings(parcels: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return a finding for every parcel that shares land with others, naming the largest share.

    Parameters
    ----------
    parcels : GeoDataFrame
        As `parcel_overlaps`; ``row`` is taken where a file reader has put it there.

    Examples
    --------
    >>> shapes = [shapely.box(0, 0, 100, 100), shapely.box(0, 0, 100, 100)]
    >>> parcels = gpd.GeoDataFrame(geometry=shapes, index=["P1", "P2"], crs=4549)
    >>> overlap_findings(parcels)["message_zh"].str[-12:].tolist()
    ['（P2，15.00 亩）', '（P1，15.00 亩）']
    """
    found = Findings("parcels", _KINDS, parcels.index, row_numbers(parcels))
    pairs = parcel_overlaps(parcels.geometry)
    both = pd.concat(
        [pairs, pairs.rename(columns={"first": "second", "second": "first"})], ignore_index=True
    ).sort_values(["area_m2", "second"], ascending=[False, True])
    largest = both.drop_duplicates("first").set_index("first").reindex(parcels.index)
    told = largest[largest["area_m2"].notna()]
    more = [
        f"{name}，{mu:,.2f} 亩"
        for name, mu in zip(told["second"], to_mu(told["area_m2"]), strict=True)
    ]
    found.add("parcels_overlap", largest["area_m2"].notna().to_numpy(), more=more)
    return found.frame()
