"""Writing from a page: who writes is asked once and kept in the session, when is now."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from ui.desk import Desk
from ui.text import t

_WHO = "mutu.who"
MOST_LETTERS = 60


def who() -> str:
    """Return who writes, empty until it was said."""
    return str(st.session_state.get(_WHO, ""))


def ask_who(key: str) -> None:
    """Draw the field that asks who writes, filled with what was said before."""
    box = f"{key}.who"
    if box not in st.session_state:
        st.session_state[box] = who()
    st.text_input(
        t("record.who"), key=box, max_chars=MOST_LETTERS, placeholder=t("record.who_hint")
    )


def answered(key: str) -> str:
    """Take up who writes from the field that :func:`ask_who` drew, and keep it."""
    said = str(st.session_state.get(f"{key}.who", "")).strip()
    if said:
        st.session_state[_WHO] = said
    return said


def moment(desk: Desk) -> datetime:
    """Return now, or the moment of the last change where the clock of this computer is behind."""
    now = datetime.now(UTC)
    changes = desk.register.changes()
    return now if changes.empty else max(now, changes["recorded_at"].max().to_pydatetime())


def may_write(desk: Desk) -> bool:
    """Say whether the reader looks at the newest data; else draw why nothing can be recorded."""
    if desk.is_past:
        st.info(t("record.past"), icon=":material/history:")
    return not desk.is_past
