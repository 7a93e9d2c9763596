"""The year's line and what stands behind it, by hand-computable counties."""

from __future__ import annotations

import json
from datetime import date

import numpy as np
import pytest

from analysis.progress import progress, year_share
from gis.area import M2_PER_MU


@pytest.fixture
def county(parcels_of, events_of):
    parcels = parcels_of(
        P1={"town": "塘下镇", "geometry_area_m2": 600 * M2_PER_MU},
        P2={"town": "莘塍街道", "geometry_area_m2": 300 * M2_PER_MU, "renewal_mode": "urge"},
        P3={
            "town": "马屿镇",
            "plan_demolition_on": "2026-05-01",
            "plan_demolition_area_m2": 100 * M2_PER_MU,
            "geometry_area_m2": 200 * M2_PER_MU,
        },
        P4={"town": None, "renewal_mode": None, "low_class": None, "geometry_area_m2": None},
    )
    events = events_of(
        ("P1", "demolished", "2026-02-15"),
        ("P2", "started", "2026-06-20", 100 * M2_PER_MU),
        ("P2", "started", "2025-06-20", 50 * M2_PER_MU),  # last year's
        ("P4", "signed", "2026-01-10"),
        ("GONE", "demolished", "2026-01-10"),
    )
    return parcels, events


def test_credit_pace_and_what_each_month_must_bring(county, rules, on):
    found = progress(*county, rules=rules, year=2026, as_of=on("2026-06-30"))
    assert found.target_mu == 1800
    assert found.credited_mu == pytest.approx(600 + 100)
    assert found.expected_mu == pytest.approx(1800 * 181 / 365)
    assert found.gap_mu == pytest.approx(700 - 1800 * 181 / 365)
    assert found.required_mu_per_month == pytest.approx(1100 / 6)


def test_the_running_month_counts_by_its_days_left(county, rules, on):
    found = progress(*county, rules=rules, year=2026, as_of=on("2026-06-21"))
    assert found.required_mu_per_month == pytest.approx(1100 / (6 + 9 / 30))
    begun = progress(*county, rules=rules, year=2027, as_of=on("2026-06-21"))
    assert begun.required_mu_per_month == pytest.approx(1800 / 12)


def test_the_month_names_what_it_credited_beside_the_month_before(county, rules, on):
    june = progress(*county, rules=rules, year=2026, as_of=on("2026-06-30")).month
    assert june.parcels.index.tolist() == ["P2"]
    assert june.credited_m2 / M2_PER_MU == pytest.approx(100)
    assert june.previous_m2 == 0
    march = progress(*county, rules=rules, year=2026, as_of=on("2026-03-31")).month
    assert march.parcels.empty
    assert march.previous_m2 / M2_PER_MU == pytest.approx(600)


def test_the_month_lists_the_largest_first_and_the_unknown_last(parcels_of, events_of, rules, on):
    parcels = parcels_of(P1={"geometry_area_m2": None}, P2={}, P3={"geometry_area_m2": 20_000})
    days = ("2026-01-09", "2026-01-02", "2026-01-03")
    events = [(f"P{n}", "demolished", day) for n, day in enumerate(days, start=1)]
    found = progress(
        parcels, events_of(*events), rules=rules, year=2026, as_of=on("2026-01-31")
    ).month
    assert found.parcels.index.tolist() == ["P3", "P2", "P1"]
    assert found.credited_m2 == 10_000 + 20_000
    assert np.isnan(found.parcels.loc["P1", "credited_m2"])


def test_what_happened_later_is_not_counted(county, rules, on):
    found = progress(*county, rules=rules, year=2026, as_of=on("2026-06-19"))
    assert found.credited_mu == pytest.approx(600)


def test_a_year_that_is_over_or_not_begun(county, rules, on):
    over = progress(*county, rules=rules, year=2025, as_of=on("2026-06-30"))
    assert over.credited_mu == pytest.approx(50)
    assert over.expected_mu == 1800
    assert over.required_mu_per_month is None
    ahead = progress(*county, rules=rules, year=2027, as_of=on("2026-06-30"))
    assert ahead.credited_mu == 0
    assert ahead.monthly["credited_m2"].isna().all()


def test_a_year_without_a_task_has_no_pace(county, rules, on):
    found = progress(*county, rules=rules, year=2028, as_of=on("2028-06-30"))
    assert found.target_mu is None
    assert found.gap_mu is None
    assert found.required_mu_per_month is None
    assert found.monthly["target_line_m2"].isna().all()


def test_the_curve_runs_to_the_day_and_no_further(county, rules, on):
    curve = progress(*county, rules=rules, year=2026, as_of=on("2026-06-30")).monthly
    credited = curve["credited_m2"] / M2_PER_MU
    assert credited[:6].tolist() == pytest.approx([0, 600, 600, 600, 600, 700])
    assert credited[6:].isna().all()
    plan = curve["plan_m2"] / M2_PER_MU
    assert plan.tolist() == pytest.approx([0] * 4 + [100] * 8)
    assert curve["target_line_m2"].iloc[-1] == pytest.approx(1800 * M2_PER_MU)


def test_towns_are_ranked_by_credit_and_none_is_left_out(county, rules, on):
    found = progress(
        *county, rules=rules, year=2026, as_of=on("2026-06-30"), towns=("塘下镇", "北麂乡")
    )
    assert found.by_town["town"].tolist() == ["塘下镇", "莘塍街道", "北麂乡", "马屿镇", None]
    assert found.by_town["task_mu"].isna().all()
    assert found.by_town["credited_m2"].sum() == pytest.approx(found.credited_m2)
    assert found.by_mode["credited_m2"].sum() == pytest.approx(found.credited_m2)
    assert found.by_class["credited_m2"].sum() == pytest.approx(found.credited_m2)


def test_a_task_table_is_shown_where_there_is_one(county, rules, on):
    found = progress(
        *county, rules=rules, year=2026, as_of=on("2026-06-30"), town_tasks_mu={"塘下镇": 500.0}
    )
    assert found.by_town.set_index("town").loc["塘下镇", "task_mu"] == 500
    assert found.to_json()["notes"] == {}


def test_the_funnel_counts_where_parcels_stand_and_how_far_they_came(county, rules, on):
    funnel = progress(*county, rules=rules, year=2026, as_of=on("2026-06-30")).funnel
    by_stage = funnel.set_index("stage")
    assert funnel["stage"].tolist() == [stage.code for stage in rules.stages]
    assert by_stage.loc["demolished", ["parcels", "reached_parcels"]].tolist() == [1, 2]
    assert by_stage.loc["signed", ["parcels", "reached_parcels", "area_unknown"]].tolist() == [
        1,
        3,
        1,
    ]
    assert by_stage.loc["surveyed", "reached_parcels"] == 3


def test_the_overdue_come_longest_first(parcels_of, events_of, rules, on):
    parcels = parcels_of(
        P1={"plan_start_on": "2026-04-01"},
        P2={"plan_start_on": "2026-02-01"},
        P3={"plan_start_on": "2026-04-01", "geometry_area_m2": 20_000},
        P4={"plan_start_on": "2026-06-30"},
    )
    found = progress(parcels, events_of(), rules=rules, year=2026, as_of=on("2026-06-30"))
    assert found.overdue.index.tolist() == ["P2", "P3", "P1"]
    assert found.overdue.loc["P1", "overdue_days"] == (date(2026, 6, 30) - date(2026, 4, 30)).days


def test_what_is_not_known_is_counted_apart(county, rules, on):
    unknown = progress(*county, rules=rules, year=2026, as_of=on("2026-06-30")).unknown
    assert unknown["events_without_parcel"] == 1
    assert unknown["parcels_in_progress_without_mode"] == 1


def test_the_document_has_stable_keys_and_only_plain_values(county, rules, on):
    found = progress(*county, rules=rules, year=2026, as_of=on("2026-06-30"))
    document = found.to_json(register_version=7)
    text = json.dumps(document, ensure_ascii=False, allow_nan=False)
    assert {
        "year", "target_mu", "target_m2", "credited_mu", "credited_m2", "pace", "by_town",
        "by_class", "by_mode", "funnel", "overdue", "monthly", "credit_rule", "rules_id",
        "state_on", "known_on", "register_version",
    } <= set(document)  # fmt: skip
    assert set(document["pace"]) >= {"expected_mu", "gap_mu", "required_mu_per_month"}
    assert document["register_version"] == 7
    assert document["monthly"][11]["credited_mu"] is None
    assert document["by_town"][-1]["town"] is None
    assert document["overdue"][0]["parcel_id"] == "P3"
    assert document["overdue"][0]["due_on"] == "2026-05-31"
    assert "拆除" in document["credit_rule"]
    assert json.loads(text) == document


def test_unknown_credit_is_not_added_as_zero_without_a_word(parcels_of, events_of, rules, on):
    parcels = parcels_of(P1={"geometry_area_m2": None}, P2={})
    events = events_of(("P1", "demolished", "2026-02-01"), ("P2", "demolished", "2026-02-01"))
    found = progress(parcels, events, rules=rules, year=2026, as_of=on("2026-06-30"))
    assert found.credited_m2 == 10_000
    assert found.unknown["credited_parcels_without_area"] == 1
    assert found.by_town["unknown_parcels"].tolist() == [1]


def test_the_share_of_a_leap_year():
    assert year_share(2024, date(2024, 12, 31)) == 1
    assert year_share(2024, date(2024, 2, 29)) == 60 / 366


def test_progress_on_an_empty_county(parcels_of, events_of, rules, on):
    found = progress(
        parcels_of(P1={}).iloc[:0], events_of(), rules=rules, year=2026, as_of=on("2026-06-30")
    )
    assert found.credited_m2 == 0
    assert found.by_town.empty
    assert np.allclose(found.monthly["plan_m2"], 0)
    json.dumps(found.to_json(), allow_nan=False)


def test_credit_on_the_other_ledgers_land_is_named_and_not_added(parcels_of, events_of, rules, on):
    parcels = parcels_of(P1={}, P2={}, P3={})
    parcels["high_consumption"] = [True, False, None]
    events = events_of(*((f"P{n}", "demolished", "2026-02-15") for n in (1, 2, 3)))
    found = progress(parcels, events, rules=rules, year=2026, as_of=on("2026-06-30"))
    assert (found.overlap.parcels, found.overlap.unknown_parcels) == (1, 1)
    assert found.overlap.credited_m2 == 10_000
    assert found.credited_m2 == 3 * 10_000
    assert found.to_json()["high_consumption"]["credited_m2"] == 10_000
