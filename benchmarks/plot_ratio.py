"""Measure plot ratios and zonal statistics: ``python -m benchmarks plot_ratio``.

Every ratio to a plain way is taken inside one run on the same data. ``--large`` adds the province
(500,000 parcels, 3 million buildings), ``--raster`` sets the side of the raster in cells.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from analysis.floor_area import counted_buildings
from analysis.plot_ratio import plot_ratio
from analysis.plot_ratio_index import PlotRatioIndex
from benchmarks.machine import about, heading, peak_mb, write
from benchmarks.made_up import county, raster_file, zones_over
from data.loose_files import read_loose
from data.rules import load_rules
from gis.zonal import zonal

RESULTS = Path(__file__).parent / "results"
RULES = load_rules()
LIBRARIES = (
    "geopandas", "shapely", "pyogrio", "rasterio", "exactextract", "numpy", "pandas",
)  # fmt: skip
STATS = ("mean", "quantile(q=0.9)")


def overlaid(land: Any, stands: Any) -> pd.Series:
    """Compute counted floor area over land the plain way: overlay and groupby."""
    times = np.where(stands["storey_height_m"] > 8, 2, 1) * stands["storeys"]
    pieces = gpd.overlay(stands.assign(times=times)[["times", "geometry"]], land.reset_index())
    floor = (pieces.area * pieces["times"]).groupby(pieces["parcel_id"]).sum()
    return floor.reindex(land.index, fill_value=0.0) / land.area


def timed(call: Callable[[], Any]) -> tuple[float, Any]:
    """Return seconds and answer of a call."""
    start = time.perf_counter()
    answer = call()
    return time.perf_counter() - start, answer


def in_turn(runs: int, **calls: Callable[[], Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Run all calls in turn, several times; return the medians and the last answers.

    The medians are of seconds, and of the ratios of the first call to each other one in a turn.
    """
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    answers: dict[str, Any] = {}
    for _ in range(runs):
        for name, call in calls.items():
            took, answers[name] = timed(call)
            seconds[name].append(took)
    first, *others = calls
    found: dict[str, Any] = {f"{name}_s": median(times) for name, times in seconds.items()}
    for name in others:
        pairs = zip(seconds[first], seconds[name], strict=True)
        found[f"ratio_{name}"] = median([plain / own for plain, own in pairs])
    return found, answers


def in_memory(parcels: int, crossing: float, runs: int) -> dict[str, Any]:
    """Frames in memory: the plain way, ours with every check, ours with geometry checked before."""
    land, stands = county(parcels, crossing)
    plot_ratio(land, stands, rules=RULES)
    own_peak_mb = peak_mb(os.getpid())  # before the plain way asks for more
    counted = counted_buildings(stands, rules=RULES)
    found, answers = in_turn(
        runs,
        overlay=lambda: overlaid(land, stands),
        checked=lambda: plot_ratio(land, stands, rules=RULES),
        trusted=lambda: plot_ratio(land, stands, rules=RULES, valid=True),
        counted_before=lambda: plot_ratio(land, counted, rules=RULES, valid=True),
    )
    expected, parcels_found = answers["overlay"].to_numpy(), answers["checked"].parcels
    far, kept = parcels_found["far_computed"].to_numpy(), expected > 0
    return found | {
        "parcels": len(land),
        "buildings": len(stands),
        "crossing_asked": crossing,
        "extra_pairs": int(parcels_found["buildings"].sum() - len(stands)),
        "largest_relative_difference": float(np.abs(far[kept] / expected[kept] - 1).max()),
        "own_peak_mb": own_peak_mb,
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

        sql = sedona(files)
        calls = {"plain": plain, "ours": ours} | ({} if sql is None else {"sedona": sql})
        found = in_turn(runs, **calls)[0]
    if sql is None:
        return found | {"sedona": "not installed"}
    return found | {"sedona_over_ours": found["sedona_s"] / found["ours_s"]}


def sedona(files: list[Path]) -> Callable[[], Any] | None:
    """Return the same question in SedonaDB's SQL, None where it is not installed."""
    try:
        import sedonadb
    except ImportError:
        return None
    tables = [file.with_suffix(".parquet") for file in files]
    for file, table in zip(files, tables, strict=True):
        gpd.read_file(file).to_parquet(table)

    def ask() -> Any:
        session = sedonadb.connect()
        for name, table in zip(("parcels", "buildings"), tables, strict=True):
            session.read_parquet(str(table)).to_view(name, overwrite=True)
        return session.sql(
            "SELECT p.parcel_id, SUM(ST_Area(ST_Intersection(p.geometry, b.geometry)) * b.storeys "
            "* CASE WHEN b.storey_height_m > 8 THEN 2 ELSE 1 END) / MAX(ST_Area(p.geometry)) AS f "
            "FROM parcels p JOIN buildings b ON ST_Intersects(p.geometry, b.geometry) "
            "GROUP BY p.parcel_id"
        ).to_pandas()

    return ask


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


def zonal_ways(side: int, count: int, runs: int) -> dict[str, Any]:
    """Exact statistics our way, by one plain call, and by cell centres on a sample of the zones."""
    from exactextract import exact_extract

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "raster.tif"
        raster_file(path, side)
        frame = zones_over(side, count)
        times, answers = in_turn(
            runs,
            plain=lambda: exact_extract(str(path), frame, [*STATS, "count"], output="pandas"),
            two=lambda: zonal(frame.geometry, path, stats=STATS, processes=2),
            one=lambda: zonal(frame.geometry, path, stats=STATS, processes=1),
        )
        apart = np.abs(answers["two"].frame["mean"] - answers["plain"]["mean"]).max()
        found = times | {
            "cells": side * side,
            "zones": count,
            "largest_difference": float(apart),
        }
        found |= _by_centres(path, frame, times["two_s"] / count)
    return found


def _by_centres(path: Path, frame: gpd.GeoDataFrame, ours_each_s: float) -> dict[str, Any]:
    """Time rasterstats with its defaults on 300 zones, where it is installed."""
    try:
        from rasterstats import zonal_stats
    except ImportError:
        return {"rasterstats": "not installed"}
    some = frame.iloc[:300]
    seconds, _ = timed(lambda: zonal_stats(some, str(path), stats=["mean", "percentile_90"]))
    return {
        "rasterstats_each_ms": seconds / 300 * 1000,
        "ratio_rasterstats": seconds / 300 / ours_each_s,
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
                (
                    f"{what} {each['checked_s']:.2f} s, all checks",
                    each["ratio_checked"],
                    "×",
                    target,
                    True,
                )
            )
            rows.append((f"{what} {each['trusted_s']:.2f} s, geometry checked before",
                         each["ratio_trusted"], "×", target, True))  # fmt: skip
            rows.append((f"{name}: largest relative difference from overlay",
                         each["largest_relative_difference"], "", 1e-9, False))  # fmt: skip
    rows.append(
        (
            "file to result, against read_file and overlay",
            found["files"]["ratio_ours"],
            "×",
            5.0,
            True,
        )
    )
    if "sedona_over_ours" in found["files"]:
        times = found["files"]["sedona_over_ours"]
        rows.append(("file to result, against SedonaDB from GeoParquet", times, "×", 1.0, True))
    rows.append(("one building changed, p95", found["one"]["p95_ms"], "ms", 5.0, False))
    area = found["zonal"]
    rows.append(("zonal, against one exact_extract call", area["ratio_two"], "×", 1.7, True))
    if "ratio_rasterstats" in area:
        rows.append(
            ("zonal, against rasterstats (300 zones)", area["ratio_rasterstats"], "×", 15.0, True)
        )
    if "L_3" in found:
        rows.append(("L_3: peak memory, frames and our way", found["L_3"]["own_peak_mb"],
                     "MB", 3500.0, False))  # fmt: skip
    table = ["| what | figure | target | met |", "|---|--:|--:|---|"]
    for what, value, unit, target, least in rows:
        met = value >= target if least else value <= target
        told = f"{value:.1e}" if 0 < value < 1e-3 else f"{value:,.1f}"
        sign = "≥" if least else "≤"
        table.append(
            f"| {what} | {told} {unit} | {sign} {target:g} {unit} | {'yes' if met else '**no**'} |"
        )
    return table


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print and write ``results/plot_ratio.md`` and ``.json``."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks plot_ratio", description=__doc__)
    parser.add_argument("--parcels", type=int, default=20_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--raster", type=int, default=10_000, help="side of the raster in cells")
    parser.add_argument("--zones", type=int, default=20_000)
    parser.add_argument("--large", action="store_true", help="also the province")
    parser.add_argument("--out", type=Path, default=RESULTS)
    options = parser.parse_args(arguments)
    found: dict[str, Any] = {"about": about(LIBRARIES)}
    found["S_3"] = in_memory(options.parcels, 0.03, options.runs)
    found["S_18"] = in_memory(options.parcels, 0.18, options.runs)
    found["files"] = from_files(options.parcels, options.runs)
    found["one"] = one_building(options.parcels)
    found["zonal"] = zonal_ways(options.raster, options.zones, options.runs)
    if options.large:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as alone:  # for its memory
            found["L_3"] = alone.submit(in_memory, 500_000, 0.03, 1).result()
    said = (
        "Medians over turns; every ratio is taken within a turn, where both ways run after another."
    )
    text = ["# Plot ratio and zonal statistics", "", *heading(found["about"]), "", said, ""]
    table = lines(found)
    if found["files"].get("sedona"):
        table += ["", "SedonaDB is not installed here, so it was not compared."]
    write(options.out, "plot_ratio", [*text, *table], found)
