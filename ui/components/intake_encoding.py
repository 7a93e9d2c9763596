"""The encoding of a file's text: found, shown in every other way it could be read, overruled."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from data.drafts import choose, path_of
from gis.errors import UserError
from gis.io import EncodingPreview, encoding_previews
from ui import intake, state
from ui.desk import Desk
from ui.intake import OnWay
from ui.shelf import Shelf
from ui.text import t

AUTO = ""
_found = Shelf(8)


def show_encoding(desk: Desk, way: OnWay) -> None:
    """Draw how the text reads in each encoding, and the choice; nothing where none is open."""
    previews = _previews(desk, way)
    if not previews:
        return
    key = f"intake.encoding.{way.draft.draft_id}"
    names = [AUTO, *(one.name for one in previews if one.fits)]
    chosen = way.wanted.encoding or AUTO
    if chosen not in names:
        names.append(chosen)
    st.selectbox(
        t("intake.encoding_choice"),
        names,
        key=state.widget(key, chosen),
        format_func=lambda name: name or t("intake.encoding_auto"),
        help=t("intake.encoding_help"),
        on_change=lambda: choose(
            desk.workspace, way.draft, now=intake.now(), encoding=st.session_state[key] or None
        ),
    )
    with st.expander(t("intake.encoding_look"), icon=":material/text_fields:"):
        st.dataframe(
            _table(previews),
            hide_index=True,
            key="intake.encodings",
            column_config={
                "name": t("intake.encoding"),
                "fits": t("intake.encoding_fits"),
                "samples": st.column_config.TextColumn(t("intake.col_samples"), width="large"),
            },
        )


def _previews(desk: Desk, way: OnWay) -> tuple[EncodingPreview, ...]:
    path, part = path_of(desk.workspace, way.draft), way.wanted.part

    def make() -> tuple[EncodingPreview, ...]:
        try:
            return encoding_previews(path, part, encoding=way.wanted.encoding)
        except UserError:
            return ()

    return _found.get((intake.look_key(way.draft), part), make)


def _table(previews: tuple[EncodingPreview, ...]) -> pd.DataFrame:
    gap = t("intake.sample_gap")
    words = {True: t("intake.encoding_taken"), False: t("intake.encoding_possible")}
    return pd.DataFrame(
        {
            "name": [one.name for one in previews],
            "fits": [
                words[one.chosen] if one.fits else t("intake.encoding_no") for one in previews
            ],
            "samples": [gap.join(one.samples) for one in previews],
        }
    )
