"""Blocks put together by hand: those saved, the parcels in hand, and saving them."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from data import saved_blocks
from gis.errors import UserError
from ui import recording, state
from ui.components.failures import refuse
from ui.desk import Desk
from ui.shelf import Shelf
from ui.text import t
from ui.text.numbers import number, plain

_saved = Shelf(4)


def saved(desk: Desk) -> pd.DataFrame:
    """Return the saved blocks as they stand; see `data.saved_blocks.standing_blocks`."""
    return _saved.get(
        desk.facts,
        lambda: saved_blocks.standing_blocks(desk.register.read_saved_blocks(desk.as_of)),
    )


def picked(desk: Desk) -> tuple[str, ...]:
    """Return the parcels picked on any page: the block in hand."""
    chosen = state.selection()
    if not chosen:
        return ()
    return tuple(str(name) for name in desk.picked(chosen.ids, chosen.shape).index)


def commit_block(name: str, ids: tuple[str, ...], who: str, *, note: str, place: str) -> bool:
    """Save a block, keep under ``place`` what became of it, and say whether it is saved."""
    desk = state.desk()
    try:
        version = desk.register.commit(
            saved_blocks.save_change(
                name,
                ids,
                who=who,
                note=note,
                recorded_at=recording.moment(desk),
                based_on=desk.version,
            )
        )
    except UserError as refusal:
        st.session_state[place] = refusal
        return False
    st.session_state[place] = (name, version)
    return True


def tell(place: str) -> None:
    """Say once what became of the last saving."""
    told = st.session_state.pop(place, None)
    if isinstance(told, UserError):
        refuse(told)
    elif isinstance(told, str):
        st.warning(told, icon=":material/edit_note:")
    elif told is not None:
        name, version = told
        said = t("blocks.saved", name=plain(name), n=number(version))
        st.success(said, icon=":material/check_circle:")
