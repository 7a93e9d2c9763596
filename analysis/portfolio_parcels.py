"""The portfolio parcel by parcel: of each block any part that hangs together may be taken.

Beside the rows of `analysis.portfolio_parcels_model` there is, for parcels u, v of one block and
any set S of parcels that parts them::

    Y_u + Y_v ≤ 1 + Σ_{w ∈ S} Y_w

so that who takes both takes a way between them (R. Carvajal et al., 2013). There are far too many
of these, so they are added where an answer falls apart, and it is solved again. Leaving rows out
only makes the bound better than it is, so the best bound of all rounds holds for the programme.
In each round the pieces that were found, joined where they fell apart, are themselves candidates of
a small programme, which gives an answer that fits; its gap to the bound is certified.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import breadth_first_order, connected_components

from analysis.milp import (
    TOLERANCE,
    Answer,
    Floats,
    Progress,
    Stopped,
    relative_gap,
    solve_milp,
)
from analysis.portfolio import Solution, chosen_table, towns_table, years_table
from analysis.portfolio_check import check
from analysis.portfolio_conflict import conflict
from analysis.portfolio_model import Options, build
from analysis.portfolio_parcels_model import Parcels, build_parcels
from analysis.portfolio_problem import FIGURES, SUMMED, Problem, ready

Places = NDArray[np.int64]
MOST_ROUNDS = 40


def solve_parcels(
    problem: Problem,
    pairs: tuple[pd.Index, pd.Index],
    *,
    least_mu: float = 0.0,
    begin: Mapping[str, int] | None = None,
    progress: Progress | None = None,
    stopped: Stopped | None = None,
) -> Solution:
    """Choose parcels that hang together within their blocks, and the year in which each starts.

    Parameters
    ----------
    problem : Problem
        Every candidate is one parcel under its own id; ``block_id`` says which block it is of. The
        parcels of a block take as long as the slowest.
    pairs : tuple of Index
        Ids of neighbours.
    least_mu : float
        What is begun of a block is at least so large, or the whole block.
    begin : mapping of parcel to year, optional
        A choice that is known to fit, such as that of whole blocks: it is returned where nothing
        better is found in time.
    progress, stopped
        As `analysis.portfolio.solve`.

    Returns
    -------
    Solution
        ``chosen`` has one row for each part of a block: the block's id where all of it is taken,
        else ``block~year``.

    Examples
    --------
    The two cheapest of a row of three do not hang together.

    >>> from data.portfolio_settings import settings_from
    >>> ids = pd.Index(["a", "b", "c"], name="candidate_id")
    >>> row = Problem(
    ...     pd.DataFrame({"block_id": "B", "area_mu": 10.0, "cost_wan": [1.0, 5, 2]}, index=ids),
    ...     pd.DataFrame({"area_mu": 10.0, "town": "塘下镇"}, index=ids), {n: (n,) for n in ids},
    ...     settings_from({"years": [2027], "task_mu": 20, "months": 6, "gap": 0}))
    >>> found = solve_parcels(row, (ids[:2], ids[1:]))
    >>> found.objective, found.chosen["parcel_ids"].tolist()
    (6.0, [('a', 'b')])
    """
    given = ready(problem)
    taken = given.problem
    land = _land(taken, pairs, least_mu)
    if begin is not None and not _hangs_together(taken, land, begin):
        begin = None
    answer, best, reached = _rounds(taken, land, begin, least_mu, progress, stopped)
    found = _solution(taken, land, answer, best, reached)
    short = [bool(given.incomplete & set(ids)) for ids in found.chosen["parcel_ids"]]
    short_of = tuple(found.chosen.index[np.array(short, dtype=bool)])
    found = replace(found, left_out=given.left_out, incomplete=short_of)
    if best is None and answer.status == "infeasible":
        return replace(found, conflict=conflict(taken, land.parcels.built, stopped=stopped))
    return found


@dataclass(frozen=True, eq=False)
class _Land:
    """The model of parcels, and who is whose neighbour."""

    parcels: Parcels
    graph: sparse.csr_array

    @property
    def count(self) -> int:
        """Number of parcels, the first columns of the model."""
        return len(self.parcels.block)


def _land(problem: Problem, pairs: tuple[pd.Index, pd.Index], least_mu: float) -> _Land:
    parcels = build_parcels(problem, least_mu=least_mu)
    ids = problem.candidates.index
    left, right = (ids.get_indexer(side) for side in pairs)
    kept = (left >= 0) & (right >= 0)
    kept &= parcels.block[left] == parcels.block[right]
    ends = (np.concatenate([left[kept], right[kept]]), np.concatenate([right[kept], left[kept]]))
    graph = sparse.csr_array((np.ones(len(ends[0])), ends), shape=(len(ids), len(ids)))
    return _Land(parcels, graph)


def _rounds(
    problem: Problem,
    land: _Land,
    begin: Mapping[str, int] | None,
    least_mu: float,
    progress: Progress | None,
    stopped: Stopped | None,
) -> tuple[Answer, dict[str, int] | None, float]:
    """Solve, add cuts and mend, until the gap is small enough or time is up.

    Returns the last answer of the relaxed programme, the best choice (parcel → year of the start)
    and its objective.
    """
    asked = problem.settings
    common: dict[str, Any] = {"seed": asked.seed, "stopped": stopped}
    model, left, bound = land.parcels.built.model, asked.seconds, -np.inf
    best = None if begin is None else dict(begin)
    pool: dict[tuple[int, ...], None] = {}
    reached = _objective(problem, land, best)
    for _ in range(MOST_ROUNDS):
        # Half of the gap is left to what has to hang together.
        answer = solve_milp(
            model, gap=asked.gap / 2, seconds=max(left, 0.1), progress=progress, **common
        )
        left -= answer.seconds
        if answer.values is None:
            break
        bound = max(bound, answer.bound)
        taken = np.flatnonzero(answer.values[: land.count] > 0.5)
        cuts = list(_cuts(problem, land, taken))
        pool |= dict.fromkeys(_pool(problem, land, taken, best, least_mu))
        mended, spent = _mended(problem, land, list(pool), min(max(left, 1.0), 15.0), common)
        left -= spent
        if mended is not None and not _objective(problem, land, mended) >= reached:
            best, reached = mended, _objective(problem, land, mended)
        close = relative_gap(reached, bound) <= asked.gap
        if close or not cuts or left <= 0 or answer.status == "stopped":
            break
        rows = sparse.vstack([model.matrix, *cuts]).tocsr()
        high = np.concatenate([model.row_high, np.ones(len(cuts))])
        low = np.concatenate([model.row_low, np.full(len(cuts), -np.inf)])
        model = replace(model, matrix=rows, row_low=low, row_high=high)
    return replace(answer, bound=bound, seconds=asked.seconds - left), best, reached


def _hangs_together(problem: Problem, land: _Land, choice: Mapping[str, int]) -> bool:
    """Return whether what is chosen of each block is one piece with one year, of known parcels."""
    at = problem.candidates.index.get_indexer(pd.Index(list(choice)))
    if (at < 0).any():
        return False
    years = pd.Series(list(choice.values())).groupby(land.parcels.block[at]).nunique()
    parts, _ = _components(land.graph, np.sort(at))
    return bool((years == 1).all()) and parts == len(years)


def _objective(problem: Problem, land: _Land, choice: Mapping[str, int] | None) -> float:
    if choice is None:
        return float("nan")
    mine = problem.candidates.index.isin(list(choice))
    return float(land.parcels.built.model.cost[: land.count][mine].sum())


def _pool(
    problem: Problem,
    land: _Land,
    taken: Places,
    best: Mapping[str, int] | None,
    least_mu: float,
) -> Iterator[tuple[int, ...]]:
    """Yield pieces that hang together: those taken, those joined by the shortest ways, blocks."""
    area, ids = problem.figure("area_mu"), problem.candidates.index
    held = np.flatnonzero(ids.isin(list(best or ())))
    for block in range(int(land.parcels.block.max()) + 1):
        mine = np.flatnonzero(land.parcels.block == block)
        chosen, kept = np.intersect1d(mine, taken), np.intersect1d(mine, held)
        for whole in (mine, kept):
            if len(whole) and _components(land.graph, whole)[0] == 1:
                yield tuple(whole.tolist())
        if not len(chosen):
            continue
        _, label = _components(land.graph, chosen)
        pieces = [chosen[label == part] for part in np.unique(label)]
        pieces.append(_joined(land.graph, mine, pieces))
        for piece in pieces:
            if len(piece) == len(mine) or area[piece].sum() >= least_mu:
                yield tuple(piece.tolist())


def _joined(graph: sparse.csr_array, mine: Places, pieces: list[Places]) -> Places:
    """Return the pieces with the shortest ways from the first to each other one."""
    inside = graph[mine][:, mine]
    at = np.searchsorted(mine, pieces[0][0])
    _, before = breadth_first_order(inside, at, directed=False)
    found = set(np.concatenate(pieces).tolist())
    for piece in pieces[1:]:
        step = int(np.searchsorted(mine, piece[0]))
        while step >= 0 and step != at:
            found.add(int(mine[step]))
            step = int(before[step])
    joined = np.array(sorted(found), dtype=np.int64)
    return joined if _components(graph, joined)[0] == 1 else pieces[0]


def _mended(
    problem: Problem,
    land: _Land,
    pool: list[tuple[int, ...]],
    seconds: float,
    common: dict[str, Any],
) -> tuple[dict[str, int] | None, float]:
    """Return the best choice among pieces, one of each block at most, and the time it took."""
    ids = problem.candidates.index.to_numpy(dtype=object)
    names = [f"#{n}" for n in range(len(pool))]
    rows = np.repeat(np.arange(len(pool)), [len(piece) for piece in pool])
    places = np.concatenate([np.array(piece, dtype=np.int64) for piece in pool])
    area = problem.figure("area_mu")
    told = pd.DataFrame(index=pd.Index(names, name="candidate_id"))
    for name in ("area_mu", *FIGURES):
        weight = area if name == "difficulty" else 1.0
        told[name] = np.bincount(rows, (problem.figure(name) * weight)[places], len(pool))
    told["difficulty"] /= told["area_mu"]
    of = land.parcels.block[[piece[0] for piece in pool]]
    told["block_id"] = land.parcels.names[of]
    lag = np.zeros(len(land.parcels.names), dtype=np.int64)
    np.maximum.at(lag, land.parcels.block, problem.lag_years)
    told["months"] = _months(lag[of], problem)
    members = {name: tuple(ids[list(piece)]) for name, piece in zip(names, pool, strict=True)}
    built = build(replace(problem, candidates=told, members=members))
    once = sparse.csr_array(
        (
            np.ones(len(built.options.candidate)),
            (of[built.options.candidate], np.arange(len(built.options.candidate))),
        ),
        shape=(len(land.parcels.names), len(built.model.cost)),
    )
    model = replace(
        built.model,
        matrix=sparse.vstack([built.model.matrix, once]).tocsr(),
        row_low=np.concatenate([built.model.row_low, np.full(once.shape[0], -np.inf)]),
        row_high=np.concatenate([built.model.row_high, np.ones(once.shape[0])]),
    )
    answer = solve_milp(model, gap=problem.settings.gap / 4, seconds=seconds, **common)
    if answer.values is None:
        return None, answer.seconds
    picked = np.flatnonzero(answer.values[: len(built.options.candidate)] > 0.5)
    choice = {
        str(ids[place]): int(built.options.start[option])
        for option in picked.tolist()
        for place in pool[int(built.options.candidate[option])]
    }
    return choice, answer.seconds


def _months(lag: Places, problem: Problem) -> Floats:
    """Return months that make up so many years."""
    return np.asarray(12.0 * lag - (problem.settings.start_month - 1) + 0.5, dtype=float)


def _cuts(problem: Problem, land: _Land, taken: Places) -> Iterator[sparse.csr_array]:
    """Yield the rows (≤ 1) that a choice breaks by falling apart.

    Of each piece every parcel is told apart from the largest of the main one, through the
    neighbours of the piece that the main one can reach.
    """
    area, block = problem.figure("area_mu"), land.parcels.block
    for number in np.unique(block[taken]):
        mine = np.flatnonzero(block == number)
        chosen = np.intersect1d(mine, taken)
        parts, label = _components(land.graph, chosen)
        if parts < 2:
            continue
        largest = int(np.argmax(np.bincount(label, area[chosen])))
        main = chosen[label == largest]
        anchor = main[np.argmax(area[main])]
        for part in range(parts):
            piece = chosen[label == part]
            if part == largest:
                continue
            gate = _gate(land.graph, mine, piece, int(anchor))
            for parcel in piece:
                yield _row([parcel, anchor], gate, len(land.parcels.built.model.cost))


def _components(graph: sparse.csr_array, nodes: Places) -> tuple[int, Places]:
    parts, label = connected_components(graph[nodes][:, nodes], directed=False)
    return int(parts), label


def _gate(graph: sparse.csr_array, mine: Places, piece: Places, other: int) -> Places:
    """Return the neighbours of a piece that the rest of the land can reach without it."""
    around = np.setdiff1d(np.unique(graph[piece].indices), piece)
    rest = np.setdiff1d(mine, np.concatenate([piece, around]))
    if other not in rest:
        return around
    _, label = _components(graph, rest)
    side = rest[label == label[np.searchsorted(rest, other)]]
    return np.intersect1d(around, np.unique(graph[side].indices))


def _row(ends: list[int], gate: Places, width: int) -> sparse.csr_array:
    columns = np.concatenate([np.array(ends, dtype=np.int64), gate])
    values = np.concatenate([np.ones(len(ends)), -np.ones(len(gate))])
    rows = np.zeros(len(columns), dtype=np.int64)
    return sparse.csr_array((values, (rows, columns)), shape=(1, width))


def _solution(
    problem: Problem,
    land: _Land,
    answer: Answer,
    best: Mapping[str, int] | None,
    reached: float,
) -> Solution:
    """Return the pieces of land chosen, as if they had been candidates, checked by other code."""
    built = land.parcels.built
    pieces, at = _pieces(problem, land, best or {})
    chosen = chosen_table(pieces, replace(built, options=at), np.arange(len(at.candidate)))
    gap = relative_gap(reached, answer.bound)
    status = answer.status
    if best is not None and status in ("optimal", "gap", "time"):
        status = "time" if gap > problem.settings.gap else "gap" if gap > TOLERANCE else "optimal"
    sign = -1.0 if [*built.terms] == ["gain"] else 1.0
    return Solution(
        status=status,
        gap=gap,
        objective=sign * reached,
        bound=sign * answer.bound,
        chosen=chosen,
        years=years_table(pieces, chosen),
        towns=towns_table(pieces, chosen),
        faults=check(pieces, chosen) if len(chosen) else (),
        seconds=answer.seconds,
        nodes=answer.nodes,
        totals={name: float(chosen[name].sum()) for name in ("area_mu", "cost_wan", "gain_m2")},
    )


def _pieces(problem: Problem, land: _Land, choice: Mapping[str, int]) -> tuple[Problem, Options]:
    """Return a problem whose candidates are what was chosen of each block, and their starts."""
    ids = problem.candidates.index
    at = np.flatnonzero(ids.isin(list(choice)))
    block, names = land.parcels.block[at], land.parcels.names.astype(str)
    size = np.bincount(land.parcels.block, minlength=len(names))
    numbers, first, of, taken = np.unique(
        block, return_index=True, return_inverse=True, return_counts=True
    )
    start = np.array([choice[str(ids[at[place]])] for place in first], dtype=np.int64)
    lag = np.zeros(len(names), dtype=np.int64)
    np.maximum.at(lag, land.parcels.block, problem.lag_years)
    told = [
        str(names[number]) if whole else f"{names[number]}~{year}"
        for number, whole, year in zip(numbers, taken == size[numbers], start, strict=True)
    ]
    sums = pd.DataFrame(index=pd.Index(told, name="candidate_id", dtype=object))
    area = problem.figure("area_mu")
    for name in ("area_mu", *FIGURES):
        weight = area if name == "difficulty" else 1.0
        sums[name] = np.bincount(of, (problem.figure(name) * weight)[at], len(numbers))
    for name in SUMMED:
        known = ~np.isnan(problem.figure(name)[at])
        least = np.bincount(of, np.nan_to_num(problem.figure(name)[at]), len(numbers))
        sums[name] = np.where(np.bincount(of, known, len(numbers)) > 0, least, np.nan)
        sums[f"{name}_unknown"] = np.bincount(of, problem.unknown(name)[at], len(numbers))
    sums["difficulty"] /= sums["area_mu"]
    sums["block_id"] = names[numbers]
    sums["months"] = _months(lag[numbers], problem)
    members = {name: tuple(ids[at[of == place]].astype(str)) for place, name in enumerate(told)}
    options = Options(np.arange(len(numbers)), start, start + lag[numbers])
    return replace(problem, candidates=sums, members=members), options
