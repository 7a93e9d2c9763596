"""Scenarios of the years to come: saved with all that made them; one is a year's plan."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from data.register.change import Change
from data.register.plans import in_force, newest

KIND = "scenario"


@dataclass(frozen=True, eq=False)
class Scenario:
    """A plan of several years as it was saved.

    Attributes
    ----------
    number : int
        Number of this saving.
    name : str
        Name; saved again under the same name, the earlier saving stays on record.
    inputs, answer : mapping
        What was asked and what came of it, as plain values; unknown is None.
    rules_id : str
        Rules that held.
    seen_version : int
        Last change of the register that it was worked out on.
    who, recorded_at, note
        Who saved it, when, and what was said of it.
    """

    number: int
    name: str
    inputs: Mapping[str, Any]
    answer: Mapping[str, Any]
    rules_id: str
    seen_version: int
    who: str
    recorded_at: pd.Timestamp
    note: str


@dataclass(frozen=True, eq=False)
class Adopted:
    """A scenario that is the plan of a year: since when, and who adopted it."""

    year: int
    scenario: Scenario
    who: str
    recorded_at: pd.Timestamp
    note: str


def standing_scenarios(rows: pd.DataFrame) -> tuple[Scenario, ...]:
    """Return the scenarios that are saved now, the last of each name, the newest first.

    Parameters
    ----------
    rows : DataFrame
        As ``Register.read_scenarios``.
    """
    last = newest(rows[rows["kind"].isin(["saved", "withdrawn"])], "name")
    last = last[last["kind"] == "saved"].sort_values("scenario_id", ascending=False)
    return _read(last)


def plans(rows: pd.DataFrame) -> tuple[Adopted, ...]:
    """Return the scenario that is the plan of each year, in the order of the years."""
    holds = in_force(rows).sort_values("year")
    meant = rows.set_index("scenario_id", drop=False).loc[holds["adopts"]]
    pairs = zip(holds.to_dict("records"), _read(meant), strict=True)
    return tuple(
        Adopted(int(row["year"]), scenario, row["who"], row["recorded_at"], row["note"] or "")
        for row, scenario in pairs
    )


def plan_of(rows: pd.DataFrame, year: int) -> Adopted | None:
    """Return the scenario that is the plan of a year, None where none was adopted."""
    return next((plan for plan in plans(rows) if plan.year == year), None)


def _read(rows: pd.DataFrame) -> tuple[Scenario, ...]:
    return tuple(
        Scenario(
            number=int(row["scenario_id"]),
            name=str(row["name"]),
            inputs=json.loads(row["inputs"]),
            answer=json.loads(row["answer"]),
            rules_id=str(row["rules_id"]),
            seen_version=int(row["seen_version"]),
            who=str(row["who"]),
            recorded_at=row["recorded_at"],
            note=row["note"] or "",
        )
        for row in rows.to_dict("records")
    )


def save_change(
    name: str,
    *,
    inputs: Mapping[str, Any],
    answer: Mapping[str, Any],
    rules_id: str,
    seen_version: int,
    who: str,
    recorded_at: datetime,
    note: str = "",
    based_on: int | None = None,
) -> Change:
    """Return the change that saves a scenario; an earlier one of the name stays on record.

    Parameters
    ----------
    inputs, answer : mapping
        Plain values, frames' cells among them; NaN is kept as unknown.
    """
    row = {
        "kind": "saved",
        "name": name,
        "inputs": document(inputs),
        "answer": document(answer),
        "rules_id": rules_id,
        "seen_version": seen_version,
        "note": note or None,
    }
    return _change(row, f"保存方案“{name}”", who, recorded_at, based_on)


def withdraw_change(
    name: str, *, who: str, recorded_at: datetime, based_on: int | None = None
) -> Change:
    """Return the change that takes a scenario away; it stays on record."""
    return _change(
        {"kind": "withdrawn", "name": name}, f"撤下方案“{name}”", who, recorded_at, based_on
    )


def adopt_change(
    scenario: Scenario,
    year: int,
    *,
    who: str,
    recorded_at: datetime,
    note: str = "",
    based_on: int | None = None,
) -> Change:
    """Return the change that makes a scenario the plan of a year, in place of the one before."""
    row = {"kind": "adopted", "year": year, "adopts": scenario.number, "note": note or None}
    why = f"采用方案“{scenario.name}”为 {year} 年计划"
    return _change(row, why, who, recorded_at, based_on)


def release_change(
    year: int, *, who: str, recorded_at: datetime, based_on: int | None = None
) -> Change:
    """Return the change after which a year has no plan."""
    row = {"kind": "released", "year": year}
    return _change(row, f"取消 {year} 年采用的方案", who, recorded_at, based_on)


def _change(
    row: Mapping[str, Any], why: str, who: str, recorded_at: datetime, based_on: int | None
) -> Change:
    return Change(
        kind=KIND,
        who=who,
        why=why,
        recorded_at=recorded_at,
        scenarios=pd.DataFrame([row], dtype=object),
        based_on=based_on,
    )


def document(values: Mapping[str, Any]) -> str:
    """Return plain values as they are stored: one text for the same values, unknown as null.

    Examples
    --------
    >>> document({"年": np.int64(2027), "cost_wan": float("nan"), "blocks": ("B-P1",)})
    '{"blocks":["B-P1"],"cost_wan":null,"年":2027}'
    """
    return json.dumps(
        _plain(values), ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    )


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [_plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    if isinstance(value, (str, bool, int)):
        return value
    return str(value)
