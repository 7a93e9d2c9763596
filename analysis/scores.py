"""Scores of sites (选址得分) that can be read out: what each criterion adds, what is not known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

FULL = 100.0


@dataclass(frozen=True, eq=False)
class Scores:
    """Scores of the sites of one project.

    Attributes
    ----------
    table : DataFrame
        By ``site_id`` in the order given: ``score`` (0–100 over the criteria that are known; NaN
        where none is), ``score_low`` and ``score_high`` (if all that is missing were worth
        nothing, or everything), ``known_share`` (of the weight), ``missing`` (tuple of criteria
        with weight that are not known), ``rank`` (1 is best; of equal scores the first by
        ``site_id``; NA without score).
    contributions : DataFrame
        Points that each criterion adds; a row sums to the score. NaN where not known.
    weights : Series
        By criterion, summing to 1.
    """

    table: pd.DataFrame
    contributions: pd.DataFrame
    weights: pd.Series


def scores(worths: pd.DataFrame, weights: pd.Series) -> Scores:
    r"""Return the score of each site: the mean worth of what is known, by weight.

    .. math:: s = 100 \frac{\sum_{i\,known} w_i v_i}{\sum_{i\,known} w_i}

    A row of the answer, but for its rank, depends on that row of ``worths`` alone: a site more or
    less never turns the order of two others.

    Parameters
    ----------
    worths : DataFrame
        By unique ``site_id``, 0 to 1 a criterion, NaN where unknown.
    weights : Series
        By criterion, at least 0, summing to 1.

    Examples
    --------
    >>> worths = pd.DataFrame({"area": [1.0, 0.5], "cost": [0.0, None]}, index=["S1", "S2"])
    >>> found = scores(worths, pd.Series({"area": 0.6, "cost": 0.4}))
    >>> found.table[["score", "score_low", "score_high"]].round(6).to_numpy().tolist()
    [[60.0, 60.0, 60.0], [50.0, 30.0, 70.0]]
    >>> found.table["missing"].tolist(), found.table["rank"].tolist()
    ([(), ('cost',)], [1, 2])
    """
    weigh = weights.reindex(worths.columns).fillna(0.0).to_numpy(dtype=float)
    value = worths.to_numpy(dtype=float)
    known = ~np.isnan(value)
    share = known @ weigh
    points = FULL * np.where(known, value, 0.0) * weigh
    with np.errstate(invalid="ignore", divide="ignore"):
        parts = np.where(known, points / share[:, None], np.nan)
    parts[share <= 0] = np.nan
    total = np.where(share > 0, np.nansum(parts, axis=1), np.nan)
    low = points.sum(axis=1)
    heavy = ~known & (weigh > 0)
    table = pd.DataFrame(
        {
            "score": total,
            "score_low": low,
            "score_high": low + FULL * (~known @ weigh),
            "known_share": share,
        },
        index=worths.index,
    )
    table["missing"] = _named(heavy, worths)
    table["rank"] = _ranks(table["score"])
    contributions = pd.DataFrame(parts, index=worths.index, columns=worths.columns)
    return Scores(table, contributions, pd.Series(weigh, index=worths.columns, name="weight"))


def _named(marks: np.ndarray, worths: pd.DataFrame) -> pd.Series:
    """Return the names of the marked columns of each row, as tuples; few patterns occur."""
    patterns, which = np.unique(marks, axis=0, return_inverse=True)
    names = np.array([str(name) for name in worths.columns], dtype=object)
    told = np.empty(len(patterns), dtype=object)
    for at, pattern in enumerate(patterns):
        told[at] = tuple(names[pattern].tolist())
    return pd.Series(told[which.ravel()], index=worths.index, dtype=object)


def _ranks(score: pd.Series) -> pd.Series:
    known = np.flatnonzero(score.notna().to_numpy())
    names = score.index.astype(str).to_numpy()[known]
    # To 12 digits, so that equal scores stay equal whatever the order of their sums was.
    order = known[np.lexsort((names, -score.to_numpy()[known].round(10)))]
    rank = pd.Series(pd.NA, index=score.index, name="rank", dtype="Int64")
    rank.iloc[order] = np.arange(1, len(order) + 1)
    return rank


def lost_on(found: Scores, site: str, *, to: str) -> pd.Series:
    """Return the points that a site has less than another, by criterion, the largest loss first.

    Criteria that are not known for both are left out.

    Examples
    --------
    >>> worths = pd.DataFrame({"area": [1.0, 0.5], "cost": [0.0, 0.5]}, index=["S1", "S2"])
    >>> lost_on(scores(worths, pd.Series({"area": 0.6, "cost": 0.4})), "S2", to="S1").to_dict()
    {'area': 30.0, 'cost': -20.0}
    """
    parts = found.contributions
    gap = pd.Series(parts.loc[to].to_numpy() - parts.loc[site].to_numpy(), index=parts.columns)
    return gap.dropna().sort_values(ascending=False, kind="stable").rename("lost")
