"""Photos before and after, and the documents that prove the stages of a parcel."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import streamlit as st

from data import schema
from ui.desk import Desk
from ui.text import language, t
from ui.text.numbers import day, plain, shorten

MOST_FILES = 12


def parcel_photos(desk: Desk, parcel_id: str) -> None:
    """Draw the newest photo before beside the newest after, and the documents to take away."""
    found = attachments_of(desk, parcel_id)
    if found.empty:
        return
    photos = found[found["kind"].isin(["before", "after"])].drop_duplicates("kind", keep="last")
    if len(photos):
        st.markdown(f"**{t('photos.title')}**")
        for kind, column in zip(("before", "after"), st.columns(2), strict=True):
            with column:
                _photo(desk, photos[photos["kind"] == kind], kind)
    papers = found[found["kind"] == "document"].drop_duplicates("sha256").tail(MOST_FILES)
    for name, file, media, digest in zip(
        papers["name"], papers["file"], papers["media_type"], papers["sha256"], strict=True
    ):
        path = desk.workspace / file
        if path.is_file():
            st.download_button(
                plain(shorten(name, 40)), data=path.read_bytes, file_name=Path(name).name,
                mime=media, icon=":material/description:", type="tertiary",
                key=f"paper.{digest}", on_click="ignore",
            )  # fmt: skip


def attachments_of(desk: Desk, parcel_id: str) -> pd.DataFrame:
    """Return the attachments of the events that stand for a parcel on the reader's day."""
    everything = desk.kept("attachments", lambda: desk.register.attachments(desk.as_of))
    if everything.empty:
        return everything
    return everything[everything["event_id"].isin(desk.standing_of(parcel_id)["event_id"])]


def _photo(desk: Desk, photo: pd.DataFrame, kind: str) -> None:
    if photo.empty:
        st.caption(t(f"photos.no_{kind}"))
        return
    stage = schema.enum_label("stage", photo["stage"].iloc[0], language())
    said = t(f"photos.{kind}", stage=stage, on=day(photo["occurred_on"].iloc[0]))
    path = desk.workspace / str(photo["file"].iloc[0])
    try:
        st.image(path.read_bytes(), caption=plain(said))
    except Exception:  # a picture that nothing can open, or that is gone: `verify` tells which
        st.caption(t("photos.unreadable", name=plain(shorten(photo["name"].iloc[0], 40))))
