"""How long stages last: moves that happened, waits that still run, and curves made of both.

A parcel that still waits says that its stage lasts at least so long (right-censoring); leaving it
out would make every stage look shorter than it is. Waits are counted by day, so that a register
of any size is a table of a few thousand rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.credit import credit_stages
from analysis.stages import stage_order
from data.rules import Rules

NEVER = np.iinfo(np.int32).max
"""Stands for a stage that a parcel has not reached."""
MIN_MOVES = 20
"""Fewer finished moves of one mode borrow those of all modes."""
MIN_PASSED = 5
"""Fewer parcels of a mode say nothing about which stages it has."""
USED_BY = 0.5
"""A stage belongs to a mode where at least this share of the parcels beyond it recorded it."""

Days = NDArray[np.int32]
Floats = NDArray[np.float64]


def first_days(standing: pd.DataFrame, parcels: pd.DataFrame, *, rules: Rules) -> Days:
    """Return the first day on which each parcel reached each stage.

    Parameters
    ----------
    standing : DataFrame
        Standing events (:func:`analysis.stages.standing_events`).
    parcels : DataFrame
        Indexed by ``parcel_id``; events of other parcels are left out.
    rules : Rules
        Gives the order of the stages.

    Returns
    -------
    ndarray of int32, shape (parcels, stages)
        Days since 1970-01-01; ``NEVER`` where the parcel has no event of the stage.
    """
    days = np.full((len(parcels), len(rules.stages)), NEVER, dtype=np.int32)
    row = parcels.index.get_indexer(pd.Index(standing["parcel_id"]))
    order = stage_order(standing["stage"], rules)
    known = (row >= 0) & ~np.isnan(order)
    when = pd.to_datetime(standing["occurred_on"]).to_numpy().astype("datetime64[D]")
    cell = row[known] * days.shape[1] + order[known].astype(np.int64)
    np.minimum.at(days.reshape(-1), cell, when[known].astype(np.int32))
    return days


def mode_codes(modes: pd.Series, *, rules: Rules) -> NDArray[np.int64]:
    """Return the place of each mode in the credit rule, -1 where there is no mode or no place."""
    known = pd.Categorical(modes, categories=list(credit_stages(rules)))
    return np.asarray(known.codes, dtype=np.int64)


def paths(
    days: Days,
    modes: NDArray[np.int64],
    *,
    rules: Rules,
    until: Mapping[str, str] | None = None,
) -> dict[str, tuple[int, ...]]:
    """Return for each mode the stages on its way to credit, learnt from the parcels that went it.

    Parameters
    ----------
    days : ndarray
        As :func:`first_days` gives it.
    modes : ndarray of int
        As :func:`mode_codes` gives them, in the order of the rows of ``days``.
    rules : Rules
        Gives the stage that earns credit under each mode.
    until : mapping, optional
        Mode → the stage at which its way ends instead.

    Returns
    -------
    dict
        Mode → orders of its stages up to the one that earns credit. A mode that too few parcels
        have gone takes the way of those modes that earn at the same stage, and every stage where
        nobody has gone it.
    """
    order = rules.stage_order
    reached = days != NEVER
    furthest = np.where(reached, np.arange(days.shape[1]), -1).max(axis=1, initial=-1)
    ends = credit_stages(rules)
    earning = {mode: order[(until or {}).get(mode, stage)] for mode, stage in ends.items()}
    lasts = np.array([*earning.values(), -1])
    found = {}
    for code, (mode, last) in enumerate(earning.items()):
        own = _used(reached, furthest, modes == code)
        shared = own
        if np.isnan(own[:last]).any():
            shared = _used(reached, furthest, lasts[modes] == last)
        used = np.where(np.isnan(own), shared, own)
        used = np.where(np.isnan(used), 1.0, used)
        found[mode] = (*(k for k in range(last) if used[k] >= USED_BY), last)
    return found


def _used(reached: NDArray[np.bool_], furthest: NDArray, rows: NDArray) -> Floats:
    """Return the share of the parcels beyond each stage that recorded it, NaN for too few."""
    stages = reached.shape[1]
    mine = furthest[rows]
    beyond = np.bincount(mine + 1, minlength=stages + 1)[::-1].cumsum()[::-1][1:]
    beyond = np.append(beyond[1:], 0)[:stages]
    passed = furthest[rows, None] > np.arange(stages)
    having = (reached[rows] & passed).sum(axis=0)
    share = having / np.maximum(beyond, 1)
    return np.where(beyond >= MIN_PASSED, share, np.nan)


@dataclass(frozen=True, eq=False)
class Waits:
    """Moves and waits by step and by their length in days.

    Attributes
    ----------
    steps : tuple of (mode, from, to)
        Orders of the stage left and of the stage reached next; the rows of the tables. A step
        from the earning stage to itself is a parcel credited in part that waits for the rest.
    moved, waiting : ndarray, shape (steps, days)
        How many moves took so many days, and how many parcels have waited so many days so far.
    pooled : ndarray of bool, shape (steps,)
        Whether the row stands for all modes, because its own had too few moves.
    """

    steps: tuple[tuple[str, int, int], ...]
    moved: Floats
    waiting: Floats
    pooled: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Spells:
    """One row for each time that a parcel stood at a stage on its way to credit.

    ``step`` is a row of ``steps``; ``begin`` and ``end`` are days (``end`` the day of the look
    where ``moved`` is false); ``parcel`` is the row of the parcel.
    """

    steps: tuple[tuple[str, int, int], ...]
    parcel: NDArray[np.int64]
    step: NDArray[np.int64]
    begin: NDArray[np.int64]
    end: NDArray[np.int64]
    moved: NDArray[np.bool_]

    def only(self, rows: NDArray[np.bool_]) -> Spells:
        """Return some of the stays."""
        stay = (self.parcel[rows], self.step[rows], self.begin[rows], self.end[rows])
        return Spells(self.steps, *stay, self.moved[rows])


def spells(
    days: Days,
    rest_on: Days,
    partly: NDArray[np.bool_],
    modes: NDArray[np.int64],
    *,
    ways: Mapping[str, tuple[int, ...]],
    day: date,
) -> Spells:
    """Return every stay at a stage, finished or not.

    Parameters
    ----------
    days : ndarray
        First day of each parcel at each stage.
    rest_on : ndarray of int32, shape (parcels,)
        Day of the second credit of a parcel, ``NEVER`` where there is none.
    partly : ndarray of bool
        Parcels whose first credit left a part for later.
    modes : ndarray of int
        As :func:`mode_codes` gives them.
    ways : mapping
        As :func:`paths` gives it.
    day : date
        The day of the look: what still runs is counted to here.

    Returns
    -------
    Spells
        Stays of which an end is missing between two recorded stages, or whose days run backwards,
        say nothing about durations and are left out.
    """
    today = int(np.datetime64(day, "D").astype(np.int64))
    steps: list[tuple[str, int, int]] = []
    parts: list[tuple[NDArray, ...]] = []
    for code, (mode, way) in enumerate(ways.items()):
        rows = np.flatnonzero(modes == code)
        mine = days[rows].astype(np.int64)
        beyond = range(way[-1] + 1, days.shape[1])
        for place, (at, after) in enumerate(pairwise(way), start=1):
            later = mine[:, [*way[place:], *beyond]].min(axis=1, initial=NEVER)
            parts.append(_stays(rows, mine[:, at], mine[:, after], later, len(steps), today))
            steps.append((mode, at, after))
        mine_partly = rows[partly[rows]]
        again = rest_on[mine_partly].astype(np.int64)
        begin = days[mine_partly, way[-1]].astype(np.int64)
        parts.append(_stays(mine_partly, begin, again, again, len(steps), today))
        steps.append((mode, way[-1], way[-1]))
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    return Spells(tuple(steps), *columns)


def _stays(
    rows: NDArray, begin: NDArray, after: NDArray, later: NDArray, step: int, today: int
) -> tuple[NDArray, ...]:
    moved = (begin != NEVER) & (after != NEVER) & (after >= begin)
    waits = (begin != NEVER) & (later == NEVER)
    kept = moved | waits
    end = np.where(moved, after, today)[kept]
    return (
        rows[kept],
        np.full(int(kept.sum()), step, dtype=np.int64),
        begin[kept],
        end,
        moved[kept],
    )


def waits(found: Spells) -> Waits:
    """Count moves and waits by step and length; steps with few moves borrow those of all modes."""
    length = found.end - found.begin
    width = int(length.max(initial=0)) + 2
    shape = (len(found.steps), width)
    cell = found.step * width + length
    size = shape[0] * width
    moved = np.bincount(cell[found.moved], minlength=size).reshape(shape).astype(float)
    waiting = np.bincount(cell[~found.moved], minlength=size).reshape(shape).astype(float)
    few = moved.sum(axis=1) < MIN_MOVES
    pairs = np.array([(at, after) for _, at, after in found.steps]).reshape(-1, 2)
    alike = (pairs[:, None] == pairs[None]).all(axis=2).astype(float)
    return Waits(
        found.steps,
        np.where(few[:, None], alike @ moved, moved),
        np.where(few[:, None], alike @ waiting, waiting),
        few & (alike.sum(axis=1) > 1),
    )


def still_there(moved: Floats, waiting: Floats) -> Floats:
    """Return the share that is still at the stage after so many days (Kaplan–Meier).

    Parameters
    ----------
    moved, waiting : ndarray, shape (..., days)
        Moves and running waits by length; weights need not be whole.

    Returns
    -------
    ndarray
        Same shape, falling from at most 1; where the longest wait is unfinished the curve stays
        above 0, and nothing is said of what comes later. 1 throughout where nobody was there.

    Notes
    -----
    ``S(t) = Π (1 − d_i / n_i)`` over the days ``i ≤ t`` with ``d`` moves among ``n`` that had
    stayed so long; a wait that ends its count on a day is still counted on that day (E. L. Kaplan
    and P. Meier, 1958).

    Examples
    --------
    Of three parcels one moved after 1 day, one after 3, and one still waits after 2.

    >>> still_there(np.array([0.0, 1, 0, 1]), np.array([0.0, 0, 1, 0])).round(4).tolist()
    [1.0, 0.6667, 0.6667, 0.0]
    """
    there = np.cumsum((moved + waiting)[..., ::-1], axis=-1)[..., ::-1]
    hazard = np.divide(moved, there, out=np.zeros_like(there), where=there > 1e-12)
    result: Floats = np.asarray(np.cumprod(1.0 - np.minimum(hazard, 1.0), axis=-1), dtype=float)
    return result


def durations(found: Waits, *, rules: Rules) -> pd.DataFrame:
    """Return how long each step takes, in days, with how many moves and waits say so.

    Returns
    -------
    DataFrame
        ``renewal_mode``, ``stage``, ``next_stage``, ``moved``, ``waiting``, ``p25_days``,
        ``median_days``, ``p75_days``, ``pooled``. A quarter is NaN where the curve does not fall
        so far: too many still wait.
    """
    codes = [stage.code for stage in rules.stages]
    curve = still_there(found.moved, found.waiting)
    table = pd.DataFrame(
        {
            "renewal_mode": [mode for mode, _, _ in found.steps],
            "stage": [codes[at] for _, at, _ in found.steps],
            "next_stage": [codes[after] for _, _, after in found.steps],
            "moved": found.moved.sum(axis=1).astype(int),
            "waiting": found.waiting.sum(axis=1).astype(int),
        }
    )
    for name, share in (("p25_days", 0.75), ("median_days", 0.5), ("p75_days", 0.25)):
        below = curve <= share
        table[name] = np.where(below.any(axis=1), below.argmax(axis=1), np.nan).astype(float)
    return table.assign(pooled=found.pooled)
