"""What is left of sites when some projects have been decided on: land, power and water."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import pandas as pd

from analysis.matching_problem import least_land, overlapping_sites
from analysis.site_figures import numbers
from analysis.site_offers import SHARED, STOCKS

WHOLE = "whole_m2"
"""Column with the area of a site before anybody was decided on it."""


def left_for(
    projects: pd.DataFrame,
    sites: gpd.GeoDataFrame,
    decided: Mapping[str, str],
    *,
    but: str | None = None,
) -> gpd.GeoDataFrame:
    """Return the sites with what the decided projects leave of them.

    Parameters
    ----------
    projects : DataFrame
        By ``project_id``. A decided project takes its least land; the whole site where it does
        not say how much it needs, or is no longer on the list.
    sites : GeoDataFrame
        EPSG:4549, by ``site_id``, as `analysis.site_offers.offered`.
    decided : mapping
        Project → site. Sites that are no more are passed over.
    but : str, optional
        A project whose own decision is left out of account.

    Returns
    -------
    GeoDataFrame
        ``sites`` with ``area_m2`` and the stocks reduced (never below 0), `WHOLE`, and
        ``held_by`` (tuple of (project_id, m²) of each). Of a site that overlaps a held one
        nothing is left.

    Examples
    --------
    >>> import shapely
    >>> land = gpd.GeoDataFrame({"area_m2": [20_000.0], "parcel_ids": [("P1",)]}, crs=4549,
    ...     geometry=[shapely.box(0, 0, 100, 200)], index=pd.Index(["S1"], name="site_id"))
    >>> wishes = pd.DataFrame({"land_least_mu": [21.0], "land_most_mu": [30.0]}, index=["X1"])
    >>> found = left_for(wishes, land, {"X1": "S1"})
    >>> found[["area_m2", "whole_m2", "held_by"]].values.tolist()
    [[6000.0, 20000.0, (('X1', 14000.0),)]]
    """
    held = {name: site for name, site in decided.items() if name != but and site in sites.index}
    table = sites.assign(**{WHOLE: sites["area_m2"]})
    table["held_by"] = pd.Series([()] * len(table), index=table.index, dtype=object)
    if not held:
        return table
    rows = pd.DataFrame({"site": held.values()}, index=pd.Index(list(held), dtype=object))
    area = rows["site"].map(sites["area_m2"])
    rows["m2"] = least_land(projects).reindex(rows.index).fillna(area).to_numpy(dtype=float)
    drawn = rows.groupby("site")["m2"].sum().reindex(table.index).fillna(0.0)
    table["area_m2"] = np.maximum(table["area_m2"] - drawn, 0.0)
    used = set(held.values())
    pairs = [pair for pair in overlapping_sites(sites) if used & set(pair)]
    beside = {site for pair in pairs for site in pair} - used
    table.loc[table.index.isin(list(beside)), "area_m2"] = 0.0
    for site, mine in rows.groupby("site"):
        table.at[site, "held_by"] = tuple(zip(mine.index, mine["m2"].tolist(), strict=True))
    for need, stock in STOCKS.items():
        if stock in table and stock + SHARED in table:
            asked = pd.Series(np.nan_to_num(numbers(projects, need)), index=projects.index)
            pool = rows["site"].map(table[stock + SHARED])
            draws = asked.reindex(rows.index).fillna(0.0).groupby(pool.to_numpy()).sum()
            taken = table[stock + SHARED].map(draws).fillna(0.0).to_numpy(dtype=float)
            table[stock] = np.maximum(numbers(table, stock) - taken, 0.0)
    return table


def holders(sites: pd.DataFrame) -> dict[str, tuple[tuple[str, float], ...]]:
    """Return who holds which site, by ``site_id``; sites that nobody holds are not there."""
    if "held_by" not in sites:
        return {}
    told = sites["held_by"]
    return {str(site): who for site, who in told[told.map(len) > 0].items()}
