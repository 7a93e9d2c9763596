"""Where the shapes of a file fall: the evidence for each coordinate system, and the user's word."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import streamlit as st

from data.drafts import choose
from gis.errors import spoken
from gis.formats import RASTER_SUFFIXES
from gis.io import PlaceReport
from ui import intake, jobs, overlays, state
from ui.components import map_view
from ui.components.column_width import fitting
from ui.components.intake_progress import in_page, result_of
from ui.desk import Desk
from ui.intake import OnWay
from ui.intake_kinds import has_places
from ui.shelf import Shelf
from ui.text import language, t
from ui.text.numbers import UNKNOWN, number, plain

_laid = Shelf(8)
MAP_HEIGHT = 400
NEAR_KM = 60
"""Middles that fall farther off than this are told but not drawn."""
ROOM_DEG = 0.01
"""Shown around the middles, so that the places they lie among can be told."""
DECLARED, LOCAL, OTHER = "", "local", "other"
SAID = ("gcj02", "bd09", "converted")
"""What only the user can know of a file, beside the systems that its numbers allow."""


CODE, PARAMETERS = "EPSG:4549", "EPSG:2385+seven=dX,dY,dZ,rX,rY,rZ,ppm"


def show_system(desk: Desk, way: OnWay) -> None:
    """Draw the question of the coordinate system, with the evidence for every answer."""
    asked = way.preview.shapes is not None or way.preview.problem is not None
    if not (asked and has_places(way.layer)):
        return
    found = _evidence(desk, way)
    if found is None:
        return
    st.markdown(f"**{t('intake.crs_choice')}**")
    if found.verdict == "fits":
        st.success(plain(in_page(found.sentence.say(language()))), icon=":material/where_to_vote:")
    else:
        st.warning(plain(in_page(found.sentence.say(language()))), icon=":material/wrong_location:")
    ways = [one.said for one in found.candidates if one.said and one.said not in SAID]
    options = list(dict.fromkeys([DECLARED, *ways[:6], *SAID, LOCAL, OTHER]))
    said = way.wanted.crs or DECLARED
    shown = said if said in options else (LOCAL if said.startswith("local:") else OTHER)
    key = state.spoken_key(f"intake.crs.{way.draft.draft_id}")
    st.selectbox(
        t("intake.crs_choice"),
        options,
        key=state.widget(key, st.session_state.get(f"{key}.open") or shown),
        format_func=lambda name: system_name(name, found),
        label_visibility="collapsed",
        help=t("intake.crs_help"),
        on_change=_chosen,
        args=(desk, way, key),
    )
    if st.session_state[key] in SAID:
        st.caption(t(f"intake.said_{st.session_state[key]}"))
    elif st.session_state[key] == LOCAL:
        _local(desk, way, key)
    elif st.session_state[key] == OTHER:
        _other(desk, way, key)


def show_evidence(desk: Desk, way: OnWay) -> None:
    """Draw the table of where the data falls in each system, once that is known."""
    job = jobs.peek(intake.place_key(desk, way.draft, way.wanted))
    found = None if job is None or job.running else job.result
    asked = way.preview.shapes is not None or way.preview.problem is not None
    if isinstance(found, PlaceReport) and asked and has_places(way.layer):
        _table(found)


def _evidence(desk: Desk, way: OnWay) -> PlaceReport | None:
    job = intake.placing(desk, way.draft, way.wanted)
    found = result_of(job, "intake.placing", intake.place_key(desk, way.draft, way.wanted))
    return found if isinstance(found, PlaceReport) else None


def system_name(said: str, found: PlaceReport) -> str:
    """Say a coordinate system in words."""
    if said == DECLARED:
        declared = found.declared
        if not declared:
            return t("intake.crs_none")
        return t("intake.crs_as_declared", name=spoken(declared, language()))
    told = {
        "gcj02": t("intake.crs_gcj02"),
        "bd09": t("intake.crs_bd09"),
        "converted": t("intake.crs_converted"),
        LOCAL: t("intake.crs_local"),
        OTHER: t("intake.crs_other"),
    }
    if said in told:
        return told[said]
    names = {one.said: spoken(one.name, language()) for one in found.candidates}
    swapped = t("intake.crs_swapped") if said.endswith("+swap") else ""
    return f"{said.removesuffix('+swap')} {names.get(said, '')}{swapped}".strip()


def _chosen(desk: Desk, way: OnWay, key: str) -> None:
    """Keep a system that was chosen; one that needs numbers is kept with them."""
    said = st.session_state[key]
    st.session_state[f"{key}.open"] = said if said in (LOCAL, OTHER) else None
    if said not in (LOCAL, OTHER):
        _keep(desk, way, said)


def _keep(desk: Desk, way: OnWay, said: str) -> None:
    choose(desk.workspace, way.draft, now=intake.now(), crs=said or None)


def _local(desk: Desk, way: OnWay, key: str) -> None:
    """Ask for the central meridian and the offsets of a local grid."""
    st.caption(t("intake.local_help"))
    with st.form(f"{key}.form", border=True):
        first, second, third = st.columns(3)
        with first:
            st.number_input(
                t("intake.local_cm"), 70.0, 140.0, 120.5, format="%.6f", key=f"{key}.cm"
            )
        with second:
            st.number_input(t("intake.local_x0"), value=500_000.0, format="%.3f", key=f"{key}.x0")
        with third:
            st.number_input(t("intake.local_y0"), value=0.0, format="%.3f", key=f"{key}.y0")
        st.form_submit_button(t("intake.crs_use"), on_click=_use_local, args=(desk, way, key))


def _use_local(desk: Desk, way: OnWay, key: str) -> None:
    cm, x0, y0 = (st.session_state[f"{key}.{name}"] for name in ("cm", "x0", "y0"))
    st.session_state[f"{key}.open"] = None
    _keep(desk, way, f"local:cm={cm:.10g},x0={x0:.10g},y0={y0:.10g}")


def _other(desk: Desk, way: OnWay, key: str) -> None:
    """Ask for the words of any other system, or parameters from an old datum."""
    box = f"{key}.words"
    st.text_input(
        t("intake.other"),
        key=box,
        placeholder=CODE,
        help=t("intake.other_help", code=CODE, parameters=PARAMETERS),
        on_change=lambda: _use_other(desk, way, key),
    )


def _use_other(desk: Desk, way: OnWay, key: str) -> None:
    words = str(st.session_state.get(f"{key}.words") or "").strip()
    st.session_state[f"{key}.open"] = None
    if words:
        _keep(desk, way, words)


def _table(found: PlaceReport) -> None:
    """Draw the evidence: where the middle of the data would fall in each system."""
    rows = [one for one in found.candidates if one.lon is not None]
    if not rows:
        return
    table = pd.DataFrame(
        {
            "system": [system_name(one.said, found) for one in rows],
            "share": [f"{100 * one.share:.0f} %" for one in rows],
            "km": [number(one.km, 0) for one in rows],
            "lon": [number(one.lon, 4) for one in rows],
            "lat": [number(one.lat, 4) for one in rows],
        }
    )
    heads = {
        "system": t("intake.col_system"),
        "share": t("intake.col_inside"),
        "km": t("intake.col_km"),
        "lon": t("intake.col_lon"),
        "lat": t("intake.col_lat"),
    }
    open_now = found.verdict != "fits"
    with st.expander(t("intake.evidence"), expanded=open_now, icon=":material/travel_explore:"):
        st.dataframe(
            table,
            hide_index=True,
            key="intake.evidence",
            placeholder=UNKNOWN,
            column_config={
                name: st.column_config.Column(head, width=fitting(head, table[name], most=420))
                for name, head in heads.items()
            },
        )


def show_place(desk: Desk, way: OnWay) -> None:
    """Draw the shapes of the file over the county map; where they have no place, the candidates."""
    if way.draft.main.lower().endswith(RASTER_SUFFIXES):
        st.caption(t("intake.raster"))
        return
    if way.preview.shapes is None:
        _candidates(desk, way)
        return
    shapes = way.preview.shapes

    def lay() -> overlays.Overlay | None:
        frame = {"kind": "incoming", "label": [t("intake.row", n=n) for n in shapes.index]}
        return overlays.lay(gpd.GeoDataFrame(frame, geometry=shapes.to_numpy(), crs=4490))

    laid = _laid.get((*intake.preview_key(way.draft, way.wanted), language()), lay)
    if laid is not None and not desk.parcels.empty:
        map_view.show(desk, height=MAP_HEIGHT, overlay=laid, aside=True)
        st.caption(t("intake.map_some", n=number(len(shapes)), all=number(way.preview.rows)))


def _candidates(desk: Desk, way: OnWay) -> None:
    """Draw where the middle of the data would fall in each system that comes near the county."""
    job = jobs.peek(intake.place_key(desk, way.draft, way.wanted))
    found = None if job is None or job.running else job.result
    if not isinstance(found, PlaceReport) or desk.parcels.empty:
        return
    near = [one for one in found.candidates if one.km is not None and one.km <= NEAR_KM]
    if not near:
        st.caption(t("intake.nowhere_near"))
        return
    places = shapely.points(np.array([(one.lon, one.lat) for one in near], dtype=float))
    frame = {"kind": "incoming", "label": [system_name(one.said, found) for one in near]}
    laid = overlays.lay(gpd.GeoDataFrame(frame, geometry=places, crs=4490))
    if laid is not None:
        west, south, east, north = (float(edge) for edge in shapely.total_bounds(places))
        box = (west - ROOM_DEG, south - ROOM_DEG, east + ROOM_DEG, north + ROOM_DEG)
        map_view.show(desk, height=MAP_HEIGHT, overlay=replace(laid, box=box), aside=True)
        st.caption(t("intake.map_candidates"))
