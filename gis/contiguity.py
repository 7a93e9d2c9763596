"""Which geometries form one stretch of land: gaps up to a width, and nothing in between."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from gis.crs import require_metric

Places = NDArray[np.int64]
Shapes = NDArray[np.object_]
Floats = NDArray[np.float64]

_MANY = 4_000
_THREADS = 2


def contiguous_groups(
    geometry: gpd.GeoSeries,
    *,
    within_m: float = 20.0,
    barriers: gpd.GeoSeries | None = None,
    borders: pd.Series | None = None,
) -> pd.Series:
    """Return the groups (连片) of geometries that can be reached from one another, numbered.

    Parameters
    ----------
    geometry, within_m, barriers, borders
        As `contiguous_pairs`.

    Returns
    -------
    Series of int
        ``group`` on the index of ``geometry``: 0, 1, … in the order in which the groups first
        occur; -1 where there is no geometry.

    Examples
    --------
    >>> from shapely.geometry import LineString, box
    >>> row = gpd.GeoSeries([box(0, 0, 10, 10), box(30, 0, 40, 10), box(61, 0, 70, 10)], crs=4549)
    >>> contiguous_groups(row).tolist()  # gaps of 20 m and 21 m
    [0, 0, 1]
    >>> river = gpd.GeoSeries([LineString([(20, -50), (20, 50)])], crs=4549)
    >>> contiguous_groups(row, barriers=river).tolist()
    [0, 1, 2]
    """
    left, right = contiguous_pairs(geometry, within_m=within_m, barriers=barriers, borders=borders)
    count = len(geometry)
    graph = coo_matrix((np.ones(len(left), dtype=np.int8), (left, right)), shape=(count, count))
    label = connected_components(graph, directed=False)[1].astype(np.int64)
    there = _there(np.asarray(geometry.array, dtype=object))
    numbers = np.full(count, -1, dtype=np.int64)
    numbers[there] = pd.factorize(label[there])[0]
    return pd.Series(numbers, index=geometry.index, name="group")


def contiguous_pairs(
    geometry: gpd.GeoSeries,
    *,
    within_m: float = 20.0,
    barriers: gpd.GeoSeries | None = None,
    borders: pd.Series | None = None,
) -> tuple[Places, Places]:
    """Return the pairs of neighbours: near enough, and with no barrier between them.

    Two geometries are neighbours where they are at most ``within_m`` apart and the shortest way
    between them meets no barrier; those that touch, if only at a point, are 0 m apart. A barrier
    that runs through a geometry leaves it on the side where its largest part lies.

    Parameters
    ----------
    geometry : GeoSeries
        Polygons in EPSG:4549; missing and empty ones have no neighbours.
    within_m : float
        Widest gap that does not part two of them (m).
    barriers : GeoSeries, optional
        Lines or polygons in EPSG:4549 that may not be crossed.
    borders : Series, optional
        A value (such as the town) on the index of ``geometry``: those of different values, and
        those without one, are no neighbours.

    Returns
    -------
    tuple of ndarray
        Positions of both members, each pair once, the first below the second, in order.

    Raises
    ------
    CrsMissingError, NotMetricError
        If coordinates are not metres in EPSG:4549.
    """
    require_metric(geometry, what="宗地 parcels")
    shapes = np.asarray(geometry.array, dtype=object).copy()
    shapes[~_there(shapes)] = None
    walls: Shapes = np.array([], dtype=object)
    if barriers is not None:
        require_metric(barriers, what="障碍 barriers")
        walls = np.asarray(barriers.array, dtype=object)
        walls = walls[_there(walls)]
    if len(walls):
        shapes = one_sided(shapes, walls)
    left, right = _near(shapes, within_m)
    if borders is not None:
        codes = pd.factorize(borders.reindex(geometry.index))[0]
        same = (codes[left] == codes[right]) & (codes[left] >= 0)
        left, right = left[same], right[same]
    if len(walls) and len(left):
        free = ~_parted(shapes, left, right, walls, within_m)
        left, right = left[free], right[free]
    order = np.lexsort((right, left))
    return left[order], right[order]


def one_sided(shapes: Shapes, walls: Shapes) -> Shapes:
    """Return the geometries, of those that a barrier cuts only the largest part.

    Examples
    --------
    >>> from shapely.geometry import LineString, box
    >>> cut = one_sided(np.array([box(0, 0, 10, 10)]), np.array([LineString([(3, -1), (3, 11)])]))
    >>> cut[0].bounds
    (3.0, 0.0, 10.0, 10.0)
    """
    rows, which = shapely.STRtree(shapes).query(walls, predicate="intersects")[::-1]
    if not len(rows):
        return shapes
    found = shapes.copy()
    for row in np.unique(rows):
        crossing = shapely.union_all(walls[which[rows == row]])
        found[row] = _largest_part(shapes[row], crossing)
    return found


def _largest_part(shape: shapely.Geometry, wall: shapely.Geometry) -> shapely.Geometry:
    """Return the largest part that remains beside a wall, the whole where it only touches."""
    parts = shapely.get_parts(wall)
    flat = shapely.get_dimensions(parts) == 2
    rest = shapely.difference(shape, shapely.union_all(parts[flat])) if flat.any() else shape
    lines = [shapely.boundary(rest), *parts[~flat]]
    pieces = shapely.get_parts(shapely.polygonize([shapely.union_all(lines)]))
    pieces = pieces[shapely.contains(rest, shapely.point_on_surface(pieces))]
    if not len(pieces):
        return rest
    return pieces[int(np.argmax(shapely.area(pieces)))]


def _there(shapes: Shapes) -> NDArray[np.bool_]:
    there: NDArray[np.bool_] = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    return there


def _near(shapes: Shapes, within_m: float) -> tuple[Places, Places]:
    """Return the pairs at most so far apart: boxes first, then the shapes themselves."""
    bounds = shapely.bounds(shapes)
    left, right = shapely.STRtree(shapes).query(_reaches(bounds, within_m))
    once = left < right
    left, right = left[once], right[once]
    boxes = _apart(bounds[left], bounds[right]) <= within_m + 1e-6
    left, right = left[boxes], right[boxes]
    shapely.prepare(shapes)
    # A gap of 20 m drawn in floating point may be 20.000000001 m wide.
    near = _in_threads(
        lambda part: shapely.dwithin(shapes[left[part]], shapes[right[part]], within_m + 1e-6),
        left,
    ).astype(bool)
    return left[near], right[near]


def _reaches(bounds: Floats, within_m: float) -> Shapes:
    """Return lines whose boxes are those of the shapes, grown: boxes are all that a tree asks."""
    grown = bounds + np.array([-within_m, -within_m, within_m, within_m])
    there = np.isfinite(grown).all(axis=1)
    lines: Shapes = np.full(len(bounds), None, dtype=object)
    lines[there] = shapely.linestrings(grown[there].reshape(-1, 2, 2))
    return lines


def _apart(one: Floats, other: Floats) -> Floats:
    """Return how far apart boxes are; no shapes in them are nearer."""
    gap = np.maximum(one[:, :2] - other[:, 2:], other[:, :2] - one[:, 2:])
    away: Floats = np.hypot(*np.maximum(gap, 0.0).T)
    return away


def _in_threads(work: Callable[[slice], Any], left: Places) -> NDArray[Any]:
    """Return the work on all pairs; one shape is never asked by two threads at once."""
    count = len(left)
    if count < _MANY:
        return np.asarray(work(slice(None)))
    edges = np.linspace(0, count, _THREADS + 1).astype(int)
    edges[1:-1] = np.searchsorted(left, left[edges[1:-1]])
    parts = [slice(a, b) for a, b in pairwise(edges.tolist())]
    with ThreadPoolExecutor(_THREADS) as pool:
        return np.concatenate(list(pool.map(work, parts)))


def _parted(
    shapes: Shapes, left: Places, right: Places, walls: Shapes, within_m: float
) -> NDArray[np.bool_]:
    """Return the pairs between which a barrier lies: the shortest way between them meets it."""
    pieces = _pieces(walls)
    beside = np.zeros(len(shapes), dtype=bool)
    grown = _reaches(shapely.bounds(pieces), within_m + 1e-6)
    beside[shapely.STRtree(shapes).query(grown)[1]] = True
    asked = np.flatnonzero(beside[left] & beside[right])
    ways = _in_threads(
        lambda part: shapely.shortest_line(shapes[left[asked[part]]], shapes[right[asked[part]]]),
        left[asked],
    )
    met = np.unique(shapely.STRtree(pieces).query(ways, predicate="intersects")[0])
    parted = np.zeros(len(left), dtype=bool)
    parted[asked[met]] = True
    return parted


def _pieces(walls: Shapes) -> Shapes:
    """Return the barriers with each line in its segments: their boxes tell more than its own."""
    parts = shapely.get_parts(walls)
    flat = shapely.get_dimensions(parts) != 1
    points, line = shapely.get_coordinates(parts[~flat], return_index=True)
    same = line[1:] == line[:-1]
    ends = np.stack([points[:-1][same], points[1:][same]], axis=1)
    return np.concatenate([parts[flat], shapely.linestrings(ends)])
