"""The page to compare with: the same county drawn by ``folium.GeoJson`` through ``st_folium``."""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from layers.assets import FOLDERS, require_assets

require_assets()
app = st.App(
    "geojson_page.py",
    routes=[
        Mount(f"/assets/{name}", StaticFiles(directory=Path(folder)), name=name)
        for name, folder in FOLDERS.items()
    ],
)
