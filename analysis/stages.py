"""What the stage events say: which of them stand, and how far each parcel has come."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from analysis.errors import UnknownStageError, require
from analysis.rows import codes_of
from data.rules import Rules


def standing_events(events: pd.DataFrame, *, state_on: date | None = None) -> pd.DataFrame:
    """Return the events that stand: neither reversed nor reversing, happened by ``state_on``.

    A reversing event says that another event never was, so the pair is dropped whenever it
    happened; a reversal that is itself reversed lets the first event stand again.

    Parameters
    ----------
    events : DataFrame
        Stage events with ``event_id``, ``parcel_id``, ``stage``, ``occurred_on`` (dates) and
        ``reverses`` (the ``event_id`` of the event taken back, empty for ordinary events).
    state_on : date, optional
        Events after this day are left out; without it all standing events are returned.

    Returns
    -------
    DataFrame
        The standing rows, ordered by parcel, date and event; empty in, empty out.

    Raises
    ------
    MissingFieldError
        If a column is absent.

    Examples
    --------
    >>> events = pd.DataFrame({
    ...     "event_id": [1, 2, 3], "parcel_id": "P1", "stage": ["signed", "vacated", "vacated"],
    ...     "occurred_on": pd.to_datetime(["2026-01-05", "2026-02-05", "2026-03-05"]),
    ...     "reverses": [None, None, 2],
    ... })
    >>> standing_events(events)["event_id"].tolist()
    [1]
    """
    kept = np.flatnonzero(stands(events, state_on=state_on))
    number = events["event_id"].to_numpy()[kept]
    if (number[1:] < number[:-1]).any():
        kept = kept[np.argsort(number, kind="stable")]
    day = pd.to_datetime(events["occurred_on"]).to_numpy().astype("datetime64[D]").astype(np.int64)
    parcel_and_day = ((codes_of(events["parcel_id"]) + 1) << 32) + day + 2**31
    return events.iloc[kept[np.argsort(parcel_and_day[kept], kind="stable")]]


def stands(events: pd.DataFrame, *, state_on: date | None = None) -> np.ndarray:
    """Return which events stand, in the order given; see :func:`standing_events`."""
    require(events, "event_id", "parcel_id", "stage", "occurred_on", "reverses", what="阶段记录")
    reverses = pd.to_numeric(events["reverses"], errors="coerce")
    reversing = reverses.notna().to_numpy()
    found: np.ndarray = ~reversing
    if reversing.any():
        pairs = pd.DataFrame(
            {"event_id": events["event_id"], "reverses": reverses}, index=events.index
        )[reversing]
        taken_back = _effective_reversals(pairs)["reverses"]
        found &= ~events["event_id"].isin(taken_back).to_numpy()
    if state_on is not None:
        found &= (events["occurred_on"] <= pd.Timestamp(state_on)).to_numpy()
    return found


def _effective_reversals(pairs: pd.DataFrame) -> pd.DataFrame:
    """Keep the reversals that count: those nobody took back, taken from the newest down."""
    effective = pairs.iloc[:0]
    left = pairs
    while len(left):
        newest = left[~left["event_id"].isin(left["reverses"])]
        if newest.empty:  # a ring of reversals cannot come from a register: nobody wins
            break
        effective = pd.concat([effective, newest]) if len(effective) else newest
        dead = newest["reverses"]
        left = left[~left["event_id"].isin(newest["event_id"])]
        left = left[~left["event_id"].isin(dead)]
    return effective


def stage_order(stages: pd.Series, rules: Rules) -> np.ndarray:
    """Return the order of each stage code as floats, NaN where the stage is unknown (None).

    Raises
    ------
    UnknownStageError
        If a code is neither empty nor a stage of the rules.
    """
    order = {stage.code: float(stage.order) for stage in rules.stages}
    if isinstance(stages.dtype, pd.CategoricalDtype):
        codes, names = stages.cat.codes.to_numpy(), stages.cat.categories
        used = np.isin(np.arange(len(names)), codes)
    else:
        codes, names = pd.factorize(stages, use_na_sentinel=True)
        used = np.ones(len(names), dtype=bool)
    strange = [str(code) for code in names[used] if code not in order]
    if strange:
        raise UnknownStageError(stages="、".join(sorted(strange)), known="、".join(order))
    lookup = np.array([*(order.get(code, np.nan) for code in names), np.nan])
    return np.asarray(lookup[codes], dtype=float)


def furthest(
    events: pd.DataFrame, position: np.ndarray, count: int, *, rules: Rules
) -> pd.DataFrame:
    """Return how far each of ``count`` parcels has come, unknown where it has no event.

    The stage is the furthest one in the order of the rules; its date is the latest event of
    that stage (a parcel may be demolished in parts).

    Parameters
    ----------
    events : DataFrame
        Standing events.
    position : ndarray of int
        The parcel's row of each event, below 0 where there is none.
    count : int
        Number of parcels.
    rules : Rules
        Gives the order of the stages.

    Returns
    -------
    DataFrame
        ``stage`` (None without event), ``stage_on`` and ``stage_order`` (float), one row a parcel.

    Raises
    ------
    UnknownStageError
        If an event names a stage that the rules do not have.
    """
    reached = stage_order(events["stage"], rules)
    days = pd.to_datetime(events["occurred_on"]).to_numpy().astype("datetime64[ns]")
    counts = np.flatnonzero((position >= 0) & ~np.isnan(reached))
    top = np.full(count, -np.inf)
    np.maximum.at(top, position[counts], reached[counts])
    counts = counts[reached[counts] == top[position[counts]]]
    last = np.full(count, np.iinfo(np.int64).min)
    np.maximum.at(last, position[counts], days[counts].astype(np.int64))
    none = np.isneginf(top)
    codes = {float(stage.order): stage.code for stage in rules.stages}
    orders = np.array(sorted(codes))
    names = np.array([codes[order] for order in orders], dtype=object)
    stage = names[np.searchsorted(orders, np.where(none, orders[0], top))]
    stage[none] = None
    return pd.DataFrame(
        {
            "stage": pd.Series(stage, dtype=object),
            "stage_on": last.astype("datetime64[ns]"),  # the least number is no day
            "stage_order": np.where(none, np.nan, top),
        }
    )
