"""Parts of large blocks that hang together by themselves, so that a block can be begun in parts."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import breadth_first_order, breadth_first_tree

from analysis.milp import Floats

Places = NDArray[np.int64]


def block_parts(
    block_of: pd.Series,
    area_mu: pd.Series,
    pairs: tuple[Places, Places],
    *,
    above_mu: float,
    least_mu: float,
) -> pd.DataFrame:
    """Cut every large block in two again and again, each time into two parts that hang together.

    A block is spanned by a tree of neighbours; taking one edge away leaves two parts, and the edge
    is taken that leaves them most alike. So two parts either have no parcel in common or one lies
    inside the other, and whichever are chosen, the programme only has to keep a part and what lies
    inside it apart.

    Parameters
    ----------
    block_of : Series
        ``block_id`` of each parcel, on their index; None for none.
    area_mu : Series
        Area of each parcel (亩), on the same index.
    pairs : tuple of ndarray
        Neighbours, as `gis.contiguity.contiguous_pairs` gives them for the same parcels.
    above_mu, least_mu : float
        Blocks larger than the one are cut; no part is smaller than the other.

    Returns
    -------
    DataFrame
        One row for each part and parcel of it: ``part_id`` (``block/1``, ``block/12`` …),
        ``block_id``, ``depth`` (from 1), ``parcel_id``.

    Examples
    --------
    Four parcels in a row, of which the first is large.

    >>> ids = pd.Index(list("abcd"))
    >>> found = block_parts(pd.Series("B", index=ids), pd.Series([60.0, 20, 20, 20], index=ids),
    ...     (np.array([0, 1, 2]), np.array([1, 2, 3])), above_mu=100, least_mu=40)
    >>> found.groupby("part_id")["parcel_id"].agg("".join).to_dict()
    {'B/1': 'a', 'B/2': 'bcd'}
    """
    names = block_of.to_numpy(dtype=object)
    ids = block_of.index.to_numpy(dtype=object)
    area = area_mu.reindex(block_of.index).to_numpy(dtype=float)
    known = block_of.dropna()
    sums = area_mu.reindex(known.index).groupby(known.to_numpy()).sum()
    large = sorted(sums.index[sums > above_mu])
    left, right = pairs
    rows = []
    for block in large:
        mine = np.flatnonzero(names == block)
        place = np.full(len(names), -1)
        place[mine] = np.arange(len(mine))
        edges = (place[left] >= 0) & (place[right] >= 0)
        ends = place[left[edges]], place[right[edges]]
        for path, nodes in _cut(np.arange(len(mine)), ends, area[mine], least_mu, ""):
            rows.append(
                pd.DataFrame(
                    {
                        "part_id": f"{block}/{path}",
                        "block_id": block,
                        "depth": len(path),
                        "parcel_id": ids[mine[nodes]],
                    }
                )
            )
    if not rows:
        return pd.DataFrame(columns=["part_id", "block_id", "depth", "parcel_id"])
    return pd.concat(rows, ignore_index=True)


def _cut(
    nodes: Places, ends: tuple[Places, Places], area: Floats, least: float, path: str
) -> Iterator[tuple[str, Places]]:
    """Yield the two parts of a stretch of land, then theirs; the first holds the first parcel."""
    half = _half(nodes, ends, area, least)
    if half is None:
        return
    rest = np.setdiff1d(nodes, half)
    pair = (half, rest) if nodes[0] in half else (rest, half)
    for number, part in enumerate(pair, start=1):
        yield f"{path}{number}", part
        yield from _cut(part, ends, area, least, f"{path}{number}")


def _half(nodes: Places, ends: tuple[Places, Places], area: Floats, least: float) -> Places | None:
    """Return the part on one side of the best edge of a tree, None where none is large enough."""
    total = float(area[nodes].sum())
    if total < 2 * least or len(nodes) < 2:
        return None
    place = np.full(len(area), -1)
    place[nodes] = np.arange(len(nodes))
    kept = (place[ends[0]] >= 0) & (place[ends[1]] >= 0)
    left, right = place[ends[0][kept]], place[ends[1][kept]]
    shape = (len(nodes), len(nodes))
    graph = coo_array((np.ones(len(left)), (left, right)), shape=shape).tocsr()
    # From the far end of the land its halves are compact; from its middle they would be rings.
    far = breadth_first_order(graph, 0, directed=False, return_predecessors=False)[-1]
    order, before = breadth_first_order(graph, far, directed=False)
    if len(order) < len(nodes):
        return None
    below = area[nodes].astype(float).copy()
    for node in order[:0:-1]:
        below[before[node]] += below[node]
    smaller = np.minimum(below, total - below)
    smaller[far] = -1.0
    cut = int(np.argmax(smaller))
    if smaller[cut] < least:
        return None
    tree = breadth_first_tree(graph, far, directed=False)
    inside = breadth_first_order(tree, cut, directed=True, return_predecessors=False)
    return np.sort(nodes[inside])
