"""Which land is a site, what it is made of, and from which month it is free."""

from __future__ import annotations

from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely.geometry import box

from analysis.sites import SITE_COLUMNS, measured_sites, site_overlaps, sites, with_slopes
from analysis.stages import standing_events
from data.block_rules import load_block_rules
from data.errors import RulesFaultyError
from data.rules import load_rules
from data.site_rules import load_site_rules

ON = date(2026, 10, 31)
RULES = load_rules()
USUAL = RULES.workflow.usual_days


def land(**facts):
    """Return parcels in a row, 100 m square, five metres apart; facts by parcel P1, P2 …"""
    count = len(next(iter(facts.values())))
    shapes = [box(105 * n, 0, 105 * n + 100, 100) for n in range(count)]
    index = pd.Index([f"P{n + 1}" for n in range(count)], name="parcel_id")
    table = {"renewal_mode": [None] * count, "low_class": [None] * count} | facts
    return gpd.GeoDataFrame(table, geometry=shapes, index=index, crs=4549)


def stages(*rows):
    table = pd.DataFrame(list(rows), columns=["parcel_id", "stage", "occurred_on"])
    when = pd.to_datetime(table["occurred_on"])
    table = table.assign(event_id=range(1, len(table) + 1), reverses=None, occurred_on=when)
    return standing_events(table, state_on=ON)


def found(parcels, *events):
    return sites(
        parcels,
        stages(*events),
        rules=RULES,
        site_rules=load_site_rules(),
        block_rules=load_block_rules(),
        on=ON,
    )


def month(text):
    return pd.Timestamp(text)


def test_cleared_land_is_free_from_the_month_it_was_cleared_in():
    parcels = land(renewal_mode=["acquire"], low_class=["underused"])
    row = found(parcels, ("P1", "demolished", "2026-03-01"), ("P1", "prepared", "2026-07-09"))
    assert row.table["free_from"].tolist() == [month("2026-07-01")]
    assert row.table["free_basis"].tolist() == ["reached"]


def test_land_under_way_is_free_when_the_usual_days_have_passed():
    parcels = land(renewal_mode=["acquire", "acquire"], low_class=["underused"] * 2)
    events = [("P1", "demolished", "2026-10-01"), ("P2", "vacated", "2026-10-01")]
    parcels.loc["P2", "geometry"] = box(900, 0, 1000, 100)
    table = found(parcels, *events).table
    days = {"P1": USUAL["prepared"].usual, "P2": USUAL["demolished"].usual}
    left = {"P1": days["P1"] - 30, "P2": days["P2"] - 30 + USUAL["prepared"].usual}
    ends = {name: pd.Timestamp(ON) + pd.Timedelta(days=rest) for name, rest in left.items()}
    free = {row.parcel_ids: row.free_from for row in table.itertuples()}
    assert free == {(name,): end.to_period("M").to_timestamp() for name, end in ends.items()}
    assert set(table["free_basis"]) == {"usual"}


def test_contiguous_land_of_the_same_months_is_one_site_and_free_with_its_last_parcel():
    parcels = land(
        low_class=["approved_unsupplied"] * 3, owner=["甲", "乙", None],
        town=["塘下镇"] * 3, park=["东园", "东园", None], far=[1.0, 2.0, None],
    )  # fmt: skip
    parcels["plan_supply_on"] = pd.to_datetime(["2026-12-03", "2028-09-05", "2028-10-05"])
    table = found(parcels).table
    assert table["parcel_ids"].tolist() == [("P1", "P2"), ("P3",)]
    assert table["kind"].tolist() == ["block", "unsupplied"]
    block = table.iloc[0]
    assert block["area_m2"] == 2 * 100 * 100
    assert block["free_from"] == month("2028-09-01")
    assert (block["owner"], block["owners"], block["park"]) == (None, 2, "东园")
    assert block["far"] == (1.0 + 2.0) / 2
    assert np.isnan(table.iloc[1]["far"])
    assert tuple(table.columns[:-1]) == SITE_COLUMNS


def test_land_that_stays_with_its_owner_or_is_taken_is_no_site():
    parcels = land(
        renewal_mode=["self_rebuild", "acquire", "urge", None],
        low_class=["underused", "underused", "below_agreed", "underused"],
    )
    rows = [("P1", "demolished", "2026-01-01"), ("P2", "supplied", "2026-01-01")]
    assert found(parcels, *rows, ("P3", "signed", "2026-01-01")).table.empty


def test_unsupplied_idle_and_workshops_are_kinds_of_their_own():
    parcels = land(
        renewal_mode=[None] * 3,
        low_class=["approved_unsupplied", "supplied_unused", "built_idle"],
        plan_supply_on=pd.to_datetime(["2027-05-20", None, None]),
        floor_area_m2=[None, None, 8_000.0],
    )
    result = found(parcels)
    assert result.table["kind"].tolist() == ["unsupplied", "idle", "workshop"]
    assert result.table["free_basis"].tolist() == ["planned", "unknown", "standing"]
    free = result.table["free_from"]
    assert [free.iloc[0], free.iloc[2]] == [month("2027-05-01"), month("2026-10-01")]
    assert pd.isna(free.iloc[1])
    assert result.issues[["id", "kind"]].to_numpy().tolist() == [["S-P2", "free_unknown"]]
    assert result.table["floor_area_m2"].tolist()[2] == 8_000


def test_unsupplied_land_without_a_mode_is_taken_to_be_prepared_for_supply():
    parcels = land(low_class=["approved_unsupplied"])
    table = found(parcels, ("P1", "approved", "2026-10-31")).table
    ready = pd.Timestamp(ON) + pd.Timedelta(days=USUAL["prepared"].usual)
    assert table["free_from"].tolist() == [ready.to_period("M").to_timestamp()]
    assert table["free_basis"].tolist() == ["usual"]


def test_a_plan_that_has_passed_says_nothing():
    parcels = land(low_class=["approved_unsupplied"], plan_supply_on=pd.to_datetime(["2026-05-20"]))
    assert found(parcels).table["free_basis"].tolist() == ["unknown"]


def test_a_broken_shape_is_told_and_left_out():
    parcels = land(low_class=["built_idle", "built_idle"])
    parcels.loc["P1", "geometry"] = None
    result = found(parcels)
    assert result.table.index.tolist() == ["S-P2"]
    assert result.issues["kind"].tolist() == ["geometry_unusable"]


def test_what_a_file_says_of_its_sites_yields_to_what_is_measured():
    file = gpd.GeoDataFrame(
        {"free_from": ["2027-03-15", None], "slope_pct": [4.0, None], "area_m2": [None, 900.0]},
        geometry=[box(0, 0, 200, 50), box(50, 0, 250, 50)],
        index=pd.Index(["A", "B"], name="site_id"),
        crs=4549,
    )
    table = with_slopes(measured_sites(file), pd.Series({"A": 1.0, "B": 2.0}))
    assert table["area_m2"].tolist() == [200 * 50, 200 * 50]
    assert table["free_from"].iloc[0] == month("2027-03-01")
    assert table["slope_pct"].tolist() == [1, 2]
    assert table["inner_m"].tolist() == pytest.approx([50, 50], rel=1e-2)
    assert site_overlaps(table)["area_m2"].tolist() == [150 * 50]


def test_a_strip_is_known_by_its_widest_circle():
    strip = shapely.box(0, 0, 500, 12)
    table = gpd.GeoDataFrame(geometry=[strip], index=pd.Index(["A"], name="site_id"), crs=4549)
    assert measured_sites(table)["inner_m"].tolist() == pytest.approx([12], rel=1e-2)


def test_faulty_rules_of_sites_are_refused_with_every_fault(tmp_path):
    file = tmp_path / "sites.toml"
    file.write_text("[sites.free_stage]\nacquire = 'sold'\ngift = 'prepared'\n", "utf-8")
    with pytest.raises(RulesFaultyError) as refusal:
        load_site_rules(file)
    for part in ("acquire sold", "gift ?", "taken None", "classes: idle", "ahead: value", "source"):
        assert part in str(refusal.value)


def test_the_countys_own_history_says_how_long_the_rest_takes():
    count = 40
    shapes = [box(500 * n, 0, 500 * n + 100, 100) for n in range(count + 2)]
    index = pd.Index([f"P{n}" for n in range(count + 2)], name="parcel_id")
    parcels = gpd.GeoDataFrame(
        {"renewal_mode": "acquire", "low_class": "underused"},
        geometry=shapes, index=index, crs=4549,
    )  # fmt: skip
    rows = []
    for n in range(count):  # of five parcels three were cleared after 100 days, two after 300
        took = pd.Timedelta(days=100 if n % 5 < 3 else 300)
        start = pd.Timestamp("2024-01-01")
        ends = [("demolished", start), ("prepared", start + took), ("supplied", "2025-06-01")]
        rows += [(f"P{n}", stage, day) for stage, day in ends]
    rows += [
        (f"P{count}", "demolished", "2026-10-21"),
        (f"P{count + 1}", "demolished", "2026-05-04"),
    ]
    table = found(parcels, *rows).table
    fresh = pd.Timestamp("2026-10-21") + pd.Timedelta(days=100)
    # Who has waited beyond 100 days is one of the slow.
    waited = pd.Timestamp("2026-05-04") + pd.Timedelta(days=300)
    expected = [day.to_period("M").to_timestamp() for day in (fresh, waited)]
    assert table["free_from"].tolist() == expected
    assert table["parcel_ids"].tolist() == [(f"P{count}",), (f"P{count + 1}",)]
