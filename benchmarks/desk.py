"""The map as it is: first map, reruns, clicks, colours, memory, and what an event costs."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from datetime import UTC, date, datetime
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pandas as pd
from playwright.sync_api import Browser, Page

from benchmarks import watching
from benchmarks.machine import peak_mb
from data.register import Change, Register
from data.rules import load_rules
from tests.browser_tools import HOME, Server, settled

OPENINGS, CLICKS = 7, 8
VIEWS = {"far": 10, "polygons": 12, "near": 15}
THEMES = ("stage", "far", "grade", "class")


def inside(*words: str) -> dict[str, Any]:
    """Run a measurement of ``benchmarks.inside`` in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.inside", *words],
        cwd=HOME,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return dict(json.loads(done.stdout.splitlines()[-1]))


def densest(workspace: Path) -> tuple[float, float]:
    """Return latitude and longitude where many parcels lie."""
    with Register.open(workspace) as register:
        bounds = register.read_parcels(columns=["town"]).geometry.bounds.dropna()
    lon, lat = (bounds["minx"] + bounds["maxx"]) / 2, (bounds["miny"] + bounds["maxy"]) / 2
    counts, xs, ys = np.histogram2d(lon, lat, bins=40)
    x, y = np.unravel_index(np.argmax(counts), counts.shape)
    return float((ys[y] + ys[y + 1]) / 2), float((xs[x] + xs[x + 1]) / 2)


def view(at: tuple[float, float], zoom: int) -> str:
    """Return the path of the map page looking at a place."""
    return f"/map?view={at[0]:.5f},{at[1]:.5f},{zoom},class,,,"


def measure(browser: Browser, workspace: Path, logs: Path) -> dict[str, Any]:
    """Measure one county from a cold start on."""
    at = densest(workspace)
    found: dict[str, Any] = {"tiles": inside("tiles", str(workspace))}
    found["reruns"] = inside("reruns", "ui/home.py", "pages/map.py", str(workspace))
    server = Server(workspace, logs / "desk.log")
    try:
        found["cold_s"] = watching.first_map(browser, server.address + "/map")
        found["warm_s"] = _openings(browser, server.address + "/map")
        found["warm_near_s"] = _openings(browser, server.address + view(at, VIEWS["near"]))
        found |= _interact(browser, server.address, at)
        found["peak_mb"] = peak_mb(server.process.pid)
    finally:
        server.stop()
    found["event"] = event(browser, workspace, at, logs)
    return found


def _openings(browser: Browser, address: str) -> list[float]:
    return [watching.first_map(browser, address) for _ in range(OPENINGS)]


def _interact(browser: Browser, address: str, at: tuple[float, float]) -> dict[str, Any]:
    page = browser.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN").new_page()
    wire = watching.Wire(page)
    page.goto(address + view(at, VIEWS["near"]))
    watching.drawn_after(page)
    first = watching.click(page, watching.targets(page, 1)[0]["at"])
    seconds, sockets, bodies = [], [], []
    for place in range(CLICKS):
        wire.clear(page)  # the card has made the map narrower: look anew where the parcels are
        seconds.append(watching.click(page, watching.targets(page, CLICKS)[place]["at"]))
        settled(page)
        wire.quiet(page)
        sockets.append(wire.socket)
        bodies.append(wire.http)
    colours = {}
    for name, zoom in VIEWS.items():
        page.goto(address + view(at, zoom))
        watching.drawn_after(page)
        settled(page)
        colours[name] = [watching.recolour(page, theme) for theme in THEMES]
    page.context.close()
    return {
        "first_click_s": first,
        "click_s": seconds,
        "socket_bytes": sockets,
        "http_bytes": bodies,
        "recolour_s": colours,
    }


def event(browser: Browser, workspace: Path, at: tuple[float, float], logs: Path) -> dict[str, Any]:
    """Record stage events in a copy of the county while the map is open."""
    copy = workspace.with_name(f"{workspace.name}-event")
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(workspace, copy)
    server = Server(copy, logs / "event.log")
    page = browser.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN").new_page()
    try:
        page.goto(server.address + view(at, VIEWS["near"]).replace("class", "stage"))
        watching.drawn_after(page)
        watching.click(page, watching.targets(page, 1)[0]["at"])
        page.wait_for_timeout(2000)
        wanted = watching.targets(page, 12)
        archives = _archives(copy)
        with Register.open(copy) as register:
            found = _record(page, register, wanted)
        return found | {"tiles_unchanged": archives == _archives(copy)}
    finally:
        page.context.close()
        server.stop()
        shutil.rmtree(copy, ignore_errors=True)


def _record(page: Page, register: Register, wanted: list[dict[str, Any]]) -> dict[str, Any]:
    """Commit two events: after the first the page is loaded anew, after the second clicked."""
    ids = register.read_parcels(columns=["town"]).index
    with_events = set(register.read_events()["parcel_id"])
    fresh = [target for target in wanted if ids[target["n"]] not in with_events]
    on = date.fromisoformat(register.meta["data_until"])
    began = time.perf_counter()
    _commit(register, str(ids[fresh[0]["n"]]), on)
    commit = time.perf_counter() - began
    page.reload(wait_until="commit")
    reloaded = _stage_painted_after(page, fresh[0]["n"], began)
    watching.drawn_after(page)
    settled(page)
    page.wait_for_timeout(2000)
    other = watching.targets(page, 1)[0]["at"]
    began = time.perf_counter()
    _commit(register, str(ids[fresh[1]["n"]]), on)
    watching.click(page, other)
    rerun = _stage_painted_after(page, fresh[1]["n"], began)
    return {"commit_s": commit, "to_map_reload_s": reloaded, "to_map_click_s": rerun}


def _commit(register: Register, parcel: str, on: date) -> None:
    stage = load_rules().stages[0].code
    row = {"parcel_id": [parcel], "stage": [stage], "occurred_on": pd.to_datetime([on])}
    moment = max(datetime.now(UTC), register.changes()["recorded_at"].max().to_pydatetime())
    register.commit(
        Change(
            kind="events",
            who="bench",
            why="one stage event",
            recorded_at=moment,
            events=pd.DataFrame(row),
        )
    )


def _stage_painted_after(page: Page, n: int, began: float) -> float | None:
    """Return the seconds until the browser paints this parcel in a stage, None if it never does."""
    seen = watching.wait_in_map(
        page,
        "() => window.mutu && mutu.codes && mutu.tiles && document.body.dataset.drawn"
        f" && mutu.codeOf({n}, 'stage') > 0",
    )
    return time.perf_counter() - began if seen else None


def _archives(workspace: Path) -> dict[str, tuple[int, int]]:
    tiles = (workspace / "tiles").glob("*.pmtiles")
    return {file.name: (file.stat().st_mtime_ns, file.stat().st_size) for file in tiles}


def middle(values: list[float]) -> float:
    """Return the median."""
    return float(median(values))
