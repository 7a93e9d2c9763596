"""Shapes of parcels at the door: repairs as accepted, and what is odd about valid shapes."""

from __future__ import annotations

import tomllib
from collections.abc import Collection
from functools import cache
from pathlib import Path
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd

from data.errors import DataError
from data.intake_files import Handed
from data.intake_issues import IssueLog
from gis.area import ellipsoidal_area_m2
from gis.checks import (
    Limits,
    SharedLand,
    mean_width_m,
    parts_touch,
    rings_one_way,
    shared_between,
    shared_within,
)
from gis.crs import COUNTY_CRS, METRIC_CRS
from gis.errors import Words
from gis.repairs import areas_told, mended, propose, reason_words
from gis.validity import single

RULES_FILE = Path(__file__).with_name("intake.toml")
Repairs = Collection[int] | Literal["all"]
"""Rows whose repair is accepted, by number; ``"all"`` for every one that is proposed."""


class RepairUnknownError(DataError):
    """A repair was accepted that nobody proposed."""

    zh = "第 {rows} 行没有可接受的修复方案：该行图形合法、无法修复，或没有这一行。"
    en = (
        "There is no repair to accept for row {rows}: its shape is valid, cannot be repaired, "
        "or there is no such row."
    )


@cache
def limits() -> Limits:
    """Limits of what is plausible (``intake.toml``)."""
    rules = tomllib.loads(RULES_FILE.read_text("utf-8"))
    return Limits(
        overlap_m2=float(rules["overlap_area"]["value"]),
        overlap_share=float(rules["overlap_share"]["value"]),
        duplicate_share=float(rules["duplicate_share"]["value"]),
        sliver_width_m=float(rules["sliver_width"]["value"]),
        least_m2=float(rules["parcel_least_area"]["value"]),
        most_m2=float(rules["parcel_most_area"]["value"]),
    )


def repaired(
    handed: Handed, accepted: Repairs, log: IssueLog
) -> tuple[Handed, gpd.GeoDataFrame | None]:
    """Propose repairs of broken shapes and carry out those that are accepted.

    Parameters
    ----------
    handed : Handed
        Rows as read.
    accepted : collection of int or "all"
        Row numbers.
    log : IssueLog
        Takes one record for each repair that is carried out, with the area before and after.

    Returns
    -------
    handed : Handed
        With repaired shapes in the accepted rows.
    proposals : GeoDataFrame or None
        As `gis.repairs.propose`, by row number, with ``accepted``; None for a table.

    Raises
    ------
    RepairUnknownError
        If a row is accepted that has no proposal.
    """
    if not isinstance(handed.frame, gpd.GeoDataFrame):
        return handed, None
    found = propose(handed.frame.geometry)
    rows = set(found.index) if accepted == "all" else {int(row) for row in accepted}
    strange = sorted(rows - set(found.index))
    if strange:
        raise RepairUnknownError(rows="、".join(str(row) for row in strange[:10]))
    found = found.assign(accepted=found.index.isin(list(rows)))
    done = found[found["accepted"].to_numpy(dtype=bool)]
    if done.empty:
        return handed, found
    log.add("geometry_repaired", done.index, field_key="geometry", detail=areas_told(done))
    shapes = np.array(handed.frame.geometry.array, dtype=object)
    shapes[handed.frame.index.get_indexer(done.index)] = np.asarray(done.geometry.array)
    frame = handed.frame.set_geometry(
        gpd.GeoSeries(shapes, index=handed.frame.index, crs=handed.frame.crs)
    )
    return Handed(frame, handed.spatial, handed.shifted), found


def repairs_json(
    proposals: gpd.GeoDataFrame, lang: str = "zh", most: int = 500
) -> list[dict[str, Any]]:
    """Return proposals as plain values: row, reason, area before and after in m², accepted."""
    some = proposals.head(most)
    columns = zip(
        some.index.tolist(),
        [reason.say(lang) for reason in reason_words(some["reason"])],
        some["area_before_m2"].round(2).tolist(),
        some["area_after_m2"].round(2).tolist(),
        some["parts"].tolist(),
        some["accepted"].tolist(),
        strict=True,
    )
    keys = ("row", "reason", "area_before_m2", "area_after_m2", "parts", "accepted")
    return [dict(zip(keys, row, strict=True)) for row in columns]


def log_shapes(
    parcels: gpd.GeoDataFrame,
    plane: pd.Series,
    others: gpd.GeoSeries,
    *,
    numbers: pd.Series,
    log: IssueLog,
) -> None:
    """Tell what is odd about valid shapes; all of them are taken in.

    Parameters
    ----------
    parcels : GeoDataFrame
        The file's parcels by ``parcel_id``, valid, with ``geometry_area_m2``.
    plane : Series of geometry
        Their shapes in EPSG:4549, by ``parcel_id`` in any order.
    others : GeoSeries
        Recorded parcels that are not in the file and stay, by ``parcel_id``.
    numbers : Series of int
        Row number of each parcel.
    log : IssueLog
        Takes overlaps above the tolerance (each pair once, at its later row), duplicates,
        slivers, areas out of range, parts that meet in a point, rings that run one way.
    """
    if parcels.empty:
        return
    shapes = plane.reindex(parcels.index).to_numpy(dtype=object)
    ids = parcels.index.to_numpy(dtype=object)
    rows = numbers.reindex(parcels.index).to_numpy()
    order = np.argsort(rows, kind="stable")  # so that an overlap stands at the later row
    shapes, ids, rows = shapes[order], ids[order], rows[order]
    within = shared_within(shapes, limits())
    _log_shared(within.second, ids[within.first], within, "", (ids, rows), log)
    whole = within.whole
    if len(others):
        recorded = mended(np.asarray(others.to_crs(METRIC_CRS).array))
        across = shared_between(shapes, recorded, limits())
        names = others.index.to_numpy(dtype=object)[across.second]
        _log_shared(across.first, names, across, "_recorded", (ids, rows), log)
        whole &= across.whole
    log.add("overlaps_many", [] if whole else [pd.NA], field_key="geometry")
    _log_single(shapes, parcels["geometry_area_m2"].to_numpy(dtype=float)[order], rows, log)


def _log_shared(
    at: np.ndarray,
    names: np.ndarray,
    found: SharedLand,
    suffix: str,
    own: tuple[np.ndarray, np.ndarray],
    log: IssueLog,
) -> None:
    """Tell each row once for each kind: the largest overlap, and how many there are."""
    ids, rows = own
    pairs = pd.DataFrame({"at": at, "name": names, "area": found.area_m2, "same": found.same})
    pairs = pairs.sort_values(["at", "area", "name"], ascending=[True, False, True])
    for same, kind in ((True, "geometry_duplicate"), (False, "geometry_overlap")):
        group = pairs[pairs["same"] == same].groupby("at")
        most, count = group.first(), group.size().tolist()
        told = [
            _shared_told(str(name), area, many)
            for name, area, many in zip(most["name"], most["area"], count, strict=True)
        ]
        here = most.index.to_numpy(dtype=int)
        log.add(kind + suffix, rows[here], values=ids[here], field_key="geometry", detail=told)


def _shared_told(name: str, area: float, many: int) -> Words:
    zh, en = f"与 {name} 重叠 {area:,.1f} m²", f"shares {area:,.1f} m² with {name}"
    if many > 1:
        zh, en = f"{zh}，共 {many} 处", f"{en}, {many} overlaps in all"
    return Words(zh, en)


def _log_single(shapes: np.ndarray, area: np.ndarray, rows: np.ndarray, log: IssueLog) -> None:
    width, rule = mean_width_m(shapes), limits()
    odd = (area < rule.least_m2) | (area > rule.most_m2)
    thin = (width < rule.sliver_width_m) & ~odd
    told_area = [f"{value:,.1f} m²" for value in area[odd]]
    log.add("geometry_size", rows[odd], field_key="geometry", detail=told_area)
    told_width = [
        Words(f"平均宽度 {value:.2f} m", f"mean width {value:.2f} m") for value in width[thin]
    ]
    log.add("geometry_sliver", rows[thin], field_key="geometry", detail=told_width)
    log.add("geometry_parts_touch", rows[parts_touch(shapes)], field_key="geometry")
    log.add("geometry_ring_order", rows[rings_one_way(shapes)], field_key="geometry")


def measured(frame: pd.DataFrame, shapes: np.ndarray) -> tuple[gpd.GeoDataFrame, pd.Series]:
    """Return rows with their shapes in EPSG:4490 and the measured area; and the shapes in metres.

    Polygons are told from multipolygons of one part. The shapes in metres are by ``parcel_id``.
    """
    result = gpd.GeoDataFrame(frame, geometry=single(shapes), crs=COUNTY_CRS)
    plane = np.asarray(result.geometry.to_crs(METRIC_CRS).array)
    result["geometry_area_m2"] = ellipsoidal_area_m2(result.geometry, plane=plane)
    return result, pd.Series(plane, index=result.index, dtype=object)
