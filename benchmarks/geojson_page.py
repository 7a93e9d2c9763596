"""The plain way: all polygons as one GeoJSON in the map's script, a card beside it."""

from __future__ import annotations

import os
from pathlib import Path

import folium
import streamlit as st
from streamlit_folium import st_folium

from data.register import Register
from layers.state import codes
from layers.styles import styles

COLUMNS = ["parcel_name", "town", "low_class", "geometry_area_m2"]


@st.cache_resource
def parcels():
    with Register.open(Path(os.environ["MUTU_WORKSPACE"])) as register:
        frame = register.read_parcels(columns=COLUMNS).to_crs(4326)
    fills = [style.fill for style in styles("class")]
    colours = [fills[code] for code in codes(frame["low_class"], "class")]
    return frame.assign(fill=colours).reset_index()


def look(feature):
    return {"fillColor": feature["properties"]["fill"], "weight": 0.6, "fillOpacity": 0.8}


st.set_page_config(layout="wide")
county = folium.Map(location=[27.78, 120.65], zoom_start=11, tiles=None, prefer_canvas=True)
county.default_js = [("leaflet", "/assets/leaflet/leaflet.js")]
county.default_css = [("leaflet_css", "/assets/leaflet/leaflet.css")]
folium.GeoJson(parcels(), style_function=look).add_to(county)
picture, card = st.columns([3.1, 1])
with picture:
    value = st_folium(
        county,
        key="county",
        height=640,
        use_container_width=True,
        returned_objects=["last_active_drawing"],
    )
clicked = (value.get("last_active_drawing") or {}).get("properties") or {}
wanted = clicked.get("parcel_id") or st.query_params.get("parcel")
with card:
    if wanted:
        parcel = parcels().set_index("parcel_id").loc[wanted]
        st.html(f'<div class="m-id">{wanted}</div>')
        st.write({name: str(parcel[name]) for name in COLUMNS})
