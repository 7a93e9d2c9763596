"""Land on two ledgers: credited here and listed for the regulation of energy-intensive firms."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.errors import require


@dataclass(frozen=True, slots=True)
class LedgerOverlap:
    """What the year's credit shares with the ledger of energy-intensive firms; never added to it.

    Attributes
    ----------
    parcels : int
        Parcels credited in the year and listed on the other ledger too.
    credited_m2 : float
        Their credit of the year (known areas only). It is part of the year's credit.
    unknown_parcels : int
        Credited parcels of which nobody said whether they are listed.
    """

    parcels: int
    credited_m2: float
    unknown_parcels: int


def ledger_overlap(desk: pd.DataFrame) -> LedgerOverlap:
    """Return how much of the year's credit lies on parcels of the other ledger.

    Parameters
    ----------
    desk : DataFrame
        :func:`analysis.desk.desk_frame`, with ``high_consumption`` where the ledger says.

    Examples
    --------
    >>> desk = pd.DataFrame({"credited_m2": [500.0, 300.0, 0.0, 100.0],
    ...                      "high_consumption": [True, False, True, None]})
    >>> ledger_overlap(desk)
    LedgerOverlap(parcels=1, credited_m2=500.0, unknown_parcels=1)
    """
    require(desk, "credited_m2", what="宗地表")
    credit = desk["credited_m2"].to_numpy(dtype=float)
    credited = (credit > 0) | np.isnan(credit)
    if "high_consumption" not in desk:
        return LedgerOverlap(0, 0.0, int(credited.sum()))
    told = desk["high_consumption"].astype("boolean")
    listed = told.fillna(False).to_numpy(dtype=bool) & credited
    unknown = told.isna().to_numpy(dtype=bool) & credited
    return LedgerOverlap(int(listed.sum()), float(np.nansum(credit[listed])), int(unknown.sum()))
