"""How long stages last, with waits that still run taken for what they are."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import CensoredData, ecdf

from analysis.durations import (
    NEVER,
    durations,
    first_days,
    mode_codes,
    paths,
    spells,
    still_there,
    waits,
)
from analysis.stages import standing_events

DAY = date(2026, 10, 31)


def counted(parcels, events, rules, day=DAY):
    standing = standing_events(events, state_on=day)
    days = first_days(standing, parcels, rules=rules)
    modes = mode_codes(parcels["renewal_mode"], rules=rules)
    none = np.full(len(parcels), NEVER, dtype=np.int32)
    nobody = np.zeros(len(parcels), dtype=bool)
    ways = paths(days, modes, rules=rules)
    return waits(spells(days, none, nobody, modes, ways=ways, day=day))


def test_the_first_day_of_a_stage_counts(parcels_of, events_of, rules):
    parcels = parcels_of(P1={}, P2={})
    events = events_of(
        ("P1", "signed", "2026-02-10"),
        ("P1", "signed", "2026-01-10"),
        ("X", "signed", "2026-01-01"),
    )
    days = first_days(standing_events(events), parcels, rules=rules)
    signed = rules.stage_order["signed"]
    assert days[0, signed] == (date(2026, 1, 10) - date(1970, 1, 1)).days
    assert (days != NEVER).sum() == 1


def test_a_wait_that_still_runs_is_no_move(parcels_of, events_of, rules):
    parcels = parcels_of(P1={"renewal_mode": "urge"}, P2={"renewal_mode": "urge"})
    events = events_of(
        ("P1", "completed", "2026-10-01"),
        ("P1", "started", "2026-05-11"),
        ("P1", "prepared", "2026-05-01"),
        ("P2", "prepared", "2026-10-11"),
    )
    found = counted(parcels, events, rules)
    order = rules.stage_order
    table = durations(found, rules=rules).set_index(["renewal_mode", "stage", "next_stage"])
    step = ("urge", "supplied", "started")
    assert table.loc[step, "moved"] == 0  # nobody was seen at it
    days = first_days(standing_events(events), parcels, rules=rules)
    ways = paths(days, mode_codes(parcels["renewal_mode"], rules=rules), rules=rules)
    assert order["started"] in ways["urge"]


def test_a_mode_has_the_stages_that_its_parcels_passed(parcels_of, events_of, rules):
    names = [f"P{n}" for n in range(8)]
    parcels = parcels_of(**{name: {"renewal_mode": "urge"} for name in names})
    events = events_of(
        *[(name, "surveyed", "2025-01-01") for name in names],
        *[(name, "listed", "2025-03-02") for name in names],
        *[(name, "started", "2025-05-01") for name in names[:6]],
    )
    standing = standing_events(events)
    days = first_days(standing, parcels, rules=rules)
    way = paths(days, mode_codes(parcels["renewal_mode"], rules=rules), rules=rules)["urge"]
    assert [rules.stages[k].code for k in way] == ["surveyed", "listed", "started"]
    table = durations(counted(parcels, events, rules), rules=rules)
    row = table[(table["renewal_mode"] == "urge") & (table["stage"] == "listed")].iloc[0]
    assert (row["moved"], row["waiting"]) == (6, 2)
    assert row["median_days"] == 60


def test_few_moves_borrow_those_of_all_modes(parcels_of, events_of, rules):
    names = [f"P{n}" for n in range(30)]
    modes = ["acquire"] * 25 + ["joint"] * 5
    pairs = zip(names, modes, strict=True)
    parcels = parcels_of(**{name: {"renewal_mode": mode} for name, mode in pairs})
    events = events_of(
        *[(name, "vacated", "2025-01-01") for name in names],
        *[(name, "demolished", "2025-02-10") for name in names],
        *[(name, "prepared", "2025-03-01") for name in names],
    )
    table = durations(counted(parcels, events, rules), rules=rules)
    here = table[(table["stage"] == "vacated") & (table["next_stage"] == "demolished")]
    here = here.set_index("renewal_mode")
    assert here.loc["acquire", ["moved", "pooled"]].tolist() == [25, False]
    assert here.loc["joint", ["moved", "pooled"]].tolist() == [30, True]


@given(
    st.lists(st.tuples(st.integers(0, 40), st.booleans()), min_size=1, max_size=40),
)
def test_the_curve_is_the_one_that_scipy_draws(stays):
    moved, waiting = np.zeros(42), np.zeros(42)
    for length, over in stays:
        (moved if over else waiting)[length] += 1
    done = [length for length, over in stays if over]
    still = [length for length, over in stays if not over]
    theirs = ecdf(CensoredData(uncensored=done, right=still)).sf
    ours = still_there(moved, waiting)
    for length, share in zip(theirs.quantiles, theirs.probabilities, strict=True):
        assert ours[int(length)] == pytest.approx(share, abs=1e-9)
    assert (np.diff(ours) <= 1e-12).all()


def test_leaving_running_waits_out_would_be_too_quick():
    moved, waiting = np.zeros(101), np.zeros(101)
    moved[10], waiting[100] = 5, 5
    assert still_there(moved, waiting)[100] == pytest.approx(0.5)
    assert still_there(moved, np.zeros(101))[100] == 0
