"""Whether a surface and a terrain model can be heights in metres of one place at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

Doubt = Literal["same", "swapped", "unit"]
LEVEL, HIGH, BELOW = 1, 2, 3
"""What is wrong with a cell: no elevation on earth, no building's height, surface below ground."""


@dataclass(frozen=True)
class HeightLimits:
    """What heights can be.

    Attributes
    ----------
    building_most_m : float
        Nothing built is higher above ground.
    below_most_m : float
        The surface lies no deeper below the terrain than this.
    ground_least_m, ground_most_m : float
        Elevations of the ground lie between.
    unit_share : float
        With more than this share of what stands above ground being too high, the unit is wrong.
    faulty_share : float
        This share of impossible cells may be chance.
    """

    building_most_m: float
    below_most_m: float
    ground_least_m: float
    ground_most_m: float
    unit_share: float
    faulty_share: float


def height_faults(surface: np.ndarray, ground: np.ndarray, limits: HeightLimits) -> np.ndarray:
    """Return what is wrong with each cell: 0 nothing, else `LEVEL`, `HIGH` or `BELOW`.

    Examples
    --------
    >>> limits = HeightLimits(150.0, 5.0, -500.0, 9000.0, 0.05, 0.01)
    >>> surface = np.array([14.0, 1400.0, -9999.0, 5.0, np.nan])
    >>> height_faults(surface, np.array([5.0, 500.0, 5.0, 14.0, 5.0]), limits).tolist()
    [0, 2, 1, 3, 0]
    """
    with np.errstate(invalid="ignore"):
        z = surface - ground
        level = (ground < limits.ground_least_m) | (ground > limits.ground_most_m)
        level |= surface < limits.ground_least_m
        level |= surface > limits.ground_most_m + limits.building_most_m
        wrong = [level, z > limits.building_most_m, z < -limits.below_most_m]
    return np.select(wrong, [LEVEL, HIGH, BELOW], 0).astype("uint8")


@dataclass
class HeightTally:
    """Counts cells block by block, to judge the two models as a whole.

    Examples
    --------
    >>> limits = HeightLimits(150.0, 5.0, -500.0, 9000.0, 0.05, 0.01)
    >>> tally = HeightTally(limits, 2.5)
    >>> z = np.array([0.0, 0.0, -9.0])
    >>> tally.add(z, np.array([0, 0, BELOW]))
    >>> tally.faulty, tally.doubt()
    (1, 'swapped')
    """

    limits: HeightLimits
    height_least_m: float
    faulty: int = 0
    known: int = 0
    moved: int = 0
    above: int = 0
    high: int = 0
    below: int = 0

    def add(self, z: np.ndarray, faults: np.ndarray) -> None:
        """Count the cells of a block: heights above ground, and their faults."""
        told = ~np.isnan(z) & (faults != LEVEL)
        z = np.where(told, z, 0.0)
        self.faulty += int((faults > 0).sum())
        self.known += int(told.sum())
        self.moved += int((z != 0).sum())
        self.above += int((z >= self.height_least_m).sum())
        self.high += int((faults == HIGH).sum())
        self.below += int((z <= -self.height_least_m).sum())

    def doubt(self) -> Doubt | None:
        """Return why nothing can be estimated from these two, None where it can."""
        if self.known and not (self.moved or self.faulty):
            return "same"
        if self.below > max(self.above, self.limits.faulty_share * self.known):
            return "swapped"
        if self.high > self.limits.unit_share * self.above:
            return "unit"
        return None
