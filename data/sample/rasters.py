"""Terrain model of the county at 30 m and surface model of the main park at 2 m."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import rasterio.features
import shapely
from affine import Affine
from scipy import ndimage

from data.sample.grid import Grid, grid_over, smooth_noise
from data.sample.land import Land

DEM_CELL_M = 30.0
DSM_CELL_M = 2.0
DSM_LARGEST_CELLS = 2600
NODATA = -9999.0


@dataclass(frozen=True)
class Raster:
    """Heights in metres (float32, EPSG:4549) with their transform; no data is -9999."""

    values: npt.NDArray[np.float32]
    transform: Affine


def _sampled(land: Land, grid: Grid) -> npt.NDArray[np.float64]:
    """Heights of the land on another grid, bilinear."""
    x, y = grid.centres()
    column = (x - land.grid.west) / land.grid.cell_m - 0.5
    row = (land.grid.north - y) / land.grid.cell_m - 0.5
    at = np.meshgrid(row[:, 0], column[0], indexing="ij")
    return ndimage.map_coordinates(land.dem_m, at, order=1, mode="nearest")


def make_dem(rng: np.random.Generator, land: Land) -> Raster:
    """Terrain (DEM) at 30 m over the county, no data at sea, rounded to 0.1 m."""
    rows, columns = land.grid.shape
    grid = Grid(land.grid.west, land.grid.north, DEM_CELL_M, (rows * 2, columns * 2))
    heights = _sampled(land, grid)
    heights = heights + 0.25 * smooth_noise(rng, grid.shape, cells=5)
    inside = grid.mask(land.area, all_touched=True)
    values = np.where(inside, np.round(heights, 1), NODATA).astype(np.float32)
    return Raster(values, grid.transform)


def make_dsm(
    rng: np.random.Generator, land: Land, park: shapely.Geometry, buildings: gpd.GeoDataFrame
) -> Raster:
    """Surface (DSM) at 2 m over one park, at most 5.2 km wide: terrain, buildings, some trees."""
    half = DSM_LARGEST_CELLS * DSM_CELL_M / 2
    middle = park.centroid
    west, south, east, north = park.buffer(100.0).bounds
    bounds = (
        max(west, middle.x - half), max(south, middle.y - half),
        min(east, middle.x + half), min(north, middle.y + half),
    )  # fmt: skip
    grid = grid_over(bounds, cell_m=DSM_CELL_M, margin_m=0.0)
    ground = _sampled(land, grid)
    shapes = buildings.geometry.to_numpy()
    near = np.sort(shapely.STRtree(shapes).query(shapely.box(*bounds)))
    tall = (buildings["storeys"] * buildings["storey_height_m"]).to_numpy()[near]
    roof = np.zeros(grid.shape, np.float32)
    if len(near):
        roof = rasterio.features.rasterize(
            zip(shapes[near], tall, strict=True),
            out_shape=grid.shape,
            transform=grid.transform,
            dtype="float32",
        )
    leaves = smooth_noise(rng, grid.shape, cells=5) - 1.9
    trees = np.where((roof == 0) & (leaves > 0), 3.5 + 5.0 * leaves, 0.0)
    values = np.round(ground + roof + trees, 1).astype(np.float32)
    return Raster(values, grid.transform)


def make_rasters(
    rng: np.random.Generator, land: Land, parks: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame
) -> tuple[Raster, Raster]:
    """Make the terrain of the county and the surface of its first, the main park."""
    dem = make_dem(rng, land)
    return dem, make_dsm(rng, land, parks.geometry.iloc[0], buildings)
