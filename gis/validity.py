"""Which geometries are polygons that can be measured."""

from __future__ import annotations

import numpy as np
import shapely

from gis.overlaps import in_threads

_POLYGONS = (3, 6)
_FEW, _CHUNK = 100, 10_000
_FEWEST, _QUAD, _MOST = 4, 5, 8  # coordinates of a closed ring
_SLACK = 1e-12


def measurable(shapes: np.ndarray, *, valid: bool = False, threads: int = 2) -> np.ndarray:
    """Say which geometries are valid polygons that are not empty.

    Parameters
    ----------
    shapes : ndarray of geometry
        None is allowed.
    valid : bool
        True where validity was checked before: only kind and emptiness are looked at.
    threads : int
        GEOS works without Python's lock.

    Notes
    -----
    A ring of a few corners whose sides do not meet is valid; that is seen here by arithmetic for
    most buildings. All others, and those in doubt, are asked of GEOS.

    Examples
    --------
    >>> bow = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
    >>> measurable(np.array([shapely.box(0, 0, 1, 1), bow, None, shapely.Point(0, 0)])).tolist()
    [True, False, False, False]
    """
    if len(shapes) < _FEW:
        good = np.isin(shapely.get_type_id(shapes), _POLYGONS) & ~shapely.is_empty(shapes)
        return np.asarray(good if valid else good & shapely.is_valid(shapes))
    parts = np.array_split(shapes, max(1, len(shapes) // _CHUNK))
    answers = in_threads(lambda at: _measurable(parts[at], valid), len(parts), threads)
    return np.concatenate(answers)


def valid(shapes: np.ndarray, *, threads: int = 2) -> np.ndarray:
    """Say which geometries are valid; missing ones are not.

    Examples
    --------
    >>> bow = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
    >>> valid(np.array([shapely.box(0, 0, 1, 1), bow, None])).tolist()
    [True, False, False]
    """
    parts = np.array_split(shapes, max(1, len(shapes) // _CHUNK))
    return np.concatenate(in_threads(lambda at: shapely.is_valid(parts[at]), len(parts), threads))


def single(shapes: np.ndarray) -> np.ndarray:
    """Return multipolygons of one part as polygons, the others as they are.

    Examples
    --------
    >>> one = shapely.MultiPolygon([shapely.box(0, 0, 1, 1)])
    >>> [None if shape is None else shape.geom_type for shape in single(np.array([one, None]))]
    ['Polygon', None]
    """
    lone = (shapely.get_type_id(shapes) == _POLYGONS[1]) & (shapely.get_num_geometries(shapes) == 1)
    if not lone.any():
        return shapes
    result = np.array(shapes, dtype=object)
    result[lone] = shapely.get_geometry(shapes[lone], 0)
    return result


def _measurable(shapes: np.ndarray, valid: bool) -> np.ndarray:
    kinds = shapely.get_type_id(shapes)
    good = np.isin(kinds, _POLYGONS) & ~shapely.is_empty(shapes)
    if valid:
        return np.asarray(good)
    doubtful = good.copy()
    counts = shapely.get_num_coordinates(shapes)
    whole = (kinds == _POLYGONS[0]) & (shapely.get_num_interior_rings(shapes) == 0)
    for count in range(_FEWEST, _MOST + 1):
        at = np.flatnonzero(whole & (counts == count))
        if len(at):
            rings = shapely.get_coordinates(shapes[at]).reshape(-1, count, 2)
            doubtful[at] = ~(_convex(rings) if count == _QUAD else _simple(rings))
    good[doubtful] = shapely.is_valid(shapes[doubtful])
    return np.asarray(good)


def _convex(rings: np.ndarray) -> np.ndarray:
    """Say which closed rings of four corners turn one way at every corner: these are convex."""
    x, y = rings.transpose(2, 1, 0)
    dx, dy = np.diff(x, axis=0), np.diff(y, axis=0)
    turn = dx * np.roll(dy, -1, axis=0) - dy * np.roll(dx, -1, axis=0)
    return np.asarray((turn > 0).all(axis=0) | (turn < 0).all(axis=0))


def _simple(rings: np.ndarray) -> np.ndarray:
    """Say which closed rings, (n, corners + 1, 2), certainly neither cross nor touch themselves.

    Examples
    --------
    >>> square, bow = [(0, 0), (1, 0), (1, 1), (0, 1), (0, 0)], [(0, 0), (1, 1), (1, 0), (0, 1)]
    >>> _simple(np.array([square, [*bow, (0, 0)]], dtype=float)).tolist()
    [True, False]
    """
    x, y = np.ascontiguousarray((rings - rings[:, :1]).transpose(2, 1, 0))
    dx, dy = np.diff(x, axis=0), np.diff(y, axis=0)
    corners = len(dx)
    slack = _SLACK * (np.abs(dx).sum(axis=0) + np.abs(dy).sum(axis=0)) ** 2

    def beside(side: int, corner: int) -> np.ndarray:
        """Return on which side of a ring's side a corner lies: -1, 0 in doubt, 1."""
        off = dx[side] * (y[corner] - y[side]) - dy[side] * (x[corner] - x[side])
        return np.sign(off) * (np.abs(off) > slack)

    good = np.ones(x.shape[1], dtype=bool)
    for one in range(corners):
        good &= beside(one, (one + 2) % corners) != 0
        for other in range(one + 2, corners - (one == 0)):
            apart = beside(one, other) * beside(one, other + 1) > 0
            apart |= beside(other, one) * beside(other, one + 1) > 0
            good &= apart
    return np.asarray(good & np.isfinite(slack))


def finite(shapes: np.ndarray) -> np.ndarray:
    """Say which shapes have an extent and no coordinate that is NaN or infinite.

    The bounds of a shape do not tell: they pass over a NaN inside.

    Examples
    --------
    >>> with np.errstate(invalid="ignore"):
    ...     odd = shapely.from_wkt("POLYGON ((0 0, NaN 1, 1 1, 0 0))")
    >>> finite(np.array([odd, shapely.box(0, 0, 1, 1), None])).tolist()
    [False, True, False]
    """
    known = np.isfinite(shapely.bounds(shapes)).all(axis=1)
    points, shape = shapely.get_coordinates(shapes, return_index=True)
    bad = ~np.isfinite(points).all(axis=1)
    if bad.any():
        known[np.unique(shape[bad])] = False
    return np.asarray(known)
