"""Where the year will end, by counties whose answer is known beforehand."""

from __future__ import annotations

import json
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import DuplicateParcelError, MissingFieldError
from analysis.forecast import NO_HISTORY, forecast
from data.asof import AsOf
from data.rules import load_rules
from gis.area import M2_PER_MU, to_mu

YEARS = (2022, 2023, 2024, 2025)


@pytest.fixture
def steady(parcels_of, events_of):
    """Forty parcels a year signed in March and demolished 100 days later; eight wait now."""

    def make(waiting=8, since="2026-09-01", area_mu=10.0):
        names, rows = [], []
        for year in YEARS:
            for n in range(40):
                name = f"A{year}{n:02d}"
                begin = date(year, 3, 1) + timedelta(days=n % 5)
                names.append(name)
                rows.append((name, "signed", begin.isoformat()))
                done = begin + timedelta(days=100 + n % 3)
                rows.append((name, "demolished", done.isoformat()))
                rows.append((name, "supplied", (done + timedelta(days=30)).isoformat()))
        for n in range(waiting):
            names.append(f"W{n}")
            rows.append((f"W{n}", "signed", since))
        facts = {"geometry_area_m2": area_mu * M2_PER_MU}
        return parcels_of(**dict.fromkeys(names, facts)), events_of(*rows)

    return make


def test_what_has_always_taken_a_hundred_days_comes_in_time(steady, rules, on):
    parcels, events = steady(since="2026-09-01")
    found = forecast(parcels, events, rules=rules, year=2026, as_of=on("2026-10-31"))
    assert found.p50_mu == pytest.approx(8 * 10, rel=0.05)  # 1 September + 102 days is in December
    assert found.credited_m2 == 0
    assert found.probability == 0


def test_what_began_too_late_does_not_come_this_year(steady, rules, on):
    parcels, events = steady(since="2026-10-20")
    found = forecast(parcels, events, rules=rules, year=2026, as_of=on("2026-10-31"))
    assert found.p90_mu == pytest.approx(0)
    assert found.deciding.empty


def test_it_comes_in_the_year_after_then(steady, rules, on):
    parcels, events = steady(since="2026-10-20")
    found = forecast(parcels, events, rules=rules, year=2027, as_of=on("2026-10-31"))
    assert found.p50_mu >= 8 * 10 - 1e-6  # with newcomers, as every year had them
    assert found.credited_m2 == 0
    assert found.band["month"].tolist() == list(range(1, 13))


def test_a_year_that_is_over_ends_at_what_it_has(steady, rules, on):
    parcels, events = steady()
    found = forecast(parcels, events, rules=rules, year=2025, as_of=on("2026-10-31"))
    assert found.p10_mu == found.p50_mu == found.p90_mu == pytest.approx(400)
    assert found.probability == 0
    assert found.band.empty


def test_past_years_correct_the_level(steady, rules, on):
    parcels, events = steady(since="2026-09-21")
    found = forecast(parcels, events, rules=rules, year=2026, as_of=on("2026-10-31"))
    assert found.pace_years == ()  # nothing was to come after October in any past year
    summer = forecast(parcels, events, rules=rules, year=2026, as_of=on("2026-05-31"))
    assert set(summer.pace_years) <= set(YEARS)
    assert len(summer.pace_years) == 3


def test_newcomers_come_as_in_past_years(steady, rules, on):
    parcels, events = steady(waiting=0)
    found = forecast(parcels, events, rules=rules, year=2026, as_of=on("2026-01-31"))
    assert (
        found.p10_mu < 400 < found.p90_mu
    )  # forty parcels a year that nobody had named in January
    assert found.deciding.empty


def test_without_a_history_nothing_is_said(parcels_of, events_of, rules, on):
    parcels, events = parcels_of(P1={}), events_of(("P1", "signed", "2026-02-01"))
    found = forecast(parcels, events, rules=rules, year=2026, as_of=on("2026-10-31"))
    assert found.reason == NO_HISTORY
    assert found.p50_m2 is None
    assert found.probability is None
    assert found.band.empty


def test_the_same_seed_gives_the_same_figures_and_more_draws_the_same_answer(steady, rules, on):
    parcels, events = steady(since="2026-09-21")
    asked = {"rules": rules, "year": 2026, "as_of": on("2026-10-31")}
    once, again = (forecast(parcels, events, **asked).to_json() for _ in range(2))
    assert once == again
    other = forecast(parcels, events, **asked, draws=40_000, seed=7)
    assert other.p50_mu == pytest.approx(once["p50_mu"], abs=10)


def test_what_is_learnt_later_changes_nothing(steady, rules, on):
    parcels, events = steady()
    early = events[events["occurred_on"] <= "2026-06-30"]
    asked = {"rules": rules, "year": 2026, "as_of": on("2026-06-30")}
    assert (
        forecast(parcels, events, **asked).to_json() == forecast(parcels, early, **asked).to_json()
    )


def test_the_parcels_that_decide_come_first_with_their_day(steady, rules, on):
    parcels, events = steady(since="2026-09-21", waiting=3)
    task = 1800 * M2_PER_MU
    parcels.loc["A202500", "geometry_area_m2"] = task  # not of 2026
    parcels.loc["W1", "geometry_area_m2"] = 2 * task
    found = forecast(parcels, events, rules=rules, year=2026, as_of=on("2026-10-31"))
    first = found.deciding.iloc[0]
    assert found.deciding.index[0] == "W1"
    assert (first["stage"], first["next_stage"]) == ("signed", "demolished")
    assert first["must_move_by"] == pd.Timestamp("2026-12-31")
    assert 0.4 < first["chance"] < 0.9  # 100, 101 or 102 days from 21 September
    assert first["sway"] == pytest.approx(1.0, abs=0.01)  # it alone meets the task
    assert found.probability == pytest.approx(first["chance"], abs=0.02)


def test_a_stage_further_off_must_be_left_earlier(parcels_of, events_of, rules, on):
    names, rows = [], []
    for n in range(60):
        begin = date(2024, 1, 1) + timedelta(days=7 * n)
        names.append(f"A{n}")
        rows += [
            (f"A{n}", "signed", begin.isoformat()),
            (f"A{n}", "vacated", (begin + timedelta(days=50)).isoformat()),
            (f"A{n}", "demolished", (begin + timedelta(days=90)).isoformat()),
            (f"A{n}", "prepared", (begin + timedelta(days=99)).isoformat()),
        ]
    names.append("W")
    rows.append(("W", "signed", "2026-09-20"))
    parcels = parcels_of(**{name: {} for name in names})
    found = forecast(parcels, events_of(*rows), rules=rules, year=2026, as_of=on("2026-10-31"))
    assert found.deciding.index.tolist() == ["W"]
    assert found.deciding.loc["W", "next_stage"] == "vacated"
    assert found.deciding.loc["W", "must_move_by"] == pd.Timestamp("2026-12-31") - timedelta(
        days=40
    )


def test_a_rest_left_by_a_first_credit_can_still_come(parcels_of, events_of, rules, on):
    names, rows = [], []
    for n in range(60):
        begin = date(2024, 1, 1) + timedelta(days=7 * n)
        names.append(f"A{n}")
        rows += [
            (f"A{n}", "demolished", begin.isoformat(), 6_000.0),
            (f"A{n}", "demolished", (begin + timedelta(days=60)).isoformat(), 4_000.0),
        ]
    rows.append(("W", "demolished", "2026-10-10", 6_000.0))
    parcels = parcels_of(**{name: {} for name in [*names, "W"]})
    found = forecast(parcels, events_of(*rows), rules=rules, year=2026, as_of=on("2026-10-31"))
    assert found.credited_m2 == 6_000
    assert found.p50_m2 > 6_000
    assert found.p90_m2 <= 10_000


def test_what_cannot_be_forecast_is_counted_apart(steady, rules, on):
    parcels, events = steady(waiting=4)
    parcels.loc["W0", "renewal_mode"] = None
    parcels.loc["W1", "geometry_area_m2"] = np.nan
    found = forecast(parcels, events, rules=rules, year=2026, as_of=on("2026-10-31"))
    assert found.unknown["without_mode"] == 1
    assert found.unknown["without_area"] == 1
    assert found.p90_mu == pytest.approx(2 * 10)


def test_a_year_without_a_task_has_no_probability(steady, rules, on):
    parcels, events = steady()
    found = forecast(parcels, events, rules=rules, year=2028, as_of=on("2027-12-31"))
    assert found.target_m2 is None
    assert found.probability is None


def test_the_document_is_plain(steady, rules, on):
    parcels, events = steady(since="2026-09-21")
    found = forecast(parcels, events, rules=rules, year=2026, as_of=on("2026-10-31"))
    document = found.to_json()
    assert {"p10_mu", "p50_mu", "p90_mu", "probability", "deciding", "seed"} <= set(document)
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert document["deciding"][0]["must_move_by"] == "2026-12-31"


def test_a_frame_that_lacks_a_column_is_refused(steady, rules, on):
    parcels, events = steady()
    asked = {"rules": rules, "year": 2026, "as_of": on("2026-10-31")}
    with pytest.raises(MissingFieldError):
        forecast(parcels.drop(columns="renewal_mode"), events, **asked)
    with pytest.raises(DuplicateParcelError):
        forecast(pd.concat([parcels, parcels]), events, **asked)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**20), month=st.integers(1, 12))
def test_the_range_is_in_order_and_never_below_what_is_credited(seed, month):
    rng = np.random.default_rng(seed)
    rules = load_rules()
    count = 80
    stages = np.array(["surveyed", "listed", "signed", "demolished", "started"], dtype=object)
    steps = rng.integers(0, 200, (count, 5)).cumsum(axis=1) + rng.integers(0, 500, (count, 1))
    days = np.datetime64("2023-01-01", "D") + steps
    ids = np.array([f"P{n:03d}" for n in range(count)], dtype=object)
    events = pd.DataFrame(
        {
            "parcel_id": np.repeat(ids, 5),
            "stage": np.tile(stages, count),
            "occurred_on": days.ravel().astype("datetime64[ns]"),
            "area_m2": rng.uniform(100, 20_000, 5 * count),
            "reverses": pd.array([None] * (5 * count), dtype="Int64"),
        }
    )
    events = events[rng.random(len(events)) < 0.8].reset_index(names="event_id")
    modes = rng.choice(np.array(["acquire", "urge", "upgrade", None], dtype=object), count)
    area = np.where(rng.random(count) < 0.1, np.nan, rng.uniform(1_000, 20_000, count))
    frame = {"renewal_mode": modes, "geometry_area_m2": area}
    parcels = pd.DataFrame(frame, index=pd.Index(ids, name="parcel_id"))
    as_of = AsOf(date(2024, month, 15))
    found = forecast(parcels, events, rules=rules, year=2024, as_of=as_of, draws=500)
    if found.reason:
        return
    assert found.credited_m2 - 1e-6 <= found.p10_m2 <= found.p50_m2 <= found.p90_m2
    assert to_mu(found.p90_m2) >= 0
    assert found.deciding["chance"].between(0, 1).all()
    assert (found.band[["p10_m2", "p50_m2", "p90_m2"]].diff().dropna() >= -1e-6).all().all()
    total = np.nansum(area)
    assert found.p50_m2 <= total * (1 + 1e-9) or found.pace_years
