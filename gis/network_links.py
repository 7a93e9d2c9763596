"""Stretches of road that lie apart, linked to the rest by the shortest way between them."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from gis.network import Network, Shapes, road_network


def joined_up(roads: gpd.GeoSeries, *, gap_m: float, snap_m: float = 1.0) -> gpd.GeoSeries:
    """Return the roads with a straight link from each stretch apart to the nearest other one.

    Streets of a park are often drawn without the last metres to the main road.

    Parameters
    ----------
    roads : GeoSeries
        Lines in EPSG:4549.
    gap_m : float
        Longest link; stretches further apart stay apart.
    snap_m : float
        As `road_network`, which here lets lines that cross meet.

    Examples
    --------
    >>> from shapely.geometry import LineString
    >>> apart = gpd.GeoSeries([LineString([(0, 0), (100, 0)]), LineString([(50, 30), (50, 90)])],
    ...                       crs=4549)
    >>> whole = joined_up(apart, gap_m=40)
    >>> len(whole), road_network(whole, crossings=True).parts
    (3, 1)
    """
    before = np.inf
    while True:
        network = road_network(roads, snap_m=snap_m, crossings=True)
        links = _links(network, gap_m)
        if not len(links) or network.parts >= before:
            return roads
        before = network.parts
        more = gpd.GeoSeries(links, crs=roads.crs)
        roads = gpd.GeoSeries(pd.concat([roads, more], ignore_index=True), crs=roads.crs)


def _links(network: Network, gap_m: float) -> Shapes:
    """Return a link for each stretch that has another one near enough."""
    count = len(network.junctions)
    graph = csr_array((np.ones(len(network.start)), (network.start, network.end)), (count, count))
    if not count:
        return np.empty(0, dtype=object)
    stretch = connected_components(graph, directed=False)[1][network.start]
    of_line = stretch[np.clip(network.first[:-1], 0, len(stretch) - 1)]
    found = []
    for number in np.unique(of_line)[1:] if len(np.unique(of_line)) > 1 else []:
        mine = of_line == number
        near = network.tree.query(network.lines[mine], predicate="dwithin", distance=gap_m)[1]
        others = np.unique(near[~mine[near]])
        if not len(others):
            continue
        ways = shapely.shortest_line(shapely.union_all(network.lines[mine]), network.lines[others])
        found.append(ways[int(np.argmin(shapely.length(ways)))])
    links = np.array(found, dtype=object)
    return links[shapely.length(links) > 0]
