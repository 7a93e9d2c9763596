"""Areas of a ledger in another unit than they say, seen against the recorded polygon."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from gis.area import M2_PER_MU, ellipsoidal_area_m2

UNIT_RATIOS = (15.0, M2_PER_MU, 10_000.0)
"""公顷 to 亩, 亩 to m², 公顷 to m²."""


def polygon_areas(codes: pd.Series, parcels: gpd.GeoDataFrame | None) -> pd.Series:
    """Return the measured area (m²) of the parcel with each code, NaN where none is on record.

    Parameters
    ----------
    codes : Series
        Codes of parcels; None is allowed.
    parcels : GeoDataFrame, optional
        Parcels on record by ``parcel_id``; ``geometry_area_m2`` is taken where it is there.
    """
    if parcels is None:
        return pd.Series(np.nan, index=codes.index)
    wanted = parcels.loc[parcels.index.isin(codes.dropna())]
    if "geometry_area_m2" in wanted:
        area = wanted["geometry_area_m2"]
    else:
        area = ellipsoidal_area_m2(wanted.geometry)
    found = area.reindex(pd.Index(codes, dtype=object)).to_numpy(float, na_value=np.nan)
    return pd.Series(found, index=codes.index)


def unit_times(stated: pd.Series, measured: pd.Series, *, share: float) -> pd.Series:
    """Return by how many times each stated area is in another unit than the polygon's m²; 1 if not.

    Parameters
    ----------
    stated, measured : Series
        Areas in m² by the same index; unknown ones are passed over.
    share : float
        How far the area, brought to the right unit, may be from the polygon (0–1).

    Examples
    --------
    >>> stated = pd.Series([8_000 * M2_PER_MU, 8_000.0, 15 * 8_000.0, 30_000.0])
    >>> unit_times(stated, pd.Series([10_000.0] * 4), share=0.3).round(2).tolist()
    [666.67, 1.0, 15.0, 1.0]
    """
    times = (stated / measured.where(measured > 0)).to_numpy(dtype=float, na_value=np.nan)
    found = np.ones(len(times))
    with np.errstate(invalid="ignore"):
        for ratio in (*UNIT_RATIOS, *(1 / ratio for ratio in UNIT_RATIOS)):
            found[np.abs(times / ratio - 1) <= share] = ratio
    return pd.Series(found, index=stated.index)
