"""一张图: what is where, and what is this parcel?"""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from ui import state
from ui.components import failures, map_view
from ui.components.filter_bar import filter_bar
from ui.components.header import header
from ui.components.parcel_card import parcel_card
from ui.components.search import search
from ui.components.selection_strip import selection_strip
from ui.desk import Desk


def page() -> None:
    """Draw the map page: filters, map with the open parcel's card beside it, strip, list."""
    desk = state.desk()
    header(desk)
    with st.container(key="mutu_map_bar", horizontal=True, vertical_alignment="center"):
        search(desk)
        with st.container(width="stretch"):
            query = filter_bar(desk)
    picture, card = st.columns([3.1, 1], gap="small")
    with picture, st.container(key="mutu_map"):
        map_view.show(desk)
    with card:
        _card(desk)
    selection_strip(desk, query)


def _card(desk: Desk) -> None:
    """Draw the card, or the mark that lets the style sheet give its width to the map."""
    parcel = state.parcel()
    if parcel is None:
        st.container(key="mutu_no_card").html("<i></i>")
        return
    with st.container(key="mutu_card_column", height="stretch"):
        parcel_card(desk, parcel)


st.html(Path(__file__).with_suffix(".css"))
with failures.shown():
    page()
