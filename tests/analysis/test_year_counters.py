"""The three counters: plan, done and month, and that they are no credit."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.progress import progress


@pytest.fixture
def counted(parcels_of, events_of, rules, on):
    parcels = parcels_of(
        P1={"plan_demolition_on": "2026-03-31", "plan_demolition_area_m2": 8_000.0},
        P2={"renewal_mode": "supply", "plan_supply_on": "2026-05-31"},
        P3={"plan_supply_on": "2026-06-30", "plan_supply_area_m2": 9_000.0},
    ).assign(plan_start_floor_area_m2=[30_000.0, np.nan, np.nan])
    events = events_of(
        ("P1", "demolished", "2026-02-15", 4_000.0),
        ("P1", "supplied", "2026-04-15", 4_000.0),
        ("P1", "started", "2026-06-15", 5_000.0),
        ("P2", "supplied", "2026-05-20"),
        ("P3", "supplied", "2026-03-20"),
        ("P3", "demolished", "2026-05-20", 20_000.0),
    )
    return progress(parcels, events, rules=rules, year=2026, as_of=on("2026-06-30")).counters


def test_land_is_counted_by_its_events_and_never_beyond_the_parcel(counted):
    assert counted.demolished_m2 == 4_000 + 10_000
    assert counted.table(5).set_index("counter").loc["demolished", "month_m2"] == 10_000


def test_a_part_and_then_the_rest_count_the_parcel_once(parcels_of, events_of, rules, on):
    events = events_of(
        ("P1", "demolished", "2025-12-15", 1_000.0),
        ("P1", "demolished", "2026-02-15", 6_000.0),
        ("P1", "demolished", "2026-03-15"),  # no area: what is left
        ("P2", "demolished", "2026-02-15", 9_000.0),
        ("P2", "demolished", "2026-02-16", 9_001.0),  # recorded by two at once
    )
    parcels = parcels_of(P1={}, P2={})
    found = progress(parcels, events, rules=rules, year=2026, as_of=on("2026-06-30"))
    assert found.counters.demolished_m2 == (10_000 - 1_000) + 10_000
    assert found.counters.table(3).set_index("counter").loc["demolished", "month_m2"] == 3_000


def test_supply_counts_only_after_demolition(counted):
    assert counted.supplied_m2 == 4_000  # P2 was never demolished, P3 only after its supply


def test_a_start_counts_floor_area_in_proportion_to_its_land(counted):
    assert counted.started_m2 == 30_000 * 5_000 / 10_000


def test_plans_are_those_of_the_ledger_for_modes_that_demolish(counted):
    table = counted.table(6).set_index("counter")
    assert table.loc["demolished", "plan_m2"] == 8_000
    assert table.loc["supplied", "plan_m2"] == 9_000
    assert table["floor"].tolist() == [False, False, True]


def test_months_to_come_are_unknown(counted):
    months = counted.monthly[counted.monthly["counter"] == "demolished"]
    assert months["done_m2"].isna().tolist() == [False] * 6 + [True] * 6


def test_without_planned_floor_area_starts_are_unknown(parcels_of, events_of, rules, on):
    events = events_of(("P1", "demolished", "2026-02-15"), ("P1", "started", "2026-06-15"))
    found = progress(parcels_of(P1={}), events, rules=rules, year=2026, as_of=on("2026-06-30"))
    assert found.counters.started_m2 is None
    assert found.to_json()["started_m2"] is None
