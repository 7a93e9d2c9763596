"""Stage events at the door: rows that contradict the register are rejected, not the file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd

from data.intake_columns import field_key, map_columns
from data.intake_files import Handed
from data.intake_issues import IssueLog
from data.intake_parcels import Placed, require_key, typed_columns
from data.register.change import EVENT_COLUMNS
from data.register.events import AREA_TOLERANCE

_KEY = ["parcel_id", "stage", "occurred_on", "area_m2"]
_NOTHING = pd.Series(dtype=object)


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

    A file may number its own events (``event_id``); its reversals then mean these numbers, else
    those of the register.

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
    values, bad = typed_columns(cells, columns, log, skip=(*_KEY, "reverses"))
    events = values.reindex(columns=list(EVENT_COLUMNS))
    log.ids = events["parcel_id"]
    events["area_m2"] = events["area_m2"].astype("float64")
    events["reverses"] = events["reverses"].astype("Int64")
    raw = {column.field.key: cells[column.source] for column in columns}
    target = _targets_within(events, cells, mapping)
    rejected = _reject(events, bad, raw, parcels, known, today, log, target)
    good = events.loc[~rejected]
    undone = good.index.isin(target[good.index].dropna())
    ordinary = good.loc[good["reverses"].isna() & ~undone]
    twice = ordinary.index[ordinary.duplicated(_KEY)]
    log.add("event_duplicate", twice, values=good.loc[twice, "parcel_id"])
    rejected.loc[twice] = True
    good = good.drop(index=twice)
    good, target, stands = _standing(good, target[good.index], known)
    inside = target[~stands].notna()
    fresh = good.loc[~stands].assign(inside=inside)
    fresh = fresh.sort_values(["inside", "occurred_on", "parcel_id"], kind="stable")
    place = pd.Series(np.arange(1, len(fresh) + 1), index=fresh.index)
    within = -target[fresh.index].map(place).astype("Int64")
    fresh["reverses"] = fresh["reverses"].mask(fresh["inside"], within)
    fresh = fresh.drop(columns="inside")
    fresh = fresh.assign(who=fresh["who"].where(fresh["who"].notna(), who))
    ids = {
        "new": tuple(fresh["parcel_id"].astype(str)),
        "changed": (),
        "unchanged": tuple(good.loc[stands, "parcel_id"].astype(str)),
        "vanished": (),
    }
    return Placed(rejected, fresh.reset_index(drop=True) if len(fresh) else None, ids)


def _targets_within(
    events: pd.DataFrame, cells: pd.DataFrame, mapping: Mapping[str, str] | None
) -> pd.Series:
    """Row that each reversal means, by the numbers the file gives its own events; else <NA>."""
    given = dict(mapping or {})
    names = [name for name in cells.columns if (given.get(name) or _key(name)) == "event_id"]
    nothing = pd.Series(pd.NA, index=events.index, dtype="Int64")
    if not names:
        return nothing
    numbers = pd.to_numeric(cells[names[0]], errors="coerce").astype("float64")
    numbers = numbers[numbers.notna() & ~numbers.duplicated(keep=False)]
    rows = pd.Series(numbers.index, index=numbers.to_numpy(), dtype="Int64")
    found = events["reverses"].astype("float64").map(rows)
    return found.astype("Int64").set_axis(events.index)


def _key(heading: object) -> str | None:
    return field_key(str(heading), "event")


def _impossible_within(events: pd.DataFrame, target: pd.Series) -> pd.Series:
    """Reversals of a row of the file that is a reversal, or of another parcel or stage."""
    refs = target.dropna().astype("int64")
    meant, mine = events.loc[refs.to_numpy()], events.loc[refs.index]
    wrong = meant["reverses"].notna().to_numpy() | refs.duplicated().to_numpy()
    for key in _KEY[:2]:
        own, theirs = mine[key].astype(object), meant[key].astype(object)
        wrong |= own.notna().to_numpy() & (own.to_numpy() != theirs.to_numpy())
    found = pd.Series(False, index=events.index)
    found.loc[refs.index] = wrong
    return found


def _reject(
    events: pd.DataFrame,
    bad: Mapping[str, pd.Series],
    raw: Mapping[str, pd.Series],
    parcels: pd.DataFrame,
    known: pd.DataFrame,
    today: date,
    log: IssueLog,
    target: pd.Series,
) -> pd.Series:
    """Give each bad row its first reason; a reversal goes out with the row that it means."""
    unread = {key: bad.get(key, _NOTHING).reindex(events.index) for key in (*_KEY, "reverses")}
    reversing = events["reverses"].notna() | unread["reverses"].notna()
    inside = target.notna()
    limit = events["parcel_id"].map(parcels["geometry_area_m2"]) * AREA_TOLERANCE
    undone = known["reverses"].dropna()
    open_events = known.loc[known["reverses"].isna() & ~known["event_id"].isin(undone), "event_id"]
    again = reversing & events["reverses"].duplicated()
    unknown = reversing & ~inside & (~events["reverses"].isin(open_events) | again)
    unknown |= _impossible_within(events, target)
    another = reversing & ~inside & _of_another(events, known)
    reasons: list[tuple[str, str, pd.Series]] = [
        ("event_number_unreadable", "reverses", unread["reverses"].notna()),
        ("event_unknown", "reverses", unknown),
        ("id_precision_lost", "parcel_id", unread["parcel_id"].eq("precision_lost")),
        ("id_unusable", "parcel_id", unread["parcel_id"].notna()),
        ("event_of_another", "reverses", another),
        ("id_missing", "parcel_id", ~reversing & events["parcel_id"].isna()),
        ("parcel_unknown", "parcel_id", ~events["parcel_id"].isin(parcels.index) & ~reversing),
        ("stage_unknown", "stage", ~reversing & events["stage"].isna()),
        ("date_out_of_range", "occurred_on", unread["occurred_on"].eq("out_of_range")),
        ("date_missing", "occurred_on", ~reversing & events["occurred_on"].isna()),
        ("date_future", "occurred_on", events["occurred_on"] > pd.Timestamp(today)),
        *_area_reasons(events, unread["area_m2"], raw.get("area_m2"), limit, reversing),
    ]
    rejected = pd.Series(False, index=events.index)
    for kind, key, mask in reasons:
        here = mask.fillna(False).astype(bool) & ~rejected
        log.add(kind, events.index[here], values=raw.get(key, events[key])[here], field_key=key)
        rejected |= here
    orphan = ~rejected & inside & target.isin(rejected.index[rejected])
    log.add(
        "event_unknown", events.index[orphan], values=events["reverses"][orphan],
        field_key="reverses",
    )  # fmt: skip
    return rejected | orphan


def _of_another(events: pd.DataFrame, known: pd.DataFrame) -> pd.Series:
    """Reversals of an event on record whose parcel or stage is not the one of the row."""
    numbers = known["event_id"].astype("float64").to_numpy()
    meant = known.set_axis(pd.Index(numbers), axis=0).reindex(events["reverses"].astype("float64"))
    wrong = np.zeros(len(events), dtype=bool)
    for key in _KEY[:2]:
        own, theirs = events[key].astype(object), meant[key].astype(object)
        both = own.notna().to_numpy() & theirs.notna().to_numpy()
        wrong |= both & (own.astype("str").to_numpy() != theirs.astype("str").to_numpy())
    return pd.Series(wrong, index=events.index)


def _area_reasons(
    events: pd.DataFrame,
    unread: pd.Series,
    raw: pd.Series | None,
    limit: pd.Series,
    reversing: pd.Series,
) -> list[tuple[str, str, pd.Series]]:
    """Find what is wrong with areas; the word "nan" is no way to leave one empty."""
    area, beyond = events["area_m2"], unread.eq("out_of_range")
    told = pd.Series("", index=events.index) if raw is None else raw.astype("str").str.strip()
    below = beyond & told.str.startswith(("-", "－"))
    no_number = unread.notna() & ~beyond
    if raw is not None and not pd.api.types.is_numeric_dtype(raw.dtype):
        no_number |= raw.notna() & told.str.lower().eq("nan")
    return [
        ("area_not_positive", "area_m2", below | (area <= 0)),
        ("area_unreadable", "area_m2", no_number),
        ("area_over_parcel", "area_m2", beyond | (~reversing & (area > limit))),
    ]


def _standing(
    good: pd.DataFrame, target: pd.Series, known: pd.DataFrame
) -> tuple[pd.DataFrame, pd.Series, pd.Series]:
    """Tell what is on record already, and point reversals of such events at the register.

    An event stands if it is on record and not reversed; one that the file itself reverses, also
    if it is on record as reversed, and then its reversal stands too.
    """
    undone = known["event_id"].isin(known["reverses"].dropna())
    ordinary = known["reverses"].isna()
    mine = pd.MultiIndex.from_frame(_comparable(good[_KEY]))
    plain = good["reverses"].isna().to_numpy()
    taken_back = good.index.isin(target.dropna())
    gone = mine.isin(pd.MultiIndex.from_frame(_comparable(known.loc[ordinary & undone, _KEY])))
    gone &= plain & taken_back
    open_rows = known.loc[ordinary & ~undone]
    recorded = pd.MultiIndex.from_frame(_comparable(open_rows[_KEY]))
    stands = pd.Series(gone | (mine.isin(recorded) & plain), index=good.index)
    numbers = pd.Series(open_rows["event_id"].to_numpy(), index=recorded)
    numbers = numbers[~numbers.index.duplicated()].reindex(mine).set_axis(good.index)
    on_record = target.isin(good.index[stands.to_numpy() & ~gone])
    there = target.map(numbers).astype("Float64").astype("Int64")
    good = good.assign(reverses=good["reverses"].mask(on_record, there))
    stands |= target.isin(good.index[gone])
    return good, target.mask(on_record), stands


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
