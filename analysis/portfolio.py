"""Which blocks to take on in which year (五年组合): the choice, and how good it certainly is.

The programme is told in `analysis.portfolio_model`. Every answer is checked by
`analysis.portfolio_check`, which shares no code with it; where there is no answer,
`analysis.portfolio_conflict` says which of the asks contradict each other.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from analysis.milp import Answer, Moment, Progress, Stopped, solve_milp
from analysis.portfolio_check import Fault, check
from analysis.portfolio_conflict import Conflict, conflict
from analysis.portfolio_model import Built, build
from analysis.portfolio_problem import FIGURES, SUMMED, Problem, ready

CHOSEN = (
    "block_id", "start_year", "credit_year", "area_mu", "whole_area_mu", *FIGURES,
    *(f"{name}_unknown" for name in SUMMED), "towns", "parcel_ids",
)  # fmt: skip
"""Columns of the chosen blocks; ``*_unknown`` are the parcels that a figure does not count."""


@dataclass(frozen=True, eq=False)
class Solution:
    """A choice of blocks with the year in which each starts.

    Attributes
    ----------
    status : str
        ``optimal``, ``gap`` (within the gap asked for), ``time`` (time was up), ``stopped``,
        ``infeasible``.
    gap : float
        Certified: nothing can be better by more than this share of the objective (of the sum of
        the sizes of its parts, where several are weighed). NaN where there is no answer.
    objective, bound : float
        What the answer has and the best that any could have: 万元, m² gained or 亩 × difficulty
        where one of them is the objective, else the weighted sum.
    chosen : DataFrame
        By ``candidate_id``: `CHOSEN`, in order of the start.
    years : DataFrame
        By year: ``task_mu``, ``credited_mu`` (already), ``new_mu``, ``area_mu`` (both),
        ``cost_wan``, ``gain_m2``, ``firms``, ``jobs`` of what starts, the number of blocks of
        which they are not all known (``*_unknown``: at least so much), the limit
        (``budget_wan``, ``firms_most``, ``jobs_most``), ``blocks`` (credited) and
        ``started`` (tuples).
    towns : DataFrame
        By town: ``left_mu`` (all candidates), ``area_mu`` and ``pct`` chosen, quotas.
    conflict : tuple of Conflict
        The smallest set of asks that contradict each other; empty where there is an answer.
    faults : tuple of Fault
        What the independent check found; empty unless something is wrong.
    left_out : tuple of str
        Candidates left out for unknown figures.
    incomplete : tuple of str
        Chosen candidates of which only the known part of a figure is counted: a least one. The
        same whatever the goal.
    seconds : float
    """

    status: str
    gap: float
    objective: float
    bound: float
    chosen: pd.DataFrame
    years: pd.DataFrame
    towns: pd.DataFrame
    conflict: tuple[Conflict, ...] = ()
    faults: tuple[Fault, ...] = ()
    left_out: tuple[str, ...] = ()
    incomplete: tuple[str, ...] = ()
    seconds: float = 0.0
    nodes: int = 0
    totals: dict[str, float] = field(default_factory=dict)


def solve(
    problem: Problem,
    *,
    progress: Progress | None = None,
    stopped: Stopped | None = None,
    explain: bool = True,
) -> Solution:
    """Choose blocks and the year in which each starts.

    Parameters
    ----------
    problem : Problem
        Candidates, parcels and settings.
    progress : callable, optional
        Hears an `analysis.milp.Moment` with the best so far, the bound and the gap.
    stopped : callable, optional
        Asked all along whether to stop; the best so far is returned.
    explain : bool
        Find out which asks contradict each other where there is no answer.

    Returns
    -------
    Solution

    Raises
    ------
    UnknownFiguresError, UnknownPlaceInPortfolioError, NothingToChooseError
        If the problem cannot be taken as it is.

    Examples
    --------
    Of three blocks the two cheapest reach the task of 100 亩.

    >>> from data.portfolio_settings import settings_from
    >>> ids = pd.Index(["A", "B", "C"], name="candidate_id")
    >>> choice = Problem(
    ...     pd.DataFrame({"block_id": ids, "area_mu": [60.0, 50.0, 70.0],
    ...                   "cost_wan": [600.0, 400.0, 900.0]}, index=ids),
    ...     pd.DataFrame({"area_mu": [60.0, 50.0, 70.0], "town": "塘下镇"}, index=["a", "b", "c"]),
    ...     {"A": ("a",), "B": ("b",), "C": ("c",)},
    ...     settings_from({"years": [2027], "task_mu": 100, "months": 6}))
    >>> found = solve(choice)
    >>> found.status, found.chosen.index.tolist(), found.objective
    ('optimal', ['A', 'B'], 1000.0)
    """
    given = ready(problem)
    taken = given.problem
    built = build(taken)
    answer = _answer(taken, built, progress, stopped)
    if answer.values is None:
        told = replace(_nothing(taken, built, answer), left_out=given.left_out)
        if answer.status != "infeasible" or not explain:
            return told
        clash = conflict(taken, built, stopped=stopped)
        return replace(told, conflict=clash)
    picked = np.flatnonzero(answer.values[: len(built.options.candidate)] > 0.5)
    chosen = chosen_table(taken, built, picked)
    gap = _gap(built, picked, answer)
    sign = -1.0 if [*built.terms] == ["gain"] else 1.0
    return Solution(
        status=answer.status,
        gap=gap,
        objective=sign * answer.objective,
        bound=sign * answer.bound,
        chosen=chosen,
        years=years_table(taken, chosen),
        towns=towns_table(taken, chosen),
        faults=check(taken, chosen),
        left_out=given.left_out,
        incomplete=tuple(name for name in chosen.index if name in given.incomplete),
        seconds=answer.seconds,
        nodes=answer.nodes,
        totals={name: float(chosen[name].sum()) for name in ("area_mu", "cost_wan", "gain_m2")},
    )


def _answer(
    problem: Problem, built: Built, progress: Progress | None, stopped: Stopped | None
) -> Answer:
    """Solve; where several things are weighed, the gap is a share of the sizes of the parts.

    Their sum may be next to 0, of which a share says nothing; the sizes are those of the linear
    programme, which takes a moment.
    """
    asked = problem.settings
    common: dict[str, Any] = {"seconds": asked.seconds, "seed": asked.seed, "stopped": stopped}
    if len(built.terms) < 2:
        return solve_milp(built.model, gap=asked.gap, progress=progress, **common)
    linear = solve_milp(
        replace(built.model, whole=np.zeros(len(built.model.whole), dtype=bool)), **common
    )
    if linear.values is None:
        return linear
    parts = linear.values[: len(built.options.candidate)]
    sizes = sum(abs(float(term @ parts)) for term in built.terms.values())

    def tell(moment: Moment) -> None:
        if progress is not None:
            gap = (moment.best - moment.bound) / sizes if sizes else moment.gap
            progress(replace(moment, gap=gap))

    return solve_milp(
        built.model, gap=0.0, gap_abs=max(asked.gap * sizes, 1e-9), progress=tell, **common
    )


def _gap(built: Built, picked: np.ndarray, answer: Answer) -> float:
    """Return the certified gap as a share of the sizes of the parts of the objective."""
    if len(built.terms) < 2 or answer.gap == 0 or np.isnan(answer.gap):
        return answer.gap
    sizes = sum(abs(float(term[picked].sum())) for term in built.terms.values())
    return (answer.objective - answer.bound) / sizes if sizes else answer.gap


def chosen_table(problem: Problem, built: Built, picked: np.ndarray) -> pd.DataFrame:
    """Return what is chosen, in the order of the start and of the ids."""
    options, candidates = built.options, problem.candidates
    at = options.candidate[picked]
    ids = candidates.index[at]
    share, start = problem.town_mu, options.start[picked]
    blocks = candidates["block_id"].to_numpy(dtype=object)[at]
    names, there = share.columns.to_numpy(dtype=object), share.to_numpy()[at] > 0
    columns: dict[str, Any] = {
        "block_id": blocks,
        "start_year": start,
        "credit_year": options.credit[picked],
        "area_mu": problem.figure("area_mu")[at],
        "whole_area_mu": np.array([problem.whole_mu.get(name, np.nan) for name in blocks]),
        **{name: problem.figure(name)[at] for name in FIGURES},
        **{f"{name}_unknown": problem.unknown(name)[at] for name in SUMMED},
        "towns": _listed([tuple(names[row]) for row in there]),
        "parcel_ids": _listed([tuple(problem.members[name]) for name in ids]),
    }
    table = pd.DataFrame(columns, index=pd.Index(ids, name="candidate_id"))
    order = np.lexsort((ids.to_numpy(dtype=str), start))
    return table.iloc[order]


def _listed(tuples: list[tuple[Any, ...]]) -> np.ndarray:
    found = np.empty(len(tuples), dtype=object)
    found[:] = tuples
    return found


def years_table(problem: Problem, chosen: pd.DataFrame) -> pd.DataFrame:
    """Return the years with what each gets and costs; see `Solution`."""
    asked, count = problem.settings, len(problem.settings.years)
    years = np.array(asked.years, dtype=np.int64)

    def told(given: Any) -> np.ndarray:
        return np.array([given.get(year, np.nan) for year in asked.years], dtype=float)

    def summed(place: np.ndarray, values: np.ndarray) -> np.ndarray:
        return np.bincount(place, np.nan_to_num(values), minlength=count)

    credited = np.searchsorted(years, chosen["credit_year"].to_numpy())
    begun = np.searchsorted(years, chosen["start_year"].to_numpy())
    already = np.nan_to_num(told(asked.credited_mu))
    new = summed(credited, chosen["area_mu"].to_numpy(dtype=float))
    columns: dict[str, Any] = {
        "task_mu": told(asked.task_mu),
        "task_most_mu": told(asked.task_most_mu),
        "credited_mu": already,
        "new_mu": new,
        "area_mu": already + new,
    }
    for name in SUMMED:
        columns[name] = summed(begun, chosen[name].to_numpy(dtype=float))
        short = chosen[f"{name}_unknown"].to_numpy() > 0
        columns[f"{name}_unknown"] = summed(begun, short.astype(float)).astype(int)
    columns["budget_wan"] = told(asked.budgets_wan)
    columns["firms_most"], columns["jobs_most"] = told(asked.firms_most), told(asked.jobs_most)
    ids = chosen.index.to_numpy(dtype=object)
    for name, place in (("blocks", credited), ("started", begun)):
        columns[name] = _listed([tuple(ids[place == n]) for n in range(count)])
    return pd.DataFrame(columns, index=pd.Index(asked.years, name="year"))


def towns_table(problem: Problem, chosen: pd.DataFrame) -> pd.DataFrame:
    """Return the towns with what is there, what is chosen, and their quotas."""
    quotas = problem.settings.towns
    share, parcels = problem.town_mu, problem.parcels
    mine = parcels.index.isin(problem.pairs["parcel_id"])
    code = share.columns.get_indexer(pd.Index(parcels["town"].to_numpy(dtype=object)[mine]))
    area = parcels["area_mu"].to_numpy(dtype=float)[mine]
    left = dict(zip(share.columns, np.bincount(code, area, len(share.columns)), strict=True))
    rows = share.index.get_indexer(chosen.index)
    picked = dict(zip(share.columns, share.to_numpy()[rows].sum(axis=0), strict=True))
    there = share.columns[np.unique(code)]
    towns = pd.Index(sorted({*there, *quotas}), name="town")
    taken = np.array([picked.get(town, 0.0) for town in towns])
    total = float(chosen["area_mu"].sum())
    columns: dict[str, Any] = {
        "left_mu": [left.get(town, 0.0) for town in towns],
        "area_mu": taken,
        "pct": 100 * taken / total if total else np.nan,
    }
    for side in ("least_mu", "most_mu", "least_pct", "most_pct"):
        told = [getattr(quotas.get(town), side, None) for town in towns]
        columns[side] = np.array(told, dtype=float)
    return pd.DataFrame(columns, index=towns)


def _nothing(problem: Problem, built: Built, answer: Answer) -> Solution:
    unknown = float("nan")
    nobody = chosen_table(problem, built, np.empty(0, dtype=np.int64))
    return Solution(
        answer.status,
        gap=unknown,
        objective=unknown,
        bound=unknown,
        chosen=nobody,
        years=years_table(problem, nobody),
        towns=towns_table(problem, nobody),
        seconds=answer.seconds,
        nodes=answer.nodes,
    )
