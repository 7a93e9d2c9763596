"""Stage, credit and what is due, by hand-computable parcels."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.credit import credited_events
from analysis.desk import desk_frame, far_class
from analysis.errors import DuplicateParcelError, MissingFieldError, UnknownStageError
from analysis.stages import standing_events
from data.rules import load_rules
from data.schema import enum_codes


def test_stage_is_the_furthest_reached_by_the_day(parcels_of, events_of, rules, on):
    parcels = parcels_of(P1={}, P2={})
    events = events_of(
        ("P1", "vacated", "2026-03-01"),
        ("P1", "signed", "2026-04-01"),  # learned later, but not further
        ("P1", "demolished", "2026-06-01"),
    )
    may = desk_frame(parcels, events, rules=rules, as_of=on("2026-05-31"), year=2026)
    june = desk_frame(parcels, events, rules=rules, as_of=on("2026-06-01"), year=2026)
    assert may.loc["P1", "stage"] == "vacated"
    assert may.loc["P1", "stage_on"] == pd.Timestamp("2026-03-01")
    assert june.loc["P1", "stage"] == "demolished"
    assert june.loc["P2", "stage"] is None
    assert pd.isna(june.loc["P2", "stage_on"])


def test_reversed_pairs_count_for_nothing(parcels_of, events_of, rules, on):
    events = events_of(
        ("P1", "vacated", "2026-03-01"),
        ("P1", "demolished", "2026-04-01"),
        ("P1", "demolished", "2026-07-01", None, 2),  # takes event 2 back
    )
    desk = desk_frame(parcels_of(P1={}), events, rules=rules, as_of=on("2026-05-01"), year=2026)
    assert desk.loc["P1", "stage"] == "vacated"
    assert desk.loc["P1", "credited_m2"] == 0


def test_a_reversed_reversal_lets_the_first_event_stand_again(events_of):
    events = events_of(
        ("P1", "demolished", "2026-04-01"),
        ("P1", "demolished", "2026-05-01", None, 1),
        ("P1", "demolished", "2026-06-01", None, 2),
    )
    assert standing_events(events)["event_id"].tolist() == [1]


def test_credit_comes_at_the_stage_that_the_mode_names(parcels_of, events_of, rules, on):
    parcels = parcels_of(
        P1={"renewal_mode": "acquire"},  # earns at demolished
        P2={"renewal_mode": "self_rebuild"},  # earns at started
        P3={"renewal_mode": None},  # earns nothing
    )
    days = [(p, s, "2026-03-01") for p in parcels.index for s in ("demolished", "started")]
    earned = credited_events(standing_events(events_of(*days)), parcels, rules=rules)
    assert list(zip(earned["parcel_id"], earned["stage"], strict=True)) == [
        ("P1", "demolished"),
        ("P2", "started"),
    ]


def test_parts_are_credited_once_up_to_the_area_of_the_parcel(parcels_of, events_of, rules, on):
    events = events_of(
        ("P1", "demolished", "2025-11-01", 4_000.0),
        ("P1", "demolished", "2026-02-01", 5_000.0),
        ("P1", "demolished", "2026-03-01", 5_000.0),  # only 1,000 m² are left
        ("P1", "demolished", "2026-04-01", 5_000.0),  # nothing is left
    )
    desk = desk_frame(parcels_of(P1={}), events, rules=rules, as_of=on("2026-12-31"), year=2026)
    assert desk.loc["P1", "credited_m2"] == 5_000 + (10_000 - 4_000 - 5_000)
    assert desk.loc["P1", "credited_total_m2"] == 10_000
    assert desk.loc["P1", "credited_on"] == pd.Timestamp("2026-03-01")


def test_an_event_without_area_speaks_for_what_is_left(parcels_of, events_of, rules, on):
    events = events_of(
        ("P1", "demolished", "2025-11-01", 4_000.0), ("P1", "demolished", "2026-02-01")
    )
    desk = desk_frame(parcels_of(P1={}), events, rules=rules, as_of=on("2026-12-31"), year=2026)
    assert desk.loc["P1", "credited_m2"] == 10_000 - 4_000


def test_unknown_area_is_unknown_credit_and_no_credit_is_zero(parcels_of, events_of, rules, on):
    parcels = parcels_of(P1={"geometry_area_m2": None}, P2={})
    desk = desk_frame(
        parcels,
        events_of(("P1", "demolished", "2026-02-01")),
        rules=rules,
        as_of=on("2026-12-31"),
        year=2026,
    )
    assert np.isnan(desk.loc["P1", "credited_m2"])
    assert desk.loc["P1", "credited_on"] == pd.Timestamp("2026-02-01")
    assert desk.loc["P2", "credited_m2"] == 0


def test_a_planned_month_is_kept_until_its_last_day(parcels_of, events_of, rules, on):
    parcels = parcels_of(P1={"plan_demolition_on": "2026-02-10"})
    none = events_of()
    kept = desk_frame(parcels, none, rules=rules, as_of=on("2026-02-28"), year=2026).loc["P1"]
    late = desk_frame(parcels, none, rules=rules, as_of=on("2026-03-05"), year=2026).loc["P1"]
    assert kept["due_on"] == pd.Timestamp("2026-02-28")
    assert not kept["overdue"]
    assert pd.isna(kept["overdue_days"])
    assert late["due_stage"] == "demolished"
    assert late["overdue"]
    assert late["overdue_days"] == 5


def test_a_stage_passed_over_is_not_due(parcels_of, events_of, rules, on):
    plans = {"plan_demolition_on": "2026-02-01", "plan_start_on": "2026-09-01"}
    events = events_of(("P1", "supplied", "2026-05-01"))
    desk = desk_frame(
        parcels_of(P1=plans, P2={}), events, rules=rules, as_of=on("2026-06-01"), year=2026
    )
    assert desk.loc["P1", "due_stage"] == "started"
    assert desk.loc["P1", "due_on"] == pd.Timestamp("2026-09-30")
    assert desk.loc["P2", "due_stage"] is None
    assert not desk.loc["P2", "overdue"]


def test_the_earliest_unreached_plan_is_due(parcels_of, events_of, rules, on):
    plans = {"plan_demolition_on": "2026-08-01", "plan_start_on": "2026-03-01"}
    desk = desk_frame(
        parcels_of(P1=plans), events_of(), rules=rules, as_of=on("2026-06-01"), year=2026
    )
    assert desk.loc["P1", "due_stage"] == "started"


def test_plot_ratio_bands_take_their_lower_bound(rules):
    found = far_class(pd.Series([0.0, 0.5, 0.99, 1.0, 1.5, 2.0, 2.99, 3.0, None]))
    assert found.tolist() == [
        "lt05", "05_10", "05_10", "10_15", "15_20", "20_30", "20_30", "ge30", None,
    ]  # fmt: skip
    assert set(found.dropna()) == set(enum_codes("far_class"))


def test_an_empty_county_gives_an_empty_desk(parcels_of, events_of, rules, on):
    empty = parcels_of(P1={}).iloc[:0]
    desk = desk_frame(empty, events_of(), rules=rules, as_of=on("2026-06-01"), year=2026)
    assert desk.empty
    assert {"stage", "credited_m2", "overdue", "far_class"} <= set(desk.columns)


def test_inputs_are_left_as_they_are(parcels_of, events_of, rules, on):
    parcels, events = parcels_of(P1={}), events_of(("P1", "demolished", "2026-02-01"))
    before = parcels.copy(), events.copy()
    desk_frame(parcels, events, rules=rules, as_of=on("2026-06-01"), year=2026)
    pd.testing.assert_frame_equal(parcels, before[0])
    pd.testing.assert_frame_equal(events, before[1])
    pd.testing.assert_frame_equal(events, before[1])


def test_what_cannot_be_measured_is_refused_by_name(parcels_of, events_of, rules, on):
    parcels, day = parcels_of(P1={}), on("2026-06-01")
    with pytest.raises(MissingFieldError, match="far"):
        desk_frame(parcels.drop(columns="far"), events_of(), rules=rules, as_of=day, year=2026)
    with pytest.raises(DuplicateParcelError, match="P1"):
        desk_frame(pd.concat([parcels, parcels]), events_of(), rules=rules, as_of=day, year=2026)
    strange = events_of(("P1", "blown_up", "2026-02-01"))
    with pytest.raises(UnknownStageError, match="blown_up"):
        desk_frame(parcels, strange, rules=rules, as_of=day, year=2026)


RULES = load_rules()
HISTORY = st.lists(
    st.tuples(
        st.sampled_from(["P1", "P2", "P3"]),
        st.sampled_from(["demolished", "started"]),
        st.dates(date(2023, 1, 1), date(2026, 12, 31)),
        st.one_of(st.none(), st.floats(0, 30_000)),
        st.one_of(st.none(), st.integers(1, 12)),
    ),
    max_size=12,
)


@settings(deadline=None)
@given(HISTORY)
def test_no_parcel_is_ever_credited_beyond_its_area(history):
    parcels = pd.DataFrame(
        {
            "renewal_mode": ["acquire", "self_rebuild", "acquire"],
            "geometry_area_m2": [10_000.0, 5_000.0, 1.0],
        },
        index=pd.Index(["P1", "P2", "P3"], name="parcel_id"),
    )
    events = pd.DataFrame(
        history, columns=["parcel_id", "stage", "occurred_on", "area_m2", "reverses"]
    )
    events["event_id"] = range(1, len(history) + 1)
    events["reverses"] = pd.array(
        [
            r if r is not None and r < n else None
            for n, r in zip(
                events["event_id"],
                events["reverses"].where(events["reverses"].notna(), None),
                strict=True,
            )
        ],
        dtype="Int64",
    )
    events["occurred_on"] = pd.to_datetime(events["occurred_on"])
    earned = credited_events(standing_events(events), parcels, rules=RULES)
    total = earned.groupby("parcel_id")["credited_m2"].sum()
    assert (earned["credited_m2"] >= 0).all()
    assert (total <= parcels["geometry_area_m2"].reindex(total.index) + 1e-6).all()
