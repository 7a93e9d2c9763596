"""Plot ratio of many parcels at a glance: how it is spread, which lines are missed, by how much."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.desk import FAR_CLASSES, far_class
from analysis.errors import require
from analysis.uplift import flagged

LINES = ("national", "contract", "policy", "pilot")
"""The lines of `analysis.requirements`, in the order in which they bind."""
NO_BUILDING = "no_building"
"""Row of `distribution` for parcels on which nothing stands."""
UNLAWFUL_ONLY = "unlawful_only"
"""How `standing` calls a parcel all of whose buildings are unlawful."""
_LINE_COLUMN = {
    "national": "national_min",
    "contract": "contract_far",
    "policy": "policy_far",
    "pilot": "policy_pilot_far",
}


def distribution(
    far: pd.Series, land_m2: pd.Series, *, no_building: pd.Series | None = None
) -> pd.DataFrame:
    """Count parcels and land by class of plot ratio (容积率分级).

    Parameters
    ----------
    far : Series
        Plot ratio, NaN where unknown.
    land_m2 : Series
        Land (m²) on the same index; unknown land is left out of the sum.
    no_building : Series of bool, optional
        Parcels on which nothing stands: not of the lowest class but of their own, `NO_BUILDING`,
        the row after the classes.

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
    apart = []
    if no_building is not None:
        classes, apart = classes.mask(no_building.to_numpy(bool), NO_BUILDING), [NO_BUILDING]
    groups = land_m2.astype(float).groupby(classes.to_numpy())
    table = pd.DataFrame({"parcels": groups.size(), "land_m2": groups.sum()})
    order = [*(code for code, _ in FAR_CLASSES), *apart, ""]
    return table.reindex(order).fillna(0.0).rename_axis("far_class").astype({"parcels": int})


def below_lines(lines: pd.DataFrame, land_m2: pd.Series) -> pd.DataFrame:
    """Say for each line how many parcels are below it, and how much floor area is missing.

    Parameters
    ----------
    lines : DataFrame
        As `analysis.requirements.requirements` gives it; ``no_building`` is used where present.
    land_m2 : Series
        Land (m²) on the same index.

    Returns
    -------
    DataFrame
        By line (`LINES`): ``held``: parcels to which the line applies; ``far_unknown``: of these,
        those whose plot ratio is unknown; ``exempt``: below it but exempt with a reason;
        ``no_building``: below it because nothing stands there; ``below``: below it, built and not
        exempt, with their ``land_m2``, ``missing_m2`` (floor area up to the line) and
        ``gap_median`` (NaN where none is below). Unknown land is left out of sums.

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
    bare = flagged(lines, "no_building") & ~exempt
    land = land_m2.reindex(lines.index).astype(float)
    rows = []
    for name in LINES:
        line = lines[_LINE_COLUMN[name]].astype(float)
        gap = line - far
        under = (gap > 0).to_numpy()
        mine = under & ~exempt & ~bare
        rows.append(
            {
                "held": int(line.notna().sum()),
                "far_unknown": int((line.notna() & far.isna()).sum()),
                "exempt": int((under & exempt).sum()),
                "no_building": int((under & bare).sum()),
                "below": int(mine.sum()),
                "land_m2": land[mine].sum(),
                "missing_m2": (gap * land)[mine].sum(),
                "gap_median": gap[mine].median() if mine.any() else np.nan,
            }
        )
    return pd.DataFrame(rows, index=pd.Index(LINES, name="line"))


def standing(figures: pd.DataFrame) -> pd.Series:
    """Say how each computed plot ratio came about, so that no 0.00 stands bare.

    Parameters
    ----------
    figures : DataFrame
        As `analysis.plot_ratio.plot_ratio` gives its parcels.

    Returns
    -------
    Series
        The ``method``, but ``unlawful_only`` where all that stands is unlawful: the lawful plot
        ratio is then 0 though buildings are there.

    Examples
    --------
    >>> figures = pd.DataFrame({"method": ["buildings", "buildings", "no_building"],
    ...     "counted_floor_area_m2": [50.0, 0.0, 0.0], "unlawful_counted_m2": [0.0, 80.0, 0.0]})
    >>> standing(figures).tolist()
    ['buildings', 'unlawful_only', 'no_building']
    """
    require(figures, "method", "counted_floor_area_m2", "unlawful_counted_m2", what="推算结果")
    only = (figures["counted_floor_area_m2"] == 0) & (figures["unlawful_counted_m2"] > 0)
    return figures["method"].mask(only, UNLAWFUL_ONLY).rename("standing")
