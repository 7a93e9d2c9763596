"""Height above ground: a surface model less a terrain model, block by block."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from affine import Affine
from rasterio.enums import Resampling
from rasterio.vrt import WarpedVRT
from rasterio.warp import transform_bounds
from rasterio.windows import Window
from scipy import ndimage

from gis.errors import RasterShapeError, SameRasterError
from gis.height_sense import Doubt, HeightLimits, HeightTally, height_faults
from gis.raster import check_raster

_BLOCK = 1024
_HALO = 6
_OPENING = np.ones((3, 3), dtype=bool)


@dataclass(frozen=True)
class RoofRule:
    """What of a height model looks like a roof.

    Attributes
    ----------
    height_least_m : float
        Lower cells are ground, noise, cars.
    roughness_most_m : float
        Relief in a 3 x 3 window above this is no roof (leaves, edges).
    """

    height_least_m: float
    roughness_most_m: float


@dataclass(frozen=True)
class HeightFiles:
    """The files to write.

    Attributes
    ----------
    heights : Path
        Height above ground, NaN where either model has no data or the height is impossible.
    roofs : Path
        The same heights where a roof is seen, 0 where none, NaN where unknown.
    faults : Path
        `gis.height_sense.height_faults` of each cell; 0 is its value for no data.
    """

    heights: Path
    roofs: Path
    faults: Path


@dataclass(frozen=True)
class HeightsWritten:
    """What must be said about heights that were written.

    Attributes
    ----------
    notes : tuple of (str, str)
        Sentences in Chinese and English on grids that differ.
    doubt : str, optional
        Why none of the heights can be used: ``same``, ``swapped``, ``unit``.
    faulty : int
        Number of impossible cells.
    cell_m : float
        Width of a cell.
    """

    notes: tuple[tuple[str, str], ...]
    doubt: Doubt | None
    faulty: int
    cell_m: float


def write_heights(
    surface: Path | str,
    terrain: Path | str,
    *,
    bounds: tuple[float, float, float, float],
    files: HeightFiles,
    rule: RoofRule,
    limits: HeightLimits,
) -> HeightsWritten:
    """Write the height above ground on the grid of the surface, and the part that looks like roofs.

    The terrain is brought to the surface's grid by bilinear interpolation, whatever its coordinate
    system and resolution. Only blocks of 1,024 cells are held in memory.

    Parameters
    ----------
    surface, terrain : Path or str
        GeoTIFFs in metres (DSM and DTM), heights in metres.
    bounds : tuple of float
        West, south, east, north in the surface's coordinates: nothing outside is read.
    files : HeightFiles
        GeoTIFFs to write.
    rule : RoofRule
        Guards against noise and vegetation.
    limits : HeightLimits
        What heights can be.

    Returns
    -------
    HeightsWritten
        Notes on the grids, and whether these can be two models in metres at all.

    Raises
    ------
    SameRasterError
        If both are one file.
    RasterShapeError
        If the surface does not reach into ``bounds``.
    GisError
        As `gis.raster.check_raster`.
    """
    surface, terrain = Path(surface), Path(terrain)
    check_raster(surface)
    check_raster(terrain)
    if surface.samefile(terrain):
        raise SameRasterError(what=surface.name)
    tally = HeightTally(limits, rule.height_least_m)
    with ExitStack() as stack:
        top = stack.enter_context(rasterio.open(surface))
        ground = stack.enter_context(rasterio.open(terrain))
        window = _window(top, bounds, surface.name)
        transform = top.transform @ Affine.translation(window.col_off, window.row_off)
        base = stack.enter_context(
            WarpedVRT(
                ground,
                crs=top.crs,
                transform=transform,
                width=window.width,
                height=window.height,
                resampling=Resampling.bilinear,
                nodata=np.nan,
                dtype="float32",
            )
        )
        profile = _profile(top.crs, transform, window)
        flat = {**profile, "dtype": "uint8", "nodata": 0}
        above = stack.enter_context(rasterio.open(files.heights, "w", **profile))
        roof = stack.enter_context(rasterio.open(files.roofs, "w", **profile))
        wrong = stack.enter_context(rasterio.open(files.faults, "w", **flat))
        for inner, outer, cut in _blocks(int(window.width), int(window.height)):
            tops, bottom = _levels(top, base, window, outer)
            faults, z = height_faults(tops, bottom, limits), tops - bottom
            tally.add(z[cut], faults[cut])
            z[faults > 0] = np.nan
            above.write(z[cut], 1, window=inner)
            roof.write(_roofs(z, rule)[cut], 1, window=inner)
            wrong.write(faults[cut], 1, window=inner)
        notes = (*_notes(top, ground, surface.name, terrain.name), *_reach(top, ground, bounds))
        return HeightsWritten(notes, tally.doubt(), tally.faulty, abs(float(top.transform.a)))


def _window(source: Any, bounds: tuple[float, float, float, float], name: str) -> Window:
    """Return the whole cells of the raster that ``bounds`` touches, with a margin."""
    left, bottom, right, top = source.bounds
    west, south = max(bounds[0], left), max(bounds[1], bottom)
    east, north = min(bounds[2], right), min(bounds[3], top)
    if not (west < east and south < north):
        raise RasterShapeError(what=name, reason="与宗地没有重叠 does not overlap the parcels")
    (x0, y0), (x1, y1) = (~source.transform @ corner for corner in ((west, north), (east, south)))
    x0, y0 = max(0, int(x0) - _HALO), max(0, int(y0) - _HALO)
    x1 = min(source.width, int(np.ceil(x1)) + _HALO)
    y1 = min(source.height, int(np.ceil(y1)) + _HALO)
    return Window(x0, y0, x1 - x0, y1 - y0)


def _profile(crs: Any, transform: Affine, window: Window) -> dict[str, Any]:
    return {
        "driver": "GTiff",
        "dtype": "float32",
        "count": 1,
        "width": int(window.width),
        "height": int(window.height),
        "crs": crs,
        "transform": transform,
        "nodata": np.nan,
        "tiled": True,
        "blockxsize": 512,
        "blockysize": 512,
        "compress": "zstd",
        "zstd_level": 1,
    }


def _blocks(width: int, height: int) -> Iterator[tuple[Window, Window, tuple[slice, slice]]]:
    """Yield each block, the block with its margin, and where the one lies in the other."""
    for y in range(0, height, _BLOCK):
        for x in range(0, width, _BLOCK):
            w, h = min(_BLOCK, width - x), min(_BLOCK, height - y)
            x0, y0 = max(0, x - _HALO), max(0, y - _HALO)
            x1, y1 = min(width, x + w + _HALO), min(height, y + h + _HALO)
            cut = (slice(y - y0, y - y0 + h), slice(x - x0, x - x0 + w))
            yield Window(x, y, w, h), Window(x0, y0, x1 - x0, y1 - y0), cut


def _levels(top: Any, base: Any, window: Window, block: Window) -> tuple[np.ndarray, np.ndarray]:
    """Return the elevations of surface and terrain in a block."""
    place = Window(
        window.col_off + block.col_off, window.row_off + block.row_off, block.width, block.height
    )
    surface = top.read(1, window=place, masked=True).astype("float32").filled(np.nan)
    return np.asarray(surface), np.asarray(base.read(1, window=block))


def _roofs(z: np.ndarray, rule: RoofRule) -> np.ndarray:
    """Keep cells that are high, in patches, and mostly level around; others are 0."""
    high = np.nan_to_num(z, nan=0.0) >= rule.height_least_m
    high = ndimage.binary_opening(high, _OPENING)
    filled = np.nan_to_num(z, nan=0.0)
    relief = ndimage.maximum_filter(filled, 3) - ndimage.minimum_filter(filled, 3)
    level = high & (relief <= rule.roughness_most_m)
    share = ndimage.uniform_filter(level.astype("float32"), 5)
    around = ndimage.uniform_filter(high.astype("float32"), 5)
    roof = high & (share >= 0.4 * around) & ndimage.binary_dilation(level, _OPENING)
    return np.where(np.isnan(z), np.nan, np.where(roof, z, 0.0)).astype("float32")


def _notes(top: Any, ground: Any, one: str, other: str) -> tuple[tuple[str, str], ...]:
    """Say how the two grids differ."""
    notes = []
    if top.crs != ground.crs:
        zh = f"地面栅格 {other} 已由其坐标系转换到地表栅格 {one} 的坐标系"
        notes.append((zh, f"Terrain {other} was brought to the coordinate system of {one}"))
    fine, coarse = abs(top.transform.a), abs(ground.transform.a)
    if abs(fine - coarse) > 1e-6 * fine:
        zh = f"两个栅格分辨率不同（{one} {fine:g} m，{other} {coarse:g} m），地面高程按双线性内插"
        en = f"Resolutions differ ({one} {fine:g} m, {other} {coarse:g} m): terrain interpolated"
        notes.append((zh, en))
    return tuple(notes)


def _reach(
    top: Any, ground: Any, bounds: tuple[float, float, float, float]
) -> tuple[tuple[str, str], ...]:
    """Say which of the two does not reach over all parcels."""
    notes = []
    under = transform_bounds(ground.crs, top.crs, *ground.bounds)
    for source, zh, en in ((top.bounds, "地表", "Surface"), (under, "地面", "Terrain")):
        west, south, east, north = source
        if bounds[0] < west or bounds[1] < south or bounds[2] > east or bounds[3] > north:
            told = f"{zh}栅格没有覆盖全部宗地，未覆盖的部分高程未知"
            notes.append((told, f"{en} raster does not reach over all parcels: unknown beyond it"))
    return tuple(notes)
