"""The review itself: slides for the projector, the agenda on the map, decisions on the spot."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import streamlit as st

from ui import meeting, state
from ui.components import meeting_agenda, meeting_slides
from ui.components.agenda_form import agenda_form
from ui.components.header import header
from ui.components.map_view import look_at
from ui.components.minute_form import minute_form
from ui.components.packet_download import packet_download
from ui.desk import Desk
from ui.text import t
from ui.text.numbers import plain

SLIDES = state.SETTINGS["slide"]
HERE = Path(__file__).parent
_FULL = """<script>
(() => {
  const doc = window.parent === window ? document : window.parent.document;
  const root = doc.documentElement;
  if (!doc.fullscreenElement && root.requestFullscreen) root.requestFullscreen().catch(() => {});
})();
</script>"""


def slide_of(desk: Desk) -> str:
    """Return the slide looked at: open points first where there are any, else the year's line."""
    first = "line" if meeting.open_points(desk).empty else "points"
    return state.setting("slide", first)


def step(desk: Desk, by: int) -> None:
    """Go on or back: through the slides, and on the last of them through the agenda's parcels."""
    slide, ids = slide_of(desk), meeting_agenda.ids(desk)
    if slide == "agenda":
        at = meeting_agenda.place(desk) + by
        if 0 <= at < len(ids):
            look_at(ids[at])
            return
        if by > 0:
            return
    place = SLIDES.index(slide) + by
    if 0 <= place < len(SLIDES):
        show_slide(desk, SLIDES[place])


def show_slide(desk: Desk, slide: str) -> None:
    """Turn to a slide; the agenda begins with its first parcel."""
    state.set_setting("slide", slide)
    ids = meeting_agenda.ids(desk)
    if slide == "agenda" and ids and state.parcel() not in ids:
        look_at(ids[0])


def headline(desk: Desk, slide: str) -> str:
    """Say the finding of the slide in one sentence."""
    if slide == "agenda":
        return meeting_agenda.title(desk)
    return meeting_slides.titles()[slide](desk)


def show(desk: Desk) -> None:
    """Draw the page."""
    full = state.setting("full") == "1"
    st.html(HERE / "meeting.css")
    if full:
        st.html(HERE / "meeting_full.css")
        st.html(_FULL, unsafe_allow_javascript=True)
    else:
        header(desk)
    slide = slide_of(desk)
    with st.container(key="mutu_title"):
        st.title(plain(headline(desk, slide)), anchor=False)
    with st.container(key="mutu_lists", horizontal=True, vertical_alignment="center"):
        _slides(desk, slide)
        st.space("stretch")
        _controls(desk, full)
    if slide == "agenda":
        meeting_agenda.show(desk)
    else:
        meeting_slides.show(desk, slide)
    if slide == "points" and not full:
        with st.expander(t("meeting.new_point"), icon=":material/add_comment:"):
            minute_form(desk, None)
    if not full:
        _prepare(desk)


def _controls(desk: Desk, full: bool) -> None:
    """Draw back, on and the switch between desk and projector; arrow keys press them."""
    for by, key, icon, shortcut in (
        (-1, "back", ":material/arrow_back:", "Left"),
        (1, "on", ":material/arrow_forward:", "Right"),
    ):
        st.button(
            t("meeting.back") if by < 0 else t("meeting.on"),
            icon=icon,
            key=f"meeting.{key}",
            shortcut=shortcut,
            on_click=step,
            args=(desk, by),
        )
    st.button(
        t("meeting.leave") if full else t("meeting.full"),
        icon=":material/fullscreen_exit:" if full else ":material/fullscreen:",
        type="tertiary" if full else "primary",
        key="meeting.full",
        on_click=state.set_setting,
        args=("full", "" if full else "1"),
    )


def _slides(desk: Desk, slide: str) -> None:
    st.segmented_control(
        t("meeting.slides"),
        SLIDES,
        format_func=lambda name: t(f"meeting.slide_{name}"),
        key=state.widget("meeting.slide", slide),
        required=True,
        label_visibility="collapsed",
        on_change=lambda: show_slide(desk, st.session_state["meeting.slide"]),
    )


def _prepare(desk: Desk) -> None:
    """Draw what is set before the meeting: its day, the last one's, the agenda."""
    st.divider()
    st.subheader(t("meeting.prepare"))
    left, middle, right = st.columns([1, 1, 2], gap="medium")
    with left:
        _day("meeting", t("meeting.day"), meeting.meeting_on(desk))
    with middle:
        _day("last", t("meeting.last"), meeting.since(desk), t("meeting.last_help"))
    with right:
        agenda_form(desk)
        packet_download(desk, key="meeting.packet")


def _day(name: str, label: str, value: date, help_: str | None = None) -> None:
    key = f"meeting.{name}_day"
    st.date_input(
        label,
        key=state.widget(key, value),
        min_value=state.FIRST_DAY,
        max_value=state.LAST_DAY,
        format="YYYY-MM-DD",
        help=help_,
        on_change=lambda: state.set_setting(
            name, st.session_state[key].isoformat() if st.session_state[key] else ""
        ),
    )


show(state.desk())
