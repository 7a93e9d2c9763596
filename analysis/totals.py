"""Totals of a list of parcels, with the number of unknowns beside every sum."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from analysis.errors import require
from gis.area import to_mu


def totals(frame: pd.DataFrame, by: Sequence[str] = ("town", "low_class")) -> pd.DataFrame:
    """Return number and area of parcels by the columns given.

    Parameters
    ----------
    frame : DataFrame
        One row per parcel with the columns of ``by``, ``geometry_area_m2`` and
        ``registered_area_m2`` (m²).
    by : sequence of str
        Columns to group by. Parcels where one of them is empty form their own group.

    Returns
    -------
    DataFrame
        Indexed by ``by`` in sorted order (the empty group last) with ``parcels``,
        ``geometry_area_m2``, ``registered_area_m2``, ``geometry_area_unknown`` and
        ``registered_area_unknown``. A sum leaves unknown areas out and is NaN where all are
        unknown; the ``*_unknown`` columns count them.

    Raises
    ------
    MissingFieldError
        If a column is absent.

    Examples
    --------
    >>> frame = pd.DataFrame({
    ...     "town": ["A", "A", "B"],
    ...     "geometry_area_m2": [2_000.0, None, 1_000.0],
    ...     "registered_area_m2": [1_900.0, 600.0, None],
    ... })
    >>> by_town = totals(frame, by=["town"])
    >>> by_town["parcels"].to_dict(), by_town["geometry_area_unknown"].to_dict()
    ({'A': 2, 'B': 1}, {'A': 1, 'B': 0})
    """
    areas = ["geometry_area_m2", "registered_area_m2"]
    require(frame, *by, *areas, what="宗地表")
    slim = pd.DataFrame(frame[[*by, *areas]])
    slim[areas] = slim[areas].astype(float)
    groups = slim.groupby(list(by), dropna=False, observed=True, sort=True)
    result = groups.size().rename("parcels").to_frame()
    sums = groups[areas].sum(min_count=1)
    known = groups[areas].count()
    for area in areas:
        result[area] = sums[area]
    for area in areas:
        result[area.removesuffix("_m2") + "_unknown"] = result["parcels"] - known[area]
    return result


def selection_totals(frame: pd.DataFrame) -> dict[str, Any]:
    """Return the figures of the strip under a selection: parcels, areas, mean plot ratio.

    Parameters
    ----------
    frame : DataFrame
        One row per parcel with ``geometry_area_m2`` and ``registered_area_m2`` (m²); ``far``
        and ``credited_m2`` are used where they are.

    Returns
    -------
    dict
        ``parcels``; ``geometry_area_m2`` / ``_mu`` and ``registered_area_m2`` / ``_mu`` (None
        where parcels are selected but every area is unknown, 0 for an empty selection);
        ``geometry_area_unknown``, ``registered_area_unknown``; ``far_mean`` (weighted by
        measured area, over parcels where both are known; None where none is) and
        ``far_unknown``; ``credited_m2`` / ``_mu`` where the frame has credit.

    Examples
    --------
    >>> frame = pd.DataFrame({
    ...     "geometry_area_m2": [1_000.0, 3_000.0], "registered_area_m2": [1_000.0, None],
    ...     "far": [1.0, 2.0],
    ... })
    >>> figures = selection_totals(frame)
    >>> figures["parcels"], figures["geometry_area_mu"], figures["registered_area_unknown"]
    (2, 6.0, 1)
    >>> figures["far_mean"] == (1_000 * 1.0 + 3_000 * 2.0) / 4_000
    True
    """
    require(frame, "geometry_area_m2", "registered_area_m2", what="宗地表")
    figures: dict[str, Any] = {"parcels": len(frame)}
    for area in ("geometry_area", "registered_area"):
        figures |= _sum(frame[f"{area}_m2"], area)
    if "far" in frame.columns:
        far = frame["far"].to_numpy(dtype=float, na_value=np.nan)
        land = frame["geometry_area_m2"].to_numpy(dtype=float, na_value=np.nan)
        both = ~np.isnan(far) & ~np.isnan(land) & (land > 0)
        mean = float((far[both] * land[both]).sum() / land[both].sum()) if both.any() else None
        figures |= {"far_mean": mean, "far_unknown": int((~both).sum())}
    if "credited_m2" in frame.columns:
        figures |= _sum(frame["credited_m2"], "credited")
    return figures


def _sum(values: pd.Series, name: str) -> dict[str, Any]:
    """Return the sum in m² and 亩 and the number of unknowns, under keys that start with name."""
    numbers = values.to_numpy(dtype=float, na_value=np.nan)
    unknown = int(np.isnan(numbers).sum())
    all_unknown = len(numbers) > 0 and unknown == len(numbers)
    total = None if all_unknown else float(np.nansum(numbers))
    return {
        f"{name}_m2": total,
        f"{name}_mu": None if total is None else float(to_mu(total)),
        f"{name}_unknown": unknown,
    }
