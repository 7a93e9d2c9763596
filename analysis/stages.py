"""What the stage events say: which of them stand, and how far each parcel has come."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from analysis.errors import UnknownStageError, require
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
    kept = events[stands(events, state_on=state_on)]
    parcel, _ = pd.factorize(kept["parcel_id"], sort=True)  # of numbers, order is quickly found
    order = np.lexsort((kept["event_id"].to_numpy(), kept["occurred_on"].to_numpy(), parcel))
    return kept.iloc[order]


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
    codes, uniques = pd.factorize(stages, use_na_sentinel=True)
    strange = [str(code) for code in uniques if code not in order]
    if strange:
        raise UnknownStageError(stages="、".join(sorted(strange)), known="、".join(order))
    lookup = np.append([order[code] for code in uniques], np.nan)
    return np.asarray(lookup[codes], dtype=float)


def current_stage(events: pd.DataFrame, *, rules: Rules) -> pd.DataFrame:
    """Return how far each parcel has come by the standing events given.

    The stage is the furthest one in the order of the rules; its date is the latest event of
    that stage (a parcel may be demolished in parts).

    Parameters
    ----------
    events : DataFrame
        Standing events, as :func:`standing_events` returns them.
    rules : Rules
        Gives the order of the stages.

    Returns
    -------
    DataFrame
        ``stage``, ``stage_on`` and ``stage_order`` (float), one row for each parcel that has an
        event, indexed by ``parcel_id``.

    Raises
    ------
    UnknownStageError
        If an event names a stage that the rules do not have.
    """
    parcel, ids = pd.factorize(events["parcel_id"], sort=True)
    reached = stage_order(events["stage"], rules)
    days = pd.to_datetime(events["occurred_on"]).to_numpy()
    order = np.lexsort((days, reached, parcel))
    order = order[~np.isnan(reached[order]) & (parcel[order] >= 0)]
    mine = parcel[order]
    last = order[np.append(mine[1:] != mine[:-1], True)[: len(mine)]]
    return pd.DataFrame(
        {
            "stage": events["stage"].to_numpy()[last],
            "stage_on": days[last],
            "stage_order": reached[last],
        },
        index=pd.Index(ids[parcel[last]], name="parcel_id"),
    )
