"""Measure screening of 200,000 parcels by the shipped rules: ``python -m benchmarks.screening``."""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.screening import screen
from data import schema
from data.asof import AsOf
from data.screening_rules import load_screening_rules

RESULTS = Path(__file__).with_name("results") / "screening.json"
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


def measure(count: int, runs: int) -> dict[str, object]:
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
        "wall_s": round(statistics.median(wall), 3),
        "wall_best_s": round(min(wall), 3),
        "cpu_s": round(statistics.median(cpu), 3),
        "budget_s": BUDGET_S,
        "within": bool(min(wall) <= BUDGET_S),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "classes": found["class"].value_counts().sort_index().to_dict(),
    }


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parcels", type=int, default=200_000)
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args(arguments)
    found = measure(given.parcels, given.runs)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(found, ensure_ascii=False, indent=2) + "\n", "utf-8")
    print(json.dumps(found, ensure_ascii=False, indent=2))


if __name__ == "__main__":
    main()
