"""Which row of a table is its header: shown as it stands, and said by the user where need be."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from data.drafts import choose, path_of
from gis.errors import TableHeaderError, UserError
from gis.formats import TABLE_SUFFIXES
from gis.io.tables import first_rows
from ui import intake
from ui.components.column_width import fitting
from ui.desk import Desk
from ui.intake import OnWay
from ui.text import t
from ui.text.numbers import UNKNOWN

TOP_ROWS = 20
"""So many rows are shown, and one of them can be the header."""


def show_header(desk: Desk, way: OnWay) -> None:
    """Draw the top rows of a table and the choice of its header; open where none was found."""
    if not way.draft.main.lower().endswith(TABLE_SUFFIXES):
        return
    lost = isinstance(way.preview.problem, TableHeaderError)
    if not lost and way.preview.header_rows is None:
        return
    with st.expander(t("intake.header_choice"), expanded=lost, icon=":material/table_rows:"):
        top = _top(desk, way)
        if top is None:
            return
        st.caption(t("intake.header_help"))
        st.dataframe(
            top,
            key="intake.header.rows",
            placeholder=UNKNOWN,
            height=min(35 * len(top) + 38, 290),
            column_config={
                "_index": st.column_config.Column(t("intake.row_number"), width=60),
                **{
                    name: st.column_config.Column(name, width=fitting(name, top[name], most=200))
                    for name in top.columns
                },
            },
        )
        _choice(desk, way, int(top.index[-1]))


def _top(desk: Desk, way: OnWay) -> pd.DataFrame | None:
    """Return the first rows as text; None where not even they can be read."""
    path = path_of(desk.workspace, way.draft)
    sheet = None if path.suffix.lower() == ".csv" else way.wanted.part
    try:
        top = first_rows(path, sheet=sheet, encoding=way.wanted.encoding, most=TOP_ROWS)
    except UserError:
        return None
    return top.map(lambda cell: None if cell is None else str(cell)[:200]).astype(object)


def _choice(desk: Desk, way: OnWay, last: int) -> None:
    begins, ends = way.wanted.header_rows or way.preview.header_rows or (1, 1)
    key = f"intake.header.{way.draft.draft_id}.{way.wanted.part}"
    with st.form(key, border=False):
        first, second, do = st.columns([2, 2, 3], vertical_alignment="bottom")
        with first:
            st.number_input(
                t("intake.header_first"), 1, last, min(begins, last), key=f"{key}.first"
            )
        with second:
            st.number_input(t("intake.header_last"), 1, last, min(ends, last), key=f"{key}.last")
        do.form_submit_button(
            t("intake.header_use"), type="primary", on_click=_use, args=(desk, way, key)
        )
    if way.wanted.header_rows is not None:
        st.button(
            t("intake.header_auto"),
            icon=":material/undo:",
            key=f"{key}.auto",
            on_click=_keep,
            args=(desk, way, None),
        )


def _use(desk: Desk, way: OnWay, key: str) -> None:
    begins, ends = (int(st.session_state[f"{key}.{name}"]) for name in ("first", "last"))
    _keep(desk, way, (begins, max(begins, ends)))


def _keep(desk: Desk, way: OnWay, rows: tuple[int, int] | None) -> None:
    kept = {**way.draft.choices.get("header", {}), str(way.wanted.part): rows}
    choose(desk.workspace, way.draft, now=intake.now(), header=kept)
