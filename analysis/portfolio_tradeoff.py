"""What one goal costs in terms of another: answers of which none is better in both (权衡曲线)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from analysis.milp import Stopped
from analysis.portfolio import Solution, solve
from analysis.portfolio_problem import Problem, ready

LIMITS = {"cost": "cost_most_wan", "gain": "gain_least_m2", "difficulty": "difficulty_most"}
COLUMNS = {"cost": "cost_wan", "gain": "gain_m2", "difficulty": "difficulty_mu"}
Told = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class TradeOff:
    """Answers between the best of one goal and the best of another.

    Attributes
    ----------
    between : tuple of str
        The two goals, of ``cost``, ``gain``, ``difficulty``.
    points : DataFrame
        In order of the first goal: ``cost_wan``, ``gain_m2``, ``difficulty_mu`` (亩 × difficulty),
        ``area_mu``, ``gap``, ``status``, ``blocks`` (number chosen). None is better than another
        in both goals.
    solutions : tuple of Solution
        One for each point.
    """

    between: tuple[str, str]
    points: pd.DataFrame
    solutions: tuple[Solution, ...]


def trade_off(
    problem: Problem,
    *,
    between: tuple[str, str] = ("cost", "gain"),
    points: int = 7,
    seconds: float = 120.0,
    progress: Told | None = None,
    stopped: Stopped | None = None,
) -> TradeOff:
    """Return the answers between the best of one goal and the best of another.

    The ends are the best of each goal, and among those the best of the other. In between the
    second goal is asked to be at least so good, in even steps, and the first made best: that finds
    answers that no weights would (V. Chankong and Y. Y. Haimes, 1983).

    Parameters
    ----------
    problem : Problem
        What is asked; its own weights are not used.
    between : tuple of str
        Two of ``cost``, ``gain``, ``difficulty``.
    points : int
        Answers asked for, ends included; those that another beats in both goals are left out.
    seconds : float
        Time for all of them together.
    progress : callable, optional
        Hears how many solves are done, and of how many.
    stopped : callable, optional
        Asked whether to stop; what was found until then is told.

    Examples
    --------
    >>> from data.portfolio_settings import settings_from
    >>> ids = pd.Index(["A", "B"], name="candidate_id")
    >>> choice = Problem(
    ...     pd.DataFrame({"block_id": ids, "area_mu": 60.0, "cost_wan": [1.0, 9.0],
    ...                   "gain_m2": [10.0, 70.0]}, index=ids),
    ...     pd.DataFrame({"area_mu": 60.0, "town": "塘下镇"}, index=["a", "b"]),
    ...     {"A": ("a",), "B": ("b",)},
    ...     settings_from({"years": [2027], "task_mu": 50, "task_most_mu": 70, "months": 6}))
    >>> trade_off(choice, points=3).points[["cost_wan", "gain_m2"]].to_numpy().tolist()
    [[1.0, 10.0], [9.0, 70.0]]
    """
    runs = max(points - 2, 0) + 4
    # Both goals have to choose from the same blocks: those whose figures are known for both.
    both = replace(problem.settings, weights=dict.fromkeys(between, 1.0))
    problem = ready(replace(problem, settings=both)).problem
    asked = replace(problem, settings=replace(problem.settings, seconds=max(seconds / runs, 0.5)))
    work = _Work(asked, runs, progress, stopped)
    first, second = between
    ends = [work.end(first, second), work.end(second, first)]
    found: list[Solution | None] = [*ends]
    if ends[0] is not None and ends[1] is not None and points > 2:
        low, high = _figure(ends[0], second), _figure(ends[1], second)
        for level in np.linspace(low, high, points)[1:-1]:
            found += [work.run(first, {second: float(level)})]
    kept = [answer for answer in found if answer is not None and len(answer.chosen)]
    table = pd.DataFrame([_point(answer) for answer in kept], columns=_POINT)
    best = _not_beaten(table, between)
    order = [n for n in np.argsort(table[COLUMNS[first]].to_numpy(), kind="stable") if best[n]]
    return TradeOff(
        between, table.iloc[order].reset_index(drop=True), tuple(kept[n] for n in order)
    )


_POINT = ["cost_wan", "gain_m2", "difficulty_mu", "area_mu", "gap", "status", "blocks"]


def _figure(found: Solution, goal: str) -> float:
    chosen = found.chosen
    if goal == "difficulty":
        return float((chosen["difficulty"] * chosen["area_mu"]).sum())
    return float(chosen[COLUMNS[goal]].sum())


def _point(found: Solution) -> list[object]:
    figures = [_figure(found, goal) for goal in ("cost", "gain", "difficulty")]
    area = float(found.chosen["area_mu"].sum())
    return [*figures, area, found.gap, found.status, len(found.chosen)]


def _not_beaten(table: pd.DataFrame, between: tuple[str, str]) -> np.ndarray:
    """Return the points of which no other is as good in both goals and better in one."""
    figures = np.column_stack(
        [table[COLUMNS[goal]] * (-1 if goal == "gain" else 1) for goal in between]
    ).astype(float)
    kept = np.ones(len(figures), dtype=bool)
    for n, point in enumerate(figures):
        no_worse = (figures <= point + 1e-9).all(axis=1)
        better = no_worse & (figures < point - 1e-9).any(axis=1)
        same = no_worse & ~better
        kept[n] = not better.any() and not same[:n].any()
    return kept


class _Work:
    """Solve again and again, telling how far it is."""

    def __init__(
        self, problem: Problem, runs: int, progress: Told | None, stopped: Stopped | None
    ) -> None:
        self.problem, self.runs, self.done = problem, runs, 0
        self.progress, self.stopped = progress, stopped

    def run(self, goal: str, least: dict[str, float]) -> Solution | None:
        """Return the best of one goal while others are at least so good; None once stopped."""
        if self.stopped is not None and self.stopped():
            return None
        asked = self.problem.settings
        totals = dict(asked.totals)
        for name, level in least.items():
            limit, tiny = LIMITS[name], 1e-7 * abs(level)
            told = totals.get(limit)
            if name == "gain":
                totals[limit] = level - tiny if told is None else max(told, level - tiny)
            else:
                totals[limit] = level + tiny if told is None else min(told, level + tiny)
        settings = replace(asked, weights={goal: 1.0}, totals=totals)
        found = solve(replace(self.problem, settings=settings), stopped=self.stopped, explain=False)
        self.done += 1
        if self.progress is not None:
            self.progress(self.done, self.runs)
        return found

    def end(self, goal: str, then: str) -> Solution | None:
        """Return the best of one goal, and of those the best of the other."""
        best = self.run(goal, {})
        if best is None or not len(best.chosen):
            return None
        both = self.run(then, {goal: _figure(best, goal)})
        return both if both is not None and len(both.chosen) else best
