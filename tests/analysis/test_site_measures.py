"""Measures of sites on hand-made maps: every figure in its unit, unknown where nothing is known."""

from __future__ import annotations

from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import LineString, Point, box

from analysis.firm_points import firm_points
from analysis.site_measures import Around, cluster_facts, project_measures, site_facts
from analysis.values import worth
from data.siting_criteria import load_siting_criteria
from gis.errors import NotMetricError

RULES = load_siting_criteria()
MU = 2_000 / 3


def sites(**facts):
    shapes = [box(0, 0, 100, 100), box(1_000, 0, 1_100, 100)]
    index = pd.Index(["S1", "S2"], name="site_id")
    return gpd.GeoDataFrame(facts, geometry=shapes, index=index, crs=4549)


def points(*places, **facts):
    return gpd.GeoDataFrame(facts, geometry=[Point(*place) for place in places], crs=4549)


def test_ways_go_along_roads_and_straight_ones_from_the_edge():
    street = gpd.GeoSeries([LineString([(0, -50), (3_000, -50)])], crs=4549)
    goal = points((3_000, -50)).geometry
    found = site_facts(
        sites(),
        Around(roads=street, goals={"interchange_km": goal, "homes_m": goal}),
        criteria=RULES,
    )
    assert found["interchange_km"].tolist() == [(100 + 2_950) / 1_000, (100 + 1_950) / 1_000]
    assert found["homes_m"].tolist() == pytest.approx([np.hypot(2_900, 50), np.hypot(1_900, 50)])
    assert found[["port_km", "substation_km", "neighbours_tax", "slope_pct"]].isna().all(axis=None)


def test_firms_of_the_cluster_fade_with_distance_and_lead_firms_are_the_named_and_the_large():
    firms = points(
        (50, 50), (50, 50 + 3_000), (2_050, 50), (60, 60),
        cluster=["auto", "auto", "auto", "light"],
        firm_name=["甲", "乙", "浙江瑞立集团有限公司", "丙"],
        revenue_wan=[100.0, None, None, 900_000.0],
        park=["东区", "东区", None, "东区"],
    )  # fmt: skip
    found = cluster_facts(sites(park=["东区", None]), firms, cluster="auto", criteria=RULES)
    decay = RULES.limits["cluster_decay"]
    near = 1 + np.exp(-3_000 / decay) + np.exp(-2_000 / decay)
    assert found.loc["S1", "cluster_firms"] == pytest.approx(near)
    assert found["lead_firm_km"].tolist() == pytest.approx(
        [np.hypot(1_950, 0) / 1e3, np.hypot(950, 0) / 1e3]
    )
    assert found.loc["S1", "park_lead_pct"] == pytest.approx(100 * 2 / 3)
    assert np.isnan(found.loc["S2", "park_lead_pct"])
    for unknown in ((None, "auto"), (firms, None)):
        assert (
            cluster_facts(sites(), unknown[0], cluster=unknown[1], criteria=RULES)
            .isna()
            .all(axis=None)
        )
    other = cluster_facts(sites(), firms, cluster="digital", criteria=RULES)
    assert other["cluster_firms"].tolist() == [0, 0]  # looked for, and none there
    assert other["lead_firm_km"].isna().all()


def test_neighbours_are_the_parcels_around_but_not_the_own():
    parcels = gpd.GeoDataFrame(
        {"tax_wan_per_mu": [90.0, 10.0, 20.0, None]},
        geometry=[box(0, 0, 100, 100), box(110, 0, 200, 90), box(210, 0, 300, 90),
                  box(310, 0, 400, 90)],
        index=["P1", "P2", "P3", "P4"], crs=4549,
    )  # fmt: skip
    land = sites(parcel_ids=[("P1",), ()])
    found = site_facts(land, Around(parcels=parcels), criteria=RULES)["neighbours_tax"]
    assert found["S1"] == (10 + 20) / 2
    assert np.isnan(found["S2"])


def test_what_a_project_needs_against_what_a_site_is():
    land = sites(
        area_m2=[30 * MU, None],
        planned_far=[3.0, None],
        free_from=pd.to_datetime(["2027-06-01", None]),
    )
    wish = pd.Series({"land_least_mu": 10, "land_most_mu": 30, "far_least": 2.0,
                      "wanted_on": pd.Timestamp("2027-08-20")})  # fmt: skip
    none = pd.DataFrame(index=land.index)
    found = project_measures(wish, land, none, on=date(2026, 1, 1))
    assert found.loc["S1"].tolist() == [1.0, 1.0, 0]  # free before it is wanted
    assert found.loc["S2"].isna().all()
    bare = project_measures(pd.Series({"far_least": None}), land, none, on=date(2026, 6, 15))
    assert bare.loc["S1", "free_months"] == 12
    assert bare[["area_fit", "far_headroom"]].isna().all(axis=None)


@pytest.mark.parametrize(
    ("least", "most", "fits"),
    [
        (40, 60, [20 / 40, 1, 1, 120 / 60]),
        (40, None, [20 / 40, 1, 60 / 40, 3]),
        (None, 60, [20 / 60, 40 / 60, 1, 2]),
        (0, 60, [20 / 60, 40 / 60, 1, 2]),
    ],
)
def test_land_between_least_and_most_fits_and_the_rest_by_how_many_times(least, most, fits):
    land = pd.DataFrame({"area_m2": np.array([20.0, 40.0, 60.0, 120.0]) * MU})
    wish = pd.Series({"land_least_mu": least, "land_most_mu": most})
    found = project_measures(wish, land, pd.DataFrame(index=land.index), on=date(2026, 1, 1))
    assert found["area_fit"].tolist() == pytest.approx(fits)


def test_a_site_that_holds_the_least_land_loses_nothing_for_its_area():
    (fit,) = [one for one in RULES.criteria if one.key == "area_fit"]
    assert worth(fit, [1.0, 40.07 / 40, 39.7 / 20]).tolist()[:2] == [1, 1]
    assert worth(fit, [39.7 / 20])[0] > 0.9


def test_degrees_are_refused():
    with pytest.raises(NotMetricError):
        site_facts(sites().set_crs(4490, allow_override=True), Around(), criteria=RULES)


def test_a_firm_stands_on_the_parcel_that_it_holds_most_of():
    land = gpd.GeoDataFrame(
        {"park": ["东区", None], "owner": ["甲", "甲"], "cluster": ["auto", None]},
        geometry=[box(0, 0, 10, 10), box(100, 0, 110, 10)],
        index=pd.Index(["P1", "P2"], name="parcel_id"), crs=4549,
    )  # fmt: skip
    firms = pd.DataFrame(
        {"owner_uscc": ["U1", "U2"], "firm_name": ["甲", "乙"], "cluster": ["light", "auto"],
         "revenue_wan": [5.0, None]}
    )  # fmt: skip
    held = pd.DataFrame(
        {"owner_uscc": ["U1", "U1", "U9"], "parcel_id": ["P1", "P2", "P1"],
         "area_share": [0.2, 0.7, 1.0]}
    )  # fmt: skip
    found = firm_points(land, firms=firms, holdings=held)
    assert found[["firm_name", "cluster"]].values.tolist() == [["甲", "light"]]
    assert found.geometry.iloc[0].coords[0] == (105, 5)
    assert firm_points(land)["firm_name"].tolist() == ["甲"]
