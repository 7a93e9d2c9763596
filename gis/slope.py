"""Slope of land from a terrain model, in percent (坡度): only the parts that are asked for."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import rasterio
import shapely
from affine import Affine
from rasterio.windows import Window

from gis.crs import normalise, require_crs
from gis.errors import GisError
from gis.raster import Grid, check_raster, slope_pct
from gis.zonal import zonal

BLOCK = 512
"""Side of a block of the slope file in cells; blocks that no site meets are not computed."""

METRES = frozenset({"", "m", "metre", "meter", "metres", "meters", "米"})
NODATA = -9999.0


class HeightUnitError(GisError):
    """Heights that are not in metres, as the file says or as the slopes betray."""

    zh = (
        "高程 {file} 的单位不像是米（{found}）：坡度按米计算。"
        "请换成以米为单位的数字高程模型后重新导入。"
    )
    en = (
        "The heights of {file} do not seem to be metres ({found}), which slope is computed from. "
        "Import a terrain model in metres."
    )


@dataclass(frozen=True, eq=False)
class Slopes:
    """Slope of each zone.

    Attributes
    ----------
    frame : DataFrame
        On the index of the zones: ``slope_pct`` (mean), ``slope_max_pct``, ``slope_coverage``
        (share of the zone that has heights). NaN where a zone has no heights, never 0.
    notes : tuple of (str, str)
        As `gis.zonal.Zonal`.
    """

    frame: pd.DataFrame
    notes: tuple[tuple[str, str], ...]


def slopes(zones: gpd.GeoSeries, dem: Path | str, *, steepest_pct: float | None = None) -> Slopes:
    """Measure the slope of each zone in percent, by Horn's window on a grid in metres.

    Cells at the border of a zone count by the share that lies in it. A slope is unknown where one
    of the nine heights is.

    Parameters
    ----------
    zones : GeoSeries
        Polygons with a declared coordinate system; brought to that of the terrain model.
    dem : Path or str
        Heights in metres on a grid in metres.
    steepest_pct : float, optional
        Where more than half of the zones that have a slope are steeper, the heights are taken to
        be in a wrong unit.

    Raises
    ------
    NotMetricError
        If the terrain model is in degrees.
    HeightUnitError
        If it says that its heights are not metres, or the slopes betray it.
    GisError
        As `gis.raster.check_raster`, or if the zones declare no coordinate system.
    """
    dem = Path(dem)
    check_raster(dem)
    _refuse_unit(dem)
    with tempfile.TemporaryDirectory(prefix="mutu-slope-") as folder:
        file = Path(folder) / "slope.tif"
        _write_slopes(dem, file, zones)
        found = zonal(zones, file, stats=("mean", "max"))
    frame = found.frame.rename(
        columns={"mean": "slope_pct", "max": "slope_max_pct", "coverage_share": "slope_coverage"}
    )[["slope_pct", "slope_max_pct", "slope_coverage"]]
    middle = frame["slope_pct"].median()
    if steepest_pct is not None and middle > steepest_pct:
        raise HeightUnitError(file=dem.name, found=f"{middle:,.0f} %")
    notes = tuple((zh.replace(file.name, dem.name), en.replace(file.name, dem.name))
                  for zh, en in found.notes)  # fmt: skip
    return Slopes(frame, notes)


def _refuse_unit(dem: Path) -> None:
    with rasterio.open(dem) as source:
        unit = (source.units[0] or "").strip().lower()
    if unit not in METRES:
        raise HeightUnitError(file=dem.name, found=unit)


def _write_slopes(dem: Path, file: Path, zones: gpd.GeoSeries) -> None:
    """Write the slope of the blocks that zones meet; the others hold no data."""
    with rasterio.open(dem) as source:
        grid = pyproj.CRS.from_wkt(source.crs.to_wkt())
        shape, transform = (source.height, source.width), source.transform
        crs, nodata = source.crs, source.nodata
    wanted = _blocks(zones, grid, shape, transform)
    profile = {
        "driver": "GTiff", "height": shape[0], "width": shape[1], "count": 1, "dtype": "float32",
        "crs": crs, "transform": transform, "nodata": NODATA, "tiled": True,
        "blockxsize": BLOCK, "blockysize": BLOCK, "sparse_ok": True, "BIGTIFF": "IF_SAFER",
    }  # fmt: skip
    metric = normalise(crs.to_wkt())

    def computed(window: Window) -> np.ndarray:
        return _slope_of(dem, window, shape, transform, metric, nodata)

    with rasterio.open(file, "w", **profile) as target, ThreadPoolExecutor(2) as pool:
        for batch in _batches(wanted, 8):
            for window, values in zip(batch, pool.map(computed, batch), strict=True):
                target.write(values, 1, window=window)


def _batches(windows: list[Window], size: int) -> Iterator[list[Window]]:
    for start in range(0, len(windows), size):
        yield windows[start : start + size]


def _blocks(
    zones: gpd.GeoSeries, grid: pyproj.CRS, shape: tuple[int, int], transform: Affine
) -> list[Window]:
    """Return the blocks of the raster that the boxes of the zones meet."""
    require_crs(zones)
    moved = zones if zones.crs.equals(grid) else zones.to_crs(grid)
    west, south, east, north = shapely.bounds(np.asarray(moved.array)).T
    known = np.isfinite(west)
    inverse = ~transform
    corners = [inverse @ (x[known], y[known]) for x in (west, east) for y in (south, north)]
    columns = np.stack([x for x, _ in corners])
    rows = np.stack([y for _, y in corners])
    found = set()
    tall, wide = -(-shape[0] // BLOCK), -(-shape[1] // BLOCK)
    low_c, high_c = (columns.min(axis=0) - 1) // BLOCK, (columns.max(axis=0) + 1) // BLOCK
    low_r, high_r = (rows.min(axis=0) - 1) // BLOCK, (rows.max(axis=0) + 1) // BLOCK
    for r0, r1, c0, c1 in zip(low_r, high_r, low_c, high_c, strict=True):
        for r in range(max(int(r0), 0), min(int(r1), tall - 1) + 1):
            found |= {(r, c) for c in range(max(int(c0), 0), min(int(c1), wide - 1) + 1)}
    return [
        Window(
            c * BLOCK, r * BLOCK, min(BLOCK, shape[1] - c * BLOCK), min(BLOCK, shape[0] - r * BLOCK)
        )
        for r, c in sorted(found)
    ]


def _slope_of(
    dem: Path,
    window: Window,
    shape: tuple[int, int],
    transform: Affine,
    crs: pyproj.CRS,
    nodata: float | None,
) -> np.ndarray:
    """Compute one block with one more cell on each side, so that blocks meet without a seam."""
    top, left = int(window.row_off), int(window.col_off)
    high, wide = int(window.height), int(window.width)
    # At the raster's end a block of one row or column borrows its neighbours.
    first_row, first_column = max(top - 1, 0), max(left - 1, 0)
    last_row, last_column = min(top + high + 1, shape[0]), min(left + wide + 1, shape[1])
    part = Window(first_column, first_row, last_column - first_column, last_row - first_row)
    with rasterio.open(dem) as source:
        values = source.read(1, window=part).astype("float32")
    if nodata is not None:
        values[values == np.float32(nodata)] = np.nan
    found = slope_pct(Grid(values, transform, crs)).values
    found = found[top - first_row :, left - first_column :][:high, :wide]
    return np.where(np.isnan(found), np.float32(NODATA), found)
