"""Whether what a file holds lies in the county, or what is left out may be another county's."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from data.errors import DataError, UnknownLayerError
from data.intake_issues import IssueLog
from gis.errors import Words
from gis.fit import where
from gis.outline import counties_at

RULES_FILE = Path(__file__).with_name("intake.toml")
_M_PER_DEG = 111_000.0  # of latitude; a degree of longitude is shorter, so reach is never less


class FarFromCountyError(DataError):
    """A file of which nothing lies in the county or near it."""

    zh = (
        "文件 {file} 的内容落在{where}，离本工作区所在县约 {km:,.0f} 公里，没有一处在县内或附近，"
        "没有写入任何内容：请检查坐标系（--crs 或文件的坐标系声明），或是否选错了文件或工作区。"
    )
    en = (
        "The content of {file} falls at {where}, about {km:,.0f} km from the county of this "
        "workspace; nothing of it lies in the county or near it, and nothing was written: check "
        "the coordinate system (--crs or what the file declares), the file and the workspace."
    )


@cache
def reaches() -> tuple[float, float]:
    """Distances in metres (``intake.toml``): from which rows are told, and a file is refused."""
    rules = tomllib.loads(RULES_FILE.read_text("utf-8"))
    return float(rules["outside_county"]["value"]), float(rules["far_from_county"]["value"])


def county_of(register: Any, as_layer: str) -> shapely.Geometry | None:
    """Return the area that a layer must lie in or near, EPSG:4490; None where nothing is known.

    It is the recorded outline. A new outline is held against the recorded parcels, so that a
    wrong one can be replaced.
    """
    if as_layer == "outline":
        parcels = register.read_parcels(columns=[], geometry=True)
        return shapely.box(*parcels.total_bounds) if len(parcels) else None
    try:
        outline = register.read_layer("outline")
    except UnknownLayerError:
        return None
    found = shapely.union_all(np.asarray(outline.geometry.array))
    return None if found.is_empty else found


def near_county(geometry: gpd.GeoSeries, county: shapely.Geometry | None, log: IssueLog) -> None:
    """Refuse a file that lies elsewhere; list the rows that do.

    Parameters
    ----------
    geometry : GeoSeries
        Indexed by row number, in EPSG:4490. Rows without a finite extent are passed over.
    county : shapely.Geometry or None
        As from `county_of`; nothing is checked without it.
    log : IssueLog
        Takes one warning for each row that lies outside, in another county or at sea; such rows
        stay.

    Raises
    ------
    FarFromCountyError
        If no row is near.
    """
    bounds = shapely.bounds(np.asarray(geometry.array))
    known = np.isfinite(bounds).all(axis=1)
    if county is None or not known.any():
        return
    boxes = shapely.box(*bounds[known].T)
    told_m, refused_m = reaches()
    if not _within(boxes, county, refused_m).any():
        km = float(shapely.distance(county, shapely.centroid(boxes[0]))) * _M_PER_DEG / 1000
        raise FarFromCountyError(file=log.file, where=where(bounds[known]), km=km)
    strange = ~_within(boxes, county, told_m)
    outside, places = geometry.index[known][strange], bounds[known][strange]
    names = counties_at((places[:, :2] + places[:, 2:]) / 2)
    at_sea = np.array([name is None for name in names], dtype=bool)
    told = [
        Words(*(f"{name or ''} {text}".strip() for text in (spot, spot.en)))
        for name, spot in zip(names, map(where, places[:, None]), strict=True)
    ]
    for kind, mask in (("in_sea", at_sea), ("outside_county", ~at_sea)):
        here = [text for text, wanted in zip(told, mask, strict=True) if wanted]
        log.add(kind, outside[mask], field_key="geometry", detail=here)


def _within(boxes: np.ndarray, county: shapely.Geometry, reach_m: float) -> np.ndarray:
    """Say which boxes come within a distance of the county; good to a tenth of it."""
    reach = reach_m / _M_PER_DEG
    around = shapely.buffer(shapely.simplify(county, reach / 10), reach)
    shapely.prepare(around)
    return np.asarray(shapely.intersects(around, boxes))
