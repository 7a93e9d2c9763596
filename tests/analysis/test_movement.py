"""The movement of the stock: every row closes, and only credit is renewal."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, reject, settings
from hypothesis import strategies as st

from analysis.movement import COLUMNS, boundaries, closing_gap, movement
from analysis.progress import progress
from data.asof import AsOf
from data.rules import load_rules
from gis.area import M2_PER_MU

RULES = load_rules()
HUNDREDTH = 0.01 * M2_PER_MU
EARLY = "2023-01-05"


def versions_of(*rows):
    """Rows (parcel, known from, known to, class, area, town), in order."""
    full = [(*row, *("underused", 10_000.0, "塘下镇")[len(row) - 3 :]) for row in rows]
    names = ["parcel_id", "known_from", "known_to", "low_class", "geometry_area_m2", "town"]
    frame = pd.DataFrame(full, columns=names)
    for column in ("known_from", "known_to"):
        frame[column] = pd.to_datetime(frame[column])
    return frame


@pytest.fixture
def moved(parcels_of, events_of):
    def measure(versions, *events, state_on="2026-12-31", lineage=None, **parcels):
        return movement(
            versions,
            events_of(*events),
            parcels_of(**parcels),
            rules=RULES,
            year=2026,
            as_of=AsOf(date.fromisoformat(state_on)),
            lineage=lineage,
        )

    return measure


def row(found, month):
    return found.by_month.set_index("month").loc[month, list(COLUMNS)].tolist()


def test_land_comes_in_when_listed_and_goes_out_when_credited(moved):
    found = moved(
        versions_of(("P1", EARLY, None)),
        ("P1", "listed", "2026-02-10"),
        ("P1", "demolished", "2026-05-20", 4_000.0),
        P1={},
    )
    assert row(found, 1) == [0, 0, 0, 0, 0, 0]
    assert row(found, 2) == [0, 10_000, 0, 0, 0, 10_000]
    assert row(found, 5) == [10_000, 0, 4_000, 0, 0, 6_000]
    assert row(found, 12)[-1] == 10_000 - 4_000


def test_a_class_that_is_taken_back_is_no_renewal(moved):
    versions = versions_of(
        ("P1", EARLY, "2026-06-15"),
        ("P1", "2026-06-15", None, "not_low"),
    )
    events = (("P1", "listed", "2025-02-10"), ("P1", "demolished", "2026-03-01", 4_000.0))
    found = moved(versions, *events, P1={})
    assert row(found, 3) == [10_000, 0, 4_000, 0, 0, 6_000]
    assert row(found, 6) == [6_000, 0, 0, 10_000 - 4_000, 0, 0]
    assert found.by_month["renewed_m2"].sum() == 4_000


def test_a_new_survey_remeasures(moved):
    versions = versions_of(
        ("P1", EARLY, "2026-04-02"),
        ("P1", "2026-04-02", None, "underused", 9_500.0),
    )
    found = moved(versions, ("P1", "listed", "2025-02-10"), P1={"geometry_area_m2": 9_500.0})
    assert row(found, 4) == [10_000, 0, 0, 0, -500, 9_500]


def test_land_renewed_without_ever_being_listed_came_in_as_it_went_out(moved):
    versions = versions_of(("P1", EARLY, None, "not_low"))
    found = moved(versions, ("P1", "demolished", "2026-05-20"), P1={})
    assert row(found, 5) == [0, 10_000, 10_000, 0, 0, 0]


def test_a_split_is_no_redefinition(moved):
    versions = versions_of(
        ("A", EARLY, "2026-06-10"),
        ("B", "2026-06-10", None, "underused", 6_000.0),
        ("C", "2026-06-10", None, "underused", 3_900.0),
    )
    pairs = pd.DataFrame({"parent_id": ["A", "A"], "child_id": ["B", "C"]})
    found = moved(
        versions,
        ("A", "listed", "2025-02-10"),
        lineage=pairs,
        B={"geometry_area_m2": 6_000.0},
        C={"geometry_area_m2": 3_900.0},
    )
    assert row(found, 6) == [10_000, 0, 0, 0, 6_000 + 3_900 - 10_000, 9_900]


def test_a_parcel_that_vanishes_is_redefined(moved):
    versions = versions_of(("P1", EARLY, "2026-06-10"), ("P2", EARLY, None))
    found = moved(versions, ("P1", "listed", "2025-02-10"), P2={})
    assert row(found, 6) == [10_000, 0, 0, 10_000, 0, 0]


def test_towns_add_up_to_the_county(moved):
    versions = versions_of(
        ("P1", EARLY, None),
        ("P2", EARLY, None, "underused", 5_000.0, "莘塍街道"),
        ("P3", EARLY, None, "underused", 3_000.0, None),
    )
    found = moved(
        versions, *((f"P{n}", "listed", f"2026-0{n}-10") for n in (1, 2, 3)), P1={}, P2={}, P3={}
    )
    assert found.of_town("莘塍街道")["closing_m2"].iloc[-1] == 5_000
    assert found.of_town(None)["identified_m2"].sum() == 3_000
    assert found.whole()["closing_m2"].sum() == found.by_month["closing_m2"].iloc[-1] == 18_000


def test_unknown_areas_are_counted_apart(moved):
    versions = versions_of(("P1", EARLY, None, "underused", None), ("P2", EARLY, None))
    events = (("P1", "listed", "2026-02-10"), ("P2", "listed", "2026-02-10"))
    found = moved(versions, *events, P1={"geometry_area_m2": None}, P2={})
    assert found.unknown_parcels == 1
    assert row(found, 2)[-1] == 10_000


def test_months_to_come_have_no_row(moved):
    found = moved(versions_of(("P1", EARLY, None)), state_on="2026-03-10", P1={})
    assert found.by_month["month"].tolist() == [1, 2, 3]
    ahead = moved(versions_of(("P1", EARLY, None)), state_on="2025-12-31", P1={})
    assert ahead.by_month.empty
    assert ahead.whole().empty


STAGES = [stage.code for stage in RULES.stages]
MODES = list(RULES.credit.stage_by_mode)
TOWNS = ["塘下镇", "莘塍街道", None]
FIRST, LAST = date(2024, 6, 1), date(2026, 12, 31)
days = st.integers(0, (LAST - FIRST).days).map(lambda n: FIRST + timedelta(days=n))
areas = st.one_of(st.none(), st.floats(1, 12_000))
facts = st.tuples(
    st.sampled_from(["underused", "not_low", None]),
    st.one_of(st.none(), st.floats(1, 12_000)),
    st.sampled_from(MODES),
)


@st.composite
def histories(draw):
    """Random versions, events, reversals and splits; all with the day they were recorded."""
    versions, lineage = [], []
    for name in [f"P{n}" for n in range(draw(st.integers(1, 4)))]:
        starts = sorted(set(draw(st.lists(days, min_size=1, max_size=3))))
        town = draw(st.sampled_from(TOWNS))
        ends = [*starts[1:], draw(st.one_of(st.none(), days.filter(lambda d, s=starts: d > s[-1])))]
        versions += [
            (name, start, end, town, *draw(facts)) for start, end in zip(starts, ends, strict=True)
        ]
        if ends[-1] is not None and draw(st.booleans()):
            parts = [f"{name}{part}" for part in "ab"]
            versions += [(part, ends[-1], None, town, *draw(facts)) for part in parts]
            lineage += [(name, part, ends[-1]) for part in parts]
    ids = sorted({version[0] for version in versions})
    events = draw(
        st.lists(st.tuples(st.sampled_from(ids), st.sampled_from(STAGES), days, areas, days))
    )
    undone = draw(st.lists(st.tuples(st.integers(0, max(len(events) - 1, 0)), days), max_size=2))
    taken = {at: day for at, day in undone if events}
    rows = [(n + 1, *event, None) for n, event in enumerate(events)]
    for at, day in taken.items():
        name, stage, on, area, recorded = events[at]
        rows.append((len(rows) + 1, name, stage, on, area, max(day, recorded), at + 1))
    return versions, rows, lineage


def known(history, on):
    """Lay out what was recorded by the end of a day, as the register reads it."""
    versions, rows, lineage = history
    names = ["parcel_id", "known_from", "known_to", "town", "low_class", "geometry_area_m2"]
    frame = pd.DataFrame(versions, columns=[*names, "renewal_mode"])
    frame = frame[frame["known_from"] <= on].sort_values(["parcel_id", "known_from"])
    frame["known_to"] = [
        end if end is not None and end <= on else None for end in frame["known_to"]
    ]
    for column in ("known_from", "known_to"):
        frame[column] = pd.to_datetime(frame[column])
    frame["geometry_area_m2"] = frame["geometry_area_m2"].astype(float)
    parcels = frame[frame["known_to"].isna()].set_index("parcel_id")
    empty = ["park", "responsible_unit", "plan_demolition_on", "plan_supply_on", "plan_start_on"]
    parcels = parcels.assign(far=1.0, **dict.fromkeys(empty, pd.NaT))
    keys = ["event_id", "parcel_id", "stage", "occurred_on", "area_m2", "recorded", "reverses"]
    events = pd.DataFrame(rows, columns=keys)
    told = np.array([day <= on for day in events["recorded"]], dtype=bool)
    events = events[told].drop(columns="recorded")
    events["occurred_on"] = pd.to_datetime(events["occurred_on"])
    events["area_m2"] = events["area_m2"].astype(float)
    events["reverses"] = events["reverses"].astype("Int64")
    if parcels.empty:
        reject()
    pairs = [(parent, child) for parent, child, day in lineage if day <= on]
    return frame, events, parcels, pd.DataFrame(pairs, columns=["parent_id", "child_id"])


def measured(history, on, state_on=LAST):
    versions, events, parcels, lineage = known(history, on)
    common = {"rules": RULES, "year": 2026, "as_of": AsOf(state_on, on)}
    found = movement(versions, events, parcels, lineage=lineage, **common)
    return found, progress(parcels, events, **common)


@given(histories())
@settings(max_examples=25, deadline=None, phases=(Phase.generate,))
def test_every_month_and_town_closes_whatever_happened(history):
    found, year = measured(history, LAST)
    for table in (found.by_town, found.by_month):
        assert (closing_gap(table).abs() < HUNDREDTH).all()
        assert (table["closing_m2"] >= -HUNDREDTH).all()
    chained = found.by_month
    assert np.allclose(chained["opening_m2"][1:], chained["closing_m2"][:-1])
    assert found.by_month["renewed_m2"].sum() == pytest.approx(year.credited_m2)
    curve = year.monthly["credited_m2"].diff().fillna(year.monthly["credited_m2"])
    assert np.allclose(chained["renewed_m2"], curve)


@given(histories(), days, st.data())
@settings(max_examples=20, deadline=None, phases=(Phase.generate,))
def test_what_is_recorded_later_changes_nothing_that_was_known(history, on, data):
    versions, rows, lineage = history
    later = [row for row in rows if row[5] <= on]
    kept = [version for version in versions if version[1] <= on]
    cut = (kept, later, [pair for pair in lineage if pair[2] <= on])
    if not kept:
        return
    before, after = measured(cut, on), measured(history, on)
    pd.testing.assert_frame_equal(before[0].by_town, after[0].by_town)
    assert before[1].to_json() == after[1].to_json()


def test_the_last_day_before_the_year_opens_it():
    assert boundaries(2026, date(2027, 5, 1))[0] == date(2025, 12, 31)
    assert len(boundaries(2026, date(2026, 3, 31))) == 4
