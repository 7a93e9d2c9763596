"""What a forecast starts from: where each parcel stands, what it may still earn, what years did."""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.credit import credit_stages, credited_events
from analysis.durations import (
    NEVER,
    Days,
    Floats,
    Spells,
    Waits,
    first_days,
    mode_codes,
    paths,
    spells,
    waits,
)
from data.rules import Rules

REST_SHARE = 0.05
"""A smaller rest of a parcel is a difference of measurement, not a part left for later."""
PRIOR_MOVES = 4.0
"""A month's or a year's pace is drawn towards the usual one as if so many moves had been usual."""
YEARS_BACK = 10
"""How far back months and years are looked at."""
LEAST_EXPOSURE = 5.0
"""A past year in which fewer moves were to be expected says nothing about the pace of years."""


@dataclass(frozen=True, eq=False)
class Earned:
    """What was credited so far, event by event: row of the parcel, day, area in m²."""

    parcel: NDArray[np.int64]
    day: NDArray[np.int64]
    area_m2: Floats


@dataclass(frozen=True, eq=False)
class Scene:
    """The county on the day of the look, as arrays in the order of the parcels.

    Attributes
    ----------
    day : int
        Days since 1970-01-01 of the day of the look.
    modes, area_m2 : ndarray
        Mode (:func:`analysis.durations.mode_codes`) and measured area of each parcel.
    days : ndarray
        First day of each parcel at each stage.
    ways : mapping
        Mode → orders of its stages up to the one that earns credit.
    step : ndarray of int
        The step each parcel is waiting in, a row of ``waits``; -1 where it can earn nothing more.
    since : ndarray of int
        First day of the stage it stands at.
    left_m2 : ndarray
        What it may still earn; NaN where its area is unknown.
    unknown : mapping
        Parcels left out, by reason.
    """

    day: int
    modes: NDArray[np.int64]
    area_m2: Floats
    days: Days
    ways: Mapping[str, tuple[int, ...]]
    earned: Earned
    spells: Spells
    waits: Waits
    step: NDArray[np.int64]
    since: NDArray[np.int64]
    left_m2: Floats
    unknown: Mapping[str, int]


def look(parcels: pd.DataFrame, standing: pd.DataFrame, *, rules: Rules, day: date) -> Scene:
    """Return where each parcel stands on ``day`` and what it may still earn.

    Parameters
    ----------
    parcels : DataFrame
        Indexed by ``parcel_id``, with ``renewal_mode`` and ``geometry_area_m2``.
    standing : DataFrame
        Events that stand on ``day``.
    rules : Rules
        Stages and credit rule.
    day : date
        The day of the look.
    """
    earned = _earned(standing, parcels, rules=rules)
    days = first_days(standing, parcels, rules=rules)
    modes = mode_codes(parcels["renewal_mode"], rules=rules)
    ways = paths(days, modes, rules=rules)
    area = parcels["geometry_area_m2"].to_numpy(dtype=float, na_value=np.nan)
    first, again = _first_and_second(earned, len(parcels))
    partly = first < (1.0 - REST_SHARE) * area
    stays = spells(days, again, partly, modes, ways=ways, day=day)
    counted = waits(stays)
    step, since, passed = _places(days, modes, ways, counted, waiting=partly & (again == NEVER))
    done = np.bincount(earned.parcel, earned.area_m2, minlength=len(parcels))
    left = np.maximum(area - done, 0.0) * _usual_share(first, area)
    begun = (days != NEVER).any(axis=1)
    return Scene(
        day=_number(day),
        modes=modes,
        area_m2=area,
        days=days,
        ways=ways,
        earned=earned,
        spells=stays,
        waits=counted,
        step=np.where(np.isnan(left), -1, step),
        since=since,
        left_m2=left,
        unknown={
            "without_mode": int((begun & (modes < 0)).sum()),
            "without_area": int(((step >= 0) & np.isnan(left)).sum()),
            "passed_without_credit": int(passed.sum()),
            "without_durations": _without_precedent(step, counted, ways),
        },
    )


def as_it_was(scene: Scene, day: int) -> Scene:
    """Return where the parcels stood on an earlier day, seen with the curves of today."""
    days = np.where(scene.days <= day, scene.days, NEVER)
    before = scene.earned.day <= day
    earned = scene.earned
    earned = Earned(earned.parcel[before], earned.day[before], earned.area_m2[before])
    first, again = _first_and_second(earned, len(days))
    waiting = (first < (1.0 - REST_SHARE) * scene.area_m2) & (again == NEVER)
    step, since, _ = _places(days, scene.modes, scene.ways, scene.waits, waiting=waiting)
    done = np.bincount(earned.parcel, earned.area_m2, minlength=len(days))
    left = np.maximum(scene.area_m2 - done, 0.0) * _usual_share(first, scene.area_m2)
    step = np.where(np.isnan(left), -1, step)
    return replace(scene, day=day, days=days, earned=earned, step=step, since=since, left_m2=left)


def _number(day: date) -> int:
    return int(np.datetime64(day, "D").astype(np.int64))


def _earned(standing: pd.DataFrame, parcels: pd.DataFrame, *, rules: Rules) -> Earned:
    stages = set(credit_stages(rules).values())
    table = credited_events(standing[standing["stage"].isin(stages)], parcels, rules=rules)
    area = np.nan_to_num(table["credited_m2"].to_numpy(dtype=float), nan=0.0)
    when = pd.to_datetime(table["occurred_on"]).to_numpy().astype("datetime64[D]")
    counts = area > 0
    return Earned(
        table["position"].to_numpy(dtype=np.int64)[counts],
        when.astype(np.int64)[counts],
        area[counts],
    )


def _first_and_second(earned: Earned, parcels: int) -> tuple[Floats, Days]:
    """Return the area of each parcel's first credit (NaN for none) and the day of its second."""
    opens = np.append(True, earned.parcel[1:] != earned.parcel[:-1])[: len(earned.parcel)]
    second = ~opens & np.append(False, opens[:-1])[: len(opens)]
    first = np.full(parcels, np.nan)
    first[earned.parcel[opens]] = earned.area_m2[opens]
    again = np.full(parcels, NEVER, dtype=np.int32)
    again[earned.parcel[second]] = earned.day[second]
    return first, again


def _usual_share(first: Floats, area: Floats) -> float:
    """Return the share of a parcel's area that its first credit usually covers; 1 without any."""
    known = ~np.isnan(first) & (area > 0)
    whole = float(area[known].sum())
    return float(first[known].sum()) / whole if whole else 1.0


def _places(
    days: Days,
    modes: NDArray[np.int64],
    ways: Mapping[str, tuple[int, ...]],
    counted: Waits,
    *,
    waiting: NDArray[np.bool_],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Return the step each parcel waits in, since when, and who went past credit without any."""
    step = np.full(len(days), -1, dtype=np.int64)
    since = np.zeros(len(days), dtype=np.int64)
    passed = np.zeros(len(days), dtype=bool)
    row_of = {known: row for row, known in enumerate(counted.steps)}
    for code, (mode, way) in enumerate(ways.items()):
        rows = np.flatnonzero(modes == code)
        on_way = days[rows][:, list(way)]
        place = np.where(on_way != NEVER, np.arange(len(way)), -1).max(axis=1, initial=-1)
        beyond = (days[rows][:, way[-1] + 1 :] != NEVER).any(axis=1)
        last = place == len(way) - 1
        passed[rows] = beyond & ~last
        afoot = (place >= 0) & ~passed[rows] & (~last | waiting[rows])
        ends = (*way[1:], way[-1])
        of_place = np.array([row_of[mode, *pair] for pair in zip(way, ends, strict=True)])
        step[rows[afoot]] = of_place[place[afoot]]
        since[rows[afoot]] = on_way[afoot, place[afoot]]
    return step, since, passed


def _without_precedent(
    step: NDArray[np.int64], counted: Waits, ways: Mapping[str, tuple[int, ...]]
) -> int:
    """Return how many parcels have a step ahead that no parcel has ever finished."""
    unseen = counted.moved.sum(axis=1) == 0
    blocked = np.zeros(len(counted.steps), dtype=bool)
    for row, (mode, at, after) in enumerate(counted.steps):
        ahead = [
            other == row or (of == mode and start >= after and start != end)
            for other, (of, start, end) in enumerate(counted.steps)
        ]
        blocked[row] = at != after and bool((unseen & np.array(ahead)).any())
    return int(blocked[step[step >= 0]].sum()) if ways else 0


@dataclass(frozen=True, eq=False)
class Past:
    """What past months and years brought.

    Attributes
    ----------
    moved, expected : ndarray, shape (12,)
        Moves into credit by month of the calendar, and how many the curves, which know no
        calendar, expect of the parcels that stood one step before it.
    year_moved, year_expected : ndarray, shape (years,)
        The same by whole year, the expectation with the usual months.
    newcomers_m2 : ndarray, shape (years, horizons)
        Area credited in the same part of each year, by each month's end, to parcels that had no
        stage on the same day.
    years : tuple of int
        The whole years, the newest first.
    """

    moved: Floats
    expected: Floats
    year_moved: Floats
    year_expected: Floats
    newcomers_m2: Floats
    years: tuple[int, ...]


def look_back(scene: Scene, *, year: int, state_on: date, ends: list[date]) -> Past:
    """Return what the past says about months, years and newcomers.

    Parameters
    ----------
    scene : Scene
        The county on the day of the look.
    year : int
        The year that is forecast.
    state_on : date
        The day of the look, in ``year`` or before it.
    ends : list of date
        The days up to which the forecast looks, in ``year``.
    """
    months, moved, expected = _by_month(scene, state_on)
    calendar_month = months % 12
    usual = np.bincount(calendar_month, moved, minlength=12).astype(float)
    curves = np.bincount(calendar_month, expected, minlength=12).astype(float)
    season = (usual + PRIOR_MOVES) / (curves + PRIOR_MOVES)
    years, by_year = [], []
    for past in range(state_on.year, state_on.year - YEARS_BACK, -1):
        mine = (months // 12 + 1970 == past) & (date(past, 12, 31) <= state_on)
        if mine.sum() == 12 and expected[mine].sum() >= LEAST_EXPOSURE:
            years.append(past)
            by_year.append((moved[mine].sum(), (expected * season[calendar_month])[mine].sum()))
    sums = np.array(by_year, dtype=float).reshape(len(years), 2)
    fresh = [_newcomers(scene, state_on, ends, year - past) for past in years if past < year]
    return Past(
        moved=usual,
        expected=curves,
        year_moved=sums[:, 0],
        year_expected=sums[:, 1],
        newcomers_m2=np.array(fresh, dtype=float).reshape(len(fresh), len(ends)),
        years=tuple(years),
    )


def _by_month(scene: Scene, state_on: date) -> tuple[NDArray[np.int64], Floats, Floats]:
    """Return the months of the past, and the moves into credit that fell and were to fall there."""
    steps = scene.waits.steps
    final = np.array([at != after == scene.ways[mode][-1] for mode, at, after in steps])
    rows = final[scene.spells.step]
    stays = scene.spells.only(rows)
    hazard = _hazard(scene.waits)
    last = int(np.datetime64(state_on, "M").astype(np.int64))
    if state_on.day < calendar.monthrange(state_on.year, state_on.month)[1]:
        last -= 1
    first = int(stays.begin.min(initial=scene.day))
    begun = int(np.datetime64(first, "D").astype("datetime64[M]").astype(np.int64))
    months = np.arange(max(begun, last + 1 - 12 * YEARS_BACK), last + 1)
    marks = np.append(months, last + 1).astype("datetime64[M]").astype("datetime64[D]")
    edges = marks.astype(np.int64) - 1
    found = [_moves(stays, hazard, *pair) for pair in pairwise(edges.tolist())]
    table = np.array(found, dtype=float).reshape(len(months), 2)
    return months, table[:, 0], table[:, 1]


def _newcomers(scene: Scene, state_on: date, ends: list[date], back: int) -> list[float]:
    """Return what parcels without a stage on the same day, ``back`` years ago, brought by then."""
    there = _number(years_back(state_on, back))
    marks = [_number(years_back(end, back)) for end in ends]
    start = max(there, _number(date(ends[0].year - back, 1, 1)) - 1)
    earned = scene.earned
    begun = scene.days.min(axis=1, initial=NEVER)[earned.parcel]
    fresh = (begun > there) & (earned.day > start)
    return [float(earned.area_m2[fresh & (earned.day <= mark)].sum()) for mark in marks]


def years_back(day: date, years: int) -> date:
    """Return the same day of an earlier year; the last of February stays the last."""
    year = day.year - years
    last = calendar.monthrange(year, day.month)[1]
    full = day.day == calendar.monthrange(day.year, day.month)[1]
    return date(year, day.month, last if full else min(day.day, last))


def _hazard(counted: Waits) -> Floats:
    """Return the summed hazard of each step up to each length, with a 0 in front (Nelson–Aalen)."""
    there = np.cumsum((counted.moved + counted.waiting)[:, ::-1], axis=1)[:, ::-1]
    rate = np.divide(counted.moved, there, out=np.zeros_like(there), where=there > 0)
    return np.hstack([np.zeros((len(rate), 1)), rate.cumsum(axis=1)])


def _moves(stays: Spells, hazard: Floats, start: int, end: int) -> tuple[float, float]:
    """Return how many stays ended in (start, end] and how many the curves expect."""
    rows = (stays.begin <= end) & (stays.end > start)
    begin, until, step = stays.begin[rows], stays.end[rows], stays.step[rows]
    before = np.maximum(start - begin, -1) + 1
    after = np.minimum(until, end) - begin + 1
    expected = hazard[step, after] - hazard[step, before]
    moved = stays.moved[rows] & (until <= end)
    return float(moved.sum()), float(expected.sum())
