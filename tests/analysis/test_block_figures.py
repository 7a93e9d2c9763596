"""Cost, gain and difficulty of blocks: formulas by hand, firms once, unknown told."""

from __future__ import annotations

from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import box

from analysis.block_facts import COST_PARTS
from analysis.block_figures import block_figures, group_figures, parcel_figures
from analysis.blocks import blocks
from data.block_prices import edited_prices, load_block_prices
from data.block_rules import load_block_rules

MU = 2_000 / 3
PRICES = edited_prices(
    load_block_prices(),
    {"land": 60, "floor": 1_000, "unlawful": 100, "demolition": 60, "firm": 20, "job": 0.5,
     "new_floor": 1_500},
)  # fmt: skip
SAID = {
    "floor_area_m2": [1_000.0, 500.0],
    "unlawful_floor_area_m2": [200.0, 0.0],
    "employees": [40, 10],
    "owner": ["甲", "乙"],
    "low_class": ["underused", "not_low"],
    "evaluation_grade": ["A", "D"],
    "tenure_end_on": ["2046-10-31", None],
    "actual_completion_on": ["2016-10-31", None],
}
HOLDINGS = pd.DataFrame(
    {"owner_uscc": ["F1", "F1", "F2"], "parcel_id": ["P1", "P2", "P2"], "area_share": [1, 0.5, 0.5]}
)
FIRMS = pd.DataFrame({"owner_uscc": ["F1", "F2"], "employees": [30.0, 12.0]})
ON = date(2026, 10, 31)


def land(**facts):
    shapes = [box(0, 0, 100, 100), box(110, 0, 210, 100)]
    index = pd.Index(["P1", "P2"], name="parcel_id")
    return gpd.GeoDataFrame(SAID | facts, geometry=shapes, index=index, crs=4549)


def test_cost_and_gain_are_quantities_times_prices():
    found = parcel_figures(land(), prices=PRICES, holdings=HOLDINGS, firms=FIRMS, on=ON)
    first, mu = found.loc["P1"], 10_000 / MU
    assert first["cost_land_wan"] == pytest.approx(60 * mu)
    assert first["cost_floor_wan"] == 1_000 * (1_000 - 200) / 10_000
    assert first["cost_unlawful_wan"] == 100 * 200 / 10_000
    assert first["cost_demolition_wan"] == 60 * 1_000 / 10_000
    share = 10_000 / (10_000 + 5_000)  # of firm F1's land, two thirds lie here
    assert first["cost_firms_wan"] == pytest.approx(20 * share)
    assert first["cost_jobs_wan"] == pytest.approx(0.5 * 30 * share)
    assert first["cost_wan"] == pytest.approx(sum(first[part] for part in COST_PARTS))
    assert first["gain_floor_m2"] == pytest.approx(2.0 * 10_000 - 1_000)
    assert first["gain_wan"] == pytest.approx(1_500 * 19_000 / 10_000)
    assert found["firms"].tolist() == [1, 2]


def test_a_block_moves_a_firm_on_two_parcels_once_and_adds_up_its_parcels():
    parcels = land()
    found = blocks(parcels, rules=load_block_rules())
    figures = block_figures(
        found, parcels, prices=PRICES, holdings=HOLDINGS, firms=FIRMS, on=ON
    ).loc["B-P1"]
    each = parcel_figures(parcels, prices=PRICES, holdings=HOLDINGS, firms=FIRMS, on=ON)
    assert (figures["firms"], figures["parcels"]) == (2, 2)
    assert figures["jobs"] == pytest.approx(30 + 12)
    assert figures["cost_firms_wan"] == pytest.approx(20 * 2)
    assert figures["cost_wan"] == pytest.approx(each["cost_wan"].sum())
    assert figures["cost_wan_unknown"] == 0


def test_difficulty_is_the_sum_of_its_reasons():
    parcels = land()
    found = blocks(parcels, rules=load_block_rules())
    row = block_figures(found, parcels, prices=PRICES, holdings=HOLDINGS, firms=FIRMS, on=ON).loc[
        "B-P1"
    ]
    reasons = {code: (value, points) for code, value, points in row["difficulty_reasons"]}
    assert reasons["owners"] == pytest.approx((2, 15 * (2 - 1) / (20 - 1)))
    assert reasons["firms"] == pytest.approx((2, 15 * 2 / 30))
    assert reasons["jobs"] == pytest.approx((42, 15 * 42 / 2_000))
    assert reasons["unlawful"] == pytest.approx((200 / 1_500, 10 * (200 / 1_500) / 0.3))
    assert reasons["new_buildings"] == pytest.approx((10, 10 * (10 - 30) / (5 - 30)), rel=1e-3)
    assert reasons["good_grade"] == pytest.approx((0.5, 15))
    assert reasons["tenure"] == pytest.approx((20, 10 * (20 - 5) / (40 - 5)), rel=1e-3)
    assert reasons["not_low"] == pytest.approx((0.5, 10))
    assert row["difficulty"] == pytest.approx(sum(points for _, points in reasons.values()))
    worth = [points for *_, points in row["difficulty_reasons"]]
    assert worth == sorted(worth, reverse=True)


def test_what_is_not_known_takes_its_points_out_of_the_whole():
    bare = pd.DataFrame(
        {"geometry_area_m2": [10_000.0], "low_class": ["underused"], "owner": ["甲"]},
        index=pd.Index(["P1"], name="parcel_id"),
    )
    row = parcel_figures(bare, prices=PRICES).loc["P1"]
    assert row["difficulty"] == 0
    assert row["difficulty_unknown"] == (
        "firms", "jobs", "unlawful", "new_buildings", "good_grade", "tenure",
    )  # fmt: skip
    dated = bare.assign(tenure_end_on="2066-10-31")
    row = parcel_figures(dated, prices=PRICES, on=ON).loc["P1"]
    assert row["difficulty"] == pytest.approx(100 * 10 / (15 + 10 + 10))  # owners, not low, tenure
    nothing = bare[["geometry_area_m2"]]
    assert np.isnan(parcel_figures(nothing, prices=PRICES)["difficulty"].iloc[0])


def test_an_unknown_fact_makes_an_unknown_cost_and_the_block_counts_it():
    parcels = land(floor_area_m2=[1_000.0, None])
    each = parcel_figures(parcels, prices=PRICES, holdings=HOLDINGS, firms=FIRMS)
    assert each["cost_wan"].isna().tolist() == [False, True]
    block = group_figures(pd.Series("B", index=parcels.index), each, prices=PRICES).loc["B"]
    assert (block["cost_wan_unknown"], block["gain_floor_m2_unknown"]) == (1, 1)
    assert block["gain_floor_m2"] == pytest.approx(each.loc["P1", "gain_floor_m2"])
    assert block["cost_wan"] == pytest.approx(each[list(COST_PARTS)].sum().sum())


def test_a_price_left_blank_leaves_the_figure_unknown_and_is_named():
    blank = edited_prices(PRICES, {"demolition": None, "new_floor": None})
    each = parcel_figures(land(), prices=blank, holdings=HOLDINGS, firms=FIRMS)
    assert each["cost_wan"].isna().all()
    assert each["gain_wan"].isna().all()
    assert each["missing_prices"].tolist() == [("demolition", "new_floor")] * 2
    block = group_figures(pd.Series("B", index=each.index), each, prices=blank).loc["B"]
    assert np.isnan(block["cost_wan"])
    assert block["missing_prices"] == ("demolition", "new_floor")
    cleared = land(floor_area_m2=[0.0, 0.0])
    each = parcel_figures(cleared, prices=blank, holdings=HOLDINGS, firms=FIRMS)
    assert each["cost_wan"].notna().all()  # nothing to demolish costs nothing
    assert each["missing_prices"].tolist() == [("new_floor",)] * 2


def test_land_that_nobody_holds_is_not_bought_and_bare_land_moves_nobody():
    parcels = land(
        low_class=["approved_unsupplied", "supplied_unused"],
        build_status=["not_started", "not_started"],
        floor_area_m2=None,
        unlawful_floor_area_m2=None,
        employees=None,
    )
    each = parcel_figures(parcels, prices=PRICES, holdings=HOLDINGS.iloc[:0], firms=FIRMS)
    assert each["cost_wan"].tolist() == pytest.approx([0, 60 * 10_000 / MU])
    assert each["firms"].tolist() == each["jobs"].tolist() == [0, 0]


def test_an_assumption_stands_in_only_where_it_is_set_and_is_counted():
    parcels = land(floor_area_m2=[1_000.0, None], unlawful_floor_area_m2=[0.0, None])
    taken = edited_prices(PRICES, {"floor_ratio": 0.5, "unlawful_share": 0.1})
    each = parcel_figures(parcels, prices=taken, holdings=HOLDINGS, firms=FIRMS)
    assert each["floor_m2"].tolist() == [1_000, 0.5 * 10_000]
    assert each["unlawful_floor_m2"].tolist() == pytest.approx([0, 0.1 * 5_000])
    assert each["assumed"].tolist() == [False, True]
    block = group_figures(pd.Series("B", index=each.index), each, prices=taken).loc["B"]
    assert (block["assumed"], block["cost_wan_unknown"]) == (1, 0)


def test_a_recorded_plot_ratio_stands_in_for_floor_area_unless_it_is_absurd():
    parcels = land(floor_area_m2=None, far=[0.8, 1_041.0])
    assert parcel_figures(parcels, prices=PRICES)["floor_m2"].iloc[0] == 0.8 * 10_000
    assert np.isnan(parcel_figures(parcels, prices=PRICES)["floor_m2"].iloc[1])


def test_an_exempt_parcel_gains_nothing_and_one_beyond_the_line_neither():
    parcels = land(floor_area_m2=[1_000.0, 25_000.0], far_exemption=[True, None])
    assert parcel_figures(parcels, prices=PRICES)["gain_floor_m2"].tolist() == [0, 0]


COUNT = st.integers(0, 3)


@given(st.lists(st.tuples(COUNT, st.integers(0, 9), st.booleans()), min_size=1, max_size=12))
@settings(max_examples=20, deadline=None)
def test_groups_add_up_to_the_whole_whatever_the_grouping(rows):
    index = pd.Index([f"P{n}" for n in range(len(rows))], name="parcel_id")
    parcels = pd.DataFrame(
        {
            "geometry_area_m2": [1_000.0 * (1 + size) for _, size, _ in rows],
            "floor_area_m2": [None if blank else 100.0 * size for _, size, blank in rows],
            "unlawful_floor_area_m2": 0.0,
            "employees": 1,
        },
        index=index,
    )
    held = pd.DataFrame(
        {"owner_uscc": [f"F{of}" for of, *_ in rows], "parcel_id": index, "area_share": 1.0}
    )
    each = parcel_figures(parcels, prices=PRICES, holdings=held)
    parts = group_figures(
        pd.Series([f"B{of}" for of, *_ in rows], index=index), each, prices=PRICES
    )
    whole = group_figures(pd.Series("B", index=index), each, prices=PRICES).loc["B"]
    for name in ("area_m2", "cost_wan", "cost_wan_unknown", "gain_wan_unknown", "firm_parts"):
        assert parts[name].sum() == pytest.approx(whole[name])
    assert whole["firms"] == len({of for of, *_ in rows}) == pytest.approx(whole["firm_parts"])
    assert parts["difficulty"].between(0, 100).all()
