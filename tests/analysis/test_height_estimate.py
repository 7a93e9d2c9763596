"""Estimates from heights that can be worked out on paper, and the lines they stand against."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
from affine import Affine
from shapely.geometry import box

from analysis.height_estimate import estimate_from_heights
from analysis.requirements import ExemptionUnreasonedError, requirements
from analysis.uplift import cheap_uplift, uplift
from data.far_minimum import FarMinimumFaultyError, read_far_minimum
from data.rules import load_rules

RULES = load_rules()
EAST, NORTH = 500_000, 3_070_000


def square(x, y, side):
    return box(EAST + x, NORTH + y, EAST + x + side, NORTH + y + side)


@pytest.fixture
def rasters(tmp_path):
    """Ground at 4 m; a hall 9 m high on 40 × 40 m and a block 18 m high on 20 × 20 m."""
    z = np.full((100, 200), 4.0, dtype="float32")
    z[100 - 60 : 100 - 20, 20:60] += 9.0
    z[100 - 40 : 100 - 20, 120:140] += 18.0
    paths = []
    for name, values in (("dsm", z), ("dtm", np.full_like(z, 4.0))):
        path = tmp_path / f"{name}.tif"
        with rasterio.open(
            path, "w", driver="GTiff", dtype="float32", count=1, height=100, width=200,
            crs="EPSG:4549", nodata=-9999.0, transform=Affine(1, 0, EAST, 0, -1, NORTH + 100),
        ) as out:  # fmt: skip
            out.write(values, 1)
        paths.append(path)
    return paths


@pytest.fixture
def parcels():
    index = pd.Index(["P1", "P2", "P3"], name="parcel_id")
    shapes = [square(0, 0, 100), square(100, 0, 100), square(500, 0, 100)]
    industry = {"industry_code": ["C3110", "C3910", None]}
    return gpd.GeoDataFrame(industry, geometry=shapes, index=index, crs=4549)


def estimated(parcels, footprints, rasters):
    return estimate_from_heights(
        parcels, footprints, surface=rasters[0], terrain=rasters[1], rules=RULES
    )


def test_storeys_follow_from_the_storey_height_of_the_industry(parcels, rasters):
    stands = gpd.GeoDataFrame(geometry=[square(20, 20, 40), square(120, 20, 20)], crs=4549)
    found = estimated(parcels, stands, rasters)
    one = 40 * 40 * 1 * 2  # 9 m over 9 m: one storey, above 8 m, counts double
    four = 20 * 20 * round(18 / 4.2)
    assert found.parcels["counted_estimated_m2"].tolist()[:2] == [one, four]
    assert found.parcels["far_estimated"].tolist()[:2] == [one / 10_000, four / 10_000]
    assert found.parcels["storey_height_assumed_m"].tolist() == [9.0, 4.2, 4.5]
    assert (found.parcels["estimate_basis"] == "footprints").all()


def test_the_range_holds_the_estimate_and_the_doubt_about_the_storey(parcels, rasters):
    stands = gpd.GeoDataFrame(geometry=[square(20, 20, 40), square(120, 20, 20)], crs=4549)
    table = estimated(parcels, stands, rasters).parcels.iloc[:2]
    assert (table["far_estimated_low"] <= table["far_estimated"]).all()
    assert (table["far_estimated"] <= table["far_estimated_high"]).all()
    low, high = round((18 - 0.5) / (4.2 * 1.2)), round((18 + 0.5) / (4.2 * 0.8))
    assert table.loc["P2", "far_estimated_low"] == 400 * low / 10_000
    assert table.loc["P2", "far_estimated_high"] == 400 * high / 10_000


def test_without_footprints_level_roofs_stand_for_them(parcels, rasters):
    found = estimated(parcels, None, rasters).parcels
    assert found["footprint_estimated_m2"].tolist()[:2] == pytest.approx([1600, 400])
    assert found["counted_estimated_m2"].tolist()[:2] == pytest.approx([1600 * 2, 400 * 4])
    assert found["estimate_basis"].unique().tolist() == ["roofs"]


def test_beyond_the_rasters_nothing_is_estimated_and_it_is_listed(parcels, rasters):
    for stands in (None, gpd.GeoDataFrame(geometry=[square(510, 10, 20)], crs=4549)):
        found = estimated(parcels, stands, rasters)
        assert np.isnan(found.parcels.loc["P3", "far_estimated"])
        (issue,) = found.issues.to_dict("records")
        assert (issue["id"], issue["kind"]) == ("P3", "heights_missing")


def test_policy_lines_hold_for_approved_projects_only():
    frame = pd.DataFrame(
        {
            "renewal_mode": ["raise_far", "raise_far", None],
            "stage": ["listed", "started", "started"],
        }
    )
    lines = requirements(frame, pd.Series([1.5, 1.5, 1.5]), rules=RULES, minimum=read_far_minimum())
    assert lines["policy_far"].isna().tolist() == [True, False, True]
    assert lines["below_policy"].iloc[1] == 2.0 - 1.5
    assert lines["below_pilot"].iloc[1] == 3.0 - 1.5


def test_national_minima_are_shown_as_unverified_and_unknown_stays_unknown():
    frame = pd.DataFrame({"industry_code": ["C2614", "4310", None, "C99"]})
    lines = requirements(frame, pd.Series([0.5] * 4), rules=RULES, minimum=read_far_minimum())
    assert lines["national_min"].iloc[0] == 0.6
    assert lines["national_min"].isna().tolist() == [False, True, True, True]
    assert lines["national_verified"].tolist()[:2] == [False, False]
    assert lines["national_verified"].isna().tolist() == [False, False, True, True]
    assert lines["below_national"].iloc[0] == pytest.approx(0.6 - 0.5)


def test_an_exemption_needs_a_reason_and_hides_no_gap():
    frame = pd.DataFrame({"industry_code": ["C2614"]}, index=["P1"])
    far, table = pd.Series([0.2], index=["P1"]), read_far_minimum()
    given = pd.DataFrame({"kind": ["fire_safety"], "reason": ["甲类厂房间距"]}, index=["P1"])
    lines = requirements(frame, far, rules=RULES, minimum=table, exemptions=given)
    assert lines.loc["P1", "exempt"]
    assert lines.loc["P1", "below_national"] == pytest.approx(0.6 - 0.2)
    with pytest.raises(ExemptionUnreasonedError):
        requirements(frame, far, rules=RULES, minimum=table, exemptions=given.assign(reason=" "))


def test_a_faulty_table_of_minima_is_refused_with_every_row(tmp_path):
    file = tmp_path / "far.csv"
    file.write_text(
        "division,far_min,edition,verified,source,note\n13,1.0,2008,no,x,\n1,1.0,2008,no,x,\n"
        "14,-1,2008,no,x,\n13,1.1,2008,no,x,\n",
        encoding="utf-8",
    )
    with pytest.raises(FarMinimumFaultyError) as caught:
        read_far_minimum(file)
    assert [row in caught.value.say("en") for row in ("3: 1", "4: 14", "5: 13")] == [True] * 3


def test_gains_by_group_add_up_and_exempt_parcels_gain_nothing():
    frame = pd.DataFrame(
        {
            "town": ["A", "A", None, "B"],
            "far_computed": [0.5, 1.0, 1.5, 0.1],
            "land_area_m2": [10_000.0, 20_000.0, 30_000.0, 40_000.0],
            "exempt": [False, False, False, True],
            "single_owner": pd.array([True, None, True, True], dtype="boolean"),
        },
        index=["P1", "P2", "P3", "P4"],
    )
    found = uplift(frame, by="town")
    assert found["gain_2.0_m2"].tolist() == [1.5 * 10_000 + 1.0 * 20_000, 0.0, 0.5 * 30_000]
    assert found["saved_2.0_mu"].iloc[0] == pytest.approx(35_000 / 2 * 3 / 2000)
    assert found["exempt"].tolist() == [0, 1, 0]
    assert found["far_mean"].iloc[0] == (0.5 * 10_000 + 1.0 * 20_000) / 30_000
    assert cheap_uplift(frame, far_below=2.0).index.tolist() == ["P1", "P3", "P2"]


def test_a_parcel_with_nothing_built_is_no_uplift_and_stands_apart():
    frame = pd.DataFrame(
        {
            "town": "A",
            "far_computed": [0.5, 0.0],
            "land_area_m2": [10_000.0, 30_000.0],
            "no_building": [False, True],
        },
        index=["P1", "P2"],
    )
    (row,) = uplift(frame, by="town").to_dict("records")
    assert (row["far_mean"], row["far_mean_all"]) == (0.5, 0.5 * 10_000 / 40_000)
    assert (row["no_building"], row["no_building_land_m2"]) == (1, 30_000.0)
    assert row["gain_2.0_m2"] == 1.5 * 10_000
    assert cheap_uplift(frame).index.tolist() == ["P1"]
