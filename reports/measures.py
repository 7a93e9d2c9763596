"""Measures of parcels as one document: for the command line and for whoever reads its JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from analysis.far_values import far_values
from analysis.findings import joined
from analysis.floor_area import counted_buildings
from analysis.parcel_overlaps import overlap_findings
from analysis.plot_ratio import plot_ratio
from analysis.requirements import recorded_exemptions
from analysis.requirements import requirements as required
from data.far_minimum import read_far_minimum
from data.intake_issues import said
from data.rules import Rules

_SHOWN = 10
_FIRST = (
    "parcel_id", "far", "counted_floor_area_m2", "land_area_m2", "method", "coverage_share",
)  # fmt: skip
_SEVERITIES = ("rejected", "error", "warning", "info")


def plot_ratio_document(
    parcels: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame | None,
    *,
    rules: Rules,
    land: str | None = None,
    noted: Sequence[pd.DataFrame] = (),
    heights: tuple[Path, Path] | None = None,
    requirements: bool = False,
    lang: str = "zh",
) -> dict[str, Any]:
    """Return plot ratios of parcels with all issues, ready for JSON.

    Parameters
    ----------
    parcels, buildings : GeoDataFrame
        EPSG:4549, as `analysis.plot_ratio.plot_ratio`; buildings may be missing.
    rules : Rules
        Counting rule.
    land : str, optional
        Column that is the land area.
    noted : sequence of DataFrame
        Issues of the files' door.
    heights : tuple of Path, optional
        Rasters of surface and of terrain: what buildings do not tell is estimated from them
        and marked ``height_estimate``.
    requirements : bool
        Put the columns of `analysis.requirements.requirements` beside each parcel.
    lang : str
        Language of the issues.

    Returns
    -------
    dict
        ``parcels`` (list: ``parcel_id``, ``far``, ``counted_floor_area_m2``, ``land_area_m2``,
        ``method``, ``coverage_share`` and more), ``issues`` (list), ``rules_id``, ``rule``,
        ``outside_footprint_m2``, ``notes`` (list: how the rasters differ). Unknown is None.
    """
    stands = counted_buildings(
        none_standing(parcels) if buildings is None else buildings, rules=rules
    )
    found = plot_ratio(parcels, stands, rules=rules, land=land)
    values, gaps = far_values(parcels, found.parcels, rules=rules)
    figures = found.parcels.join(values.drop(columns="far_computed"))
    figures = figures.rename(columns={"far_computed": "far"})
    issues = [found.issues, gaps, overlap_findings(parcels)]
    notes: tuple[tuple[str, str], ...] = ()
    if heights is not None:
        from analysis.height_estimate import estimate_from_heights

        surface, terrain = heights
        estimate = estimate_from_heights(
            parcels, stands, surface=surface, terrain=terrain, rules=rules, land=land
        )
        figures, issues = _filled(figures, estimate.parcels), [*issues, estimate.issues]
        notes = estimate.notes
    if requirements:
        asked = required(parcels, figures["far"], rules=rules, minimum=read_far_minimum())
        figures = figures.join(asked.drop(columns=asked.columns.intersection(figures.columns)))
        issues = [*issues, recorded_exemptions(parcels)[1]]
    return {
        "parcels": plain_rows(_first_columns(figures.reset_index())),
        "issues": told_issues(joined(issues), noted, lang),
        "rules_id": rules.id,
        "rule": rules.floor_area.sentence(lang),
        "outside_footprint_m2": found.outside_footprint_m2,
        "notes": [en if lang == "en" else zh for zh, en in notes],
    }


def _first_columns(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[[*_FIRST, *(name for name in frame.columns if name not in _FIRST)]]


def plot_ratio_text(document: Mapping[str, Any], lang: str = "zh") -> str:
    """Return the document in lines: how many, what kinds of issues, the rule."""
    en = lang == "en"
    rows = pd.DataFrame(document["parcels"], columns=["parcel_id", "far", "method"])
    far = pd.to_numeric(rows["far"])
    known = int(far.notna().sum())
    median = f"{far.median():.2f}" if known else "—"
    lines = [
        f"{len(rows):,} parcels, plot ratio known of {known:,}, median {median}."
        if en
        else f"共 {len(rows):,} 宗，已得容积率 {known:,} 宗，中位数 {median}。"
    ]
    lines += [f"  {method}: {count:,}" for method, count in rows["method"].value_counts().items()]
    lines += issue_lines(document["issues"], lang)
    lines += document["notes"]
    lines.append(document["rule"])
    return "\n".join(lines)


def issue_lines(issues: Sequence[Mapping[str, Any]], lang: str) -> list[str]:
    """Return how many issues there are, and the first of them."""
    en = lang == "en"
    lines = [f"{len(issues):,} issues" if en else f"问题 {len(issues):,} 条"]
    for issue in issues[:_SHOWN]:
        name = issue["id"] if issue["id"] is not None else issue["row"]
        lines.append(f"  {issue['layer']} {name} · {issue['field'] or '—'} · {issue['message']}")
    if len(issues) > _SHOWN:
        more = len(issues) - _SHOWN
        lines.append(f"… and {more} more (--json)" if en else f"……另有 {more} 条（见 --json）")
    return lines


def none_standing(parcels: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return a frame of buildings that holds none."""
    return gpd.GeoDataFrame({"storeys": pd.Series(dtype=float)}, geometry=[], crs=parcels.crs)


def _filled(figures: pd.DataFrame, estimate: pd.DataFrame) -> pd.DataFrame:
    """Take the estimate where buildings tell nothing, and mark it; what was refused stays so."""
    figures = figures.join(estimate)
    lacking = (
        figures["far"].isna()
        & figures["counted_floor_area_m2"].isna()
        & (figures["method"] == "unknown")
        & estimate["far_estimated"].notna()
    )
    both = estimate["far_estimated"] + estimate["far_unlawful_estimated"]
    for name, values in (
        ("far", estimate["far_estimated"]),
        ("far_with_unlawful", both),
        ("counted_floor_area_m2", estimate["counted_estimated_m2"]),
        ("unlawful_counted_m2", estimate["unlawful_counted_estimated_m2"]),
    ):
        figures[name] = figures[name].where(~lacking, values)
    figures["method"] = figures["method"].where(~lacking, "height_estimate")
    return figures


def plain_rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows as plain values; unknown and endless numbers are None."""
    clean = frame.astype(object).where(frame.notna(), None)
    endless = frame.select_dtypes("number").isin([np.inf, -np.inf])
    for name in endless.columns[endless.any()]:
        clean.loc[endless[name], name] = None
    return clean.to_dict(orient="records")


def told_issues(
    found: pd.DataFrame, noted: Sequence[pd.DataFrame], lang: str
) -> list[dict[str, Any]]:
    """Join the measures' findings and the doors' issues, the gravest first."""
    message = "message_en" if lang == "en" else "message_zh"
    ours = found.rename(columns={message: "message"})
    doors = [part.assign(id=None) for part in noted if len(part)]
    if lang == "en":
        doors = [part.assign(message=said(part, "en")) for part in doors]
    columns = ["layer", "row", "id", "field", "kind", "severity", "value", "message"]
    parts = [part.reindex(columns=columns).astype(object) for part in (*doors, ours) if len(part)]
    if not parts:
        return []
    both = pd.concat(parts, ignore_index=True)
    rank = both["severity"].map({name: at for at, name in enumerate(_SEVERITIES)})
    return plain_rows(both.loc[rank.sort_values(kind="stable").index])
