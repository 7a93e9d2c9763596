"""Parcels that came from one another by splits and merges: one family shares one piece of land."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components


def families(
    ids: pd.Index, lineage: pd.DataFrame | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the family number of each parcel, whether it has relatives, and whether parents.

    Parameters
    ----------
    ids : Index
        Parcel ids.
    lineage : DataFrame or None
        ``parent_id`` and ``child_id``; ids that are not asked for are left out.

    Returns
    -------
    tuple of ndarray
        Number (int), related (bool), child (bool), each in the order of ``ids``.

    Examples
    --------
    >>> pairs = pd.DataFrame({"parent_id": ["A", "A"], "child_id": ["B", "C"]})
    >>> number, related, child = families(pd.Index(["A", "B", "C", "D"]), pairs)
    >>> number.tolist(), related.tolist(), child.tolist()
    ([0, 0, 0, 1], [True, True, True, False], [False, True, True, False])
    """
    count = len(ids)
    related, child = np.zeros(count, dtype=bool), np.zeros(count, dtype=bool)
    if lineage is None or lineage.empty:
        return np.arange(count), related, child
    parents = ids.get_indexer(pd.Index(lineage["parent_id"]))
    children = ids.get_indexer(pd.Index(lineage["child_id"]))
    known = (parents >= 0) & (children >= 0) & (parents != children)
    parents, children = parents[known], children[known]
    related[parents] = related[children] = True
    child[children] = True
    links = coo_array((np.ones(len(parents)), (parents, children)), shape=(count, count))
    _, number = connected_components(links, directed=False)
    return number.astype(np.int64), related, child
