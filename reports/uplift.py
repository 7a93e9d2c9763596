"""Uplift as one document: what building higher would bring, and where it comes easily."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd

from analysis.plot_ratio import plot_ratio
from analysis.requirements import recorded_exemptions
from analysis.uplift import cheap_uplift, uplift
from data.rules import Rules
from gis.area import to_mu
from reports.measures import none_standing, plain_rows


def uplift_document(
    parcels: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame | None,
    *,
    rules: Rules,
    by: str,
    lines: Sequence[float],
    cheap: int = 0,
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

    Returns
    -------
    dict
        ``by``, ``lines``, ``groups`` (as `analysis.uplift.uplift`, areas in m² and 亩), ``cheap``
        (as `analysis.uplift.cheap_uplift`), ``rules_id``. Unknown is None.
    """
    stands = none_standing(parcels) if buildings is None else buildings
    figures = plot_ratio(parcels, stands, rules=rules).parcels
    names = [name for name in (by, "single_owner") if name in parcels]
    frame = figures.join(parcels[names])
    if by not in frame:
        frame[by] = None
    frame["no_building"] = frame["method"].to_numpy() == "no_building"
    frame["exempt"] = frame.index.isin(recorded_exemptions(parcels)[0].index)
    groups = uplift(frame, by=by, lines=lines)
    for name in [name for name in groups if name.endswith("_m2")]:
        groups[name.replace("_m2", "_mu")] = to_mu(groups[name])
    easy = cheap_uplift(frame, line=min(lines)).head(cheap)
    return {
        "by": by,
        "lines": list(lines),
        "groups": plain_rows(groups.reset_index()),
        "cheap": plain_rows(easy.reset_index()),
        "rules_id": rules.id,
    }


def uplift_text(document: Mapping[str, Any], lang: str = "zh") -> str:
    """Return the document in lines, one for each group."""
    en = lang == "en"
    told = []
    for group in document["groups"]:
        name = group[document["by"]]
        name = ("(none)" if en else "（无）") if name is None else name
        gains = []
        for line in document["lines"]:
            gain, saved = group[f"gain_{line:.1f}_m2"], group[f"saved_{line:.1f}_mu"]
            known = gain is not None
            floor = f"{gain:,.0f}" if known else "—"
            mu = f"{saved:,.1f}" if known else "—"
            gains.append(
                f"at {line:.1f} +{floor} m², {mu} mu"
                if en
                else f"提到 {line:.1f} 增 {floor} m²、相当于 {mu} 亩"
            )
        count = f"{group['parcels']:,} parcels" if en else f"{group['parcels']:,} 宗"
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
    return "\n".join(told)
