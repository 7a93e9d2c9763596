"""Events of parcels that were split or merged, carried over to the parcels that lie there now."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gis.area import ellipsoidal_area_m2

SLIVER_SHARE = 1e-6
"""A smaller share of a parcel is rounding along a common boundary, no land."""

_KEY = ["parent_id", "change_no"]


def carried_events(
    events: pd.DataFrame, parcels: gpd.GeoDataFrame, parts: gpd.GeoDataFrame
) -> pd.DataFrame:
    """Return the events with those from before a split or merger on the parcels of today.

    What happened to a parcel happened to its land. Each event of a parcel recorded before it was
    split or merged becomes one event for every current parcel that lies on its land, with the
    share of the area that lies there; land that no current parcel covers is left out. The copies
    keep the number of the event, so a reversal takes all of them back.

    Parameters
    ----------
    events : DataFrame
        As ``Register.read_events`` returns them.
    parcels : GeoDataFrame
        Current parcels by ``parcel_id``, EPSG:4490.
    parts : GeoDataFrame
        As ``Register.lineage_parts`` returns it: ``parent_id``, ``child_id``, ``change_no``,
        ``last_event_id``, ``renewal_mode`` and the geometry of the parent before the change.

    Returns
    -------
    DataFrame
        ``events`` itself where nothing was split or merged. Otherwise a new frame by
        ``event_id`` with two more columns: ``credit_mode``, the renewal mode under which a
        carried event earns, and ``from_parcel``, where it was recorded (both None for others).
    """
    if parts.empty or not events["parcel_id"].isin(parts["parent_id"]).any():
        return events
    units = _units(parts)
    found = _unit_of(events, units)
    moved = found >= 0
    if not moved.any():
        return events.assign(credit_mode=None, from_parcel=None)
    shares = _shares(units, _heirs(parts, units), parcels, np.unique(found[moved]))
    copies = _copies(events[moved], found[moved], units, shares)
    stay = events[~moved].assign(credit_mode=None, from_parcel=None)
    together = pd.concat([stay, copies.astype(stay.dtypes.to_dict())], ignore_index=True)
    return together.sort_values(["event_id", "parcel_id"], kind="stable", ignore_index=True)


def _units(parts: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return each parcel as it was before each of its splits and mergers, with its area."""
    units = parts.drop_duplicates(_KEY).sort_values(_KEY).reset_index(drop=True)
    return units.assign(area_m2=ellipsoidal_area_m2(units.geometry).to_numpy())


def _unit_of(events: pd.DataFrame, units: pd.DataFrame) -> np.ndarray:
    """Return the unit whose land each event speaks of, -1 for a parcel as it is now."""
    ordinary = events["reverses"].isna() & events["parcel_id"].isin(units["parent_id"])
    place = np.flatnonzero(ordinary)
    asked = pd.DataFrame(
        {
            "event_id": events["event_id"].to_numpy(dtype="int64")[place],
            "parcel_id": events["parcel_id"].astype(object).to_numpy()[place],
            "place": place,
        }
    )
    known = pd.DataFrame(
        {
            "last_event_id": units["last_event_id"].to_numpy(dtype="int64"),
            "parcel_id": units["parent_id"].astype(object).to_numpy(),
            "unit": np.arange(len(units)),
        }
    )
    joined = pd.merge_asof(
        asked.sort_values("event_id", kind="stable"),
        known.sort_values(["last_event_id", "unit"], kind="stable"),
        left_on="event_id",
        right_on="last_event_id",
        by="parcel_id",
        direction="forward",
    )
    found = np.full(len(events), -1)
    found[joined["place"]] = joined["unit"].fillna(-1).to_numpy(dtype="int64")
    return found


def _heirs(parts: pd.DataFrame, units: pd.DataFrame) -> pd.DataFrame:
    """Return every parcel that may lie on the land of each unit: ``unit`` and ``parcel_id``."""
    edges = pd.DataFrame(parts[[*_KEY, "child_id"]])
    number = pd.MultiIndex.from_frame(units[_KEY])
    own = pd.DataFrame(
        {
            "unit": np.arange(len(units)),
            "parcel_id": units["parent_id"],
            "since": units["change_no"],
        }
    )
    children = pd.DataFrame(
        {
            "unit": number.get_indexer(pd.MultiIndex.from_frame(edges[_KEY])),
            "parcel_id": edges["child_id"],
            "since": edges["change_no"],
        }
    )
    reached = fresh = pd.concat([own, children], ignore_index=True)
    while len(fresh):
        later = fresh.merge(edges, left_on="parcel_id", right_on="parent_id")
        later = later[later["change_no"] > later["since"]]
        later = pd.DataFrame(
            {"unit": later["unit"], "parcel_id": later["child_id"], "since": later["change_no"]}
        )
        size = len(reached)
        reached = pd.concat([reached, later], ignore_index=True).drop_duplicates()
        fresh = reached.iloc[size:]
    return reached.drop_duplicates(["unit", "parcel_id"])


def _shares(
    units: gpd.GeoDataFrame, heirs: pd.DataFrame, parcels: gpd.GeoDataFrame, wanted: np.ndarray
) -> pd.DataFrame:
    """Return ``unit``, ``parcel_id`` and ``share``: how much of the unit each parcel holds today.

    Shares of one unit never add up to more than 1, even where parcels of today overlap.
    """
    here = parcels.index.get_indexer(pd.Index(heirs["parcel_id"]))
    keep = (here >= 0) & np.isin(heirs["unit"], wanted)
    unit = heirs["unit"].to_numpy()[keep]
    before = shapely.make_valid(units.geometry.to_numpy()[unit])
    after = shapely.make_valid(parcels.geometry.to_numpy()[here[keep]])
    common = gpd.GeoSeries(shapely.intersection(before, after), crs=parcels.crs)
    overlap = ellipsoidal_area_m2(common).to_numpy()
    share = np.nan_to_num(overlap / units["area_m2"].to_numpy()[unit], nan=0.0)
    total = np.bincount(unit, weights=share, minlength=len(units))[unit]
    table = pd.DataFrame(
        {
            "unit": unit,
            "parcel_id": heirs["parcel_id"].to_numpy()[keep],
            "share": share / np.maximum(total, 1.0),
        }
    )
    return table[table["share"] > SLIVER_SHARE]


def _copies(
    events: pd.DataFrame, unit: np.ndarray, units: pd.DataFrame, shares: pd.DataFrame
) -> pd.DataFrame:
    whole = units["area_m2"].to_numpy()[unit]
    said = events["area_m2"].to_numpy(dtype=float)
    told = events.assign(
        unit=unit,
        area_m2=np.fmin(np.where(np.isnan(said), whole, said), whole),
        credit_mode=units["renewal_mode"].astype(object).to_numpy()[unit],
        from_parcel=events["parcel_id"].astype(object),
    )
    joined = told.drop(columns="parcel_id").merge(shares, on="unit")
    joined["area_m2"] *= joined["share"]
    mode = joined["credit_mode"]
    return joined.assign(credit_mode=mode.where(mode.notna(), None))[
        [*events.columns, "credit_mode", "from_parcel"]
    ]
