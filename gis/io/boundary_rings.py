"""Numbered points in lines of text to rings, and rings to polygons by what lies inside what."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely

from gis.errors import Words

_FEW = 5


@dataclass
class Points:
    """Points of a list, in its order.

    Attributes
    ----------
    line, plot, ring : ndarray of int
        Line in the file from 1; plot from 0; number of the ring as written (1 where none is).
    north, east : ndarray of float
        First and second coordinate; NaN where it cannot be read.
    """

    line: np.ndarray
    plot: np.ndarray
    ring: np.ndarray
    north: np.ndarray
    east: np.ndarray

    @classmethod
    def from_lines(cls, lines: list[str], number: np.ndarray, plot: np.ndarray) -> Points:
        """Read "J1,1,3074231.235,40564065.375"; the name and the ring may be left out.

        Examples
        --------
        >>> Points.from_lines(["J1,1,10,20", "J2,11,21", "12,22"], np.arange(3), np.zeros(3)).east
        array([20., 21., 22.])
        """
        cells = pd.Series(lines, dtype="str").str.split(",", expand=True).reindex(columns=range(4))
        filled = cells.notna().sum(axis=1).to_numpy()
        numbers = cells.apply(pd.to_numeric, errors="coerce").to_numpy(dtype="float64")
        rows, last = np.arange(len(cells)), np.clip(filled, 2, 4) - 1
        ring = np.where(filled >= 4, numbers[:, 1], 1.0)
        return cls(
            line=np.asarray(number),
            plot=np.asarray(plot, dtype=int),
            ring=np.nan_to_num(ring, nan=1.0).astype(int),
            north=numbers[rows, last - 1],
            east=numbers[rows, last],
        )

    def kept(self, mask: np.ndarray) -> Points:
        """Return the points that the mask names."""
        return Points(*(getattr(self, name)[mask] for name in self.__dataclass_fields__))

    def by_ring(self) -> Points:
        """Make a plot of each ring numbered 1 and those that follow it."""
        first = ring_starts(self)
        plot = np.cumsum(first & (self.ring <= 1)) - 1
        return Points(self.line, np.maximum(plot, 0), self.ring, self.north, self.east)

    def typical(self) -> tuple[float, float]:
        """Return the middle of all first and of all second coordinates; NaN without points."""
        known = np.isfinite(self.north) & np.isfinite(self.east)
        if not known.any():
            return np.nan, np.nan
        return float(np.median(self.north[known])), float(np.median(self.east[known]))


def ring_starts(points: Points) -> np.ndarray:
    """Say which points begin a ring: a new plot or number, or the one before closed its ring.

    Examples
    --------
    >>> made = Points.from_lines(
    ...     ["1,1,0,0", "2,1,0,9", "3,1,9,9", "1,1,0,0", "4,1,2,2", "5,1,2,3"],
    ...     np.arange(6), np.zeros(6))
    >>> ring_starts(made).tolist()
    [True, False, False, False, True, False]
    """
    count = len(points.plot)
    starts = np.ones(count, dtype=bool)
    starts[1:] = (points.plot[1:] != points.plot[:-1]) | (points.ring[1:] != points.ring[:-1])
    while True:
        ring = np.cumsum(starts) - 1
        first = np.flatnonzero(starts)[ring] if count else ring
        closing = (points.north == points.north[first]) & (points.east == points.east[first])
        closing &= np.arange(count) - first >= 3
        after = np.flatnonzero(closing) + 1
        after = after[after < count]
        after = after[~starts[after]]
        if not len(after):
            return starts
        # Only the first closing of each ring is certain; the rest is looked at again.
        _, earliest = np.unique(ring[after], return_index=True)
        starts[after[earliest]] = True


def shapes_of(
    points: Points, kinds: list[str], notes: list[Words]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Make the geometry of each plot.

    Parameters
    ----------
    points : Points
        In the order of the file.
    kinds : list of str
        ``面``, ``线`` or ``点`` for each plot.
    notes : list of Words
        Takes what could not be read and what was mended.

    Returns
    -------
    ndarray of object
        Polygons (x east, y north), lines or points; None where a point cannot be read or a ring
        has fewer than three points.
    ndarray of int
        How many points each plot has, those that close a ring not counted.
    ndarray of int
        The same with those that close a ring.
    """
    starts = ring_starts(points)
    _mend_closing(points, starts, notes)
    ring = np.cumsum(starts) - 1
    unread = ~(np.isfinite(points.north) & np.isfinite(points.east))
    _note_unread(points, unread, notes)
    total = np.bincount(points.plot, minlength=len(kinds))
    closes = _closing(points, starts)
    number = total - np.bincount(points.plot[closes], minlength=len(kinds))
    size = np.bincount(ring, minlength=0) if len(ring) else np.array([], dtype=int)
    plot_of = points.plot[starts]
    kind = np.array(kinds, dtype=object)
    broken = np.zeros(len(kinds), dtype=bool)
    broken[points.plot[unread]] = True
    areal = kind != "线"
    areal &= kind != "点"
    distinct = size - np.bincount(ring[closes], minlength=len(size))
    broken[plot_of[(distinct < 3) & areal[plot_of]]] = True
    shapes = np.full(len(kinds), None, dtype=object)
    usable = ~broken[points.plot]
    shells = usable & areal[points.plot]
    _put_polygons(shapes, points, ring, plot_of, shells)
    for plot in np.flatnonzero(~areal & ~broken & (total > 0)):
        own = points.plot == plot
        pairs = np.column_stack([points.east[own], points.north[own]])
        line = kind[plot] == "线" and len(pairs) > 1
        shapes[plot] = shapely.LineString(pairs) if line else _points(pairs)
    return shapes, number, total


def _points(pairs: np.ndarray) -> shapely.Geometry:
    return shapely.Point(pairs[0]) if len(pairs) == 1 else shapely.MultiPoint(pairs)


def _closing(points: Points, starts: np.ndarray) -> np.ndarray:
    """Say which points repeat the first one at the end of their ring."""
    at = np.flatnonzero(starts)
    if not len(at):
        return np.zeros(0, dtype=bool)
    last = np.append(at[1:], len(starts)) - 1
    same = (points.north[last] == points.north[at]) & (points.east[last] == points.east[at])
    result = np.zeros(len(starts), dtype=bool)
    result[last[same & (last > at)]] = True
    return result


def _mend_closing(points: Points, starts: np.ndarray, notes: list[Words]) -> None:
    """Mend the last point of a ring where a writer put the first number twice."""
    at = np.flatnonzero(starts)
    if not len(at):
        return
    last = np.append(at[1:], len(starts)) - 1
    twice = (points.north[last] == points.east[last]) & (points.north[last] == points.north[at])
    twice |= (points.north[last] == points.east[last]) & (points.east[last] == points.east[at])
    twice &= (points.north[at] != points.east[at]) & (last - at >= 3)
    if not twice.any():
        return
    points.north[last[twice]] = points.north[at[twice]]
    points.east[last[twice]] = points.east[at[twice]]
    count = int(twice.sum())
    notes.append(
        Words(
            f"{count} 圈的闭合点把同一个数写了两遍，已按首点补正",
            f"{count} rings repeat one number in their closing point: taken as their first point",
        )
    )


def _note_unread(points: Points, unread: np.ndarray, notes: list[Words]) -> None:
    if not unread.any():
        return
    lines = "、".join(str(line) for line in points.line[unread][:_FEW])
    more = "…" if unread.sum() > _FEW else ""
    notes.append(
        Words(
            f"第 {lines}{more} 行坐标读不出，所在地块没有图形",
            f"lines {lines}{more} hold no readable coordinates: their plots have no geometry",
        )
    )


def _put_polygons(
    shapes: np.ndarray, points: Points, ring: np.ndarray, plot_of: np.ndarray, usable: np.ndarray
) -> None:
    """Build rings and put those of one plot together."""
    if not usable.any():
        return
    pairs = np.column_stack([points.east[usable], points.north[usable]])
    own, numbers = np.unique(ring[usable], return_inverse=True)
    rings = shapely.polygons(shapely.linearrings(pairs, indices=numbers))
    owner = plot_of[own]
    alone = np.bincount(owner, minlength=len(shapes))[owner] == 1
    shapes[owner[alone]] = rings[alone]
    for plot in np.unique(owner[~alone]):
        shapes[plot] = nested(rings[owner == plot])


def nested(rings: np.ndarray) -> shapely.Geometry:
    """Put rings together: one inside another is its hole, one inside a hole a part of its own.

    Parameters
    ----------
    rings : ndarray of Polygon
        Each of one ring.

    Examples
    --------
    >>> made = nested(np.array([shapely.box(1, 1, 2, 2), shapely.box(0, 0, 3, 3)]))
    >>> made.geom_type, made.area
    ('Polygon', 8.0)
    >>> nested(np.array([shapely.box(0, 0, 1, 1), shapely.box(5, 5, 6, 6)])).geom_type
    'MultiPolygon'
    """
    area = shapely.area(rings)
    inner, outer = shapely.STRtree(rings).query(shapely.point_on_surface(rings), "intersects")
    really = (area[inner] < area[outer]) & shapely.covers(rings[outer], rings[inner])
    inner, outer = inner[really], outer[really]
    depth = np.bincount(inner, minlength=len(rings))
    parts = []
    for shell in np.flatnonzero(depth % 2 == 0):
        holes = inner[(outer == shell) & (depth[inner] == depth[shell] + 1)]
        inside = [shapely.get_exterior_ring(rings[hole]) for hole in holes]
        parts.append(shapely.Polygon(shapely.get_exterior_ring(rings[shell]), inside))
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)
