"""Which geometries are polygons that can be measured."""

from __future__ import annotations

import numpy as np
import shapely

from gis.overlaps import in_threads

_POLYGONS = (3, 6)
_CHUNK = 10_000
_QUAD = 5  # coordinates of a closed ring with four corners


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
    A quadrilateral that turns the same way at all four corners is convex, so it is valid; most
    buildings are such. All others are asked of GEOS.

    Examples
    --------
    >>> bow = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
    >>> measurable(np.array([shapely.box(0, 0, 1, 1), bow, None, shapely.Point(0, 0)])).tolist()
    [True, False, False, False]
    """
    kinds = shapely.get_type_id(shapes)
    good = np.isin(kinds, _POLYGONS) & ~shapely.is_empty(shapes)
    if valid:
        return np.asarray(good)
    doubtful = good.copy()
    four = np.flatnonzero((kinds == _POLYGONS[0]) & (shapely.get_num_coordinates(shapes) == _QUAD))
    doubtful[four] = ~_convex(shapely.get_coordinates(shapes[four]).reshape(-1, _QUAD, 2))
    asked = np.flatnonzero(doubtful)
    parts = np.array_split(asked, max(1, len(asked) // _CHUNK))
    answers = in_threads(lambda at: shapely.is_valid(shapes[parts[at]]), len(parts), threads)
    good[asked] = np.concatenate(answers)
    return np.asarray(good)


def _convex(rings: np.ndarray) -> np.ndarray:
    """Say which closed rings of four corners, (n, 5, 2), turn one way at every corner."""
    side = np.diff(rings, axis=1)
    ahead = np.roll(side, -1, axis=1)
    turn = side[..., 0] * ahead[..., 1] - side[..., 1] * ahead[..., 0]
    return np.asarray((turn > 0).all(axis=1) | (turn < 0).all(axis=1))
