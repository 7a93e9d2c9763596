"""Shared areas of two sets of polygons: which overlap, and by how many square metres."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import geopandas as gpd
import numpy as np
import shapely

from gis.crs import require_metric

T = TypeVar("T")

_CHUNKS_PER_THREAD = 8


@dataclass(frozen=True)
class Overlaps:
    """Pairs of zones and shapes that share area, in the order of the zones.

    Attributes
    ----------
    zone, shape : ndarray of int
        Positions in the two sets.
    area_m2 : ndarray of float
        The area they share, > 0.
    """

    zone: np.ndarray
    shape: np.ndarray
    area_m2: np.ndarray


def overlaps(zones: gpd.GeoSeries, shapes: gpd.GeoSeries, *, threads: int = 2) -> Overlaps:
    """Find the area that each shape shares with each zone.

    A shape wholly inside a zone brings its own area; only shapes on a border are cut. Holes
    and multipolygons count as they are. Zones may overlap one another: the shared area then
    belongs to each.

    Parameters
    ----------
    zones, shapes : GeoSeries
        Valid polygons in EPSG:4549. Missing and empty geometry overlaps nothing.
    threads : int
        GEOS works without Python's lock, so threads run side by side.

    Returns
    -------
    Overlaps
        The same whatever the number of threads.

    Raises
    ------
    CrsMissingError, NotMetricError
        If the coordinates are not metres in EPSG:4549.

    Examples
    --------
    >>> zones = gpd.GeoSeries([shapely.box(0, 0, 10, 10), shapely.box(10, 0, 20, 10)], crs=4549)
    >>> shapes = gpd.GeoSeries([shapely.box(1, 1, 3, 3), shapely.box(7, 0, 12, 4)], crs=4549)
    >>> found = overlaps(zones, shapes)
    >>> [tuple(map(int, pair)) for pair in zip(found.zone, found.shape, found.area_m2)]
    [(0, 0, 4), (0, 1, 12), (1, 1, 8)]
    """
    require_metric(zones, what="分区 zones")
    require_metric(shapes, what="图形 shapes")
    return overlaps_between(np.asarray(zones.array), np.asarray(shapes.array), threads=threads)


def overlaps_between(
    zones: np.ndarray,
    shapes: np.ndarray,
    *,
    area_m2: np.ndarray | None = None,
    threads: int = 2,
) -> Overlaps:
    """As `overlaps`, for arrays of geometries known to be in metres; ``area_m2`` of the shapes."""
    if not len(zones) or not len(shapes):
        none = np.zeros(0, dtype=np.intp)
        return Overlaps(none, none, np.zeros(0))
    tree = shapely.STRtree(shapes)
    tree.query(zones[:1])  # the first query builds the tree, before the threads share it
    whole = shapely.area(shapes) if area_m2 is None else area_m2
    chunks = max(1, min(threads * _CHUNKS_PER_THREAD, len(zones) // 64))
    cuts = np.linspace(0, len(zones), chunks + 1).astype(int)

    def part(at: int) -> Overlaps:
        return _chunk(zones, shapes, tree, whole, cuts[at], cuts[at + 1])

    parts = in_threads(part, chunks, threads)
    zone, shape, area = (
        np.concatenate([getattr(found, name) for found in parts])
        for name in ("zone", "shape", "area_m2")
    )
    return Overlaps(zone, shape, area)


def in_threads(part: Callable[[int], T], count: int, threads: int) -> list[T]:
    """Return ``part(0) … part(count - 1)`` in order."""
    if threads < 2 or count < 2:
        return [part(at) for at in range(count)]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(part, range(count)))


def _chunk(
    zones: np.ndarray,
    shapes: np.ndarray,
    tree: shapely.STRtree,
    whole: np.ndarray,
    start: int,
    stop: int,
) -> Overlaps:
    """Overlaps of the zones from ``start`` up to ``stop``."""
    mine = zones[start:stop].copy()
    zone, shape = tree.query(mine)
    shapely.prepare(mine)
    inside = shapely.contains_properly(mine[zone], shapes[shape])
    area = np.where(inside, whole[shape], 0.0)
    rest = np.flatnonzero(~inside)
    rest = rest[shapely.intersects(mine[zone[rest]], shapes[shape[rest]])]
    area[rest] = shapely.area(shapely.intersection(mine[zone[rest]], shapes[shape[rest]]))
    shapely.destroy_prepared(mine)
    kept = area > 0
    zone, shape, area = zone[kept] + start, shape[kept], area[kept]
    order = np.lexsort((shape, zone))
    return Overlaps(zone[order], shape[order], area[order])
