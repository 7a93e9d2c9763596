"""The same figures for the plain way, ``folium.GeoJson`` through ``st_folium``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Error

from benchmarks import watching
from benchmarks.desk import inside
from benchmarks.machine import peak_mb
from tests.browser_tools import Server, settled

LIMIT_S = 120
OPENINGS, CLICKS = 3, 3
RERUNS = 4
DRAWN = """() => {
    const layers = typeof map_div === 'undefined' ? null : map_div._layers;
    if (!layers || Object.keys(layers).length < 500) return null;
    return (document.body.dataset.drawn ||= String(Date.now()));
}"""
TARGETS = """(wanted) => {
    const all = Object.values(map_div._layers).filter((l) => l.feature && l.getBounds);
    const near = all[Math.floor(all.length / 2)];
    map_div.setView(near.getBounds().getCenter(), 15, { animate: false });
    const size = map_div.getSize(), found = [];
    for (const layer of all) {
        const at = map_div.latLngToContainerPoint(layer.getBounds().getCenter());
        const inside = at.x > 60 && at.y > 60 && at.x < size.x - 60 && at.y < size.y - 60;
        if (inside && layer._containsPoint(map_div.containerPointToLayerPoint(at)))
            found.push({ at: [at.x, at.y] });
    }
    const step = Math.max(1, Math.floor(found.length / wanted));
    return found.filter((_, i) => i % step === 0).slice(0, wanted);
}"""


def measure(browser: Browser, workspace: Path, logs: Path, *, whole: bool) -> dict[str, Any]:
    """Measure the plain page; with ``whole`` False only whether a first map comes at all."""
    server = Server(workspace, logs / "geojson.log", script="benchmarks/geojson_app.py")
    found: dict[str, Any] = {"limit_s": LIMIT_S}
    try:
        found["cold_s"] = watching.first_map(browser, server.address, limit_s=LIMIT_S, script=DRAWN)
        if whole:
            found["warm_s"] = [
                watching.first_map(browser, server.address, limit_s=LIMIT_S, script=DRAWN)
                for _ in range(OPENINGS)
            ]
            found |= _interact(browser, server.address)
    except (Error, RuntimeError) as fault:
        found["failed"] = f"did not finish in {LIMIT_S} s ({type(fault).__name__})"
    finally:
        found["peak_mb"] = peak_mb(server.process.pid)
        server.stop()
    if whole:
        found["reruns"] = inside(
            "reruns", "benchmarks/geojson_page.py", "", str(workspace), str(RERUNS)
        )
    return found


def _interact(browser: Browser, address: str) -> dict[str, Any]:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN")
    page = context.new_page()
    wire = watching.Wire(page)
    page.goto(address)
    watching.drawn_after(page, LIMIT_S, DRAWN)
    settled(page)
    wanted = watching.map_frame(page, 30).evaluate(TARGETS, CLICKS)
    page.wait_for_timeout(2000)
    seconds, sockets, bodies = [], [], []
    for target in wanted:
        wire.clear(page)
        seconds.append(watching.click(page, target["at"], limit_s=LIMIT_S))
        settled(page)
        wire.quiet(page, 2)
        sockets.append(wire.socket)
        bodies.append(wire.http)
    context.close()
    return {"click_s": seconds, "socket_bytes": sockets, "http_bytes": bodies}
