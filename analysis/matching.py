"""Which project goes where (项目匹配): capacity, timing, vetoes and priorities in one programme."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from analysis.matching_pins import refuse_pins
from analysis.matching_problem import (
    FREE,
    MatchProblem,
    Pairs,
    factors,
    match_pairs,
    stocks,
)
from analysis.milp import Answer, Model, Progress, Stopped, solve_milp
from analysis.site_figures import numbers
from gis.area import M2_PER_MU

Floats = NDArray[np.float64]
_MANY, _FEW = 3_000, 12


@dataclass(frozen=True, eq=False)
class Matching:
    """The answer.

    Attributes
    ----------
    status, gap, objective, bound, seconds
        Of the solver: how far the best possible plan can be away. ``objective`` counts points.
    assignments : DataFrame
        By ``project_id`` in the order of the problem: ``site_id``, ``land_m2`` (between least and
        most; what is left of a site goes by priority), ``start`` (month; NaT where not known),
        ``late_months``, ``score``, ``pinned``.
    pairs : Pairs
    """

    status: str
    gap: float
    objective: float
    bound: float
    seconds: float
    assignments: pd.DataFrame
    pairs: Pairs


def match(
    problem: MatchProblem,
    *,
    gap: float = 0.0,
    seconds: float = 30.0,
    seed: int = 0,
    must: Sequence[str] = (),
    progress: Progress | None = None,
    stopped: Stopped | None = None,
) -> Matching:
    r"""Match projects to sites so that the points of the plan are most.

    .. math:: \max \sum_{p,s} f_p (100 + score_{ps}) x_{ps}, \quad x_{ps} \in \{0, 1\}

    subject to: a project stands on one site at most; least land, and every further need, of the
    projects of a site (or of all sites that share a stock) fit into it; of two overlapping sites
    one at most is used; barred pairs are 0, pinned ones 1. Without pins nothing placed is always
    an answer; with pins, whether they fit is told before the programme is solved.

    Parameters
    ----------
    problem : MatchProblem
    must : sequence of str
        Projects that have to be placed, whatever that costs the others.
    gap, seconds, seed, progress, stopped
        As `analysis.milp.solve_milp`.

    Raises
    ------
    NothingToMatchError, MissingFieldError, PinRefusedError

    Examples
    --------
    >>> projects = pd.DataFrame({"land_least_mu": [20, 25], "land_most_mu": [30, 25]},
    ...                         index=["X1", "X2"])
    >>> sites = pd.DataFrame({"area_m2": [40 * 2000 / 3, 25 * 2000 / 3]}, index=["S1", "S2"])
    >>> scores = pd.DataFrame([[90.0, 80.0], [70.0, 10.0]], ["X1", "X2"], ["S1", "S2"])
    >>> none = pd.DataFrame({"project_id": [], "site_id": []})
    >>> found = match(MatchProblem(projects, sites, scores, none))
    >>> found.status, found.assignments["site_id"].to_dict()  # 80 + 70 beats 90 + 10
    ('optimal', {'X1': 'S2', 'X2': 'S1'})
    """
    pairs = match_pairs(problem)
    pinned = refuse_pins(problem, pairs)
    model, row, column = _model(problem, pairs, pinned)
    forced = problem.projects.index.get_indexer(pd.Index(list(must), dtype=object))
    model.row_low[forced[forced >= 0]] = 1.0  # the first rows are those of the projects
    model = _begun(model, row, seconds=seconds, seed=seed, stopped=stopped)
    answer = solve_milp(
        model, gap=gap, seconds=seconds, seed=seed, progress=progress, stopped=stopped
    )
    return _matching(problem, pairs, pinned, answer, row, column)


def _model(
    problem: MatchProblem, pairs: Pairs, pinned: NDArray[np.bool_]
) -> tuple[Model, NDArray[np.int64], NDArray[np.int64]]:
    row, column = np.nonzero((pairs.barred == FREE) | pinned)
    count, projects = len(row), len(problem.projects)
    at = np.arange(count)
    blocks = [sparse.csr_array((np.ones(count), (row, at)), (projects, count))]
    high = [np.ones(projects)]
    for stock in stocks(problem, pairs):
        pool = stock.pool[column]
        weight = np.where(np.isfinite(stock.amount[pool]), stock.need[row], 0.0)
        blocks.append(sparse.csr_array((weight, (pool, at)), (len(stock.amount), count)))
        high.append(stock.amount * (1 + 1e-9))
    rows, limit, used = _overlap_rows(problem, row, column)
    matrix = sparse.vstack([*blocks])
    opened = len(used)
    wide = sparse.hstack([matrix, sparse.csr_array((matrix.shape[0], opened))])
    whole = sparse.vstack([wide, rows]) if opened else matrix
    low = np.concatenate([pinned[row, column].astype(float), np.zeros(opened)])
    size = count + opened
    return (
        Model(
            cost=np.concatenate([-pairs.points[row, column], np.zeros(opened)]),
            matrix=whole,
            row_low=np.full(whole.shape[0], -np.inf),
            row_high=np.concatenate([*high, limit]),
            low=low,
            high=np.ones(size),
            whole=np.ones(size, dtype=bool),
        ),
        row,
        column,
    )


def _begun(
    model: Model, row: NDArray[np.int64], *, seconds: float, seed: int, stopped: Stopped | None
) -> Model:
    """Return a large model with a good plan to begin with: the best of a few sites a project.

    The bound is soon close to the best plan; it is the plan that takes long to find.
    """
    count = len(row)
    if count <= _MANY:
        return model
    order = np.lexsort((model.cost[:count], row))
    place = np.empty(count, dtype=np.int64)
    place[order] = np.arange(count) - np.searchsorted(row, row)[order]
    high = model.high.copy()
    high[:count][(place >= _FEW) & (model.low[:count] == 0)] = 0.0
    few = replace(model, high=high)
    answer = solve_milp(few, gap=1e-3, seconds=seconds / 3, seed=seed, stopped=stopped)
    return model if answer.values is None else replace(model, start=answer.values)


def _overlap_rows(
    problem: MatchProblem, row: NDArray[np.int64], column: NDArray[np.int64]
) -> tuple[sparse.csr_array, Floats, NDArray[np.int64]]:
    """Return rows that open a site when it is used, and open one of two that overlap."""
    count = len(row)
    ends = np.array(
        [problem.sites.index.get_indexer(pd.Index(pair)) for pair in problem.overlaps], dtype=int
    ).reshape(-1, 2)
    ends = ends[(ends >= 0).all(axis=1)]
    used = np.unique(ends)
    place = np.full(len(problem.sites), -1)
    place[used] = np.arange(len(used))
    mine = np.flatnonzero(place[column] >= 0)
    opens = count + place[column[mine]]
    first = sparse.coo_array(
        (np.tile([1.0, -1.0], len(mine)),
         (np.repeat(np.arange(len(mine)), 2), np.column_stack([mine, opens]).ravel())),
        (len(mine), count + len(used)),
    )  # fmt: skip
    second = sparse.coo_array(
        (np.ones(ends.size), (np.repeat(np.arange(len(ends)), 2), count + place[ends].ravel())),
        (len(ends), count + len(used)),
    )
    limit = np.concatenate([np.zeros(len(mine)), np.ones(len(ends))])
    return sparse.csr_array(sparse.vstack([first, second])), limit, used


def _matching(
    problem: MatchProblem,
    pairs: Pairs,
    pinned: NDArray[np.bool_],
    answer: Answer,
    row: NDArray[np.int64],
    column: NDArray[np.int64],
) -> Matching:
    taken = np.zeros(0, dtype=int)
    if answer.values is not None:
        taken = np.flatnonzero(answer.values[: len(row)] > 0.5)
    chosen = pd.DataFrame({"row": row[taken], "column": column[taken]}).sort_values("row")
    table = assignments(problem, pairs, chosen, pinned)
    return Matching(
        status=answer.status,
        gap=answer.gap,
        objective=-answer.objective,
        bound=-answer.bound,
        seconds=answer.seconds,
        assignments=table,
        pairs=pairs,
    )


def assignments(
    problem: MatchProblem, pairs: Pairs, chosen: pd.DataFrame, pinned: NDArray[np.bool_]
) -> pd.DataFrame:
    """Return the table of a plan; see `Matching`. ``chosen`` holds positions (row, column)."""
    row, column = chosen["row"].to_numpy(int), chosen["column"].to_numpy(int)
    projects, sites = problem.projects, problem.sites
    wanted, free = _month_starts(projects, "wanted_on"), _month_starts(sites, "free_from")
    start = pd.concat([wanted.iloc[row].reset_index(drop=True),
                       free.iloc[column].reset_index(drop=True)], axis=1).max(axis=1)  # fmt: skip
    start = start.where(free.iloc[column].notna().to_numpy())
    score = problem.scores.reindex(index=projects.index, columns=sites.index).to_numpy(float)
    return pd.DataFrame(
        {
            "site_id": sites.index.to_numpy(dtype=object)[column],
            "land_m2": _land(problem, pairs, row, column),
            "start": start.to_numpy(),
            "late_months": pairs.late[row, column],
            "score": score[row, column],
            "pinned": pinned[row, column],
        },
        index=pd.Index(projects.index[row], name="project_id"),
    )


def _month_starts(frame: pd.DataFrame, name: str) -> pd.Series:
    told = pd.to_datetime(frame[name]) if name in frame else pd.Series(pd.NaT, index=frame.index)
    return pd.Series(told.dt.to_period("M").dt.to_timestamp().astype("datetime64[ns]"))


def _land(
    problem: MatchProblem, pairs: Pairs, row: NDArray[np.int64], column: NDArray[np.int64]
) -> Floats:
    """Return the land of each: the least, and what is left of the site by priority and order."""
    most = numbers(problem.projects, "land_most_mu") * M2_PER_MU
    most = np.fmax(np.where(np.isnan(most), pairs.need_m2, most), pairs.need_m2)
    land, factor = pairs.need_m2[row].copy(), factors(problem.projects)[row]
    left = pairs.area_m2 - np.bincount(column, land, minlength=len(pairs.area_m2))
    for at in np.lexsort((row, -factor)):
        more = max(min(most[row[at]] - land[at], left[column[at]]), 0.0)
        land[at] += more
        left[column[at]] -= more
    return land
