"""Year against year, and what earlier years left over: shown beside the year, never added to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from analysis.stages import stage_order
from data.rules import Rules
from gis.area import to_m2

LISTED = "listed"


@dataclass(frozen=True)
class CarryOver:
    """Carry-over of a year (结转), apart from its credit.

    Attributes
    ----------
    begun_earlier_m2 : float
        Part of the year's credit on parcels that had moved beyond listing before the year.
    begun_this_year_m2 : float
        The other part.
    balance_m2 : float or None
        Credited less task over the earlier years that have a task: above 0 they did more, below
        0 less. It is not counted in the year. None where no earlier year has a task.
    """

    begun_earlier_m2: float
    begun_this_year_m2: float
    balance_m2: float | None


def years_table(ever: pd.DataFrame, *, rules: Rules, year: int, state_on: date) -> pd.DataFrame:
    """Return the years side by side, each whole and until the same day of the year.

    Parameters
    ----------
    ever : DataFrame
        Credited events of every year, none after ``state_on``.
    rules : Rules
        The tasks.
    year : int
        The last year of the table; the first is the first with a task or credit.

    Returns
    -------
    DataFrame
        ``year``, ``target_m2`` (NaN where none is set), ``credited_m2`` until ``state_on``,
        ``same_day_m2`` until the same day of that year, ``done_pct`` of the task, ``over``
        (whether the year was over on ``state_on``).
    """
    when = pd.to_datetime(ever["occurred_on"])
    area = np.nan_to_num(ever["credited_m2"].to_numpy(dtype=float), nan=0.0)
    its_year = when.dt.year.to_numpy(dtype=int)
    day = (when.dt.month * 100 + when.dt.day).to_numpy(dtype=int)
    until = state_on.month * 100 + state_on.day if state_on.year <= year else 1231
    first = min([rules.annual_target.valid_from.year, year, *its_year[area > 0].tolist()])
    years = np.arange(first, year + 1)
    tasks = [rules.target_mu(int(y)) for y in years]
    target = np.array([np.nan if mu is None else to_m2(mu) for mu in tasks])
    whole = [float(area[its_year == y].sum()) for y in years]
    same = [float(area[(its_year == y) & (day <= until)].sum()) for y in years]
    return pd.DataFrame(
        {
            "year": years,
            "target_m2": target,
            "credited_m2": whole,
            "same_day_m2": same,
            "done_pct": 100 * np.array(whole) / target,
            "over": [date(int(y), 12, 31) <= state_on for y in years],
        }
    )


def carry_over(
    earned: pd.DataFrame,
    standing: pd.DataFrame,
    row: np.ndarray,
    years: pd.DataFrame,
    *,
    rules: Rules,
    year: int,
) -> CarryOver:
    """Return what the year has from projects begun earlier, and what earlier years left over.

    Parameters
    ----------
    earned : DataFrame
        Credited events of the year, with ``position``.
    standing : DataFrame
        Standing events of every year.
    row : ndarray of int
        The parcel's position of each of them, -1 where there is none.
    years : DataFrame
        As :func:`years_table` gives it.
    """
    beyond = stage_order(standing["stage"], rules) > rules.stage_order[LISTED]
    before = (standing["occurred_on"] < pd.Timestamp(year, 1, 1)).to_numpy()
    begun = row[beyond & before & (row >= 0)]
    area = np.nan_to_num(earned["credited_m2"].to_numpy(dtype=float), nan=0.0)
    earlier = np.isin(earned["position"].to_numpy(dtype=int), begun)
    past = years[(years["year"] < year) & years["target_m2"].notna()]
    left = (past["credited_m2"] - past["target_m2"]).sum() if len(past) else None
    return CarryOver(
        begun_earlier_m2=float(area[earlier].sum()),
        begun_this_year_m2=float(area[~earlier].sum()),
        balance_m2=None if left is None else float(left),
    )
