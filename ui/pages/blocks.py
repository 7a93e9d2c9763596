"""Which blocks, and which set of them reaches the task each year? Found, put together, chosen."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from gis.area import to_mu
from ui import planned, state
from ui.components.block_export import block_export
from ui.components.block_hand import show_hand
from ui.components.block_list import block_list
from ui.components.block_map import block_map
from ui.components.block_options import block_options
from ui.components.block_panel import block_panel
from ui.components.filter_bar import filter_bar
from ui.components.header import header
from ui.components.portfolio_view import show_portfolio
from ui.components.scenario_view import show_scenarios
from ui.components.selection_strip import Among, selection_strip
from ui.desk import Desk
from ui.text import t
from ui.text.numbers import mu, number

VIEWS = ("list", "hand", "choose", "compare")
MAP_HEIGHT, LIST_HEIGHT = 420, 330


def show(desk: Desk) -> None:
    """Draw the page."""
    header(desk)
    view = state.setting("plan", "list")
    view = view if view in VIEWS else "list"
    key = state.spoken_key("blocks.view")
    with st.spinner(t("blocks.finding"), show_time=True):
        planned.figures(desk)
    with st.container(key="mutu_title", horizontal=True, vertical_alignment="center"):
        st.title(headline(desk), anchor=False, width="stretch")
        st.segmented_control(
            t("blocks.view"),
            VIEWS,
            format_func=lambda name: t(f"blocks.view_{name}"),
            key=state.widget(key, view),
            required=True,
            label_visibility="collapsed",
            on_change=lambda: state.set_setting("plan", st.session_state[key]),
        )
    block_options(desk)
    if view == "hand":
        show_hand(desk)
    elif view == "choose":
        show_portfolio(desk)
    elif view == "compare":
        show_scenarios(desk)
    else:
        show_list(desk)


def headline(desk: Desk) -> str:
    """Say the finding in one sentence."""
    table = planned.blocks(desk).table
    large = table[table["focus"]]
    return t(
        "blocks.title",
        n=number(len(table)),
        large=number(len(large)),
        size=number(to_mu(planned.block_rules().focus_m2)),
        area=mu(large["area_m2"].sum(), 0),
    )


def show_list(desk: Desk) -> None:
    """Draw the blocks on the map and as a list, the open one beside them."""
    query = filter_bar(desk)
    ids = planned.listed(desk, query)
    if not len(ids):
        st.info(t("blocks.none"), icon=":material/filter_alt_off:")
        return
    opened = planned.opened(desk)
    # In columns in any case: a map that moves to another place on the page begins anew there.
    place, *side = st.columns([1] if opened is None else [8, 5], gap="medium")
    with place:
        block_map(desk, ids, height=MAP_HEIGHT)
        block_list(desk, ids, height=LIST_HEIGHT)
    if opened is not None:
        with side[0].container(height=MAP_HEIGHT + LIST_HEIGHT, border=True):
            block_panel(desk, opened)
    block_export(desk, query, ids)
    of = ids if opened is None else pd.Index([opened])
    said = (
        t("blocks.strip_listed", n=number(len(ids))) if opened is None else t("blocks.strip_open")
    )
    selection_strip(desk, query, among=Among(planned.parcels_of(desk, of), said))


show(state.desk())
