"""When an estimate from heights is not to be had, and the sentence that says why."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.findings import Findings, Kind, frozen
from data.rules import Rules
from gis.height_sense import HeightLimits

KINDS = frozen(
    heights_missing=Kind(
        "far_estimated", "info",
        "高程栅格没有覆盖或有效高程太少，未估算",
        "Rasters do not reach here or know too few heights: not estimated",
    ),
    heights_partial=Kind(
        "far_estimated", "info",
        "高程栅格只覆盖一部分，按已知部分估算",
        "Rasters know only part of the heights: estimated from that part",
    ),
    heights_unit=Kind(
        "far_estimated", "error",
        "高程看来不是以米计（建筑高得不可能，多半以厘米记），未估算；"
        "请把两个栅格都换算为米（厘米除以一百）后重算",
        "Heights do not look like metres (impossibly high, most likely centimetres): not "
        "estimated; convert both rasters to metres (centimetres: divide by 100) and retry",
    ),
    heights_swapped=Kind(
        "far_estimated", "error",
        "地表多处低于地面，两个栅格可能给反了或单位不同，未估算；请对调或统一单位后重算",
        "The surface lies below the ground: the two rasters may be swapped or differ in unit; not "
        "estimated; exchange them or use one unit, and retry",
    ),
    heights_same=Kind(
        "far_estimated", "error",
        "地表与地面两个栅格的高程处处相同，未估算；请分别给出地表和地面两个栅格",
        "Both rasters hold the same heights: not estimated; give one of the surface and one of the "
        "ground",
    ),
    heights_impossible=Kind(
        "far_estimated", "error",
        "宗地内有不可能的高程（常为未声明的无数据值），未估算；"
        "请为栅格声明无数据值或更正高程后重算；值为占比",
        "Impossible elevations in the parcel (often an undeclared no-data value): not estimated; "
        "declare the no-data value or correct them, and retry; the value is their share",
    ),
    heights_coarse=Kind(
        "far_estimated", "warning",
        "栅格的格子相对建筑太粗，看不出建筑的高度，未估算；请换用更细的地表栅格；值为格宽（米）",
        "Cells too coarse to tell the height of these buildings: not estimated; use a finer "
        "surface raster; the value is the width of a cell in metres",
    ),
    far_estimated_absurd=Kind(
        "far_estimated", "error",
        "估算容积率大得不合理，不予采用；请核对用地面积和高程单位",
        "The estimated plot ratio is absurd and is not used; check land area and unit of heights",
    ),
)  # fmt: skip


def height_limits(rules: Rules) -> HeightLimits:
    """Return what heights can be by the rules.

    Examples
    --------
    >>> from data.rules import load_rules
    >>> height_limits(load_rules()).building_most_m
    150.0
    """
    limits = rules.floor_limits
    return HeightLimits(
        building_most_m=limits["building_height_most"].value,
        below_most_m=limits["height_below_most"].value,
        ground_least_m=-limits["ground_below_sea_most"].value,
        ground_most_m=limits["ground_most"].value,
        unit_share=limits["height_unit_share"].value,
        faulty_share=limits["height_faulty_most"].value,
    )


def without_doubtful(
    frame: pd.DataFrame,
    reason: np.ndarray,
    values: np.ndarray,
    known: np.ndarray,
    *,
    rules: Rules,
    findings: Findings,
) -> pd.DataFrame:
    """Take back estimates that have a reason against them, and say each.

    Parameters
    ----------
    frame : DataFrame
        Estimates by parcel, in the order of ``findings``.
    reason : ndarray of str
        Kind of finding for each parcel, ``""`` for none.
    values : ndarray
        What the finding shows.
    known : ndarray of float
        Share of known heights.

    Returns
    -------
    DataFrame
        NaN where anything is said but ``heights_partial``; with ``height_share``.
    """
    least = rules.floor_limits["height_share_least"].value
    few = np.nan_to_num(known) < least
    reason = np.where((reason == "") & few, "heights_missing", reason)
    values = np.where(reason == "heights_missing", np.round(known, 4), values)
    with np.errstate(invalid="ignore"):
        far = (frame["far_estimated"] + frame["far_unlawful_estimated"]).to_numpy()
        absurd = (reason == "") & (far > rules.floor_limits["far_most"].value)
    reason = np.where(absurd, "far_estimated_absurd", reason)
    values = np.where(absurd, np.round(far, 3), values)
    for kind in np.unique(reason[reason != ""]):
        findings.add(kind, reason == kind, values)
    findings.add("heights_partial", (reason == "") & (known < 1 - 1e-6), np.round(known, 4))
    frame = frame.where(pd.Series(reason == "", index=frame.index))
    frame["height_share"] = known
    return frame
