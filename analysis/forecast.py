"""Where the year will end: credited area as a range, the chance of the task, who decides it."""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from analysis.durations import MIN_MOVES, Floats, durations
from analysis.errors import require, require_unique
from analysis.forecast_chances import Chances, chances, pace
from analysis.forecast_check import match
from analysis.forecast_draws import Draws, draw
from analysis.forecast_scene import Scene, look, look_back
from analysis.rows import rows_of
from analysis.stages import stands
from data.asof import AsOf
from data.rules import Rules
from gis.area import to_m2, to_mu

DRAWS = 10_000
SEED = 330381
DECIDING = 40
"""Parcels listed as deciding."""
SHOWN = ("parcel_name", "town", "park", "owner", "responsible_unit", "renewal_mode")
"""What the list of deciding parcels shows, as far as the frame has it."""
NEEDED = ("event_id", "stage", "occurred_on", "area_m2", "credit_mode")
"""What is used of the events."""
NO_HISTORY = "no_history"


@dataclass(frozen=True, eq=False)
class Forecast:
    """Where a year will end. Unknown is None, never 0.

    Attributes
    ----------
    year : int
        The year of the task.
    as_of : AsOf
        State on, known on: nothing later was used.
    target_m2 : float or None
        The task, None where no source sets one.
    credited_m2 : float
        Credited in the year until ``state_on``.
    p10_m2, p50_m2, p90_m2 : float or None
        In one case of ten the year ends below P10, in five below P50, in nine below P90.
    probability : float or None
        Share of the draws that reach the task, 0–1; None without task or without forecast.
    band : DataFrame
        By month still open: ``month``, ``month_end``, ``p10_m2``, ``p50_m2``, ``p90_m2``,
        cumulative.
    deciding : DataFrame
        By ``parcel_id``, those first on which the task hangs most, given how open it is whether
        they come (sway × spread of the chance): what the frame has of ``SHOWN``; ``stage``,
        ``stage_on``, ``next_stage``; ``area_m2`` (what it would add); ``chance`` (0–1, within
        the year); ``contribution_m2`` (chance × area); ``sway``
        (probability of the task if it comes less that if it does not; NaN without a task);
        ``must_move_by`` (the last day on which reaching the next stage leaves an even chance of
        credit within the year; NaT where no day does), ``too_late`` (that it is so).
    durations : DataFrame
        As :func:`analysis.durations.durations` gives them: what the forecast stands on.
    pace_years : tuple of int
        The past years that the pace of this one was learnt from.
    unknown : mapping
        Parcels left out, by reason.
    reason : str or None
        Why there is no forecast: ``"no_history"``.
    draws, seed : int
        How it was drawn; the same seed gives the same figures.
    """

    year: int
    as_of: AsOf
    target_m2: float | None
    credited_m2: float
    p10_m2: float | None
    p50_m2: float | None
    p90_m2: float | None
    probability: float | None
    band: pd.DataFrame
    deciding: pd.DataFrame
    durations: pd.DataFrame
    pace_years: tuple[int, ...]
    unknown: Mapping[str, int]
    reason: str | None
    draws: int
    seed: int

    @property
    def p10_mu(self) -> float | None:
        """P10 in 亩."""
        return None if self.p10_m2 is None else to_mu(self.p10_m2)

    @property
    def p50_mu(self) -> float | None:
        """P50 in 亩."""
        return None if self.p50_m2 is None else to_mu(self.p50_m2)

    @property
    def p90_mu(self) -> float | None:
        """P90 in 亩."""
        return None if self.p90_m2 is None else to_mu(self.p90_m2)

    def to_json(self) -> dict[str, Any]:
        """Return the figures as plain values; ``deciding`` and ``band`` as lists of rows."""
        from analysis.forecast_json import forecast_json

        return forecast_json(self)


def forecast(
    parcels: pd.DataFrame,
    events: pd.DataFrame,
    *,
    rules: Rules,
    year: int,
    as_of: AsOf,
    draws: int = DRAWS,
    seed: int = SEED,
) -> Forecast:
    """Return where ``year`` will end, from where its parcels stand and how long stages last.

    Parameters
    ----------
    parcels : DataFrame
        As known on ``as_of.known_on``, indexed by unique ``parcel_id``, with ``renewal_mode`` and
        ``geometry_area_m2``.
    events : DataFrame
        Stage events as known on ``as_of.known_on``; those after ``as_of.state_on`` are left out.
    rules : Rules
        Stages, credit rule, task.
    year : int
        The year of the task; over, running or still ahead.
    as_of : AsOf
        The two dates.
    draws, seed : int
        Number of possible rests of the year, and the seed of their randomness.

    Returns
    -------
    Forecast
        A year that is over ends at what it has. With fewer than ``MIN_MOVES`` finished moves on
        record nothing can be said: the figures are None and ``reason`` tells it.

    Raises
    ------
    MissingFieldError, DuplicateParcelError, UnknownStageError
        As :func:`analysis.desk.desk_frame`.
    """
    require(parcels, "renewal_mode", "geometry_area_m2", what="宗地表")
    require_unique(parcels)
    facts, standing = _numbered(parcels, events, as_of.state_on)
    scene = look(facts, standing, rules=rules, day=as_of.state_on)
    ends = _month_ends(year, as_of.state_on)
    first, last = _number(date(year, 1, 1)), _number(date(year, 12, 31))
    within = (scene.earned.day >= first) & (scene.earned.day <= last)
    credited = float(scene.earned.area_m2[within].sum())
    known = bool(scene.waits.moved.sum() >= MIN_MOVES) or not ends
    drawn = None
    if ends and known:
        drawn = _drawn(scene, year=year, as_of=as_of, ends=ends, draws=draws, seed=seed)
    target_mu = rules.target_mu(year)
    target = None if target_mu is None else to_m2(target_mu)
    totals = _totals(drawn, credited, len(ends), known=known)
    low, middle, high = (_quantile(totals, q) for q in (0.1, 0.5, 0.9))
    return Forecast(
        year=year,
        as_of=as_of,
        target_m2=target,
        credited_m2=credited,
        p10_m2=low,
        p50_m2=middle,
        p90_m2=high,
        probability=_probability(totals, target),
        band=_band(totals, ends),
        deciding=_deciding(parcels, scene, drawn, totals, target, rules=rules),
        durations=durations(scene.waits, rules=rules),
        pace_years=() if drawn is None else drawn.years,
        unknown=MappingProxyType(dict(scene.unknown)),
        reason=None if known else NO_HISTORY,
        draws=draws,
        seed=seed,
    )


def _numbered(
    parcels: pd.DataFrame, events: pd.DataFrame, day: date
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return parcels and standing events with rows for ids: a million texts are matched once."""
    row = rows_of(events["parcel_id"], parcels.index)
    needed = [name for name in NEEDED if name in events.columns]
    mine = stands(events, state_on=day) & (row >= 0)
    standing = events.loc[mine, needed].assign(parcel_id=row[mine])
    facts = parcels[["renewal_mode", "geometry_area_m2"]]
    return pd.DataFrame(facts).reset_index(drop=True), standing


@dataclass(frozen=True, eq=False)
class _Drawn:
    chances: Chances
    draws: Draws
    years: tuple[int, ...]


def _drawn(
    scene: Scene, *, year: int, as_of: AsOf, ends: list[date], draws: int, seed: int
) -> _Drawn:
    rng = np.random.default_rng(seed)
    past = look_back(scene, year=year, state_on=as_of.state_on, ends=ends)
    earlier = [
        end
        for before in range(as_of.state_on.year, year)
        for end in _month_ends(before, as_of.state_on)
    ]
    every = [*earlier, *ends]
    ahead = pace(past, every, day=scene.day, rng=rng)
    found = chances(scene, ahead, opens=len(earlier), rng=rng)
    matched = match(scene, past, ahead, every, opens=len(earlier), state_on=as_of.state_on, rng=rng)
    left = scene.left_m2[found.parcel]
    return _Drawn(found, draw(found, left, past, matched, draws=draws, rng=rng), matched.years)


def _number(day: date) -> int:
    return int(np.datetime64(day, "D").astype(np.int64))


def _month_ends(year: int, day: date) -> list[date]:
    """Return the ends of the months of ``year`` that lie after ``day``.

    Examples
    --------
    >>> _month_ends(2026, date(2026, 10, 31))
    [datetime.date(2026, 11, 30), datetime.date(2026, 12, 31)]
    """
    ends = [date(year, month, calendar.monthrange(year, month)[1]) for month in range(1, 13)]
    return [end for end in ends if end > day]


def _totals(drawn: _Drawn | None, credited: float, months: int, *, known: bool) -> Floats | None:
    """Return the sum at each month's end in every draw; one sure row for a year that is over."""
    if not known:
        return None
    if drawn is None:
        return np.full((1, max(months, 1)), credited)
    return drawn.draws.total_m2 + credited


def _quantile(totals: Floats | None, share: float) -> float | None:
    return None if totals is None else float(np.quantile(totals[:, -1], share))


def _probability(totals: Floats | None, target: float | None) -> float | None:
    if totals is None or target is None:
        return None
    return float((totals[:, -1] >= target - 1e-6).mean())


def _band(totals: Floats | None, ends: list[date]) -> pd.DataFrame:
    shown = ends if totals is not None else []
    marks = np.full((3, len(shown)), np.nan)
    if totals is not None and shown:
        marks = np.quantile(totals, (0.1, 0.5, 0.9), axis=0)
    return pd.DataFrame(
        {
            "month": np.array([end.month for end in shown], dtype=int),
            "month_end": pd.to_datetime(shown),
            "p10_m2": marks[0],
            "p50_m2": marks[1],
            "p90_m2": marks[2],
        }
    )


def _deciding(
    parcels: pd.DataFrame,
    scene: Scene,
    drawn: _Drawn | None,
    totals: Floats | None,
    target: float | None,
    *,
    rules: Rules,
) -> pd.DataFrame:
    """Return the parcels on which the task hangs most."""
    found = np.zeros(0, dtype=np.int64) if drawn is None else drawn.draws.candidate
    rows = found if drawn is None else drawn.chances.parcel[found]
    chance = np.zeros(0) if drawn is None else drawn.draws.chance[found]
    steps = scene.step[rows]
    codes = np.array([stage.code for stage in rules.stages], dtype=object)
    pairs = np.array([(at, after) for _, at, after in scene.waits.steps]).reshape(-1, 2)[steps]
    latest = np.zeros(0, dtype=np.int64) if drawn is None else drawn.chances.latest[steps]
    by = np.datetime64(scene.day, "D") + latest.astype("timedelta64[D]")
    by = np.where(latest < 0, np.datetime64("NaT", "D"), by).astype("datetime64[D]")
    area = scene.left_m2[rows]
    table = pd.DataFrame(
        parcels.iloc[rows][[name for name in SHOWN if name in parcels.columns]]
    ).assign(
        stage=codes[pairs[:, 0]],
        stage_on=scene.since[rows].astype("datetime64[D]").astype("datetime64[ns]"),
        next_stage=codes[pairs[:, 1]],
        area_m2=area,
        chance=chance,
        contribution_m2=chance * area,
        sway=_sway(drawn, totals, target, area),
        must_move_by=by.astype("datetime64[ns]"),
        too_late=latest < 0,
    )
    table = table[table["chance"] > 0]
    open_still = np.sqrt(table["chance"] * (1.0 - table["chance"]))
    table = table.assign(weight=table["sway"] * open_still)
    first = table["weight"].fillna(0.0).round(4).to_numpy()
    order = np.lexsort((-(table["area_m2"] * open_still).to_numpy(), -first))
    return table.iloc[order[:DECIDING]]


def _sway(
    drawn: _Drawn | None, totals: Floats | None, target: float | None, area: Floats
) -> Floats:
    """Return how much the probability of the task hangs on each candidate."""
    if drawn is None or totals is None or target is None:
        return np.full(len(area), np.nan)
    adds = drawn.draws.ratio[:, None] * area
    lack = target - 1e-6 - totals[:, -1:] + drawn.draws.came * adds
    result: Floats = (lack <= adds).mean(axis=0) - (lack <= 0).mean(axis=0)
    return result
