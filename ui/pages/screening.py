"""What is each parcel called, by which clause, and what needs review? List, classes, rules."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from analysis.query import ParcelQuery
from data.screening_rules import INSUFFICIENT
from ui import screened, state
from ui.components import map_view
from ui.components.evaluation_view import show_evaluation
from ui.components.filter_bar import filter_bar
from ui.components.header import header
from ui.components.screening_changed import show_changed
from ui.components.screening_classes import show_classes
from ui.components.screening_export import export_button
from ui.components.screening_list import counted, screening_list, within
from ui.components.screening_rules import rules_line, show_rules
from ui.components.selection_strip import selection_strip
from ui.components.verdict_panel import verdict_panel
from ui.desk import Desk
from ui.text import t
from ui.text.numbers import mu, number, parcels

VIEWS = state.SETTINGS["view"]
MAP_HEIGHT = 560
PANEL_HEIGHT = 600


def headline(desk: Desk, query: ParcelQuery) -> str:
    """Say the finding in one sentence."""

    def make() -> tuple[int, float, int, int]:
        found = within(desk, query)
        low = screened.low(found)
        area = desk.parcels["geometry_area_m2"].reindex(found.index)[low.to_numpy()]
        return (
            int(low.sum()),
            float(area.sum(min_count=1)) if low.any() else 0.0,
            int((found["class"] == INSUFFICIENT).sum()),
            int(screened.suspected(found).sum()),
        )

    low, area, unsure, idle = screened.kept(desk, ("headline", query), make)
    return t(
        "screening.title",
        low=parcels(low),
        area=mu(area, 0),
        unsure=parcels(unsure),
        idle=parcels(idle),
    )


def show(desk: Desk) -> None:
    """Draw the page."""
    header(desk)
    query = filter_bar(desk)
    found = within(desk, query)
    with st.container(key="mutu_title", horizontal=True, vertical_alignment="center"):
        st.title(headline(desk, query), anchor=False, width="stretch")
        view = st.segmented_control(
            t("screening.view"),
            VIEWS,
            format_func=lambda name: t(f"screening.view_{name}"),
            key=state.widget("screening.view", state.setting("view", "list")),
            required=True,
            label_visibility="collapsed",
            on_change=lambda: state.set_setting("view", st.session_state["screening.view"]),
        )
    rules_line(desk)
    if found.empty:
        st.info(t("parcels.none"), icon=":material/filter_alt_off:")
        return
    if view == "rules":
        show_rules(desk)
        return
    if view == "classes":
        show_classes(desk, query)
        return
    if view == "evaluation":
        show_evaluation(desk, query)
        return
    views = {"changes": show_changed, "map": show_map, "list": show_list}
    with_parcel(desk, lambda: views[view](desk, query))
    if view != "changes":
        selection_strip(desk, query, verdicts=screened.screened(desk))


def with_parcel(desk: Desk, draw: Callable[[], None]) -> None:
    """Draw a view, with the open parcel's verdict beside it."""
    opened = state.parcel()
    if opened is None:
        draw()
        return
    place, drawer = st.columns([8, 5], gap="medium")
    with place:
        draw()
    with drawer.container(height=PANEL_HEIGHT, border=True):
        verdict_panel(desk, opened)


def show_map(desk: Desk, query: ParcelQuery) -> None:  # noqa: ARG001 - the map filters by itself
    """Draw the map of the verdicts."""
    map_view.show(desk, themes=("verdict", "stage"), height=MAP_HEIGHT)


def show_list(desk: Desk, query: ParcelQuery) -> None:
    """Draw the choice of the list, the list and the way to take it away."""
    numbers = counted(desk, query)
    with st.container(key="mutu_lists", horizontal=True, vertical_alignment="center"):
        which = st.segmented_control(
            t("screening.list"),
            screened.LISTS,
            format_func=lambda name: f"{t(f'screening.list_{name}')} {number(numbers[name])}",
            key=state.widget("screening.list", state.setting("which", "all")),
            required=True,
            label_visibility="collapsed",
            on_change=lambda: state.set_setting("which", st.session_state["screening.list"]),
        )
        st.space("stretch")
        export_button(desk, query, which)
    screening_list(desk, query, which)


show(state.desk())
