"""Credit towards the yearly task: which event earns it, and that no 亩 earns it twice."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.errors import require
from analysis.rows import rows_of
from analysis.stages import stage_order
from data.rules import Rules


def credit_stage(modes: pd.Series, *, rules: Rules) -> pd.Series:
    """Return the stage that earns credit for each parcel, by its renewal mode.

    Parameters
    ----------
    modes : Series
        ``renewal_mode`` codes; empty where no mode is decided.
    rules : Rules
        Holds the credit rule (mode → stage).

    Returns
    -------
    Series
        ``credit_stage``, None where the mode is empty or the rule gives it no stage.
    """
    return modes.map(credit_stages(rules)).astype(object).rename("credit_stage")


def credit_stages(rules: Rules) -> dict[str, str]:
    """Return the credit rule as a plain mapping of renewal mode to the stage that earns."""
    return dict(rules.credit.stage_by_mode)


def credited_events(
    events: pd.DataFrame,
    parcels: pd.DataFrame,
    *,
    rules: Rules,
    position: np.ndarray | None = None,
) -> pd.DataFrame:
    """Return the events that earn credit, each with the area it earns.

    An event without an area speaks for the whole parcel. The areas of one parcel are counted in
    the order of their dates until the measured area of the parcel is used up, so that a part is
    credited once, ever, in whatever year it comes first.

    Parameters
    ----------
    events : DataFrame
        Standing events (see :func:`analysis.stages.standing_events`) with ``area_m2``, carried
        over splits and mergers (see :func:`data.lineage.carried_events`).
    parcels : DataFrame
        Indexed by ``parcel_id``, with ``renewal_mode`` and ``geometry_area_m2``.
    rules : Rules
        Holds the credit rule.
    position : ndarray of int, optional
        The row of each event's parcel in ``parcels``, -1 where there is none, where known.

    Returns
    -------
    DataFrame
        The earning events in the order of parcel, date, event, with ``credited_m2`` and
        ``position`` (the row of the parcel in ``parcels``). ``credited_m2`` is NaN where the
        area is unknown (no area on the event and none on the parcel), and 0 where nothing of
        the parcel is left to credit. Events of parcels that are not in ``parcels`` earn nothing.
    """
    require(events, "event_id", "parcel_id", "stage", "occurred_on", "area_m2", what="阶段记录")
    require(parcels, "renewal_mode", "geometry_area_m2", what="宗地表")
    if position is None:
        position = rows_of(events["parcel_id"], parcels.index)
    earning = stage_order(credit_stage(parcels["renewal_mode"], rules=rules), rules)
    earning = np.append(earning, np.nan)[position]
    if "credit_mode" in events:  # carried over from a parcel that earned under its own mode
        own = events["credit_mode"]
        earned_by = stage_order(credit_stage(own, rules=rules), rules)
        earning = np.where(own.notna(), earned_by, earning)
    earns = (position >= 0) & (earning == stage_order(events["stage"], rules))
    earned = events[earns].assign(position=position[earns])
    earned = earned.sort_values(["position", "occurred_on", "event_id"], kind="stable")
    limit = parcels["geometry_area_m2"].to_numpy(dtype=float)[earned["position"]]
    stated = pd.to_numeric(earned["area_m2"], errors="coerce").to_numpy(dtype=float)
    return earned.assign(credited_m2=used_up(stated, limit, earned["position"].to_numpy()))


def used_up(stated: np.ndarray, limit: np.ndarray, parcel: np.ndarray) -> np.ndarray:
    """Share out each parcel's area over its events in order; NaN where the area is unknown.

    Parameters
    ----------
    stated, limit : ndarray of float
        Area that each event states (NaN: the whole parcel), and the area of its parcel.
    parcel : ndarray of int
        The parcel of each event; the events of one stand together, in the order of their days.

    Examples
    --------
    >>> used_up(np.array([60.0, np.nan]), np.array([100.0, 100.0]), np.array([0, 0])).tolist()
    [60.0, 40.0]
    """
    area = np.where(np.isnan(stated), limit, stated)
    ceiling = np.where(np.isnan(limit), np.inf, limit)
    counted = pd.Series(np.nan_to_num(area, nan=0.0)).groupby(parcel, sort=False).cumsum()
    reached = np.minimum(counted.to_numpy(), ceiling)
    first = np.append(True, parcel[1:] != parcel[:-1])[: len(parcel)]
    before = np.where(first, 0.0, np.append(0.0, reached[:-1])[: len(parcel)])
    return np.where(np.isnan(area), np.nan, reached - before)
