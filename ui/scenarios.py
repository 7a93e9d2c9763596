"""Scenarios as the pages see them: those saved, and the plan of each year."""

from __future__ import annotations

from data import scenarios
from data.scenarios import Adopted, Scenario
from ui.desk import Desk
from ui.shelf import Shelf

_kept = Shelf(4)


def saved(desk: Desk) -> tuple[Scenario, ...]:
    """Return the scenarios as they stand, the newest first (shared: do not change)."""
    return _rows(desk)[0]


def plans(desk: Desk) -> tuple[Adopted, ...]:
    """Return the plan of each year that has one."""
    return _rows(desk)[1]


def plan_of(desk: Desk, year: int) -> Adopted | None:
    """Return the plan of a year, None where none was adopted."""
    return next((plan for plan in plans(desk) if plan.year == year), None)


def _rows(desk: Desk) -> tuple[tuple[Scenario, ...], tuple[Adopted, ...]]:
    def make() -> tuple[tuple[Scenario, ...], tuple[Adopted, ...]]:
        rows = desk.register.read_scenarios(desk.as_of)
        return scenarios.standing_scenarios(rows), scenarios.plans(rows)

    return _kept.get(desk.facts, make)
