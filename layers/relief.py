"""Pictures of the terrain: hillshade and slope, drawn once per terrain model."""

from __future__ import annotations

import json
import os
import threading
from dataclasses import dataclass
from pathlib import Path

from data.register import Register
from gis.raster import SLOPE_RGB, SLOPE_STOPS_PCT, overlay_png

KINDS = ("hillshade", "slope")
_drawing = threading.Lock()


@dataclass(frozen=True)
class Picture:
    """A PNG file and the box it covers: west, south, east, north in degrees."""

    path: Path
    bounds: tuple[float, float, float, float]


def slope_scale() -> list[tuple[str, str]]:
    """Return the slope picture's key: percent and colour, from flat to steep.

    Examples
    --------
    >>> slope_scale()[0][0], slope_scale()[-1][0]
    ('0', '50')
    """
    return [
        (f"{stop:g}", f"#{red:02x}{green:02x}{blue:02x}")
        for stop, (red, green, blue) in zip(SLOPE_STOPS_PCT, SLOPE_RGB, strict=True)
    ]


def picture(register: Register, kind: str) -> Picture | None:
    """Return the picture of the register's terrain model, drawing it the first time.

    Parameters
    ----------
    register : Register
        Open register.
    kind : str
        ``"hillshade"`` or ``"slope"``.

    Returns
    -------
    Picture or None
        None where the kind is unknown or there is no terrain model.
    """
    listed = register.layers()
    dem = listed[listed["name"] == "dem"]
    if kind not in KINDS or dem.empty:
        return None
    folder = register.workspace / "tiles"
    folder.mkdir(exist_ok=True)
    path = folder / f"{kind}-v{int(dem['change_no'].iloc[0])}.png"
    box = path.with_suffix(".json")
    with _drawing:
        if not (path.exists() and box.exists()):
            png, bounds = overlay_png(register.layer_path("dem"), kind=kind)
            _write_whole(path, png)
            _write_whole(box, json.dumps(bounds).encode())
    west, south, east, north = json.loads(box.read_text(encoding="utf-8"))
    return Picture(path, (west, south, east, north))


def _write_whole(path: Path, content: bytes) -> None:
    """Write a file whole or not at all: on a full disk half a picture would be taken for one."""
    part = path.with_name(f".{os.getpid()}-{path.name}")
    try:
        part.write_bytes(content)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
