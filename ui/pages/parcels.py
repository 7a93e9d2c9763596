"""Which parcels, in what stage? The filtered list, ticked here or on the map, taken away."""

from __future__ import annotations

import streamlit as st

from ui import state
from ui.components.filter_bar import filter_bar
from ui.components.header import header
from ui.components.ledgers_view import ledgers_view
from ui.components.parcel_card import parcel_card
from ui.components.parcel_table import orders, parcel_table
from ui.components.selection_strip import selection_strip
from ui.desk import Desk
from ui.text import t
from ui.text.numbers import parcels


def show(desk: Desk) -> None:
    """Draw the page."""
    header(desk)
    query = filter_bar(desk)
    frame = desk.filtered(query)
    ways = orders()
    with st.container(key="mutu_title", horizontal=True, vertical_alignment="center"):
        found = t("parcels.title", parcels=parcels(len(frame)))
        st.subheader(found, anchor=False, width="stretch")
        chosen = st.segmented_control(
            t("parcels.order"),
            list(ways),
            format_func=lambda name: ways[name][0],
            key=state.widget("parcels.order", state.setting("order", "id")),
            required=True,
            label_visibility="collapsed",
            on_change=lambda: state.set_setting("order", st.session_state["parcels.order"]),
        )
    if frame.empty:
        st.info(t("parcels.none"), icon=":material/filter_alt_off:")
        ledgers_view(desk)
        return
    opened = state.parcel()
    place = st.container()
    if opened:
        place, drawer = st.columns([3, 1], gap="medium")
        with drawer.container(height=600, border=True):
            parcel_card(desk, opened)
    with place:
        parcel_table(desk, query, order=chosen)
    selection_strip(desk, query)
    ledgers_view(desk)


show(state.desk())
