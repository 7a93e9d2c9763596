"""Events of parcels that were split or merged, on the parcels that lie there now."""

from datetime import UTC, datetime, timedelta

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from shapely.geometry import box
from shapely.ops import unary_union

from analysis.credit import credited_events
from analysis.stages import standing_events
from data.event_entry import ground_of
from data.lineage import carried_events
from data.register import Change, Register
from data.rules import load_rules
from gis.area import ellipsoidal_area_m2

START = datetime(2024, 1, 5, 9, tzinfo=UTC)
RULES = load_rules()
STEP = 0.001


def strip(first, last):
    """A strip of land from one step to another."""
    return box(120.6 + first * STEP, 27.7, 120.6 + last * STEP, 27.701)


def land(shapes, mode="acquire"):
    frame = gpd.GeoDataFrame(
        {"renewal_mode": mode},
        index=pd.Index(list(shapes), name="parcel_id"),
        geometry=list(shapes.values()),
        crs=4490,
    )
    return frame.assign(geometry_area_m2=ellipsoidal_area_m2(frame.geometry))


def part(days, **more):
    return Change("t", "李工", "测试", START + timedelta(days=days), **more)


def event(parcel, day, area=None, **more):
    row = {"parcel_id": parcel, "stage": "demolished", "occurred_on": day, "area_m2": area}
    return pd.DataFrame([row | more])


def reshaped(before, after):
    pairs = [(old, new) for old in before for new in after if old != new]
    return pd.DataFrame(pairs, columns=["parent_id", "child_id"])


def credited(register):
    parcels = register.read_parcels()
    events = carried_events(register.read_events(), parcels, register.lineage_parts())
    earned = credited_events(standing_events(events), parcels, rules=RULES)
    return earned.groupby("parcel_id")["credited_m2"].sum(), parcels["geometry_area_m2"]


@pytest.fixture
def county(tmp_path, tables):
    with Register.open(tmp_path / "w", create=True) as register:
        register.commit(part(0, parcels=land({"P": strip(0, 4), "Q": strip(4, 6)})))
        yield register


def test_without_splits_the_events_are_the_same_object(county):
    county.commit(part(1, events=event("P", "2024-01-02")))
    events = county.read_events()
    assert carried_events(events, county.read_parcels(), county.lineage_parts()) is events


def test_a_split_carries_credit_by_overlap_and_gives_none_twice(county):
    county.commit(part(1, events=event("P", "2024-01-02")))
    halves = {"P1": strip(0, 1), "P2": strip(1, 4)}
    county.commit(part(2, parcels=land(halves), removed=["P"], lineage=reshaped(["P"], halves)))
    found, area = credited(county)
    assert found["P1"] == pytest.approx(area["P1"], rel=1e-6)
    assert found["P2"] == pytest.approx(area["P2"], rel=1e-6)
    county.commit(part(3, events=event("P1", "2024-01-07", 500.0)))
    again, _ = credited(county)
    assert again.sum() == pytest.approx(found.sum(), rel=1e-9)


def test_part_of_a_parcel_goes_in_proportion_and_under_the_old_mode(county):
    county.commit(part(1, events=event("P", "2024-01-02", 1_000.0)))
    halves = {"P1": strip(0, 1), "P2": strip(1, 4)}
    new = land(halves, mode=None)
    county.commit(part(2, parcels=new, removed=["P"], lineage=reshaped(["P"], halves)))
    found, _ = credited(county)
    assert found["P1"] == pytest.approx(1_000 / 4, rel=1e-3)
    assert found.sum() == pytest.approx(1_000, rel=1e-6)


def test_a_parcel_that_keeps_its_number_gives_away_what_it_lost(county):
    county.commit(part(1, events=event("P", "2024-01-02")))
    now = {"P": strip(0, 3), "R": strip(3, 4)}
    county.commit(part(2, parcels=land(now), lineage=reshaped(["P"], now)))
    found, area = credited(county)
    assert found["P"] == pytest.approx(area["P"], rel=1e-6)
    assert found["R"] == pytest.approx(area["R"], rel=1e-6)


def test_a_merger_keeps_what_is_left_to_credit(county):
    county.commit(part(1, events=event("P", "2024-01-02")))
    whole = {"M": strip(0, 6)}
    county.commit(
        part(2, parcels=land(whole), removed=["P", "Q"], lineage=reshaped(["P", "Q"], whole))
    )
    found, area = credited(county)
    assert found["M"] == pytest.approx(area["M"] * 4 / 6, rel=1e-3)
    county.commit(part(3, events=event("M", "2024-01-07")))
    assert credited(county)[0]["M"] == pytest.approx(area["M"], rel=1e-9)


def test_a_reversal_takes_the_carried_event_back_everywhere(county):
    county.commit(part(1, events=event("P", "2024-01-02")))
    halves = {"P1": strip(0, 1), "P2": strip(1, 4)}
    county.commit(part(2, parcels=land(halves), removed=["P"], lineage=reshaped(["P"], halves)))
    county.commit(part(3, events=pd.DataFrame([{"reverses": 1}])))
    assert credited(county)[0].sum() == 0


def test_the_door_knows_where_a_parcel_went_and_came_from(county):
    halves = {"P1": strip(0, 1), "P2": strip(1, 4)}
    county.commit(part(2, parcels=land(halves), removed=["P"], lineage=reshaped(["P"], halves)))
    ground = ground_of(county)
    assert ground.vanished.index.tolist() == ["P"]
    assert ground.born.index.tolist() == ["P1", "P2"]
    assert ground.born.iloc[0] == pd.Timestamp("2024-01-07")


@settings(max_examples=15, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(data=st.data())
def test_no_land_is_credited_twice_whatever_happens(data, tmp_path_factory):
    with Register.open(tmp_path_factory.mktemp("h") / "w", create=True) as register:
        shapes = {f"S{n}": strip(n, n + 1) for n in range(4)}
        register.commit(part(0, parcels=land(shapes)))
        for step in range(1, 8):
            change = _some_change(data, register, shapes, step)
            if change is not None:
                register.commit(change)
            found, area = credited(register)
            assert (found <= area.reindex(found.index) * (1 + 1e-9) + 1e-6).all()
            assert found.sum() <= area.sum() * (1 + 1e-9)


def _some_change(data, register, shapes, step):
    what = data.draw(st.sampled_from(["event", "event", "split", "merge", "reverse"]))
    name = data.draw(st.sampled_from(sorted(shapes)))
    if what == "event":
        area = data.draw(st.one_of(st.none(), st.floats(1, 9_000)))
        stage = data.draw(st.sampled_from(["demolished", "started", "signed"]))
        day = f"2024-0{data.draw(st.integers(1, 9))}-0{step}"
        limit = ellipsoidal_area_m2(gpd.GeoSeries([shapes[name]], crs=4490)).iloc[0]
        area = None if area is None else min(area, limit)
        rows = event(name, day, area, stage=stage)
        return part(300 + step, events=rows)
    if what == "reverse":
        events = register.read_events()
        left = events[events["reverses"].isna()]
        left = left[~left["event_id"].isin(events["reverses"].dropna())]
        if left.empty:
            return None
        number = data.draw(st.sampled_from(left["event_id"].tolist()))
        return part(300 + step, events=pd.DataFrame([{"reverses": number}]))
    if what == "split":
        shape = shapes.pop(name)
        west, south, east, north = shape.bounds
        cut = west + (east - west) * data.draw(st.floats(0.2, 0.8))
        new = {
            f"{name}a{step}": shape.intersection(box(west, south, cut, north)),
            f"{name}b{step}": shape.intersection(box(cut, south, east, north)),
        }
        gone = [name]
    else:
        other = data.draw(st.sampled_from(sorted(shapes)))
        if other == name:
            return None
        new = {f"M{step}": unary_union([shapes.pop(name), shapes.pop(other)])}
        gone = [name, other]
    shapes.update(new)
    return part(300 + step, parcels=land(new), removed=gone, lineage=reshaped(gone, new))
