"""Stage events at the door: rows that contradict the register are rejected, not the file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd

from data.intake_columns import map_columns
from data.intake_files import Handed
from data.intake_issues import IssueLog
from data.intake_parcels import Placed, require_key, typed_columns
from data.register.change import EVENT_COLUMNS
from data.register.events import AREA_TOLERANCE

_KEY = ["parcel_id", "stage", "occurred_on", "area_m2"]


def place_events(
    handed: Handed,
    parcels: pd.DataFrame | gpd.GeoDataFrame,
    known: pd.DataFrame,
    *,
    file: str,
    mapping: Mapping[str, str] | None,
    today: date,
    who: str,
    log: IssueLog,
) -> Placed:
    """Check the events of a file against the register.

    Parameters
    ----------
    handed : Handed
        Rows as read.
    parcels : DataFrame
        Current parcels by ``parcel_id``, with ``geometry_area_m2``.
    known : DataFrame
        Events on record. An event that stands already is unchanged, not new.
    file : str
        Name of the file, for refusals.
    mapping : mapping, optional
        As in `map_columns`.
    today : date
        Office day of recording; nothing can have happened after it.
    who : str
        Where a row does not say who recorded it.
    log : IssueLog
        Takes every issue.

    Raises
    ------
    KeyColumnMissingError
        If parcel, stage or date has no column.
    """
    cells = handed.cells
    columns = map_columns([str(name) for name in cells.columns], "event", mapping=mapping, log=log)
    for key in _KEY[:3]:
        require_key(columns, key, file, cells)
    values, bad = typed_columns(cells, columns, log, skip=tuple(_KEY))
    events = values.reindex(columns=list(EVENT_COLUMNS))
    events["area_m2"] = events["area_m2"].astype("float64")
    events["reverses"] = events["reverses"].astype("Int64")
    raw = {column.field.key: cells[column.source] for column in columns}
    rejected = _reject(events, bad, raw, parcels, known, today, log)
    good = events.loc[~rejected]
    twice = good["reverses"].isna() & good.duplicated(_KEY)
    log.add("event_duplicate", good.index[twice], values=good.loc[twice, "parcel_id"])
    rejected.loc[twice.index[twice]] = True
    good = good.loc[~twice]
    stands = _standing(good, known)
    fresh = good.loc[~stands].sort_values(["occurred_on", "parcel_id"], kind="stable")
    fresh = fresh.assign(who=fresh["who"].where(fresh["who"].notna(), who))
    ids = {
        "new": tuple(fresh["parcel_id"].astype(str)),
        "changed": (),
        "unchanged": tuple(good.loc[stands, "parcel_id"].astype(str)),
        "vanished": (),
    }
    return Placed(rejected, fresh.reset_index(drop=True) if len(fresh) else None, ids)


def _reject(
    events: pd.DataFrame,
    bad: Mapping[str, pd.Series],
    raw: Mapping[str, pd.Series],
    parcels: pd.DataFrame,
    known: pd.DataFrame,
    today: date,
    log: IssueLog,
) -> pd.Series:
    """Give each bad row its first reason."""
    reversing = events["reverses"].notna()
    area = bad.get("area_m2", pd.Series(dtype=object)).reindex(events.index)
    limit = events["parcel_id"].map(parcels["geometry_area_m2"]) * AREA_TOLERANCE
    undone = known["reverses"].dropna()
    open_events = known.loc[known["reverses"].isna() & ~known["event_id"].isin(undone), "event_id"]
    again = reversing & events["reverses"].duplicated()
    reasons: list[tuple[str, str, pd.Series]] = [
        ("event_unknown", "reverses", reversing & (~events["reverses"].isin(open_events) | again)),
        ("id_missing", "parcel_id", ~reversing & events["parcel_id"].isna()),
        ("parcel_unknown", "parcel_id", ~events["parcel_id"].isin(parcels.index) & ~reversing),
        ("stage_unknown", "stage", ~reversing & events["stage"].isna()),
        ("date_missing", "occurred_on", ~reversing & events["occurred_on"].isna()),
        ("date_future", "occurred_on", events["occurred_on"] > pd.Timestamp(today)),
        ("area_not_positive", "area_m2", area.eq("out_of_range") | (events["area_m2"] <= 0)),
        ("area_unreadable", "area_m2", area.notna()),
        ("area_over_parcel", "area_m2", ~reversing & (events["area_m2"] > limit)),
    ]
    rejected = pd.Series(False, index=events.index)
    for kind, key, mask in reasons:
        here = mask.fillna(False).astype(bool) & ~rejected
        log.add(kind, events.index[here], values=raw.get(key, events[key])[here], field_key=key)
        rejected |= here
    return rejected


def _standing(good: pd.DataFrame, known: pd.DataFrame) -> np.ndarray:
    """Events of the file that are on record and not reversed."""
    undone = known["reverses"].dropna()
    stands = known.loc[known["reverses"].isna() & ~known["event_id"].isin(undone), _KEY]
    recorded = pd.MultiIndex.from_frame(_comparable(stands))
    mine = pd.MultiIndex.from_frame(_comparable(good[_KEY]))
    return np.asarray(mine.isin(recorded) & good["reverses"].isna().to_numpy())


def _comparable(events: pd.DataFrame) -> pd.DataFrame:
    """Bring the key to one set of types; areas to the square centimetre, unknown as -1."""
    return pd.DataFrame(
        {
            "parcel_id": events["parcel_id"].astype("str"),
            "stage": events["stage"].astype("str"),
            "occurred_on": events["occurred_on"].astype("datetime64[ns]"),
            "area_m2": events["area_m2"].astype("float64").round(4).fillna(-1.0),
        }
    )
