"""Land clearing: what is signed, vacated, demolished and net; how long it stands; what is stuck."""

from __future__ import annotations

import itertools
from datetime import date

import numpy as np
import pandas as pd

from analysis.errors import require
from data.clearing_rules import ClearingRules
from data.rules import Rules

LIGHTS = ("red", "amber", "green", "none")
"""Late; wants a look; on plan; no plan to judge by."""

AGES = (("lt90", 0), ("lt180", 90), ("lt365", 180), ("ge365", 365))
"""Classes of days in a stage with their lower bound (the bound belongs to the class)."""


def clearing(
    desk: pd.DataFrame,
    *,
    rules: Rules,
    ways: ClearingRules,
    state_on: date,
    stuck: pd.Series | None = None,
) -> pd.DataFrame:
    """Return the parcels that are being cleared, each with its age in the stage and its light.

    A parcel is being cleared while it stands at one of ``ways.stages`` and its renewal mode (or no
    mode yet) leads on to demolition or net land.

    Parameters
    ----------
    desk : DataFrame
        `analysis.desk.desk_frame` of the day.
    rules : Rules
        Branches of the modes and usual days between stages.
    ways : ClearingRules
        Stages of clearing, days of warning.
    state_on : date
        The day of the look.
    stuck : Series, optional
        Why a parcel does not move, by ``parcel_id``.

    Returns
    -------
    DataFrame
        The parcels of ``desk`` with the added columns

        - ``days_in_stage`` (Int64)
        - ``next_stage``: of its branch, None at its end; ``usual_longest`` days until then (Int64)
        - ``age``: a code of ``AGES``
        - ``slow`` (bool): longer in its stage than the longest usual
        - ``stuck``: the reason, None where nobody told one
        - ``light``: ``red`` past its planned month; ``amber`` due within ``ways.soon_days``, slow
          or stuck; ``green`` planned and none of that; ``none`` without a plan

        red first, then by days in the stage, the longest first.
    """
    require(desk, "stage", "stage_on", "renewal_mode", "due_on", "overdue", what="宗地表")
    branches = {
        mode: rules.workflow.branch(mode) for mode in desk["renewal_mode"].dropna().unique()
    }
    clears = [m for m, b in branches.items() if {"demolished", "prepared"} & set(b.stages)]
    mine = desk["stage"].isin(ways.stages)
    mine &= desk["renewal_mode"].isna() | desk["renewal_mode"].isin(clears)
    rows = desk[mine]
    days = (pd.Timestamp(state_on) - pd.to_datetime(rows["stage_on"])).dt.days.astype("Int64")
    steps = _steps(rows, rules)
    slow = (days > steps["usual_longest"]).fillna(False).astype(bool)
    reason = _reason(rows, stuck)
    left = (pd.to_datetime(rows["due_on"]) - pd.Timestamp(state_on)).dt.days
    late = rows["overdue"].astype(bool)
    lights = np.select(
        [late, (left <= ways.soon_days) | slow | reason.notna(), left.notna()],
        ["red", "amber", "green"],
        default="none",
    )
    found = rows.assign(
        days_in_stage=days,
        **steps,
        age=age_class(days),
        slow=slow,
        stuck=reason,
        light=pd.Series(lights, index=rows.index, dtype=object),
    )
    order = found.assign(_late=(found["light"] != "red"), _id=found.index.astype(str))
    order = order.sort_values(
        ["_late", "days_in_stage", "_id"], ascending=[True, False, True], na_position="last"
    )
    return order.drop(columns=["_late", "_id"])


def _steps(rows: pd.DataFrame, rules: Rules) -> dict[str, pd.Series]:
    """Return the next stage of each parcel's branch and the longest usual days until then."""
    modes = [None, *rows["renewal_mode"].dropna().unique()]
    following: dict[str, str] = {}
    for mode in modes:
        stages = rules.workflow.branch(mode).stages
        pairs = itertools.pairwise(stages)
        following |= {f"{mode or ''}/{here}": then for here, then in pairs}
    key = rows["renewal_mode"].astype(object).where(rows["renewal_mode"].notna(), "")
    key = key.astype(str) + "/" + rows["stage"].astype(str)
    found = key.map(following).astype(object)
    found = found.where(found.notna(), None)
    longest = {stage: usual.longest for stage, usual in rules.workflow.usual_days.items()}
    return {"next_stage": found, "usual_longest": found.map(longest).astype("Int64")}


def _reason(rows: pd.DataFrame, stuck: pd.Series | None) -> pd.Series:
    if stuck is None or stuck.empty:
        return pd.Series(None, index=rows.index, dtype=object)
    found = stuck.astype(object).reindex(rows.index)
    return found.where(found.notna(), None)


def age_class(days: pd.Series) -> pd.Series:
    """Return the class of days in a stage; None where the days are unknown.

    Examples
    --------
    >>> age_class(pd.Series([0, 89, 90, 400, None], dtype="Int64")).tolist()
    ['lt90', 'lt90', 'lt180', 'ge365', None]
    """
    numbers = days.astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    bounds = np.array([bound for _, bound in AGES])
    codes = np.array([code for code, _ in AGES], dtype=object)
    found = codes[np.clip(np.searchsorted(bounds, numbers, side="right") - 1, 0, len(codes) - 1)]
    found[np.isnan(numbers)] = None
    return pd.Series(found, index=days.index, dtype=object)


def clearing_summary(
    found: pd.DataFrame, standing: pd.DataFrame, *, ways: ClearingRules, year: int
) -> pd.DataFrame:
    """Return the stages of clearing: what stands there, how long, and what reached it in a year.

    Parameters
    ----------
    found : DataFrame
        `clearing` of the day.
    standing : DataFrame
        Standing stage events until the day with ``area_m2`` (unknown: the whole parcel) and
        ``whole_m2``, the area of their parcel: a parcel arrives with no more than that.
    ways : ClearingRules
        The stages.
    year : int
        Calendar year whose arrivals are counted.

    Returns
    -------
    DataFrame
        By ``stage`` in order: ``parcels``, ``area_m2``, ``unknown_area``, one column of parcels
        for each light and each age, ``median_days``, ``year_parcels``, ``year_area_m2``. Unknown
        areas are left out of the sums and counted.
    """
    days = pd.to_datetime(standing["occurred_on"])
    came = standing[(days.dt.year == year) & standing["stage"].isin(ways.stages)]
    groups = found.groupby("stage")
    table = pd.DataFrame(index=pd.Index(ways.stages, name="stage"))
    table["parcels"] = groups.size()
    table["area_m2"] = groups["geometry_area_m2"].sum()
    unknown = found["geometry_area_m2"].isna().groupby(found["stage"]).sum()
    table["unknown_area"] = unknown
    for name, codes in (("light", LIGHTS), ("age", [code for code, _ in AGES])):
        counts = pd.crosstab(found["stage"], found[name]) if len(found) else pd.DataFrame()
        for code in codes:
            table[code] = counts.get(code, 0)
    table["median_days"] = groups["days_in_stage"].median().astype("Float64")
    table["year_parcels"] = came.groupby("stage")["parcel_id"].nunique()
    stated = came["area_m2"].astype(float)
    came = came.assign(area_m2=stated.where(stated.notna(), came["whole_m2"]))
    by_parcel = came.groupby(["stage", "parcel_id"]).agg({"area_m2": "sum", "whole_m2": "first"})
    arrived = by_parcel.min(axis=1)
    table["year_area_m2"] = arrived.groupby(level="stage").sum()
    whole = [name for name in table.columns if name != "median_days"]
    table[whole] = table[whole].fillna(0)
    counted = [name for name in whole if not name.endswith("_m2")]
    return table.astype(dict.fromkeys(counted, int))
