"""Measure contiguous land: ``python -m benchmarks blocks``.

8,000 low-efficiency parcels with 160 barriers beside the way that is known from spreadsheets and
GIS courses (buffer by half the gap, union, difference, join), in turns of one run; 200,000 parcels.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from analysis.block_figures import block_figures
from analysis.blocks import blocks
from benchmarks.machine import about, heading, write
from benchmarks.plot_ratio import in_turn
from data.block_prices import load_block_prices
from data.block_rules import load_block_rules
from gis.contiguity import contiguous_groups

RESULTS = Path(__file__).with_name("results")
WITHIN_M = 20.0


def made_up(parcels: int, barriers: int, seed: int = 1) -> tuple[gpd.GeoSeries, gpd.GeoSeries]:
    """Return parcels in rows along streets of 4 to 40 m, and barriers in some of the streets."""
    rng = np.random.default_rng(seed)
    side = int(np.ceil(np.sqrt(parcels)))
    street = rng.choice([4.0, 8.0, 16.0, 26.0, 40.0], (2, side + 1), p=[0.2, 0.2, 0.25, 0.2, 0.15])
    edge = np.cumsum(80.0 + street, axis=1)
    row, column = np.divmod(np.arange(parcels), side)
    west, south = edge[0][column], edge[1][row]
    shapes = shapely.box(west, south, west + 80.0, south + 80.0)
    kept = rng.random(parcels) < 0.7  # the rest is no industrial land
    number = np.sort(rng.choice(side, min(barriers, side), replace=False))
    middle = edge[0][number] - street[0][number] / 2
    turn = rng.uniform(-3, 3, (len(number), 40))
    north = np.linspace(edge[1][0] - 200, edge[1][-1] + 200, 40)
    lines = [
        shapely.LineString(np.column_stack([x + bend * street[0][n] / 8, north]))
        for x, bend, n in zip(middle, turn, number, strict=True)
    ]
    index = pd.Index([f"P{n}" for n in np.flatnonzero(kept)], name="parcel_id")
    return gpd.GeoSeries(shapes[kept], index=index, crs=4549), gpd.GeoSeries(lines, crs=4549)


def buffered(parcels: gpd.GeoSeries, barriers: gpd.GeoSeries) -> pd.Series:
    """Return groups as they are usually made: grown land, less the barriers, taken apart."""
    grown = shapely.union_all(shapely.buffer(np.asarray(parcels.array), WITHIN_M / 2))
    left = shapely.difference(grown, shapely.buffer(shapely.union_all(barriers.array), 0.01))
    parts = gpd.GeoDataFrame(geometry=shapely.get_parts(left), crs=parcels.crs)
    points = gpd.GeoDataFrame(geometry=parcels.representative_point(), crs=parcels.crs)
    joined = points.sjoin(parts, how="left", predicate="within")
    return joined["index_right"][~joined.index.duplicated()]


def differing(one: pd.Series, other: pd.Series) -> int:
    """Return how many groups of ``other`` are none of ``one``."""
    mine = {frozenset(part) for part in one.groupby(one.to_numpy()).groups.values()}
    theirs = {frozenset(part) for part in other.groupby(other.to_numpy()).groups.values()}
    return len(theirs - mine)


def with_figures(land: gpd.GeoSeries, walls: gpd.GeoSeries) -> pd.DataFrame:
    """Return cost, gain and difficulty of the blocks, outlines and rectangles among the rest."""
    facts = {"floor_area_m2": 1_000.0, "owner": "甲", "low_class": "underused", "employees": 20}
    parcels = gpd.GeoDataFrame(facts, geometry=land, index=land.index.rename("parcel_id"))
    found = blocks(parcels, rules=load_block_rules(), barriers=walls)
    return block_figures(found, parcels, prices=load_block_prices())


def measure(runs: int) -> dict[str, Any]:
    """Return seconds of both ways, how many groups differ, and the large county."""
    land, walls = made_up(12_000, 160)
    land = land.iloc[:8_000]
    found, answers = in_turn(
        runs,
        plain=lambda: buffered(land, walls),
        ours=lambda: contiguous_groups(land, within_m=WITHIN_M, barriers=walls),
    )
    large, long_walls = made_up(286_000, 160)
    large = large.iloc[:200_000]
    seconds, _ = in_turn(
        runs, ours=lambda: contiguous_groups(large, within_m=WITHIN_M, barriers=long_walls)
    )
    whole, _ = in_turn(runs, ours=lambda: with_figures(land, walls))
    return {
        "whole": whole,
        "small": found,
        "groups": int(answers["ours"].max() + 1),
        "groups_differing": differing(answers["ours"], answers["plain"]),
        "parcels": len(land),
        "large": seconds,
        "large_parcels": len(large),
    }


def lines(found: dict[str, Any]) -> list[str]:
    """Return the table: what, figure, target, met."""
    small, wrong = found["small"], found["groups_differing"]
    rows = [
        (
            f"{found['parcels']:,} parcels, buffer and union {small['plain_s']:.3f} s, "
            f"ours {small['ours_s']:.3f} s",
            f"{small['ratio_ours']:.1f} ×",
            "≥ 12 ×",
            small["ratio_ours"] >= 12,
        ),
        (
            f"{found['large_parcels']:,} parcels",
            f"{found['large']['ours_s']:.2f} s",
            "≤ 3 s",
            found["large"]["ours_s"] <= 3,
        ),
        (
            f"{found['parcels']:,} parcels as blocks with all their figures",
            f"{found['whole']['ours_s']:.2f} s",
            "≤ 3 s",
            found["whole"]["ours_s"] <= 3,
        ),
    ]
    told = ["| what | figure | target | met |", "|---|--:|--:|---|"]
    told += [
        f"| {what} | {n} | {goal} | {'yes' if met else '**no**'} |" for what, n, goal, met in rows
    ]
    share = 100 * wrong / max(found["groups"], 1)
    return [
        *told,
        "",
        f"Of {found['groups']:,} groups, {wrong:,} ({share:.1f} %) are false in the usual way: "
        "land grown by half the gap leaks past a barrier in a narrow street.",
    ]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print and write ``results/blocks.md`` and ``.json``."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks blocks", description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args(arguments)
    facts = about(("numpy", "shapely", "geopandas", "scipy"))
    found = measure(given.runs)
    text = ["# Contiguous land", "", *heading(facts), "", *lines(found)]
    write(given.out, "blocks", text, {"about": facts} | found)
