"""The rings of many polygons as flat arrays, and boxes that lie wholly inside them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

_SLACK = 1e-9
"""Relative width by which an edge counts as touching: the doubtful go the exact way."""


@dataclass(frozen=True)
class Rings:
    """Edges of polygons, ring by ring, polygon by polygon.

    Attributes
    ----------
    x, y, to_x, to_y : ndarray of float
        Where each edge begins and ends; a ring's last edge ends where its first begins.
    high, low, right : ndarray of float
        How far each edge reaches north, south and east.
    ring : ndarray of int
        The ring of each edge.
    sign : ndarray of float
        By ring: 1 for a shell, -1 for a hole.
    start, count : ndarray of int
        By polygon: its first edge, and how many it has (0 for missing and empty ones).
    """

    x: np.ndarray
    y: np.ndarray
    to_x: np.ndarray
    to_y: np.ndarray
    high: np.ndarray
    low: np.ndarray
    right: np.ndarray
    ring: np.ndarray
    sign: np.ndarray
    start: np.ndarray
    count: np.ndarray


def rings_of(shapes: np.ndarray) -> Rings:
    """Take polygons and multipolygons apart.

    Examples
    --------
    >>> holed = shapely.box(0, 0, 9, 9).difference(shapely.box(1, 1, 2, 2))
    >>> found = rings_of(np.array([holed, None], dtype=object))
    >>> found.count.tolist(), found.sign.tolist()
    ([8, 0], [1.0, -1.0])
    """
    if _plain(shapes):
        points, ring = shapely.get_coordinates(shapes, return_index=True)
        sign, owner = np.ones(len(shapes)), np.arange(len(shapes))
    else:
        parts, part_of = shapely.get_parts(shapes, return_index=True)
        rings, ring_of = shapely.get_rings(parts, return_index=True)
        points, ring = shapely.get_coordinates(rings, return_index=True)
        sign, owner = np.ones(len(rings)), part_of[ring_of]
        sign[1:][ring_of[1:] == ring_of[:-1]] = -1.0
    last = np.ones(len(ring), dtype=bool)
    last[:-1] = ring[1:] != ring[:-1]
    at = np.flatnonzero(~last)
    ring = ring[at]
    count = np.bincount(owner[ring], minlength=len(shapes))
    x, y = np.ascontiguousarray(points.T)
    start = np.cumsum(count) - count
    x, y, to_x, to_y = x[at], y[at], x[at + 1], y[at + 1]
    high, low, right = np.maximum(y, to_y), np.minimum(y, to_y), np.maximum(x, to_x)
    return Rings(x, y, to_x, to_y, high, low, right, ring, sign, start, count)


def _plain(shapes: np.ndarray) -> bool:
    """Say whether all are polygons of one ring, or missing."""
    holes = shapely.get_num_interior_rings(shapes) > 0
    several = ~np.isin(shapely.get_type_id(shapes), (-1, 3))
    return not (holes | several).any()


def edges_of(rings: Rings, polygon: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """List the edges of the polygons named, one after another.

    Returns
    -------
    place, edge : ndarray of int
        Position in ``polygon``, and edge.
    """
    count = rings.count[polygon]
    before = np.cumsum(count) - count
    place = np.repeat(np.arange(len(polygon)), count)
    return place, np.arange(len(place)) + np.repeat(rings.start[polygon] - before, count)


def boxes_inside(rings: Rings, polygon: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """Say which boxes lie in the inner part of their polygon, for certain.

    A box lies inside when its middle does and no edge of the polygon meets it. In doubt, and
    where the box only touches an edge, the answer is False.

    Parameters
    ----------
    rings : Rings
        Valid polygons.
    polygon : ndarray of int
        The polygon of each box.
    boxes : ndarray of float
        (n, 4): west, south, east, north.

    Examples
    --------
    >>> found = rings_of(np.array([shapely.box(0, 0, 9, 9)]))
    >>> boxes = np.array([[1.0, 1, 2, 2], [8, 8, 10, 10], [0, 0, 2, 2], [10, 0, 12, 2]])
    >>> boxes_inside(found, np.zeros(4, dtype=int), boxes).tolist()
    [True, False, False, False]
    """
    west, south, east, north = boxes.T
    place, edge = edges_of(rings, polygon)
    # Edges above, below or left of the box neither meet it nor lie east of its middle.
    near = (rings.high[edge] >= south[place]) & (rings.low[edge] <= north[place])
    near &= rings.right[edge] >= west[place]
    place, edge = place[near], edge[near]
    x, y = rings.x[edge], rings.y[edge]
    dx, dy = rings.to_x[edge] - x, rings.to_y[edge] - y
    middle_y = ((south + north) / 2)[place]
    side = dx * (middle_y - y) - dy * (((west + east) / 2)[place] - x)
    reach = np.abs(dx) * ((north - south) / 2)[place] + np.abs(dy) * ((east - west) / 2)[place]
    slack = _SLACK * (reach + dx * dx + dy * dy)
    meets = (np.abs(side) <= reach + slack) & (np.minimum(x, rings.to_x[edge]) <= east[place])
    crossed = ((y > middle_y) != (rings.to_y[edge] > middle_y)) & ((dy > 0) == (side > 0))
    inside = np.bincount(place[crossed], minlength=len(polygon)) % 2 == 1
    inside[place[meets]] = False
    return np.asarray(inside)
