"""The button that hands over a parcel's sheet (一地一档)."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from reports.location_map import Surroundings
from reports.sheet import file_stem, sheet_bytes
from reports.sheet_source import sheet_source, surroundings
from ui import screened, state
from ui.components.selection_strip import export_context
from ui.desk import Desk
from ui.shelf import Shelf
from ui.text import t

MIME = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_around = Shelf(1)


def sheet_button(desk: Desk, parcel_id: str) -> None:
    """Draw the button; the sheet is written when it is asked for, not before."""
    st.download_button(
        t("screening.sheet"),
        data=written(desk, parcel_id),
        file_name=f"{t('screening.sheet_file')}_{file_stem(parcel_id)}.docx",
        mime=MIME,
        icon=":material/description:",
        key=f"sheet.{parcel_id}",
        help=t("screening.sheet_help"),
        on_click="ignore",
    )


def written(desk: Desk, parcel_id: str) -> Callable[[], bytes]:
    """Return what writes a parcel's sheet, in the language of the page."""
    context = export_context(desk, state.query())

    def write() -> bytes:
        source = sheet_source(
            desk.register,
            desk.parcels,
            desk.events,
            rules=desk.rules,
            ruleset=screened.ruleset(),
            as_of=desk.as_of,
            context=context,
            around=around(desk),
        )
        return sheet_bytes(source, parcel_id)

    return write


def around(desk: Desk) -> Surroundings:
    """Return what location maps draw, read once for all sheets (shared: do not change)."""
    return _around.get(desk.facts, lambda: surroundings(desk.register, desk.parcels))
