"""One line for an address that says more than can be understood."""

from __future__ import annotations

import streamlit as st

from ui.text import t
from ui.text.numbers import plain, shorten

_MOST, _LONGEST = 6, 60


def not_understood(faults: tuple[str, ...]) -> None:
    """Say which conditions of the address are left out; nothing where all were understood."""
    if not faults:
        return
    told = [plain(shorten(fault, _LONGEST)) for fault in faults[:_MOST]]
    more = [] if len(faults) <= _MOST else ["…"]
    said = t("filter.comma").join([*told, *more])
    st.info(t("address.faults", faults=said), icon=":material/link_off:")
