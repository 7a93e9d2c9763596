"""What a plan leaves open: why a project has no site, the cheapest way to give it one; checks."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pandas as pd

from analysis.matching import Matching, assignments, match
from analysis.matching_pins import refuse_pins
from analysis.matching_problem import FREE, REASONS, MatchProblem, Pairs, match_pairs, stocks
from analysis.site_offers import SHARED
from gis.area import M2_PER_MU, to_mu

MOVES = 10
"""For so many of the unplaced it is asked what giving way to them would cost."""


def unplaced(problem: MatchProblem, found: Matching) -> pd.DataFrame:
    """Return why each project has no site.

    Returns
    -------
    DataFrame
        By ``project_id``: ``reason`` (``taken`` where some site was allowed, ``supply_used``
        where one of those has the land and others draw its power or water, else the reason that
        bars most sites), ``counts`` (tuple of (reason, sites)), ``held_by`` (tuple of (site_id,
        project_id) of the allowed sites that others got, up to 5).

    Examples
    --------
    >>> projects = pd.DataFrame({"land_least_mu": [90.0], "land_most_mu": [90.0]}, index=["X1"])
    >>> sites = pd.DataFrame({"area_m2": [20_000.0]}, index=["S1"])
    >>> none = pd.DataFrame({"project_id": [], "site_id": []})
    >>> problem = MatchProblem(projects, sites, pd.DataFrame(50.0, ["X1"], ["S1"]), none)
    >>> unplaced(problem, match(problem))["reason"].to_dict()
    {'X1': 'too_small'}
    """
    holders = found.assignments["site_id"]
    land, others = _left(problem, found)
    needs = [stock.need for stock in stocks(problem, found.pairs)[1:]]
    rows = []
    for row, name in enumerate(problem.projects.index):
        if name in holders.index:
            continue
        barred = found.pairs.barred[row]
        counts = Counter(REASONS[code] for code in barred[barred != FREE].tolist())
        order = tuple(sorted(counts.items(), key=lambda item: (-item[1], REASONS.index(item[0]))))
        allowed = problem.sites.index[barred == FREE]
        held = holders[holders.isin(allowed)].head(5)
        reason = "taken" if len(allowed) else order[0][0]
        roomy = (barred == FREE) & (found.pairs.need_m2[row] <= land * (1 + 1e-9))
        if any(
            (roomy & (need[row] > rest)).any() for need, rest in zip(needs, others, strict=True)
        ):
            reason = "supply_used"
        rows.append((name, reason, order, tuple((site, by) for by, site in held.items())))
    table = pd.DataFrame(rows, columns=["project_id", "reason", "counts", "held_by"])
    return table.set_index("project_id")


def relaxations(
    problem: MatchProblem,
    found: Matching,
    *,
    late_price: float,
    short_price: float,
    seconds: float = 10.0,
) -> pd.DataFrame:
    """Return the ways of placing each unplaced project, the cheapest first; vetoes stay.

    Parameters
    ----------
    problem, found
        The problem and its plan, which stays as it is but for ``give_way``.
    late_price, short_price : float
        Points that a month beyond the longest wait counts, and each percent of missing land,
        power or water.
    seconds : float
        Limit of all solves of ``give_way`` together; whom they do not reach has none.

    Returns
    -------
    DataFrame
        ``project_id``, ``kind`` (``wait`` longer, take ``less_land``, ``more_supply`` of power or
        water, ``both`` for several of these, or ``give_way``: others move for it), ``site_id``,
        ``months`` beyond the limit, ``short_m2``, ``price`` (points; of ``give_way`` what the
        others lose), ``more`` (tuple of (need, amount) that is lacking), ``moved`` (tuple of the
        projects whose site changes), ``lost`` (those of them that would have none), ``yielding``
        (those that keep their site and give land above their least).
    """
    frames = []
    left = _left(problem, found)
    missing = [p for p in problem.projects.index if p not in found.assignments.index]
    rows = problem.projects.index.get_indexer(pd.Index(missing))
    for name, row in zip(missing, rows.tolist(), strict=True):
        frames.append(_stretched(problem, found, row, left, late_price, short_price))
        frames[-1].insert(0, "project_id", name)
    moves, spent = [], 0.0
    for name in missing[:MOVES]:
        if spent < seconds:
            way, took = _give_way(problem, found, name, seconds - spent)
            moves.append(way)
            spent += took
    kept = [frame for frame in [*frames, *moves] if len(frame)]
    if not kept:
        return pd.DataFrame(columns=["project_id", *_COLUMNS])
    table = pd.concat(kept, ignore_index=True)
    return table.sort_values(["project_id", "price", "site_id"], kind="stable", ignore_index=True)


_KINDS = ("wait", "less_land", "more_supply")
_COLUMNS = [
    "kind", "site_id", "months", "short_m2", "price", "more", "moved", "lost", "yielding",
]  # fmt: skip


def _left(problem: MatchProblem, found: Matching) -> tuple[np.ndarray, tuple[np.ndarray, ...]]:
    """Return the land that the plan leaves of each site, and what it leaves of each other stock.

    Land is 0 where an overlapping site is used.
    """
    row, column = _places(problem, found.assignments)
    land, *others = stocks(problem, found.pairs)
    left = np.where(np.isnan(found.pairs.area_m2), np.nan, land.left(row, column))
    used, sites = set(found.assignments["site_id"]), problem.sites.index
    shut = {b for a, b in problem.overlaps if a in used} | {
        a for a, b in problem.overlaps if b in used
    }
    left[sites.isin(list(shut))] = 0.0
    return left, tuple(stock.left(row, column) for stock in others)


def _places(problem: MatchProblem, table: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return the positions of the projects and sites of a plan."""
    site = pd.Index(table["site_id"], dtype=object)
    return problem.projects.index.get_indexer(table.index), problem.sites.index.get_indexer(site)


def _stretched(
    problem: MatchProblem,
    found: Matching,
    row: int,
    left: tuple[np.ndarray, tuple[np.ndarray, ...]],
    late_price: float,
    short_price: float,
) -> pd.DataFrame:
    """Return what stands between a project and what is left of the sites, the best three."""
    pairs, (land, others) = found.pairs, left
    need = pairs.need_m2[row]
    short = np.maximum(need - land, 0.0)
    over = np.maximum(np.nan_to_num(pairs.late[row]) - problem.late_most, 0.0)
    over = over if pairs.timed else np.zeros_like(over)
    can = ~pairs.never[row] & (land > 0) & (need > 0)
    price = late_price * over + short_price * 100 * short / (need if need > 0 else np.nan)
    lacks = {}
    for stock, rest in zip(stocks(problem, pairs)[1:], others, strict=True):
        lack = np.maximum(stock.need[row] - np.maximum(rest, 0.0), 0.0)
        price = price + short_price * 100 * lack / (stock.need[row] or 1.0)
        lacks[stock.name] = lack
    best = np.flatnonzero(can)[np.argsort(price[can], kind="stable")][:3]
    names = problem.sites.index.to_numpy(dtype=object)[best]
    taken = (need - short[best]).tolist()
    yields = [_yielding(problem, found, site, m2) for site, m2 in zip(names, taken, strict=True)]
    more = [
        tuple((name, float(lack[at])) for name, lack in lacks.items() if lack[at] > 0)
        for at in best
    ]
    parts = np.array([over[best] > 0, short[best] > 0, [bool(one) for one in more]])
    kinds = np.where(parts.sum(axis=0) > 1, "both", np.array(_KINDS)[parts.argmax(axis=0)])
    return pd.DataFrame(
        {
            "kind": kinds,
            "site_id": names,
            "months": over[best],
            "short_m2": short[best],
            "price": price[best],
            "more": pd.Series(more, dtype=object),
            "moved": pd.Series([()] * len(best), dtype=object),
            "lost": pd.Series([()] * len(best), dtype=object),
            "yielding": pd.Series(yields, dtype=object),
        }
    )


def _yielding(
    problem: MatchProblem, found: Matching, site: str, taken_m2: float
) -> tuple[str, ...]:
    """Return the projects of a site that have to give land above their least to a newcomer."""
    there = found.assignments[found.assignments["site_id"] == site]
    area = found.pairs.area_m2[problem.sites.index.get_loc(site)]
    if taken_m2 <= area - there["land_m2"].sum() + 0.5:
        return ()
    least = pd.Series(found.pairs.need_m2, index=problem.projects.index).reindex(there.index)
    return tuple(there.index[(there["land_m2"] > least + 0.5).to_numpy()])


def _give_way(
    problem: MatchProblem, found: Matching, name: str, seconds: float
) -> tuple[pd.DataFrame, float]:
    """Return what it costs the others to place one project within the rules, and the seconds."""
    none = pd.DataFrame(columns=["project_id", *_COLUMNS])
    row = problem.projects.index.get_loc(name)
    allowed = np.flatnonzero(found.pairs.barred[row] == FREE)
    if not len(allowed) or found.status not in ("optimal", "gap"):
        return none, 0.0
    alike = problem.scores.copy()
    alike.loc[name] = 0.0  # whatever site it gets: the others shall lose as little as can be
    other = match(replace(problem, scores=alike), seconds=seconds, must=[name])
    if name not in other.assignments.index:
        return none, other.seconds
    before, after = found.assignments["site_id"], other.assignments["site_id"]
    kept = before.index.intersection(after.index)
    moved = {*before.index.difference(after.index), *kept[(before[kept] != after[kept])]} - {name}
    rest = points(problem, found.pairs, other.assignments.drop(index=name))
    way = pd.DataFrame(
        {
            "project_id": [name],
            "kind": ["give_way"],
            "site_id": [after[name]],
            "months": [0.0],
            "short_m2": [0.0],
            "price": [max(found.objective - rest, 0.0)],
            "more": pd.Series([()], dtype=object),
            "moved": pd.Series([tuple(sorted(moved))], dtype=object),
            "lost": pd.Series([tuple(sorted(before.index.difference(after.index)))], dtype=object),
            "yielding": pd.Series([()], dtype=object),
        }
    )
    return way, other.seconds


def points(problem: MatchProblem, pairs: Pairs, table: pd.DataFrame) -> float:
    """Return what a plan is worth by the points of ``pairs``."""
    return float(pairs.points[_places(problem, table)].sum())


def first_come(problem: MatchProblem) -> pd.DataFrame:
    """Return the plan of first come, first served: each project takes the best site left.

    In the order of ``projects``, pins before all others; the same rules bar the same pairs.

    Returns
    -------
    DataFrame
        As ``assignments`` of `analysis.matching.Matching`.
    """
    pairs = match_pairs(problem)
    pinned = refuse_pins(problem, pairs)
    every = stocks(problem, pairs)
    left = [stock.amount.copy() for stock in every]
    closed = np.zeros(len(problem.sites), dtype=bool)
    rows = np.lexsort((np.arange(len(pinned)), ~pinned.any(axis=1)))
    taken = []
    for row in rows.tolist():
        can = pinned[row] if pinned[row].any() else (pairs.barred[row] == FREE) & ~closed
        for stock, rest in zip(every, left, strict=True):
            can = can & ~(stock.need[row] > rest[stock.pool] * (1 + 1e-9))
        if not can.any():
            continue
        column = int(np.argmax(np.where(can, pairs.points[row], -np.inf)))
        taken.append((row, column))
        for stock, rest in zip(every, left, strict=True):
            rest[stock.pool[column]] -= stock.need[row]
        closed |= problem.sites.index.isin(
            [b if a == problem.sites.index[column] else a for a, b in problem.overlaps
             if problem.sites.index[column] in (a, b)]
        )  # fmt: skip
    chosen = pd.DataFrame(sorted(taken), columns=["row", "column"])
    return assignments(problem, pairs, chosen, pinned)


def faults_of(problem: MatchProblem, table: pd.DataFrame) -> tuple[str, ...]:
    """Return every rule that a plan breaks, found without the programme that made it.

    Examples
    --------
    >>> projects = pd.DataFrame({"land_least_mu": [20.0], "land_most_mu": [20.0]}, index=["X1"])
    >>> sites = pd.DataFrame({"area_m2": [9_000.0]}, index=["S1"])
    >>> none = pd.DataFrame({"project_id": [], "site_id": []})
    >>> problem = MatchProblem(projects, sites, pd.DataFrame(0.0, ["X1"], ["S1"]), none)
    >>> plan = pd.DataFrame({"site_id": ["S1"], "land_m2": [20 * M2_PER_MU]}, index=["X1"])
    >>> faults_of(problem, plan)
    ('S1: 20.00 > 13.50 mu',)
    """
    told: list[str] = []
    site = table["site_id"]
    told += [f"{name}: twice" for name in table.index[table.index.duplicated()]]
    vetoed = set(zip(problem.vetoed["project_id"], problem.vetoed["site_id"], strict=True))
    both = set(zip(table.index, site, strict=True))
    told += [f"{p} → {s}: vetoed" for p, s in sorted(both & vetoed)]
    told += [f"{p} → {s}: banned" for p, s in sorted(both & set(problem.bans))]
    told += [f"{p} → {s}: pinned" for p, s in sorted(set(problem.pins) - both)]
    used = table["land_m2"].groupby(site).sum()
    area = problem.sites["area_m2"].reindex(used.index)
    told += [
        f"{name}: {to_mu(used[name]):.2f} > {to_mu(area[name]):.2f} mu"
        for name in used.index[(used > area * (1 + 1e-6)).to_numpy()]
    ]
    told += _drawn_over(problem, table)
    told += [f"{a}, {b}: overlap" for a, b in problem.overlaps if {a, b} <= set(used.index)]
    least = problem.projects["land_least_mu"].reindex(table.index) * M2_PER_MU
    told += [f"{name}: too little" for name in table.index[table["land_m2"] < least * (1 - 1e-9)]]
    return tuple(told)


def _drawn_over(problem: MatchProblem, table: pd.DataFrame) -> list[str]:
    """Return the stocks that a plan overdraws, added up anew from the tables."""
    told = []
    for need, stock in problem.capacities.items():
        whose = problem.sites.get(stock + SHARED)
        pool = pd.Series(problem.sites.index, problem.sites.index) if whose is None else whose
        asked = (
            problem.projects[need].reindex(table.index).groupby(table["site_id"].map(pool)).sum()
        )
        limit = problem.sites[stock].groupby(pool).min().reindex(asked.index)
        told += [f"{name}: {need}" for name in asked.index[asked > limit * (1 + 1e-6)]]
    return told
