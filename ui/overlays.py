"""Shapes that a page lays over the county map: kept under what they are, fetched by the browser."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from layers.styles import OVERLAY_STYLES
from ui.shelf import Shelf

MOST_SHAPES = 2_000
"""More shapes than this are not drawn one by one: the page says how many are left out."""
STYLES: Mapping[str, Any] = {style.key: style for style in OVERLAY_STYLES}
TINTS: Mapping[str, float] = {"filled": 0.6, "barred": 0.22}
"""How much of its colour fills a shape, where that is not left to the map."""
_SEVENTH_DEG = 1e-6  # a tenth of a metre: finer than a line on the screen
_bodies = Shelf(16)


@dataclass(frozen=True)
class Overlay:
    """What lies over the map.

    Attributes
    ----------
    of : str
        Fingerprint of the shapes; the address under which the browser fetches them.
    kinds : tuple of str
        Keys of ``layers.styles.OVERLAY_STYLES`` in it.
    box : tuple of float
        West, south, east, north in degrees.
    body : bytes
        The shapes as GeoJSON.
    """

    of: str
    kinds: tuple[str, ...]
    box: tuple[float, float, float, float]
    body: bytes = field(repr=False)

    def state(self) -> dict[str, Any]:
        """Return what the map's script needs to draw it; the browser can fetch it from now on."""
        _bodies.get(self.of, lambda: self.body)
        styles = {
            kind: {
                "colour": STYLES[kind].fill,
                "dashed": STYLES[kind].hatch in ("dashed", "barred"),
                "bare": STYLES[kind].hatch == "outline",
                "strong": STYLES[kind].hatch == "strong",
                "tint": TINTS.get(STYLES[kind].hatch),
            }
            for kind in self.kinds
        }
        return {"url": f"/state/overlay?of={self.of}", "styles": styles}

    def focus(self) -> dict[str, Any]:
        """Return where the map should look."""
        west, south, east, north = self.box
        return {"box": [[south, west], [north, east]], "of": self.of}


@dataclass(frozen=True)
class Look:
    """Where the map looks: a ``box`` of degrees and what it is the box ``of``; nowhere new if None.

    The same place twice does not move the map.
    """

    at: dict[str, Any] | None = None


def lay(shapes: gpd.GeoDataFrame) -> Overlay | None:
    """Make shapes ready for the browser.

    Parameters
    ----------
    shapes : GeoDataFrame
        EPSG:4490 with ``kind`` (a key of ``layers.styles.OVERLAY_STYLES``) and ``label`` (shown
        on hover; empty for none), drawn in its order. Missing and endless shapes are left out.

    Returns
    -------
    Overlay or None
        None where there is nothing to draw.
    """
    bounds = shapely.bounds(np.asarray(shapes.geometry.array))
    known = shapes[np.isfinite(bounds).all(axis=1)]
    if known.empty:
        return None
    body = _document(known)
    of = hashlib.sha256(body).hexdigest()[:16]
    west, south, east, north = (float(value) for value in known.total_bounds)
    kinds = tuple(style for style in STYLES if (known["kind"] == style).any())
    return Overlay(of, kinds, (west, south, east, north), body)


def kept_body(of: str) -> bytes | None:
    """Return the GeoJSON kept under a fingerprint, None where it is gone."""
    found: bytes | None = _bodies.peek(of)
    return found


def _document(shapes: gpd.GeoDataFrame) -> bytes:
    values = shapely.set_precision(
        np.asarray(shapes.geometry.array), _SEVENTH_DEG, mode="pointwise"
    )
    geometry = shapely.to_geojson(values)
    features = [
        f'{{"type":"Feature","properties":{json.dumps({"kind": kind, "label": label})},'
        f'"geometry":{drawn}}}'
        for kind, label, drawn in zip(shapes["kind"], shapes["label"], geometry, strict=True)
    ]
    return f'{{"type":"FeatureCollection","features":[{",".join(features)}]}}'.encode()


def some_shapes(shapes: gpd.GeoSeries, most: int) -> gpd.GeoSeries:
    """Return finite shapes, at most so many, spread evenly over the file."""
    bounds = shapely.bounds(np.asarray(shapes.array))
    finite = shapes[np.isfinite(bounds).all(axis=1)]
    if len(finite) <= most:
        return finite
    return finite.iloc[np.linspace(0, len(finite) - 1, most).astype(int)]
