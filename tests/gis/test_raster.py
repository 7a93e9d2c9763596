import io

import numpy as np
import pytest
import rasterio
from affine import Affine
from PIL import Image

from gis.errors import (
    CrsMissingError,
    FileDamagedError,
    FileEmptyError,
    FileMissingError,
    NotMetricError,
    RasterShapeError,
    WriteRefusedError,
)
from gis.raster import Grid, check_raster, hillshade, overlay_png, read_grid, slope_pct, write_cog

AT = Affine(30, 0, 560_000, 0, -30, 3_080_000)


def plane(east=0.0, south=0.0, shape=(40, 50)):
    rows, columns = np.indices(shape)
    return (30 * columns * east + 30 * rows * south).astype("float32")


@pytest.fixture
def dem(tmp_path):
    heights = plane(east=0.1)
    heights[5, 5] = np.nan
    return write_cog(heights, tmp_path / "dem.tif", transform=AT, crs=4549)


def test_a_cog_is_tiled_and_keeps_what_is_unknown(dem):
    with rasterio.open(dem) as file:
        assert file.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert file.block_shapes == [(512, 512)]
    grid = read_grid(dem)
    assert np.isnan(grid.values[5, 5])
    assert np.isnan(grid.values).sum() == 1
    assert grid.crs.to_epsg() == 4549
    assert grid.transform == AT


def test_same_array_same_bytes_and_nothing_left_behind(dem, tmp_path):
    before = dem.read_bytes()
    heights = plane(east=0.1)
    heights[5, 5] = np.nan
    write_cog(heights, dem, transform=AT, crs=4549)
    assert dem.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["dem.tif"]


@pytest.mark.parametrize(("east", "south"), [(0.1, 0), (0, 0.1), (-0.06, 0.08)])
def test_an_inclined_plane_has_one_slope_everywhere(east, south):
    slope = slope_pct(Grid(plane(east, south), AT, read_crs()))
    assert slope.values == pytest.approx(np.full((40, 50), 10.0), rel=1e-4)


def read_crs():
    from gis.crs import normalise

    return normalise(4549)


def test_a_slope_touching_the_unknown_is_unknown(dem):
    assert np.isnan(slope_pct(dem).values).sum() == 9


def test_flat_ground_is_as_bright_as_the_sun_is_high():
    shade = hillshade(Grid(plane(), AT, read_crs()))
    assert shade.values == pytest.approx(np.full((40, 50), np.sin(np.radians(45))), rel=1e-6)


def test_a_face_towards_the_sun_is_brighter_than_one_away():
    facing = hillshade(Grid(plane(east=0.3, south=0.3), AT, read_crs())).values.mean()
    away = hillshade(Grid(plane(east=-0.3, south=-0.3), AT, read_crs())).values.mean()
    assert facing > 0.7 > away


@pytest.mark.parametrize("kind", ["hillshade", "slope"])
def test_an_overlay_is_a_picture_with_bounds_in_degrees(dem, kind):
    png, (west, south, east, north) = overlay_png(dem, kind)
    picture = np.asarray(Image.open(io.BytesIO(png)))
    assert picture.shape[2] == 4
    assert set(np.unique(picture[..., 3])) == {0, 255}
    assert 120.60 < west < east < 120.64
    assert 27.8 < south < north < 27.85


def test_degrees_have_no_slope(tmp_path):
    at = Affine(0.0003, 0, 120.6, 0, -0.0003, 27.8)
    path = write_cog(plane(), tmp_path / "degrees.tif", transform=at, crs=4490)
    with pytest.raises(NotMetricError, match="EPSG:4549"):
        slope_pct(path)
    with pytest.raises(NotMetricError):
        check_raster(path)


def test_files_that_are_no_rasters_get_a_sentence(tmp_path, dem):
    with pytest.raises(FileMissingError):
        read_grid(tmp_path / "none.tif")
    (tmp_path / "empty.tif").write_bytes(b"")
    with pytest.raises(FileEmptyError):
        read_grid(tmp_path / "empty.tif")
    (tmp_path / "cut.tif").write_bytes(dem.read_bytes()[:600])
    with pytest.raises(FileDamagedError):
        read_grid(tmp_path / "cut.tif")
    (tmp_path / "text.tif").write_bytes(b"no raster")
    with pytest.raises(FileDamagedError):
        read_grid(tmp_path / "text.tif")


def test_a_raster_without_coordinate_system_is_refused(tmp_path):
    path = tmp_path / "bare.tif"
    options = {"driver": "GTiff", "height": 4, "width": 4, "count": 1, "dtype": "uint8"}
    with rasterio.open(path, "w", transform=AT, **options) as file:
        file.write(np.ones((1, 4, 4), dtype="uint8"))
    with pytest.raises(CrsMissingError):
        check_raster(path)


def test_nothing_known_makes_no_picture(tmp_path):
    unknown = np.full((4, 4), np.nan, dtype="float32")
    path = write_cog(unknown, tmp_path / "unknown.tif", transform=AT, crs=4549)
    with pytest.raises(RasterShapeError):
        overlay_png(path)


def test_no_folder_no_raster(tmp_path):
    with pytest.raises(WriteRefusedError):
        write_cog(plane(), tmp_path / "no" / "dem.tif", transform=AT, crs=4549)
