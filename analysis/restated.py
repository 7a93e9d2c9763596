"""As published then, as known now: which parcels' credit was restated, by how much, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from analysis.credit import credited_events
from analysis.stages import standing_events
from data.rules import Rules

REASONS = ("added", "reversed", "mode", "area", "split", "new", "gone", "other")
"""Why a figure differs: an event recorded later, one taken back, another mode or area, a parcel
split or merged, recorded or taken off since; ``other`` where other events used its area up."""

PUBLISHED_AFTER = timedelta(days=10)
"""A report of a period is taken to be published so many days after its end."""

SAME_M2 = 0.005
"""Differences below this are the last bits of a float."""


@dataclass(frozen=True, eq=False)
class Known:
    """What was known on a day: the parcels and the stage events of every day."""

    parcels: pd.DataFrame
    events: pd.DataFrame


@dataclass(frozen=True, eq=False)
class Restated:
    """A figure as published and as known now.

    Attributes
    ----------
    then_m2, now_m2 : float
        Credited area of the year until the day of the report, known areas only.
    rows : DataFrame
        The parcels whose credit differs, the largest difference first, by ``parcel_id``:
        ``parcel_name``, ``town``, ``then_m2``, ``now_m2``, ``difference_m2``, ``reasons`` (tuple
        of ``REASONS``), ``documents`` and ``notes`` (tuples of text of the events behind it),
        ``recorded_at`` (the last of them; NaT where no event is behind it). The differences add
        up to ``now_m2 - then_m2``.
    """

    then_m2: float
    now_m2: float
    rows: pd.DataFrame


def restated(then: Known, now: Known, *, rules: Rules, year: int, state_on: date) -> Restated:
    """Return what was restated between two days of knowing, for the same day of the state.

    Parameters
    ----------
    then, now : Known
        Parcels by ``parcel_id`` with ``parcel_name``, ``town``, ``renewal_mode`` and
        ``geometry_area_m2``; events with ``doc_no``, ``note`` and ``recorded_at``.
    rules : Rules
        The credit rule, the same for both.
    year : int
        The year of the task.
    state_on : date
        The day of the report.
    """
    before, after = (_credit(known, rules, year, state_on) for known in (then, now))
    ids = before.index.union(after.index)
    rows = pd.DataFrame(
        {
            "then_m2": before.reindex(ids, fill_value=0.0),
            "now_m2": after.reindex(ids, fill_value=0.0),
        },
        index=pd.Index(ids, name="parcel_id"),
    )
    rows["difference_m2"] = rows["now_m2"] - rows["then_m2"]
    rows = rows[rows["difference_m2"].abs() >= SAME_M2]
    for place, name in enumerate(("parcel_name", "town")):
        told = now.parcels[name].reindex(rows.index)
        rows.insert(place, name, told.where(told.notna(), then.parcels[name].reindex(rows.index)))
    rows = rows.assign(**_why(rows.index, then, now, state_on))
    order = rows["difference_m2"].abs().sort_values(ascending=False, kind="stable").index
    return Restated(float(before.sum()), float(after.sum()), rows.loc[order])


def _credit(known: Known, rules: Rules, year: int, state_on: date) -> pd.Series:
    """Return the credit of the year by parcel, known areas only."""
    standing = standing_events(known.events, state_on=state_on)
    earned = credited_events(standing, known.parcels, rules=rules)
    mine = earned[(pd.to_datetime(earned["occurred_on"]).dt.year == year).to_numpy()]
    area = np.nan_to_num(mine["credited_m2"].to_numpy(dtype=float), nan=0.0)
    ids = mine["parcel_id"].astype(object).to_numpy()
    return pd.Series(area, index=ids).groupby(level=0).sum()


def _why(ids: pd.Index, then: Known, now: Known, state_on: date) -> dict[str, Any]:
    """Return reasons and documents of each parcel."""
    stood = standing_events(then.events, state_on=state_on)
    stands = standing_events(now.events, state_on=state_on)
    added = stands[~stands["event_id"].isin(then.events["event_id"]).to_numpy()]
    fallen = stood[~stood["event_id"].isin(stands["event_id"]).to_numpy()]
    undoing = now.events[now.events["reverses"].isin(fallen["event_id"]).to_numpy()]
    was, is_ = then.parcels.reindex(ids), now.parcels.reindex(ids)
    both = ids.isin(then.parcels.index) & ids.isin(now.parcels.index)
    before, after = (side["geometry_area_m2"].to_numpy(dtype=float) for side in (was, is_))
    split = ids.isin(_split(now.events))
    flags = {
        "added": ids.isin(added["parcel_id"]),
        "reversed": ids.isin(fallen["parcel_id"]),
        "mode": both & _differs(was["renewal_mode"], is_["renewal_mode"]),
        "area": both & ~np.isclose(before, after, rtol=0, atol=SAME_M2, equal_nan=True),
        "split": split & ~both,
        "new": ~ids.isin(then.parcels.index) & ~split,
        "gone": ~ids.isin(now.parcels.index) & ~split,
    }
    flags["other"] = ~np.logical_or.reduce(list(flags.values()))
    told = np.column_stack([flags[reason] for reason in REASONS])
    behind = pd.concat([added, undoing]) if len(undoing) else added
    behind = behind[behind["parcel_id"].isin(ids).to_numpy()].sort_values("event_id")
    last = behind.groupby("parcel_id")["recorded_at"].max()
    return {
        "reasons": [tuple(np.array(REASONS)[row].tolist()) for row in told],
        "documents": _texts(behind, "doc_no", ids),
        "notes": _texts(behind, "note", ids),
        "recorded_at": last.reindex(ids).to_numpy(),
    }


def _split(events: pd.DataFrame) -> set[str]:
    """Return the parcels between which events were carried over by splits and mergers."""
    if "from_parcel" not in events:
        return set()
    carried = events[events["from_parcel"].notna()]
    return {*carried["parcel_id"], *carried["from_parcel"]}


def _differs(before: pd.Series, after: pd.Series) -> np.ndarray:
    one, other = (side.astype(object).where(side.notna(), None) for side in (before, after))
    return (one.to_numpy() != other.to_numpy()).astype(bool)


def _texts(events: pd.DataFrame, column: str, ids: pd.Index) -> list[tuple[str, ...]]:
    """Return the different texts of each parcel's events, in their order."""
    told = events[events[column].notna()]
    found: dict[str, dict[str, None]] = {}
    for name, text in zip(told["parcel_id"], told[column], strict=True):
        found.setdefault(name, {})[str(text)] = None
    return [tuple(found.get(name, {})) for name in ids]
