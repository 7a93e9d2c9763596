"""Shared areas of two sets of polygons: which overlap, and by how many square metres."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import geopandas as gpd
import numpy as np
import shapely

from gis.clipping import clipped_areas, windows_of
from gis.crs import require_metric
from gis.rings import Rings, boxes_inside, rings_of

T = TypeVar("T")

_SHAPES_AT_ONCE = 10_000
_NOTHING = 1e-10
"""Share of a shape below which what it shares with a zone is rounding, not land."""


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


@dataclass(frozen=True)
class ReadyZones:
    """Zones with all that finding their overlaps needs; threads may share them.

    Attributes
    ----------
    zones : ndarray of geometry
        Valid polygons, None where there is none.
    tree : STRtree
        Of their boxes.
    rings : Rings
        Their edges.
    """

    zones: np.ndarray
    tree: shapely.STRtree
    rings: Rings

    @classmethod
    def of(cls, zones: np.ndarray) -> ReadyZones:
        """Make them ready."""
        tree = shapely.STRtree(zones)
        tree.query(zones[:1])  # the first query builds the tree, before threads share it
        return cls(zones, tree, rings_of(zones))

    def shared(self, shapes: np.ndarray, area_m2: np.ndarray) -> Overlaps:
        """Find the overlaps of some shapes, whose areas are given; in no order.

        Examples
        --------
        >>> ready = ReadyZones.of(np.array([shapely.box(0, 0, 9, 9)]))
        >>> ready.shared(np.array([shapely.box(8, 8, 10, 10)]), np.array([4.0])).area_m2.tolist()
        [1.0]
        """
        shape, zone = self.tree.query(shapes)
        inside = boxes_inside(self.rings, zone, shapely.bounds(shapes)[shape])
        area = np.where(inside, area_m2[shape], 0.0)
        rest = np.flatnonzero(~inside)
        at, windows, sign = windows_of(shapes[shape[rest]])
        shared = clipped_areas(self.rings, zone[rest[at]], windows)
        area[rest] = np.bincount(at, shared * sign, minlength=len(rest))
        slow = np.delete(rest, at)
        pairs = self.zones[zone[slow]], shapes[shape[slow]]
        area[slow] = _cut_by_geos(*pairs, area_m2[shape[slow]])
        kept = area > _NOTHING * area_m2[shape]
        return Overlaps(zone[kept], shape[kept], area[kept])


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
    ready = ReadyZones.of(zones)
    whole = shapely.area(shapes) if area_m2 is None else area_m2
    chunks = max(1, round(len(shapes) / _SHAPES_AT_ONCE))
    cuts = np.linspace(0, len(shapes), chunks + 1).astype(int)

    def part(at: int) -> Overlaps:
        start, stop = cuts[at], cuts[at + 1]
        found = ready.shared(shapes[start:stop], whole[start:stop])
        return Overlaps(found.zone, found.shape + start, found.area_m2)

    parts = in_threads(part, chunks, threads)
    zone, shape, area = (
        np.concatenate([getattr(found, name) for found in parts])
        for name in ("zone", "shape", "area_m2")
    )
    order = np.argsort(zone * len(shapes) + shape)
    return Overlaps(zone[order], shape[order], area[order])


def in_threads(part: Callable[[int], T], count: int, threads: int) -> list[T]:
    """Return ``part(0) … part(count - 1)`` in order."""
    if threads < 2 or count < 2:
        return [part(at) for at in range(count)]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(part, range(count)))


def _cut_by_geos(zones: np.ndarray, shapes: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Areas that any polygons share pair by pair; ``whole`` are those of the shapes."""
    area = np.where(shapely.contains_properly(zones, shapes), whole, 0.0)
    rest = np.flatnonzero(area == 0)
    rest = rest[shapely.intersects(zones[rest], shapes[rest])]
    area[rest] = shapely.area(shapely.intersection(zones[rest], shapes[rest]))
    return area
