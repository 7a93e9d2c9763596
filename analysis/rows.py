"""Which row of a table an id stands for, for a million ids at a time; texts as numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray


def rows_of(ids: pd.Series, index: pd.Index) -> NDArray[np.int64]:
    """Return the row of each id in a unique ``index``, -1 where it is not there.

    As ``index.get_indexer``, three times as fast for texts and faster still for :func:`coded` ones.

    Examples
    --------
    >>> rows_of(pd.Series(["P2", "P9", None, "P1"]), pd.Index(["P1", "P2"])).tolist()
    [1, -1, -1, 0]
    """
    if isinstance(ids.dtype, pd.CategoricalDtype):
        of_each = rows_of(ids.cat.categories.to_series(), index)
        return np.append(of_each, -1)[ids.cat.codes.to_numpy()]
    if not (isinstance(ids.dtype, pd.StringDtype) and isinstance(index.dtype, pd.StringDtype)):
        return np.asarray(index.get_indexer(pd.Index(ids)), dtype=np.int64)
    wanted, there = (
        pa.array(part, from_pandas=True).cast(pa.large_string()) for part in (ids, index)
    )
    found = pc.index_in(wanted, value_set=there, skip_nulls=True)
    return np.asarray(found.fill_null(-1).to_numpy(zero_copy_only=False), dtype=np.int64)


def coded(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with each column of texts as sorted categories: numbers with a list.

    A million texts then take the room of a million small numbers, and picking, sorting and
    comparing them takes the time of numbers. They are equal to the texts, and sort as they do.

    Examples
    --------
    >>> table = pd.DataFrame({"stage": pd.array(["signed", None, "listed"], dtype="str")})
    >>> found = coded(table)["stage"]
    >>> found.cat.categories.tolist(), found.cat.codes.tolist(), (found == "listed").tolist()
    (['listed', 'signed'], [1, -1, 0], [False, False, True])
    """
    texts = [name for name in table.columns if isinstance(table[name].dtype, pd.StringDtype)]
    return table.assign(**{name: _coded(table[name]) for name in texts})


def _coded(texts: pd.Series) -> pd.Categorical:
    plain = pa.array(texts, from_pandas=True).cast(pa.large_string())
    whole = plain.combine_chunks() if isinstance(plain, pa.ChunkedArray) else plain
    told = whole.dictionary_encode()
    order = pc.array_sort_indices(told.dictionary).to_numpy()
    place = np.empty(len(order) + 1, dtype=np.int64)
    place[order] = np.arange(len(order))
    place[-1] = -1
    codes = place[told.indices.fill_null(-1).to_numpy(zero_copy_only=False)]
    categories = pd.Index(told.dictionary.take(pa.array(order)).to_pandas(), dtype="str")
    return pd.Categorical.from_codes(codes, categories=categories)


def codes_of(texts: pd.Series) -> NDArray[np.int64]:
    """Return a number for each text, in the order of the texts; -1 where there is none.

    Examples
    --------
    >>> codes_of(pd.Series(["P2", None, "P1", "P2"])).tolist()
    [1, -1, 0, 1]
    """
    if (
        isinstance(texts.dtype, pd.CategoricalDtype)
        and texts.cat.categories.is_monotonic_increasing
    ):
        return texts.cat.codes.to_numpy().astype(np.int64)
    return np.asarray(pd.factorize(texts, sort=True)[0], dtype=np.int64)
