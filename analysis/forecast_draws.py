"""Many possible rests of the year: which parcels come through in each, and what they add up to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.durations import Floats
from analysis.forecast_chances import HISTORIES, Chances
from analysis.forecast_check import Match
from analysis.forecast_scene import Past

DRAWN_SINGLY = 1000
"""So many parcels, those that sway the sum most, are drawn one by one."""
CANDIDATES = 200
"""So many of them are kept for the question which parcels decide."""
NEWCOMER_SPREAD = 0.3
"""Least relative spread of what newcomers bring."""


@dataclass(frozen=True, eq=False)
class Draws:
    """The rests of the year that were drawn.

    Attributes
    ----------
    total_m2 : ndarray, shape (draws, horizons)
        Area credited after the day of the look by each horizon.
    candidate : ndarray of int
        Places in ``Chances.parcel`` of the parcels that sway the sum most.
    came : ndarray of bool, shape (draws, candidates)
        Whether each of them came through by the last horizon.
    ratio : ndarray, shape (draws,)
        The year of each draw against what the curves say.
    chance : ndarray, shape (parcels of Chances,)
        Mean chance by the last horizon.
    """

    total_m2: Floats
    candidate: NDArray[np.int64]
    came: NDArray[np.bool_]
    ratio: Floats
    chance: Floats


def draw(
    found: Chances,
    left_m2: Floats,
    past: Past,
    matched: Match,
    *,
    draws: int,
    rng: np.random.Generator,
) -> Draws:
    """Draw the rest of the year ``draws`` times.

    Parcels come through independently of each other within a history, whose curves and pace they
    share. The many parcels that sway the sum least are drawn together: their sum is taken as
    normal with its exact mean and variance.

    Parameters
    ----------
    found : Chances
        The chances of the parcels that may still earn.
    left_m2 : ndarray
        What each of them would add, m².
    past : Past
        What newcomers brought in past years.
    matched : Match
        How past years came out against the curves; each draw is a year of its own.
    draws : int
        Number of draws, shared out evenly over the histories.
    rng : Generator
        Source of randomness.
    """
    mean = found.table[-1].mean(axis=0)[found.cell]
    sway = left_m2 * np.sqrt(mean * (1.0 - mean))
    order = np.argsort(-sway, kind="stable")
    single, others = np.sort(order[:DRAWN_SINGLY]), order[DRAWN_SINGLY:]
    kept = order[: min(CANDIDATES, len(single))]
    at = np.searchsorted(single, kept)
    totals, came = [], []
    for history, size in enumerate(_shares(draws)):
        chance = found.table[:, history][:, found.cell[single]]
        luck = rng.random((size, len(single)), dtype=np.float32)
        summed = [(luck < chance_by) @ left_m2[single] for chance_by in chance]
        rest = _together(found.table[:, history], found.cell[others], left_m2[others], size, rng)
        totals.append(np.column_stack(summed) + rest)
        came.append(luck[:, at] < chance[-1][at])
    ratio = matched.draw(draws, rng)
    known = np.minimum(np.concatenate(totals) * ratio[:, None], left_m2.sum())
    total = known + _newcomers(past, draws, found.table.shape[0], rng)
    return Draws(np.maximum.accumulate(total, axis=1), kept, np.concatenate(came), ratio, mean)


def _shares(draws: int) -> list[int]:
    """Return how many draws each history gets."""
    return np.diff(np.linspace(0, draws, HISTORIES + 1).astype(int)).tolist()


def _together(
    table: Floats, cell: NDArray, left_m2: Floats, size: int, rng: np.random.Generator
) -> Floats:
    """Return sums of many small parcels, one row for each draw and one column per horizon."""
    if not len(cell):
        return np.zeros((size, len(table)))
    cells = table.shape[1]
    mean = table @ np.bincount(cell, left_m2, minlength=cells)
    spread = (table * (1.0 - table)) @ np.bincount(cell, left_m2**2, minlength=cells)
    luck = rng.standard_normal((size, 1))
    return np.clip(mean + luck * np.sqrt(spread), 0.0, float(left_m2.sum()))


def _newcomers(past: Past, draws: int, horizons: int, rng: np.random.Generator) -> Floats:
    """Return what parcels without a stage today add, as in past years; 0 where none is known."""
    years = len(past.newcomers_m2)
    mean = past.newcomers_m2.mean(axis=0) if years else np.zeros(horizons)
    if not years or mean[-1] <= 0:
        return np.zeros((draws, horizons))
    brought = past.newcomers_m2[:, -1]
    seen = float(brought.var(ddof=1)) / mean[-1] ** 2 if years > 1 else 0.0
    spread = max(seen, NEWCOMER_SPREAD**2) * (1 + 1 / years)
    factor = rng.gamma(1.0 / spread, spread, size=(draws, 1))
    return np.asarray(factor * mean)
