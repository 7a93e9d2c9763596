"""Plot ratios that can be worked out on paper."""

import itertools

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal
from shapely import affinity
from shapely.geometry import MultiPolygon, Polygon, box

from analysis.errors import DuplicateParcelError
from analysis.far_values import far_values
from analysis.plot_ratio import plot_ratio
from analysis.plot_ratio_index import PlotRatioIndex
from data.rules import load_rules
from data.sample import generate
from gis.errors import CrsMissingError, NotMetricError
from gis.overlaps import overlaps

RULES = load_rules()


def parcels(*shapes, **columns):
    index = pd.Index([f"P{n}" for n in range(1, len(shapes) + 1)], name="parcel_id")
    return gpd.GeoDataFrame(columns, geometry=list(shapes), index=index, crs=4549)


def buildings(*rows, **columns):
    """Buildings as (shape, storeys, storey height)."""
    frame = pd.DataFrame({"storeys": [r[1] for r in rows], "storey_height_m": [r[2] for r in rows]})
    frame["building_id"] = [f"B{n}" for n in range(1, len(rows) + 1)]
    return gpd.GeoDataFrame(frame.assign(**columns), geometry=[r[0] for r in rows], crs=4549)


def only(found, parcel_id="P1"):
    return found.parcels.loc[parcel_id]


@pytest.mark.parametrize(("height", "times"), [(3.6, 1), (8.0, 1), (8.1, 2), (8.0 + 1e-9, 2)])
def test_a_storey_counts_double_only_strictly_above_eight_metres(height, times):
    found = plot_ratio(
        parcels(box(0, 0, 100, 100)), buildings((box(10, 10, 60, 50), 1, height)), rules=RULES
    )
    assert only(found).counted_floor_area_m2 == 50 * 40 * 1 * times
    assert only(found).floor_area_computed_m2 == 50 * 40 * 1
    assert only(found).far_computed == 50 * 40 * times / (100 * 100)
    assert only(found).site_coverage == 50 * 40 / (100 * 100)


def test_a_building_on_the_border_is_shared_by_area():
    two = parcels(box(0, 0, 100, 100), box(100, 0, 200, 100))
    found = plot_ratio(two, buildings((box(80, 20, 130, 60), 3, 4.0)), rules=RULES)
    assert found.parcels["counted_floor_area_m2"].tolist() == [20 * 40 * 3, 30 * 40 * 3]
    assert found.parcels["buildings"].tolist() == [1, 1]
    assert found.outside_footprint_m2 == 0


def test_a_building_over_a_hole_counts_only_outside_the_hole():
    yard = Polygon(box(0, 0, 100, 100).exterior, [box(40, 40, 60, 60).exterior])
    found = plot_ratio(parcels(yard), buildings((box(30, 40, 70, 60), 2, 4.0)), rules=RULES)
    assert only(found).land_area_m2 == 100 * 100 - 20 * 20
    assert only(found).counted_floor_area_m2 == (40 * 20 - 20 * 20) * 2
    assert found.outside_footprint_m2 == 20 * 20


def test_multipolygons_count_in_all_their_parts():
    land = MultiPolygon([box(0, 0, 50, 50), box(100, 0, 150, 50)])
    halls = MultiPolygon([box(10, 10, 20, 20), box(90, 10, 110, 20)])
    found = plot_ratio(parcels(land), buildings((halls, 1, 9.0)), rules=RULES)
    assert only(found).counted_floor_area_m2 == (10 * 10 + 10 * 10) * 2
    assert only(found).land_area_m2 == 2 * 50 * 50


def test_a_building_that_touches_the_border_from_outside_brings_nothing():
    found = plot_ratio(
        parcels(box(0, 0, 100, 100)), buildings((box(100, 0, 120, 50), 5, 4.0)), rules=RULES
    )
    assert only(found).far_computed == 0
    assert only(found).method == "no_building"
    assert found.issues["kind"].tolist() == ["building_outside"]


def test_unlawful_floor_area_and_basements_stay_out_of_the_plot_ratio():
    stands = buildings(
        (box(0, 0, 10, 10), 2, 4.0),
        (box(20, 0, 30, 10), 3, 4.0),
        (box(40, 0, 50, 10), 1, 4.0),
        permitted=[True, False, None],
        basement=[False, False, True],
    )
    row = only(plot_ratio(parcels(box(0, 0, 100, 100)), stands, rules=RULES))
    assert row.counted_floor_area_m2 == 100 * 2
    assert row.unlawful_counted_m2 == 100 * 3
    assert row.far_with_unlawful == (200 + 300) / 10_000
    assert row.footprint_m2 == 100 + 100


def test_unknown_storeys_make_a_lower_bound_and_none_at_all_no_figure():
    two = parcels(box(0, 0, 100, 100), box(100, 0, 200, 100))
    stands = buildings(
        (box(0, 0, 10, 10), 2, 4.0), (box(20, 0, 50, 10), None, 4.0), (box(150, 0, 160, 9), None, 4)
    )
    found = plot_ratio(two, stands, rules=RULES).parcels
    assert found["method"].tolist() == ["buildings_partial", "unknown"]
    assert found.loc["P1", "coverage_share"] == 100 / (100 + 300)
    assert found.loc["P1", "counted_floor_area_m2"] == 200
    assert found.loc["P2", ["far_computed", "counted_floor_area_m2"]].isna().all()


def test_without_any_building_everything_is_unknown_not_zero():
    none = buildings((box(0, 0, 1, 1), 1, 4.0)).iloc[:0]
    row = only(plot_ratio(parcels(box(0, 0, 10, 10)), none, rules=RULES))
    assert row.method == "unknown"
    assert np.isnan(row.far_computed)
    assert np.isnan(row.footprint_m2)


def test_the_building_coefficient_needs_yards():
    land, stands = parcels(box(0, 0, 100, 100)), buildings((box(0, 0, 20, 100), 1, 4.0))
    yard = gpd.GeoSeries([box(50, 0, 150, 50)], crs=4549)
    assert np.isnan(only(plot_ratio(land, stands, rules=RULES)).building_coefficient)
    row = only(plot_ratio(land, stands, rules=RULES, yards=yard))
    assert row.building_coefficient == (20 * 100 + 50 * 50) / (100 * 100)
    assert row.site_coverage == 20 * 100 / (100 * 100)


def test_the_height_of_a_storey_is_taken_from_the_whole_where_it_is_missing():
    stands = buildings((box(0, 0, 10, 10), 1, None), (box(20, 0, 30, 10), 3, None))
    stands["height_m"] = [9.0, 12.0]
    row = only(plot_ratio(parcels(box(0, 0, 100, 100)), stands, rules=RULES))
    assert row.counted_floor_area_m2 == 100 * 1 * 2 + 100 * 3
    assert row.storey_height_unknown == 0


@pytest.mark.parametrize(
    ("storeys", "height", "kind"),
    [
        (-2, 4.0, "storeys_implausible"),
        (0, 4.0, "storeys_implausible"),
        (99, 4.0, "storeys_implausible"),
        ("多层", 4.0, "storeys_not_number"),
        (float("inf"), 4.0, "storeys_not_number"),
        (None, 4.0, "storeys_unknown"),
        (2, 840, "storey_height_implausible"),
        (2, 0.4, "storey_height_implausible"),
        (2, "高", "storey_height_not_number"),
    ],
)
def test_what_cannot_be_is_listed_with_row_field_and_way_out(storeys, height, kind):
    stands = buildings((box(0, 0, 10, 10), 1, 4.0), (box(20, 0, 30, 10), storeys, height))
    found = plot_ratio(parcels(box(0, 0, 100, 100)), stands, rules=RULES)
    (issue,) = found.issues.to_dict("records")
    assert (issue["kind"], issue["row"], issue["id"]) == (kind, 2, "B2")
    assert issue["field"] in ("storeys", "storey_height_m")
    assert "；" in issue["message_zh"] or "，" in issue["message_zh"]
    counted = 100 * 1 + (100 * 2 if issue["field"] == "storey_height_m" else 0)
    assert only(found).counted_floor_area_m2 == counted


def test_repeated_invalid_and_missing_footprints_are_left_out_and_listed():
    turned = Polygon([(10, 0), (10, 10), (0, 10), (0, 0)])
    bow = Polygon([(20, 0), (30, 10), (30, 0), (20, 10)])
    rows = [(box(0, 0, 10, 10), 1, 4.0), (turned, 1, 4.0), (bow, 1, 4.0), (None, 1, 4.0)]
    found = plot_ratio(parcels(box(0, 0, 100, 100)), buildings(*rows), rules=RULES)
    assert only(found).counted_floor_area_m2 == 10 * 10
    assert found.issues[["row", "kind"]].values.tolist() == [
        [2, "building_duplicate"],
        [3, "geometry_unusable"],
        [4, "geometry_unusable"],
    ]
    assert "Self-intersection" in found.issues["message_en"][1]


def test_a_land_area_of_zero_or_unknown_gives_no_plot_ratio():
    land = parcels(*[box(100 * n, 0, 100 * n + 100, 100) for n in range(3)])
    land["registered_area_m2"] = [0.0, None, 5_000.0]
    stands = buildings(*[(box(100 * n, 0, 100 * n + 50, 50), 2, 4.0) for n in range(3)])
    found = plot_ratio(land, stands, rules=RULES, land="registered_area_m2")
    assert found.parcels["far_computed"].isna().tolist() == [True, True, False]
    assert found.parcels["far_computed"].iloc[2] == 50 * 50 * 2 / 5_000
    assert found.issues["kind"].tolist() == ["land_area_not_positive", "land_area_unknown"]


def test_an_absurd_plot_ratio_is_not_shown():
    land = parcels(box(0, 0, 100, 100), registered_area_m2=[4.8])
    stands = buildings((box(0, 0, 50, 50), 2, 4.0))
    found = plot_ratio(land, stands, rules=RULES, land="registered_area_m2")
    assert np.isnan(only(found).far_computed)
    assert only(found).method == "unknown"
    assert "far_absurd" in found.issues["kind"].tolist()
    assert found.issues.set_index("kind").loc["far_absurd", "value"] == str(round(5_000 / 4.8, 3))


def test_four_plot_ratios_stay_apart_and_gaps_are_issues():
    land = parcels(
        box(0, 0, 100, 100), far=[0.9], planned_far=[1.5], floor_area_m2=[5_000.0],
        registered_area_m2=[10_000.0],
    )  # fmt: skip
    found = plot_ratio(land, buildings((box(0, 0, 50, 50), 2, 4.0)), rules=RULES)
    values, issues = far_values(land, found.parcels, rules=RULES)
    assert values.loc["P1"].to_dict() == {
        "far_registered": 0.9,
        "far_permitted": 1.5,
        "far_surveyed": 0.5,
        "far_computed": 50 * 50 * 2 / 10_000,
    }
    assert issues["kind"].tolist() == ["far_gap_registered"]


def test_degrees_and_missing_systems_are_refused():
    land, stands = parcels(box(0, 0, 100, 100)), buildings((box(0, 0, 50, 50), 2, 4.0))
    with pytest.raises(NotMetricError):
        plot_ratio(land.set_crs(4490, allow_override=True), stands, rules=RULES)
    with pytest.raises(CrsMissingError):
        plot_ratio(land, stands.set_crs(None, allow_override=True), rules=RULES)
    with pytest.raises(DuplicateParcelError):
        plot_ratio(pd.concat([land, land]), stands, rules=RULES)


cells = st.integers(0, 11)


@st.composite
def scene(draw):
    """Draw parcels cut from a strip, turned a little, and buildings on a grid of their own."""
    edges = sorted(draw(st.sets(st.integers(0, 120), min_size=2, max_size=8)))
    turn = draw(st.floats(-30, 30))
    plots = [box(a, 0, b, 90) for a, b in itertools.pairwise(edges)]
    spots = draw(st.sets(st.tuples(cells, cells), min_size=1, max_size=20))
    rows = [
        (box(10 * x + 1, 10 * y - 7, 10 * x + 9, 10 * y + 2), draw(st.integers(1, 6)),
         draw(st.sampled_from([3.0, 8.0, 8.1, 12.0])))
        for x, y in sorted(spots)
    ]  # fmt: skip
    plots = [affinity.rotate(shape, turn, origin=(60, 60)) for shape in plots]
    return parcels(*plots), buildings(*rows)


@settings(max_examples=60, deadline=None)
@given(scene())
def test_floor_area_inside_all_parcels_and_outside_is_the_whole(drawn):
    land, stands = drawn
    found = plot_ratio(land, stands, rules=RULES)
    times = np.where(stands["storey_height_m"] > 8, 2, 1) * stands["storeys"]
    whole = stands.area * times
    outside = stands.difference(land.union_all()).area * times
    inside = found.parcels["counted_floor_area_m2"].sum()
    assert inside + outside.sum() == pytest.approx(whole.sum(), rel=1e-9)
    footprint = found.parcels["footprint_m2"].sum() + found.outside_footprint_m2
    assert footprint == pytest.approx(stands.area.sum(), rel=1e-9)


@pytest.fixture(scope="module")
def county():
    made = generate(parcels=400, seed=330381)
    return made.parcels.to_crs(4549), made.layers["buildings"].to_crs(4549)


def overlaid(land, stands):
    """Counted floor area the plain way: overlay and groupby."""
    times = np.where(stands["storey_height_m"] > 8, 2, 1) * stands["storeys"].astype(float)
    pieces = gpd.overlay(
        stands.assign(times=times)[["times", "geometry"]],
        land.reset_index()[["parcel_id", "geometry"]],
    )
    floor = (pieces.area * pieces["times"]).groupby(pieces["parcel_id"]).sum()
    return floor.reindex(land.index, fill_value=0.0)


def test_the_sample_county_agrees_with_overlay(county):
    land, stands = county
    found = plot_ratio(land, stands, rules=RULES).parcels
    both = found["counted_floor_area_m2"] + found["unlawful_counted_m2"]
    np.testing.assert_allclose(both, overlaid(land, stands), rtol=1e-9, atol=1e-6)
    assert (both > 0).sum() > 200


def test_one_thread_and_two_give_the_same_bytes(county):
    land, stands = county
    one, two = (
        plot_ratio(land, stands, rules=RULES, threads=threads).parcels for threads in (1, 2)
    )
    assert_frame_equal(one, two, check_exact=True)


def test_the_index_follows_changes_as_if_all_were_computed_anew(county):
    land, stands = county
    index = PlotRatioIndex(land, stands, rules=RULES)
    at = overlaps(land.geometry, stands.geometry)
    counts = np.bincount(at.shape, minlength=len(stands))
    row = int(np.argmax(counts))
    changed = stands.copy()
    changed.loc[row, "storeys"] = 7
    moved = affinity.translate(changed.geometry.iloc[row], 35, 20)
    changed.loc[[row], "geometry"] = gpd.GeoSeries([moved], index=[row], crs=4549)
    touched = index.put(changed.iloc[[row]])
    expected = plot_ratio(land, changed, rules=RULES).parcels
    assert len(touched) >= 2
    columns = [name for name in touched.columns if name != "building_coefficient"]
    assert_frame_equal(touched, expected.loc[touched.index, columns], rtol=1e-12)
    gone = index.drop(changed["building_id"].iloc[row])
    expected = plot_ratio(land, changed.drop(index=row), rules=RULES).parcels
    assert_frame_equal(gone, expected.loc[gone.index, columns], rtol=1e-12)
    back = index.put(stands.iloc[[row]])
    expected = plot_ratio(land, stands, rules=RULES).parcels
    assert_frame_equal(back, expected.loc[back.index, columns], rtol=1e-12)
