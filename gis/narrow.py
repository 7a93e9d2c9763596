"""Tails of land: what is narrower than a width, and sticks out of what is wider."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

Shapes = NDArray[np.object_]

_LEAST_M2 = 1.0
_DRAWING_M = 0.01


def without_tails(shapes: Shapes, width_m: float) -> tuple[Shapes, NDArray[np.bool_]]:
    """Return polygons without the tails that are narrower than a width and longer than it.

    What a disc of that width cannot reach is left out where it sticks out by more than the width;
    corners, chamfers and notches stay as they are.

    Parameters
    ----------
    shapes : ndarray of object
        Polygons in metres; None stays None, and one that is narrow everywhere stays whole.
    width_m : float
        Width (m) below which land is a tail.

    Returns
    -------
    ndarray of object
        The polygons; those without a tail are the very same.
    ndarray of bool
        Which had a tail.

    Examples
    --------
    >>> from shapely.geometry import box
    >>> yard, lane = box(0, 0, 50, 50), box(50, 0, 120, 4)
    >>> wide, tailed = without_tails(np.array([yard, yard.union(lane)]), 8.0)
    >>> tailed.tolist(), [round(float(area)) for area in shapely.area(wide)]
    ([False, True], [2500, 2500])
    """
    found = shapes.copy()
    tailed = np.zeros(len(shapes), dtype=bool)
    asked = np.flatnonzero(~(shapely.is_missing(shapes) | shapely.is_empty(shapes)))
    half = width_m / 2
    core = shapely.buffer(shapes[asked], -half + _DRAWING_M, join_style="mitre")
    wide = shapely.buffer(core, half, join_style="mitre")
    lost = shapely.area(shapes[asked]) - shapely.area(wide)
    some = np.flatnonzero((lost > _LEAST_M2) & ~shapely.is_empty(core))
    mine = shapes[asked[some]]
    rest = shapely.difference(mine, wide[some])
    # A tail reaches further than its width from the land it hangs on.
    long = shapely.hausdorff_distance(shapely.union(rest, wide[some]), wide[some]) > width_m
    rows = asked[some[long]]
    found[rows] = shapely.intersection(shapes[rows], wide[some[long]])
    tailed[rows] = True
    return found, tailed
