"""Recording what was reached of a target: number, day, source, who."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from data.register import Change
from gis.errors import UserError
from ui import recording, state
from ui.components.failures import refuse
from ui.desk import Desk
from ui.text import t
from ui.text.numbers import number

_TOLD, _ROUND = "actual.told", "actual.round"


@dataclass(frozen=True)
class Told:
    """What became of the last attempt to record an actual, shown once."""

    target_id: str
    version: int = 0
    lacking: tuple[str, ...] = ()
    refusal: UserError | None = None


def form_key(target_id: str) -> str:
    """Return the beginning of the keys of a target's form; what is recorded begins a new one."""
    return f"actual.{st.session_state.get(_ROUND, 0)}.{target_id}"


def actual_form(desk: Desk, target_id: str, unit: str) -> None:
    """Draw the form; what is wrong with it is said beneath, and nothing is lost.

    Parameters
    ----------
    desk : Desk
        The county as the reader looks at it.
    target_id : str
        The open target.
    unit : str
        Of its value, as the source writes it.
    """
    key = form_key(target_id)
    left, right = st.columns(2)
    with left:
        st.number_input(
            t("targets.value", unit=unit), value=None, format="%g", key=f"{key}.value",
            help=t("targets.value_help"),
        )  # fmt: skip
    with right:
        st.date_input(
            t("targets.measured_on"), value=None, key=f"{key}.on", format="YYYY-MM-DD",
            min_value=state.FIRST_DAY, max_value=desk.latest, help=t("targets.measured_on_help"),
        )  # fmt: skip
    hint = t("targets.source_hint")
    st.text_input(t("targets.source"), key=f"{key}.source", max_chars=200, placeholder=hint)
    left, right = st.columns(2)
    with left:
        st.text_input(t("targets.note"), key=f"{key}.note", max_chars=400)
    with right:
        recording.ask_who(key)
    st.button(
        t("targets.save"),
        icon=":material/add_task:",
        type="primary",
        key=f"{key}.record",
        on_click=_record,
        args=(target_id, desk.version),
    )
    _tell(target_id)


def _record(target_id: str, based_on: int) -> None:
    key = form_key(target_id)
    given = {name: st.session_state.get(f"{key}.{name}") for name in ("value", "on")}
    source, note = (
        str(st.session_state.get(f"{key}.{name}") or "").strip() for name in ("source", "note")
    )
    who = recording.answered(key)
    lacking = {
        "value": given["value"] is None and not note,
        "on": given["on"] is None,
        "source": not source,
        "who": not who,
    }
    if any(lacking.values()):
        names = tuple(name for name, lacks in lacking.items() if lacks)
        st.session_state[_TOLD] = Told(target_id, lacking=names)
        return
    row = {
        "target_id": target_id,
        "measured_on": given["on"],
        "value": given["value"],
        "source": source,
        "note": note or None,
    }
    st.session_state[_TOLD] = _commit(state.desk(), target_id, row, (who, based_on))


def _commit(desk: Desk, target_id: str, row: dict[str, object], head: tuple[str, int]) -> Told:
    try:
        version = desk.register.commit(
            Change(
                kind="actual",
                who=head[0],
                why=f"目标实绩：{target_id}",
                recorded_at=recording.moment(desk),
                actuals=pd.DataFrame([row]),
                based_on=head[1],
            )
        )
    except UserError as refusal:
        return Told(target_id, refusal=refusal)
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1
    return Told(target_id, version=version)


def _tell(target_id: str) -> None:
    told: Told | None = st.session_state.pop(_TOLD, None)
    if told is None or told.target_id != target_id:
        return
    if told.refusal is not None:
        refuse(told.refusal)
    elif told.lacking:
        names = t("filter.comma").join(t(f"targets.lacks_{name}") for name in told.lacking)
        st.warning(t("targets.lacking", names=names), icon=":material/edit_note:")
    else:
        said = t("targets.recorded", n=number(told.version))
        st.success(said, icon=":material/check_circle:")
