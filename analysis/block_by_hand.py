"""A block that a planner puts together: its figures, whether it hangs together, what it shares."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from analysis.block_figures import group_figures
from analysis.blocks import block_table, linking_land
from analysis.errors import AnalysisError, require_unique
from data.block_prices import BlockPrices
from data.block_rules import BlockRules
from gis.contiguity import contiguous_groups
from gis.crs import METRIC_CRS, require_metric
from gis.validity import measurable


class NoParcelsLeftError(AnalysisError):
    """A block of parcels none of which is there with a usable geometry."""

    zh = "连片“{name}”的 {count} 宗地都不在登记簿中，或没有可用的图形。请重新选择。"
    en = "None of the {count} parcels of block “{name}” is on record with a usable geometry."


@dataclass(frozen=True, eq=False)
class HandBlock:
    """A named set of parcels.

    Attributes
    ----------
    parcel_ids : tuple of str
        Those that are there, sorted.
    table : GeoDataFrame
        One row by ``name``: the columns of `analysis.blocks.Blocks.table` and, where figures are
        given, those of `analysis.block_figures.group_figures`.
    contiguous : bool
        Whether they form one block by the same rule as blocks that are found.
    parts : tuple of tuple of str
        The parcels of each part that hangs together, the largest part first.
    absent : tuple of str
        Ids that are not among the parcels, or have no usable geometry.
    shared : mapping
        Other saved set → the parcels that both hold; sets that share none are left out.
    """

    name: str
    parcel_ids: tuple[str, ...]
    table: gpd.GeoDataFrame
    contiguous: bool
    parts: tuple[tuple[str, ...], ...]
    absent: tuple[str, ...]
    shared: Mapping[str, tuple[str, ...]]


def block_by_hand(
    name: str,
    parcel_ids: Iterable[str],
    parcels: gpd.GeoDataFrame,
    *,
    rules: BlockRules,
    barriers: gpd.GeoSeries | None = None,
    figures: pd.DataFrame | None = None,
    prices: BlockPrices | None = None,
    saved: Mapping[str, Iterable[str]] | None = None,
    far_line: float = 2.0,
) -> HandBlock:
    """Return the figures of a set of parcels as if it were a block that was found.

    Parameters
    ----------
    parcel_ids : iterable of str
        The set; an id given twice counts once.
    parcels : GeoDataFrame
        As `analysis.blocks.blocks` takes them; more than the set may be there.
    rules, barriers, far_line
        As `analysis.blocks.blocks`.
    figures, prices : optional
        Those of `analysis.block_figures.parcel_figures` and what they were made with.
    saved : mapping, optional
        Saved sets by name; one of this very name is the block's own and is not compared.

    Raises
    ------
    NoParcelsLeftError
        If none of them is there.
    CrsMissingError, NotMetricError, DuplicateParcelError
        If the parcels cannot be taken.

    Examples
    --------
    >>> from data.block_rules import load_block_rules
    >>> land = gpd.GeoDataFrame(
    ...     geometry=[shapely.box(0, 0, 90, 90), shapely.box(100, 0, 190, 90),
    ...               shapely.box(400, 0, 490, 90)],
    ...     index=pd.Index(["P1", "P2", "P3"], name="parcel_id"), crs=4549)
    >>> found = block_by_hand("东片", ["P3", "P1", "P2", "P9"], land, rules=load_block_rules(),
    ...     saved={"西片": ["P3", "P4"]})
    >>> found.contiguous, found.parts, found.absent
    (False, (('P1', 'P2'), ('P3',)), ('P9',))
    >>> dict(found.shared), float(found.table.loc["东片", "area_m2"])
    ({'西片': ('P3',)}, 24300.0)
    """
    require_metric(parcels, what="宗地 parcels")
    require_unique(parcels)
    wanted = sorted(set(parcel_ids))
    mine = parcels.loc[parcels.index.intersection(pd.Index(wanted)).sort_values()]
    shapes = np.array(mine.geometry.array, dtype=object)
    usable = measurable(shapes)
    mine, shapes = mine[usable], shapes[usable]
    if mine.empty:
        raise NoParcelsLeftError(name=name, count=len(wanted))
    whole = np.zeros(len(mine), dtype=np.int64)
    names = np.array([name], dtype=object)
    table = block_table(mine, shapes, whole, names, rules=rules, far_line=far_line)
    ids = tuple(mine.index)
    if figures is not None and prices is not None:
        one = group_figures(pd.Series(name, index=mine.index), figures, prices=prices)
        table = table.join(one.drop(columns=one.columns.intersection(table.columns)))
    parts = _parts(mine, rules, barriers)
    return HandBlock(
        name,
        ids,
        table.rename_axis("name"),
        len(parts) == 1,
        parts,
        tuple(name for name in wanted if name not in set(ids)),
        _shared(name, ids, saved or {}),
    )


def _parts(
    parcels: gpd.GeoDataFrame, rules: BlockRules, barriers: gpd.GeoSeries | None
) -> tuple[tuple[str, ...], ...]:
    """Return what hangs together; land that joins nothing is a part of its own."""
    wide, _ = linking_land(parcels, rules=rules)
    land = gpd.GeoSeries(wide, index=parcels.index, crs=METRIC_CRS)
    group = contiguous_groups(land, within_m=rules.within_m, barriers=barriers).to_numpy().copy()
    alone = group < 0
    group[alone] = group.max(initial=-1) + 1 + np.arange(alone.sum())
    area = shapely.area(np.asarray(parcels.geometry.array, dtype=object))
    size = np.bincount(group, area)
    order = np.lexsort((np.arange(len(size)), -size))
    ids = parcels.index.to_numpy(dtype=object)
    return tuple(tuple(ids[group == part].tolist()) for part in order)


def _shared(
    name: str, ids: tuple[str, ...], saved: Mapping[str, Iterable[str]]
) -> dict[str, tuple[str, ...]]:
    mine = set(ids)
    both = {other: tuple(sorted(mine & set(held))) for other, held in saved.items()}
    return {other: held for other, held in both.items() if held and other != name}
