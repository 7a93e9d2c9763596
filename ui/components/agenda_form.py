"""Putting parcels on the agenda of a meeting, and taking them off again."""

from __future__ import annotations

import streamlit as st

from ui import meeting, recording, state
from ui.components import meeting_agenda
from ui.components.lazy_popover import lazy_popover
from ui.components.minute_form import commit, form_key, lacking, tell
from ui.desk import Desk
from ui.text import t
from ui.text.numbers import day, known, number, plain

MOST = 30
"""More parcels than this are no agenda."""
SUGGESTED = 5


def agenda_form(desk: Desk) -> None:
    """Draw the agenda with a way off it, and the ways onto it.

    Parameters
    ----------
    desk : Desk
        The county as the reader looks at it.
    """
    rows = meeting.agenda(desk)
    on = day(meeting.meeting_on(desk))
    st.markdown(t("agenda.title", on=on, n=number(len(rows))))
    if not recording.may_write(desk):
        return
    recording.ask_who(form_key("agenda"))
    for minute, parcel in zip(rows["minute_id"], rows["parcel_id"], strict=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(plain(_name(desk, str(parcel))), width="stretch")
            st.button(
                t("agenda.off"), icon=":material/playlist_remove:", type="tertiary",
                key=f"agenda.off.{minute}", on_click=_take_off, args=(int(minute),),
            )  # fmt: skip
    picked = new_ones(desk)
    with st.container(horizontal=True):
        st.button(
            t("agenda.add_picked", n=number(len(picked))), icon=":material/playlist_add:",
            key="agenda.add_picked", disabled=not 0 < len(picked) <= MOST,
            help=t("agenda.add_picked_help", most=MOST), on_click=_add, args=(picked,),
        )  # fmt: skip
        late = meeting_agenda.suggested(desk, SUGGESTED)
        st.button(
            t("agenda.add_late", n=number(len(late))), icon=":material/running_with_errors:",
            key="agenda.add_late", disabled=not late, on_click=_add, args=(late,),
        )  # fmt: skip
    tell("agenda")


def new_ones(desk: Desk) -> list[str]:
    """Return the parcels picked on any page that are not on the agenda yet."""
    picked = state.selection()
    if not picked:
        return []
    on = set(meeting_agenda.ids(desk))
    return [str(name) for name in desk.picked(picked.ids, picked.shape).index if name not in on]


def agenda_button(desk: Desk) -> None:
    """Draw the way of the picked parcels onto the agenda, on any page."""
    opened = lazy_popover(t("agenda.add"), "agenda.strip", icon=":material/playlist_add:")
    if not opened.open:
        return
    with opened:
        if not recording.may_write(desk):
            return
        picked = new_ones(desk)
        on = day(meeting.meeting_on(desk))
        if len(picked) > MOST:
            st.caption(t("agenda.add_picked_help", most=MOST))
        recording.ask_who(form_key("agenda"))
        st.button(
            t("agenda.add_here", n=number(len(picked)), on=on), type="primary",
            key="agenda.strip.add", disabled=not 0 < len(picked) <= MOST,
            on_click=_add, args=(picked,),
        )  # fmt: skip
        tell("agenda")


def _name(desk: Desk, parcel_id: str) -> str:
    name = desk.parcels["parcel_name"].get(parcel_id)
    return str(name) if known(name) else parcel_id


def _add(parcels: list[str]) -> None:
    who = recording.answered(form_key("agenda"))
    if not who:
        lacking("agenda", "who")
        return
    rows: list[dict[str, object]] = [{"kind": "agenda", "parcel_id": name} for name in parcels]
    commit("agenda", rows, who, why=f"列入议程：{len(rows)} 宗")


def _take_off(minute_id: int) -> None:
    who = recording.answered(form_key("agenda"))
    if not who:
        lacking("agenda", "who")
        return
    row: dict[str, object] = {"kind": "closed", "text": "移出议程", "answers": minute_id}
    commit("agenda", [row], who, why="移出议程")
