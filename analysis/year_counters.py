"""The three counters of the monthly report: demolished, then supplied, then started. Not credit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from analysis.credit import used_up
from analysis.stages import stage_order
from data.rules import Rules
from data.workflow import Counter

NEVER = np.datetime64("9999-12-31", "D")


@dataclass(frozen=True, eq=False)
class YearCounters:
    """What reached each stage in a year beside what was planned, known areas only.

    Attributes
    ----------
    monthly : DataFrame
        One row for each counter and month: ``counter``, ``month``, ``plan_m2`` and ``done_m2``
        (NaN for months after the day looked at, and where nothing of the figure is known). Land,
        or floor area where ``floor`` is true.
    """

    monthly: pd.DataFrame

    def done_m2(self, counter: str) -> float | None:
        """Return what a counter reached in the year, None where it is unknown."""
        mine = self.monthly.loc[self.monthly["counter"] == counter, "done_m2"]
        return float(mine.sum()) if mine.notna().any() else None

    @property
    def demolished_m2(self) -> float | None:
        """Land demolished in the year."""
        return self.done_m2("demolished")

    @property
    def supplied_m2(self) -> float | None:
        """Land supplied in the year after demolition (拆后供地)."""
        return self.done_m2("supplied")

    @property
    def started_m2(self) -> float | None:
        """Floor area started in the year after demolition (拆后新开工)."""
        return self.done_m2("started")

    def table(self, month: int) -> pd.DataFrame:
        """Return each counter with the year's plan, what was done, and that of one month.

        Returns
        -------
        DataFrame
            ``counter``, ``floor``, ``plan_m2``, ``done_m2``, ``month_m2`` in the order of the
            rules; NaN where unknown.
        """
        grouped = self.monthly.groupby("counter", sort=False)
        sums = grouped[["plan_m2", "done_m2"]].sum(min_count=1)
        now = self.monthly[self.monthly["month"] == month].set_index("counter")["done_m2"]
        sums.insert(0, "floor", grouped["floor"].first())
        return sums.assign(month_m2=now).reset_index()


def year_counters(
    standing: pd.DataFrame,
    row: np.ndarray,
    parcels: pd.DataFrame,
    *,
    rules: Rules,
    year: int,
    state_on: date,
) -> YearCounters:
    """Return the counters of a year, as the rules define them.

    Parameters
    ----------
    standing : DataFrame
        Standing events until the day looked at.
    row : ndarray of int
        The parcel's position of each of them, -1 where there is none.
    parcels : DataFrame
        With ``geometry_area_m2``, ``renewal_mode`` and the due and plan fields of the counters.
    rules : Rules
        ``workflow.counters``: stage, the stage that must have come before, planned day and area.
    year : int
        The year.
    state_on : date
        Months that begin after this day have no ``done_m2``.
    """
    whole = parcels["geometry_area_m2"].to_numpy(dtype=float, na_value=np.nan)
    begun = np.array([date(year, month, 1) <= state_on for month in range(1, 13)])
    tables = []
    happened = Happened.of(standing, row, rules)
    for counter in rules.workflow.counters:
        done = _done(happened, parcels, whole, counter, year)
        table = {
            "counter": counter.code,
            "floor": counter.floor,
            "month": np.arange(1, 13),
            "plan_m2": _plan(parcels, whole, counter, rules, year),
            "done_m2": np.where(begun, done, np.nan),
        }
        tables.append(pd.DataFrame(table))
    return YearCounters(pd.concat(tables, ignore_index=True))


@dataclass(frozen=True, eq=False)
class Happened:
    """Standing events of known parcels as numbers: row of the parcel, stage, day, stated area."""

    row: np.ndarray
    order: np.ndarray
    day: np.ndarray
    area_m2: np.ndarray
    order_of: Mapping[str, int]

    @classmethod
    def of(cls, standing: pd.DataFrame, row: np.ndarray, rules: Rules) -> Happened:
        """Take what the counters need from the events."""
        kept = np.flatnonzero(row >= 0)
        days = pd.to_datetime(standing["occurred_on"]).to_numpy()[kept]
        area = pd.to_numeric(standing["area_m2"], errors="coerce").to_numpy(dtype=float)
        return cls(
            row=row[kept],
            order=stage_order(standing["stage"], rules)[kept],
            day=days.astype("datetime64[D]"),
            area_m2=area[kept],
            order_of=rules.stage_order,
        )


def _done(
    happened: Happened, parcels: pd.DataFrame, whole: np.ndarray, counter: Counter, year: int
) -> np.ndarray:
    """Add up the areas of the counter's events by month."""
    begin, end = np.datetime64(f"{year}-01-01"), np.datetime64(f"{year + 1}-01-01")
    counts = happened.order == happened.order_of[counter.stage]
    mine = np.flatnonzero(counts)  # of every year: what an earlier one had counts no more
    mine = mine[np.lexsort((happened.day[mine], happened.row[mine]))]
    row, days = happened.row[mine], happened.day[mine]
    land = whole[row]
    area = used_up(happened.area_m2[mine], land, row)
    this = (days >= begin) & (days < end)
    row, days, land, area = row[this], days[this], land[this], area[this]
    if counter.after is not None:
        came = happened.order == happened.order_of[counter.after]
        first = np.full(len(parcels), NEVER).astype(np.int64)
        np.minimum.at(first, happened.row[came], happened.day[came].astype(np.int64))
        after = first[row] <= days.astype(np.int64)
        row, days, land, area = row[after], days[after], land[after], area[after]
    if counter.floor:
        planned = _column(parcels, counter.plan_field)
        if np.isnan(planned).all():
            return np.full(12, np.nan)
        area = planned[row] * area / land
    month = days.astype("datetime64[M]").astype(int) % 12
    return np.bincount(month, np.nan_to_num(area, nan=0.0), minlength=12)


def _plan(
    parcels: pd.DataFrame, whole: np.ndarray, counter: Counter, rules: Rules, year: int
) -> np.ndarray:
    """Add up by month what the ledger plans for the year, for modes that have the stage before."""
    if counter.due_field not in parcels:
        return np.full(12, np.nan)
    due = pd.to_datetime(parcels[counter.due_field], errors="coerce")
    area = _column(parcels, counter.plan_field)
    if not counter.floor:
        area = np.where(np.isnan(area), whole, np.fmin(area, whole))
    modes = rules.workflow.branches
    needed = counter.after or counter.stage
    having: Mapping[str, bool] = {mode: needed in way.stages for mode, way in modes.items()}
    fits = parcels["renewal_mode"].map(having).fillna(True).to_numpy(dtype=bool)
    within = (due.dt.year == year).to_numpy() & fits
    if within.any() and np.isnan(area[within]).all():
        return np.full(12, np.nan)
    month = due[within].dt.month.to_numpy(dtype=int) - 1
    return np.bincount(month, np.nan_to_num(area[within], nan=0.0), minlength=12)


def _column(parcels: pd.DataFrame, name: str) -> np.ndarray:
    if name not in parcels:
        return np.full(len(parcels), np.nan)
    return parcels[name].to_numpy(dtype=float, na_value=np.nan)
