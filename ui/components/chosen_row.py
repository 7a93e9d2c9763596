"""A table in which a picked row opens something: its tick follows what the address says is open."""

from __future__ import annotations

import streamlit as st

from ui import state


def follow_opened(
    setting: str, names: list[str], *, table: str, shown: str, opened: str | None = None
) -> None:
    """Tick the row of what is open, before the table is drawn; other rows shown are a new table.

    Parameters
    ----------
    setting : str
        The setting of the address that names what is open.
    names : list of str
        What each row stands for, in order.
    table, shown : str
        Session keys of the table, and of the names it showed last.
    opened : str, optional
        What is open while the address names nothing.
    """
    held = state.setting(setting) or opened
    rows = [names.index(held)] if held in names else []
    current = st.session_state.get(table)
    if (
        current is None
        or st.session_state.get(shown) != names
        or current["selection"]["rows"] != rows
    ):
        st.session_state[table] = {"selection": {"rows": rows, "columns": [], "cells": []}}
    st.session_state[shown] = names
