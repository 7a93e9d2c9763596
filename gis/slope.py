"""Slope of land from a terrain model, in percent (坡度): only the parts that are asked for."""

from __future__ import annotations

import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import rasterio
import shapely
from rasterio.windows import Window

from gis.crs import require_crs
from gis.errors import GisError, RasterShapeError, Words
from gis.raster import check_raster
from gis.zonal import zonal

BLOCK = 512
"""Side of a block of the slope file in cells; blocks that no site meets are not computed."""

METRES = frozenset({"", "m", "metre", "meter", "metres", "meters", "米"})
NODATA = -9999.0
LOWEST_M, HIGHEST_M = -1_000.0, 100_000.0
"""Beyond these a number is no height on earth, whatever its unit: it fills a cell without one."""


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
    of the nine heights is; a number that can be no height is unknown too, and a note says so.

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
        filled = _write_slopes(dem, file, zones)
        found = zonal(zones, file, stats=("mean", "max"))
    frame = found.frame.rename(
        columns={"mean": "slope_pct", "max": "slope_max_pct", "coverage_share": "slope_coverage"}
    )[["slope_pct", "slope_max_pct", "slope_coverage"]]
    middle = frame["slope_pct"].median()
    if steepest_pct is not None and middle > steepest_pct:
        raise HeightUnitError(file=dem.name, found=f"{middle:,.0f} %")
    notes = tuple((zh.replace(file.name, f"高程模型 {dem.name}"),
                   en.replace(file.name, f"Terrain model {dem.name}"))
                  for zh, en in found.notes)  # fmt: skip
    return Slopes(frame, ((_filled_note(dem.name),) if filled else ()) + notes)


def _filled_note(name: str) -> tuple[str, str]:
    return (
        f"高程 {name} 中有不可能是高程的填充值，文件没有声明为无数据；这些像元按高程未知处理",
        f"The heights of {name} hold fill values that the file does not declare as no data; their "
        "heights count as unknown",
    )


def _refuse_unit(dem: Path) -> None:
    with rasterio.open(dem) as source:
        unit = (source.units[0] or "").strip().lower()
    if unit not in METRES:
        raise HeightUnitError(file=dem.name, found=unit)


def _write_slopes(dem: Path, file: Path, zones: gpd.GeoSeries) -> bool:
    """Write the slope of the blocks that zones meet; the others hold no data.

    Returns whether numbers were met that are no heights.
    """
    filled = False
    with rasterio.open(dem, num_threads=2) as source:
        profile = {
            "driver": "GTiff", "height": source.height, "width": source.width, "count": 1,
            "dtype": "float32", "crs": source.crs, "transform": source.transform,
            "nodata": NODATA, "tiled": True, "blockxsize": BLOCK, "blockysize": BLOCK,
            "sparse_ok": True, "BIGTIFF": "IF_SAFER",
        }  # fmt: skip
        if min(source.shape) < 2:
            raise RasterShapeError(
                what=dem.name, reason=Words("至少需要 2 行 2 列", "needs at least 2 x 2 cells")
            )
        wanted = _blocks(zones, pyproj.CRS.from_wkt(source.crs.to_wkt()), source)
        with rasterio.open(file, "w", **profile) as target, ThreadPoolExecutor(2) as pool:
            for row, columns in wanted.items():
                heights, left, odd = _strip(source, row, columns)
                filled |= odd
                cell = abs(source.transform.a), abs(source.transform.e)
                parts = [(c * BLOCK, min(BLOCK, source.width - c * BLOCK)) for c in sorted(columns)]
                cut = [heights[:, x - left : x - left + wide + 2] for x, wide in parts]
                done = pool.map(lambda z, cell=cell: _horn_pct(z, *cell), cut)
                for (x, wide), values in zip(parts, done, strict=True):
                    window = Window(x, row * BLOCK, wide, values.shape[0])
                    target.write(values, 1, window=window)
    return filled


def _strip(source: Any, row: int, columns: set[int]) -> tuple[np.ndarray, int, bool]:
    """Read the heights of a row of blocks with one more cell on each side, unknown as NaN.

    At the end of the raster the cell beyond is extrapolated linearly, so that an inclined plane
    has one slope everywhere. Returns the heights, the column at which the blocks begin, and
    whether there were numbers that are no heights.
    """
    high, wide = source.shape
    top, left = row * BLOCK, min(columns) * BLOCK
    bottom, right = min(top + BLOCK, high), min((max(columns) + 1) * BLOCK, wide)
    # Where the raster ends, two cells are needed to go on from.
    first, last = max(min(top - 1, high - 2), 0), min(max(bottom + 1, 2), high)
    west, east = max(min(left - 1, wide - 2), 0), min(max(right + 1, 2), wide)
    part = Window(west, first, east - west, last - first)
    z = source.read(1, window=part).astype("float32")
    if source.nodata is not None:
        z[z == np.float32(source.nodata)] = np.nan
    lowest, highest = np.fmin.reduce(z, axis=None), np.fmax.reduce(z, axis=None)
    odd = bool(lowest < LOWEST_M or highest > HIGHEST_M)
    if odd:
        z[(z < LOWEST_M) | (z > HIGHEST_M)] = np.nan
    beyond = ((first == top, last == bottom), (west == left, east == right))
    pad = [tuple(int(side) for side in sides) for sides in beyond]
    if np.any(pad):
        z = np.pad(z, pad, mode="reflect", reflect_type="odd")
    return z, left, odd


def _horn_pct(z: np.ndarray, east_m: float, south_m: float) -> np.ndarray:
    """Return the slope in percent of heights less their border, by Horn's weights 1-2-1.

    In 32 bits and in place: a terrain model has 100 million cells.

    Examples
    --------
    >>> _horn_pct(np.array([[0, 3, 6], [4, 7, 10], [8, 11, 14]], dtype="float32"), 10, 10).tolist()
    [[50.0]]
    """
    down = z[:-2] + z[2:]
    down += 2 * z[1:-1]
    east = down[:, 2:] - down[:, :-2]
    east *= np.float32(100 / (8 * east_m))
    across = z[:, :-2] + z[:, 2:]
    across += 2 * z[:, 1:-1]
    south = across[2:] - across[:-2]
    south *= np.float32(100 / (8 * south_m))
    np.square(east, out=east)
    east += np.square(south, out=south)
    np.sqrt(east, out=east)
    east += 0 * z[1:-1, 1:-1]  # where the height itself is unknown
    east[np.isnan(east)] = NODATA
    return east


def _blocks(zones: gpd.GeoSeries, grid: pyproj.CRS, source: Any) -> dict[int, set[int]]:
    """Return the blocks that the boxes of the zones meet: row of blocks → columns, from the top."""
    require_crs(zones)
    moved = zones if zones.crs.equals(grid) else zones.to_crs(grid)
    west, south, east, north = shapely.bounds(np.asarray(moved.array)).T
    known = np.isfinite(west)
    inverse = ~source.transform
    corners = [inverse @ (x[known], y[known]) for x in (west, east) for y in (south, north)]
    across, down = np.stack([x for x, _ in corners]), np.stack([y for _, y in corners])
    tall, wide = -(-source.height // BLOCK), -(-source.width // BLOCK)
    found: dict[int, set[int]] = {}
    edges = [
        ((cells.min(axis=0) - 1) // BLOCK, (cells.max(axis=0) + 1) // BLOCK)
        for cells in (down, across)
    ]
    boxes = np.unique(np.stack([*edges[0], *edges[1]]).astype(int), axis=1)
    for top, bottom, left, right in boxes.T:
        for row in range(max(top, 0), min(bottom, tall - 1) + 1):
            columns = range(max(left, 0), min(right, wide - 1) + 1)
            found.setdefault(row, set()).update(columns)
    return {row: columns for row, columns in sorted(found.items()) if columns}
