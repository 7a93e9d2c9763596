"""What was published then, what is known now, and why the two differ."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from analysis.restated import Known, restated

END = date(2026, 6, 30)


@pytest.fixture
def compare(rules):
    def measure(then, now):
        return restated(then, now, rules=rules, year=2026, state_on=END)

    return measure


@pytest.fixture
def events(events_of):
    def make(*rows):
        frame = events_of(*rows)
        number = frame["event_id"].astype(str)
        moment = pd.Timestamp("2026-07-05 09:00", tz="UTC")
        return frame.assign(doc_no="文" + number, note=None, recorded_at=moment)

    return make


FIRST = ("P1", "demolished", "2026-02-15", 4_000.0)


def test_nothing_is_restated_where_nothing_changed(compare, parcels_of, events):
    known = Known(parcels_of(P1={}), events(FIRST))
    found = compare(known, known)
    assert found.rows.empty
    assert found.then_m2 == found.now_m2 == 4_000


def test_a_late_event_is_named_with_its_document(compare, parcels_of, events):
    parcels = parcels_of(P1={}, P2={})
    late = ("P2", "demolished", "2026-06-20", 3_000.0)
    found = compare(Known(parcels, events(FIRST)), Known(parcels, events(FIRST, late)))
    row = found.rows.loc["P2"]
    assert (row["then_m2"], row["now_m2"], row["difference_m2"]) == (0, 3_000, 3_000)
    assert row["reasons"] == ("added",)
    assert row["documents"] == ("文2",)
    assert found.rows["difference_m2"].sum() == found.now_m2 - found.then_m2


def test_a_correction_is_a_reversal_and_a_new_event(compare, parcels_of, events):
    parcels = parcels_of(P1={})
    undo = ("P1", "demolished", "2026-02-15", 4_000.0, 1)
    again = ("P1", "demolished", "2026-02-15", 3_760.0)
    found = compare(Known(parcels, events(FIRST)), Known(parcels, events(FIRST, undo, again)))
    row = found.rows.loc["P1"]
    assert row["difference_m2"] == pytest.approx(-240)
    assert row["reasons"] == ("added", "reversed")
    assert row["documents"] == ("文2", "文3")


def test_what_happened_after_the_report_restates_nothing(compare, parcels_of, events):
    parcels = parcels_of(P1={}, P2={})
    later = ("P2", "demolished", "2026-07-01", 3_000.0)
    assert compare(Known(parcels, events(FIRST)), Known(parcels, events(FIRST, later))).rows.empty


def test_another_mode_or_area_is_told(compare, parcels_of, events):
    whole = ("P1", "demolished", "2026-02-15")
    then = Known(parcels_of(P1={}), events(whole))
    moded = compare(then, Known(parcels_of(P1={"renewal_mode": "urge"}), events(whole)))
    assert moded.rows.loc["P1", "reasons"] == ("mode",)
    assert moded.now_m2 == 0
    sized = compare(then, Known(parcels_of(P1={"geometry_area_m2": 9_000}), events(whole)))
    assert sized.rows.loc["P1", "reasons"] == ("area",)
    assert sized.rows.loc["P1", "difference_m2"] == 9_000 - 10_000


def test_parcels_that_came_or_went_are_told(compare, parcels_of, events):
    other = ("P2", "demolished", "2026-02-15")
    then = Known(parcels_of(P1={}), events(FIRST, other))
    found = compare(then, Known(parcels_of(P2={}), events(FIRST, other)))
    assert found.rows["reasons"].to_dict() == {"P2": ("new",), "P1": ("gone",)}
    assert found.rows["town"].tolist() == ["塘下镇", "塘下镇"]


def test_a_split_carries_its_credit_and_is_told_as_one(compare, parcels_of, events):
    then = Known(parcels_of(P1={}), events(FIRST))
    carried = events(("P1a", "demolished", "2026-02-15", 4_000.0))
    carried = carried.assign(from_parcel="P1", credit_mode="acquire")
    found = compare(then, Known(parcels_of(P1a={}), carried))
    assert found.rows["reasons"].to_dict() == {"P1": ("split",), "P1a": ("split",)}
    assert found.then_m2 == found.now_m2
