"""Outlines of parks and of industrial clusters, and the streets between their blocks."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from data import schema
from data.sample.areas import Blocks
from data.sample.land import Land, town_of
from gis.crs import METRIC_CRS

CLOSE_M = 70.0


def _footprint(cells: np.ndarray) -> shapely.Geometry:
    """One outline round street blocks: gaps up to some 140 m closed, small courts filled."""
    joined = shapely.union_all(shapely.polygons(cells), grid_size=0.01)
    closed = joined.buffer(CLOSE_M, join_style="mitre").buffer(-CLOSE_M, join_style="mitre")
    parts = [
        shapely.Polygon(part.exterior, [r for r in part.interiors if shapely.Polygon(r).area > 9e4])
        for part in shapely.get_parts(closed)
    ]
    return shapely.union_all(parts)


def make_footprints(land: Land, areas: pd.DataFrame, blocks: Blocks) -> gpd.GeoDataFrame:
    """Outline all industrial areas that hold blocks (EPSG:4549), parks first, none overlapping."""
    dry = land.area.difference(land.river)
    shapes: list[shapely.Geometry] = []
    rows = np.unique(blocks.area_no)
    for number in rows:
        shape = _footprint(blocks.cells[blocks.area_no == number]).intersection(dry)
        taken = [other for other in shapes if other.intersects(shape)]
        if taken:
            shape = shape.difference(shapely.union_all(taken))
        open_ = shape.buffer(-3.0, join_style="mitre").buffer(3.0, join_style="mitre")
        shapes.append(shapely.multipolygons([p for p in shapely.get_parts(open_) if p.area > 500]))
    frame = areas.loc[rows, ["park", "kind"]].reset_index(drop=True)
    towns = town_of(land.towns, shapely.point_on_surface(np.array(shapes, object)))
    return gpd.GeoDataFrame(frame.assign(town=towns), geometry=shapes, crs=METRIC_CRS)


def parks_only(footprints: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the named parks as the reference layer: ``park``, ``park_kind``, ``town``."""
    named = footprints[footprints["park"].notna()].reset_index(drop=True)
    return named.rename(columns={"kind": "park_kind"})[["park", "park_kind", "town", "geometry"]]


def with_services(rng: np.random.Generator, parks: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Add what some parks have left of power and water, and whom their name keeps them for."""
    count = len(parks)
    power = np.round(rng.uniform(3_000, 20_000, count), -2)
    water = np.round(rng.uniform(500, 4_000, count), -1)
    told = rng.random((2, count)) < 0.7
    motor = parks["park"].str.contains("汽", regex=False).to_numpy(dtype=bool)
    label = schema.enum_label("cluster", "auto", "zh")
    kept = [label if car else None for car in motor]
    return parks.assign(
        power_free_kva=np.where(told[0], power, np.nan),
        water_free_t_day=np.where(told[1], water, np.nan),
        only_clusters=pd.Series(kept, index=parks.index, dtype=object),
    )


def make_streets(areas: pd.DataFrame, blocks: Blocks) -> gpd.GeoDataFrame:
    """Centre lines of the streets round the blocks, one multi-line for each industrial area."""
    a = blocks.cells.reshape(-1, 2)
    b = blocks.cells[:, [1, 2, 3, 0]].reshape(-1, 2)
    owner = np.repeat(blocks.area_no, 4)
    ends = np.round(np.stack([a, b], axis=1), 3)
    swap = (ends[:, 0, 0] > ends[:, 1, 0]) | (
        (ends[:, 0, 0] == ends[:, 1, 0]) & (ends[:, 0, 1] > ends[:, 1, 1])
    )
    ends[swap] = ends[swap][:, ::-1]
    table = np.column_stack([owner, ends.reshape(-1, 4)])
    table = np.unique(table, axis=0)
    lines = shapely.linestrings(table[:, 1:].reshape(-1, 2, 2))
    rows = np.unique(blocks.area_no)
    merged = [shapely.line_merge(shapely.multilinestrings(lines[table[:, 0] == n])) for n in rows]
    names = areas["park"].fillna("工业集聚点").to_numpy(object)[rows]
    return gpd.GeoDataFrame(
        {"name": [f"{name}道路" for name in names], "road_class": "street"},
        geometry=merged,
        crs=METRIC_CRS,
    )
