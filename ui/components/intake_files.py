"""Where files are dropped, and the list of those that wait."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import streamlit as st

from data.asof import OFFICE_ZONE
from data.drafts import Draft, begin, damaged, discard, drafts
from gis.errors import UserError
from ui import intake, jobs, state
from ui.components.failures import refuse
from ui.components.layer_names import layer_name
from ui.components.lazy_popover import lazy_popover
from ui.text import language, t
from ui.text.numbers import number, plain

TOLD = "intake.told"
"""Session key: what the last commit brought, told until another file is opened."""
_ROUND, _REFUSAL = "intake.round", "intake.refusal"


def open_draft(draft_id: str, step: str = "look") -> None:
    """Go to a draft."""
    st.session_state.pop(TOLD, None)
    state.set_setting("step", step)
    state.set_setting("draft", draft_id)


def close_draft() -> None:
    """Go back to the list of files."""
    state.set_setting("step", "")
    state.set_setting("draft", "")


def drop_area(workspace: Path) -> None:
    """Draw the place to drop files; what is dropped is kept at once, and a single one opened."""
    key = f"intake.drop.{st.session_state.get(_ROUND, 0)}"
    with st.container(key=f"mutu_drop_{language()}"):
        handed = st.file_uploader(
            t("intake.drop"), accept_multiple_files=True, key=key, help=t("intake.drop_help")
        )
    refusal = st.session_state.pop(_REFUSAL, None)
    if refusal is not None:
        refuse(refusal)
    if not handed:
        return
    try:
        files = [(file.name, file.getvalue()) for file in handed]
        kept = begin(workspace, files, now=intake.now())
    except UserError as fault:
        st.session_state[_REFUSAL] = fault
        kept = []
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1
    if len(kept) == 1:
        open_draft(kept[0].draft_id)
    st.rerun()


def waiting_files(workspace: Path) -> None:
    """Draw the files that were handed over and not yet committed."""
    found = drafts(workspace)
    broken = damaged(workspace)
    if not found and not broken:
        st.info(t("intake.no_files"), icon=":material/upload_file:")
        return
    st.subheader(t("intake.files", n=number(len(found))), anchor=False)
    st.caption(t("intake.files_help"))
    for draft in found:
        _row(workspace, draft)
    for draft_id in broken:
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.markdown(t("intake.broken", name=draft_id), width="stretch")
            _delete(workspace, draft_id, draft_id)


def _row(workspace: Path, draft: Draft) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{plain(draft.main)}**", width="stretch")
        st.caption(_facts(draft), width="content")
        st.markdown(standing(draft), width="content")
        st.button(
            t("intake.open"),
            icon=":material/play_arrow:",
            type="primary",
            key=f"intake.open.{draft.draft_id}",
            on_click=open_draft,
            args=(draft.draft_id, draft.choices.get("step", "look")),
        )
        _delete(workspace, draft.draft_id, draft.main)


def _facts(draft: Draft) -> str:
    came = pd.Timestamp(draft.began_at).tz_convert(OFFICE_ZONE)
    return t(
        "intake.file_facts",
        size=size_of(draft.size),
        on=f"{came:%Y-%m-%d %H:%M}",
        files=number(len(draft.files)),
    )


def size_of(count: int) -> str:
    """Write a number of bytes.

    Examples
    --------
    >>> size_of(900), size_of(2_500_000)
    ('0.9 KB', '2.5 MB')
    """
    return f"{number(count / 1e6, 1)} MB" if count >= 1e6 else f"{number(count / 1e3, 1)} KB"


def standing(draft: Draft) -> str:
    """Say in a few words how far a draft has come."""
    found = draft.standing
    if "refused" in found:
        return t("intake.stand_refused")
    if "asks" in found:
        return t("intake.stand_asks")
    if "rows_in" in found:
        return t(
            "intake.stand_checked",
            layer=layer_name(str(found["as_layer"])),
            accepted=number(found["accepted"]),
            out=number(found["rows_in"] - found["accepted"]),
        )
    return t("intake.stand_new")


def _delete(workspace: Path, draft_id: str, name: str) -> None:
    """Draw the way to throw a draft away; it asks first."""
    opened = lazy_popover("", f"intake.delete.{draft_id}", icon=":material/delete:")
    if not opened.open:
        return
    with opened:
        st.markdown(t("intake.delete_sure", name=plain(name)))
        st.button(
            t("intake.delete"),
            icon=":material/delete_forever:",
            key=f"intake.delete.{draft_id}.do",
            on_click=_discard,
            args=(workspace, draft_id),
        )


def _discard(workspace: Path, draft_id: str) -> None:
    jobs.forget_about(draft_id)
    try:
        discard(workspace, draft_id)
    except UserError as fault:
        st.session_state[_REFUSAL] = fault
    if state.setting("draft") == draft_id:
        close_draft()
