"""The bureaus' files: what came, what is wrong with it, what it changes; nothing is lost."""

from __future__ import annotations

import streamlit as st

from data.drafts import drafts
from ui import state
from ui.components.header import header
from ui.components.intake_commit import tell_committed
from ui.components.intake_draft import show_draft
from ui.components.intake_files import drop_area, waiting_files
from ui.components.intake_log import show_log
from ui.components.intake_waiting import show_waiting, waiting
from ui.desk import Desk
from ui.text import t
from ui.text.numbers import number

VIEWS = state.SETTINGS["intake"]


def headline(desk: Desk) -> str:
    """Say how many files wait."""
    waiting = len(drafts(desk.workspace))
    return t("intake.title", n=number(waiting)) if waiting else t("intake.title_none")


def show(desk: Desk) -> None:
    """Draw the page: an open draft, else the files that wait or the log of changes."""
    header(desk)
    opened = state.setting("draft")
    if opened:
        tell_committed()
        show_draft(desk, opened)
        return
    named = {name: t(f"intake.view_{name}") for name in VIEWS}
    if len(waiting(desk)):
        named["waiting"] = t("waiting.title", n=number(len(waiting(desk))))
    with st.container(key="mutu_title", horizontal=True, vertical_alignment="center"):
        st.title(headline(desk), anchor=False, width="stretch")
        view = st.segmented_control(
            t("intake.view"),
            VIEWS,
            format_func=lambda name: named[name],
            key=state.widget("intake.view", state.setting("intake", "files")),
            required=True,
            label_visibility="collapsed",
            on_change=lambda: state.set_setting("intake", st.session_state["intake.view"]),
        )
    if view == "log":
        show_log(desk)
        return
    if view == "waiting":
        show_waiting(desk)
        return
    tell_committed()
    drop_area(desk.workspace)
    waiting_files(desk.workspace)


show(state.desk())
