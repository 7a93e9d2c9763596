"""The largest rectangle that fits into a polygon: how long a hall could stand there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import affinity

CELLS = 40
"""Cells along the longer side of the polygon's box: the rectangle is made of whole ones."""

_LEAST_M = 0.01  # what is thinner has no direction


@dataclass(frozen=True, slots=True)
class Rectangle:
    """A rectangle that lies wholly inside, and its sides; at least as large as a cell."""

    shape: shapely.Polygon
    long_m: float
    short_m: float

    @property
    def area_m2(self) -> float:
        """Area of the rectangle."""
        return self.long_m * self.short_m


def largest_rectangle(polygon: shapely.Geometry, *, cells: int = CELLS) -> Rectangle | None:
    """Return a rectangle inside a polygon, as large as a grid of cells tells.

    The grid lies along the narrowest box of the polygon, and of each of its parts, so the answer
    is a lower bound: the true one may be larger by up to two cells in each direction, or lie at
    another angle.

    Parameters
    ----------
    polygon : Polygon or MultiPolygon
        In metres.
    cells : int
        Cells along the longer side.

    Returns
    -------
    Rectangle or None
        None where the polygon is missing, empty, or narrower than a cell everywhere.

    Examples
    --------
    >>> found = largest_rectangle(shapely.box(0, 0, 200, 100))
    >>> found.long_m, found.short_m
    (200.0, 100.0)
    """
    if polygon is None or polygon.is_empty or _thin(polygon):
        return None
    whole = _angle(polygon)
    best = _in_one(polygon, cells, whole)
    several = polygon.geom_type != "Polygon"
    parts = [part for part in shapely.get_parts(polygon) if several and not _thin(part)]
    # A rectangle lies in one of the parts: along its own direction or that of them all.
    for part in sorted(parts, key=lambda part: -part.area):
        for angle in dict.fromkeys((_angle(part), whole)):
            if part.area > (0.0 if best is None else best.area_m2):
                found = _in_one(part, cells, angle)
                if found is not None and (best is None or found.area_m2 > best.area_m2):
                    best = found
    return best


def _thin(polygon: shapely.Geometry) -> bool:
    """Say whether a polygon is thinner than drawing can tell."""
    return bool(2 * polygon.area < _LEAST_M * polygon.length) or polygon.area == 0


def _in_one(polygon: shapely.Geometry, cells: int, angle: float) -> Rectangle | None:
    """Return the rectangle of one polygon along a direction."""
    pivot = polygon.centroid
    turned = affinity.rotate(polygon, -angle, origin=pivot)
    low_x, low_y, high_x, high_y = turned.bounds
    step = max(high_x - low_x, high_y - low_y) / cells
    across = max(round((high_x - low_x) / step), 1)
    up = max(round((high_y - low_y) / step), 1)
    x, y = np.linspace(low_x, high_x, across + 1), np.linspace(low_y, high_y, up + 1)
    squares = shapely.box(x[None, :-1], y[:-1, None], x[None, 1:], y[1:, None])
    room = shapely.buffer(turned, step * 1e-6)  # an edge along the grid counts as inside
    shapely.prepare(room)
    found = _largest_block(shapely.contains(room, squares), np.diff(x)[0], np.diff(y)[0])
    if found is None:
        return None
    top, bottom, left, right = found
    inside = shapely.box(x[left], y[top], x[right], y[bottom])
    sides = sorted((float(x[right] - x[left]), float(y[bottom] - y[top])))
    return Rectangle(affinity.rotate(inside, angle, origin=pivot), sides[1], sides[0])


def _angle(polygon: shapely.Geometry) -> float:
    """Return the direction of the longer side of the narrowest box, in degrees."""
    corners = shapely.get_coordinates(shapely.minimum_rotated_rectangle(polygon))
    if len(corners) < 4:
        return 0.0
    sides = np.diff(corners[:3], axis=0)
    longer = sides[int(np.argmax(np.hypot(*sides.T)))]
    return float(np.degrees(np.arctan2(longer[1], longer[0]))) % 180


def _largest_block(
    inside: NDArray[np.bool_], wide: float, high: float
) -> tuple[int, int, int, int] | None:
    """Return rows and columns of the largest block of true cells: top, bottom, left, right."""
    columns = inside.shape[1]
    free = np.zeros(columns, dtype=int)
    best, found = 0.0, None
    for row, line in enumerate(inside):
        free = np.where(line, free + 1, 0)
        lowest = np.minimum.accumulate(
            np.where(np.tri(columns, dtype=bool).T, free[None, :], np.iinfo(int).max), axis=1
        )
        length = np.arange(columns)[None, :] - np.arange(columns)[:, None] + 1
        area = np.where(length > 0, np.where(length > 0, lowest, 0) * length, 0) * wide * high
        at = int(np.argmax(area))
        if area.flat[at] > best + 1e-9:
            left, last = divmod(at, columns)
            best = float(area.flat[at])
            found = (row + 1 - int(lowest[left, last]), row + 1, left, last + 1)
    return found
