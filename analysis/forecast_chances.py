"""The chance of each parcel to be credited by a day, for many plausible histories at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray
from scipy.fft import irfft, next_fast_len, rfft
from scipy.stats import gamma

from analysis.durations import Floats, still_there
from analysis.forecast_scene import PRIOR_MOVES, Past, Scene

HISTORIES = 64
"""Resampled histories: each has its own curves, its own months and its own pace of the year."""
LEAST_SPREAD = 0.1
"""Years differ in pace by at least this share, whatever few years have shown."""
SPREAD_UNSEEN = 0.3
"""Assumed where no past year is there to compare."""
LEAST_SHARE = 1e-12
AT_ONCE = 128
"""Cells multiplied at once, so that memory stays small."""


@dataclass(frozen=True, eq=False)
class Chances:
    """Chances by cell: parcels of one step that have waited equally long share a cell.

    Attributes
    ----------
    parcel : ndarray
        Rows of the parcels that may still earn.
    cell : ndarray
        The cell of each of them.
    table : ndarray, shape (horizons, histories, cells)
        Chance to be credited by each day looked at.
    latest : ndarray of int, shape (steps,)
        The last day, counted from the day of the look, on which reaching the next stage leaves an
        even chance of credit by the last horizon; -1 where none does.
    """

    parcel: NDArray[np.int64]
    cell: NDArray[np.int64]
    table: Floats
    latest: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Pace:
    """How fast moves into credit are in each history, 1 being what the curves say.

    Attributes
    ----------
    marks : list of int
        Ends of the months from the day of the look to the end of the year, in days from it.
    speed : ndarray, shape (histories, months)
        Speed in each of these months.
    """

    marks: list[int]
    speed: Floats


def pace(past: Past, ends: list[date], *, day: int, rng: np.random.Generator) -> Pace:
    """Return the pace of the months ahead.

    Months differ (towards December offices hurry), and so do years.

    Parameters
    ----------
    past : Past
        What past months and years brought.
    ends : list of date
        Ends of the months ahead, one after another.
    day : int
        The day of the look.
    rng : Generator
        Draws each month's pace from what is known of it, and shuffles the pace of the years.
    """
    shape = np.broadcast_to(past.moved + PRIOR_MOVES, (HISTORIES, 12))
    months = rng.gamma(shape) / (past.expected + PRIOR_MOVES)
    count, spread = len(past.years), SPREAD_UNSEEN**2
    if count:
        between = 0.0
        if count > 1:
            off = (past.year_moved / past.year_expected - 1.0) ** 2
            seen = float((past.year_expected * off).sum()) * count / (count - 1)
            between = max(0.0, (seen - count) / float(past.year_expected.sum()))
        spread = max(between, LEAST_SPREAD**2) * (1 + 1 / count)
    even = (np.arange(HISTORIES) + 0.5) / HISTORIES
    years = rng.permutation(gamma.ppf(even, 1.0 / spread, scale=spread))
    marks = [int(np.datetime64(end, "D").astype(np.int64)) - day for end in ends]
    return Pace(marks, years[:, None] * months[:, [end.month - 1 for end in ends]])


def chances(scene: Scene, ahead: Pace, *, opens: int, rng: np.random.Generator) -> Chances:
    """Return the chance of each parcel to be credited by the end of each month of the year.

    Parameters
    ----------
    scene : Scene
        The county on the day of the look.
    ahead : Pace
        Months ahead and their pace.
    opens : int
        How many of these months belong to an earlier year; what comes in them is not counted.
    rng : Generator
        Resamples the history: every move and every wait is weighed anew (Bayesian bootstrap,
        D. B. Rubin, 1981).

    Notes
    -----
    With ``S`` the curve of the step waited in, ``e`` the days waited and ``V(j)`` the chance of
    who reaches the next stage after ``j`` days, the chance is
    ``Σ_j [S(e+j−1) − S(e+j)] V(j) / S(e)``. The last step runs at the pace of each month.
    """
    parcel = np.flatnonzero((scene.step >= 0) & (scene.left_m2 > 0))
    step, waited = scene.step[parcel], scene.day - scene.since[parcel]
    width = scene.waits.moved.shape[1]
    keys, cell = np.unique(step * width + np.maximum(waited, 0), return_inverse=True)
    histories = len(ahead.speed)
    table = np.zeros((len(ahead.marks), histories, len(keys)))
    latest = np.full(len(scene.waits.steps), -1, dtype=np.int64)
    row_of = {known: row for row, known in enumerate(scene.waits.steps)}
    arrival = np.arange(ahead.marks[-1] + 1)[:, None]
    there = arrival <= np.array(ahead.marks)
    for mode, way in scene.ways.items():
        after = np.broadcast_to(there.astype(float), (histories, *there.shape))
        steps = [(mode, way[-1], way[-1])]
        steps += [(mode, *pair) for pair in zip(way[-2::-1], way[:0:-1], strict=True)]
        for name in steps:
            row = row_of[name]
            counts = scene.waits.moved[row], scene.waits.waiting[row]
            curve = _resampled(*counts, histories, rng)
            cells = np.flatnonzero(keys // width == row)
            days = keys[cells] % width
            latest[row] = _last_even(after)
            if name[1] != name[2] == way[-1]:
                table[:, :, cells] = _at_pace(curve, ahead, days[:, None] + [0, *ahead.marks])
                arrived = np.maximum(np.array([-1, *ahead.marks]) - arrival, -1)
                after = _at_pace(curve, ahead, arrived).transpose(1, 2, 0)
                continue
            table[:, :, cells] = _by_day(curve, after, days)
            if name[1] != name[2]:
                after = _one_before(curve, after)
    return Chances(parcel, cell.reshape(-1), _within(table, opens), latest)


def _within(table: Floats, opens: int) -> Floats:
    """Return the chances of the months that count, less what came before them."""
    before = table[opens - 1] if opens else 0.0
    return np.maximum.accumulate(np.clip(table[opens:] - before, 0.0, 1.0), axis=0)


def _last_even(after: Floats) -> int:
    """Return the last day on which reaching the stage leaves an even chance; -1 for none."""
    even = np.flatnonzero(after[:, :, -1].mean(axis=0) >= 0.5 - 1e-9)
    return int(even[-1]) if len(even) else -1


def _at_pace(curve: Floats, ahead: Pace, days: NDArray) -> Floats:
    """Return the chance to have made the last step by the end of each month ahead.

    Parameters
    ----------
    curve : ndarray, shape (histories, days)
        Share still there by days waited, at the usual pace.
    ahead : Pace
        Months and their pace.
    days : ndarray of int, shape (n, months + 1)
        Days waited on the day of the look and at the end of each month; -1 before the arrival.

    Returns
    -------
    ndarray, shape (months, histories, n)
    """
    gone = np.hstack([np.zeros((len(curve), 1)), -np.log(np.maximum(curve, LEAST_SHARE))])
    hazard = np.diff(gone[:, np.minimum(days + 1, gone.shape[1] - 1)], axis=2)
    summed = np.cumsum(hazard * ahead.speed[:, None, :], axis=2)
    return -np.expm1(-summed).transpose(2, 0, 1)


def _resampled(moved: Floats, waiting: Floats, histories: int, rng: np.random.Generator) -> Floats:
    """Return the curve of each history; a count of n weighs as n exponential numbers."""
    longest = np.flatnonzero(moved + waiting).max(initial=0) + 2
    weights = np.zeros((2, histories, longest))  # beyond the longest stay the curve is level
    for kind, counts in enumerate((moved, waiting)):
        seen = np.flatnonzero(counts)
        weights[kind][:, seen] = rng.gamma(counts[seen], size=(histories, len(seen)))
    return still_there(weights[0], weights[1])


def _moves_by_day(curve: Floats) -> Floats:
    """Return the share that moves on each day: the falls of the curve."""
    return -np.diff(curve, axis=1, prepend=1.0)


def _one_before(curve: Floats, after: Floats) -> Floats:
    """Return the chances by day of arrival one stage earlier: ``Σ_d f(d) after(t + d)``."""
    falls = _moves_by_day(curve)[:, : after.shape[1]]
    size = next_fast_len(falls.shape[1] + after.shape[1], real=True)
    left = rfft(after[:, ::-1], size, axis=1) * rfft(falls, size, axis=1)[:, :, None]
    return np.clip(irfft(left, size, axis=1)[:, : after.shape[1]][:, ::-1], 0.0, 1.0)


def _by_day(curve: Floats, after: Floats, waited: NDArray) -> Floats:
    """Return the chance by the end of each month of parcels that have waited so many days."""
    reach = after.shape[1] - 1
    falls = np.pad(_moves_by_day(curve), ((0, 0), (0, reach + 1)))
    ahead = np.lib.stride_tricks.sliding_window_view(falls, reach, axis=1)
    summed = np.empty((after.shape[2], len(after), len(waited)))
    for start in range(0, len(waited), AT_ONCE):
        came = ahead[:, waited[start : start + AT_ONCE] + 1] @ after[:, 1:]
        summed[:, :, start : start + AT_ONCE] = came.transpose(2, 0, 1)
    there = curve[:, np.minimum(waited, curve.shape[1] - 1)]
    shares = np.divide(summed, there, out=np.zeros_like(summed), where=there > LEAST_SHARE)
    return np.clip(shares, 0.0, 1.0)
