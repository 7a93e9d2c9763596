"""All tasks of the plan: what each asks, by whom, in which words, and what was reached."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from analysis.target_board import tally
from ui import state, targets
from ui.components.figures import Figure, big_line
from ui.components.header import header
from ui.components.target_panel import target_panel
from ui.components.target_table import export_button, show_conflicts, target_table
from ui.desk import YEARS, Desk
from ui.text import t
from ui.text.numbers import number

PANEL_HEIGHT = 640


def headline(desk: Desk) -> str:
    """Say the finding in one sentence."""
    counts = tally(targets.board(desk))
    return t(
        "targets.title",
        all=number(sum(counts.values())),
        year=desk.year,
        met=number(counts["met"]),
        missed=number(counts["missed"]),
        unknown=number(counts["no_actual"] + counts["not_final"]),
    )


def figures(desk: Desk) -> list[Figure]:
    """Return how many targets stand where; those nobody can judge are told apart."""
    counts = tally(targets.board(desk))
    silent = counts["vague"] + counts["no_value"]
    return [
        Figure(t("targets.status_met"), number(counts["met"])),
        Figure(t("targets.status_running"), number(counts["running"])),
        Figure(t("targets.status_missed"), number(counts["missed"])),
        Figure(t("targets.status_no_actual"), number(counts["no_actual"] + counts["not_final"])),
        Figure(t("targets.silent"), number(silent), help=t("targets.silent_help")),
        Figure(
            t("targets.no_task"),
            number(counts["fact"] + counts["not_asked"] + counts["ahead"]),
            help=t("targets.no_task_help"),
        ),
    ]


def show(desk: Desk) -> None:
    """Draw the page."""
    header(desk)
    with st.container(key="mutu_title", horizontal=True, vertical_alignment="bottom"):
        st.title(headline(desk), anchor=False, width="stretch")
        st.segmented_control(
            t("overview.year"),
            YEARS,
            key=state.widget("targets.year", desk.year),
            required=True,
            label_visibility="collapsed",
            on_change=lambda: state.set_year(st.session_state["targets.year"]),
        )
    big_line(figures(desk))
    st.caption(t("targets.how"))
    with st.container(key="mutu_lists", horizontal=True, vertical_alignment="bottom"):
        group = _choice("subject", t("targets.subject"), targets.group_label)
        status = _choice("status", t("targets.status"), targets.status_label)
        st.space("stretch")
        export_button(desk, group, status)
    opened = state.setting("target")
    if opened:
        place, drawer = st.columns([8, 5], gap="medium")
        with place:
            target_table(desk, group, status)
        with drawer.container(height=PANEL_HEIGHT, border=True):
            target_panel(desk, opened)
    else:
        target_table(desk, group, status)
    show_conflicts()


def _choice(name: str, label: str, word: Callable[[str], str]) -> str:
    """Draw a filter of the board, kept in the URL, and return what is chosen."""
    st.selectbox(
        label,
        state.SETTINGS[name],
        key=state.widget(f"targets.{name}", state.setting(name, "all")),
        format_func=word,
        width=220,
        on_change=lambda: state.set_setting(name, st.session_state[f"targets.{name}"]),
    )
    return str(st.session_state[f"targets.{name}"])


show(state.desk())
