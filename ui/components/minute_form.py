"""What a meeting decides, recorded on the spot: decisions, sticking points, what was settled."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from data import schema
from data.register import Change
from gis.errors import UserError
from ui import meeting, recording, state
from ui.components.failures import refuse
from ui.desk import Desk
from ui.text import language, t
from ui.text.numbers import day, known, number, plain

_TOLD, _ROUND = "minute.told", "minute.round"
KINDS = ("decision", "stuck")


@dataclass(frozen=True)
class Told:
    """What became of the last attempt to record a minute, shown once."""

    place: str
    version: int = 0
    lacking: tuple[str, ...] = ()
    refusal: UserError | None = None


def form_key(place: str) -> str:
    """Return the beginning of the keys of a form; what is recorded begins a new one."""
    return f"minute.{st.session_state.get(_ROUND, 0)}.{place}"


def minute_form(desk: Desk, parcel_id: str | None) -> None:
    """Draw the form for a decision, or for why a parcel does not move.

    Parameters
    ----------
    desk : Desk
        The county as the reader looks at it.
    parcel_id : str or None
        The parcel spoken of; None for a decision about no parcel.
    """
    if not recording.may_write(desk):
        return
    place = parcel_id or "county"
    key = form_key(place)
    kind = "decision"
    if parcel_id:
        kind = st.segmented_control(
            t("minute.kind"), KINDS, default="decision", key=f"{key}.kind", required=True,
            format_func=lambda name: t(f"minute.kind_{name}"), label_visibility="collapsed",
        )  # fmt: skip
    if kind == "stuck":
        labels = schema.enum_labels("stuck_reason", language())
        st.selectbox(
            t("minute.reason"), list(labels), index=None, key=f"{key}.reason",
            format_func=labels.__getitem__, placeholder=t("review.choose"),
        )  # fmt: skip
    st.text_area(t("minute.text"), key=f"{key}.text", max_chars=1000, height=90)
    left, middle, right = st.columns(3)
    with left:
        st.text_input(t("minute.responsible"), key=f"{key}.responsible", max_chars=100)
    with middle:
        st.date_input(
            t("minute.due"), value=None, key=f"{key}.due", format="YYYY-MM-DD",
            min_value=meeting.meeting_on(desk), max_value=state.LAST_DAY,
        )  # fmt: skip
    with right:
        recording.ask_who(key)
    st.button(
        t("minute.save"), icon=":material/edit_square:", type="primary", key=f"{key}.record",
        on_click=_record, args=(place, parcel_id),
    )  # fmt: skip
    tell(place)


def _record(place: str, parcel_id: str | None) -> None:
    key = form_key(place)
    given = {
        name: st.session_state.get(f"{key}.{name}")
        for name in ("kind", "reason", "text", "responsible", "due")
    }
    kind = given["kind"] or "decision"
    text, responsible = (str(given[name] or "").strip() for name in ("text", "responsible"))
    who = recording.answered(key)
    lacking = {
        "reason": kind == "stuck" and not given["reason"],
        "text": not text,
        "responsible": kind == "decision" and not responsible,
        "who": not who,
    }
    if any(lacking.values()):
        names = tuple(name for name, lacks in lacking.items() if lacks)
        st.session_state[_TOLD] = Told(place, lacking=names)
        return
    row = {
        "kind": kind,
        "parcel_id": parcel_id,
        "text": text,
        "reason": given["reason"] if kind == "stuck" else None,
        "responsible": responsible or None,
        "due_on": given["due"],
    }
    commit(place, [row], who, why=f"会议记录：{text}"[:200])


def commit(place: str, rows: list[dict[str, object]], who: str, *, why: str) -> None:
    """Record minutes of the meeting looked at, and keep what became of it for :func:`tell`."""
    desk = state.desk()
    minutes = pd.DataFrame(rows).assign(meeting_on=meeting.meeting_on(desk))
    try:
        version = desk.register.commit(
            Change(
                kind="minutes",
                who=who,
                why=why,
                recorded_at=recording.moment(desk),
                minutes=minutes.dropna(axis="columns", how="all"),
            )
        )
    except UserError as refusal:
        st.session_state[_TOLD] = Told(place, refusal=refusal)
        return
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1
    st.session_state[_TOLD] = Told(place, version=version)


def lacking(place: str, *names: str) -> None:
    """Keep what a form lacks for :func:`tell`."""
    st.session_state[_TOLD] = Told(place, lacking=names)


def tell(place: str) -> None:
    """Say once what became of the last attempt at a place."""
    told: Told | None = st.session_state.get(_TOLD)
    if told is None or told.place != place:
        return
    del st.session_state[_TOLD]
    if told.refusal is not None:
        refuse(told.refusal)
    elif told.lacking:
        names = t("filter.comma").join(t(f"minute.lacks_{name}") for name in told.lacking)
        st.warning(t("minute.lacking", names=names), icon=":material/edit_note:")
    else:
        said = t("minute.recorded", n=number(told.version))
        st.success(said, icon=":material/check_circle:")


def point_sentence(desk: Desk, point: pd.Series) -> str:
    """Say an open point in Markdown: what, about which parcel, who, by when, how late."""
    parcel = point["parcel_id"]
    name = None
    if known(parcel):
        found = desk.parcels["parcel_name"].get(str(parcel))
        name = found if known(found) else parcel
    reason = ""
    if known(point["reason"]):
        labels = schema.enum_labels("stuck_reason", language())
        reason = labels.get(str(point["reason"]), str(point["reason"]))
    kind = t(f"minute.kind_{point['kind']}")
    head = t("minute.head", kind=kind, parcel=plain(name)) if name else kind
    said = t(
        "minute.point",
        head=head + (t("minute.because", reason=reason) if reason else ""),
        text=plain(point["text"]),
        who=plain(point["responsible"]),
        due=day(point["due_on"]),
        on=day(point["meeting_on"]),
    )
    return said + (t("minute.late", n=number(point["days_late"])) if point["late"] else "")


def close_forms(desk: Desk, points: pd.DataFrame) -> None:
    """Draw the open points; the one chosen can be closed with how it was settled."""
    for at in range(len(points)):
        point = points.iloc[at]
        with st.container(horizontal=True, vertical_alignment="center", border=True):
            st.markdown(f"**{at + 1}** " + point_sentence(desk, point), width="stretch")
            if not desk.is_past:
                _closing(int(point["minute_id"]))
    tell("closing")


def _closing(minute_id: int) -> None:
    with st.popover(t("minute.close"), icon=":material/task_alt:", key=f"closing.{minute_id}.open"):
        key = form_key(f"closing.{minute_id}")
        st.text_area(t("minute.how"), key=f"{key}.how", max_chars=1000, height=90)
        recording.ask_who(key)
        st.button(
            t("minute.close_now"), type="primary", key=f"{key}.record",
            on_click=_close, args=(minute_id,),
        )  # fmt: skip


def _close(minute_id: int) -> None:
    key = form_key(f"closing.{minute_id}")
    how = str(st.session_state.get(f"{key}.how") or "").strip()
    who = recording.answered(key)
    names = tuple(name for name, said in (("how", how), ("who", who)) if not said)
    if names:
        lacking("closing", *names)
        return
    row: dict[str, object] = {"kind": "closed", "text": how, "answers": minute_id}
    commit("closing", [row], who, why=f"办结第 {minute_id} 项：{how}"[:200])
