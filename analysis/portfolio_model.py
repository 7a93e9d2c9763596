"""The portfolio as a mixed-integer programme, each row knowing what was asked.

Sets
    C candidates (blocks and parts of blocks), P parcels, Y years, T towns;
    ``year(c, s)`` = s + lag of c, the year in which c is credited when it starts in s.
Variables
    ``x[c, s] ∈ {0, 1}``: c starts in year s; only where ``year(c, s) ∈ Y``.
    ``w[b, s] ∈ [0, 1]``: something of b starts in s; only for blocks in a group.
Objective
    least ``Σ x[c, s] · (α cost_c / k − β gain_c / g + γ difficulty_c · area_c / d)``
    with the weights α, β, γ and with k, g, d the mean of each figure per 亩 over all whole blocks,
    so that a weight of 1 means the same for each; with one weight alone, in its own unit.
Constraints
    parcel: ``Σ_{c ∋ p, s} x[c, s] ≤ 1`` for each p (so no two parts of a block overlap)
    task: ``credited_y + Σ_{year(c, s) = y} area_c x[c, s] ≥ task_y`` (and at most, where asked)
    budget, firms, jobs: ``Σ_c cost_c x[c, s] ≤ budget_s`` for each year s of a start
    totals: cost and difficulty over all years at most, gain at least, where asked
    towns: ``least_t ≤ Σ area_{c,t} x[c, s] ≤ most_t``; shares alike, of ``Σ area_c x[c, s]``
    locked in: all of it is covered; locked out: nothing of it is chosen
    together: ``w[a, s] = w[b, s]`` for each s; never: ``w[a, s] + w[b, r] ≤ 1`` for each s, r
    with ``x[c, s] ≤ w[b, s] ≤ Σ_{c of b} x[c, s]``
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from analysis.milp import Floats, Model
from analysis.portfolio_problem import Problem

NO_ASK = -1
Places = NDArray[np.int64]


@dataclass(frozen=True)
class Ask:
    """One thing asked: what its rows stand for.

    ``kind`` is one of ``task``, ``task_most``, ``budget``, ``firms``, ``jobs``, ``total_cost``,
    ``total_gain``, ``total_difficulty``, ``town_least``, ``town_most``, ``town_least_pct``,
    ``town_most_pct``, ``locked_in``, ``locked_out``, ``together``, ``never``; ``about`` the year,
    town or ids; ``asked`` the number (NaN: none).
    """

    kind: str
    about: tuple[str, ...]
    asked: float = float("nan")
    year: int | None = None


@dataclass(frozen=True, eq=False)
class Options:
    """The starts there are: candidate, year of the start, year of the credit; and their figures."""

    candidate: Places
    start: Places
    credit: Places


@dataclass(frozen=True, eq=False)
class Built:
    """A model with the meaning of its columns (options first) and rows.

    ``ask_of_row`` is a place in ``asks``, `NO_ASK` for what always holds; ``terms`` the cost of
    each part of the objective by option.
    """

    model: Model
    options: Options
    asks: tuple[Ask, ...]
    ask_of_row: Places
    terms: dict[str, Floats]


class Rows:
    """Rows as they come: columns with values, sides, and what they stand for."""

    def __init__(self) -> None:
        self.columns: list[Places] = []
        self.values: list[Floats] = []
        self.low: list[float] = []
        self.high: list[float] = []
        self.ask: list[int] = []
        self.asks: list[Ask] = []

    def asking(self, ask: Ask) -> int:
        """Note something asked and return its place."""
        self.asks.append(ask)
        return len(self.asks) - 1

    def add(
        self,
        columns: Sequence[int] | Places,
        values: Sequence[float] | Floats | float,
        *,
        low: float = -np.inf,
        high: float = np.inf,
        ask: int = NO_ASK,
    ) -> None:
        """Add a row."""
        places = np.asarray(columns, dtype=np.int64)
        self.columns.append(places)
        self.values.append(np.broadcast_to(np.asarray(values, dtype=float), places.shape))
        self.low.append(low)
        self.high.append(high)
        self.ask.append(ask)

    def matrix(self, width: int) -> sparse.csr_array:
        """Return the rows as a sparse matrix."""
        starts = np.concatenate([[0], np.cumsum([len(each) for each in self.columns])])
        columns = np.concatenate([*self.columns, np.empty(0, dtype=np.int64)])
        values = np.concatenate([*self.values, np.empty(0)])
        shape = (len(self.low), width)
        return sparse.csr_array((values, columns, starts.astype(np.int64)), shape=shape)


def build(problem: Problem) -> Built:
    """Return the model of a problem that is ready (`analysis.portfolio_problem.ready`)."""
    options = starts(problem)
    rows = Rows()
    _parcels_once(rows, problem, options)
    _years(rows, problem, options)
    _totals(rows, problem, options)
    _towns(rows, problem, options)
    _locks(rows, problem, options)
    blocks = _Blocks(rows, problem, options)
    for group in problem.settings.together:
        blocks.together(group)
    for group in problem.settings.never:
        blocks.never(group)
    terms = objective_terms(problem, options)
    count, width = len(options.candidate), blocks.width
    cost = np.concatenate([sum(terms.values(), np.zeros(count)), np.zeros(width - count)])
    model = Model(
        cost=cost,
        matrix=rows.matrix(width),
        row_low=np.array(rows.low),
        row_high=np.array(rows.high),
        low=np.zeros(width),
        high=np.ones(width),
        whole=np.arange(width) < count,
    )
    return Built(model, options, tuple(rows.asks), np.array(rows.ask, dtype=np.int64), terms)


def starts(problem: Problem) -> Options:
    """Return every start whose credit falls into the years, in order of candidate and year."""
    years = np.array(problem.settings.years, dtype=np.int64)
    lag = problem.lag_years
    credit = years[None, :] + lag[:, None]
    candidate, at = np.nonzero(credit <= years[-1])
    return Options(candidate, years[at], credit[candidate, at])


def objective_terms(problem: Problem, options: Options) -> dict[str, Floats]:
    """Return the weighted parts of the objective by option; see the head of the module."""
    area = problem.figure("area_mu")
    figures = {
        "cost": problem.figure("cost_wan"),
        "gain": -problem.figure("gain_m2"),
        "difficulty": problem.figure("difficulty") * area,
    }
    wanted = {name: w for name, w in problem.settings.weights.items() if w > 0}
    if len(wanted) == 1:
        name = next(iter(wanted))
        return {name: figures[name][options.candidate]}
    terms = {}
    for name, weight in wanted.items():
        mean = abs(np.nansum(figures[name])) / max(np.nansum(area), 1e-9)
        terms[name] = weight * figures[name][options.candidate] / (mean or 1.0)
    return terms


def _parcels_once(rows: Rows, problem: Problem, options: Options) -> None:
    """No parcel is in two chosen candidates; parcels in the same candidates need one row."""
    inside: dict[str, list[int]] = {}
    for place, name in enumerate(problem.candidates.index):
        for parcel in problem.members[name]:
            inside.setdefault(parcel, []).append(place)
    in_sets = dict.fromkeys(tuple(inside[parcel]) for parcel in sorted(inside))
    edges = np.searchsorted(options.candidate, np.arange(len(problem.candidates) + 1))
    for places in in_sets:
        mine = [np.arange(edges[place], edges[place + 1]) for place in places]
        rows.add(np.concatenate(mine), 1.0, high=1.0)


def _years(rows: Rows, problem: Problem, options: Options) -> None:
    asked = problem.settings
    area = problem.figure("area_mu")[options.candidate]
    limits = (
        ("budget", asked.budgets_wan, "cost_wan"),
        ("firms", asked.firms_most, "firms"),
        ("jobs", asked.jobs_most, "jobs"),
    )
    for year in asked.years:
        mine = np.flatnonzero(options.credit == year)
        done = asked.credited_mu.get(year, 0.0)
        if year in asked.task_mu:
            ask = rows.asking(Ask("task", (str(year),), asked.task_mu[year], year))
            rows.add(mine, area[mine], low=asked.task_mu[year] - done, ask=ask)
        if year in asked.task_most_mu:
            ask = rows.asking(Ask("task_most", (str(year),), asked.task_most_mu[year], year))
            rows.add(mine, area[mine], high=asked.task_most_mu[year] - done, ask=ask)
        begun = np.flatnonzero(options.start == year)
        for kind, limit, name in limits:
            if year in limit:
                ask = rows.asking(Ask(kind, (str(year),), limit[year], year))
                values = problem.figure(name)[options.candidate[begun]]
                rows.add(begun, values, high=limit[year], ask=ask)


def _totals(rows: Rows, problem: Problem, options: Options) -> None:
    figures = {
        "cost_most_wan": ("total_cost", problem.figure("cost_wan"), "high"),
        "gain_least_m2": ("total_gain", problem.figure("gain_m2"), "low"),
        "difficulty_most": (
            "total_difficulty",
            problem.figure("difficulty") * problem.figure("area_mu"),
            "high",
        ),
    }
    for name, limit in problem.settings.totals.items():
        kind, values, side = figures[name]
        ask = rows.asking(Ask(kind, (), limit))
        every = np.arange(len(options.candidate))
        rows.add(every, values[options.candidate], ask=ask, **{side: limit})


def _towns(rows: Rows, problem: Problem, options: Options) -> None:
    every = np.arange(len(options.candidate))
    whole = problem.figure("area_mu")[options.candidate]
    for town, quota in problem.settings.towns.items():
        there = town in problem.town_mu
        own = problem.town_mu[town].to_numpy() if there else np.zeros(len(problem.candidates))
        mine = own[options.candidate]
        for side, kind in (("least", "town_least"), ("most", "town_most")):
            low = side == "least"
            if (mu := getattr(quota, f"{side}_mu")) is not None:
                ask = rows.asking(Ask(kind, (town,), mu))
                sides = {"low": mu} if low else {"high": mu}
                rows.add(every, mine, ask=ask, **sides)
            if (pct := getattr(quota, f"{side}_pct")) is not None:
                ask = rows.asking(Ask(f"{kind}_pct", (town,), pct))
                sides = {"low": 0.0} if low else {"high": 0.0}
                rows.add(every, mine - whole * pct / 100, ask=ask, **sides)


def _locks(rows: Rows, problem: Problem, options: Options) -> None:
    for name, year in problem.settings.locked_in.items():
        ask = rows.asking(Ask("locked_in", (name,), year=year))
        columns, share, least = covering(problem, options, name)
        if year is not None:
            kept = options.start[columns] == year
            columns, share = columns[kept], share[kept]
        rows.add(columns, share, low=least, ask=ask)
    for name in problem.settings.locked_out:
        ask = rows.asking(Ask("locked_out", (name,)))
        rows.add(np.flatnonzero(problem.of(name)[options.candidate]), 1.0, high=0.0, ask=ask)


def covering(problem: Problem, options: Options, name: str) -> tuple[Places, Floats, float]:
    """Return the options with land of a block, part or parcel; each with how much it covers."""
    share = problem.covered(name)[options.candidate]
    columns = np.flatnonzero(share)
    return columns, share[columns].astype(float), float(len(problem.land(name)))


class _Blocks:
    """Whether something of a block starts in a year, as columns behind those of the options."""

    def __init__(self, rows: Rows, problem: Problem, options: Options) -> None:
        self.rows, self.problem, self.options = rows, problem, options
        self.width = len(options.candidate)
        self._known: dict[str, dict[int, int]] = {}

    def _of(self, name: str) -> dict[int, int]:
        """Return the column of each year for one block."""
        if name not in self._known:
            mine = self.problem.of(name)[self.options.candidate]
            found = {}
            for year in self.problem.settings.years:
                column = found[year] = self.width
                self.width += 1
                begun = np.flatnonzero(mine & (self.options.start == year))
                for option in begun.tolist():
                    self.rows.add([option, column], [-1.0, 1.0], low=0.0)
                ones = [1.0, *[-1.0] * len(begun)]
                self.rows.add([column, *begun], ones, high=0.0)
            self._known[name] = found
        return self._known[name]

    def together(self, group: tuple[str, ...]) -> None:
        """All of them start in the same years or none does."""
        ask = self.rows.asking(Ask("together", group))
        first = self._of(group[0])
        for other in map(self._of, group[1:]):
            for year, column in first.items():
                self.rows.add([column, other[year]], [1.0, -1.0], low=0.0, high=0.0, ask=ask)

    def never(self, group: tuple[str, ...]) -> None:
        """At most one of them is chosen: no two of them start at all."""
        ask = self.rows.asking(Ask("never", group))
        for place, name in enumerate(group):
            for other in group[place + 1 :]:
                one, two = [*self._of(name).values()], [*self._of(other).values()]
                for mine in one:
                    for theirs in two:
                        self.rows.add([mine, theirs], 1.0, high=1.0, ask=ask)
