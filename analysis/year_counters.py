"""The three counters of the monthly report: demolished, then supplied, then started. Not credit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class YearCounters:
    """What reached each stage in a year, known areas only.

    Attributes
    ----------
    demolished_m2, supplied_m2 : float
        Land; supply counts after demolition (拆后供地).
    started_m2 : float or None
        Floor area started after demolition (拆后新开工): what is planned on the parcel, in
        proportion to the land that the start covers. None where no parcel says what is planned.
    """

    demolished_m2: float
    supplied_m2: float
    started_m2: float | None


def year_counters(
    standing: pd.DataFrame, row: np.ndarray, parcels: pd.DataFrame, *, year: int
) -> YearCounters:
    """Return the counters of a year.

    Parameters
    ----------
    standing : DataFrame
        Standing events until the day looked at.
    row : ndarray of int
        The parcel's position of each of them, -1 where there is none.
    parcels : DataFrame
        Indexed by ``parcel_id`` with ``geometry_area_m2`` and, where known,
        ``plan_start_floor_area_m2``.
    """
    stage = standing["stage"].to_numpy(dtype=object)
    gone = row[(stage == "demolished") & (row >= 0)]
    cleared = np.zeros(len(parcels) + 1, dtype=bool)  # the last is that of events without parcel
    cleared[gone] = True
    this_year = (pd.to_datetime(standing["occurred_on"]).dt.year == year).to_numpy()
    mine = np.flatnonzero(this_year & cleared[row])
    where, stage = row[mine], stage[mine]
    whole = parcels["geometry_area_m2"].to_numpy(dtype=float, na_value=np.nan)
    whole = whole[where]
    stated = pd.to_numeric(standing["area_m2"].iloc[mine], errors="coerce").to_numpy(dtype=float)
    area = np.fmin(np.where(np.isnan(stated), whole, stated), whole)
    demolished, supplied = (float(np.nansum(area[stage == s])) for s in ("demolished", "supplied"))
    return YearCounters(demolished, supplied, _floor(parcels, where, area / whole, stage))


def _floor(
    parcels: pd.DataFrame, where: np.ndarray, share: np.ndarray, stage: np.ndarray
) -> float | None:
    if "plan_start_floor_area_m2" not in parcels.columns:
        return None
    planned = parcels["plan_start_floor_area_m2"].to_numpy(dtype=float, na_value=np.nan)
    if np.isnan(planned).all():
        return None
    return float(np.nansum((planned[where] * share)[stage == "started"]))
