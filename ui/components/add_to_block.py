"""From any page into a block: the picked parcels join a saved one, or begin a new one."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from ui import recording, state
from ui.components.lazy_popover import lazy_popover
from ui.desk import Desk
from ui.saved import commit_block, picked, saved, tell
from ui.text import t
from ui.text.numbers import parcels

PAGE = Path(__file__).parents[1] / "pages" / "blocks.py"
_KEY, _TOLD, _WHICH = "addblock", "addblock.told", "addblock.which"


def add_to_block_button(desk: Desk) -> None:
    """Draw the way of the picked parcels into a block, on any page."""
    opened = lazy_popover(t("blocks.add"), "addblock", icon=":material/add_location_alt:")
    if not opened.open:
        return
    ids = picked(desk)
    with opened:
        if st.button(
            t("blocks.add_new", n=parcels(len(ids))), icon=":material/open_in_new:",
            key="addblock.new", width="stretch",
        ):  # fmt: skip
            state.set_setting("saved", "")
            state.set_setting("plan", "hand")
            st.switch_page(PAGE, query_params=state.url())
        names = saved(desk).index.tolist()
        if not names or not recording.may_write(desk):
            return
        st.selectbox(
            t("blocks.add_which"), names, index=None, key=_WHICH,
            placeholder=t("review.choose"),
        )  # fmt: skip
        recording.ask_who(_KEY)
        st.button(
            t("blocks.add_now", n=parcels(len(ids))), type="primary", key="addblock.save",
            icon=":material/add_location_alt:", on_click=_add, args=(ids,),
        )  # fmt: skip
        tell(_TOLD)


def _add(ids: tuple[str, ...]) -> None:
    name = st.session_state.get(_WHICH)
    who = recording.answered(_KEY)
    if not name or not who:
        st.session_state[_TOLD] = t("blocks.lacks_name") if not name else t("blocks.lacks_who")
        return
    held = saved(state.desk())["parcel_ids"].get(name, ())
    commit_block(str(name), (*held, *ids), who, note="", place=_TOLD)
