"""Stage events at the door: completed, checked all at once, refused all at once."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from data import schema
from data.errors import EventsRefusedError
from data.register.change import EVENT_COLUMNS

AREA_TOLERANCE = 1.05
"""An event may exceed the measured area by this factor (m² of plane against ellipsoid, fences)."""
SHOWN_FAULTS = 10

_TEXTS = ("parcel_id", "stage", "doc_no", "who", "note")
_KEY = ["parcel_id", "stage", "occurred_on", "area_m2"]


class _Faults:
    """Faults with the row they belong to, in the order they were found."""

    def __init__(self) -> None:
        self.found: list[tuple[str, str]] = []
        self.count = 0

    def add(self, rows: pd.Series, what: tuple[str, str], values: pd.Series | None = None) -> None:
        places = np.flatnonzero(rows.fillna(False).to_numpy(dtype=bool))
        self.count += len(places)
        for at in places[:SHOWN_FAULTS]:
            value = "" if values is None else f" “{values.iloc[at]}”"
            self.found.append(
                (f"第 {at + 1} 行：{what[0]}{value}", f"row {at + 1}: {what[1]}{value}")
            )

    def complain(self) -> None:
        if self.count:
            raise EventsRefusedError(count=self.count, faults=tuple(self.found[:SHOWN_FAULTS]))


def _typed(events: pd.DataFrame, faults: _Faults) -> pd.DataFrame:
    missing = [c for c in EVENT_COLUMNS[:3] if c not in events and "reverses" not in events]
    extra = [str(c) for c in events.columns if c not in EVENT_COLUMNS]
    if missing or extra:
        told = [(f"缺少列 {c}", f"column {c} is missing") for c in missing]
        told += [(f"多出列 {c}", f"column {c} is not known") for c in extra]
        raise EventsRefusedError(count=len(told), faults=tuple(told))
    plain = events.reset_index(drop=True).reindex(columns=list(EVENT_COLUMNS))
    for column in _TEXTS:
        text = plain[column].astype("str").astype(object)
        plain[column] = text.where(plain[column].notna() & (text != ""), None)
    for column in ("area_m2", "reverses"):
        numbers = pd.to_numeric(plain[column], errors="coerce").astype("float64")
        faults.add(
            numbers.isna() & plain[column].notna(),
            (f"{column} 不是数字", f"{column} is no number"),
            plain[column],
        )
        plain[column] = numbers
    days = pd.to_datetime(plain["occurred_on"], errors="coerce")
    faults.add(
        days.isna() & plain["occurred_on"].notna(),
        ("日期无法识别", "not a date"),
        plain["occurred_on"],
    )
    plain["occurred_on"] = days.astype("datetime64[ns]").dt.normalize()
    return plain


def _completed(plain: pd.DataFrame, known: pd.DataFrame, faults: _Faults) -> pd.DataFrame:
    """Fill reversing rows from the events they undo and refuse impossible reversals."""
    reversing = plain["reverses"].notna()
    if not reversing.any():
        return plain
    targets = known.set_index("event_id").reindex(plain["reverses"]).reset_index(drop=True)
    faults.add(
        reversing & targets["stage"].isna(),
        ("所冲销的事件不存在", "no such event to reverse"),
        plain["reverses"],
    )
    faults.add(
        reversing & targets["reverses"].notna(),
        ("不能冲销一条冲销记录", "a reversal cannot be reversed"),
        plain["reverses"],
    )
    again = plain["reverses"].isin(known["reverses"].dropna()) | plain["reverses"].duplicated()
    faults.add(reversing & again, ("该事件已被冲销", "already reversed"), plain["reverses"])
    done = plain.copy()
    for column in _KEY:
        blank = reversing & plain[column].isna()
        if column in ("parcel_id", "stage"):
            differs = reversing & ~blank & targets["stage"].notna()
            differs &= plain[column].astype(object) != targets[column].astype(object)
            faults.add(
                differs, (f"{column} 与所冲销的事件不符", f"{column} differs"), plain[column]
            )
        done[column] = plain[column].where(~blank, targets[column])
    return done


def _numbered(
    plain: pd.DataFrame, known: pd.DataFrame, first: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Turn references to rows of the batch into their coming numbers, and let these be known."""
    inside = plain["reverses"] < 0
    if not inside.any():
        return plain, known
    there = plain["reverses"].where(~inside, first - 1 - plain["reverses"])
    plain = plain.assign(reverses=there)
    wanted = first + np.arange(len(plain))
    meant = np.isin(wanted, there[inside])
    own = plain.loc[meant, [*_KEY, "reverses"]].assign(event_id=wanted[meant])
    own = own.astype({name: known[name].dtype for name in own.columns})
    return plain, own[known.columns] if known.empty else pd.concat([known, own[known.columns]])


def _stage_faults(done: pd.DataFrame, faults: _Faults, today: date) -> None:
    for column in _KEY[:3]:
        names = tuple(schema.label(column, lang) for lang in ("zh", "en"))
        faults.add(done[column].isna(), (f"{names[0]}为空", f"{names[1]} is empty"))
    known = schema.enum_codes("stage")
    faults.add(
        done["stage"].notna() & ~done["stage"].isin(known),
        ("阶段未知", "unknown stage"),
        done["stage"],
    )
    late = ("发生日期晚于登记日", "occurred after the day of recording")
    faults.add(done["occurred_on"] > pd.Timestamp(today), late, done["occurred_on"].dt.date)


def _parcel_faults(done: pd.DataFrame, areas: pd.Series, faults: _Faults) -> None:
    fresh = done["reverses"].isna()
    unknown = fresh & done["parcel_id"].notna() & ~done["parcel_id"].isin(areas.index)
    faults.add(unknown, ("宗地不在册", "no such current parcel"), done["parcel_id"])
    limit = areas.reindex(done["parcel_id"]).reset_index(drop=True) * AREA_TOLERANCE
    faults.add(
        fresh & (done["area_m2"] <= 0), ("面积须大于 0", "area must exceed 0"), done["area_m2"]
    )
    faults.add(
        fresh & np.isinf(done["area_m2"]),
        ("面积须为有限数", "area must be finite"),
        done["area_m2"],
    )
    above = ("面积超过宗地图形面积", "area exceeds that of the parcel")
    faults.add(
        fresh & np.isfinite(done["area_m2"]) & (done["area_m2"] > limit), above, done["area_m2"]
    )


def _duplicate_faults(done: pd.DataFrame, known: pd.DataFrame, faults: _Faults, first: int) -> None:
    """Refuse a fact that stands already; what is undone, also by this batch, stands no more."""
    fresh = done["reverses"].isna() & ~np.isin(first + np.arange(len(done)), done["reverses"])
    known = known[known["event_id"] < first]
    undone = set(known["reverses"].dropna()) | set(done["reverses"].dropna())
    stands = known[known["reverses"].isna() & ~known["event_id"].isin(undone)]
    mine = done.loc[fresh, _KEY]
    both = pd.concat([stands[_KEY].astype(mine.dtypes.to_dict()), mine], ignore_index=True)
    twice = pd.Series(both.duplicated().to_numpy()[len(stands) :], index=mine.index)
    same = ("与已有事件重复", "repeats an event on record")
    faults.add(twice.reindex(done.index, fill_value=False), same, done["parcel_id"])


def admit(
    events: pd.DataFrame, *, known: pd.DataFrame, areas: pd.Series, today: date, first: int
) -> pd.DataFrame:
    """Return events fit to be written, or refuse the whole batch with every fault counted.

    Parameters
    ----------
    events : DataFrame
        As in ``Change.events``.
    known : DataFrame
        Events on record of the parcels concerned: ``event_id``, ``reverses`` and the four columns
        that make an event (parcel, stage, day, area).
    areas : Series
        ``geometry_area_m2`` of the parcels concerned that are current after this change, by
        ``parcel_id``; NaN where unknown, then no limit is checked.
    today : date
        Office day on which the change is recorded.
    first : int
        Number that the first event of the batch gets; ``reverses`` -n is the n-th of the batch.

    Raises
    ------
    EventsRefusedError
        Lists the first ten faults and counts all.
    """
    faults = _Faults()
    plain, known = _numbered(_typed(events, faults), known, first)
    done = _completed(plain, known, faults)
    _stage_faults(done, faults, today)
    _parcel_faults(done, areas, faults)
    _duplicate_faults(done, known, faults, first)
    faults.complain()
    return done
