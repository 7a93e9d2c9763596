"""Measure plot ratios and zonal statistics: ``python -m benchmarks.plot_ratio``.

Every ratio to a plain way is taken inside one run on the same data. ``--large`` adds the province
(500,000 parcels, 3 million buildings), ``--raster`` sets the side of the raster in cells.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import tempfile
import time
from collections.abc import Callable
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import rasterio
import shapely
from affine import Affine

from analysis.floor_area import counted_buildings
from analysis.plot_ratio import plot_ratio
from analysis.plot_ratio_index import PlotRatioIndex
from data.loose_files import read_loose
from data.rules import load_rules
from gis.zonal import zonal

RESULTS = Path(__file__).parent / "results"
RULES = load_rules()
STATS = ("mean", "quantile(q=0.9)")
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


def overlaid(land: Any, stands: Any) -> pd.Series:
    """Compute counted floor area over land the plain way: overlay and groupby."""
    times = np.where(stands["storey_height_m"] > 8, 2, 1) * stands["storeys"]
    pieces = gpd.overlay(stands.assign(times=times)[["times", "geometry"]], land.reset_index())
    floor = (pieces.area * pieces["times"]).groupby(pieces["parcel_id"]).sum()
    return floor.reindex(land.index, fill_value=0.0) / land.area


def timed(call: Callable[[], Any], runs: int) -> tuple[float, Any]:
    """Return the median of some runs in seconds, and the last answer."""
    times, answer = [], None
    for _ in range(runs):
        start = time.perf_counter()
        answer = call()
        times.append(time.perf_counter() - start)
    return median(times), answer


def in_memory(parcels: int, crossing: float, runs: int) -> dict[str, Any]:
    """Frames in memory: the plain way, ours with every check, ours with geometry checked before."""
    land, stands = county(parcels, crossing)
    plain, expected = timed(lambda: overlaid(land, stands), runs)
    ours, found = timed(lambda: plot_ratio(land, stands, rules=RULES), runs)
    known, _ = timed(lambda: plot_ratio(land, stands, rules=RULES, valid=True), runs)
    counted = counted_buildings(stands, rules=RULES)
    kernel, _ = timed(lambda: plot_ratio(land, counted, rules=RULES, valid=True), runs)
    far = found.parcels["far_computed"].to_numpy()
    kept = expected.to_numpy() > 0
    crossed = int(found.parcels["buildings"].sum() - len(stands))
    return {
        "parcels": len(land),
        "buildings": len(stands),
        "crossing_asked": crossing,
        "extra_pairs": crossed,
        "overlay_s": plain,
        "checked_s": ours,
        "trusted_s": known,
        "counted_before_s": kernel,
        "ratio": plain / ours,
        "ratio_trusted": plain / known,
        "ratio_counted_before": plain / kernel,
        "largest_relative_difference": float(np.abs(far[kept] / expected[kept] - 1).max()),
    }


def from_files(parcels: int, runs: int) -> dict[str, Any]:
    """From two GeoPackages to the result."""
    land, stands = county(parcels, 0.03)
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / name for name in ("parcels.gpkg", "buildings.gpkg")]
        land.reset_index().to_file(files[0])
        stands.to_file(files[1])

        def plain() -> Any:
            return overlaid(gpd.read_file(files[0]).set_index("parcel_id"), gpd.read_file(files[1]))

        def ours() -> Any:
            first, _ = read_loose(files[0], as_layer="parcels")
            second, _ = read_loose(files[1], as_layer="buildings")
            return plot_ratio(first, second, rules=RULES)

        plain_s, _ = timed(plain, runs)
        ours_s, _ = timed(ours, runs)
    return {"plain_s": plain_s, "ours_s": ours_s, "ratio": plain_s / ours_s}


def one_building(parcels: int) -> dict[str, Any]:
    """Change one building and compute its parcels, 200 times."""
    land, stands = county(parcels, 0.18)
    index = PlotRatioIndex(land, stands, rules=RULES)
    rng, times = np.random.default_rng(2), []
    for row in rng.integers(0, len(stands), 200):
        one = stands.iloc[[row]].assign(storeys=int(rng.integers(1, 9)))
        start = time.perf_counter()
        index.put(one)
        times.append((time.perf_counter() - start) * 1000)
    return {"median_ms": median(times), "p95_ms": float(np.quantile(times, 0.95))}


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


def zonal_ways(side: int, count: int, runs: int) -> dict[str, Any]:
    """Exact statistics our way, by one plain call, and by cell centres on a sample of the zones."""
    from exactextract import exact_extract

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "raster.tif"
        raster_file(path, side)
        frame = zones_over(side, count)
        plain_s, plain = timed(
            lambda: exact_extract(str(path), frame, [*STATS, "count"], output="pandas"), runs
        )
        ours_s, ours = timed(lambda: zonal(frame.geometry, path, stats=STATS, processes=2), runs)
        one_s, _ = timed(lambda: zonal(frame.geometry, path, stats=STATS, processes=1), runs)
        found = {
            "cells": side * side,
            "zones": count,
            "exact_extract_s": plain_s,
            "ours_s": ours_s,
            "ours_one_process_s": one_s,
            "ratio": plain_s / ours_s,
            "ratio_one_process": plain_s / one_s,
            "largest_difference": float(np.abs(ours.frame["mean"] - plain["mean"]).max()),
        }
        found |= _by_centres(path, frame, ours_s / count)
    return found


def _by_centres(path: Path, frame: gpd.GeoDataFrame, ours_each_s: float) -> dict[str, Any]:
    """Time rasterstats with its defaults on 300 zones, where it is installed."""
    try:
        from rasterstats import zonal_stats
    except ImportError:
        return {"rasterstats": "not installed"}
    some = frame.iloc[:300]
    seconds, _ = timed(lambda: zonal_stats(some, str(path), stats=["mean", "percentile_90"]), 1)
    return {
        "rasterstats_each_ms": seconds / 300 * 1000,
        "ratio_rasterstats": seconds / 300 / ours_each_s,
    }


def about() -> dict[str, Any]:
    """Return machine, load and versions."""
    names = ("geopandas", "shapely", "pyogrio", "rasterio", "exactextract", "numpy", "pandas")
    return {
        "when": datetime.now().astimezone().isoformat(sep=" ", timespec="minutes"),
        "machine": platform.platform(terse=True),
        "cores": os.cpu_count(),
        "load_before": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None,
        "python": platform.python_version(),
        "libraries": {name: version(name) for name in names},
    }


def lines(found: dict[str, Any]) -> list[str]:
    """Return the table: what, figure, target, met."""
    rows: list[tuple[str, float, str, float, bool]] = []
    for name, target in (("S_3", 7.0), ("S_18", 4.0), ("L_3", 4.0)):
        if name in found:
            each = found[name]
            what = (
                f"{name}: {each['buildings']:,} buildings, overlay {each['overlay_s']:.2f} s, ours"
            )
            rows.append(
                (f"{what} {each['checked_s']:.2f} s, all checks", each["ratio"], "×", target, True)
            )
            rows.append((f"{what} {each['trusted_s']:.2f} s, geometry checked before",
                         each["ratio_trusted"], "×", target, True))  # fmt: skip
            rows.append((f"{name}: largest relative difference from overlay",
                         each["largest_relative_difference"], "", 1e-9, False))  # fmt: skip
    rows.append(
        ("file to result, against read_file and overlay", found["files"]["ratio"], "×", 5.0, True)
    )
    rows.append(("one building changed, p95", found["one"]["p95_ms"], "ms", 5.0, False))
    area = found["zonal"]
    rows.append(("zonal, against one exact_extract call", area["ratio"], "×", 1.7, True))
    if "ratio_rasterstats" in area:
        rows.append(
            ("zonal, against rasterstats (300 zones)", area["ratio_rasterstats"], "×", 15.0, True)
        )
    rows.append(("peak memory of the whole run", found["peak_mb"], "MB", 3500.0, False))
    table = ["| what | figure | target | met |", "|---|--:|--:|---|"]
    for what, value, unit, target, least in rows:
        met = value >= target if least else value <= target
        told = f"{value:.1e}" if 0 < value < 1e-3 else f"{value:,.1f}"
        sign = "≥" if least else "≤"
        table.append(
            f"| {what} | {told} {unit} | {sign} {target:g} {unit} | {'yes' if met else '**no**'} |"
        )
    return table


def main() -> None:
    """Measure, print and write ``results/plot_ratio.md`` and ``.json``."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.plot_ratio", description=__doc__)
    parser.add_argument("--parcels", type=int, default=20_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--raster", type=int, default=10_000, help="side of the raster in cells")
    parser.add_argument("--zones", type=int, default=20_000)
    parser.add_argument("--large", action="store_true", help="also the province")
    parser.add_argument("--out", type=Path, default=RESULTS)
    options = parser.parse_args()
    found: dict[str, Any] = {"about": about()}
    found["S_3"] = in_memory(options.parcels, 0.03, options.runs)
    found["S_18"] = in_memory(options.parcels, 0.18, options.runs)
    found["files"] = from_files(options.parcels, options.runs)
    found["one"] = one_building(options.parcels)
    found["zonal"] = zonal_ways(options.raster, options.zones, options.runs)
    if options.large:
        found["L_3"] = in_memory(500_000, 0.03, 1)
    found["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    text = "\n".join(
        ["# Plot ratio and zonal statistics", "", *_head(found["about"]), "", *lines(found)]
    )
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "plot_ratio.md").write_text(text + "\n", encoding="utf-8")
    written = json.dumps(found, ensure_ascii=False, indent=1)
    (options.out / "plot_ratio.json").write_text(written + "\n", encoding="utf-8")
    print(text)


def _head(facts: dict[str, Any]) -> list[str]:
    libraries = " · ".join(f"{name} {number}" for name, number in facts["libraries"].items())
    return [
        f"{facts['when']} · {facts['machine']}, {facts['cores']} cores, "
        f"load before {facts['load_before']} · Python {facts['python']} · {libraries}",
        "",
        "Medians; every ratio is taken inside this run. Peak memory includes the plain ways.",
    ]


if __name__ == "__main__":
    main()
