"""The ground of the sample county: outline, relief, river, major roads and towns."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import rasterio.features
import shapely
from pyproj import Transformer
from scipy import interpolate, ndimage

from data.sample import anchors
from data.sample.grid import Bools, Floats, Grid, grid_over, smooth_noise
from data.towns import read_towns
from gis.crs import COUNTY_CRS, METRIC_CRS
from gis.outline import Outline, read_outline

ISLAND_TOWN = "北麂乡"
ISLAND_LON = 121.1
CELL_M = 60.0


@dataclass(frozen=True)
class Land:
    """The ground in EPSG:4549.

    Attributes
    ----------
    outline : Outline
        As read from the package, EPSG:4490.
    area : shapely.Geometry
        The outline in metres.
    grid, dem_m : Grid, ndarray
        Heights (m); the sea lies at -3 m.
    plain : ndarray of bool
        Low, flat, inside the outline and clear of the water.
    river : shapely.Geometry
        飞云江 and its tributaries, clipped to the outline.
    roads, towns, cores : GeoDataFrame
        Major roads with ``name`` and ``road_class``; towns with name and code; urban cores.
    """

    outline: Outline
    area: shapely.Geometry
    grid: Grid
    dem_m: Floats
    plain: Bools
    water: gpd.GeoDataFrame
    river: shapely.Geometry
    roads: gpd.GeoDataFrame
    towns: gpd.GeoDataFrame
    cores: gpd.GeoDataFrame


def to_metric(lon: Floats | float, lat: Floats | float) -> tuple[Floats, Floats]:
    """Longitudes and latitudes (EPSG:4490) as eastings and northings (EPSG:4549)."""
    x, y = Transformer.from_crs(COUNTY_CRS, METRIC_CRS, always_xy=True).transform(lon, lat)
    return np.asarray(x, float), np.asarray(y, float)


def smooth_line(line: anchors.Line, *, step_m: float = 60.0) -> Floats:
    """Points (n, 2; m) of a smooth curve through anchors given in degrees."""
    x, y = to_metric(np.array([p[0] for p in line]), np.array([p[1] for p in line]))
    along = np.concatenate([[0.0], np.cumsum(np.hypot(np.diff(x), np.diff(y)))])
    at = np.linspace(0.0, along[-1], max(2, int(along[-1] / step_m)))
    return np.column_stack([interpolate.PchipInterpolator(along, values)(at) for values in (x, y)])


def _meander(rng: np.random.Generator, line: Floats, *, reach_m: float) -> Floats:
    """Push a line sideways by smooth noise, nothing at its ends."""
    count = len(line)
    step = np.gradient(line, axis=0)
    side = np.column_stack([-step[:, 1], step[:, 0]]) / np.hypot(*step.T)[:, None]
    noise = ndimage.gaussian_filter1d(rng.standard_normal(count), 14, mode="nearest")
    fade = np.minimum(1.0, np.minimum(np.arange(count), np.arange(count)[::-1]) / 20)
    return line + side * (noise / noise.std() * reach_m * fade)[:, None]


def _ribbon(line: Floats, width_m: Floats) -> shapely.Geometry:
    """Polygon round a line with a width at every point (m)."""
    discs = shapely.buffer(shapely.points(line), width_m / 2, quad_segs=6)
    pairs = shapely.convex_hull(shapely.multipolygons(np.column_stack([discs[:-1], discs[1:]])))
    return shapely.union_all(pairs).simplify(3.0)


def make_water(rng: np.random.Generator, area: shapely.Geometry) -> gpd.GeoDataFrame:
    """飞云江 and its tributaries as polygons inside ``area`` (m)."""
    line = smooth_line(anchors.RIVER)
    width = np.interp(
        np.linspace(0, len(anchors.RIVER) - 1, len(line)),
        np.arange(len(anchors.RIVER)),
        anchors.RIVER_WIDTH_M,
    )
    main = _ribbon(_meander(rng, line, reach_m=90.0), width)
    parts = [("飞云江", main)]
    for name, width_m, points in anchors.STREAMS:
        stream = _meander(rng, smooth_line(points), reach_m=70.0)
        parts.append((name, _ribbon(stream, np.full(len(stream), width_m))))
    clipped = [part.intersection(area) for _, part in parts]
    return gpd.GeoDataFrame({"name": [name for name, _ in parts]}, geometry=clipped, crs=METRIC_CRS)


def make_relief(
    rng: np.random.Generator, grid: Grid, area: shapely.Geometry, water: gpd.GeoDataFrame
) -> Floats:
    """Heights (m) on the grid: hills rising to the west, a plain in the east, valleys between."""
    x, y = grid.centres()
    plain = shapely.Polygon(np.column_stack(to_metric(*np.array(anchors.PLAIN).T)))
    valleys = [water.geometry.iloc[0].buffer(620.0)]
    plain = plain.buffer(-500.0).buffer(900.0).buffer(-400.0)
    valleys += [part.buffer(260.0) for part in water.geometry.iloc[1:]]
    low = grid.mask(shapely.union_all([plain, *valleys]))
    distance = grid.distance_m(low)
    lon = np.interp(x, *_lon_of_easting())
    mean = np.interp(lon, anchors.RELIEF_LON, anchors.RELIEF_M)
    mean = np.where(lon > 120.75, 60.0, np.maximum(mean, 70.0))
    octaves = [smooth_noise(rng, grid.shape, cells=n) for n in (95, 40, 17, 7)]
    ridges = 1.0 - np.abs(octaves[0] * 0.6 + octaves[1] * 0.55)
    rough = ridges + 0.34 * octaves[2] + 0.12 * octaves[3]
    rise = 1.0 - np.exp(-distance / 2600.0)
    north = 1.0 + 0.9 * np.clip((y - 3_078_000.0) / 20_000.0, 0, 1)
    hills = mean * north * rise * np.clip(1.15 + 0.75 * rough, 0.15, None) * 2.0
    for hill_lon, hill_lat, radius, height in anchors.LONE_HILLS:
        hx, hy = to_metric(hill_lon, hill_lat)
        near = np.hypot(x - hx, (y - hy) * 1.25) / radius
        hills = np.maximum(hills, height * np.exp(-((near / 0.6) ** 2)) * (1 + 0.2 * octaves[3]))
    inland = np.clip((680_000.0 - x) / 80_000.0, 0, 1) + np.clip((569_000.0 - x) / 12_000.0, 0, 6)
    heights = 2.6 + inland + 0.25 * octaves[2] + hills
    heights = np.where(grid.mask(shapely.union_all(water.geometry)), 0.6, heights)
    return np.where(grid.mask(area, all_touched=True), np.maximum(heights, 0.3), -3.0)


def _lon_of_easting() -> tuple[Floats, Floats]:
    lon = np.linspace(120.0, 121.4, 60)
    return to_metric(lon, np.full(60, 27.8))[0], lon


def make_towns(rng: np.random.Generator, grid: Grid, area: shapely.Geometry) -> gpd.GeoDataFrame:
    """23 towns that tile the outline without gap or overlap (m).

    Nearest label point on a coarse grid whose coordinates are displaced by noise; the islands
    east of 121.1° E are 北麂乡.
    """
    table = read_towns()
    shape = (-(-grid.shape[0] // 2), -(-grid.shape[1] // 2))
    coarse = Grid(grid.west, grid.north, grid.cell_m * 2, shape)
    x, y = coarse.centres()
    shift = [smooth_noise(rng, coarse.shape, cells=n) for n in (15, 15)]
    px, py = x + 360 * shift[0], y + 360 * shift[1]
    main = table[table["name"] != ISLAND_TOWN]
    tx, ty = to_metric(main["lon"].to_numpy(float), main["lat"].to_numpy(float))
    distance = np.stack([np.hypot(px - a, py - b) for a, b in zip(tx, ty, strict=True)])
    nearest = main.index.to_numpy()[distance.argmin(axis=0)]
    island_x, _ = to_metric(ISLAND_LON, 27.7)
    island = table.index[table["name"] == ISLAND_TOWN][0]
    label = np.where(x >= island_x, island, nearest).astype("int32")
    found = list(rasterio.features.shapes(label, transform=coarse.transform))
    parts = gpd.GeoDataFrame(
        {"town": [int(v) for _, v in found]},
        geometry=[shapely.geometry.shape(part) for part, _ in found],
        crs=METRIC_CRS,
    ).dissolve("town")
    smooth = shapely.coverage_simplify(parts.geometry.to_numpy(), 240.0)
    clipped = shapely.intersection(smooth, area)
    frame = table.loc[parts.index].reset_index(drop=True)
    return gpd.GeoDataFrame(frame, geometry=clipped, crs=METRIC_CRS)


def make_roads(rng: np.random.Generator, area: shapely.Geometry) -> gpd.GeoDataFrame:
    """Motorways, trunk and primary roads as lines clipped to the outline (m)."""
    lines = [
        shapely.LineString(_meander(rng, smooth_line(points, step_m=90.0), reach_m=25.0))
        for _, _, points in anchors.ROADS
    ]
    clipped = [line.simplify(2.0).intersection(area) for line in lines]
    frame = gpd.GeoDataFrame(
        {
            "name": [name for name, _, _ in anchors.ROADS],
            "road_class": [kind for _, kind, _ in anchors.ROADS],
        },
        geometry=clipped,
        crs=METRIC_CRS,
    )
    return frame[~frame.geometry.is_empty].reset_index(drop=True)


def make_cores(
    rng: np.random.Generator, towns: gpd.GeoDataFrame, land: shapely.Geometry
) -> gpd.GeoDataFrame:
    """Urban cores (m): uneven discs round the label points, on dry land."""
    x, y = to_metric(towns["lon"].to_numpy(float), towns["lat"].to_numpy(float))
    radius = towns["name"].map(anchors.CORE_RADIUS_M).fillna(anchors.OTHER_CORE_RADIUS_M)
    turn = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    bumps = ndimage.gaussian_filter1d(rng.standard_normal((len(x), 40)), 2.5, mode="wrap")
    reach = radius.to_numpy(float)[:, None] * (1 + 0.55 * bumps)
    rings = np.stack([x[:, None] + reach * np.cos(turn), y[:, None] + reach * np.sin(turn)], -1)
    shapes = shapely.intersection(shapely.polygons(rings), land)
    frame = gpd.GeoDataFrame({"town": towns["name"]}, geometry=shapes, crs=METRIC_CRS)
    return frame[~frame.geometry.is_empty].reset_index(drop=True)


def make_land(rng: np.random.Generator) -> Land:
    """Make the ground of the county."""
    outline = read_outline()
    area = gpd.GeoSeries([outline.geometry], crs=COUNTY_CRS).to_crs(METRIC_CRS).iloc[0]
    area = shapely.make_valid(area)
    grid = grid_over(area.bounds, cell_m=CELL_M, margin_m=600.0)
    water = make_water(rng, area)
    river = shapely.union_all(water.geometry)
    dem = make_relief(rng, grid, area, water)
    towns = make_towns(rng, grid, area)
    dry = area.difference(river.buffer(40.0))
    cores = make_cores(rng, towns, dry)
    gy, gx = np.gradient(dem, CELL_M)
    flat = (np.hypot(gx, gy) < 0.08) & (dem < 14.0)
    plain = flat & grid.mask(dry.buffer(-60.0)) & ~grid.mask(shapely.union_all(cores.geometry))
    roads = make_roads(rng, area)
    return Land(outline, area, grid, dem, plain, water, river, roads, towns, cores)


def town_of(towns: gpd.GeoDataFrame, points: np.ndarray) -> pd.Series:
    """Name of the town in which each point lies, the nearest one for points on no town."""
    tree = shapely.STRtree(towns.geometry.to_numpy())
    return pd.Series(towns["name"].to_numpy()[tree.nearest(points)], name="town")
