"""Areas that polygons share with convex windows, all at once (Sutherland and Hodgman, 1974)."""

from __future__ import annotations

import numpy as np
import shapely

from gis.rings import Rings, edges_of

MOST_CORNERS = 8
"""Shapes with more corners are not looked at."""


def windows_of(shapes: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Write polygons of one ring and few corners as convex windows to be added and taken off.

    A convex polygon is one window. A bent one is a fan of triangles from its first corner: those
    that turn the other way are taken off.

    Parameters
    ----------
    shapes : ndarray of geometry
        Valid; any others than such polygons have no windows.

    Returns
    -------
    at : ndarray of int
        The shape of each window.
    corners : ndarray of float
        (windows, `MOST_CORNERS` + 1, 2), counterclockwise, the first corner again at the end and
        in what is left.
    sign : ndarray of float
        1 or -1, by window.

    Examples
    --------
    >>> at, corners, sign = windows_of(np.array([shapely.Point(0, 0), shapely.box(0, 0, 1, 2)]))
    >>> at.tolist(), sign.tolist(), corners[0, 3:6].tolist()
    ([1], [1.0], [[0.0, 0.0], [1.0, 0.0], [1.0, 0.0]])
    """
    size = shapely.get_num_coordinates(shapes)
    plain = (shapely.get_type_id(shapes) == 3) & (shapely.get_num_interior_rings(shapes) == 0)
    at = np.flatnonzero(plain & (size >= 4) & (size <= MOST_CORNERS + 1))
    points, count = shapely.get_coordinates(shapes[at]), size[at]
    place = np.minimum(np.arange(MOST_CORNERS + 1), count[:, None] - 1)
    first = (np.cumsum(count) - count)[:, None]
    corners = points[first + place]
    turn, still = _turns(corners, count)
    left = np.asarray((turn >= 0).all(axis=1))
    convex = np.asarray((left | (turn <= 0).all(axis=1)) & ~still)
    backwards = points[first + count[:, None] - 1 - place]
    whole = np.where(left[:, None, None], corners, backwards)[convex]
    bent, fan, sign = _fans(corners[~convex])
    return (
        np.concatenate([at[convex], at[~convex][bent]]),
        np.concatenate([whole, fan]),
        np.concatenate([np.ones(len(whole)), sign]),
    )


def _fans(corners: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Take rings apart into triangles from their first corner; return ring, corners and sign."""
    base = np.broadcast_to(corners[:, :1], corners[:, 1:-1].shape)
    three = np.stack([base, corners[:, 1:-1], corners[:, 2:], base], axis=2)
    turn = (three[..., 1, 0] - three[..., 0, 0]) * (three[..., 2, 1] - three[..., 0, 1])
    turn -= (three[..., 1, 1] - three[..., 0, 1]) * (three[..., 2, 0] - three[..., 0, 0])
    ring, number = np.nonzero(turn)
    three, way = three[ring, number], np.sign(turn[ring, number])
    three = np.where(way[:, None, None] > 0, three, three[:, ::-1])
    around = np.sign(turn.sum(axis=1))  # -1 where the ring itself runs clockwise
    return ring, three[:, np.minimum(np.arange(MOST_CORNERS + 1), 3)], way * around[ring]


def _turns(corners: np.ndarray, count: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the turn at every corner (> 0: left), and whether a corner is there twice."""
    side = np.diff(corners, axis=1)
    number = np.arange(MOST_CORNERS)
    ahead = np.where(number >= count[:, None] - 2, 0, number + 1)
    onward = np.take_along_axis(side, ahead[..., None], axis=1)
    turn = side[..., 0] * onward[..., 1] - side[..., 1] * onward[..., 0]
    still = (side == 0).all(axis=2) & (number < count[:, None] - 1)
    return turn, still.any(axis=1)


def clipped_areas(rings: Rings, polygon: np.ndarray, windows: np.ndarray) -> np.ndarray:
    """Compute the area that each window shares with its polygon.

    Each ring is cut by the sides of the window in turn. What remains of a bent ring may run
    along a side to and fro, which does not change its area.

    Parameters
    ----------
    rings : Rings
        Valid polygons.
    polygon : ndarray of int
        The polygon of each window.
    windows : ndarray of float
        Corners as `windows_of` gives them.

    Returns
    -------
    ndarray of float
        Holes are taken off.

    Examples
    --------
    >>> from gis.rings import rings_of
    >>> holed = shapely.box(0, 0, 9, 9).difference(shapely.box(1, 1, 2, 2))
    >>> _, windows, _ = windows_of(np.array([shapely.box(-1, 0, 3, 2)]))
    >>> clipped_areas(rings_of(np.array([holed])), np.array([0]), windows).tolist()
    [5.0]
    """
    place, edge = edges_of(rings, polygon)
    # Near zero, differences of coordinates keep their digits.
    x = rings.x[edge] - windows[place, 0, 0]
    y = rings.y[edge] - windows[place, 0, 1]
    corners = windows - windows[:, :1]
    new = np.ones(len(edge), dtype=bool)
    new[1:] = (rings.ring[edge[1:]] != rings.ring[edge[:-1]]) | (place[1:] != place[:-1])
    piece = np.cumsum(new) - 1
    sign, owner = rings.sign[rings.ring[edge[new]]], place[new]
    for number in range(MOST_CORNERS):
        x, y, piece = _cut(x, y, piece, corners[owner, number], corners[owner, number + 1])
    ahead = _ahead(piece)
    double = np.bincount(piece, x * y[ahead] - x[ahead] * y, minlength=len(owner))
    return np.bincount(owner, np.abs(double) / 2 * sign, minlength=len(polygon))


def _ahead(piece: np.ndarray) -> np.ndarray:
    """Return for every corner the one that follows in its ring."""
    ahead = np.arange(1, len(piece) + 1)
    if len(piece):
        last = np.ones(len(piece), dtype=bool)
        last[:-1] = piece[1:] != piece[:-1]
        end = np.flatnonzero(last)
        ahead[end] = np.concatenate([[0], end[:-1] + 1])
    return ahead


def _cut(
    x: np.ndarray, y: np.ndarray, piece: np.ndarray, begin: np.ndarray, end: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Keep of every ring what lies left of its line; a line without length keeps all."""
    along = end - begin
    if not along.any():
        return x, y, piece
    dx, dy = along[piece].T
    base_x, base_y = begin[piece].T
    left = dx * (y - base_y) - dy * (x - base_x)
    ahead = _ahead(piece)
    kept = left >= 0
    crosses = kept != kept[ahead]
    count = kept.astype(np.int64) + crosses
    last = np.cumsum(count) - 1
    out_x, out_y, out = (np.empty(int(count.sum()), dtype=a.dtype) for a in (x, y, piece))
    at = (last - crosses)[kept]
    out_x[at], out_y[at], out[at] = x[kept], y[kept], piece[kept]
    here = np.flatnonzero(crosses)
    there = ahead[here]
    share = left[here] / (left[here] - left[there])
    at = last[here]
    out_x[at] = x[here] + share * (x[there] - x[here])
    out_y[at] = y[here] + share * (y[there] - y[here])
    out[at] = piece[here]
    return out_x, out_y, out
