"""Draw the page of the map: what is where, and what is this parcel? All in one window."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from analysis.query import ParcelQuery
from ui import state
from ui.components import failures, map_view
from ui.components.filter_bar import filter_bar
from ui.components.header import header
from ui.components.parcel_card import parcel_card
from ui.components.parcel_table import parcel_table
from ui.components.search import search
from ui.components.selection_strip import selection_strip
from ui.components.time_slider import is_open, time_slider, time_switch
from ui.desk import Desk
from ui.ledgers import laid_alone
from ui.text import t

LIST_HEIGHT = 220
"""Height of the list under the map in pixels; map.css takes it from the map."""
LISTED = "map.listed_shape"
"""Session key: the shape whose parcels the list shows."""


def page() -> None:
    """Draw the map page: filters, map with the open parcel's card beside it, strip, list."""
    desk = state.desk()
    header(desk, time_switch)
    with st.container(key="mutu_map_bar", horizontal=True, vertical_alignment="center"):
        search(desk)
        with st.container(width="stretch"):
            query = filter_bar(desk)
        st.toggle(
            t("map.list"),
            key=state.widget("map.list", _list_is_open()),
            help=t("map.list_help"),
            on_change=lambda: state.set_setting(
                "list", "1" if st.session_state["map.list"] else "0"
            ),
        )
    if is_open():
        time_slider(desk)
    picture, card = st.columns([3.1, 1], gap="small")
    with picture, st.container(key="mutu_map"):
        map_view.show(desk, overlay=laid_alone(desk), still=True)
    with card:
        _card(desk)
    if desk.filtered(query).empty:
        st.info(t("parcels.none"), icon=":material/filter_alt_off:")
    selection_strip(desk, query)
    _list(desk, query)


def _list_is_open() -> bool:
    """Whether the list stands under the map: as the reader set it, else once a shape was drawn."""
    return state.setting("list", "1" if state.selection().shape else "0") == "1"


def _list(desk: Desk, query: ParcelQuery) -> None:
    """Draw the list under the map: the parcels of the drawn shape, else what the filters keep."""
    if not _list_is_open():
        return
    with st.container(key="mutu_map_list"):
        parcel_table(desk, query, within=_listed_shape(desk), height=LIST_HEIGHT)


def _listed_shape(desk: Desk) -> str | None:
    """Return the shape whose parcels are listed: the drawn one, also while some are unticked."""
    picked = state.selection()
    if picked.shape or not picked:
        st.session_state[LISTED] = picked.shape
    shape: str | None = st.session_state.get(LISTED)
    if shape and set(picked.ids) <= set(desk.picked((), shape).index):
        return shape
    return picked.shape


def _card(desk: Desk) -> None:
    """Draw the card, or the mark that lets the style sheet give its width to the map."""
    parcel = state.parcel()
    if parcel is None:
        st.container(key="mutu_no_card").html("<i></i>")
        return
    with st.container(key="mutu_card_column"):
        parcel_card(desk, parcel)


st.html(Path(__file__).with_suffix(".css"))
with failures.shown():
    page()
