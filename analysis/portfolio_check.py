"""Whether a choice of blocks is what was asked for, by code that shares nothing with the solver's.

Sums are added up from the parcels again, quotas are read from the settings again, and contiguity is
found by walking from parcel to parcel over the distances of all pairs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely

from analysis.portfolio_problem import Problem
from gis.contiguity import one_sided

SLACK = 1e-5
"""Share by which a sum may miss what was asked: what the solver's tolerance can make of it."""

_WORDS = {
    "contiguity": ("不连成一片", "does not hang together"),
    "twice": ("地块选了不止一次", "parcel chosen more than once"),
    "area": ("面积与各宗合计不符", "area is not the sum of its parcels"),
    "task": ("未达到当年任务（亩）", "task of the year not reached (mu)"),
    "task_most": ("超过当年上限（亩）", "more than the year may have (mu)"),
    "budget": ("超过当年预算（万元）", "beyond the budget of the year (10,000 yuan)"),
    "firms": ("搬迁企业数超过当年上限", "more firms to move than the year allows"),
    "jobs": ("涉及职工数超过当年上限", "more jobs to move than the year allows"),
    "total": ("各年合计不符", "total over all years not kept"),
    "town": ("乡镇街道份额不符（亩）", "quota of a town not kept (mu)"),
    "locked_in": ("必选而未全选（宗）", "locked in, and yet not all chosen"),
    "locked_out": ("不选而选了（宗）", "locked out, and yet chosen"),
    "together": ("应同年启动而没有", "should start together and do not"),
    "never": ("至多选一个而不止一个", "at most one may be chosen"),
    "year": ("启动到计入的年数不符", "years from start to credit are wrong"),
}


@dataclass(frozen=True)
class Fault:
    """Something that a choice should have or should not, with the numbers.

    ``kind`` is ``contiguity``, ``twice``, ``area``, ``task``, ``task_most``, ``budget``, ``firms``,
    ``jobs``, ``total``, ``town``, ``locked_in``, ``locked_out``, ``together``, ``never``, ``year``.
    """

    kind: str
    about: str
    asked: float
    found: float

    def say(self, lang: str = "zh") -> str:
        """Return it as a sentence with its numbers.

        Examples
        --------
        >>> Fault("locked_out", "B-1/1", 0, 2).say("en")
        'locked out, and yet chosen: B-1/1 (asked 0, found 2)'
        """
        zh, en = _WORDS[self.kind]
        if lang == "en":
            return f"{en}: {self.about} (asked {self.asked:,.6g}, found {self.found:,.6g})"
        return f"{zh}：{self.about}（要求 {self.asked:,.6g}，实际 {self.found:,.6g}）"


def check(problem: Problem, chosen: pd.DataFrame) -> tuple[Fault, ...]:
    """Return everything that is wrong with a choice; nothing where it is right.

    Parameters
    ----------
    problem : Problem
        What was asked. Contiguity is only looked at where its parcels have geometry.
    chosen : DataFrame
        As `analysis.portfolio.Solution.chosen`.
    """
    return (
        *_contiguity(problem, chosen),
        *_parcels(problem, chosen),
        *_years(problem, chosen),
        *_totals(problem, chosen),
        *_towns(problem, chosen),
        *_locks(problem, chosen),
        *_groups(problem, chosen),
    )


def disconnected(
    geometry: np.ndarray, *, within_m: float, barriers: np.ndarray | None = None
) -> bool:
    """Return whether some of the shapes cannot be reached from the first.

    Every pair is measured; the way between two is free where its shortest line meets no barrier.

    Examples
    --------
    >>> row = shapely.box([0, 25, 50], 0, [10, 35, 60], 10)
    >>> disconnected(row, within_m=20), disconnected(row, within_m=14)
    (False, True)
    >>> disconnected(row, within_m=20, barriers=shapely.linestrings([[[40, -9], [40, 99]]]))
    True
    """
    shapes = np.asarray(geometry, dtype=object)
    if barriers is not None and len(barriers):
        shapes = one_sided(shapes, barriers)
    reached = np.zeros(len(shapes), dtype=bool)
    reached[:1] = True
    edge = [0][: len(shapes)]
    while edge:
        here = edge.pop()
        others = np.flatnonzero(~reached)
        near = others[shapely.distance(shapes[others], shapes[here]) <= within_m + 1e-6]
        if barriers is not None and len(barriers) and len(near):
            ways = shapely.shortest_line(shapes[near], shapes[here])
            met = [bool(shapely.intersects(way, barriers).any()) for way in ways]
            near = near[~np.array(met, dtype=bool)]
        reached[near] = True
        edge.extend(near.tolist())
    return not bool(reached.all())


def _contiguity(problem: Problem, chosen: pd.DataFrame) -> Iterator[Fault]:
    if "geometry" not in problem.parcels:
        return
    shapes = problem.parcels["geometry"]
    walls = None
    if problem.barriers is not None:
        walls = np.asarray(problem.barriers.array, dtype=object)
        walls = walls[~(shapely.is_missing(walls) | shapely.is_empty(walls))]
    tree = None if walls is None else shapely.STRtree(walls)
    for name, parcels in chosen["parcel_ids"].items():
        mine = shapes.loc[list(parcels)].to_numpy(dtype=object)
        near = None
        if tree is not None and walls is not None:
            area = shapely.box(*shapely.total_bounds(mine)).buffer(problem.within_m)
            near = walls[tree.query(area, predicate="intersects")]
        if disconnected(mine, within_m=problem.within_m, barriers=near):
            yield Fault("contiguity", str(name), 1, len(parcels))


def _parcels(problem: Problem, chosen: pd.DataFrame) -> Iterator[Fault]:
    times = Counter(parcel for parcels in chosen["parcel_ids"] for parcel in parcels)
    for parcel, count in times.items():
        if count > 1:
            yield Fault("twice", str(parcel), 1, float(count))
    areas = problem.parcels["area_mu"].to_dict()
    lags = dict(zip(problem.candidates.index, problem.lag_years.tolist(), strict=True))
    columns = (chosen[name].tolist() for name in ("area_mu", "start_year", "credit_year"))
    for name, parcels, told, start, credit in zip(
        chosen.index, chosen["parcel_ids"], *columns, strict=True
    ):
        area = sum(areas[parcel] for parcel in parcels)
        if abs(area - told) > SLACK * max(area, 1.0):
            yield Fault("area", str(name), area, float(told))
        if credit - start != lags[name]:
            yield Fault("year", str(name), float(lags[name]), credit - start)


def _years(problem: Problem, chosen: pd.DataFrame) -> Iterator[Fault]:
    asked = problem.settings
    start, credit = chosen["start_year"].to_numpy(), chosen["credit_year"].to_numpy()
    mu = chosen["area_mu"].to_numpy(dtype=float)
    limited = (
        ("budget", asked.budgets_wan, chosen["cost_wan"].to_numpy(dtype=float)),
        ("firms", asked.firms_most, chosen["firms"].to_numpy(dtype=float)),
        ("jobs", asked.jobs_most, chosen["jobs"].to_numpy(dtype=float)),
    )
    for year in asked.years:
        area = float(mu[credit == year].sum()) + asked.credited_mu.get(year, 0.0)
        least, most = asked.task_mu.get(year, -np.inf), asked.task_most_mu.get(year, np.inf)
        if area < least - SLACK * abs(least):
            yield Fault("task", str(year), least, area)
        # A year that the ledger alone takes beyond the most cannot be helped: the solver says so.
        if area > most + SLACK * abs(most):
            yield Fault("task_most", str(year), most, area)
        for kind, limits, values in limited:
            used, limit = float(np.nansum(values[start == year])), limits.get(year, np.inf)
            if used > limit + SLACK * max(abs(limit), 1.0):
                yield Fault(kind, str(year), limit, used)


def _totals(problem: Problem, chosen: pd.DataFrame) -> Iterator[Fault]:
    hard = float((chosen["difficulty"] * chosen["area_mu"]).sum())
    found = {
        "cost_most_wan": (float(chosen["cost_wan"].sum()), -1),
        "gain_least_m2": (float(chosen["gain_m2"].sum()), 1),
        "difficulty_most": (hard, -1),
    }
    for name, limit in problem.settings.totals.items():
        total, sign = found[name]
        if sign * (total - limit) < -SLACK * max(abs(limit), 1.0):
            yield Fault("total", name, limit, total)


def _towns(problem: Problem, chosen: pd.DataFrame) -> Iterator[Fault]:
    parcels = [parcel for group in chosen["parcel_ids"] for parcel in group]
    mine = problem.parcels.loc[parcels]
    total = float(mine["area_mu"].sum())
    for town, quota in problem.settings.towns.items():
        area = float(mine.loc[mine["town"] == town, "area_mu"].sum())
        allowed = SLACK * max(total, 1.0)
        sides = (
            (quota.least_mu, 1.0, 1),
            (quota.most_mu, 1.0, -1),
            (quota.least_pct, total / 100, 1),
            (quota.most_pct, total / 100, -1),
        )
        for given, unit, sign in sides:
            if given is not None and sign * (area - given * unit) < -allowed:
                yield Fault("town", town, given * unit, area)


def _land(problem: Problem, name: str) -> set[str]:
    """Return the parcels that a name means: those of a block, of a part, or a parcel alone."""
    blocks = problem.candidates.index[problem.candidates["block_id"] == name]
    names = list(blocks) or ([name] if name in problem.members else [])
    return {parcel for each in names for parcel in problem.members[each]} or {name}


def _locks(problem: Problem, chosen: pd.DataFrame) -> Iterator[Fault]:
    when = {
        parcel: year
        for parcels, year in zip(chosen["parcel_ids"], chosen["start_year"], strict=True)
        for parcel in parcels
    }
    for name, year in problem.settings.locked_in.items():
        land = _land(problem, name)
        right = [parcel for parcel in land if parcel in when and year in (None, when[parcel])]
        if len(right) < len(land):
            yield Fault("locked_in", name, len(land), len(right))
    for name in problem.settings.locked_out:
        wrong = _land(problem, name) & set(when)
        if wrong:
            yield Fault("locked_out", name, 0, len(wrong))


def _groups(problem: Problem, chosen: pd.DataFrame) -> Iterator[Fault]:
    def begun(name: str) -> set[int]:
        land = _land(problem, name)
        touched = [bool(land & set(parcels)) for parcels in chosen["parcel_ids"]]
        return set(chosen["start_year"][touched])

    for group in problem.settings.together:
        if len({frozenset(begun(name)) for name in group}) > 1:
            yield Fault("together", "、".join(group), 1, 0)
    for group in problem.settings.never:
        if (there := sum(bool(begun(name)) for name in group)) > 1:
            yield Fault("never", "、".join(group), 1, there)
