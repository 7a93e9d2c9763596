"""A server, a watched browser tab and the map's frame, for tests and benchmarks."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import expect

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM = next((path for name in BROWSERS if (path := shutil.which(name))), None)
HOME = Path(__file__).resolve().parents[1]
OUTPUT = HOME / "test-output"
HOSTILE_NAMES = (
    "<script>document.title='broken'</script><img src=x onerror=document.title='broken'>",
    "=1+1 \"引号\" 'single' `tick` $x^2$ :red[色] [link](http://example.com) **粗**",
    "长" * 500,
)

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def run_cli(*words, **env):
    done = subprocess.run(
        [sys.executable, str(HOME / "cli.py"), *words],
        cwd=HOME,
        env=os.environ | env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """The application on a port of its own."""

    def __init__(self, workspace, log, script="app.py"):
        self.workspace = workspace
        self.address = f"http://127.0.0.1:{free_port()}"
        port = self.address.rsplit(":", 1)[1]
        command = [sys.executable, "-m", "streamlit", "run", script]
        command += ["--server.address", "127.0.0.1", "--server.port", port]
        self._log = log.open("w")
        self.process = subprocess.Popen(
            command,
            cwd=HOME,
            env=os.environ | {"MUTU_WORKSPACE": str(workspace)},
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )
        self._wait()

    def _wait(self):
        for _ in range(120):
            try:
                with urllib.request.urlopen(self.address + "/_stcore/health", timeout=1):
                    return
            except OSError:
                time.sleep(0.25)
        raise AssertionError("the server did not come up")

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=20)
        self._log.close()


class Watch:
    """What went wrong in a browser tab, and whom it asked."""

    def __init__(self, page):
        self.errors, self.hosts = [], set()
        page.on("console", self._console)
        page.on("pageerror", lambda fault: self.errors.append(str(fault)))
        page.on("request", lambda request: self._request(request.url))
        page.on("websocket", lambda socket: self._request(socket.url))

    def _console(self, message):
        if message.type == "error":
            self.errors.append(f"{message.text} {message.location.get('url', '')}")

    def _request(self, url):
        parts = urlsplit(url)
        if parts.scheme not in ("data", "blob", "about"):
            self.hosts.add(parts.hostname)


def settled(page):
    """Wait until the running script has finished."""
    app = page.locator("[data-testid='stApp']")
    expect(app).to_have_attribute("data-test-script-state", "notRunning", timeout=30_000)


def map_frame(page):
    """Return the map's frame once it has drawn."""
    frame = page.frame_locator("iframe[title='streamlit_folium.st_folium']")
    expect(frame.locator("body[data-drawn]")).to_be_attached(timeout=30_000)
    return frame


def in_map(page, script):
    """Run a script inside the map's frame."""
    handle = page.wait_for_selector("iframe[title='streamlit_folium.st_folium']")
    return handle.content_frame().evaluate(script)


def click_a_parcel(page, from_share=0.25):
    """Click well inside some parcel that is in view and return its ordinal."""
    at = in_map(
        page,
        """() => {
            const size = map_div.getSize(), share = FROM;
            const at = (x, y) => {
                const ll = map_div.containerPointToLatLng(L.point(x, y));
                const found = mutu.tiles.queryTileFeaturesDebug(ll.lng, ll.lat, 3).get('parcels');
                const hit = (found || []).find(
                    (h) => h.layerName === 'parcels' && mutu.shown(h.feature.props.n));
                return hit ? hit.feature.props.n : null;
            };
            for (let x = size.x * share; x < size.x * (share + 0.4); x += 7)
                for (let y = size.y * 0.2; y < size.y * 0.8; y += 7) {
                    const n = at(x, y);
                    const inside = [[-5, 0], [5, 0], [0, -5], [0, 5]];
                    if (n !== null && inside.every(([dx, dy]) => at(x + dx, y + dy) === n))
                        return {x, y, n};
                }
            return null;
        }""".replace("FROM", str(from_share)),
    )
    assert at is not None, "no parcel in view"
    box = page.wait_for_selector("iframe[title='streamlit_folium.st_folium']").bounding_box()
    page.mouse.click(box["x"] + at["x"], box["y"] + at["y"])
    return at["n"]
