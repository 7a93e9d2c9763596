"""Where the land lies that only one of two ledgers has: on its parcel, its own shape, its town."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from analysis.ledgers_compare import LedgerComparison
from gis.crs import COUNTY_CRS

ALONE = ("only_jx", "only_zg")
"""Kinds of a difference that mean land on one ledger only."""
PLACED = ("parcel", "shape", "town")
"""By what a row is placed, the best first."""


def placed_alone(
    found: LedgerComparison,
    *,
    jx: pd.DataFrame,
    zg: pd.DataFrame,
    parcels: gpd.GeoDataFrame,
    towns: pd.DataFrame,
) -> gpd.GeoDataFrame:
    """Return the unresolved rows that only one ledger has, with the place of each.

    Parameters
    ----------
    found : LedgerComparison
        Of these ledgers.
    jx, zg : DataFrame
        The ledgers; a GeoDataFrame has shapes of its own (EPSG:4490).
    parcels : GeoDataFrame
        Parcels on record, by ``parcel_id``.
    towns : DataFrame
        ``name``, ``lon``, ``lat`` of the towns' points.

    Returns
    -------
    GeoDataFrame
        ``field`` (a value of `ALONE`), ``parcel_id``, ``owner``, ``town``, ``land_m2`` (NaN:
        unknown), ``placed_by`` (a value of `PLACED`, None where nothing says the place) and the
        geometry: the parcel's or the row's own shape, the town's point, else missing. In the
        order of ``found.differences``.

    Examples
    --------
    >>> from analysis.ledgers_compare import compare_ledgers
    >>> from data.ledger_rules import load_ledger_rules
    >>> jx = pd.DataFrame({"owner": ["甲厂"], "town": ["塘下镇"], "registered_area_m2": [6_000.0]})
    >>> zg = pd.DataFrame({"owner": [], "town": [], "registered_area_m2": []})
    >>> towns = pd.DataFrame({"name": ["塘下镇"], "lon": [120.7], "lat": [27.9]})
    >>> parcels = gpd.GeoDataFrame(geometry=gpd.GeoSeries([], crs=4490))
    >>> both = compare_ledgers(jx, zg, rules=load_ledger_rules())
    >>> rows = placed_alone(both, jx=jx, zg=zg, parcels=parcels, towns=towns)
    >>> rows[["field", "owner", "placed_by"]].values.tolist()
    [['only_jx', '甲厂', 'town']]
    """
    rows = found.unresolved
    rows = rows[rows["field"].isin(ALONE).to_numpy(dtype=bool)].reset_index(drop=True)
    of_jx = (rows["field"] == "only_jx").to_numpy(dtype=bool)
    own = np.where(of_jx, _own(rows["jx_row"], jx), _own(rows["zg_row"], zg))
    choices = {
        "parcel": _by_key(rows["parcel_id"], parcels.index, np.asarray(parcels.geometry.array)),
        "shape": own,
        "town": _by_key(rows["town"], towns["name"], shapely.points(towns[["lon", "lat"]])),
    }
    shapes = np.full(len(rows), None, dtype=object)
    placed_by = np.full(len(rows), None, dtype=object)
    for name, there in choices.items():
        fresh = shapely.is_missing(shapes) & ~shapely.is_missing(there)
        shapes[fresh], placed_by[fresh] = there[fresh], name
    table = pd.DataFrame(
        {
            "field": rows["field"],
            "parcel_id": rows["parcel_id"],
            "owner": rows["jx"].where(of_jx, rows["zg"]),
            "town": rows["town"],
            "land_m2": rows["land_m2"].astype(float),
            "placed_by": pd.Series(placed_by, index=rows.index, dtype=object),
        }
    )
    return gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(shapes, crs=COUNTY_CRS))


def _own(numbers: pd.Series, ledger: pd.DataFrame) -> np.ndarray:
    """Return the shape that the ledger itself has for rows told by their numbers."""
    if not isinstance(ledger, gpd.GeoDataFrame):
        return np.full(len(numbers), None, dtype=object)
    plain = np.arange(1, len(ledger) + 1)
    named = ledger["source_row"].to_numpy() if "source_row" in ledger else plain
    return _by_key(numbers, pd.Index(named), np.asarray(ledger.geometry.array))


def _by_key(keys: pd.Series, names: pd.Index | pd.Series, shapes: np.ndarray) -> np.ndarray:
    """Return the shape of each key, None where there is none or the key is unknown."""
    found = np.full(len(keys), None, dtype=object)
    if len(names):
        first = ~pd.Index(names).duplicated()
        at = pd.Index(names)[first].get_indexer(pd.Index(keys))
        there = (at >= 0) & keys.notna().to_numpy(dtype=bool)
        found[there] = np.asarray(shapes, dtype=object)[first][at[there]]
    return found
