import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gis.area import M2_PER_MU, ellipsoidal_area_m2, to_m2, to_mu
from gis.errors import CrsMissingError

GEOD = pyproj.Geod(a=6378137.0, rf=298.257222101)
SQUARE = shapely.box(564_000, 3_074_000, 564_100, 3_074_100)


def series(*geometries, crs=4549):
    return gpd.GeoSeries(list(geometries), crs=crs)


def geodesic(geometry):
    degrees = gpd.GeoSeries([geometry], crs=4549).to_crs(4490).iloc[0]
    dense = shapely.orient_polygons(shapely.segmentize(degrees, 0.0001))
    return abs(GEOD.geometry_area_perimeter(dense)[0])


def test_fifteen_mu_are_one_hectare():
    assert to_m2(15.0) == pytest.approx(10_000)
    assert to_mu(1_800 * 2000 / 3) == pytest.approx(1_800)
    assert M2_PER_MU == 2000 / 3


@pytest.mark.parametrize("east", [515_000, 564_000, 600_000, 629_000])
@pytest.mark.parametrize("side", [20, 100, 500, 1_500])
def test_parcels_agree_with_the_geodesic_area_to_a_twentieth_of_a_millionth(east, side):
    parcel = shapely.box(east, 3_074_000, east + side, 3_074_000 + side)
    area = ellipsoidal_area_m2(series(parcel)).iloc[0]
    assert area == pytest.approx(geodesic(parcel), rel=5e-8)


@given(st.lists(st.tuples(st.floats(0, 900), st.floats(0, 900)), min_size=3, max_size=9))
def test_corners_measure_what_shapes_in_the_plane_do_whatever_they_enclose(corners):
    ring = shapely.Polygon([(564_000 + x, 3_074_000 + y) for x, y in corners])
    degrees = gpd.GeoSeries([ring, None, SQUARE, shapely.Polygon()], crs=4549).to_crs(4490)
    plane = np.asarray(degrees.to_crs(4549).array)
    by_corners = ellipsoidal_area_m2(degrees).to_numpy()
    by_shapes = ellipsoidal_area_m2(degrees, plane=plane).to_numpy()
    # Lobes of a ring that crosses itself cancel: a share of the 81 ha that any ring fits into.
    np.testing.assert_allclose(by_corners, by_shapes, rtol=1e-10, atol=1e-9 * 900 * 900)


def test_large_polygons_are_measured_edge_by_edge():
    county = shapely.box(520_000, 3_060_000, 620_000, 3_100_000)
    degrees = gpd.GeoSeries([county], crs=4549).to_crs(4490)
    dense = shapely.segmentize(degrees.iloc[0], 0.001)
    expected = abs(GEOD.geometry_area_perimeter(shapely.orient_polygons(dense))[0])
    assert ellipsoidal_area_m2(degrees).iloc[0] == pytest.approx(expected, rel=1e-8)


def test_the_plane_overstates_the_area_east_of_the_meridian():
    area = ellipsoidal_area_m2(series(SQUARE)).iloc[0]
    assert 10_000 - area == pytest.approx(10_000 * 101e-6, rel=0.05)


def test_holes_are_subtracted_and_parts_added():
    hole = shapely.box(564_020, 3_074_020, 564_040, 3_074_040)
    holed = shapely.difference(SQUARE, hole)
    twin = shapely.MultiPolygon([SQUARE, shapely.box(564_200, 3_074_000, 564_300, 3_074_100)])
    whole, less, double, inner = ellipsoidal_area_m2(series(SQUARE, holed, twin, hole))
    assert less == pytest.approx(whole - inner, rel=1e-7)
    assert double == pytest.approx(2 * whole, rel=1e-5)


def test_missing_is_unknown_and_empty_is_zero():
    areas = ellipsoidal_area_m2(series(SQUARE, None, shapely.Polygon()))
    assert np.isnan(areas.iloc[1])
    assert areas.iloc[2] == 0.0


def test_a_ring_that_encloses_nothing_has_an_area_of_zero():
    flat = shapely.Polygon([(120.5, 27.7), (120.6, 27.7), (120.55, 27.7)])
    assert ellipsoidal_area_m2(series(flat, crs=4490)).tolist() == [0.0]


def test_coordinates_that_are_not_finite_have_no_area():
    endless = shapely.Polygon([(564_000, np.inf), (564_100, 3_074_000), (564_100, 3_074_100)])
    assert np.isnan(ellipsoidal_area_m2(series(SQUARE, endless)).iloc[1])


def test_the_index_is_the_callers():
    areas = ellipsoidal_area_m2(gpd.GeoSeries([SQUARE], index=["P1"], crs=4549))
    assert areas.index.tolist() == ["P1"]
    assert areas.name == "geometry_area_m2"


def test_no_coordinate_system_no_area():
    with pytest.raises(CrsMissingError, match="--crs EPSG:4549"):
        ellipsoidal_area_m2(gpd.GeoSeries([SQUARE]))


def test_an_empty_series_has_an_empty_answer():
    assert ellipsoidal_area_m2(gpd.GeoSeries([], crs=4549)).empty
