"""A map beside other maps: it shows its own shapes and takes no clicks."""

from __future__ import annotations

import geopandas as gpd
import streamlit as st

from ui import overlays
from ui.components import map_view
from ui.components.block_map import LOOK
from ui.desk import Desk
from ui.overlays import Look


def show(desk: Desk, shapes: gpd.GeoDataFrame, *, height: int, key: str) -> None:
    """Draw the county with shapes over it, under a key of its own."""
    laid = overlays.lay(shapes) if len(shapes) else None
    look = Look(st.session_state.get(LOOK))
    map_view.show(desk, height=height, overlay=laid, look=look, key=key)
