"""The programme of the portfolio parcel by parcel, kept small: what is chosen apart from when.

Variables
    ``Y[p] ∈ {0, 1}``: parcel p is chosen; ``x[b, s] ∈ {0, 1}``: its block starts in year s;
    ``q[k, b, s] ≥ 0``: how much of figure k (area, cost, firms, jobs) block b brings in that case.
Constraints
    ``Σ_s x[b, s] ≤ 1`` and ``Y[p] ≤ Σ_s x[b(p), s]``: a block starts once, and its parcels with it
    ``Σ_s q[k, b, s] = Σ_p k_p Y[p]`` and ``q[k, b, s] ≤ k_b x[b, s]``: all of it in that year
    ``Σ_p area_p Y[p] ≥ least_b Σ_s x[b, s]``: and then so much land
    years: on q; towns, totals: on Y; locks: on Y and x; groups of blocks: on x
Every parcel with every year would be a variable otherwise, five times as many.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.milp import Floats, Model
from analysis.portfolio_model import Ask, Built, Options, Rows, objective_terms
from analysis.portfolio_problem import Problem

Places = NDArray[np.int64]
_OF_YEARS = {"area_mu": "task", "cost_wan": "budget", "firms": "firms", "jobs": "jobs"}


@dataclass(frozen=True, eq=False)
class Parcels:
    """The model, and where parcels and the starts of blocks are in it.

    ``built.options`` are parcels, each once, in no year; ``starts`` the starts of
    blocks (their numbers as candidates), from column ``len(block)`` on; ``block`` the number of
    each parcel's block and ``names`` the blocks by their numbers.
    """

    built: Built
    starts: Options
    block: Places
    names: NDArray[np.object_]


def build_parcels(problem: Problem, *, least_mu: float) -> Parcels:
    """Return the model of a problem whose candidates are parcels; it must be ready."""
    rows = Rows()
    block, names = pd.factorize(problem.candidates["block_id"], sort=True)
    starts = _starts(problem, block)
    area, count, times = problem.figure("area_mu"), len(block), len(starts.candidate)
    column = count + np.arange(times)
    asked = problem.settings
    needed = [
        name for name in _OF_YEARS
        if name == "area_mu" or (name in problem.rests_on and getattr(asked, _LIMITS[name]))
    ]  # fmt: skip
    edges = np.searchsorted(starts.candidate, np.arange(len(names) + 1))
    for number in range(len(names)):
        mine, when = np.flatnonzero(block == number), np.arange(edges[number], edges[number + 1])
        begun = column[when]
        rows.add(begun, 1.0, high=1.0)
        for parcel in mine.tolist():
            rows.add([parcel, *begun], [1.0, *[-1.0] * len(begun)], high=0.0)
        least = min(least_mu, float(area[mine].sum()))
        rows.add([*mine, *begun], [*area[mine], *[-least] * len(begun)], low=0.0)
        for place, name in enumerate(needed):
            figure = problem.figure(name)[mine]
            part = column[when] + times * (place + 1)
            rows.add([*part, *mine], [*np.ones(len(part)), *-figure], low=0.0, high=0.0)
            for one, start in zip(part.tolist(), begun.tolist(), strict=True):
                rows.add([one, start], [1.0, -float(figure.sum())], high=0.0)
    width = count + times * (1 + len(needed))
    _years(rows, problem, starts, {n: column + times * (k + 1) for k, n in enumerate(needed)})
    _whole(rows, problem)
    _locks(rows, problem, starts, block, column)
    each = Options(np.arange(count), np.zeros(count, np.int64), np.zeros(count, np.int64))
    terms = objective_terms(problem, each)
    cost = np.concatenate([sum(terms.values(), np.zeros(count)), np.zeros(width - count)])
    model = Model(
        cost=cost,
        matrix=rows.matrix(width),
        row_low=np.array(rows.low),
        row_high=np.array(rows.high),
        low=np.zeros(width),
        high=np.where(np.arange(width) < count + times, 1.0, np.inf),
        whole=np.arange(width) < count + times,
    )
    asks = np.array(rows.ask, dtype=np.int64)
    return Parcels(
        Built(model, each, tuple(rows.asks), asks, terms),
        starts,
        block,
        names.to_numpy(dtype=object),
    )


_LIMITS = {"cost_wan": "budgets_wan", "firms": "firms_most", "jobs": "jobs_most"}


def _starts(problem: Problem, block: Places) -> Options:
    """Return the starts of blocks whose credit falls into the years; as slow as the slowest."""
    lag = np.zeros(int(block.max(initial=-1)) + 1, dtype=np.int64)
    np.maximum.at(lag, block, problem.lag_years)
    years = np.array(problem.settings.years, dtype=np.int64)
    credit = years[None, :] + lag[:, None]
    number, at = np.nonzero(credit <= years[-1])
    return Options(number, years[at], credit[number, at])


def _years(rows: Rows, problem: Problem, starts: Options, parts: dict[str, Places]) -> None:
    asked = problem.settings
    for year in asked.years:
        credited = parts["area_mu"][starts.credit == year]
        done = asked.credited_mu.get(year, 0.0)
        if year in asked.task_mu:
            ask = rows.asking(Ask("task", (str(year),), asked.task_mu[year], year))
            rows.add(credited, 1.0, low=asked.task_mu[year] - done, ask=ask)
        if year in asked.task_most_mu:
            ask = rows.asking(Ask("task_most", (str(year),), asked.task_most_mu[year], year))
            rows.add(credited, 1.0, high=asked.task_most_mu[year] - done, ask=ask)
        for name, field in _LIMITS.items():
            limit = getattr(asked, field)
            if year in limit:
                ask = rows.asking(Ask(_OF_YEARS[name], (str(year),), limit[year], year))
                rows.add(parts[name][starts.start == year], 1.0, high=limit[year], ask=ask)


def _whole(rows: Rows, problem: Problem) -> None:
    """Add what is asked over all years: totals and towns."""
    every, area = np.arange(len(problem.candidates)), problem.figure("area_mu")
    figures: dict[str, tuple[str, Floats, str]] = {
        "cost_most_wan": ("total_cost", problem.figure("cost_wan"), "high"),
        "gain_least_m2": ("total_gain", problem.figure("gain_m2"), "low"),
        "difficulty_most": ("total_difficulty", problem.figure("difficulty") * area, "high"),
    }
    for name, limit in problem.settings.totals.items():
        kind, values, side = figures[name]
        rows.add(every, values, ask=rows.asking(Ask(kind, (), limit)), **{side: limit})
    for town, quota in problem.settings.towns.items():
        there = town in problem.town_mu
        mine = problem.town_mu[town].to_numpy() if there else np.zeros(len(every))
        for side, low in (("least", "low"), ("most", "high")):
            if (mu := getattr(quota, f"{side}_mu")) is not None:
                ask = rows.asking(Ask(f"town_{side}", (town,), mu))
                rows.add(every, mine, ask=ask, **{low: mu})
            if (pct := getattr(quota, f"{side}_pct")) is not None:
                ask = rows.asking(Ask(f"town_{side}_pct", (town,), pct))
                rows.add(every, mine - area * pct / 100, ask=ask, **{low: 0.0})


def _locks(rows: Rows, problem: Problem, starts: Options, block: Places, column: Places) -> None:
    asked = problem.settings

    def begun(name: str) -> dict[int, list[int]]:
        mine = np.isin(starts.candidate, block[problem.of(name)])
        return {year: column[mine & (starts.start == year)].tolist() for year in asked.years}

    for name, year in asked.locked_in.items():
        ask, mine = rows.asking(Ask("locked_in", (name,), year=year)), problem.of(name)
        rows.add(np.flatnonzero(mine), 1.0, low=float(mine.sum()), ask=ask)
        if year is not None:
            rows.add(begun(name)[year], 1.0, low=float(len(np.unique(block[mine]))), ask=ask)
    for name in asked.locked_out:
        ask = rows.asking(Ask("locked_out", (name,)))
        rows.add(np.flatnonzero(problem.of(name)), 1.0, high=0.0, ask=ask)
    for group in asked.together:
        ask, first = rows.asking(Ask("together", group)), begun(group[0])
        for other in map(begun, group[1:]):
            for year in asked.years:
                signs = [*[1.0] * len(first[year]), *[-1.0] * len(other[year])]
                rows.add([*first[year], *other[year]], signs, low=0.0, high=0.0, ask=ask)
    for group in asked.never:
        ask = rows.asking(Ask("never", group))
        every = [one for name in group for when in begun(name).values() for one in when]
        rows.add(every, 1.0, high=1.0, ask=ask)
