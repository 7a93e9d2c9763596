"""Parcels, buildings, rasters and zones made up for measurements; the same seed, the same data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import rasterio
import shapely
from affine import Affine

PER_PARCEL = 10
WEST, SOUTH = 480_000.0, 3_050_000.0


def county(parcels: int, crossing: float, seed: int = 1) -> tuple[Any, Any]:
    """Make parcels of 4 to 20 corners and buildings, of which a share crosses a border."""
    rng = np.random.default_rng(seed)
    side = int(np.ceil(np.sqrt(parcels)))
    row, column = np.divmod(np.arange(parcels), side)
    west, south = WEST + column * 90.0, SOUTH + row * 90.0
    rings = [_ring(rng, n) for n in range(4, 21)]
    pick = rng.integers(0, len(rings), parcels)
    land = np.empty(parcels, dtype=object)
    for kind, ring in enumerate(rings):
        mine = np.flatnonzero(pick == kind)
        corners = ring[None] + np.stack([west[mine] + 43, south[mine] + 43], axis=1)[:, None]
        land[mine] = shapely.polygons(corners)
    count = parcels * PER_PARCEL if parcels < 400_000 else parcels * 6
    of = np.repeat(np.arange(parcels), count // parcels)
    x, y = west[of] + rng.uniform(16, 60, count), south[of] + rng.uniform(16, 60, count)
    over = rng.random(count) < crossing
    x = np.where(over, west[of] + 86.0, x)
    stands = _buildings(rng, x, y, rng.uniform(4, 9, count), rng.uniform(4, 9, count))
    index = pd.Index(np.arange(parcels).astype(str), name="parcel_id")
    facts = {
        "building_id": np.arange(count).astype(str),
        "storeys": rng.integers(1, 8, count),
        "storey_height_m": rng.choice([3.6, 4.2, 8.0, 9.5], count),
    }
    return (
        gpd.GeoDataFrame(geometry=land, index=index, crs=4549),
        gpd.GeoDataFrame(facts, geometry=stands, crs=4549),
    )


def _ring(rng: np.random.Generator, corners: int) -> np.ndarray:
    """Return a parcel of about 80 m with this many corners, some of them turned inwards."""
    angle = np.linspace(0, 2 * np.pi, corners, endpoint=False) + np.pi / 4
    reach = 42 / np.maximum(np.abs(np.cos(angle)), np.abs(np.sin(angle)))
    reach *= np.where(np.arange(corners) % 5 == 4, 0.93, 1.0) * rng.uniform(0.99, 1.0, corners)
    return np.stack([reach * np.cos(angle), reach * np.sin(angle)], axis=1)


def _buildings(rng: np.random.Generator, x: Any, y: Any, w: Any, h: Any) -> np.ndarray:
    """Footprints: rectangles, and about a third L-shaped or with a cut corner."""
    turn = rng.uniform(-0.2, 0.2, len(x))

    def at(u: Any, v: Any) -> np.ndarray:
        across, up = u * w, v * h
        return np.stack(
            [
                x + across * np.cos(turn) - up * np.sin(turn),
                y + across * np.sin(turn) + up * np.cos(turn),
            ],
            axis=1,
        )  # fmt: skip

    shapes = shapely.polygons(np.stack([at(0, 0), at(1, 0), at(1, 1), at(0, 1)], axis=1))
    bent = rng.random(len(x)) < 0.2
    ring = [at(0, 0), at(1, 0), at(1, 0.5), at(0.5, 0.5), at(0.5, 1), at(0, 1)]
    shapes[bent] = shapely.polygons(np.stack(ring, axis=1)[bent])
    cut = ~bent & (rng.random(len(x)) < 0.2)
    ring = [at(0, 0), at(1, 0), at(1, 0.7), at(0.7, 1), at(0, 1)]
    shapes[cut] = shapely.polygons(np.stack(ring, axis=1)[cut])
    return np.asarray(shapes)


def raster_file(path: Path, side: int) -> None:
    """Write noise as a tiled raster, strip by strip."""
    rng = np.random.default_rng(3)
    profile = {
        "driver": "GTiff", "dtype": "float32", "count": 1, "width": side, "height": side,
        "crs": "EPSG:4549", "transform": Affine(4, 0, WEST, 0, -4, SOUTH + 4 * side),
        "nodata": -9999,
        "tiled": True, "blockxsize": 512, "blockysize": 512, "compress": "zstd", "zstd_level": 1,
    }  # fmt: skip
    with rasterio.open(path, "w", **profile) as out:
        for top in range(0, side, 512):
            height = min(512, side - top)
            window = rasterio.windows.Window(0, top, side, height)
            out.write(rng.normal(10, 3, (height, side)).astype("float32"), 1, window=window)


def zones_over(side: int, count: int) -> gpd.GeoDataFrame:
    """Make zones of about 500 cells, in no order."""
    rng = np.random.default_rng(4)
    across = int(np.ceil(np.sqrt(count)))
    step = (4 * side - 200) / across
    row, column = np.divmod(np.arange(count), across)
    x = WEST + 60 + column * step + rng.uniform(0, 10, count)
    y = SOUTH + 60 + row * step + rng.uniform(0, 10, count)
    shapes = _buildings(rng, x, y, rng.uniform(80, 100, count), rng.uniform(80, 100, count))
    frame = gpd.GeoDataFrame({"zone": np.arange(count)}, geometry=shapes, crs=4549)
    return frame.sample(frac=1, random_state=5).reset_index(drop=True)


def touching(count: int, seed: int = 11) -> gpd.GeoDataFrame:
    """Make parcels that share their crooked borders, as a cadastre has them, EPSG:4549.

    A turned grid whose corners and points between them are shaken; neighbours share them.
    """
    rng = np.random.default_rng(seed)
    side, steps = int(np.ceil(np.sqrt(count))), 3
    nodes = side * steps + 1
    down, across = np.mgrid[0:nodes, 0:nodes].astype(float)
    points = np.stack([across, down], axis=-1) * 30.0 + rng.uniform(-6, 6, (nodes, nodes, 2))
    turn = np.radians(20)
    points = points @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    points += (WEST + 30_000, SOUTH + 10_000)
    row, column = np.divmod(np.arange(count), side)
    ring = [(0, n) for n in range(steps)] + [(n, steps) for n in range(steps)]
    ring += [(steps, steps - n) for n in range(steps)] + [(steps - n, 0) for n in range(steps + 1)]
    corners = [points[row * steps + dy, column * steps + dx] for dy, dx in ring]
    shapes = shapely.polygons(np.stack(corners, axis=1))
    towns = np.array(["塘下镇", "莘塍街道", "飞云街道", "马屿镇", "陶山镇"], dtype=object)
    facts = {
        "parcel_id": [f"330381001001GB{n:06d}" for n in range(count)],
        "parcel_name": [f"宗地{n}" for n in range(count)],
        "town": rng.choice(towns, count),
        "owner": [f"瑞安市{n % 9973}号机械制造有限公司" for n in range(count)],
        "registered_area_m2": np.round(shapely.area(shapes), 2),
        "far": np.round(rng.uniform(0.2, 2.5, count), 2),
        "low_class": rng.choice(np.array(["underused", "built_idle", None], dtype=object), count),
    }
    return gpd.GeoDataFrame(facts, geometry=shapes, crs=4549)


def next_month(frame: gpd.GeoDataFrame, seed: int = 12) -> gpd.GeoDataFrame:
    """Return what a month changes: 2 % of the owners, 1 % of the shapes, some new, some gone."""
    rng = np.random.default_rng(seed)
    count = len(frame)
    order = rng.permutation(count)
    renamed, moved, gone, split = np.split(
        order[: count * 41 // 1000], (np.array([20, 30, 35]) * count) // 1000
    )
    later = frame.copy()
    later.loc[renamed, "owner"] = "新业主有限公司"
    shapes = np.array(later.geometry.array, dtype=object)
    shapes[moved] = shapely.buffer(shapes[moved], -1.0, join_style="mitre")
    later = later.set_geometry(gpd.GeoSeries(shapes, crs=frame.crs))
    halves = []
    bounds = shapely.bounds(shapes[split])
    middle = (bounds[:, 0] + bounds[:, 2]) / 2
    for part, (west, east) in enumerate(((bounds[:, 0], middle), (middle, bounds[:, 2]))):
        window = shapely.box(west, bounds[:, 1], east, bounds[:, 3])
        half = later.iloc[split].assign(
            parcel_id=[
                f"{name[:-6]}{part + 8}{name[-5:]}" for name in later["parcel_id"].iloc[split]
            ]
        )
        halves.append(
            half.set_geometry(
                gpd.GeoSeries(
                    shapely.intersection(shapes[split], window), index=half.index, crs=frame.crs
                )
            )
        )
    kept = later.drop(index=[*gone, *split])
    return gpd.GeoDataFrame(pd.concat([kept, *halves], ignore_index=True), crs=frame.crs)
