"""The planner's desk: every parcel with its stage, its credit and what is due on it."""

from __future__ import annotations

from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd

from analysis.credit import credited_events
from analysis.errors import require, require_unique
from analysis.rows import rows_of
from analysis.stages import furthest, standing_events
from data.asof import AsOf
from data.rules import Rules

NEVER = np.datetime64("9999-12-31", "D")
"""Stands for the end of a month that nobody planned."""

FAR_CLASSES: tuple[tuple[str, float], ...] = (
    ("lt05", 0.0),
    ("05_10", 0.5),
    ("10_15", 1.0),
    ("15_20", 1.5),
    ("20_30", 2.0),
    ("ge30", 3.0),
)
"""Classes of the plot ratio with their lower bound (the bound belongs to the class)."""


def desk_frame(
    parcels: gpd.GeoDataFrame,
    events: pd.DataFrame,
    *,
    rules: Rules,
    as_of: AsOf,
    year: int,
    standing: pd.DataFrame | None = None,
) -> gpd.GeoDataFrame:
    """Return the parcels as a planner sees them on a day: stage, credit, what is due.

    Parameters
    ----------
    parcels : GeoDataFrame
        Parcels as known on ``as_of.known_on``, indexed by unique ``parcel_id``. Needs
        ``renewal_mode``, ``geometry_area_m2``, ``far`` and the due fields of ``rules.milestones``.
    events : DataFrame
        Stage events as known on ``as_of.known_on`` (the register reads them so); those after
        ``as_of.state_on`` and reversed pairs are left out here.
    rules : Rules
        Order of the stages and the credit rule.
    as_of : AsOf
        The two dates; only ``state_on`` is used here.
    year : int
        The year whose credit is asked for.
    standing : DataFrame, optional
        The events that stand on ``as_of.state_on`` where the caller has them already.

    Returns
    -------
    GeoDataFrame
        A new frame on the index of ``parcels`` with the added columns

        - ``stage``, ``stage_on``: furthest stage and its latest date; None / NaT without event
        - ``credited_m2``: area credited in ``year`` until ``state_on``; 0 where none, NaN where
          the area is unknown; ``credited_on`` its last date
        - ``credited_total_m2``: area credited in any year, never above ``geometry_area_m2``
        - ``due_on``, ``due_stage``: end of the earliest planned month whose stage is not reached
        - ``overdue`` (bool), ``overdue_days`` (Int64, NA unless overdue)
        - ``far_class``: a code of ``FAR_CLASSES``, None where the plot ratio is unknown

    Raises
    ------
    MissingFieldError
        If a column is absent.
    DuplicateParcelError
        If a parcel occurs twice.
    UnknownStageError
        If an event names a stage that the rules do not have.
    """
    require(parcels, "renewal_mode", "geometry_area_m2", "far", what="宗地表")
    require_unique(parcels)
    if standing is None:
        standing = standing_events(events, state_on=as_of.state_on)
    position = rows_of(standing["parcel_id"], parcels.index)
    reached = furthest(standing, position, len(parcels), rules=rules).set_axis(parcels.index)
    earned = credited_events(standing, parcels, rules=rules, position=position)
    due = due_stages(parcels, reached["stage_order"], rules=rules, state_on=as_of.state_on)
    this_year = earned[pd.to_datetime(earned["occurred_on"]).dt.year == year]
    return parcels.assign(
        stage=reached["stage"],
        stage_on=reached["stage_on"],
        credited_m2=_area_by_parcel(this_year, parcels),
        credited_on=_last_date(this_year, parcels),
        credited_total_m2=_area_by_parcel(earned, parcels),
        due_on=due["due_on"],
        due_stage=due["due_stage"],
        overdue=due["overdue"],
        overdue_days=due["overdue_days"],
        far_class=far_class(parcels["far"]),
    )


def far_class(far: pd.Series) -> pd.Series:
    """Return the class of the plot ratio (容积率分级) for each parcel.

    Parameters
    ----------
    far : Series
        Plot ratio, dimensionless, >= 0.

    Returns
    -------
    Series
        ``far_class`` on the index of ``far``; None where the plot ratio is unknown.

    Examples
    --------
    >>> far_class(pd.Series([0.49, 0.5, 2.0, 3.0, None])).tolist()
    ['lt05', '05_10', '20_30', 'ge30', None]
    """
    values = pd.to_numeric(far, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    codes = np.array([code for code, _ in FAR_CLASSES], dtype=object)
    lower = np.array([bound for _, bound in FAR_CLASSES])
    found = codes[np.clip(np.searchsorted(lower, values, side="right") - 1, 0, len(codes) - 1)]
    found[np.isnan(values)] = None
    return pd.Series(found, index=far.index, name="far_class", dtype=object)


def due_stages(
    parcels: pd.DataFrame, order: pd.Series, *, rules: Rules, state_on: date
) -> pd.DataFrame:
    """Return the next planned stage of each parcel and whether its month has passed.

    A plan names a month; it is kept until the month's last day. A stage counts as reached when
    the parcel stands at it or beyond it (self-renewal skips demolition and supply).

    Parameters
    ----------
    parcels : DataFrame
        With the due fields of ``rules.milestones`` (dates, empty where nothing is planned).
    order : Series
        Order of the stage each parcel has reached, NaN where none.
    rules : Rules
        Gives the order of the stages and which field plans which stage.
    state_on : date
        The day of the look.

    Returns
    -------
    DataFrame
        ``due_on``, ``due_stage``, ``overdue``, ``overdue_days`` on the index of ``parcels``.
    """
    orders = rules.stage_order
    planned = sorted(rules.milestones, key=lambda mark: orders[mark.stage])
    require(parcels, *(mark.due_field for mark in planned), what="宗地表")
    reached = np.nan_to_num(order.to_numpy(dtype=float), nan=-np.inf)
    ends = np.column_stack(
        [
            np.where(reached < orders[mark.stage], month_end(parcels[mark.due_field]), NEVER)
            for mark in planned
        ]
    )
    first = np.argmin(ends, axis=1) if len(ends) else np.zeros(0, dtype=int)
    due_on = ends[np.arange(len(ends)), first]
    unplanned = due_on == NEVER
    due_stage = np.array([mark.stage for mark in planned], dtype=object)[first]
    due_stage[unplanned] = None
    day = np.datetime64(state_on, "D")
    overdue = ~unplanned & (due_on < day)
    days = pd.array((day - due_on).astype(np.int64), dtype="Int64")
    days[~overdue] = pd.NA
    return pd.DataFrame(
        {
            "due_on": np.where(unplanned, np.datetime64("NaT"), due_on).astype("datetime64[ns]"),
            "due_stage": pd.Series(due_stage, index=parcels.index, dtype=object),
            "overdue": overdue,
            "overdue_days": days,
        },
        index=parcels.index,
    )


def month_end(days: pd.Series) -> np.ndarray:
    """Return the last day of the month of each date as ``datetime64[D]``, far off where empty.

    Examples
    --------
    >>> month_end(pd.Series(pd.to_datetime(["2024-02-10", "2026-12-31"])))
    array(['2024-02-29', '2026-12-31'], dtype='datetime64[D]')
    """
    moments = pd.to_datetime(days, errors="coerce").to_numpy().astype("datetime64[M]")
    ends = (moments + 1).astype("datetime64[D]") - 1
    return np.where(np.isnat(moments), NEVER, ends)


def _area_by_parcel(earned: pd.DataFrame, parcels: pd.DataFrame) -> np.ndarray:
    """Add up the credited area by parcel: 0 where no event, NaN where an area is unknown."""
    weights = earned["credited_m2"].to_numpy(dtype=float)
    return np.bincount(earned["position"], weights=weights, minlength=len(parcels))


def _last_date(earned: pd.DataFrame, parcels: pd.DataFrame) -> np.ndarray:
    """Return the last date on which each parcel earned credit, NaT where it earned none."""
    last = np.full(len(parcels), np.datetime64("NaT"), dtype="datetime64[ns]")
    with_credit = earned[~(earned["credited_m2"] == 0)]
    days = pd.to_datetime(with_credit["occurred_on"]).to_numpy().astype("datetime64[ns]")
    last[with_credit["position"].to_numpy()] = days  # rows are in the order of their dates
    return last
