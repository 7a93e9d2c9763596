"""What can be wrong with polygons that are valid: overlaps, duplicates, slivers, odd sizes.

Every check asks of neighbours only, by a tree of boxes: twice the parcels take twice the time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely

from gis.overlaps import in_threads

_PAIRS_AT_ONCE = 20_000
_INTERIORS_MEET = "T********"
_SAMPLE, _CROWD = 50, 100  # parcels have a handful of neighbours; a heap has hundreds
_PAIRS_A_SHAPE, _PAIRS_ANYWAY, _PAIRS_A_QUERY = 10, 200_000, 1_000_000


@dataclass(frozen=True)
class Limits:
    """From when on a polygon is worth a word; lengths in metres, areas in square metres.

    Attributes
    ----------
    overlap_m2, overlap_share : float
        Shared land counts from here on, and from this share of the smaller polygon.
    duplicate_share : float
        From this share of both polygons they are one and the same.
    sliver_width_m : float
        Mean width, twice the area over the perimeter.
    least_m2, most_m2 : float
        Areas between which a parcel is plausible.
    """

    overlap_m2: float
    overlap_share: float
    duplicate_share: float
    sliver_width_m: float
    least_m2: float
    most_m2: float


@dataclass(frozen=True)
class SharedLand:
    """Pairs of polygons that share land, by place.

    Attributes
    ----------
    first, second : ndarray of int
        Places in the two sets.
    area_m2 : ndarray of float
        What they share in the plane.
    same : ndarray of bool
        Whether they are one and the same.
    whole : bool
        False where there were so many neighbours that the rest was left out.
    """

    first: np.ndarray
    second: np.ndarray
    area_m2: np.ndarray
    same: np.ndarray
    whole: bool = True


def shared_within(shapes: np.ndarray, limits: Limits, *, threads: int = 2) -> SharedLand:
    """Find the polygons of one set that overlap beyond the limits; ``first < second``.

    Parameters
    ----------
    shapes : ndarray of geometry
        Valid polygons in metres; None shares nothing.
    limits : Limits
    threads : int
        GEOS works without Python's lock.

    Examples
    --------
    >>> some = Limits(1.0, 0.0, 0.999, 1.0, 1.0, 1e6)
    >>> found = shared_within(shapely.box([0, 8, 20, 10], 0, [10, 12, 30, 20], 10), some)
    >>> list(zip(found.first.tolist(), found.second.tolist(), found.area_m2.tolist()))
    [(0, 1, 20.0), (1, 3, 20.0)]
    """
    at, of, again = _distinct(shapes)
    first, second, whole = _neighbours(shapes[at], shapes[at])
    once = first < second
    found = _shared(shapes, shapes, at[first[once]], at[second[once]], limits, threads)
    copies = SharedLand(of, again, shapely.area(shapes[again]), np.ones(len(again), dtype=bool))
    return _together(found, copies, whole)


def shared_between(
    shapes: np.ndarray, others: np.ndarray, limits: Limits, *, threads: int = 2
) -> SharedLand:
    """Find the polygons that overlap one of another set beyond the limits.

    Parameters
    ----------
    shapes, others : ndarray of geometry
        Valid polygons in metres; ``first`` is a place in ``shapes``, ``second`` in ``others``.
    limits : Limits
    threads : int

    Examples
    --------
    >>> some = Limits(1.0, 0.0, 0.999, 1.0, 1.0, 1e6)
    >>> square = shapely.box([0], 0, 10, 10)
    >>> shared_between(square, square, some).same.tolist()
    [True]
    """
    first, second, whole = _neighbours(shapes, others)
    found = _shared(shapes, others, first, second, limits, threads)
    return SharedLand(found.first, found.second, found.area_m2, found.same, whole)


def _distinct(shapes: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the places of different shapes; and for each copy the first of its kind and itself.

    A stack of copies would have as many pairs as its square.
    """
    known = np.flatnonzero(~shapely.is_missing(shapes) & (shapely.area(shapes) > 0))
    codes, _ = pd.factorize(shapely.to_wkb(shapes[known]))
    first = np.full(codes.max(initial=-1) + 1, -1)
    first[codes[::-1]] = known[::-1]
    copies = first[codes] != known
    return known[~copies], first[codes[copies]], known[copies]


def _together(one: SharedLand, other: SharedLand, whole: bool) -> SharedLand:
    first, second = (np.concatenate(side) for side in zip(
        (one.first, one.second), (other.first, other.second), strict=True))  # fmt: skip
    order = np.lexsort((second, first))
    area = np.concatenate([one.area_m2, other.area_m2])[order]
    same = np.concatenate([one.same, other.same])[order]
    return SharedLand(first[order], second[order], area, same, whole)


def _neighbours(shapes: np.ndarray, others: np.ndarray) -> tuple[np.ndarray, np.ndarray, bool]:
    """Return pairs whose boxes meet; where they lie in heaps, only so many, and False."""
    tree = shapely.STRtree(others)
    sample = shapes[:: max(1, len(shapes) // _SAMPLE)]
    crowd = tree.query(sample).shape[1] / max(1, len(sample))
    if crowd <= _CROWD:
        first, second = tree.query(shapes)
        return first, second, True
    most, parts, found = _PAIRS_A_SHAPE * len(shapes) + _PAIRS_ANYWAY, [], 0
    size = max(1, int(_PAIRS_A_QUERY / crowd))
    for start in range(0, len(shapes), size):
        first, second = tree.query(shapes[start : start + size])
        parts.append(np.stack([first + start, second])[:, : most - found])
        found += len(first)
        if found >= most:
            break
    first, second = np.concatenate(parts, axis=1)
    return first, second, found < most


def _shared(
    shapes: np.ndarray,
    others: np.ndarray,
    first: np.ndarray,
    second: np.ndarray,
    limits: Limits,
    threads: int,
) -> SharedLand:
    """Ask first what is cheap: what boxes share, then whether more than borders meet."""
    west, south, east, north = shapely.bounds(shapes)[first].T
    box = shapely.bounds(others)[second].T
    wide = np.minimum(east, box[2]) - np.maximum(west, box[0])
    high = np.minimum(north, box[3]) - np.maximum(south, box[1])
    size, other_size = shapely.area(shapes), shapely.area(others)
    smaller = np.minimum(size[first], other_size[second])
    least = np.maximum(limits.overlap_m2, limits.overlap_share * smaller)
    near = np.maximum(wide, 0) * np.maximum(high, 0) >= least
    order = np.flatnonzero(near)
    order = order[np.lexsort((second[order], first[order]))]
    first, second, least = first[order], second[order], least[order]
    chunks = max(1, len(first) // _PAIRS_AT_ONCE)
    cuts = np.searchsorted(first, np.linspace(0, len(shapes), chunks + 1))

    def part(at: int) -> np.ndarray:
        here = slice(cuts[at], cuts[at + 1])
        return _shared_area(shapes, others, first[here], second[here])

    area = np.concatenate(in_threads(part, chunks, threads))
    kept = area >= least
    first, second, area = first[kept], second[kept], area[kept]
    most = np.maximum(size[first], other_size[second])
    return SharedLand(first, second, area, area >= limits.duplicate_share * most)


def _shared_area(
    shapes: np.ndarray, others: np.ndarray, first: np.ndarray, second: np.ndarray
) -> np.ndarray:
    """Areas that pairs share; parcels that only touch are told apart without cutting them."""
    own = np.unique(first)
    shapely.prepare(shapes[own])
    area = np.zeros(len(first))
    inner = shapely.relate_pattern(shapes[first], others[second], _INTERIORS_MEET)
    cut = np.flatnonzero(inner)
    area[cut] = shapely.area(shapely.intersection(shapes[first[cut]], others[second[cut]]))
    shapely.destroy_prepared(shapes[own])
    return area


def mean_width_m(shapes: np.ndarray) -> np.ndarray:
    """Return twice the area over the perimeter: the width of a strip, half that of a square.

    Examples
    --------
    >>> mean_width_m(shapely.box(0, 0, [1000, 10], [1, 10])).round(2).tolist()
    [1.0, 5.0]
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(2 * shapely.area(shapes) / shapely.length(shapes))


def parts_touch(shapes: np.ndarray) -> np.ndarray:
    """Say which valid multipolygons have parts that meet in a point.

    Examples
    --------
    >>> corner = shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(1, 1, 2, 2)])
    >>> apart = shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(2, 2, 3, 3)])
    >>> parts_touch(np.array([corner, apart, shapely.box(0, 0, 1, 1)])).tolist()
    [True, False, False]
    """
    found = np.zeros(len(shapes), dtype=bool)
    several = np.flatnonzero(shapely.get_num_geometries(shapes) > 1)
    if len(several):
        parts, of = shapely.get_parts(shapes[several], return_index=True)
        one, other = shapely.STRtree(parts).query(parts, predicate="intersects")
        meet = (one < other) & (of[one] == of[other])
        found[several[of[one[meet]]]] = True
    return found


def rings_one_way(shapes: np.ndarray) -> np.ndarray:
    """Say which polygons have a hole that runs the same way round as its outer ring.

    Examples
    --------
    >>> shell, hole = [(0, 0), (9, 0), (9, 9), (0, 9)], [(1, 1), (2, 1), (2, 2), (1, 2)]
    >>> both = np.array([shapely.Polygon(shell, [hole]), shapely.Polygon(shell, [hole[::-1]])])
    >>> rings_one_way(both).tolist()
    [True, False]
    """
    found = np.zeros(len(shapes), dtype=bool)
    likely = np.flatnonzero((shapely.get_type_id(shapes) == 6) | _holed(shapes))
    polygons, of = shapely.get_parts(shapes[likely], return_index=True)
    holed, of = np.flatnonzero(_holed(polygons)), likely[of]
    if len(holed):
        rings, at = shapely.get_rings(polygons[holed], return_index=True)
        left = shapely.is_ccw(rings)
        shell = np.r_[True, at[1:] != at[:-1]]  # the first ring of each polygon is its outer one
        outer = left[shell][at]
        found[of[holed[at[~shell & (left == outer)]]]] = True
    return found


def _holed(shapes: np.ndarray) -> np.ndarray:
    return np.asarray(shapely.get_num_interior_rings(shapes) > 0)


def turned(shapes: np.ndarray) -> np.ndarray:
    """Return polygons with outer rings to the left and holes to the right.

    Examples
    --------
    >>> turned(np.array([shapely.box(0, 0, 1, 1, ccw=False)]))[0].exterior.is_ccw
    True
    """
    return np.asarray(shapely.orient_polygons(shapes))
