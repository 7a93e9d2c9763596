"""The map through time: one month after the other, as the register knows them."""

from __future__ import annotations

from datetime import date

import pandas as pd
import streamlit as st

from ui import state
from ui.desk import Desk
from ui.text import t
from ui.text.numbers import day

SLIDER, SWITCH = "time.slider", "time.switch"


def is_open() -> bool:
    """Whether the reader has the slider on."""
    return state.setting("time") == "1"


def time_switch() -> None:
    """Draw the switch; switched off, the newest day comes back."""
    st.button(
        t("time.close") if is_open() else t("time.open"),
        icon=":material/slow_motion_video:",
        type="tertiary",
        key=SWITCH,
        help=t("time.help"),
        on_click=_switched,
    )


def time_slider(desk: Desk) -> None:
    """Draw the slider over the month ends from the first event to the newest day."""
    days = month_ends(desk)
    with st.container(key="mutu_time"):
        st.select_slider(
            t("time.day"),
            days,
            key=state.widget(SLIDER, desk.state_on),
            format_func=day,
            label_visibility="collapsed",
            on_change=_moved,
            args=(desk.latest,),
        )


def month_ends(desk: Desk) -> list[date]:
    """Return the last day of every month from the first event on, the newest day and the reader's.

    Parameters
    ----------
    desk : Desk
        The county as the reader looks at it.

    Returns
    -------
    list of date
        Rising, none after the newest day but the one that the reader looks at; at least two.
    """
    known = pd.to_datetime(desk.events["occurred_on"])
    first = max(known.min().date() if len(known) else desk.latest, state.FIRST_DAY)
    before = (pd.Timestamp(first).replace(day=1) - pd.Timedelta(days=1)).date()
    ends = pd.date_range(before, desk.latest, freq="ME")
    return sorted({*(end.date() for end in ends), before, desk.latest, desk.state_on})


def _moved(latest: date) -> None:
    on = st.session_state[SLIDER]
    state.set_dates(None if on == latest else on, state.known_on())


def _switched() -> None:
    wanted = not is_open()
    state.set_setting("time", "1" if wanted else "")
    if not wanted:
        state.set_dates(None, state.known_on())
