"""Slope of sites from a terrain model: percent, whole across blocks, unknown where unknown."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import rasterio
from affine import Affine
from shapely.geometry import box

from gis import slope
from gis.errors import NotMetricError
from gis.raster import slope_pct, write_cog
from gis.slope import HeightUnitError, slopes
from gis.zonal import zonal

WEST, NORTH = 560_000.0, 3_080_000.0


def plane(folder, *, east=0.06, south=0.08, cells=60, cell=10.0, crs=4549, hole=False):
    """Return a file of an inclined plane: rise per metre to the east and to the south."""
    step = np.arange(cells) * cell
    heights = (step[None, :] * east + step[:, None] * south).astype("float32")
    if hole:
        heights[:20, :20] = np.nan
    across = Affine(cell, 0, WEST, 0, -cell, NORTH)
    if crs == 4490:
        across = Affine(1e-4, 0, 120.6, 0, -1e-4, 27.8)
    return write_cog(heights, folder / "dem.tif", transform=across, crs=crs)


def zone(*places, crs=4549, size=100):
    shapes = [box(WEST + x, NORTH - y - size, WEST + x + size, NORTH - y) for x, y in places]
    return gpd.GeoSeries(shapes, crs=crs)


def test_a_plane_of_six_and_eight_percent_is_ten_percent_steep(tmp_path):
    found = slopes(zone((100, 100), (0, 0), (455, 455)), plane(tmp_path)).frame
    assert found["slope_pct"].tolist() == pytest.approx([np.hypot(6, 8)] * 3, rel=1e-3)
    assert found["slope_coverage"].tolist() == pytest.approx([1, 1, 1])


def test_zones_in_degrees_are_brought_to_the_grid_and_it_is_told(tmp_path):
    found = slopes(zone((100, 100)).to_crs(4490), plane(tmp_path))
    assert found.frame["slope_pct"].tolist() == pytest.approx([10], rel=1e-3)
    assert "dem.tif" in found.notes[0][0]


def test_where_heights_are_unknown_the_slope_is_unknown_not_flat(tmp_path):
    found = slopes(zone((20, 20), (3_000, 0), (250, 250)), plane(tmp_path, hole=True)).frame
    assert found["slope_pct"].isna().tolist() == [True, True, False]
    assert found["slope_coverage"].tolist()[:2] == [0, 0]


def test_blocks_meet_without_a_seam(tmp_path, monkeypatch):
    monkeypatch.setattr(slope, "BLOCK", 16)
    rng = np.random.default_rng(7)
    file = write_cog(
        rng.normal(50, 3, (70, 53)).astype("float32"), tmp_path / "dem.tif",
        transform=Affine(10, 0, WEST, 0, -10, NORTH), crs=4549,
    )  # fmt: skip
    whole = slope_pct(file)
    reference = write_cog(
        whole.values, tmp_path / "slope.tif", transform=whole.transform, crs=whole.crs
    )
    zones = zone((0, 0), (130, 130), (430, 600), (155, 301), size=95)
    expected = zonal(zones, reference, stats=("mean", "max")).frame
    found = slopes(zones, file).frame
    assert found["slope_pct"].to_numpy() == pytest.approx(expected["mean"].to_numpy(), rel=1e-5)
    assert found["slope_max_pct"].to_numpy() == pytest.approx(expected["max"].to_numpy(), rel=1e-5)


def test_a_terrain_model_in_degrees_or_in_feet_is_refused(tmp_path):
    with pytest.raises(NotMetricError):
        slopes(zone((100, 100)), plane(tmp_path, crs=4490))
    file = plane(tmp_path)
    with rasterio.open(file) as source:
        heights, profile = source.read(1), source.profile
    feet = tmp_path / "feet.tif"
    with rasterio.open(feet, "w", **{**profile, "driver": "GTiff"}) as target:
        target.write(heights, 1)
        target.set_band_unit(1, "ft")
    with pytest.raises(HeightUnitError, match="ft"):
        slopes(zone((100, 100)), feet)


def test_heights_in_centimetres_are_seen_by_their_slopes(tmp_path):
    file = plane(tmp_path, east=6.0, south=8.0)
    with pytest.raises(HeightUnitError, match="1,000 %"):
        slopes(zone((100, 100)), file, steepest_pct=100)
