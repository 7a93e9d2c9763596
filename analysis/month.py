"""The month under way: what was credited in it, to which parcels, and in the month before."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

CREDITED_COLUMNS = ("parcel_name", "town", "renewal_mode")


@dataclass(frozen=True, eq=False)
class MonthCredit:
    """Credit of the month of a day, up to that day, beside the whole month before it.

    Attributes
    ----------
    credited_m2, previous_m2 : float
        Sums of the known areas; the month before January is December of the year before.
    parcels : DataFrame
        The parcels credited in the month, largest first, unknown areas last: what the frame has
        of ``CREDITED_COLUMNS``, and ``credited_m2`` (NaN where unknown), by ``parcel_id``.
    """

    credited_m2: float
    previous_m2: float
    parcels: pd.DataFrame


def month_credit(earned: pd.DataFrame, parcels: pd.DataFrame, *, day: date) -> MonthCredit:
    """Return the credit of the month of ``day``.

    Parameters
    ----------
    earned : DataFrame
        As :func:`analysis.credit.credited_events` gives it, of every year, none after ``day``.
    parcels : DataFrame
        The parcels whose rows ``earned["position"]`` names.
    day : date
        The day looked at.

    Examples
    --------
    >>> earned = pd.DataFrame({
    ...     "occurred_on": pd.to_datetime(["2025-12-09", "2026-01-05"]),
    ...     "credited_m2": [300.0, 500.0], "position": [0, 0],
    ... })
    >>> parcels = pd.DataFrame({"town": ["塘下镇"]}, index=pd.Index(["P1"], name="parcel_id"))
    >>> found = month_credit(earned, parcels, day=date(2026, 1, 31))
    >>> found.credited_m2, found.previous_m2, found.parcels.index.tolist()
    (500.0, 300.0, ['P1'])
    """
    months = pd.to_datetime(earned["occurred_on"]).to_numpy().astype("datetime64[M]")
    now = np.datetime64(day, "M")
    area = earned["credited_m2"].to_numpy(dtype=float)
    fresh = (months == now) & (area != 0)  # what finds nothing left to credit earns 0
    position = earned["position"].to_numpy(dtype=int)[fresh]
    by_parcel = pd.Series(area[fresh]).groupby(position).agg(lambda part: part.sum(skipna=False))
    rows = parcels.iloc[by_parcel.index.to_numpy(dtype=int)]
    shown = pd.DataFrame(rows[[name for name in CREDITED_COLUMNS if name in rows.columns]])
    shown = shown.assign(credited_m2=by_parcel.to_numpy(dtype=float)).sort_index()
    return MonthCredit(
        credited_m2=float(np.nansum(area[fresh])),
        previous_m2=float(np.nansum(area[months == now - 1])),
        parcels=shown.sort_values("credited_m2", ascending=False, kind="stable"),
    )


def months_left(year: int, day: date) -> float:
    """Return the months of ``year`` left after ``day``: whole ones and the rest of the running one.

    The running month counts by its days, so that on the last day of a month the result is the
    number of months that follow.

    Examples
    --------
    >>> months_left(2026, date(2026, 10, 31)), months_left(2026, date(2026, 9, 15))
    (2.0, 3.5)
    >>> months_left(2026, date(2025, 6, 1)), months_left(2026, date(2027, 1, 1))
    (12.0, 0.0)
    """
    if day.year != year:
        return 12.0 if day.year < year else 0.0
    days = calendar.monthrange(year, day.month)[1]
    return 12 - day.month + (days - day.day) / days
