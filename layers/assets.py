"""The browser's libraries: where each installed npm package is served from."""

from __future__ import annotations

from pathlib import Path

from layers.errors import WebAssetsMissingError

PROJECT = Path(__file__).resolve().parent.parent
_NODE = PROJECT / "node_modules"

FOLDERS: dict[str, Path] = {
    "leaflet": _NODE / "leaflet" / "dist",
    "draw": _NODE / "leaflet-draw" / "dist",
    "measure": _NODE / "leaflet-measure" / "dist",
    "fullscreen": _NODE / "leaflet.fullscreen" / "dist",
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
