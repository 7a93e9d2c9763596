"""How much of each site lies in a layer, outside of it, or too near to it."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

Shapes = NDArray[np.object_]
Floats = NDArray[np.float64]


def shared_area(sites: Shapes, features: Shapes) -> Floats:
    """Return the area of each site that lies in any of the features, each m² once.

    Parameters
    ----------
    sites, features : ndarray of geometry
        Polygons in metres; missing ones share nothing. Features may overlap one another.

    Returns
    -------
    ndarray, shape (sites,)
        m²; 0 where a site only touches.

    Examples
    --------
    >>> land = np.array([shapely.box(0, 0, 10, 10), shapely.box(20, 0, 30, 10)])
    >>> zones = np.array([shapely.box(5, 0, 20, 10), shapely.box(0, 0, 6, 10)])
    >>> shared_area(land, zones).tolist()
    [100.0, 0.0]
    """
    found = np.zeros(len(sites))
    if not len(features) or not len(sites):
        return found
    whole = np.array(features, dtype=object)
    broken = ~(shapely.is_valid(whole) | shapely.is_missing(whole))
    whole[broken] = shapely.make_valid(whole[broken])
    at, feature = shapely.STRtree(whole).query(sites, predicate="intersects")
    shapely.prepare(whole)
    inside = shapely.covers(whole[feature], sites[at])
    found[at[inside]] = shapely.area(sites[at[inside]])
    part = ~np.isin(at, at[inside])
    at, feature = at[part], feature[part]
    pieces = shapely.intersection(whole[feature], sites[at])
    sums = np.bincount(at, shapely.area(pieces), minlength=len(sites))
    hits = np.bincount(at, minlength=len(sites))
    found[hits == 1] = sums[hits == 1]
    order = np.argsort(at, kind="stable")
    several = np.flatnonzero(hits > 1)
    edges = np.searchsorted(at[order], np.stack([several, several + 1]))
    for site, first, last in zip(several, *edges, strict=True):
        own = pieces[order[first:last]]
        found[site] = shapely.union_all(own[shapely.area(own) > 0]).area
    return found


def outside_area(sites: Shapes, features: Shapes) -> Floats:
    """Return the area of each site that lies in none of the features, m², never below 0.

    Examples
    --------
    >>> land = np.array([shapely.box(0, 0, 10, 10)])
    >>> outside_area(land, np.array([shapely.box(0, 0, 4, 10)])).tolist()
    [60.0]
    """
    return np.maximum(shapely.area(sites) - shared_area(sites, features), 0.0)


def too_near(sites: Shapes, features: Shapes, least_m: Floats) -> tuple[NDArray[np.intp], Floats]:
    """Return which sites lie nearer to a feature than asked, for several distances at once.

    Parameters
    ----------
    sites, features : ndarray of geometry
        In metres.
    least_m : ndarray
        Distances asked for, above 0.

    Returns
    -------
    ndarray of int, shape (2, pairs)
        Row of ``least_m`` and row of the site.
    ndarray, shape (2, pairs)
        The distance in m, and the area of the site within the distance asked, in m².

    Examples
    --------
    >>> land, homes = np.array([shapely.box(0, 0, 10, 10)]), np.array([shapely.box(30, 0, 40, 10)])
    >>> rows, told = too_near(land, homes, np.array([20.0, 25.0]))
    >>> rows.tolist(), told.round(1).tolist()
    ([[1], [0]], [[20.0], [50.0]])
    """
    none = np.zeros((2, 0), dtype=np.intp), np.zeros((2, 0))
    if not len(least_m) or not len(sites) or not len(features):
        return none
    tree = shapely.STRtree(features)
    at, feature = tree.query(sites, predicate="dwithin", distance=float(least_m.max()))
    gap = shapely.distance(sites[at], features[feature])
    rows, told = [], []
    for asked in np.unique(least_m):
        near = gap < asked
        if not near.any():
            continue
        least = np.full(len(sites), np.inf)
        np.minimum.at(least, at[near], gap[near])
        hit = np.flatnonzero(np.isfinite(least))
        zones = shapely.buffer(features[np.unique(feature[near])], asked)
        figures = np.stack([least[hit], shared_area(sites[hit], zones)])
        for row in np.flatnonzero(least_m == asked):
            rows.append(np.stack([np.full(len(hit), row), hit]))
            told.append(figures)
    if not rows:
        return none
    return np.concatenate(rows, axis=1), np.concatenate(told, axis=1)
