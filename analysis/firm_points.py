"""Where each firm is: the middle of the parcel that it holds most of."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from analysis.errors import require
from gis.crs import require_metric


def firm_points(
    parcels: gpd.GeoDataFrame,
    *,
    firms: pd.DataFrame | None = None,
    holdings: pd.DataFrame | None = None,
) -> gpd.GeoDataFrame:
    """Return firms as points, with what siting asks of them.

    Parameters
    ----------
    parcels : GeoDataFrame
        EPSG:4549, by ``parcel_id``; ``park``, and ``cluster`` and ``owner`` where there is no
        table of firms.
    firms, holdings : DataFrame, optional
        Firms by ``owner_uscc`` with ``firm_name``, ``cluster``, ``revenue_wan``, and who holds
        which share (``area_share``) of which ``parcel_id``. Without them every owner whose
        parcel has a cluster stands for a firm.

    Returns
    -------
    GeoDataFrame
        ``firm_name``, ``cluster``, ``revenue_wan``, ``park``; firms without a parcel that is
        known are left out.

    Examples
    --------
    >>> land = gpd.GeoDataFrame({"cluster": ["auto"], "owner": ["甲公司"], "park": [None]},
    ...                         geometry=[shapely.box(0, 0, 10, 10)], index=["P1"], crs=4549)
    >>> firm_points(land)[["firm_name", "cluster"]].values.tolist()
    [['甲公司', 'auto']]
    """
    require_metric(parcels, what="宗地 parcels")
    middle = shapely.centroid(np.asarray(parcels.geometry.array, dtype=object))
    land = pd.DataFrame({"at": middle}, index=parcels.index)
    for name in ("cluster", "owner", "park"):
        land[name] = parcels.get(name)
    if firms is None or holdings is None:
        known = land[land["cluster"].notna()]
        own = known["owner"].where(known["owner"].notna(), known.index.to_series())
        one = known.assign(firm_name=own, revenue_wan=np.nan)[~own.duplicated().to_numpy()]
        return _points(one)
    require(holdings, "owner_uscc", "parcel_id", what="企业用地表")
    require(firms, "owner_uscc", what="企业表")
    share = holdings["area_share"] if "area_share" in holdings else pd.Series(1.0, holdings.index)
    most = holdings.assign(area_share=share).sort_values(
        ["owner_uscc", "area_share", "parcel_id"], ascending=[True, False, True], kind="stable"
    )
    most = most.drop_duplicates("owner_uscc")
    met = firms.merge(most[["owner_uscc", "parcel_id"]], on="owner_uscc")
    met = met.merge(land[["at", "park"]], left_on="parcel_id", right_index=True)
    for name in ("firm_name", "cluster", "revenue_wan"):
        met[name] = met.get(name)
    return _points(met)


def _points(rows: pd.DataFrame) -> gpd.GeoDataFrame:
    facts = rows[["firm_name", "cluster", "revenue_wan", "park"]].reset_index(drop=True)
    return gpd.GeoDataFrame(facts, geometry=rows["at"].to_numpy(), crs=4549)
