"""Ways along roads: which lines meet, and how far it is from points to others on them."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, dijkstra

from gis.crs import require_metric

Floats = NDArray[np.float64]
Places = NDArray[np.int64]
Shapes = NDArray[np.object_]


@dataclass(frozen=True, eq=False)
class Network:
    """Lines cut at their junctions.

    Attributes
    ----------
    lines : ndarray of LineString
        As given, in metres, one part each.
    tree : STRtree
        Of the lines.
    line, start, end : ndarray
        Of each edge, in order: its line, and the junctions at its ends.
    begins, length : ndarray of float
        Where on the line the edge begins, and how long it is (m).
    first : ndarray of int
        The first edge of each line, and past the last.
    junctions : ndarray of float, shape (n, 2)
        Their coordinates.
    """

    lines: Shapes
    tree: shapely.STRtree
    line: Places
    start: Places
    end: Places
    begins: Floats
    length: Floats
    first: Places
    junctions: Floats

    @property
    def parts(self) -> int:
        """How many stretches of roads there are that do not meet."""
        count = len(self.junctions)
        if not count:
            return 0
        graph = csr_array((np.ones(len(self.start)), (self.start, self.end)), (count, count))
        return int(connected_components(graph, directed=False)[0])


def road_network(roads: gpd.GeoSeries, *, snap_m: float = 1.0, crossings: bool = False) -> Network:
    """Return the network that lines form.

    Lines meet where they share a vertex, where the end of one lies on another, or where ends are
    no further apart than ``snap_m``. Lines that only cross do not meet: one may be a bridge.

    Parameters
    ----------
    roads : GeoSeries
        Lines in EPSG:4549; missing and empty ones are left out. All may be driven both ways.
    snap_m : float
        Tolerance of drawing (m).
    crossings : bool
        Let lines that cross meet too, as in layers whose roads are drawn through.

    Raises
    ------
    CrsMissingError, NotMetricError
        If coordinates are not metres in EPSG:4549.

    Examples
    --------
    >>> from shapely.geometry import LineString
    >>> street = LineString([(0, 0), (100, 0)])
    >>> side = LineString([(50, 0.4), (50, 80)])  # ends 40 cm beside the street
    >>> network = road_network(gpd.GeoSeries([street, side], crs=4549))
    >>> network.length.round(1).tolist(), network.parts
    ([50.0, 50.0, 79.6], 1)
    """
    require_metric(roads, what="道路 roads")
    lines = shapely.get_parts(np.asarray(roads.array, dtype=object))
    lines = lines[shapely.get_type_id(lines) == 1]
    lines = shapely.force_2d(lines[~shapely.is_empty(lines) & (shapely.length(lines) > 0)])
    tree = shapely.STRtree(lines)
    line, along, at = _stops(lines, tree, snap_m)
    if crossings:
        more = _crossings(lines, tree)
        line, along, at = _in_order(
            *(np.concatenate(two) for two in zip((line, along, at), more, strict=True))
        )
    where, junctions = _joined(at, snap_m)
    edge = np.flatnonzero(line[1:] == line[:-1])
    return Network(
        lines=lines,
        tree=tree,
        line=line[edge],
        start=where[edge],
        end=where[edge + 1],
        begins=along[edge],
        length=along[edge + 1] - along[edge],
        first=np.searchsorted(line[edge], np.arange(len(lines) + 1)),
        junctions=junctions,
    )


def _stops(lines: Shapes, tree: shapely.STRtree, snap_m: float) -> tuple[Places, Floats, Floats]:
    """Return where each line is cut (line, metres along it, coordinates), in order."""
    xy, line = shapely.get_coordinates(lines, return_index=True)
    step = np.append(0.0, np.hypot(*np.diff(xy, axis=0).T)) if len(xy) else np.empty(0)
    first = np.append(True, line[1:] != line[:-1])[: len(line)]
    last = np.append(first[1:], True)[: len(line)]
    step[first] = 0.0
    total = np.cumsum(step)
    along = total - total[first][line] if len(xy) else total
    # A vertex that several lines share is a junction: to the millimetre, as drawn.
    _, key = np.unique(np.round(xy, 3), axis=0, return_inverse=True)
    key = key.ravel()
    pairs = np.unique(np.column_stack([key, line]), axis=0)
    shared = np.bincount(key, minlength=1) > 1  # or one line comes by twice
    kept = first | last | shared[key] if len(xy) else first
    ends = np.flatnonzero(first | last)
    ends = ends[np.unique(key[ends], return_index=True)[1]]
    of, hit = tree.query(shapely.points(xy[ends]), predicate="dwithin", distance=snap_m)
    of = ends[of]
    # Lines that have the end as a vertex of their own are cut there already.
    there = np.isin(key[of] * len(lines) + hit, pairs[:, 0] * len(lines) + pairs[:, 1])
    of, hit = of[~there], hit[~there]
    added = shapely.line_locate_point(lines[hit], shapely.points(xy[of]))
    return _in_order(
        np.concatenate([line[kept], hit]),
        np.concatenate([along[kept], added]),
        np.concatenate([xy[kept], xy[of]]),
    )


def _crossings(lines: Shapes, tree: shapely.STRtree) -> tuple[Places, Floats, Floats]:
    """Return where the insides of two lines meet in a point, once on either line."""
    one, other = tree.query(lines, predicate="crosses")
    once = one < other
    one, other = one[once], other[once]
    places, of = shapely.get_parts(
        shapely.intersection(lines[one], lines[other]), return_index=True
    )
    flat = shapely.get_type_id(places) == 0
    places, of = places[flat], of[flat]
    line = np.concatenate([one[of], other[of]]).astype(np.int64)
    both = np.concatenate([places, places])
    along = shapely.line_locate_point(lines[line], both)
    return line, along, shapely.get_coordinates(both)


def _in_order(line: Places, along: Floats, at: Floats) -> tuple[Places, Floats, Floats]:
    order = np.lexsort((along, line))
    return line[order].astype(np.int64), along[order], at[order]


def _joined(at: Floats, snap_m: float) -> tuple[Places, Floats]:
    """Return the junction of each stop: stops no further apart than the tolerance are one."""
    places, which = np.unique(at, axis=0, return_inverse=True)
    points = shapely.points(places)
    one, other = shapely.STRtree(points).query(points, predicate="dwithin", distance=snap_m)
    graph = csr_array((np.ones(len(one)), (one, other)), (len(places), len(places)))
    if not len(places):
        return np.empty(0, dtype=np.int64), np.empty((0, 2))
    _, group = connected_components(graph, directed=False)
    _, begin = np.unique(group, return_index=True)
    return group[which.ravel()].astype(np.int64), places[begin]


@dataclass(frozen=True, eq=False)
class _Access:
    """Where points get onto the network: the line (-1: none), metres along, edge, way to it."""

    line: Places
    along: Floats
    edge: Places
    off_m: Floats


def distances(
    network: Network,
    points: gpd.GeoSeries,
    targets: gpd.GeoSeries,
    *,
    off_road_most_m: float = 2_000.0,
) -> pd.DataFrame:
    """Return how far it is from each point to the nearest target along the roads.

    A way is the straight line to the nearest road, the shortest way along the roads, and the
    straight line from there to the target.

    Parameters
    ----------
    network : Network
        As `road_network`.
    points, targets : GeoSeries
        Points in EPSG:4549 (of other shapes, their centroid).
    off_road_most_m : float
        Those further from every road are not reached.

    Returns
    -------
    DataFrame
        On the index of ``points``: ``distance_m`` (NaN where there is no way), ``off_road_m``
        (from the point to the road), ``target`` (position of the nearest target, -1 without).

    Raises
    ------
    CrsMissingError, NotMetricError
        If coordinates are not metres in EPSG:4549.

    Examples
    --------
    >>> from shapely.geometry import LineString, Point
    >>> street = LineString([(0, 0), (100, 0), (100, 50)])
    >>> network = road_network(gpd.GeoSeries([street], crs=4549))
    >>> site, port = (gpd.GeoSeries([Point(*at)], crs=4549) for at in ((10, 5), (100, 40)))
    >>> distances(network, site, port)["distance_m"].tolist()  # 5 off, 90 east, 40 north
    [135.0]
    """
    require_metric(points, what="用地 sites")
    require_metric(targets, what="目的地 targets")
    start = _access(network, points, off_road_most_m)
    goal = _access(network, targets, off_road_most_m)
    found = np.full(len(points), np.inf)
    nearest = np.full(len(points), -1, dtype=np.int64)
    reached = np.flatnonzero(goal.edge >= 0)
    ready = start.edge >= 0
    if len(reached) and ready.any():
        way, source = _ways(network, goal, reached)
        for side, rest in _ends(network, start, ready):
            total = way[side] + rest
            better = total < found[ready]
            found[ready] = np.where(better, total, found[ready])
            nearest[ready] = np.where(better, source[side], nearest[ready])
        _along_one_edge(start, goal, found, nearest)
    found = found + start.off_m
    nearest[~np.isfinite(found)] = -1
    return pd.DataFrame(
        {
            "distance_m": np.where(np.isfinite(found), found, np.nan),
            "off_road_m": np.where(np.isfinite(start.off_m), start.off_m, np.nan),
            "target": nearest,
        },
        index=points.index,
    )


def _access(network: Network, points: gpd.GeoSeries, most_m: float) -> _Access:
    count = len(points)
    places = shapely.centroid(np.asarray(points.array, dtype=object))
    line = np.full(count, -1, dtype=np.int64)
    off = np.full(count, np.inf)
    usable = np.flatnonzero(~(shapely.is_missing(places) | shapely.is_empty(places)))
    if len(network.lines) and len(usable):
        (of, hit), apart = network.tree.query_nearest(
            places[usable], max_distance=most_m, return_distance=True, all_matches=False
        )
        line[usable[of]], off[usable[of]] = hit, apart
    on = line >= 0
    along = np.zeros(count)
    along[on] = shapely.line_locate_point(network.lines[line[on]], places[on])
    edge = np.full(count, -1, dtype=np.int64)
    # Edges lie line after line, each by where it begins: one number orders both.
    longest = float(network.length.sum()) + 1.0
    place = network.line * longest + network.begins
    before = np.searchsorted(place, line[on] * longest + along[on], side="right") - 1
    edge[on] = np.clip(before, network.first[line[on]], network.first[line[on] + 1] - 1)
    return _Access(line, along, edge, off)


def _ways(network: Network, goal: _Access, reached: Places) -> tuple[Floats, Places]:
    """Return how far each junction is from the nearest target, and which that is."""
    count = len(network.junctions)
    low, high = np.minimum(network.start, network.end), np.maximum(network.start, network.end)
    order = np.lexsort((network.length, high, low))
    low, high, length = low[order], high[order], network.length[order]
    # Of several edges between two junctions the shortest; a matrix would add them up.
    once = np.append(True, (np.diff(low) != 0) | (np.diff(high) != 0))[: len(low)] & (low != high)
    nodes = count + np.arange(len(reached))
    edge, rest = goal.edge[reached], goal.along[reached] - network.begins[goal.edge[reached]]
    rest = np.clip(rest, 0.0, network.length[edge])
    off = goal.off_m[reached]
    back = network.length[edge] - rest
    ring = network.start[edge] == network.end[edge]
    rest = np.where(ring, np.minimum(rest, back), rest)
    rows = np.concatenate([low[once], nodes, nodes[~ring]])
    columns = np.concatenate([high[once], network.start[edge], network.end[edge[~ring]]])
    # Ways of no length at all would not be stored as edges.
    weights = np.concatenate([length[once], rest + off, (back + off)[~ring]])
    size = count + len(nodes)
    forth = csr_array((np.maximum(weights, 1e-9), (rows, columns)), (size, size))
    graph = forth + forth.T
    way, _, source = dijkstra(graph, indices=nodes, min_only=True, return_predecessors=True)
    which = np.where(source >= count, reached[np.clip(source - count, 0, None)], -1)
    return way[:count], which[:count].astype(np.int64)


def _ends(
    network: Network, start: _Access, ready: NDArray[np.bool_]
) -> list[tuple[Places, Floats]]:
    edge = start.edge[ready]
    rest = np.clip(start.along[ready] - network.begins[edge], 0.0, network.length[edge])
    return [(network.start[edge], rest), (network.end[edge], network.length[edge] - rest)]


def _along_one_edge(start: _Access, goal: _Access, found: Floats, nearest: Places) -> None:
    """Shorten the ways of points whose target lies on the same edge."""
    for target in np.flatnonzero(goal.edge >= 0):
        same = np.flatnonzero(start.edge == goal.edge[target])
        way = np.abs(start.along[same] - goal.along[target]) + goal.off_m[target]
        better = way < found[same]
        found[same[better]], nearest[same[better]] = way[better], target


def nearest_straight(points: gpd.GeoSeries, targets: gpd.GeoSeries) -> pd.Series:
    """Return how far the nearest target is from each point as the crow flies (m).

    Parameters
    ----------
    points, targets : GeoSeries
        In EPSG:4549; the distance of other shapes than points is that of their nearest parts.

    Returns
    -------
    Series
        On the index of ``points``; NaN where there is no geometry, or no target at all.

    Examples
    --------
    >>> from shapely.geometry import Point
    >>> one = gpd.GeoSeries([Point(0, 0)], crs=4549)
    >>> nearest_straight(one, gpd.GeoSeries([Point(30, 40), Point(900, 0)], crs=4549)).tolist()
    [50.0]
    """
    require_metric(points, what="用地 sites")
    require_metric(targets, what="目的地 targets")
    found = np.full(len(points), np.nan)
    goals = np.asarray(targets.array, dtype=object)
    goals = goals[~(shapely.is_missing(goals) | shapely.is_empty(goals))]
    shapes = np.asarray(points.array, dtype=object)
    there = np.flatnonzero(~(shapely.is_missing(shapes) | shapely.is_empty(shapes)))
    if len(goals) and len(there):
        (of, _), apart = shapely.STRtree(goals).query_nearest(
            shapes[there], return_distance=True, all_matches=False
        )
        found[there[of]] = apart
    return pd.Series(found, index=points.index, name="distance_m")
