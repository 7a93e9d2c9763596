"""Floor area that the ledger does not tell, from the buildings that stand on the land."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from analysis.floor_area import counted_buildings, numbers
from analysis.plot_ratio import plot_ratio
from data.rules import Rules


def with_buildings(
    parcels: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame | None, *, rules: Rules
) -> gpd.GeoDataFrame:
    """Return parcels whose unknown floor area and unlawful floor area are taken from buildings.

    What is on record stays. A parcel with a building of unknown storeys stays unknown, and its
    unlawful part does where a permit is unknown.

    Parameters
    ----------
    parcels : GeoDataFrame
        EPSG:4549, indexed by unique ``parcel_id``.
    buildings : GeoDataFrame or None
        As `analysis.floor_area.counted_buildings` takes them; without any nothing changes.
    rules : Rules
        The counting rule.

    Returns
    -------
    GeoDataFrame
        A copy with ``floor_area_m2`` and ``unlawful_floor_area_m2``.

    Examples
    --------
    >>> from shapely.geometry import box
    >>> from data.rules import load_rules
    >>> land = gpd.GeoDataFrame(geometry=[box(0, 0, 100, 100)],
    ...                         index=pd.Index(["P1"], name="parcel_id"), crs=4549)
    >>> hall = gpd.GeoDataFrame({"storeys": [2], "permitted": [True]},
    ...                         geometry=[box(10, 10, 30, 40)], crs=4549)
    >>> found = with_buildings(land, hall, rules=load_rules())
    >>> found[["floor_area_m2", "unlawful_floor_area_m2"]].values.tolist()
    [[1200.0, 0.0]]
    """
    if buildings is None or buildings.empty:
        return parcels
    stands = counted_buildings(buildings, rules=rules)
    return filled_floor(parcels, plot_ratio(parcels, stands, rules=rules).parcels)


def filled_floor(parcels: gpd.GeoDataFrame, computed: pd.DataFrame) -> gpd.GeoDataFrame:
    """Return parcels whose unknown floor areas are those computed from buildings.

    Parameters
    ----------
    parcels : GeoDataFrame
        As for `with_buildings`.
    computed : DataFrame
        As `analysis.plot_ratio.plot_ratio` gives it for these parcels.

    Examples
    --------
    >>> from shapely.geometry import box
    >>> index = pd.Index(["P1", "P2"], name="parcel_id")
    >>> land = gpd.GeoDataFrame({"floor_area_m2": [900.0, None]}, crs=4549, index=index,
    ...                         geometry=[box(0, 0, 9, 9), box(20, 0, 29, 9)])
    >>> told = pd.DataFrame({"floor_area_computed_m2": [800.0, 500.0], "storeys_unknown": 0,
    ...     "permit_unknown": [0, 1], "unlawful_counted_m2": 0.0}, index=index)
    >>> filled_floor(land, told)[["floor_area_m2", "unlawful_floor_area_m2"]].values.tolist()
    [[900.0, 0.0], [500.0, nan]]
    """
    found = computed.reindex(parcels.index)
    told = numbers(parcels, "floor_area_m2")[1]
    theirs = found["floor_area_computed_m2"].where(found["storeys_unknown"] == 0)
    floor = np.where(np.isnan(told), theirs.to_numpy(dtype=float), told)
    known = numbers(parcels, "unlawful_floor_area_m2")[1]
    sure = (found["storeys_unknown"] == 0) & (found["permit_unknown"] == 0)
    unlawful = found["unlawful_counted_m2"].where(sure).to_numpy(dtype=float)
    unlawful = np.where(np.isnan(known), np.minimum(unlawful, floor), known)
    values = {"floor_area_m2": floor, "unlawful_floor_area_m2": unlawful}
    return parcels.assign(
        **{name: pd.Series(column, index=parcels.index) for name, column in values.items()}
    )
