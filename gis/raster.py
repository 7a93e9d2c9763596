"""Rasters: cloud-optimised GeoTIFF, slope, hillshade, and pictures to lay over a web map."""

from __future__ import annotations

import errno
import io
import shutil
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pyproj
import rasterio
import shapely
from affine import Affine
from PIL import Image
from rasterio._err import CPLE_BaseError
from rasterio.enums import Resampling
from rasterio.errors import RasterioError
from rasterio.warp import calculate_default_transform, reproject

from gis.crs import normalise, require_metric_crs, to_county
from gis.errors import (
    CrsMissingError,
    DiskFullError,
    FileDamagedError,
    RasterShapeError,
    Words,
    WriteRefusedError,
)
from gis.fit import check_area, check_metres
from gis.formats import RASTER_SUFFIXES, check

_FAULTS = (RasterioError, CPLE_BaseError)  # GDAL's own errors sometimes pass unwrapped
SLOPE_STOPS_PCT = (0.0, 2.0, 5.0, 8.0, 15.0, 25.0, 50.0)
SLOPE_RGB = (
    (247, 252, 245),
    (229, 240, 214),
    (217, 222, 160),
    (233, 196, 106),
    (218, 136, 72),
    (170, 77, 56),
    (96, 36, 48),
)


@dataclass(frozen=True)
class Grid:
    """A raster band in memory.

    Attributes
    ----------
    values : ndarray
        Shape (rows, columns), float32; NaN where there is no data.
    transform : Affine
        From column, row to coordinates.
    crs : pyproj.CRS
        Coordinate system of the coordinates.
    """

    values: np.ndarray
    transform: Affine
    crs: pyproj.CRS


def write_cog(
    array: np.ndarray,
    path: Path | str,
    *,
    transform: Affine,
    crs: Any,
    nodata: float | None = None,
) -> Path:
    """Write a cloud-optimised GeoTIFF (tiled 512, deflate, overviews), whole or not at all.

    Parameters
    ----------
    array : ndarray
        Shape (rows, columns) or (bands, rows, columns). In float arrays NaN means no data
        and is written as ``nodata`` (default -9999).
    path : Path or str
        Target; replaced when it exists.
    transform : Affine
        From column, row to coordinates; north up.
    crs : Any
        As `gis.crs.normalise`.
    nodata : float, optional
        Value that means no data.

    Returns
    -------
    Path
        The file written. Same input, same bytes.

    Raises
    ------
    RasterShapeError
        If the array is empty or has another number of dimensions.
    WriteRefusedError, DiskFullError
        If it cannot be written; nothing is left behind.
    """
    path = Path(path)
    if array.ndim not in (2, 3) or array.size == 0:
        raise RasterShapeError(what=path.name, reason=f"shape {array.shape}")
    bands = array[np.newaxis] if array.ndim == 2 else array
    if np.issubdtype(bands.dtype, np.floating):
        nodata = -9999.0 if nodata is None else nodata
        bands = np.where(np.isnan(bands), nodata, bands).astype(bands.dtype)
    if not path.parent.is_dir():
        raise WriteRefusedError(file=str(path), reason=Words("目录不存在", "no such folder"))
    try:
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".writing-") as folder:
            part = Path(folder) / "part.tif"
            _write_bands(bands, part, transform=transform, crs=normalise(crs), nodata=nodata)
            part.replace(path)
    except OSError as error:
        if error.errno in (errno.EFBIG, errno.ENOSPC, errno.EDQUOT):
            raise DiskFullError(file=str(path)) from error
        raise WriteRefusedError(file=str(path), reason=error.strerror or str(error)) from error
    except _FAULTS as error:
        if shutil.disk_usage(path.parent).free < 1_000_000:
            raise DiskFullError(file=str(path)) from error
        raise WriteRefusedError(file=str(path), reason=_first_line(error)) from error
    return path


def _write_bands(
    bands: np.ndarray, path: Path, *, transform: Affine, crs: pyproj.CRS, nodata: float | None
) -> None:
    predictor = "FLOATING_POINT" if np.issubdtype(bands.dtype, np.floating) else "STANDARD"
    with rasterio.open(
        path,
        "w",
        driver="COG",
        height=bands.shape[1],
        width=bands.shape[2],
        count=bands.shape[0],
        dtype=bands.dtype,
        crs=crs.to_wkt(),
        transform=transform,
        nodata=nodata,
        compress="DEFLATE",
        predictor=predictor,
        blocksize=512,
    ) as target:
        target.write(bands)


def check_raster(path: Path | str) -> tuple[int, int]:
    """Return rows and columns of a raster in metres that opens; its cells are not read.

    Raises
    ------
    FileMissingError, FileEmptyError, FormatUnknownError, FormatMismatchError, FileDamagedError
        If it cannot be opened.
    CrsMissingError, CrsUnknownError, DatumRefusedError, NotMetricError
        If its coordinate system will not do.
    """
    path = Path(path)
    check(path, allowed=RASTER_SUFFIXES)
    try:
        with rasterio.open(path) as source:
            shape = (source.height, source.width)
            declared = source.crs.to_wkt() if source.crs else None
            source.read(1, window=((shape[0] - 1, shape[0]), (shape[1] - 1, shape[1])))
    except _FAULTS as error:
        raise FileDamagedError(file=path.name, reason=_first_line(error)) from error
    if declared is None:
        raise CrsMissingError(file=path.name)
    require_metric_crs(normalise(declared), what=path.name)
    return shape


def extent(path: Path | str) -> gpd.GeoSeries:
    """Return the rectangle of a raster that `check_raster` has passed, EPSG:4490.

    Raises
    ------
    CoordinatesNotMetresError, CoordinatesMisplacedError
        If it cannot lie in the system that it declares.
    """
    path = Path(path)
    with rasterio.open(path) as source:
        raw = gpd.GeoDataFrame(geometry=[shapely.box(*source.bounds)])
        crs = normalise(source.crs.to_wkt())
    check_metres(raw, crs, file=path.name)
    placed = to_county(raw, crs)
    check_area(raw, placed, crs, file=path.name)
    return placed.geometry


def read_grid(path: Path | str, *, max_pixels: int | None = None) -> Grid:
    """Read the first band, no data as NaN.

    Parameters
    ----------
    path : Path or str
        Any raster GDAL reads, with a declared coordinate system.
    max_pixels : int, optional
        Read coarser so that rows times columns stays below this.

    Raises
    ------
    FileMissingError, FileEmptyError, FileDamagedError, CrsUnknownError
        If it cannot be read.
    """
    path = Path(path)
    check(path, allowed=RASTER_SUFFIXES)
    try:
        with rasterio.open(path) as source:
            declared = source.crs.to_wkt() if source.crs else None
            size = source.width * source.height
            step = max(1.0, (size / max_pixels) ** 0.5) if max_pixels else 1.0
            height, width = (max(1, round(n / step)) for n in (source.height, source.width))
            band = source.read(
                1, out_shape=(height, width), masked=True, resampling=Resampling.average
            )
            scale = Affine.scale(source.width / width, source.height / height)
            transform = source.transform @ scale
    except _FAULTS as error:
        raise FileDamagedError(file=path.name, reason=_first_line(error)) from error
    if declared is None:
        raise CrsMissingError(file=path.name)
    crs = normalise(declared)
    values = np.ma.filled(band.astype("float32"), np.nan)
    return Grid(values, transform, crs)


def slope_pct(source: Path | str | Grid, *, max_pixels: int | None = None) -> Grid:
    """Slope of a terrain model in percent (坡度), by Horn's 3 x 3 window.

    Parameters
    ----------
    source : Path, str or Grid
        Heights in metres on a grid in metres.
    max_pixels : int, optional
        As in `read_grid`.

    Returns
    -------
    Grid
        Percent (100 = 45°), same shape; NaN where any of the nine heights is unknown. Edges
        are extrapolated linearly, so an inclined plane has one slope everywhere.

    Raises
    ------
    NotMetricError
        If the grid is in degrees.
    """
    grid = _metric_grid(source, max_pixels)
    east, south = _gradient(grid)
    return Grid((np.hypot(east, south) * 100).astype("float32"), grid.transform, grid.crs)


def hillshade(
    source: Path | str | Grid,
    *,
    azimuth_deg: float = 315.0,
    altitude_deg: float = 45.0,
    exaggeration: float = 1.0,
    max_pixels: int | None = None,
) -> Grid:
    """Illumination of a terrain model (山体阴影), 0 dark to 1 bright; NaN where unknown.

    Flat ground has the sine of the sun's altitude.

    Raises
    ------
    NotMetricError
        If the grid is in degrees.
    """
    grid = _metric_grid(source, max_pixels)
    east, south = (part * exaggeration for part in _gradient(grid))
    azimuth, altitude = np.radians(azimuth_deg), np.radians(altitude_deg)
    # The surface normal is (-dz/deast, dz/dsouth, 1) in east, north, up.
    lit = -east * np.sin(azimuth) * np.cos(altitude) + south * np.cos(azimuth) * np.cos(altitude)
    shade = (lit + np.sin(altitude)) / np.sqrt(1 + east**2 + south**2)
    return Grid(np.clip(shade, 0, 1).astype("float32"), grid.transform, grid.crs)


def overlay_png(
    path: Path | str,
    kind: Literal["hillshade", "slope"] = "hillshade",
    *,
    max_pixels: int = 2_000_000,
) -> tuple[bytes, tuple[float, float, float, float]]:
    """Picture of a terrain model to lay over a web map.

    Returns
    -------
    bytes
        PNG in the web mercator grid, transparent where the height is unknown.
    tuple of float
        West, south, east, north in degrees (WGS 84).

    Raises
    ------
    GisError
        As `read_grid`; `NotMetricError` if the raster is in degrees; `RasterShapeError` if
        no height is known.
    """
    if kind == "slope":
        shaded = slope_pct(path, max_pixels=max_pixels)
    else:
        shaded = hillshade(path, exaggeration=2.0, max_pixels=max_pixels)
    if not np.isfinite(shaded.values).any():
        raise RasterShapeError(
            what=Path(path).name, reason=Words("没有有效高程", "no known height")
        )
    web, (west, south, east, north) = _to_web(shaded)
    known = np.isfinite(web)
    filled = np.where(known, web, 0)
    rgba = np.zeros((*web.shape, 4), dtype="uint8")
    if kind == "slope":
        for band in range(3):
            levels = [rgb[band] for rgb in SLOPE_RGB]
            rgba[..., band] = np.interp(filled, SLOPE_STOPS_PCT, levels)
    else:
        rgba[..., :3] = (40 + 215 * filled).astype("uint8")[..., np.newaxis]
    rgba[..., 3] = np.where(known, 255, 0)
    out = io.BytesIO()
    Image.fromarray(rgba).save(out, format="PNG", compress_level=6)
    back = pyproj.Transformer.from_crs(3857, 4326, always_xy=True)
    (w, e), (s, n) = back.transform([west, east], [south, north])
    return out.getvalue(), (w, s, e, n)


def _metric_grid(source: Path | str | Grid, max_pixels: int | None) -> Grid:
    grid = source if isinstance(source, Grid) else read_grid(source, max_pixels=max_pixels)
    name = Words("栅格", "raster") if isinstance(source, Grid) else Path(source).name
    require_metric_crs(grid.crs, what=name)
    return grid


def _gradient(grid: Grid) -> tuple[np.ndarray, np.ndarray]:
    """Rise per metre towards east and towards south, by Horn's weights 1-2-1."""
    if min(grid.values.shape) < 2:
        raise RasterShapeError(
            what="", reason=Words("至少需要 2 行 2 列", "needs at least 2 x 2 cells")
        )
    z = np.pad(grid.values.astype("float64"), 1, mode="reflect", reflect_type="odd")
    dx, dy = abs(grid.transform.a), abs(grid.transform.e)
    west, east = z[:, :-2], z[:, 2:]
    across = east - west
    down = z[2:, :] - z[:-2, :]
    rise_east = (across[:-2] + 2 * across[1:-1] + across[2:]) / (8 * dx)
    rise_south = (down[:, :-2] + 2 * down[:, 1:-1] + down[:, 2:]) / (8 * dy)
    unknown = np.isnan(grid.values)
    rise_east[unknown] = np.nan
    return rise_east, rise_south


def _to_web(grid: Grid) -> tuple[np.ndarray, tuple[float, float, float, float]]:
    """Reproject to EPSG:3857; returns values and bounds (west, south, east, north) in metres."""
    rows, columns = grid.values.shape
    left, top = grid.transform @ (0, 0)
    right, bottom = grid.transform @ (columns, rows)
    source_crs = grid.crs.to_wkt()
    with warnings.catch_warnings():
        # rasterio still multiplies affine transforms with `*`, which affine 3 discourages.
        warnings.simplefilter("ignore", PendingDeprecationWarning)
        transform, width, height = calculate_default_transform(
            source_crs, "EPSG:3857", columns, rows, left, bottom, right, top
        )
        web = np.full((height, width), np.nan, dtype="float32")
        reproject(
            grid.values,
            web,
            src_transform=grid.transform,
            src_crs=source_crs,
            src_nodata=np.nan,
            dst_transform=transform,
            dst_crs="EPSG:3857",
            dst_nodata=np.nan,
            resampling=Resampling.bilinear,
        )
    west, north = transform @ (0, 0)
    east, south = transform @ (width, height)
    return web, (west, south, east, north)


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:160]
