"""Pace: what a year should have by a day, in proportion to time or as earlier years went."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from analysis.credit import credit_stage
from analysis.desk import NEVER, month_end
from analysis.month import months_left
from data.rules import Rules


def year_share(year: int, day: date) -> float:
    """Return the share of the year gone by at the end of ``day``, 0 before it and 1 after it.

    Examples
    --------
    >>> year_share(2026, date(2026, 1, 1)) == 1 / 365
    True
    >>> year_share(2026, date(2025, 6, 1)), year_share(2026, date(2027, 6, 1))
    (0.0, 1.0)
    """
    if day.year != year:
        return 0.0 if day.year < year else 1.0
    return day.timetuple().tm_yday / (366 if calendar.isleap(year) else 365)


@dataclass(frozen=True)
class Season:
    """How earlier complete years went.

    Attributes
    ----------
    years : tuple of int
        The years it rests on, each with the same weight.
    month_shares : tuple of float
        Twelve shares of a year's credit, 0 to 1, that add up to 1.
    """

    years: tuple[int, ...]
    month_shares: tuple[float, ...]

    def share(self, year: int, day: date) -> float:
        """Return the share of a year's credit that had come by the end of ``day``.

        Within a month it grows by its days.

        Examples
        --------
        >>> even = Season((2025,), (1 / 12,) * 12)
        >>> round(even.share(2026, date(2026, 6, 15)), 4) == round(5.5 / 12, 4)
        True
        >>> even.share(2026, date(2025, 6, 1)), even.share(2026, date(2027, 1, 1))
        (0.0, 1.0)
        """
        if day.year != year:
            return 0.0 if day.year < year else 1.0
        part = day.day / calendar.monthrange(year, day.month)[1]
        return sum(self.month_shares[: day.month - 1]) + part * self.month_shares[day.month - 1]


def season(ever: pd.DataFrame, *, year: int, state_on: date) -> Season | None:
    """Return how the complete years before ``year`` went month by month.

    Parameters
    ----------
    ever : DataFrame
        Credited events of every year: ``occurred_on``, ``credited_m2``.
    year : int
        The year that is to be compared.
    state_on : date
        Only years that were over on this day count.

    Returns
    -------
    Season or None
        None where no earlier year has credit.
    """
    when = pd.to_datetime(ever["occurred_on"])
    area = np.nan_to_num(ever["credited_m2"].to_numpy(dtype=float), nan=0.0)
    cells = pd.Series(area).groupby([when.dt.year.to_numpy(), when.dt.month.to_numpy()]).sum()
    table = cells.unstack().fillna(0.0).reindex(columns=range(1, 13), fill_value=0.0)
    over = [y for y in table.index if y < year and date(int(y), 12, 31) <= state_on]
    table = table.loc[over]
    table = table[table.sum(axis=1) > 0]
    if table.empty:
        return None
    shares = table.div(table.sum(axis=1), axis=0).mean()
    return Season(tuple(int(y) for y in table.index), tuple(float(s) for s in shares))


def required(target: float | None, credited: float, year: int, day: date) -> float | None:
    """Return what each month left must bring, 0 once the target is reached, None without one."""
    left = months_left(year, day)
    if target is None:
        return None
    if credited >= target:
        return 0.0
    return (target - credited) / left if left > 0 else None


def monthly_curve(
    desk: pd.DataFrame,
    earned: pd.DataFrame,
    *,
    rules: Rules,
    year: int,
    state_on: date,
    target_m2: float | None,
    past: Season | None = None,
) -> tuple[pd.DataFrame, int]:
    """Return the cumulative curve of the year and how many planned parcels lack an area.

    The plan counts a parcel in the planned month of the stage that earns its credit, with the
    planned area where the ledger has one and the measured area otherwise, never more than the
    measured area.
    """
    ends = [date(year, month, calendar.monthrange(year, month)[1]) for month in range(1, 13)]
    months = pd.to_datetime(earned["occurred_on"]).dt.month.to_numpy(dtype=int)
    done = np.nan_to_num(earned["credited_m2"].to_numpy(dtype=float), nan=0.0)
    credited = np.bincount(months, weights=done, minlength=13)[1:].cumsum()
    begun = np.array([date(year, month, 1) <= state_on for month in range(1, 13)])
    plan, unknown = _planned(desk, rules=rules, year=year)
    line = [np.nan if target_m2 is None else target_m2 * year_share(year, end) for end in ends]
    curve = pd.DataFrame(
        {
            "month": np.arange(1, 13),
            "month_end": pd.to_datetime(ends),
            "target_line_m2": line,
            "season_line_m2": _season_line(past, target_m2, ends),
            "plan_m2": plan.cumsum(),
            "credited_m2": np.where(begun, credited, np.nan),
        }
    )
    return curve, unknown


def _season_line(past: Season | None, target_m2: float | None, ends: list[date]) -> list[float]:
    if past is None or target_m2 is None:
        return [np.nan] * len(ends)
    return [target_m2 * past.share(end.year, end) for end in ends]


def _planned(desk: pd.DataFrame, *, rules: Rules, year: int) -> tuple[np.ndarray, int]:
    """Return the planned area of each month of the year, and the parcels without an area."""
    earning = credit_stage(desk["renewal_mode"], rules=rules).to_numpy()
    whole = desk["geometry_area_m2"].to_numpy(dtype=float, na_value=np.nan)
    planned = np.zeros(12)
    unknown = 0
    for mark in rules.milestones:
        ends = month_end(desk[mark.due_field])
        within = (earning == mark.stage) & (ends != NEVER)
        within &= ends.astype("datetime64[Y]").astype(int) + 1970 == year
        area = whole
        if mark.area_field is not None and mark.area_field in desk.columns:
            stated = desk[mark.area_field].to_numpy(dtype=float, na_value=np.nan)
            area = np.fmin(np.where(np.isnan(stated), whole, stated), whole)
        month = ends[within].astype("datetime64[M]").astype(int) % 12
        counted = np.nan_to_num(area[within], nan=0.0)
        planned += np.bincount(month, weights=counted, minlength=12)
        unknown += int(np.isnan(area[within]).sum())
    return planned, unknown
