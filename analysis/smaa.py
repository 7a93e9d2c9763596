"""How stable a ranking is: the same sites under thousands of seeded draws of the weights (SMAA)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.errors import AnalysisError

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]

TOP = 3
_CELLS = 1_000_000
_THREADS = 2
_BITS = 62


class NoDrawsError(AnalysisError):
    """Nothing to draw: no draws, no spread that can be, or no weight at all."""

    zh = "稳健性分析无法进行：{found}。抽样次数应不小于 1，变动比例在 0 与 1 之间，权重不能全为 0。"
    en = "No draws of weights: {found}. Draws >= 1, a spread from 0 to 1, and some weight."


@dataclass(frozen=True, eq=False)
class Stability:
    """What the draws say.

    Attributes
    ----------
    table : DataFrame
        By ``site_id``, in the order given: ``first_share`` and ``top3_share`` (of the draws),
        ``rank_low`` and ``rank_high`` (best and worst rank in any draw), ``rank_p05`` and
        ``rank_p95`` (without the outer twentieths), ``rank_mean``. NaN and NA for sites of which
        nothing is known: they have no rank.
    central : DataFrame
        Mean weights of the draws in which a site is first; NaN where it never is.
    counts : ndarray of int32, shape (sites, sites)
        In how many draws the site has rank 1, 2, …; zeros for sites without rank.
    draws : int
    verdict : str
        ``sure`` (one site is first in nearly all draws), ``depends`` (on the weight of
        ``depends_on``), ``open``, or ``none`` (no site has a rank).
    first : str or None
        The site that is first most often.
    depends_on : str or None
        The criterion whose weight parts the draws of the first from those of the second.
    tied : tuple of str
        Sites worth the same as the first by every criterion that has a weight: nothing but the
        order of names parts them, so none is ``sure``.
    """

    table: pd.DataFrame
    central: pd.DataFrame
    counts: NDArray[np.int32]
    draws: int
    verdict: str
    first: str | None
    depends_on: str | None
    tied: tuple[str, ...] = ()


def draw_weights(weights: pd.Series, *, draws: int, seed: int, spread: float | None) -> Floats:
    """Return drawn weights, each row summing to 1; what weighs 0 keeps weighing 0.

    Parameters
    ----------
    weights : Series
        By criterion.
    draws, seed : int
        How many, and of which stream of numbers.
    spread : float or None
        Each weight moves by up to that share of itself, up or down, evenly. None: every set of
        weights is as likely as any other, whatever ``weights`` says.

    Raises
    ------
    NoDrawsError

    Examples
    --------
    >>> drawn = draw_weights(pd.Series({"a": 0.5, "b": 0.5}), draws=4, seed=1, spread=0.2)
    >>> drawn.shape, drawn.sum(axis=1).round(9).tolist()
    ((4, 2), [1.0, 1.0, 1.0, 1.0])
    """
    own = weights.to_numpy(dtype=float)
    if draws < 1 or not own.sum() > 0 or not (spread is None or 0 <= spread <= 1):
        raise NoDrawsError(found=f"{draws} × {own.sum():g} ± {spread}")
    rng = np.random.default_rng(seed)
    if spread is None:
        drawn = np.where(own > 0, rng.exponential(size=(draws, len(own))), 0.0)
    else:
        drawn = own * (1 + spread * rng.uniform(-1, 1, (draws, len(own))))
    total = drawn.sum(axis=1, keepdims=True)
    return np.asarray(np.where(total > 0, drawn, own) / np.where(total > 0, total, own.sum()))


def stability(
    worths: pd.DataFrame,
    weights: pd.Series,
    *,
    draws: int = 10_000,
    seed: int = 330381,
    spread: float | None = 0.5,
    sure_share: float = 0.9,
    depends_least: float = 0.8,
) -> Stability:
    """Return how often each site has each rank when the weights are not quite known.

    Parameters
    ----------
    worths : DataFrame
        Sites by criteria, 0 to 1, NaN where unknown (scored as `analysis.scores` does).
    weights : Series
        By criterion, at least 0.
    draws, seed, spread
        As `draw_weights`.
    sure_share : float
        A site first in at least this share of the draws is ``sure``.
    depends_least : float
        The first and the second part by a weight if its mean differs by so many of its standard
        deviations between the draws that either of them leads.

    Raises
    ------
    NoDrawsError

    Examples
    --------
    >>> worths = pd.DataFrame({"a": [1.0, 0.0], "b": [0.0, 1.0]}, index=["S1", "S2"])
    >>> found = stability(worths, pd.Series({"a": 0.5, "b": 0.5}), draws=1000, spread=None)
    >>> found.verdict, bool(found.central.loc["S1", "a"] > 0.7)
    ('depends', True)
    >>> found.counts.sum(axis=0).tolist()  # each rank is given once in every draw
    [1000, 1000]
    """
    weigh = weights.reindex(worths.columns).fillna(0.0)
    drawn = draw_weights(weigh, draws=draws, seed=seed, spread=spread)
    value = worths.to_numpy(dtype=float)
    known = ~np.isnan(value) & (weigh.to_numpy() > 0)
    ranked = np.flatnonzero(known.any(axis=1))
    names = worths.index.astype(str).to_numpy()
    ranked = ranked[np.argsort(names[ranked], kind="stable")]  # equal scores: by name, as scores do
    ranks = _all_ranks(value[ranked], known[ranked], drawn)
    counts = _counted(ranks, ranked, len(worths))
    leader = np.full(draws, -1)
    if len(ranked):
        at, site = np.nonzero(ranks == 0)
        leader[at] = ranked[site]
    central = pd.DataFrame(
        _means(drawn, leader, len(worths)), index=worths.index, columns=worths.columns
    )
    table = _table(counts, ranked, worths.index, draws)
    verdict, first, on = _verdict(table, central, drawn, leader, sure_share, depends_least)
    tied = _tied(worths.iloc[:, np.flatnonzero((drawn > 0).any(axis=0))], first)
    if tied:
        verdict, on = "open", None
    return Stability(table, central, counts, draws, verdict, first, on, tied)


def _tied(worths: pd.DataFrame, first: str | None) -> tuple[str, ...]:
    names = worths.index.astype(str)
    if first is None:
        return ()
    values = worths.to_numpy(dtype=float)
    mine = values[names.get_loc(first)]
    same = ((values == mine) | (np.isnan(values) & np.isnan(mine))).all(axis=1)
    return tuple(name for name in names[same] if name != first)


def _all_ranks(value: Floats, known: NDArray[np.bool_], drawn: Floats) -> NDArray[np.int32]:
    """Return the rank (from 0) of each site in each draw; equal scores in the order of the rows."""
    count, draws = len(value), len(drawn)
    ranks = np.empty((draws, count), dtype=np.uint16 if count <= 65_535 else np.int32)
    if not count:
        return ranks
    filled, there = np.where(known, value, 0.0).T.copy(), known.T.astype(float)
    whole = bool(known.all())
    shift = max(int(count - 1).bit_length(), 1)
    scale, place = float(2 ** min(_BITS - shift, 40)), np.arange(count, dtype=np.int64)
    rank = np.arange(count, dtype=ranks.dtype)

    def part(rows: slice) -> None:
        score = drawn[rows] @ filled
        score /= drawn[rows].sum(axis=1, keepdims=True) if whole else drawn[rows] @ there
        # One number a site: what it lacks, then its place. Sorting these alone is far quicker than
        # sorting places by score, and equal scores keep their order.
        key = ((1.0 - score) * scale + 0.5).astype(np.int64)
        key <<= shift
        key |= place
        key.sort(axis=1)
        key &= (1 << shift) - 1
        np.put_along_axis(ranks[rows], key, np.broadcast_to(rank, key.shape), axis=1)

    _in_threads(part, draws, max(_CELLS // count, 1))
    return ranks


def _counted(ranks: NDArray[np.int32], ranked: Numbers, total: int) -> NDArray[np.int32]:
    """Return in how many draws each site has each rank; zeros for those that have none."""
    draws, count = ranks.shape
    found = np.zeros((total, total), dtype=np.int32)

    def part(rows: slice) -> None:
        mine = ranks[:, rows].T.astype(np.int64)
        mine += (np.arange(len(mine)) * count)[:, None]
        cells = np.bincount(mine.ravel(), minlength=len(mine) * count)
        found[ranked[rows], :count] = cells.reshape(len(mine), count)

    _in_threads(part, count, max(_CELLS // max(draws, count, 1), 1))
    return found


def _in_threads(work: Callable[[slice], None], count: int, step: int) -> None:
    parts = [slice(start, min(start + step, count)) for start in range(0, count, step)]
    with ThreadPoolExecutor(_THREADS) as threads:
        list(threads.map(work, parts))


def _means(drawn: Floats, leader: Numbers, count: int) -> Floats:
    led = leader >= 0
    times = np.bincount(leader[led], minlength=count)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.column_stack(
            [np.bincount(leader[led], w[led], minlength=count) / times for w in drawn.T]
        )


def _table(counts: NDArray[np.int32], ranked: Numbers, index: pd.Index, draws: int) -> pd.DataFrame:
    count = len(ranked)
    empty = np.full(len(index), np.nan)
    shares = {name: empty.copy() for name in ("first_share", "top3_share", "rank_mean")}
    names = ("rank_low", "rank_high", "rank_p05", "rank_p95")
    ends = {name: np.zeros(len(index)) for name in names}
    step = max(_CELLS // max(count, 1), 1)
    for rows in (ranked[start : start + step] for start in range(0, count, step)):
        own = counts[rows, :count]
        upto = np.cumsum(own, axis=1)
        shares["first_share"][rows] = own[:, 0] / draws
        shares["top3_share"][rows] = upto[:, min(TOP, count) - 1] / draws
        shares["rank_mean"][rows] = own @ np.arange(1, count + 1) / draws
        ends["rank_low"][rows] = (own > 0).argmax(axis=1) + 1
        ends["rank_high"][rows] = count - (own[:, ::-1] > 0).argmax(axis=1)
        ends["rank_p05"][rows] = (upto >= 0.05 * draws).argmax(axis=1) + 1
        ends["rank_p95"][rows] = (upto >= 0.95 * draws).argmax(axis=1) + 1
    table = pd.DataFrame(shares, index=index)
    for name, values in ends.items():
        table[name] = pd.array(values.astype(int), dtype="Int64")
        table.loc[values == 0, name] = pd.NA
    return table


def _verdict(
    table: pd.DataFrame,
    central: pd.DataFrame,
    drawn: Floats,
    leader: Numbers,
    sure_share: float,
    depends_least: float,
) -> tuple[str, str | None, str | None]:
    share = table["first_share"].to_numpy()
    if np.isnan(share).all():
        return "none", None, None
    names = table.index.astype(str).to_numpy()
    first, *others = np.lexsort((names, -np.nan_to_num(share, nan=-1.0)))
    if share[first] >= sure_share:
        return "sure", str(names[first]), None
    one, other = drawn[leader == first], drawn[leader == others[0]]
    spread = drawn.std(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        apart = np.abs(one.mean(axis=0) - other.mean(axis=0)) / spread
    apart = np.where(spread > 1e-12, apart, 0.0)
    widest = int(np.argmax(apart))
    if apart[widest] >= depends_least:
        return "depends", str(names[first]), str(central.columns[widest])
    return "open", str(names[first]), None
