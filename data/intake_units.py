"""Unit mistakes of areas, seen against the polygon: off by just the ratio of two units."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from data.intake_issues import IssueLog
from data.schema import label
from gis.area import M2_PER_MU
from gis.errors import Words

AREAS = ("registered_area_m2", "supplied_area_m2", "approved_area_m2", "occupied_area_m2")
"""Areas of the whole parcel, which its polygon can confirm."""

RATIOS: Mapping[float, Words] = {
    M2_PER_MU: Words("亩与 m²", "mu to m²"),
    1 / M2_PER_MU: Words("m² 与亩", "m² to mu"),
    15.0: Words("公顷与亩", "hectares to mu"),
    1 / 15.0: Words("亩与公顷", "mu to hectares"),
    10_000.0: Words("公顷与 m²", "hectares to m²"),
    1 / 10_000.0: Words("m² 与公顷", "m² to hectares"),
}
"""Units of which one was taken for the other, by how many times too large that makes a value."""

_WHOLE_COLUMN = 0.8
_FEWEST = 3


def unit_mistakes(stated: pd.Series, measured: pd.Series, *, tolerance: float) -> pd.Series:
    """Return the ratio of units by which each stated area is off, NaN where it is not.

    Parameters
    ----------
    stated, measured : Series
        Areas in m² by the same index; unknown ones are passed over.
    tolerance : float
        Relative distance from the ratio that still counts.

    Examples
    --------
    >>> stated = pd.Series([10_000.0, 15.0, 150_000.0, 9_000.0])
    >>> unit_mistakes(stated, pd.Series([10_000.0] * 4), tolerance=0.05).round(4).tolist()
    [nan, 0.0015, 15.0, nan]
    """
    share = (stated / measured.where(measured > 0)).to_numpy(dtype="float64")
    found = np.full(len(stated), np.nan)
    with np.errstate(invalid="ignore"):
        for ratio in RATIOS:
            found[np.abs(share / ratio - 1) <= tolerance] = ratio
    return pd.Series(found, index=stated.index)


def without_unit_mistakes(
    frame: pd.DataFrame, measured: pd.Series, numbers: pd.Series, tolerance: float, log: IssueLog
) -> pd.DataFrame:
    """Leave areas in a wrong unit unknown and log what they may have been.

    Parameters
    ----------
    frame : DataFrame
        Rows that enter, by parcel.
    measured : Series
        Area of each polygon, m².
    numbers : Series
        Row of the file by parcel.
    tolerance : float
        As in `unit_mistakes`.
    log : IssueLog
        Takes a record for each such area, or one for a column of which most are off alike.
    """
    for key in AREAS:
        if key not in frame:
            continue
        stated = frame[key].astype("float64")
        ratios = unit_mistakes(stated, measured, tolerance=tolerance).dropna()
        if ratios.empty:
            continue
        rest = _without_column(key, stated, ratios, log)
        _log_rows(key, stated, measured, rest, numbers, log)
        frame = frame.assign(**{key: stated.mask(stated.index.isin(ratios.index))})
    return frame


def _without_column(key: str, stated: pd.Series, ratios: pd.Series, log: IssueLog) -> pd.Series:
    """Log a ratio that most of the column shares once; return the others."""
    likely = float(ratios.mode().iloc[0])
    same = int((ratios == likely).sum())
    if same < max(_FEWEST, _WHOLE_COLUMN * int(stated.notna().sum())):
        return ratios
    units = RATIOS[likely]
    told = Words(
        f"整列 {same} 行都差 {_times(likely)} 倍，正是{units}之比，请在列标题中写明单位",
        f"{same} rows of the column are off {_times(likely)} times, just {units.en}: "
        "name the unit in the heading",
    )
    log.add("unit_mistake", [pd.NA], values=[label(key)], field_key=key, detail=[told])
    return ratios[ratios != likely]


def _log_rows(
    key: str,
    stated: pd.Series,
    measured: pd.Series,
    ratios: pd.Series,
    numbers: pd.Series,
    log: IssueLog,
) -> None:
    rows = ratios.index
    triples = list(zip(stated[rows], measured[rows], ratios, strict=True))
    details = [
        Words(
            f"{label(key, with_unit=False)}读作 {a:,.1f} m²，图形 {b:,.1f} m²，"
            f"差 {_times(r)} 倍，正是{RATIOS[r]}之比",
            f"{label(key, 'en', with_unit=False)} reads as {a:,.1f} m², the shape measures "
            f"{b:,.1f} m²: {_times(r)} times, just {RATIOS[r].en}",
        )
        for a, b, r in triples
    ]
    proposals = [f"{a / r:.2f} m²" for a, _, r in triples]
    log.add(
        "unit_mistake", numbers[rows], values=stated[rows], field_key=key, detail=details,
        proposals=proposals,
    )  # fmt: skip


def _times(ratio: float) -> str:
    """Return a ratio of units as it is known.

    Examples
    --------
    >>> _times(M2_PER_MU), _times(1 / 15.0)
    ('666.67', '15')
    """
    times = ratio if ratio > 1 else 1 / ratio
    return f"{times:,.2f}".rstrip("0").rstrip(".")
