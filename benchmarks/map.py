"""Measure the map at 20,000 and 200,000 parcels: ``python -m benchmarks map [--parcels N]``."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from benchmarks import baseline, desk
from benchmarks.machine import limit_cores, machine
from benchmarks.report import Row, markdown, plain_rows, rows
from tests.browser_tools import CHROMIUM, FLAGS, run_cli

HERE = Path(__file__).parent
CACHE = HERE / ".cache"
RESULTS = HERE / "results"
PARCELS = (20_000, 200_000)
MOST_GEOJSON = 20_000
"""Above this the plain way is only tried, with a limit of time."""


def county(parcels: int) -> Path:
    """Return the sample county of this size, made once into the cache folder."""
    workspace = CACHE / f"county-{parcels}"
    if not (workspace / "register.gpkg").exists():
        print(f"making a sample county of {parcels:,} parcels …", flush=True)
        part = CACHE / f"county-{parcels}.part"
        run_cli("sample", "--parcels", str(parcels), "--workspace", str(part))
        part.rename(workspace)
    return workspace


def measure(parcels: int, *, compare: bool) -> dict[str, Any]:
    """Return every figure of one county."""
    workspace = county(parcels)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        print(f"measuring {parcels:,} parcels …", flush=True)
        found = {"map": desk.measure(browser, workspace, CACHE)}
        browser.close()
        if compare:
            print(f"comparing with folium.GeoJson at {parcels:,} parcels …", flush=True)
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            whole = parcels <= MOST_GEOJSON
            found["geojson"] = baseline.measure(browser, workspace, CACHE, whole=whole)
            browser.close()
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print and write the results; slow is a result, not a failure."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks map", description=__doc__)
    parser.add_argument("--parcels", type=int, action="append", help="size of the county")
    parser.add_argument("--no-geojson", action="store_true", help="leave the comparison out")
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder of map.md and map.json")
    options = parser.parse_args(arguments)
    if CHROMIUM is None:
        raise SystemExit("no Chromium here: install it (Debian: apt-get install chromium)")
    CACHE.mkdir(exist_ok=True)
    sizes = options.parcels or list(PARCELS)
    for parcels in sizes:
        county(parcels)
    about = machine(CHROMIUM, limit_cores()) | {"load": _load()}
    when = datetime.now().astimezone().isoformat(sep=" ", timespec="minutes")
    found: dict[int, Any] = {}
    tables: dict[int, list[Row]] = {}
    for parcels in sizes:
        found[parcels] = measure(parcels, compare=not options.no_geojson)
        own = found[parcels]["map"]
        tables[parcels] = rows(own, parcels)
        if "geojson" in found[parcels]:
            tables[parcels] += plain_rows(found[parcels]["geojson"], own)
        _write(options.out, about, when, tables, found)
    print((options.out / "map.md").read_text(encoding="utf-8"))


def _load() -> str:
    """Return how busy the machine is before the run: others at work make every figure worse."""
    return f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"


def _write(
    out: Path, about: dict[str, Any], when: str, tables: dict[int, list[Row]], found: dict[int, Any]
) -> None:
    out.mkdir(parents=True, exist_ok=True)
    text = markdown(about, when, tables)
    (out / "map.md").write_text(text, encoding="utf-8")
    document = {
        "when": when,
        "machine": about,
        "rows": {
            n: [asdict(row) | {"met": row.met} for row in table] for n, table in tables.items()
        },
        "measured": found,
    }
    written = json.dumps(document, ensure_ascii=False, indent=1)
    (out / "map.json").write_text(written + "\n", encoding="utf-8")
