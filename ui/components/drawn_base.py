"""The empty county map, rendered once for a language instead of in every rerun.

``st_folium`` renders the whole map anew each time, a sixth of a rerun, only to find that nothing
has changed. It asks a map for its page, its header, its script and the addresses of its libraries;
this one answers from what was rendered before.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

import folium
from streamlit_folium import generate_leaflet_string

from layers.map import base_map


class DrawnMap(folium.Map):
    """A map that gives what was rendered before; made anew for each use, which costs nothing."""

    def __init__(self, drawn: SimpleNamespace) -> None:
        # The rendering state of folium.Map is just what this class does without.
        self._name, self._id, self._parent = "Map", drawn.id, None
        self._children: OrderedDict[str, Any] = OrderedDict()
        self._template = SimpleNamespace(module=SimpleNamespace(script=lambda _: drawn.script))
        self.options = drawn.options
        self.default_js, self.default_css = drawn.js, drawn.css
        self._root = drawn.root

    def render(self, **_: Any) -> None:
        """Do nothing: it is rendered."""

    def get_root(self) -> Any:
        """Return the page and header as they were rendered."""
        return self._root


def drawn_base(lang: str) -> DrawnMap:
    """Return ``layers.map.base_map`` of a language, ready for ``st_folium``."""
    return DrawnMap(_drawn(lang))


@lru_cache
def _drawn(lang: str) -> SimpleNamespace:
    county = base_map(lang)
    root = county.get_root()
    root.render()
    elements = [county, *county._children.values()]
    page, header = root.html.render(), root.header.render()
    return SimpleNamespace(
        id=county._id,
        options=county.options,
        js=[("scripts", f"/assets/together/{lang}.js")],
        css=[link for element in elements for link in getattr(element, "default_css", [])],
        root=SimpleNamespace(
            html=SimpleNamespace(render=lambda: page),
            header=SimpleNamespace(render=lambda: header),
            render=lambda: None,
        ),
        script=generate_leaflet_string(county),
    )


def basemap() -> dict[str, Any] | None:
    """Return the picture tiles the office has configured; None unless it has."""
    url = os.environ.get("MUTU_BASEMAP_URL", "")
    if not url:
        return None
    return {
        "url": url,
        "attribution": os.environ.get("MUTU_BASEMAP_ATTRIBUTION", ""),
        "max_zoom": int(os.environ.get("MUTU_BASEMAP_MAX_ZOOM", "18")),
    }
