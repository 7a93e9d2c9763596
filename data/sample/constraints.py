"""Reference layers for siting, all synthetic: what must be kept, what is near, what may flood."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy import ndimage

from data.sample import anchors
from data.sample.grid import Bools, smooth_noise
from data.sample.land import Land, to_metric, town_of
from gis.crs import METRIC_CRS

VILLAGES = 320
SOURCE = "模拟数据"


def _frame(geometry: list | np.ndarray, **columns: object) -> gpd.GeoDataFrame:
    data = {**columns, "source": SOURCE}
    return gpd.GeoDataFrame(data, geometry=list(geometry), crs=METRIC_CRS)


def _numbered(prefix: str, count: int) -> list[str]:
    return [f"{prefix}{number}" for number in range(1, count + 1)]


def make_residential(
    rng: np.random.Generator, land: Land, industry: shapely.Geometry
) -> gpd.GeoDataFrame:
    """Urban cores and villages on low ground, clear of industry."""
    busy = land.grid.mask(industry.buffer(220.0))
    low = land.grid.mask(land.area.buffer(-200.0)) & (land.dem_m < 40.0) & (land.dem_m > 1.0)
    rows, columns = np.nonzero(low & ~busy)
    some = rng.choice(len(rows), size=min(VILLAGES, len(rows)), replace=False)
    x, y = land.grid.centres()
    turn = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    bumps = ndimage.gaussian_filter1d(rng.standard_normal((len(some), 24)), 2, mode="wrap")
    reach = rng.uniform(70, 190, len(some))[:, None] * (1 + 0.6 * bumps)
    cx, cy = x[0, columns[some]][:, None], y[rows[some], 0][:, None]
    rings = np.stack([cx + reach * np.cos(turn), cy + reach * np.sin(turn)], axis=-1)
    blobs = shapely.union_all(shapely.polygons(rings).tolist() + land.cores.geometry.tolist())
    clear = blobs.difference(shapely.union_all([industry.buffer(30.0), land.river.buffer(20.0)]))
    parts = [p for p in shapely.get_parts(clear.intersection(land.area)) if p.area > 4000]
    towns = town_of(land.towns, shapely.point_on_surface(np.array(parts, object)))
    return _frame(parts, name=_numbered("居住区", len(parts)), town=towns.to_numpy())


def _mask_layer(
    land: Land, mask: Bools, prefix: str, *, smooth_m: float, least_m2: float, **columns: object
) -> gpd.GeoDataFrame:
    parts = land.grid.polygons(mask, smooth_m=smooth_m, least_m2=least_m2)
    inside = [shapely.make_valid(p).intersection(land.area) for p in parts]
    keep = [p for p in inside if not p.is_empty and p.geom_type in ("Polygon", "MultiPolygon")]
    return _frame(keep, name=_numbered(prefix, len(keep)), **columns)


def make_farmland(
    rng: np.random.Generator, land: Land, footprints: gpd.GeoDataFrame, homes: shapely.Geometry
) -> gpd.GeoDataFrame:
    """Permanent basic farmland in the plain; it grazes a few parcels, as overlays do."""
    noise = smooth_noise(rng, land.grid.shape, cells=22)
    used = land.grid.mask(shapely.union_all([*footprints.geometry, homes.buffer(60.0)]))
    fields = _mask_layer(
        land, land.plain & (noise > -0.15) & ~used, "永农", smooth_m=45.0, least_m2=60_000.0
    )
    kept_off = footprints.geometry[rng.random(len(footprints)) > 0.1]
    return fields.assign(geometry=fields.geometry.difference(shapely.union_all(kept_off)))


def make_redline(rng: np.random.Generator, land: Land) -> gpd.GeoDataFrame:
    """Ecological red line: large parts of the high hills."""
    noise = smooth_noise(rng, land.grid.shape, cells=60)
    mask = (land.dem_m > 230.0) & (noise > -0.1) & land.grid.mask(land.area.buffer(-150.0))
    return _mask_layer(land, mask, "生态红线", smooth_m=150.0, least_m2=1_500_000.0)


def make_flood(rng: np.random.Generator, land: Land) -> gpd.GeoDataFrame:
    """Ground that floods once in 20 and once in 50 years, along the river and the coast."""
    near = land.grid.distance_m(land.grid.mask(land.river, all_touched=True))
    coast = land.grid.distance_m(~land.grid.mask(land.area))
    noise = smooth_noise(rng, land.grid.shape, cells=25)
    low = (land.dem_m < 9.0) & (land.dem_m > 0.0)
    often = low & ((near + 160 * noise < 260.0) | (coast + 200 * noise < 380.0))
    rare = low & ((near + 260 * noise < 620.0) | (coast + 300 * noise < 900.0)) & ~often
    parts = []
    for years, mask in ((20, often), (50, rare)):
        prefix = f"{years}年一遇"
        parts.append(
            _mask_layer(
                land, mask, prefix, smooth_m=60.0, least_m2=80_000.0, return_period_years=years
            )
        )
    return gpd.GeoDataFrame(
        pd.concat(parts, ignore_index=True), geometry="geometry", crs=METRIC_CRS
    )


def make_boundaries(
    rng: np.random.Generator, land: Land, footprints: gpd.GeoDataFrame
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Urban development boundary and industrial control line (EPSG:4549)."""
    dry = land.area.difference(land.river.buffer(30.0))
    urban = shapely.union_all([*footprints.geometry, *land.cores.geometry])
    grown = urban.buffer(320.0, quad_segs=3).buffer(-170.0, quad_segs=3).simplify(8.0)
    parts = [p for p in shapely.get_parts(grown.intersection(dry)) if p.area > 100_000]
    growth = _frame(parts, name=_numbered("城镇开发边界", len(parts)))
    park = footprints["park"].notna().to_numpy()
    kept = footprints[park | (rng.random(len(footprints)) < 0.65)]
    lines = kept.geometry.simplify(3.0).buffer(15.0, join_style="mitre").intersection(dry)
    named = [f"工业区块{number}" for number in range(1, len(kept) + 1)]
    level = np.where(kept["park"].notna(), "一级", "二级")
    return growth, _frame(lines.to_numpy(), name=named, level=level)


def make_points(
    rng: np.random.Generator, land: Land, footprints: gpd.GeoDataFrame
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Motorway interchanges and substations as points (EPSG:4549)."""
    lon, lat = np.array([(place[1], place[2]) for place in anchors.INTERCHANGES]).T
    at = shapely.points(*to_metric(lon, lat))
    ways = shapely.union_all(land.roads[land.roads["road_class"] == "motorway"].geometry)
    on_road = shapely.get_point(shapely.shortest_line(ways, at), 0)
    crossings = _frame(on_road, name=[place[0] for place in anchors.INTERCHANGES])
    size = footprints.geometry.area.to_numpy()
    order = np.argsort(-size, kind="stable")[:22]
    middle = shapely.centroid(footprints.geometry.to_numpy()[order])
    shift = rng.normal(0, 260, (len(order), 2))
    points = shapely.points(shapely.get_coordinates(middle) + shift)
    kilovolt = np.where(np.arange(len(order)) < 5, 220, 110)
    names = [f"模拟{kv}千伏变电站{k}" for k, kv in enumerate(kilovolt, start=1)]
    return crossings, _frame(points, name=names, voltage_kv=kilovolt)
