"""Zonal statistics with exact shares of the cells at the border (分区统计)."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import rasterio
import shapely

from gis.crs import normalise, require_crs
from gis.raster import check_raster
from gis.zonal_part import measure, pack

_HOME = Path(__file__).resolve().parents[1]
_STRIP_CELLS = 2048
_LARGE = 20_000_000
"""From this many cells under all zones a second process is worth its start."""


@dataclass(frozen=True)
class Zonal:
    """Statistics by zone and what must be said about them.

    Attributes
    ----------
    frame : DataFrame
        On the index of the zones: one column for each statistic, ``cells`` (valid cells, with
        shares) and ``coverage_share`` (area with values over area of the zone).
    notes : tuple of (str, str)
        Sentences in Chinese and English on coordinate systems, extent and missing data.
    """

    frame: pd.DataFrame
    notes: tuple[tuple[str, str], ...]


def zonal(
    zones: gpd.GeoSeries,
    raster: Path | str,
    *,
    stats: Sequence[str] = ("mean",),
    processes: int | None = None,
) -> Zonal:
    """Measure the first band of a raster under each zone.

    A cell counts by the share of it that lies in the zone, so the result does not depend on cell
    centres. Cells without data count nowhere.

    Parameters
    ----------
    zones : GeoSeries
        Polygons with a declared coordinate system; brought to that of the raster if it differs.
    raster : Path or str
        GeoTIFF in metres.
    stats : sequence of str
        Operations of exactextract: ``mean``, ``min``, ``max``, ``stdev``, ``median``, ``sum``,
        ``quantile(q=0.9)`` …
    processes : int, optional
        1 or 2. By default 2 where the zones cover more than 20 million cells.

    Returns
    -------
    Zonal
        Statistics are NaN, ``cells`` and ``coverage_share`` 0, where a zone meets no data; all are
        NaN where a zone has no usable polygon.

    Raises
    ------
    CrsMissingError
        If the zones declare no coordinate system.
    GisError
        As `gis.raster.check_raster`: a raster that does not open, or is not in metres.
    """
    raster = Path(raster).resolve()
    check_raster(raster)
    with rasterio.open(raster) as source:
        grid = pyproj.CRS.from_wkt(source.crs.to_wkt())
        bounds, cell_m2 = tuple(source.bounds), abs(source.transform.a * source.transform.e)
    shapes, notes = _in_grid(zones, grid, raster.name)
    usable = np.isin(shapely.get_type_id(shapes), (3, 6)) & ~shapely.is_empty(shapes)
    usable &= np.isfinite(shapely.bounds(shapes)).all(axis=1)
    area = shapely.area(shapes)
    table = np.full((len(shapes), len(stats) + 1), np.nan)
    two = processes == 2 or (processes is None and area[usable].sum() / cell_m2 > _LARGE)
    table[usable] = _measured(shapes[usable], raster, (*stats, "count"), cell_m2, two=two)
    frame = pd.DataFrame(table, columns=[*stats, "cells"], index=zones.index)
    with np.errstate(invalid="ignore", divide="ignore"):
        frame["coverage_share"] = np.minimum(frame["cells"] * cell_m2 / area, 1.0)
    notes += _on_extent(shapes[usable], frame[usable], bounds, raster.name)
    return Zonal(frame, tuple(notes))


def _in_grid(
    zones: gpd.GeoSeries, grid: pyproj.CRS, name: str
) -> tuple[np.ndarray, list[tuple[str, str]]]:
    """Return the zones in the raster's coordinate system, and say so where they were moved."""
    own = require_crs(zones)
    if _same(own, grid):
        return np.asarray(zones.array), []
    with np.errstate(invalid="ignore"):
        moved = np.asarray(zones.to_crs(grid).array)
    zh = f"图形由 {own.name} 转换到栅格 {name} 的坐标系 {grid.name} 后统计"
    en = f"Zones were brought from {own.name} to {grid.name}, the system of raster {name}"
    return moved, [(zh, en)]


def _same(one: pyproj.CRS, other: pyproj.CRS) -> bool:
    """Say whether two systems are one, maybe in two spellings."""
    if one.equals(other, ignore_axis_order=True):
        return True
    codes = [normalise(crs).to_epsg() for crs in (one, other)]
    return codes[0] is not None and codes[0] == codes[1]


def _measured(
    shapes: np.ndarray, raster: Path, stats: Sequence[str], cell_m2: float, *, two: bool
) -> np.ndarray:
    """Measure strip by strip, so that a block of the raster is decoded once; maybe side by side."""
    centre = shapely.centroid(shapes)
    strip = _STRIP_CELLS * cell_m2**0.5
    order = np.lexsort((shapely.get_x(centre), shapely.get_y(centre) // strip))
    wkb = shapely.to_wkb(shapes[order])
    half = len(wkb) // 2 if two and len(wkb) > 1 else len(wkb)
    table = np.empty((len(wkb), len(stats)))
    helper = _start(raster, wkb[half:], stats) if half < len(wkb) else None
    parts = [measure(raster, wkb[:half], stats)]
    if helper is not None:
        parts.append(_result(helper, raster, wkb[half:], stats))
    table[order] = np.concatenate(parts)
    return table


def _start(raster: Path, wkb: Sequence[bytes], stats: Sequence[str]) -> subprocess.Popen[bytes]:
    """Start a second process on the polygons; it reads them at once."""
    process = subprocess.Popen(
        [sys.executable, "-m", "gis.zonal_part", str(raster), *stats],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=_HOME,
    )
    assert process.stdin is not None
    try:
        process.stdin.write(pack(wkb))
        process.stdin.close()
    except OSError:
        process.kill()
    return process


def _result(
    process: subprocess.Popen[bytes], raster: Path, wkb: Sequence[bytes], stats: Sequence[str]
) -> np.ndarray:
    """Take the second process's table; measure here if it failed."""
    assert process.stdout is not None
    with process:
        table = np.frombuffer(process.stdout.read(), "<f8")
    if process.returncode != 0 or table.size != len(wkb) * len(stats):
        return measure(raster, wkb, stats)
    return table.reshape(len(wkb), len(stats))


def _on_extent(
    shapes: np.ndarray, frame: pd.DataFrame, bounds: tuple[float, ...], name: str
) -> list[tuple[str, str]]:
    """Say how many zones lie outside the raster or have gaps."""
    notes: list[tuple[str, str]] = []
    reach = shapely.box(*bounds)
    outside = int((~shapely.intersects(shapes, reach)).sum())
    if outside:
        zh = f"{name}：{outside} 处在其范围之外，没有统计值"
        notes.append((zh, f"{name}: {outside} shapes lie outside of it and have no values"))
    gaps = int(((frame["coverage_share"] < 1 - 1e-6) & (frame["cells"] > 0)).sum())
    empty = int((frame["cells"] == 0).sum()) - outside
    zh_gaps = [f"{gaps} 处只有部分范围有数据，按有数据的部分统计"] if gaps else []
    en_gaps = [f"{gaps} shapes have data in part and are measured by it"] if gaps else []
    if empty > 0:
        zh_gaps.append(f"{empty} 处完全没有数据，未作统计")
        en_gaps.append(f"{empty} have none and are not measured")
    if zh_gaps:
        notes.append((f"{name}：{'；'.join(zh_gaps)}", f"{name}: {'; '.join(en_gaps)}"))
    return notes
