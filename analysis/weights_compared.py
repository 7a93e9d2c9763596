"""Weights and orders of other methods, beside the own ones: only to compare, never to decide.

Entropy and CRITIC weigh how much a criterion varies in the sites at hand, not how much it matters:
what is vital but equal everywhere gets 0, and a site more changes all. TOPSIS orders by distance to
the best and the worst of the sites at hand; adding one may turn the order of two others.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd


def entropy_weights(worths: pd.DataFrame) -> pd.Series:
    r"""Return entropy weights (熵权): the less evenly a criterion is spread, the more it weighs.

    .. math:: e_j = -\sum_i p_{ij} \ln p_{ij} / \ln n, \quad w_j \propto 1 - e_j

    Parameters
    ----------
    worths : DataFrame
        Sites by criteria, 0 or more. Sites with anything unknown are left out.

    Returns
    -------
    Series
        Summing to 1; NaN where fewer than two sites are known or nothing varies.

    Examples
    --------
    >>> entropy_weights(pd.DataFrame({"same": [1, 1], "differs": [1, 0]})).round(6).tolist()
    [0.0, 1.0]
    """
    known = worths.dropna().to_numpy(dtype=float)
    if len(known) < 2:
        return pd.Series(np.nan, index=worths.columns, name="weight")
    with np.errstate(invalid="ignore", divide="ignore"):
        share = known / known.sum(axis=0)
        part = np.where(share > 0, share * np.log(share), 0.0)
    spread = 1 + part.sum(axis=0) / np.log(len(known))
    spread = np.where(known.sum(axis=0) > 0, np.maximum(spread, 0.0), 0.0)
    return _shares(spread, worths.columns)


def critic_weights(worths: pd.DataFrame) -> pd.Series:
    r"""Return CRITIC weights: spread of a criterion times how little it goes with the others.

    .. math:: C_j = \sigma_j \sum_k (1 - r_{jk}), \quad w_j \propto C_j

    Parameters, returns: as `entropy_weights`.

    Examples
    --------
    >>> critic_weights(pd.DataFrame({"a": [0, 1.0], "b": [1.0, 0], "c": [1, 1]})).tolist()
    [0.5, 0.5, 0.0]
    """
    known = worths.dropna().to_numpy(dtype=float)
    if len(known) < 2:
        return pd.Series(np.nan, index=worths.columns, name="weight")
    sigma = known.std(axis=0, ddof=1)
    centred = known - known.mean(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        like = (centred.T @ centred) / (len(known) - 1) / np.outer(sigma, sigma)
    apart = (1 - np.where(np.isfinite(like), like, 0.0)).sum(axis=1)
    return _shares(np.where(sigma > 0, sigma * apart, 0.0), worths.columns)


def compared_weights(worths: pd.DataFrame, weights: pd.Series) -> pd.DataFrame:
    """Return own weights beside those of entropy and CRITIC, over what is known of every site.

    Parameters
    ----------
    worths : DataFrame
        Sites by criteria, 0 to 1, NaN where unknown.
    weights : Series
        The own ones.

    Returns
    -------
    DataFrame
        By criterion that weighs and is known of every site: ``own`` (to 1 among these),
        ``entropy``, ``critic`` (NaN with fewer than two sites).

    Examples
    --------
    >>> worths = pd.DataFrame({"a": [1.0, 0.0], "b": [1.0, 1.0], "c": [1.0, None]})
    >>> compared_weights(worths, pd.Series({"a": 0.3, "b": 0.3, "c": 0.4})).values.tolist()
    [[0.5, 1.0, 1.0], [0.5, 0.0, 0.0]]
    """
    weigh = weights.reindex(worths.columns).fillna(0.0)
    kept = worths.columns[worths.notna().all(axis=0).to_numpy() & (weigh > 0).to_numpy()]
    some = worths[kept]
    if not len(some) or not len(kept):
        return pd.DataFrame(columns=["own", "entropy", "critic"], dtype=float)
    own = weigh[kept] / weigh[kept].sum()
    return pd.DataFrame(
        {"own": own, "entropy": entropy_weights(some), "critic": critic_weights(some)}
    )


def _shares(points: np.ndarray, index: pd.Index) -> pd.Series:
    total = points.sum()
    found = points / total if total > 0 else np.full(len(points), np.nan)
    return pd.Series(found, index=index, name="weight")


def topsis(measures: pd.DataFrame, weights: pd.Series, more: Sequence[bool]) -> pd.Series:
    r"""Return closeness to the best by TOPSIS (Hwang and Yoon), with vector normalisation.

    .. math:: C_i = d_i^- / (d_i^+ + d_i^-)

    Parameters
    ----------
    measures : DataFrame
        Sites by criteria, all known.
    weights : Series
        By criterion.
    more : sequence of bool
        Whether more is better, criterion by criterion.

    Returns
    -------
    Series
        0 to 1; NaN for sites with anything unknown.

    Examples
    --------
    >>> topsis(pd.DataFrame({"a": [3.0, 0.0]}), pd.Series({"a": 1.0}), [True]).tolist()
    [1.0, 0.0]
    """
    known = measures.dropna()
    matrix = known.to_numpy(dtype=float)
    size = np.sqrt((matrix**2).sum(axis=0))
    scaled = matrix / np.where(size > 0, size, 1.0) * weights[measures.columns].to_numpy(float)
    scaled = np.where(np.asarray(more), scaled, -scaled)
    if not len(scaled):
        return pd.Series(np.nan, index=measures.index, name="closeness")
    best = np.sqrt(((scaled - scaled.max(axis=0)) ** 2).sum(axis=1))
    worst = np.sqrt(((scaled - scaled.min(axis=0)) ** 2).sum(axis=1))
    total = best + worst
    with np.errstate(invalid="ignore"):
        close = np.where(total > 0, worst / total, np.nan)
    return pd.Series(close, index=known.index, name="closeness").reindex(measures.index)
