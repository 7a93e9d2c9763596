"""Measure the ledger at full size: ``python -m benchmarks ledger``.

A made-up register of 200,000 parcels and 1,000,000 stage events, read by a server once; progress
for two dates never asked for before (cold) and asked again (warm), the forecast, memory.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from benchmarks.machine import about, heading, peak_mb, write
from data.register import Change, Register
from data.rules import load_rules
from data.sample.renewal import DAYS, STAGES_OF
from data.towns import read_towns

RESULTS = Path(__file__).with_name("results")
UNTIL = date(2026, 10, 31)
BUDGET = {"cold_s": 3.0, "warm_s": 0.3, "forecast_s": 3.0, "peak_mb": 1536.0}
SEED = 330381
PARCEL_MU = 8.0


def made_up_parcels(count: int, rng: np.random.Generator) -> gpd.GeoDataFrame:
    """Return parcels on a grid of degrees, each in renewal by some mode."""
    side = int(np.ceil(np.sqrt(count)))
    row, column = np.divmod(np.arange(count), side)
    west, south = 120.2 + column * 0.0009, 27.5 + row * 0.0009
    area = rng.uniform(0.5, 1.5, count) * PARCEL_MU * 2000 / 3
    modes = np.array(list(STAGES_OF), dtype=object)
    towns = read_towns()["name"].to_numpy(dtype=object)
    low = np.array(["underused", "built_idle", "below_agreed", "supplied_unused"], dtype=object)
    facts = {
        "parcel_name": [f"宗地{n}" for n in range(count)],
        "town": rng.choice(towns, count),
        "low_class": rng.choice(low, count),
        "renewal_mode": rng.choice(modes, count),
        "geometry_area_m2": area,
        "registered_area_m2": area,
        "far": rng.uniform(0.2, 2.5, count),
    }
    index = pd.Index([f"330381001001GB{n:06d}" for n in range(count)], name="parcel_id")
    shapes = shapely.box(west, south, west + 0.0007, south + 0.0007)
    return gpd.GeoDataFrame(facts, index=index, geometry=shapes, crs=4490)


def made_up_events(
    parcels: gpd.GeoDataFrame, wanted: int, rng: np.random.Generator
) -> pd.DataFrame:
    """Return stage events in the order of their days, ``wanted`` of them where there are enough."""
    parts = []
    first = np.datetime64("2021-01-01", "D") + rng.integers(0, 2129, len(parcels))
    for mode, stages in STAGES_OF.items():
        rows = np.flatnonzero(parcels["renewal_mode"].to_numpy() == mode)
        steps = [np.zeros(len(rows), dtype=int)]
        steps += [rng.triangular(*DAYS[name], size=len(rows)).astype(int) for name in stages[1:]]
        days = first[rows][:, None] + np.column_stack(steps).cumsum(axis=1)
        parts.append(
            pd.DataFrame(
                {
                    "row": np.repeat(rows, len(stages)),
                    "stage": np.tile(np.array(stages, dtype=object), len(rows)),
                    "occurred_on": days.ravel().astype("datetime64[ns]"),
                }
            )
        )
    table = pd.concat(parts, ignore_index=True)
    table = table[table["occurred_on"] <= pd.Timestamp(UNTIL)]
    table = table.sort_values(["row", "occurred_on"], kind="stable")
    while len(table) > wanted:  # the last events of parcels go, so that no sequence is broken
        last = table.index[~table.duplicated("row", keep="last")]
        table = table.drop(index=last[: len(table) - wanted])
    table = table.sort_values(["occurred_on", "row"], kind="stable")
    table["parcel_id"] = parcels.index.to_numpy()[table["row"]]
    table["area_m2"] = parcels["geometry_area_m2"].to_numpy()[table["row"]]
    return table.drop(columns="row").reset_index(drop=True)


def fill(workspace: Path, parcels: int, events: int) -> dict[str, Any]:
    """Write the register; events come in a dozen batches, so that known-on dates differ."""
    rng = np.random.default_rng(SEED)
    frame = made_up_parcels(parcels, rng)
    table = made_up_events(frame, events, rng)
    began = time.perf_counter()
    with Register.open(workspace, create=True) as register:
        meta = {"county": "瑞安市", "sample": "1", "data_until": UNTIL.isoformat()}
        moment = datetime(2023, 1, 4, 9, tzinfo=UTC)
        register.commit(Change("import", "测", "规模测试", moment, parcels=frame, meta=meta))
        year = table["occurred_on"].dt.year.clip(lower=2022)
        for past, rows in table.groupby(year, sort=True):
            moment = datetime(int(str(past)) + 1, 1, 5, 9, tzinfo=UTC)
            batch = rows.reset_index(drop=True)
            register.commit(Change("events", "测", "规模测试", moment, events=batch))
    size = (workspace / "register.gpkg").stat().st_size / 2**20
    filled = round(time.perf_counter() - began, 1)
    return {"parcels": len(frame), "events": len(table), "fill_s": filled, "register_mb": size}


def timed(what: Callable[[], Any]) -> tuple[float, Any]:
    """Return how long something took by the clock, and what came of it."""
    began = time.perf_counter()
    found = what()
    return time.perf_counter() - began, found


def measure(workspace: Path, runs: int, draws: int) -> dict[str, Any]:
    """Return seconds of progress, cold and warm, of the forecast and of its parts, and memory."""
    from analysis.forecast import forecast
    from ui.desk import forget, open_desk

    cold, warm, ahead = [], [], []
    sums = []
    forget()
    start, _ = timed(lambda: open_desk(workspace, today=UNTIL, state_on=UNTIL).progress())
    for run in range(runs):
        on = date(2026, 10, 30 - run)
        known = date(2027 - run, 2, 1)
        first, year = timed(
            lambda on=on, known=known: open_desk(
                workspace, today=UNTIL, state_on=on, known_on=known
            ).progress()
        )
        again, _ = timed(
            lambda on=on, known=known: open_desk(
                workspace, today=UNTIL, state_on=on, known_on=known
            ).progress()
        )
        cold.append(first)
        warm.append(again)
        sums.append(round(year.credited_mu, 1))
        desk = open_desk(workspace, today=UNTIL, state_on=on)
        parcels, events = desk.parcels, desk.events
        seconds, said = timed(
            lambda p=parcels, e=events, desk=desk: forecast(
                p, e, rules=load_rules(), year=2026, as_of=desk.as_of, draws=draws
            )
        )
        ahead.append(seconds)
    return {
        "runs": runs,
        "draws": draws,
        "cold_s": round(statistics.median(cold), 3),
        "warm_s": round(statistics.median(warm), 4),
        "start_s": round(start, 3),
        "forecast_s": round(statistics.median(ahead), 3),
        "peak_mb": round(peak_mb(os.getpid())),
        "credited_mu": sums,
        "p50_mu": round(said.p50_mu or 0.0, 1),
    }


def lines(found: dict[str, Any]) -> list[str]:
    """Return the table."""
    names = {
        "cold_s": "progress, two dates never asked before",
        "warm_s": "progress, the same again",
        "forecast_s": f"forecast, {found['draws']:,} draws",
        "peak_mb": "memory, peak",
    }
    said = [
        f"{found['parcels']:,} parcels, {found['events']:,} events, register of "
        f"{found['register_mb']:,.0f} MB; median of {found['runs']} runs.",
        "",
        "| what | figure | target | met |",
        "|---|--:|--:|---|",
    ]
    for key, name in names.items():
        unit = "MB" if key.endswith("_mb") else "s"
        met = "yes" if found[key] <= BUDGET[key] else "**no**"
        said.append(f"| {name} | {found[key]:,.3g} {unit} | ≤ {BUDGET[key]:,g} {unit} | {met} |")
    said.append(f"| the first look of a server just started | {found['start_s']:.1f} s | | |")
    said.append(f"| writing the register | {found['fill_s']:.0f} s | | |")
    return said


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks ledger", description=__doc__)
    parser.add_argument("--parcels", type=int, default=200_000)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--draws", type=int, default=10_000)
    parser.add_argument("--workspace", type=Path, help="keep the register here, or take it")
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args(arguments)
    facts = about(("numpy", "pandas", "scipy", "geopandas"))
    making = Path(tempfile.mkdtemp(prefix="mutu-ledger-"))
    try:
        workspace = given.workspace or making / "workspace"
        sizes = sizes_of(workspace, given.parcels, given.events)
        found = sizes | measure(workspace, given.runs, given.draws)
    finally:
        shutil.rmtree(making, ignore_errors=True)
    text = ["# The ledger at full size", "", *heading(facts), "", *lines(found)]
    write(given.out, "ledger", text, {"about": facts} | found)


def sizes_of(workspace: Path, parcels: int, events: int) -> dict[str, Any]:
    """Fill the workspace where it is not there yet; return how much is in it."""
    file = workspace / "register.gpkg"
    if not file.exists():
        return fill(workspace, parcels, events)
    with Register.open(workspace) as register:
        counts = len(register.read_parcels(columns=["town"], geometry=False))
        found = len(register.read_events())
    size = file.stat().st_size / 2**20
    return {"parcels": counts, "events": found, "fill_s": 0.0, "register_mb": size}


if __name__ == "__main__":
    main()
