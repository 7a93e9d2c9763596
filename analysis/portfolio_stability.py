"""Which blocks stay chosen when costs and durations turn out otherwise (稳定性)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from analysis.milp import Stopped
from analysis.portfolio import Solution, solve
from analysis.portfolio_problem import Problem

Told = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class Stability:
    """How often each block is chosen.

    Attributes
    ----------
    table : DataFrame
        By ``block_id``, the surest first: ``chosen`` (in the answer itself), ``share`` (of the
        draws that have an answer in which something of it is chosen), ``start_year`` (the year in
        which it starts most often), ``start_share`` (of the draws in which it is chosen),
        ``verdict``: ``sure``, ``open`` or ``out``. Blocks that are never chosen are left out.
    draws, answered : int
        Draws made, and those that have an answer: where few have, the plan itself is not sure.
    spread, seed
        As asked.
    """

    table: pd.DataFrame
    draws: int
    answered: int
    spread: float
    seed: int


def stability(
    problem: Problem,
    found: Solution,
    *,
    draws: int = 20,
    spread: float = 0.2,
    sure: float = 0.9,
    seed: int = 0,
    seconds: float = 60.0,
    progress: Told | None = None,
    stopped: Stopped | None = None,
) -> Stability:
    """Move costs and durations and choose again, many times.

    In each draw the cost of every block and its months from start to credit are multiplied by
    numbers between 1 − spread and 1 + spread, all alike probable, the same for a block and its
    parts.

    Parameters
    ----------
    problem : Problem
        What was asked.
    found : Solution
        Its answer.
    draws : int
        How often.
    spread : float
        0.2 for ± 20 %.
    sure : float
        A block chosen in at least this share of the draws is ``sure``; in 1 − sure at most,
        ``out``.
    seed : int
        The same seed gives the same draws.
    seconds : float
        Time for all draws together; each has its share.
    progress : callable, optional
        Hears how many draws are done, and of how many.
    stopped : callable, optional
        Asked whether to stop; what was drawn until then is told.

    Returns
    -------
    Stability

    Examples
    --------
    A block that costs far less than the other is chosen whatever happens.

    >>> from analysis.portfolio import solve
    >>> from data.portfolio_settings import settings_from
    >>> asked = settings_from({"years": [2027], "task_mu": 50, "months": 6})
    >>> ids = pd.Index(["A", "B"], name="candidate_id")
    >>> choice = Problem(
    ...     pd.DataFrame({"block_id": ids, "area_mu": 60.0, "cost_wan": [1.0, 9.0]}, index=ids),
    ...     pd.DataFrame({"area_mu": 60.0, "town": "塘下镇"}, index=["a", "b"]),
    ...     {"A": ("a",), "B": ("b",)}, asked)
    >>> stability(choice, solve(choice), draws=5).table["verdict"].to_dict()
    {'A': 'sure'}
    """
    random = np.random.default_rng(seed)
    blocks = problem.candidates["block_id"].to_numpy(dtype=object)
    names, of = np.unique(blocks.astype(str), return_inverse=True)
    limit = replace(problem.settings, seconds=min(problem.settings.seconds, seconds / draws))
    starts = []
    done = 0
    for done in range(1, draws + 1):
        cost, months = random.uniform(1 - spread, 1 + spread, (2, len(names)))
        moved = _moved(problem, cost[of], months[of])
        answer = solve(replace(moved, settings=limit), explain=False, stopped=stopped)
        if stopped is not None and stopped():
            done -= 1
            break
        if len(answer.chosen) or answer.status in ("optimal", "gap"):
            starts.append(answer.chosen.groupby("block_id")["start_year"].min())
        if progress is not None:
            progress(done, draws)
    table = _table(found, starts, sure)
    return Stability(table, done, len(starts), spread, seed)


def _moved(problem: Problem, cost: np.ndarray, months: np.ndarray) -> Problem:
    """Return the problem with other costs and durations."""
    told = problem.candidates.copy()
    for name in ("cost_wan", "cost_wan_known"):
        if name in told:
            told[name] = told[name].to_numpy(dtype=float) * cost
    usual = np.full(len(told), problem.settings.months)
    if "months" in told:
        own = told["months"].to_numpy(dtype=float)
        usual = np.where(np.isnan(own), usual, own)
    told["months"] = usual * months
    return replace(problem, candidates=told)


def _table(found: Solution, starts: list[pd.Series], sure: float) -> pd.DataFrame:
    base = found.chosen["block_id"].unique()
    columns = ["chosen", "share", "start_year", "start_share", "verdict"]
    if not starts:
        return pd.DataFrame(columns=columns, index=pd.Index([], name="block_id"))
    years = pd.concat(starts, axis=1)
    years = years.reindex(sorted({*years.index, *base})).rename_axis("block_id")
    times = years.notna().sum(axis=1)
    counts = years.T.melt(var_name="block_id", value_name="year").dropna()
    often = counts.groupby(["block_id", "year"]).size().rename("times").reset_index()
    often = often.sort_values(["times", "year"], ascending=[False, True], kind="stable")
    often = often.drop_duplicates("block_id").set_index("block_id").reindex(years.index)
    share = times / len(starts)
    table = pd.DataFrame(
        {
            "chosen": years.index.isin(base),
            "share": share,
            "start_year": often["year"].astype("Int64"),
            "start_share": often["times"] / times.where(times > 0),
            "verdict": np.select([share >= sure, share <= 1 - sure], ["sure", "out"], "open"),
        },
        index=years.index,
    )
    order = np.lexsort((table.index.to_numpy(dtype=str), -share.to_numpy()))
    return table.iloc[order]
