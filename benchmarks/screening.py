"""Measure screening of 200,000 parcels by the shipped rules: ``python -m benchmarks screening``."""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis.screening import screen
from benchmarks.machine import about, heading, peak_mb, write
from data import schema
from data.asof import AsOf
from data.screening_rules import load_screening_rules

RESULTS = Path(__file__).with_name("results")
BUDGET_S = 3.0
DAY = date(2026, 10, 31)


def made_up_parcels(count: int, *, seed: int = 330381) -> pd.DataFrame:
    """Return parcels with every input of the shipped rules; a tenth of the cells is unknown."""
    rng = np.random.default_rng(seed)
    index = pd.Index([f"P{n:07d}" for n in range(count)], name="parcel_id")
    columns = {}
    for key in load_screening_rules().inputs:
        field = schema.field(key)
        unknown = rng.random(count) < 0.1
        if field.type == "date":
            days = np.datetime64(DAY) - rng.integers(0, 3000, count).astype("timedelta64[D]")
            cells = pd.Series(days.astype("datetime64[ns]"), index=index)
        elif field.type == "bool":
            cells = pd.Series(rng.random(count) < 0.8, index=index).astype("boolean")
        elif field.enum is not None:
            codes = np.array(schema.enum_codes(field.enum), dtype=object)
            cells = pd.Series(rng.choice(codes, count), index=index, dtype=object)
        else:
            top = field.maximum or 5_000.0
            cells = pd.Series(rng.uniform(0.01, top, count), index=index)
        columns[key] = cells.mask(unknown)
    return pd.DataFrame(columns, index=index)


def measure(count: int, runs: int) -> dict[str, Any]:
    """Return wall and processor seconds of some runs, and how the classes came out."""
    parcels, rules = made_up_parcels(count), load_screening_rules()
    wall, cpu = [], []
    for _ in range(runs):
        start, work = time.perf_counter(), time.process_time()
        found = screen(parcels, ruleset=rules, as_of=AsOf(DAY))
        wall.append(time.perf_counter() - start)
        cpu.append(time.process_time() - work)
    return {
        "parcels": count,
        "rules": len(rules.in_force(DAY)),
        "runs": runs,
        "wall_s": round(statistics.median(wall), 3),
        "wall_best_s": round(min(wall), 3),
        "cpu_s": round(statistics.median(cpu), 3),
        "budget_s": BUDGET_S,
        "peak_mb": round(peak_mb(os.getpid())),
        "classes": found["class"].value_counts().sort_index().to_dict(),
    }


def lines(found: dict[str, Any]) -> list[str]:
    """Return the table."""
    met = "yes" if found["wall_s"] <= BUDGET_S else "**no**"
    return [
        f"{found['parcels']:,} parcels, {found['rules']} rules; median of {found['runs']} runs.",
        "",
        "| what | figure | target | met |",
        "|---|--:|--:|---|",
        f"| screening, by the clock | {found['wall_s']:.2f} s | ≤ {BUDGET_S:g} s | {met} |",
        f"| the fastest run | {found['wall_best_s']:.2f} s | | |",
        f"| processor time | {found['cpu_s']:.2f} s | | |",
        f"| memory, peak | {found['peak_mb']:,} MB | | |",
    ]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks screening", description=__doc__)
    parser.add_argument("--parcels", type=int, default=200_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args(arguments)
    facts = about(("numpy", "pandas", "pyarrow"))
    found = measure(given.parcels, given.runs)
    text = ["# Screening by the shipped rules", "", *heading(facts), "", *lines(found)]
    write(given.out, "screening", text, {"about": facts} | found)
