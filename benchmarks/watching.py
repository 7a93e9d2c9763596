"""A watched browser tab: when the map is drawn, what came over the wire, when a card is there."""

from __future__ import annotations

import base64
import time
from typing import Any

from playwright.sync_api import Browser, Error, Frame, Page

from tests.browser_tools import settled

MAP = "iframe[title='streamlit_folium.st_folium']"
STILL_S = 0.8
"""The map counts as drawn when its last tile was painted so long ago and none is outstanding."""

DRAWN = "() => document.body && document.body.dataset.drawn"
"""Says when the map's tiles were last complete (epoch in ms)."""

RECOLOURED = """(theme) => new Promise((resolve) => {
    let open = 0, tiles = 0, began = 0;
    const paint = mutu.tiles.renderTile;
    const finish = () => requestAnimationFrame(() => requestAnimationFrame(() => {
        if (open) return;
        mutu.tiles.renderTile = paint;
        resolve({ ms: performance.now() - began, tiles });
    }));
    mutu.tiles.renderTile = function (...given) {
        open += 1; tiles += 1;
        return paint.apply(this, given).finally(() => { open -= 1; if (!open) finish(); });
    };
    began = performance.now();
    document.querySelector(`[data-theme=${theme}]`).click();
})"""

TARGETS = """(wanted) => {
    const size = map_div.getSize(), found = new Map();
    for (let x = 0.2; x < 0.62; x += 0.015) for (let y = 0.15; y < 0.85; y += 0.025) {
        const at = L.point(size.x * x, size.y * y), ll = map_div.containerPointToLatLng(at);
        const hits = (mutu.tiles.queryTileFeaturesDebug(ll.lng, ll.lat, 7).get('parcels') || [])
            .filter((h) => h.layerName === 'parcels' && mutu.shown(h.feature.props.n))
            .sort((a, b) => a.feature.props.a - b.feature.props.a);
        const hit = hits[0];
        if (!hit || hit.feature.props.n === mutu.picked) continue;
        const under = document.elementFromPoint(at.x, at.y);
        if (under && under.closest('#mutu-panel, .leaflet-control')) continue;
        if (!found.has(hit.feature.props.n)) found.set(hit.feature.props.n, [at.x, at.y]);
    }
    const all = [...found.entries()], step = Math.max(1, Math.floor(all.length / wanted));
    return all.filter((_, i) => i % step === 0).slice(0, wanted).map(([n, at]) => ({ n, at }));
}"""

CARD = """(before) => new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error('no card after 60 s')), 60000);
    const look = () => {
        const shown = document.querySelector('.m-id');
        const rect = shown && shown.getBoundingClientRect();
        if (shown && rect.height && shown.textContent !== before)
            requestAnimationFrame(() => resolve({ at: Date.now(), id: shown.textContent }));
        else requestAnimationFrame(look);
    };
    look();
})"""


class Wire:
    """Bytes that reach a tab: websocket messages unpacked, HTTP bodies as they travel."""

    def __init__(self, page: Page) -> None:
        self.socket = self.http = 0
        self._last = time.monotonic()
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.on("Network.webSocketFrameReceived", self._frame)
        session.on("Network.loadingFinished", self._body)

    def _frame(self, event: dict[str, Any]) -> None:
        data = event["response"]
        text = data["payloadData"]
        self.socket += len(base64.b64decode(text)) if data["opcode"] == 2 else len(text.encode())
        self._last = time.monotonic()

    def _body(self, event: dict[str, Any]) -> None:
        self.http += int(event["encodedDataLength"])
        self._last = time.monotonic()

    def clear(self, page: Page) -> None:
        """Count from now on."""
        self.quiet(page)
        self.socket = self.http = 0

    def quiet(self, page: Page, seconds: float = 0.7) -> None:
        """Wait until nothing has arrived for a while."""
        self._last = time.monotonic()
        while time.monotonic() - self._last < seconds:
            page.wait_for_timeout(100)


def map_frame(page: Page, limit_s: float) -> Frame:
    """Return the frame of the map."""
    handle = page.wait_for_selector(MAP, timeout=1000 * limit_s)
    frame = handle.content_frame() if handle else None
    if frame is None:
        raise RuntimeError("the map's frame is gone")
    return frame


def drawn_after(page: Page, limit_s: float = 120, script: str = DRAWN) -> float:
    """Return the seconds from opening the page until the map was wholly drawn.

    The moment is the browser's own: how often this asks does not matter.
    """
    end, seen, since = time.monotonic() + limit_s, None, time.monotonic()
    while time.monotonic() < end:
        stamp = _in_map(page, script)
        if stamp != seen:
            seen, since = stamp, time.monotonic()
        elif seen is not None and time.monotonic() - since > STILL_S:
            return (float(seen) - page.evaluate("() => performance.timeOrigin")) / 1000
        page.wait_for_timeout(100)
    raise RuntimeError(f"no map after {limit_s} s")


def wait_in_map(page: Page, script: str, limit_s: float = 60) -> bool:
    """Return whether a script came to say true inside the map's frame, remounted or not."""
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        if _in_map(page, script):
            return True
        page.wait_for_timeout(50)
    return False


def _in_map(page: Page, script: str) -> Any:
    """Return what a script says inside the map's frame, None where there is no frame yet."""
    try:
        handle = page.query_selector(MAP)
        frame = handle.content_frame() if handle else None
        return frame.evaluate(script) if frame else None
    except Error:  # the frame is just being replaced
        return None


def first_map(
    browser: Browser, address: str, *, limit_s: float = 120, script: str = DRAWN
) -> float:
    """Open a page in a browser that holds nothing yet and return when its map was drawn."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN")
    try:
        page = context.new_page()
        page.goto(address, wait_until="commit", timeout=1000 * limit_s)
        return drawn_after(page, limit_s, script)
    finally:
        context.close()


def click(page: Page, at: tuple[float, float], *, limit_s: float = 60) -> float:
    """Click into the map and return the seconds until another parcel's card is visible."""
    page.set_default_timeout(1000 * limit_s)
    box = page.locator(MAP).bounding_box() or {"x": 0, "y": 0}
    before = page.evaluate("() => (document.querySelector('.m-id') || {}).textContent || ''")
    began = page.evaluate("() => Date.now()")
    page.mouse.click(box["x"] + at[0], box["y"] + at[1])
    return (page.evaluate(CARD, before)["at"] - began) / 1000


def recolour(page: Page, theme: str) -> float:
    """Colour by another attribute; return the seconds until every tile in view is repainted."""
    frame = map_frame(page, 30)
    return float(frame.evaluate(RECOLOURED, theme)["ms"]) / 1000


def targets(page: Page, wanted: int) -> list[dict[str, Any]]:
    """Return parcels in view and where to click them."""
    settled(page)
    return list(map_frame(page, 30).evaluate(TARGETS, wanted))
