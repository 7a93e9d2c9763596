"""Plot ratios as a workbook: every parcel with its lines and gain, the gain by group, the lines."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.far_summary import standing
from analysis.uplift import LINES, flagged, floor_gain, line_name
from data import schema
from gis.area import to_mu
from reports.book import Sheet, write_book
from reports.context import ExportContext

_SHEETS = {
    "parcels": ("各宗容积率", "Parcels"),
    "below": ("低于各线", "Below lines"),
    "town": ("按镇街", "By town"),
    "park": ("按园区", "By park"),
    "industry": ("按行业大类", "By industry"),
}
_HEADS: Mapping[str, tuple[str, str]] = {
    "far": ("容积率（本表口径）", "Plot ratio (basis of this book)"),
    "far_registered": ("台账容积率", "Ledger"),
    "far_permitted": ("许可容积率", "Permitted"),
    "far_surveyed": ("实测容积率", "Surveyed"),
    "far_computed": ("推算容积率", "Computed"),
    "land": ("用地（亩）", "Land (mu)"),
    "national_min": ("国家控制指标", "National minimum"),
    "contract_far": ("合同或规划", "Contract or plan"),
    "policy_far": ("政策线（已批项目）", "Policy line (approved)"),
    "exemption_reason": ("豁免理由", "Reason of exemption"),
    "method": ("测算方法", "Method"),
    "coverage_share": ("覆盖（层数已知的基底占比）", "Coverage (footprint of known storeys)"),
    "unlawful_counted_m2": ("其中违法建筑面积（计容，㎡）", "Of it unlawful (counted, m²)"),
    "no_building": ("图层中无建筑（宗）", "No building on the layer"),
    "no_building_land": ("图层中无建筑用地（亩）", "Their land (mu)"),
    "far_mean_all": ("平均（计入无建筑的）", "Mean with those without buildings"),
    "group": ("分组", "Group"),
    "parcels": ("宗数", "Parcels"),
    "far_mean": ("平均容积率", "Mean plot ratio"),
    "far_unknown": ("容积率未知（宗）", "Plot ratio unknown"),
    "exempt": ("豁免（宗）", "Exempt"),
    "held": ("适用（宗）", "Applies to"),
    "below": ("低于（宗）", "Below"),
    "missing": ("差建筑（㎡）", "Missing floor area (m²)"),
    "gap_median": ("差值中位数", "Median gap"),
    "gain": ("提到 {line} 增建筑（㎡）", "Gain at {line} (m²)"),
    "saved": ("{line} 少用地（亩）", "Land saved at {line} (mu)"),
    "basis": ("容积率口径", "Basis of the plot ratio"),
    "unknown": ("未知", "Unknown"),
}
METHODS: Mapping[str, tuple[str, str]] = {
    "buildings": ("按建筑", "From buildings"),
    "buildings_partial": ("部分建筑层数未知（下限）", "Some storeys unknown (lower bound)"),
    "no_building": ("图层中无建筑", "No building on the layer"),
    "unlawful_only": ("建筑全部违法", "All buildings unlawful"),
    "unknown": ("未知", "Unknown"),
}
"""What `analysis.far_summary.standing` is called."""
_TWO, _WHOLE = "0.00", "#,##0"


def write_far_book(
    lines: pd.DataFrame,
    values: pd.DataFrame,
    below: pd.DataFrame,
    gains: Mapping[str, pd.DataFrame],
    out: Path,
    *,
    context: ExportContext,
    basis: str,
    line_names: Mapping[str, str],
) -> Path:
    """Write what the plot-ratio page shows, every parcel of it.

    Parameters
    ----------
    lines : DataFrame
        By ``parcel_id``: ``far`` on the chosen basis, ``land_area_m2`` and the lines of
        `analysis.requirements`, with ``parcel_name``, ``town``, ``park``, ``owner``; those
        marked ``no_building`` gain nothing.
    values : DataFrame
        The four plot ratios of `analysis.far_values` with the same ids, and what
        `analysis.plot_ratio` computed.
    below : DataFrame
        `analysis.far_summary.below_lines`.
    gains : mapping of str to DataFrame
        `analysis.uplift.uplift` by ``town``, ``park``, ``industry``.
    basis : str
        What the plot ratio rests on, as a sentence in the context's language.
    line_names : mapping of str to str
        What each line of ``below`` is called.

    Raises
    ------
    ReportError
        If the file cannot be written.
    """
    at = 1 if context.lang == "en" else 0
    sheets = [
        _parcels(lines, values, at),
        _below(below, line_names, at),
        *(_gains(name, table, at) for name, table in gains.items()),
    ]
    return write_book(sheets, out, context=context, more=[(_HEADS["basis"][at], basis)])


def _head(key: str, at: int, line: float | None = None) -> str:
    return _HEADS[key][at].format(line=line_name(line) if line else "")


def _parcels(lines: pd.DataFrame, values: pd.DataFrame, at: int) -> Sheet:
    lang = "en" if at else "zh"
    table: dict[str, Any] = {schema.label("parcel_id", lang): lines.index.astype(str)}
    for key in ("parcel_name", "town", "park", "owner"):
        table[schema.label(key, lang)] = lines[key].to_numpy(dtype=object)
    table[_head("land", at)] = to_mu(lines["land_area_m2"].to_numpy(dtype=float))
    ratios = ["far", "national_min", "contract_far", "policy_far"]
    mine = values.reindex(lines.index)
    for key in ("far", "far_registered", "far_permitted", "far_surveyed", "far_computed"):
        source = lines if key == "far" else mine
        table[_head(key, at)] = source[key].to_numpy(dtype=float)
    table |= _how(mine, at)
    for key in ratios[1:]:
        table[_head(key, at)] = lines[key].to_numpy(dtype=float)
    table[_head("exemption_reason", at)] = lines["exemption_reason"].to_numpy(dtype=object)
    sums = [_head("land", at)]
    for line in LINES:
        gain = floor_gain(lines["far"], lines["land_area_m2"], line=line)
        none = flagged(lines, "exempt") | flagged(lines, "no_building")
        gain.loc[none & gain["gain_m2"].notna().to_numpy()] = 0.0
        for key, column in (("gain", "gain_m2"), ("saved", "saved_mu")):
            table[_head(key, at, line)] = gain[column].to_numpy(dtype=float)
            sums.append(_head(key, at, line))
    formats = {_head(key, at): _TWO for key in (*ratios, *mine.columns) if key in _HEADS}
    sums.append(_head("unlawful_counted_m2", at))
    formats |= {name: "#,##0.00" if "亩" in name or "mu" in name else _WHOLE for name in sums}
    formats[_head("coverage_share", at)] = "0%"
    return Sheet(_SHEETS["parcels"][at], pd.DataFrame(table), formats, sums=sums)


def _how(values: pd.DataFrame, at: int) -> dict[str, Any]:
    """Say how each computed plot ratio came about, and how much of what stands is unlawful."""
    named = standing(values).map({code: words[at] for code, words in METHODS.items()})
    figures = ("coverage_share", "unlawful_counted_m2")
    return {_head("method", at): named.to_numpy(dtype=object)} | {
        _head(key, at): values[key].to_numpy(dtype=float) for key in figures
    }


def _below(below: pd.DataFrame, names: Mapping[str, str], at: int) -> Sheet:
    table = {
        _head("group", at): [names[name] for name in below.index],
        _head("held", at): below["held"].to_numpy(),
        _head("below", at): below["below"].to_numpy(),
        _head("land", at): to_mu(below["land_m2"].to_numpy(dtype=float)),
        _head("missing", at): below["missing_m2"].to_numpy(dtype=float),
        _head("gap_median", at): below["gap_median"].to_numpy(dtype=float),
        _head("far_unknown", at): below["far_unknown"].to_numpy(),
        _head("exempt", at): below["exempt"].to_numpy(),
        _head("no_building", at): below["no_building"].to_numpy(),
    }
    formats = {
        _head("land", at): "#,##0.00",
        _head("missing", at): _WHOLE,
        _head("gap_median", at): _TWO,
    }
    return Sheet(_SHEETS["below"][at], pd.DataFrame(table), formats)


def _gains(name: str, gains: pd.DataFrame, at: int) -> Sheet:
    named = [_HEADS["unknown"][at] if pd.isna(group) else str(group) for group in gains.index]
    table: dict[str, Any] = {
        _head("group", at): named,
        _head("parcels", at): gains["parcels"].to_numpy(),
        _head("land", at): to_mu(gains["land_m2"].to_numpy(dtype=float)),
        _head("far_mean", at): gains["far_mean"].to_numpy(dtype=float),
    }
    for line in LINES:
        table[_head("gain", at, line)] = gains[f"gain_{line_name(line)}_m2"].to_numpy(dtype=float)
        table[_head("saved", at, line)] = gains[f"saved_{line_name(line)}_mu"].to_numpy(dtype=float)
    table[_head("far_unknown", at)] = gains["far_unknown"].to_numpy()
    table[_head("exempt", at)] = gains["exempt"].to_numpy()
    table[_head("no_building", at)] = gains["no_building"].to_numpy()
    table[_head("no_building_land", at)] = to_mu(gains["no_building_land_m2"].to_numpy(dtype=float))
    table[_head("far_mean_all", at)] = gains["far_mean_all"].to_numpy(dtype=float)
    means = [_head(key, at) for key in ("far_mean", "far_mean_all")]
    sums = [key for key in table if key not in (_head("group", at), *means)]
    formats = {key: "#,##0.00" if "亩" in key or "mu" in key else _WHOLE for key in sums}
    formats |= dict.fromkeys(means, _TWO)
    return Sheet(_SHEETS[name][at], pd.DataFrame(table), formats, sums=sums)
