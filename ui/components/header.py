"""The line above every page: which county, as of when, as known when, and in which language."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import streamlit as st

from data.asof import office_day
from ui import state
from ui.components.lazy_popover import lazy_popover
from ui.desk import Desk
from ui.text import language, t
from ui.text.numbers import UNKNOWN, day, known, plain


def header(desk: Desk, more: Callable[[], None] | None = None) -> None:
    """Draw the header line; it is tinted while the reader looks at any day but the newest.

    Parameters
    ----------
    desk : Desk
        The county as the reader looks at it.
    more : callable, optional
        Draws what a page adds to the line, before the change of language.
    """
    with st.container(
        key="mutu_header_past" if desk.is_past else "mutu_header",
        horizontal=True,
        vertical_alignment="center",
        gap="small",
    ):
        st.markdown(f"**{plain(desk.county or t('header.county_unknown'))}**", width="content")
        _dates(desk)
        if desk.is_past:
            st.button(
                t("header.newest"),
                icon=":material/update:",
                type="tertiary",
                key="header.newest",
                on_click=state.set_dates,
                args=(None, None),
            )
        st.caption(
            t("header.version", n=desk.version), width="content", help=t("header.version_help")
        )
        if desk.is_sample:
            note = desk.meta.get("sample_note") or t("header.sample_help")
            st.badge(
                t("header.sample"), icon=":material/science:", color="orange", help=plain(note)
            )
        st.space("stretch")
        if more is not None:
            more()
        language_switch()


def language_switch() -> None:
    """Draw the one click that changes the language."""
    other = "en" if language() == "zh" else "zh"
    st.button(
        t("header.other_language"),
        icon=":material/translate:",
        type="tertiary",
        key="header.language",
        on_click=state.set_language,
        args=(other,),
    )


def recorded_until(desk: Desk) -> str:
    """Return the day of the last thing recorded, as the office counts days; a dash if unknown."""
    changes = desk.changes()
    if changes.empty or not known(changes["recorded_at"].iloc[-1]):
        return UNKNOWN
    return day(office_day(changes["recorded_at"].max().to_pydatetime()))


def _dates(desk: Desk) -> None:
    dates = {
        "on": day(desk.state_on),
        "known": day(desk.known_on) if desk.known_on else recorded_until(desk),
    }
    said = t("header.past", **dates) if desk.is_past else t("header.dates", **dates)
    opened = lazy_popover(said, "header.dates", icon=":material/event:", kind="tertiary")
    if not opened.open:
        return
    with opened:
        st.markdown(t("header.dates_help"))
        st.date_input(
            t("header.state_on"),
            key=state.widget("header.on", desk.state_on),
            min_value=state.FIRST_DAY,
            max_value=max(desk.latest, desk.state_on),
            format="YYYY-MM-DD",
            help=t("header.state_on_help"),
            on_change=_set_dates,
            args=(desk.latest,),
        )
        st.date_input(
            t("header.known_on"),
            key=state.widget("header.known", desk.known_on),
            value=None,
            min_value=state.FIRST_DAY,
            max_value=state.LAST_DAY,
            format="YYYY-MM-DD",
            help=t("header.known_on_help"),
            on_change=_set_dates,
            args=(desk.latest,),
        )


def _set_dates(latest: date) -> None:
    on = st.session_state.get("header.on")
    state.set_dates(on if on and on != latest else None, st.session_state.get("header.known"))
