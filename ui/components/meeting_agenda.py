"""The agenda on the map: one parcel after the other, what it is, what is decided about it."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from data import schema
from ui import meeting, state
from ui.components import map_view
from ui.components.markup import element, fact, heading, words
from ui.components.minute_form import minute_form, point_sentence
from ui.desk import Desk
from ui.text import language, t
from ui.text.numbers import UNKNOWN, day, known, mu, number

MAP_HEIGHT = 560


def ids(desk: Desk) -> list[str]:
    """Return the parcels on the agenda in their order."""
    return meeting.agenda(desk)["parcel_id"].astype(str).tolist()


def place(desk: Desk) -> int:
    """Return which of the agenda's parcels is looked at, -1 where it is none of them."""
    opened, listed = state.parcel(), ids(desk)
    return listed.index(opened) if opened in listed else -1


def title(desk: Desk) -> str:
    """Say which parcel of how many is looked at."""
    listed = ids(desk)
    if not listed:
        return t("meeting.no_agenda", on=day(meeting.meeting_on(desk)))
    at = max(place(desk), 0)
    parcel = desk.frame.loc[listed[at]]
    name = parcel["parcel_name"] if known(parcel["parcel_name"]) else listed[at]
    return t(
        "meeting.agenda_title",
        at=number(at + 1),
        n=number(len(listed)),
        name=name,
        area=mu(parcel["geometry_area_m2"]),
    )


def show(desk: Desk) -> None:
    """Draw the map at the parcel looked at, its facts, and the form for what is decided."""
    listed = ids(desk)
    if not listed:
        st.info(t("meeting.no_agenda_help"), icon=":material/playlist_add:")
        return
    opened = listed[max(place(desk), 0)]
    if state.parcel() != opened:
        map_view.look_at(opened)
    picture, card = st.columns([7, 4], gap="medium")
    with picture, st.container(key="mutu_meeting_map"):
        map_view.show(desk, themes=("stage", "class"), height=MAP_HEIGHT, arrows=True)
    with card:
        st.html(_facts(desk, opened))
        points = meeting.open_points(desk)
        for at in points.index[points["parcel_id"] == opened]:
            st.warning(point_sentence(desk, points.loc[at]), icon=":material/pending_actions:")
        st.html(heading(t("meeting.decide")))
        minute_form(desk, opened)


def _facts(desk: Desk, parcel_id: str) -> str:
    parcel = desk.frame.loc[parcel_id]
    lang = language()
    due = UNKNOWN
    if known(parcel["due_stage"]):
        stage = schema.enum_label("stage", parcel["due_stage"], lang)
        due = t("meeting.due", stage=stage, on=day(parcel["due_on"]))
        if known(parcel["overdue_days"]):
            due += t("meeting.overdue", n=number(parcel["overdue_days"]))
    reached = UNKNOWN
    if known(parcel["stage"]):
        stage = schema.enum_label("stage", parcel["stage"], lang)
        reached = t("meeting.reached_on", stage=stage, on=day(parcel["stage_on"]))
    rows = [
        (schema.label("town", lang), parcel["town"]),
        (schema.label("owner", lang), parcel["owner"]),
        (schema.label("low_class", lang), _label("low_class", parcel["low_class"])),
        (schema.label("renewal_mode", lang), _label("renewal_mode", parcel["renewal_mode"])),
        (t("meeting.col_stage"), reached),
        (t("meeting.next"), due),
        (schema.label("responsible_unit", lang), parcel.get("responsible_unit")),
    ]
    told = "".join(fact(name, words(value)) for name, value in rows)
    return element("div", told, css="m-agenda-fact")


def _label(enum: str, code: object) -> str | None:
    return schema.enum_label(enum, str(code), language()) if known(code) else None


def suggested(desk: Desk, most: int) -> list[str]:
    """Return parcels that belong on the agenda: newly late, the largest first, not on it yet."""
    on = set(ids(desk))
    late = meeting.newly_late(desk)
    rest = pd.Index(late.index.astype(str))
    return [name for name in rest if name not in on][:most]
