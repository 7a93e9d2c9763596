"""Plot ratio of many parcels at a glance: how it is spread, which lines are missed, by how much."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.desk import FAR_CLASSES, far_class
from analysis.errors import require

LINES = ("national", "contract", "policy", "pilot")
"""The lines of `analysis.requirements`, in the order in which they bind."""
_LINE_COLUMN = {
    "national": "national_min",
    "contract": "contract_far",
    "policy": "policy_far",
    "pilot": "policy_pilot_far",
}


def distribution(far: pd.Series, land_m2: pd.Series) -> pd.DataFrame:
    """Count parcels and land by class of plot ratio (容积率分级).

    Parameters
    ----------
    far : Series
        Plot ratio, NaN where unknown.
    land_m2 : Series
        Land (m²) on the same index; unknown land is left out of the sum.

    Returns
    -------
    DataFrame
        ``parcels`` and ``land_m2`` by ``far_class``: every class in its order, ``""`` (unknown)
        last; 0 where there is none.

    Examples
    --------
    >>> found = distribution(pd.Series([0.4, 2.0, None]), pd.Series([100.0, 200.0, 300.0]))
    >>> found.loc[["lt05", "20_30", ""]].values.tolist()
    [[1.0, 100.0], [1.0, 200.0], [1.0, 300.0]]
    """
    classes = far_class(far).fillna("")
    groups = land_m2.astype(float).groupby(classes.to_numpy())
    table = pd.DataFrame({"parcels": groups.size(), "land_m2": groups.sum()})
    order = [code for code, _ in FAR_CLASSES] + [""]
    return table.reindex(order).fillna(0.0).rename_axis("far_class").astype({"parcels": int})


def below_lines(lines: pd.DataFrame, land_m2: pd.Series) -> pd.DataFrame:
    """Say for each line how many parcels are below it, and how much floor area is missing.

    Parameters
    ----------
    lines : DataFrame
        As `analysis.requirements.requirements` gives it.
    land_m2 : Series
        Land (m²) on the same index.

    Returns
    -------
    DataFrame
        By line (`LINES`): ``held``: parcels to which the line applies; ``far_unknown``: of these,
        those whose plot ratio is unknown; ``exempt``: below it but exempt with a reason;
        ``below``: below it and not exempt, with their ``land_m2``, ``missing_m2`` (floor area up
        to the line) and ``gap_median`` (NaN where none is below). Unknown land is left out of
        sums.

    Raises
    ------
    MissingFieldError
        If a column is absent.

    Examples
    --------
    >>> lines = pd.DataFrame({"far": [0.5, 1.2, None], "exempt": False,
    ...     "national_min": 1.0, "contract_far": [1.5, None, None], "policy_far": None,
    ...     "policy_pilot_far": None})
    >>> found = below_lines(lines, pd.Series([1_000.0, 1_000.0, 1_000.0]))
    >>> found.loc["national", ["held", "far_unknown", "below", "missing_m2"]].tolist()
    [3.0, 1.0, 1.0, 500.0]
    >>> found.loc["contract", ["held", "below", "missing_m2"]].tolist()
    [1.0, 1.0, 1000.0]
    """
    require(lines, "far", "exempt", *_LINE_COLUMN.values(), what="容积率要求表")
    far, exempt = lines["far"].astype(float), lines["exempt"].to_numpy(bool)
    land = land_m2.reindex(lines.index).astype(float)
    rows = []
    for name in LINES:
        line = lines[_LINE_COLUMN[name]].astype(float)
        gap = line - far
        under = (gap > 0).to_numpy()
        mine = under & ~exempt
        rows.append(
            {
                "held": int(line.notna().sum()),
                "far_unknown": int((line.notna() & far.isna()).sum()),
                "exempt": int((under & exempt).sum()),
                "below": int(mine.sum()),
                "land_m2": land[mine].sum(),
                "missing_m2": (gap * land)[mine].sum(),
                "gap_median": gap[mine].median() if mine.any() else np.nan,
            }
        )
    return pd.DataFrame(rows, index=pd.Index(LINES, name="line"))
