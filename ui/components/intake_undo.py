"""Taking a change back by a reversing one: what goes back, what stays and why, then the button."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd
import streamlit as st

from data import schema
from data.errors import UnknownFieldError
from data.undo import Undoing, prepare_undo
from data.undone import undone_changes
from gis.errors import UserError
from ui import recording, state
from ui.components.failures import refuse
from ui.components.layer_names import layer_name
from ui.components.parcel_table import MOST_ROWS
from ui.desk import Desk
from ui.text import language, t
from ui.text.numbers import UNKNOWN, known, number

_TOLD = "intake.undo.told"
_NOBODY = "—"


@dataclass(frozen=True)
class Told:
    """What became of the last attempt, shown once."""

    change_no: int
    version: int = 0
    refusal: UserError | None = None
    lacking: bool = False


def undone(desk: Desk) -> frozenset[int]:
    """Return the changes that are undone."""
    return undone_changes(desk.meta)


def show_undo(desk: Desk, change_no: int) -> None:
    """Draw what undoing a change would do, and the button."""
    if not recording.may_write(desk):
        return
    try:
        found = desk.kept(("undo", change_no), lambda: _prepared(desk, change_no, _NOBODY, ""))
    except UserError as refusal:
        refuse(refusal)
        return
    st.markdown(t("undo.what", sum=counted(found.counts)))
    if len(found.kept):
        st.warning(t("undo.kept", n=number(len(found.kept))), icon=":material/push_pin:")
        _kept(found.kept)
    key = f"intake.undo.{change_no}"
    left, right = st.columns(2)
    with left:
        recording.ask_who(key)
    with right:
        st.text_input(t("undo.why"), key=f"{key}.why", max_chars=200)
    st.button(
        t("undo.do", n=number(change_no)),
        icon=":material/undo:",
        key=f"{key}.do",
        on_click=_undo,
        args=(change_no,),
    )
    st.caption(t("undo.help"))


def _prepared(desk: Desk, change_no: int, who: str, why: str) -> Undoing:
    return prepare_undo(
        desk.register, change_no, who=who, recorded_at=recording.moment(desk), why=why
    )


def counted(counts: dict[str, int]) -> str:
    """Say how much goes back, in words."""
    words = {
        "parcels_changed": t("undo.parcels_changed"),
        "parcels_removed": t("undo.parcels_removed"),
        "parcels_restored": t("undo.parcels_restored"),
        "events": t("undo.events"),
        "layers": t("undo.layers"),
        "facts": t("undo.facts"),
    }
    parts = [
        t("undo.part", what=words.get(name, t("undo.others")), n=number(count))
        for name, count in counts.items()
        if count
    ]
    return t("filter.comma").join(parts) if parts else t("undo.nothing")


def _kept(kept: pd.DataFrame) -> None:
    some = kept.head(MOST_ROWS)
    reason = some["reason"] if language() == "zh" else some["reason_en"]
    names = [
        layer_name(name) if what == "layer" else name
        for what, name in zip(some["what"], some["name"], strict=True)
    ]
    table = pd.DataFrame(
        {
            t("undo.col_name"): names,
            t("intake.field"): [_field(key) for key in some["field"]],
            t("undo.col_reason"): reason.to_numpy(dtype=object),
        }
    )
    st.dataframe(table, hide_index=True, height=min(35 * len(table) + 38, 260))


def _field(key: object) -> str:
    if not known(key):
        return UNKNOWN
    if key == "geometry":
        return t("intake.field_geometry")
    try:
        return schema.label(str(key), language(), with_unit=False)
    except UnknownFieldError:
        return str(key)


def _undo(change_no: int) -> None:
    desk = state.desk()
    key = f"intake.undo.{change_no}"
    who = recording.answered(key)
    if not who:
        st.session_state[_TOLD] = Told(change_no, lacking=True)
        return
    why = str(st.session_state.get(f"{key}.why") or "").strip()
    try:
        change = _prepared(desk, change_no, who, why).change
        version = desk.register.commit(replace(change, based_on=desk.version))
    except UserError as refusal:
        st.session_state[_TOLD] = Told(change_no, refusal=refusal)
    else:
        st.session_state[_TOLD] = Told(change_no, version=version)


def tell_undone() -> None:
    """Say once what became of the last attempt to undo a change."""
    told: Told | None = st.session_state.pop(_TOLD, None)
    if told is None:
        return
    if told.refusal is not None:
        refuse(told.refusal)
    elif told.lacking:
        st.warning(t("intake.lacks_who"), icon=":material/edit_note:")
    else:
        said = t("undo.done", n=number(told.change_no), version=number(told.version))
        st.success(said, icon=":material/check_circle:")
