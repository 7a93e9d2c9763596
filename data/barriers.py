"""What parts land (河流、铁路、干道、红线) among the layers that there are."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

from data.block_rules import BlockRules
from gis.crs import METRIC_CRS

ROADS = "roads"


@dataclass(frozen=True, eq=False)
class Barriers:
    """Lines and areas that may not be crossed.

    Attributes
    ----------
    geometry : GeoSeries or None
        In EPSG:4549; None where there is none.
    missing : tuple of str
        Layers that the rules ask for and that are not there; roads also where no column tells
        their class: land on both sides of such barriers may be taken for one block.
    """

    geometry: gpd.GeoSeries | None
    missing: tuple[str, ...]


def barriers_among(
    present: Collection[str], read: Callable[[str], gpd.GeoDataFrame], *, rules: BlockRules
) -> Barriers:
    """Return the barriers of the layers that are there.

    Parameters
    ----------
    present : collection of str
        Names of the layers.
    read : callable
        Returns a layer by its name.
    rules : BlockRules
        Which layers part land, which classes of roads, and the columns that tell a road's class.

    Examples
    --------
    >>> from shapely.geometry import LineString
    >>> from data.block_rules import load_block_rules
    >>> roads = gpd.GeoDataFrame({"fclass": ["trunk", "residential"]},
    ...     geometry=[LineString([(0, 0), (1, 0)]), LineString([(0, 5), (1, 5)])], crs=4549)
    >>> found = barriers_among(["roads"], lambda name: roads, rules=load_block_rules())
    >>> len(found.geometry), found.missing
    (1, ('river', 'railway', 'redline'))
    """
    missing = [name for name in rules.barrier_layers if name not in present]
    parts = [read(name).geometry for name in rules.barrier_layers if name in present]
    wide = _wide_roads(read(ROADS), rules) if ROADS in present else None
    if wide is None:
        missing.append(ROADS)
    else:
        parts.append(wide)
    if not parts:
        return Barriers(None, tuple(missing))
    metric = [part.to_crs(METRIC_CRS) for part in parts]
    return Barriers(
        gpd.GeoSeries(pd.concat(metric, ignore_index=True), crs=METRIC_CRS), tuple(missing)
    )


def _wide_roads(roads: gpd.GeoDataFrame, rules: BlockRules) -> gpd.GeoSeries | None:
    """Return the roads that part land; None where no column tells their class."""
    named = [name for name in rules.road_fields if name in roads]
    if not named:
        return None
    classes = {name.casefold() for name in rules.barrier_roads}
    told = pd.DataFrame({name: roads[name].astype("str").str.strip() for name in named})
    wide = told.apply(lambda column: column.str.casefold().isin(classes)).any(axis=1)
    return roads.geometry[wide.to_numpy(dtype=bool)]
