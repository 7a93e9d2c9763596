"""Contiguous blocks (连片): which parcels form one, and what each of them is."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from analysis.errors import require, require_unique
from analysis.findings import Findings, Kind, frozen, joined, row_numbers
from analysis.parcel_overlaps import overlap_findings
from data.block_rules import BlockRules
from gis.contiguity import contiguous_groups
from gis.crs import METRIC_CRS, require_metric
from gis.narrow import without_tails
from gis.rectangle import largest_rectangle
from gis.validity import measurable

KINDS = frozen(
    geometry_unusable=Kind(
        "geometry", "error", "没有可用的图形，不属于任何连片", "No usable geometry: in no block"
    ),
    sliver=Kind(
        "geometry", "info",
        "窄条地（处处窄于限值），不作为连片的一环",
        "A sliver, narrower than the limit everywhere: no part of a block",
    ),
    narrow_part=Kind(
        "geometry", "info",
        "有窄于限值的长尾，不靠窄尾与别的地块相连",
        "A tail narrower than the limit: it joins no other land by its tail",
    ),
    cut_by_barrier=Kind(
        "geometry", "warning",
        "被道路、河流等障碍穿过，按面积较大一侧归入连片",
        "A barrier runs through it: it belongs to the side of its larger part",
    ),
)  # fmt: skip

PREFIX = "B-"


@dataclass(frozen=True, eq=False)
class Blocks:
    """Parcels by block, and the blocks.

    Attributes
    ----------
    block_of : Series
        ``block_id`` of each parcel, on their index; None for land that is in no block.
    table : GeoDataFrame
        One row a block by ``block_id``, the largest first, EPSG:4549: ``parcels``, ``area_m2``,
        ``owners`` (different known ones), ``owner_unknown`` (parcels), ``classes`` and ``towns``
        (tuples), ``low_share`` (of the area whose class is known; NaN where none is),
        ``class_unknown`` (parcels), ``overlap_m2`` (land
        that its parcels claim more than once), ``compactness`` (4π area / perimeter², 1
        for a circle), ``floor_area_m2`` (present, of the parcels that
        say), ``floor_unknown`` (parcels that do not), ``possible_m2`` (floor area at the plot
        ratio asked for), ``focus`` (large enough to be looked at), ``rectangle_long_m`` and
        ``rectangle_short_m`` (the largest rectangle inside, of focus blocks only).
    issues : DataFrame
        As `analysis.findings`.
    links : GeoSeries
        The land by which parcels join others, on the index of ``block_of``, EPSG:4549; None for
        those that join none: see `linking_land`.
    """

    block_of: pd.Series
    table: gpd.GeoDataFrame
    issues: pd.DataFrame
    links: gpd.GeoSeries


def blocks(
    parcels: gpd.GeoDataFrame,
    *,
    rules: BlockRules,
    barriers: gpd.GeoSeries | None = None,
    borders: str | None = None,
    far_line: float = 2.0,
) -> Blocks:
    """Find the blocks that parcels form.

    Parameters
    ----------
    parcels : GeoDataFrame
        EPSG:4549, indexed by unique ``parcel_id``. ``owner``, ``low_class``, ``town``,
        ``floor_area_m2`` are used where present.
    rules : BlockRules
        Width of a gap and of a sliver, size of a focus block.
    barriers : GeoSeries, optional
        Lines or areas in EPSG:4549 that may not be crossed.
    borders : str, optional
        A column, such as ``town`` or ``park``, whose values do not mix in one block.
    far_line : float
        Plot ratio for ``possible_m2``.

    Raises
    ------
    CrsMissingError, NotMetricError, DuplicateParcelError, MissingFieldError
        If the parcels cannot be taken.

    Examples
    --------
    >>> from data.block_rules import load_block_rules
    >>> land = gpd.GeoDataFrame(
    ...     {"owner": ["甲", "乙", "甲"]},
    ...     geometry=[shapely.box(0, 0, 200, 200), shapely.box(210, 0, 410, 200),
    ...               shapely.box(500, 0, 540, 40)],
    ...     index=pd.Index(["P1", "P2", "P3"], name="parcel_id"), crs=4549)
    >>> found = blocks(land, rules=load_block_rules())
    >>> found.block_of.tolist(), found.table["area_m2"].tolist()
    (['B-P1', 'B-P1', 'B-P3'], [80000.0, 1600.0])
    """
    require_metric(parcels, what="宗地 parcels")
    require_unique(parcels)
    if borders is not None:
        require(parcels, borders, what="宗地表")
    wide, findings = linking_land(parcels, rules=rules)
    shapes = np.array(parcels.geometry.array, dtype=object)
    shapes[shapely.is_missing(wide)] = None
    land = gpd.GeoSeries(wide, index=parcels.index, crs=METRIC_CRS)
    if barriers is not None:
        findings.add("cut_by_barrier", _cut(shapes, barriers))
    hard = None if borders is None else parcels[borders]
    group = contiguous_groups(land, within_m=rules.within_m, barriers=barriers, borders=hard)
    names = _names(group)
    table = block_table(parcels, shapes, group.to_numpy(), names, rules=rules, far_line=far_line)
    told: np.ndarray = np.array([*names, None], dtype=object)[group.to_numpy()]
    block_of = pd.Series(told, index=parcels.index, name="block_id", dtype=object)
    overlaps = overlap_findings(parcels)
    return Blocks(block_of, table, joined([findings.frame(), overlaps]), land)


def linking_land(parcels: gpd.GeoDataFrame, *, rules: BlockRules) -> tuple[np.ndarray, Findings]:
    """Return the land by which parcels join others, None for those that join none, and findings.

    What cannot be measured and slivers join nothing; of the others what is at least as wide as a
    sliver does, so that no dog-leg makes a block.
    """
    findings = Findings("parcels", KINDS, parcels.index, row_numbers(parcels))
    shapes = np.array(parcels.geometry.array, dtype=object)
    bad = ~measurable(shapes)
    findings.add("geometry_unusable", bad)
    shapes[bad] = None
    slivers = _slivers(shapes, rules.sliver_m)
    findings.add("sliver", slivers)
    shapes[slivers] = None
    wide, tailed = without_tails(shapes, rules.sliver_m)
    findings.add("narrow_part", tailed)
    return wide, findings


def _slivers(shapes: np.ndarray, least_m: float) -> np.ndarray:
    """Return the land into which no circle of that width fits."""
    found = np.zeros(len(shapes), dtype=bool)
    # No land has more area than perimeter times inner radius, which settles most of it.
    thin = np.flatnonzero(2 * shapely.area(shapes) < least_m * shapely.length(shapes))
    if len(thin):
        radius = shapely.length(shapely.maximum_inscribed_circle(shapes[thin], tolerance=0.05))
        found[thin] = 2 * radius < least_m
    return found


def _cut(shapes: np.ndarray, barriers: gpd.GeoSeries) -> np.ndarray:
    walls = np.asarray(barriers.array, dtype=object)
    walls = walls[~(shapely.is_missing(walls) | shapely.is_empty(walls))]
    cut = np.zeros(len(shapes), dtype=bool)
    wall, row = shapely.STRtree(shapes).query(walls, predicate="intersects")
    inside = shapely.relate_pattern(shapes[row], walls[wall], "T********")
    cut[row[inside]] = True
    return cut


def _names(group: pd.Series) -> np.ndarray:
    """Name each block after the first of its parcels in the order of their ids."""
    known = group[group >= 0]
    ids = known.index.astype(str).to_numpy(dtype=object)
    order = np.lexsort((ids, known.to_numpy()))
    number = known.to_numpy()[order]
    first = np.append(True, number[1:] != number[:-1])[: len(number)]
    return np.array([PREFIX + name for name in ids[order][first]], dtype=object)


def block_table(
    parcels: gpd.GeoDataFrame,
    shapes: np.ndarray,
    group: np.ndarray,
    names: np.ndarray,
    *,
    rules: BlockRules,
    far_line: float,
) -> gpd.GeoDataFrame:
    """Return one row for each group of parcels, the largest first; see `Blocks`."""
    kept = np.flatnonzero(group >= 0)
    number, count = group[kept], len(names)
    area = shapely.area(shapes[kept])

    def total(weights: np.ndarray | None = None) -> np.ndarray:
        return np.bincount(number, weights, minlength=count)

    whole = total(area)
    floor = _column(parcels, "floor_area_m2")[kept]
    low = _text(parcels, "low_class").iloc[kept]
    told = (low.notna() & low.ne("insufficient")).to_numpy(dtype=bool)
    bad = told & ~low.isin(["not_low", "insufficient"]).to_numpy()
    outline = _outlines(shapes[kept], number, count)
    owner = _text(parcels, "owner").iloc[kept]
    with np.errstate(invalid="ignore", divide="ignore"):
        figures = {
            "parcels": total(),
            "area_m2": whole,
            "owners": _different(owner, number, count),
            "owner_unknown": total(owner.isna().to_numpy()).astype(int),
            "classes": _values(low, number, count),
            "towns": _values(_text(parcels, "town").iloc[kept], number, count),
            "low_share": total(area * bad) / total(area * told),
            "class_unknown": total(~told).astype(int),
            "overlap_m2": np.maximum(whole - shapely.area(outline), 0.0).round(3),
            "compactness": 4 * np.pi * shapely.area(outline) / shapely.length(outline) ** 2,
            "floor_area_m2": np.where(
                total(~np.isnan(floor)) > 0, total(np.nan_to_num(floor)), np.nan
            ),
            "floor_unknown": total(np.isnan(floor)).astype(int),
            "possible_m2": whole * far_line,
            "focus": whole >= rules.focus_m2 * (1 - 1e-9),
        }
    table = gpd.GeoDataFrame(
        figures, geometry=outline, index=pd.Index(names, name="block_id"), crs=METRIC_CRS
    )
    fits = [largest_rectangle(shape) for shape in outline[table["focus"].to_numpy()]]
    for side in ("long_m", "short_m"):
        table[f"rectangle_{side}"] = np.nan
        found = [np.nan if fit is None else getattr(fit, side) for fit in fits]
        table.loc[table["focus"], f"rectangle_{side}"] = found
    order = np.lexsort((table.index.to_numpy(dtype=str), -table["area_m2"].to_numpy()))
    return table.iloc[order]


def _outlines(shapes: np.ndarray, number: np.ndarray, count: int) -> np.ndarray:
    """Return the land of each block; of a block of one parcel, the parcel."""
    order = np.argsort(number, kind="stable")
    edges = np.searchsorted(number[order], np.arange(count + 1))
    found = np.empty(count, dtype=object)
    single = np.diff(edges) == 1
    found[single] = shapes[order[edges[:-1][single]]]
    for block in np.flatnonzero(~single):
        found[block] = shapely.union_all(shapes[order[edges[block] : edges[block + 1]]])
    return found


def _column(parcels: pd.DataFrame, name: str) -> np.ndarray:
    if name not in parcels:
        return np.full(len(parcels), np.nan)
    return parcels[name].to_numpy(dtype=float, na_value=np.nan)


def _text(parcels: pd.DataFrame, name: str) -> pd.Series:
    if name not in parcels:
        return pd.Series(np.full(len(parcels), None), index=parcels.index)
    return parcels[name]


def _different(texts: pd.Series, number: np.ndarray, count: int) -> np.ndarray:
    known = texts.notna().to_numpy()
    pairs = pd.DataFrame({"block": number[known], "text": texts[known].to_numpy()})
    return np.bincount(pairs.drop_duplicates()["block"], minlength=count)


def _values(texts: pd.Series, number: np.ndarray, count: int) -> list[tuple[str, ...]]:
    """Return the different known values of each block, sorted."""
    known = texts.notna().to_numpy()
    pairs = pd.DataFrame({"block": number[known], "text": texts[known].astype(str).to_numpy()})
    pairs = pairs.drop_duplicates().sort_values(["block", "text"], kind="stable")
    edges = np.searchsorted(pairs["block"].to_numpy(), np.arange(count + 1))
    told = pairs["text"].to_numpy(dtype=object)
    return [tuple(told[a:b].tolist()) for a, b in pairwise(edges.tolist())]
