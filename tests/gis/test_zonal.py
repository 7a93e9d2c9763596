"""Zonal statistics on rasters small enough to add up by hand."""

import itertools
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
from affine import Affine
from shapely.geometry import Point, Polygon, box

from gis.errors import CrsMissingError, NotMetricError, RasterShapeError
from gis.height_sense import HeightLimits
from gis.raster_height import HeightFiles, RoofRule, write_heights
from gis.zonal import zonal

HOME = Path(__file__).resolve().parents[2]
FIXTURES = HOME.parent / "shared" / "fixtures" / "zonal"
RULE = RoofRule(height_least_m=2.5, roughness_most_m=1.5)


def raster(path, values, *, cell=1.0, west=0.0, north=3.0, crs="EPSG:4549", nodata=-9999.0):
    values = np.asarray(values, dtype="float32")
    with rasterio.open(
        path, "w", driver="GTiff", dtype="float32", count=1, height=values.shape[0],
        width=values.shape[1], crs=crs, nodata=nodata,
        transform=Affine(cell, 0, west, 0, -cell, north),
    ) as out:  # fmt: skip
        out.write(values, 1)
    return path


@pytest.fixture
def nine(tmp_path):
    return raster(tmp_path / "nine.tif", [[1, 2, 3], [4, 5, 6], [7, 8, 9]])


def zones(*shapes, crs=4549):
    return gpd.GeoSeries(list(shapes), crs=crs)


def test_a_cell_counts_by_the_share_that_is_covered(nine):
    found = zonal(zones(box(0.5, 0.5, 2.5, 2.5)), nine, stats=("mean", "sum")).frame.iloc[0]
    total = 0.25 * (1 + 3 + 7 + 9) + 0.5 * (2 + 4 + 6 + 8) + 5
    assert found["cells"] == pytest.approx(0.25 * 4 + 0.5 * 4 + 1)
    assert found["sum"] == pytest.approx(total)
    assert found["mean"] == pytest.approx(total / 4)
    assert found["coverage_share"] == pytest.approx(1.0)


def test_a_zone_without_any_cell_centre_still_has_a_value(nine):
    found = zonal(zones(box(0.1, 0.1, 0.3, 0.2)), nine).frame.iloc[0]
    assert found["mean"] == 7
    assert found["cells"] == pytest.approx(0.2 * 0.1)


def test_statistics_come_under_their_own_name_in_any_order(nine):
    whole = zones(box(0, 0, 3, 3))
    for stats in (("min", "max", "mean"), ("quantile(q=0.9)", "max", "min", "mean", "median")):
        found = zonal(whole, nine, stats=stats).frame.iloc[0]
        assert (found["min"], found["max"], found["mean"]) == (1, 9, 45 / 9)


def test_cells_without_data_count_nowhere_and_the_gap_is_told(tmp_path):
    path = raster(tmp_path / "gap.tif", [[1, -9999], [3, np.nan]], north=2.0)
    found = zonal(zones(box(0, 0, 2, 2), box(1, 0, 2, 2)), path)
    assert found.frame["mean"].tolist() == [
        pytest.approx((1 + 3) / 2),
        pytest.approx(np.nan, nan_ok=True),
    ]
    assert found.frame["coverage_share"].tolist() == [0.5, 0.0]
    assert "1 处只有部分范围有数据，按有数据的部分统计；1 处完全没有数据" in found.notes[0][0]


def test_zones_outside_and_half_outside_are_told(nine):
    found = zonal(zones(box(2, 0, 4, 3), box(50, 50, 51, 51)), nine)
    assert found.frame["coverage_share"].tolist() == [0.5, 0.0]
    assert found.frame["mean"].iloc[0] == (3 + 6 + 9) / 3
    assert any("outside" in en for _, en in found.notes)


def test_zones_without_a_polygon_are_unknown(nine):
    found = zonal(zones(None, Polygon(), Point(1, 1), box(0, 0, 1, 1)), nine).frame
    assert found["cells"].isna().tolist() == [True, True, True, False]
    assert found["mean"].tolist()[3] == 7


def test_a_hole_is_left_out(nine):
    ring = Polygon(box(0, 0, 3, 3).exterior, [box(1, 1, 2, 2).exterior])
    assert zonal(zones(ring), nine).frame["mean"].iloc[0] == pytest.approx((45 - 5) / 8)


def test_zones_in_degrees_are_brought_to_the_raster_and_it_is_told(tmp_path):
    path = raster(tmp_path / "far.tif", np.full((50, 50), 7.0), west=500_000, north=3_070_050)
    here = zones(box(500_010, 3_070_010, 500_020, 3_070_020))
    plain, moved = zonal(here, path), zonal(here.to_crs(4490), path)
    assert plain.notes == ()
    assert "2000" in moved.notes[0][0]
    assert moved.frame["cells"].iloc[0] == pytest.approx(plain.frame["cells"].iloc[0], abs=1e-3)


def test_rasters_in_degrees_and_without_a_system_are_refused(tmp_path):
    degrees = raster(tmp_path / "degrees.tif", np.ones((3, 3)), crs="EPSG:4490")
    with pytest.raises(NotMetricError):
        zonal(zones(box(0, 0, 1, 1)), degrees)
    with pytest.raises(CrsMissingError):
        zonal(zones(box(0, 0, 1, 1)), raster(tmp_path / "none.tif", np.ones((3, 3)), crs=None))
    nine = raster(tmp_path / "nine.tif", np.ones((3, 3)))
    with pytest.raises(CrsMissingError):
        zonal(zones(box(0, 0, 1, 1), crs=None), nine)


def test_two_processes_give_the_same_values_in_the_same_order(tmp_path):
    rng = np.random.default_rng(0)
    path = raster(tmp_path / "noise.tif", rng.normal(10, 3, (200, 300)), north=200.0)
    spots = rng.uniform(0, 190, (40, 2))
    many = zones(*[box(x, y, x + 7.3, y + 4.1) for x, y in spots])
    stats = ("mean", "quantile(q=0.9)")
    one, two = (zonal(many, path, stats=stats, processes=n).frame for n in (1, 2))
    assert one.equals(two)


def test_shares_of_all_zones_of_a_cover_add_up_to_the_raster(tmp_path):
    rng = np.random.default_rng(1)
    values = rng.uniform(0, 9, (20, 30))
    path = raster(tmp_path / "cover.tif", values, north=20.0)
    cuts = np.concatenate([[0], np.sort(rng.uniform(0, 30, 9)), [30]])
    found = zonal(
        zones(*[box(a, 0, b, 20) for a, b in itertools.pairwise(cuts)]),
        path,
        stats=("sum",),
    ).frame
    assert found["sum"].sum() == pytest.approx(values.astype("float32").sum(dtype=float), rel=1e-6)
    assert found["cells"].sum() == pytest.approx(20 * 30)


@pytest.mark.skipif(not FIXTURES.is_dir(), reason="no zonal fixtures beside the repository")
def test_the_published_fixtures_have_exact_values_and_no_data_gives_none():
    shapes = gpd.read_file(FIXTURES / "polygons.shp").geometry
    found = zonal(shapes, FIXTURES / "slope.tif", stats=("mean", "min", "max")).frame
    assert found["mean"].round(3).tolist() == [15.021, 55.614]  # by cell centres: 14.66, 56.6
    cell = 25.52514657450613**2
    np.testing.assert_allclose(found["cells"], shapes.area / cell, rtol=1e-8)
    np.testing.assert_allclose(found["coverage_share"], 1.0, rtol=1e-8)
    empty = zonal(shapes, FIXTURES / "all_nodata.tif")
    assert empty.frame["mean"].isna().all()
    assert empty.frame["cells"].tolist() == [0.0, 0.0]
    assert "2 处完全没有数据" in empty.notes[0][0]


def heights(tmp_path, surface, terrain, bounds=(0, 0, 40, 40)):
    out = tmp_path / "heights.tif", tmp_path / "roofs.tif"
    files = HeightFiles(*out, tmp_path / "faults.tif")
    limits = HeightLimits(150.0, 5.0, -500.0, 9000.0, 0.05, 0.01)
    notes = write_heights(
        surface, terrain, bounds=bounds, files=files, rule=RULE, limits=limits
    ).notes
    found = []
    for path in out:
        with rasterio.open(path) as source:
            found.append(source.read(1))
    return (*found, notes)


def test_height_is_surface_less_terrain_on_the_surface_grid(tmp_path):
    hall = np.full((40, 40), 12.0)
    hall[10:30, 10:30] += 9.0
    surface = raster(tmp_path / "dsm.tif", hall, north=40.0)
    terrain = raster(tmp_path / "dtm.tif", np.full((6, 6), 12.0), cell=10.0, west=-10, north=50.0)
    z, roof, notes = heights(tmp_path, surface, terrain)
    assert z[20, 20] == 9.0
    assert z[5, 5] == 0.0
    assert (roof == 9.0).sum() == 20 * 20
    assert "双线性" in notes[0][0]


def test_noise_single_poles_and_rough_leaves_are_no_roofs(tmp_path):
    rng = np.random.default_rng(2)
    z = rng.normal(0, 0.2, (40, 40))
    z[5, 5] = 20.0
    z[20:34, 20:34] = rng.uniform(3, 14, (14, 14))
    surface = raster(tmp_path / "dsm.tif", z, north=40.0)
    terrain = raster(tmp_path / "dtm.tif", np.zeros((40, 40)), north=40.0)
    _, roof, _ = heights(tmp_path, surface, terrain)
    assert (roof > 0).sum() == 0


def test_missing_heights_stay_unknown_and_other_places_are_refused(tmp_path):
    z = np.zeros((40, 40))
    z[:20] = -9999
    surface = raster(tmp_path / "dsm.tif", z, north=40.0)
    terrain = raster(tmp_path / "dtm.tif", np.zeros((40, 40)), north=40.0)
    found, roof, _ = heights(tmp_path, surface, terrain)
    assert np.isnan(found[:20]).all()
    assert np.isnan(roof[:20]).all()
    assert not np.isnan(found[20:]).any()
    with pytest.raises(RasterShapeError):
        heights(tmp_path, surface, terrain, bounds=(900, 900, 950, 950))
