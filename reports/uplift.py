"""Uplift as one document: what building higher would bring, and where it comes easily."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import pandas as pd

from analysis.findings import joined
from analysis.parcel_overlaps import overlap_findings
from analysis.plot_ratio import plot_ratio
from analysis.requirements import recorded_exemptions
from analysis.uplift import cheap_uplift, line_name, uplift
from data.rules import Rules
from gis.area import to_mu
from gis.errors import Words
from reports.measures import issue_lines, none_standing, plain_rows, told_issues

_NO_BUILDINGS = Words(
    "没有建筑图层，现有容积率都未知：请导入建筑（cli.py import 建筑文件 --as buildings）"
    "或用 --parcels、--buildings 给出文件。",
    "There is no layer of buildings, so no plot ratio is known: import one "
    "(cli.py import FILE --as buildings) or name files with --parcels and --buildings.",
)


def uplift_document(
    parcels: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame | None,
    *,
    rules: Rules,
    by: str,
    lines: Sequence[float],
    cheap: int = 0,
    noted: Sequence[pd.DataFrame] = (),
    lang: str = "zh",
) -> dict[str, Any]:
    """Return the gain by group, ready for JSON.

    Parameters
    ----------
    parcels, buildings : GeoDataFrame
        EPSG:4549, as `analysis.plot_ratio.plot_ratio`.
    rules : Rules
        Counting rule.
    by : str
        Column to sum by; where the parcels lack it, all are one group without a name.
    lines : sequence of float
        Plot ratios to rise to.
    cheap : int
        How many of the easy parcels to list, at the lowest line.
    noted : sequence of DataFrame
        Issues of the files' door.
    lang : str
        Language of the issues.

    Returns
    -------
    dict
        ``by``, ``lines``, ``groups`` (as `analysis.uplift.uplift`, areas in m² and 亩, with
        ``far_partial``: parcels where not all buildings are known, so that the gain told is an
        upper bound), ``cheap`` (as `analysis.uplift.cheap_uplift`), ``buildings`` (whether there
        are any), ``issues``, ``rules_id``. Unknown is None.
    """
    stands = none_standing(parcels) if buildings is None else buildings
    found = plot_ratio(parcels, stands, rules=rules)
    figures = found.parcels
    names = [name for name in (by, "single_owner") if name in parcels]
    frame = figures.join(parcels[names])
    if by not in frame:
        frame[by] = None
    frame["no_building"] = frame["method"].to_numpy() == "no_building"
    frame["exempt"] = frame.index.isin(recorded_exemptions(parcels)[0].index)
    groups = uplift(frame, by=by, lines=lines)
    partial = frame["method"].eq("buildings_partial").groupby(frame[by], dropna=False).sum()
    groups["far_partial"] = partial.to_numpy(dtype=int)
    for name in [name for name in groups if name.endswith("_m2")]:
        groups[name.replace("_m2", "_mu")] = to_mu(groups[name])
    easy = cheap_uplift(frame, line=min(lines)).head(cheap)
    return {
        "by": by,
        "lines": list(lines),
        "groups": plain_rows(groups.reset_index()),
        "cheap": plain_rows(easy.reset_index()),
        "buildings": buildings is not None,
        "issues": told_issues(joined([found.issues, overlap_findings(parcels)]), noted, lang),
        "rules_id": rules.id,
    }


def uplift_text(document: Mapping[str, Any], lang: str = "zh") -> str:
    """Return the document in lines, one for each group."""
    en = lang == "en"
    told = [] if document["buildings"] else [str(_NO_BUILDINGS.en if en else _NO_BUILDINGS)]
    for group in document["groups"]:
        name = group[document["by"]]
        name = ("(none)" if en else "（无）") if name is None else name
        gains = []
        for line in document["lines"]:
            at = line_name(line)
            gain, saved = group[f"gain_{at}_m2"], group[f"saved_{at}_mu"]
            known = gain is not None
            floor = f"{gain:,.0f}" if known else "—"
            mu = f"{saved:,.1f}" if known else "—"
            gains.append(
                f"at {at} +{floor} m², {mu} mu"
                if en
                else f"提到 {at} 增 {floor} m²、相当于 {mu} 亩"
            )
        count = f"{group['parcels']:,} parcels" if en else f"{group['parcels']:,} 宗"
        count += _left_out(group, en)
        if group["no_building"]:
            bare = f"{group['no_building']:,}", f"{group['no_building_land_mu']:,.1f}"
            gains.append("{} without any building, {} mu, not counted".format(*bare) if en
                         else "另有图层中无建筑 {} 宗、{} 亩，未计入".format(*bare))  # fmt: skip
        told.append(f"{name} · {count} · " + ("; " if en else "；").join(gains))
    for parcel in document["cheap"]:
        told.append(
            f"{parcel['parcel_id']} · {parcel['land_mu']:,.1f} mu at {parcel['far']:.2f}"
            if en
            else f"{parcel['parcel_id']} · {parcel['land_mu']:,.1f} 亩，容积率 {parcel['far']:.2f}"
        )
    told += issue_lines(document["issues"], lang)
    return "\n".join(told)


def _left_out(group: Mapping[str, Any], en: bool) -> str:
    """Say how many parcels of a group are not in the sums, or only in part."""
    words = (
        ("far_unknown", " of unknown plot ratio, not counted", " 宗容积率未知、未计"),
        ("far_partial", " known in part, gain is an upper bound", " 宗建筑不全、增量为上限"),
    )
    parts = [f"{group[key]:,}{said[0] if en else said[1]}" for key, *said in words if group[key]]
    return (f" ({'; '.join(parts)})" if en else f"（其中 {'；'.join(parts)}）") if parts else ""
