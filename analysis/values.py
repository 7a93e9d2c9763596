"""What a measured value is worth (价值函数): fixed points in natural units."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from analysis.errors import require
from data.siting_criteria import Criterion

Floats = NDArray[np.float64]


def worth(criterion: Criterion, measured: ArrayLike) -> Floats:
    """Return the worth of measured values by one criterion.

    Parameters
    ----------
    criterion : Criterion
        Points and kind of the value function.
    measured : array_like of float
        In the unit of the criterion.

    Returns
    -------
    ndarray of float
        Between 0 and 1; NaN where the value is unknown. Beyond the outer points their worth holds.

    Examples
    --------
    >>> from data.siting_criteria import load_siting_criteria
    >>> slope = next(one for one in load_siting_criteria().criteria if one.key == "slope_pct")
    >>> worth(slope, [0, 6.5, 15, np.nan]).round(3).tolist()  # 3 % is worth 1, 10 % is worth 0.4
    [1.0, 0.7, 0.0, nan]
    """
    found = np.asarray(measured, dtype=float)
    at, value = (np.array(side) for side in zip(*criterion.points, strict=True))
    if criterion.kind == "step":
        last = np.searchsorted(at, found, side="right") - 1
        told = value[np.clip(last, 0, None)]
    else:
        told = np.interp(found, at, value)
    return np.asarray(np.where(np.isnan(found), np.nan, told))


def worths(measures: pd.DataFrame, criteria: Sequence[Criterion]) -> pd.DataFrame:
    """Return the worth of every measure of every site.

    Parameters
    ----------
    measures : DataFrame
        By ``site_id``, a column for each criterion in its unit; NaN where unknown.
    criteria : sequence of Criterion

    Returns
    -------
    DataFrame
        On the same index, one column a criterion, 0 to 1, NaN where unknown. A row depends on that
        row alone.

    Raises
    ------
    MissingFieldError
        If there is no column for a criterion.

    Examples
    --------
    >>> from data.siting_criteria import load_siting_criteria
    >>> slope = [one for one in load_siting_criteria().criteria if one.key == "slope_pct"]
    >>> worths(pd.DataFrame({"slope_pct": [3.0, None]}, index=["S1", "S2"]), slope).to_dict()
    {'slope_pct': {'S1': 1.0, 'S2': nan}}
    """
    require(measures, *(one.key for one in criteria), what="用地指标 measures")
    columns = {
        one.key: worth(one, measures[one.key].to_numpy(dtype=float, na_value=np.nan))
        for one in criteria
    }
    return pd.DataFrame(columns, index=measures.index)
