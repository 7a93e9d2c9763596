"""What the curves would have said of the same days of past years, against what came.

Curves of single steps miss what binds steps together: a programme that hurries towards the end of
the year, or a whole office that waits for a plan. Past years, looked at in the same way from the
same day, tell by how much.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from analysis.durations import Floats
from analysis.forecast_chances import Pace, chances
from analysis.forecast_scene import Past, Scene, as_it_was, years_back

YEARS = 3
"""The newest years are enough."""
RUNS = 8
"""Resampled curves for each past year: only their mean is used."""
PRIOR_YEARS = 0.25
"""What came is drawn towards what was expected as if by a quarter of a year."""
LEAST_SPREAD = 0.08
"""Years miss the expectation by at least this share, whatever few years have shown."""
SPREAD_UNSEEN = 0.2
"""Assumed where no past year can be looked at."""
LEAST_M2 = 10_000.0
"""A year in which less was expected says nothing."""


@dataclass(frozen=True)
class Match:
    """What came against what was expected: mean ratio and its spread from year to year."""

    mean: float
    spread: float
    years: tuple[int, ...]

    def draw(self, count: int, rng: np.random.Generator) -> Floats:
        """Return ratios of possible years."""
        ratios: Floats = rng.gamma(1.0 / self.spread, self.mean * self.spread, count)
        return ratios


def match(
    scene: Scene,
    past: Past,
    ahead: Pace,
    ends: list[date],
    *,
    opens: int,
    state_on: date,
    rng: np.random.Generator,
) -> Match:
    """Return how the rest of past years came out against what the curves say of it.

    Parameters
    ----------
    scene : Scene
        The county on the day of the look.
    past : Past
        What past months and years brought.
    ahead : Pace
        The pace of the months ahead; past years are given its mean.
    ends : list of date
        Ends of all months ahead.
    opens : int
        How many of them belong to an earlier year.
    state_on : date
        The day of the look.
    rng : Generator
        Resamples the curves.
    """
    year = ends[-1].year
    usual = np.tile(ahead.speed.mean(axis=0), (RUNS, 1))
    found: list[tuple[int, float, float]] = []
    for row, old in enumerate([old for old in past.years if old < year][:YEARS]):
        back = year - old
        day = _number(years_back(state_on, back))
        marks = [_number(years_back(end, back)) for end in ends]
        then = as_it_was(scene, day)
        said = chances(then, Pace([mark - day for mark in marks], usual), opens=opens, rng=rng)
        mean = said.table[-1].mean(axis=0)[said.cell]
        expected = float((mean * then.left_m2[said.parcel]).sum())
        start = marks[opens - 1] if opens else day
        within = (scene.earned.day > start) & (scene.earned.day <= marks[-1])
        came = float(scene.earned.area_m2[within].sum() - past.newcomers_m2[row, -1])
        if expected >= LEAST_M2:
            found.append((old, came, expected))
    return _ratio(found)


def _ratio(found: list[tuple[int, float, float]]) -> Match:
    """Return mean and spread of the ratios of some years."""
    if not found:
        return Match(1.0, SPREAD_UNSEEN**2, ())
    came, expected = np.array([row[1:] for row in found]).T
    prior = PRIOR_YEARS * expected.mean()
    mean = float((came.sum() + prior) / (expected.sum() + prior))
    seen = float((came / expected).var(ddof=1)) / mean**2 if len(found) > 1 else 0.0
    spread = max(seen, LEAST_SPREAD**2) * (1 + 1 / len(found))
    return Match(mean, spread, tuple(row[0] for row in found))


def _number(day: date) -> int:
    return int(np.datetime64(day, "D").astype(np.int64))
