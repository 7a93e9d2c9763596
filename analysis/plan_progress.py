"""The adopted plan of a year against what was credited: block by block, and beside the plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from gis.area import to_m2, to_mu

COLUMNS = (
    "block_id", "start_year", "credit_year", "due", "planned_m2", "credited_m2", "parcels",
    "parcels_credited", "parcels_gone",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class PlanProgress:
    """What a plan asks of a year and what came of it.

    Attributes
    ----------
    year : int
    planned_m2 : float
        Land of the blocks that the plan has credited in the year.
    on_plan_m2 : float
        Credited in the year on parcels of those blocks.
    early_m2 : float
        Credited in the year on parcels of blocks that the plan has in another year.
    beside_m2 : float
        Credited in the year on parcels that are in no block of the plan.
    blocks : DataFrame
        Blocks that are credited or start in the year, by the year of their credit: ``COLUMNS``.
        ``due`` where the credit is due in the year; ``parcels_gone`` are no longer on record.
    """

    year: int
    planned_m2: float
    on_plan_m2: float
    early_m2: float
    beside_m2: float
    blocks: pd.DataFrame

    def to_json(self) -> dict[str, Any]:
        """Return it as plain values: areas in m² and 亩."""
        rows = self.blocks.to_dict("records")
        told: dict[str, Any] = {"year": self.year}
        for name in ("planned", "on_plan", "early", "beside"):
            area = float(getattr(self, f"{name}_m2"))
            told |= {f"{name}_m2": round(area, 2), f"{name}_mu": round(to_mu(area), 4)}
        plain = [
            {str(k): v.item() if isinstance(v, np.generic) else v for k, v in row.items()}
            for row in rows
        ]
        return told | {"blocks": plain}


def plan_progress(
    credited_m2: pd.Series, blocks: Sequence[Mapping[str, Any]], *, year: int
) -> PlanProgress:
    """Measure the plan of a year against what was credited in it.

    Parameters
    ----------
    credited_m2 : Series
        By ``parcel_id``, of every parcel on record: credited in the year; unknown counts as none.
    blocks : sequence of mapping
        Those of the answer that was adopted: ``block_id``, ``parcel_ids``, ``area_mu``,
        ``start_year``, ``credit_year``.
    year : int

    Returns
    -------
    PlanProgress
        ``on_plan_m2 + early_m2 + beside_m2`` is all that was credited in the year.

    Examples
    --------
    >>> land = pd.Series({"P1": 4_000.0, "P2": 0.0, "P3": 1_000.0, "P4": 500.0})
    >>> plan = [{"block_id": "B-P1", "parcel_ids": ["P1", "P2"], "area_mu": 9.0,
    ...          "start_year": 2026, "credit_year": 2027},
    ...         {"block_id": "B-P3", "parcel_ids": ["P3"], "area_mu": 1.5,
    ...          "start_year": 2027, "credit_year": 2028}]
    >>> found = plan_progress(land, plan, year=2027)
    >>> found.planned_m2, found.on_plan_m2, found.early_m2, found.beside_m2
    (6000.0, 4000.0, 1000.0, 500.0)
    """
    credited = credited_m2.fillna(0.0)
    rows = [_row(credited, block, year) for block in blocks]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    due = table["due"].to_numpy(dtype=bool)
    on_plan = float(table.loc[due, "credited_m2"].sum())
    early = float(table.loc[~due, "credited_m2"].sum())
    near = due | (table["start_year"] == year).to_numpy(dtype=bool)
    shown = table[near].sort_values(["credit_year", "block_id"], kind="stable")
    return PlanProgress(
        year=year,
        planned_m2=float(table.loc[due, "planned_m2"].sum()),
        on_plan_m2=on_plan,
        early_m2=early,
        beside_m2=float(credited.sum()) - on_plan - early,
        blocks=shown.reset_index(drop=True),
    )


def _row(credited: pd.Series, block: Mapping[str, Any], year: int) -> tuple[Any, ...]:
    ids = pd.Index([str(name) for name in block["parcel_ids"]])
    here = credited.reindex(ids)
    return (
        str(block["block_id"]),
        int(block["start_year"]),
        int(block["credit_year"]),
        int(block["credit_year"]) == year,
        to_m2(float(block["area_mu"])),
        float(here.sum()),
        len(ids),
        int((here > 0).sum()),
        int(here.isna().sum()),
    )
