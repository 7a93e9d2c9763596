"""What a site offers: its own figures first, then those of its park; its cost; whom it is for."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import box

from analysis.site_offers import offered
from analysis.sites import Sites, measured_sites

MU = 2_000 / 3


def land(**facts):
    """Return sites S1, S2 … of 20,000 m², which are 30 亩."""
    count = len(next(iter(facts.values())))
    index = pd.Index([f"S{n + 1}" for n in range(count)], name="site_id")
    shapes = [box(500 * n, 0, 500 * n + 100, 200) for n in range(count)]
    return measured_sites(gpd.GeoDataFrame(facts, geometry=shapes, index=index, crs=4549))


def told(table, parks=None, costs=None):
    if costs is not None and not isinstance(costs, pd.DataFrame):
        costs = pd.DataFrame({"cost_wan": costs, "bought_m2": 1.0})
    return offered(Sites(table, pd.DataFrame()), parks, costs)


def test_a_site_has_its_own_figure_else_that_of_its_park():
    table = land(park=["东区", "东区", None], power_free_kva=[500.0, None, None])
    parks = pd.DataFrame({"park": ["东区"], "power_free_kva": [2_000.0]})
    found = told(table, parks).table
    assert found["power_free_kva"].tolist()[:2] == [500.0, 2_000.0]
    assert found["power_free_kva_of"].tolist() == ["S1", "园区 东区", "S3"]
    assert np.isnan(found["power_free_kva"].iloc[2])
    assert found["water_free_t_day"].isna().all()


def test_of_a_park_on_several_rows_the_least_stock_counts():
    parks = pd.DataFrame({"park": ["东区", "东区"], "power_free_kva": [2_000.0, 900.0]})
    assert told(land(park=["东区"]), parks).table["power_free_kva"].tolist() == [900.0]


def test_the_cost_is_that_of_all_parcels_over_the_land_and_unknown_with_one_unknown():
    table = land(park=[None] * 3).assign(
        parcel_ids=[("P1", "P2"), ("P3", "P4"), ("P5",)], kind=["block", "block", "workshop"]
    )
    costs = pd.Series({"P1": 900.0, "P2": 600.0, "P3": 100.0, "P4": np.nan, "P5": 10.0})
    found = told(table, costs=costs).table["cost_wan_per_mu"]
    assert found["S1"] == pytest.approx((900 + 600) / 30)
    assert found[["S2", "S3"]].isna().all()


def test_land_that_nobody_buys_out_has_no_known_cost():
    table = land(park=[None] * 3).assign(
        parcel_ids=[("P1",), ("P1", "P2"), ("P3",)], kind=["unsupplied", "block", "unsupplied"]
    )
    costs = pd.DataFrame(
        {"cost_wan": [0.0, 900.0, 12.0], "bought_m2": [0.0, 4_000.0, np.nan]},
        index=["P1", "P2", "P3"],
    )
    found = told(table, costs=costs).table["cost_wan_per_mu"]
    assert np.isnan(found["S1"])
    assert found[["S2", "S3"]].tolist() == pytest.approx([900 / 30, 12 / 30])


def test_a_cost_that_a_file_tells_stays():
    table = land(park=[None], cost_wan_per_mu=[42.0]).assign(parcel_ids=[("P1",)])
    assert told(table, costs=pd.Series({"P1": 3_000.0})).table["cost_wan_per_mu"].tolist() == [42]


def test_clusters_nobody_knows_keep_the_others_out_and_are_told():
    found = told(land(park=["东区"], only_clusters=["汽摩配、航天"]))
    assert found.table["only_clusters"].tolist() == [("auto", "航天")]
    (issue,) = found.issues.to_dict("records")
    assert (issue["id"], issue["field"], issue["severity"]) == ("S1", "only_clusters", "warning")


@pytest.mark.parametrize(
    ("rows", "kept"),
    [
        (["汽摩配、新材料", "新材料"], ("materials",)),
        (["汽摩配", "新材料"], None),
        (["汽摩配", None], ("auto",)),
    ],
)
def test_rows_of_one_park_keep_it_for_the_clusters_that_all_of_them_name(rows, kept):
    for order in (rows, rows[::-1]):
        parks = pd.DataFrame({"park": ["东区", "东区"], "only_clusters": order})
        found = told(land(park=["东区"]), parks)
        (only,) = found.table["only_clusters"]
        assert only == kept if kept else "auto" not in only
        assert len(found.issues) == (kept is None)  # the contradiction is told


def test_a_site_named_as_a_park_keeps_its_own_stock():
    table = land(park=[None, "S1"], power_free_kva=[700.0, None])
    found = told(table, pd.DataFrame({"park": ["S1"], "power_free_kva": [1_000.0]})).table
    assert found["power_free_kva_of"].nunique() == 2
