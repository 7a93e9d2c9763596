"""What a file says of its sites, held against what is measured: what differs is told."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.findings import Findings, Kind

MEASURED = {
    "area_m2": "m²", "rectangle_long_m": "m", "rectangle_short_m": "m", "inner_m": "m",
}  # fmt: skip
"""Figures that the shape of a site tells, with their unit."""

TOLERANCE = 0.05
"""Up to this share a figure may differ from the measured one and stands."""

SLOPE_TOLERANCE_PCT = 1.0
"""So many percent of slope may differ."""

_ZH = "与实测不符，以实测为准，请核对"
_EN = "Differs from what is measured, which counts: please check"
_KINDS = {
    **{name: Kind(name, "warning", _ZH, _EN) for name in MEASURED},
    "slope_pct": Kind("slope_pct", "warning", _ZH, _EN),
    "slope_uncovered": Kind(
        "slope_pct", "warning", "高程没有覆盖整个场地，坡度不能据此核对",
        "The heights do not cover the whole site: its slope cannot be checked by them",
    ),
}  # fmt: skip


def differs(said: np.ndarray, measured: np.ndarray) -> np.ndarray:
    """Say where a figure is said and differs from the measured one beyond the tolerance.

    Examples
    --------
    >>> differs(np.array([104.0, 90.0, np.nan]), np.array([100.0, 100.0, 100.0])).tolist()
    [False, True, False]
    """
    with np.errstate(invalid="ignore"):
        return np.asarray(np.abs(said - measured) > TOLERANCE * np.abs(measured))


def said_otherwise(land: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """Return a finding for each figure of a file that the shape of its site contradicts.

    Parameters
    ----------
    land : DataFrame
        The sites as the file has them, by ``site_id``.
    table : DataFrame
        The same, as `analysis.sites.measured_sites` gives them.
    """
    found = Findings("sites", _KINDS, table.index)
    for name, unit in MEASURED.items():
        if name not in land:
            continue
        said = land[name].to_numpy(dtype=float, na_value=np.nan)
        right = table[name].to_numpy(dtype=float, na_value=np.nan)
        odd = differs(said, right)
        more = [f"{value:,.1f} {unit}" for value in right[odd]]
        found.add(name, odd, [f"{value:,.1f}" for value in said], more=more)
    return found.frame()


def slope_issues(table: pd.DataFrame, slope: pd.Series, share: pd.Series) -> pd.DataFrame:
    """Return a finding for each site whose heights lack, or whose said slope they contradict.

    Parameters
    ----------
    table : DataFrame
        The sites before their slope is measured, by ``site_id``.
    slope, share : Series
        Measured slope in percent (NaN where too little is covered), and the covered share.
    """
    found = Findings("sites", _KINDS, table.index)
    covered = share.reindex(table.index).to_numpy(dtype=float)
    right = slope.reindex(table.index).to_numpy(dtype=float)
    lacks = np.isnan(right) & ~np.isnan(covered)
    found.add("slope_uncovered", lacks, more=[f"{100 * part:.0f}%" for part in covered[lacks]])
    said = table["slope_pct"].to_numpy(dtype=float, na_value=np.nan)
    with np.errstate(invalid="ignore"):
        odd = np.abs(said - right) > SLOPE_TOLERANCE_PCT
    found.add("slope_pct", odd, said, more=[f"{value:.1f}%" for value in right[odd]])
    return found.frame()
