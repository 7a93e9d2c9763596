"""The counting rule of floor area as data: steps of storey height, and limits of the plausible."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

LIMITS = (
    "storeys_most",
    "storey_height_least",
    "storey_height_most",
    "far_most",
    "far_gap",
    "height_least",
    "height_error",
    "roughness_most",
    "height_share_least",
    "storey_height_error",
    "building_height_most",
    "height_below_most",
    "ground_below_sea_most",
    "ground_most",
    "height_unit_share",
    "height_faulty_most",
    "footprint_cells_least",
    "roof_cell_most",
)
"""Limits that the measures of floor area need."""


@dataclass(frozen=True)
class FloorAreaRule:
    """How often a storey counts towards the plot ratio, by its height.

    Attributes
    ----------
    steps : tuple of (float, float)
        ``(above_m, factor)`` by rising height: a storey strictly above ``above_m`` counts
        ``factor`` times; the highest step passed holds.
    """

    steps: tuple[tuple[float, float], ...]
    source: str
    quote: str
    tag: str
    valid_from: date
    note_zh: str
    note_en: str

    def factor(self, storey_height_m: np.ndarray) -> np.ndarray:
        """Return how often a storey of each height counts; 1 where the height is unknown.

        Examples
        --------
        >>> from data.rules import load_rules
        >>> load_rules().floor_area.factor(np.array([3.6, 8.0, 8.1, np.nan])).tolist()
        [1.0, 1.0, 2.0, 1.0]
        """
        heights = np.asarray(storey_height_m, dtype=float)
        above = np.array([above for above, _ in self.steps])
        factors = np.array([1.0, *(factor for _, factor in self.steps)])
        passed = np.searchsorted(above, np.nan_to_num(heights, nan=-np.inf), side="left")
        return np.asarray(factors[passed])

    def sentence(self, lang: str = "zh") -> str:
        """Return the rule as one sentence.

        Examples
        --------
        >>> from data.rules import load_rules
        >>> load_rules().floor_area.sentence("en")[:60]
        'Counting rule of floor area: a storey above 8 m counts 2 tim'
        """
        if lang == "en":
            steps = ", ".join(f"a storey above {a:g} m counts {f:g} times" for a, f in self.steps)
            return f"Counting rule of floor area: {steps} ({self.note_en}; {self.source})."
        steps = "，".join(f"层高大于 {a:g} m 的楼层按 {f:g} 倍计" for a, f in self.steps)
        return f"计容规则：{steps}（{self.note_zh}；{self.source}）。"


def floor_area_faults(raw: Mapping[str, Any]) -> Iterator[str]:
    """Yield every fault of the steps; unit, source and date are checked with those of all rules."""
    steps = raw.get("floor_area", {}).get("steps", [])
    if not isinstance(steps, list) or not steps:
        yield "floor_area.steps ?"
        return
    last = 0.0
    for at, step in enumerate(steps, start=1):
        name = f"floor_area.steps[{at}]"
        above, factor = step.get("above_m"), step.get("factor")
        if not _number(above) or not above > last:
            yield f"{name}: above_m {above} ?"
        else:
            last = above
        if not _number(factor) or not factor >= 1:
            yield f"{name}: factor {factor} ?"
        yield from (f"{name}: {key} ?" for key in step if key not in ("above_m", "factor"))


def floor_area_rule(raw: Mapping[str, Any]) -> FloorAreaRule:
    """Return the rule of a document without faults."""
    body = raw["floor_area"]
    return FloorAreaRule(
        steps=tuple((float(s["above_m"]), float(s["factor"])) for s in body["steps"]),
        source=body["source"],
        quote=body.get("quote", ""),
        tag=body["tag"],
        valid_from=body["valid_from"],
        note_zh=body.get("note_zh", ""),
        note_en=body.get("note_en", ""),
    )


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
