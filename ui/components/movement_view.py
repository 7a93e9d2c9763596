"""The movement of the stock, month by month, for the county or one town: waterfall and table."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import streamlit as st

from analysis.movement import COLUMNS, Movement, closing_gap
from analysis.progress import Progress
from analysis.query import ParcelQuery
from gis.area import M2_PER_MU, to_mu
from reports.movement_book import write_movement
from ui import history, state
from ui.components.column_width import fitting
from ui.components.export_buttons import FORMATS
from ui.components.selection_strip import export_context
from ui.components.waterfall import waterfall
from ui.components.year_figures import show_chart
from ui.desk import Desk
from ui.text import t
from ui.text.numbers import UNKNOWN, month, mu, number

COUNTY, NO_TOWN = "", "-"
CLOSES_M2 = 0.01 * M2_PER_MU
_KEY = "movement.town"


def show_movement(desk: Desk, year: Progress) -> None:
    """Draw the movement of the year until the reader's day."""
    found = history.movement(desk)
    if found.by_month.empty:
        st.info(t("overview.not_begun", year=year.year), icon=":material/event_upcoming:")
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        town = _choice(found)
        st.space("stretch")
        st.download_button(
            t("movement.export"),
            data=_written(desk, found),
            file_name=f"{t('movement.file')}_{desk.state_on:%Y%m%d}.xlsx",
            mime=FORMATS["xlsx"],
            icon=":material/download:",
            on_click="ignore",
            key="movement.export",
        )
    months = found.by_month if town == COUNTY else found.of_town(None if town == NO_TOWN else town)
    first, last = months["opening_m2"].iloc[0], months["closing_m2"].iloc[-1]
    st.subheader(
        t("movement.title", name=_name(town), opening=mu(first), closing=mu(last)), anchor=False
    )
    show_chart(desk, f"waterfall.{town}", lambda ink: waterfall(_sums(months), ink=ink))
    _table(months, "month", [month(pd.Timestamp(2000, int(n), 1)) for n in months["month"]])
    _say(months, found)
    if town == COUNTY:
        st.subheader(t("movement.by_town", year=year.year), anchor=False)
        whole = found.whole()
        names = [name if name is not None else t("filter.unknown") for name in whole["town"]]
        _table(whole, "town", names)


def _written(desk: Desk, found: Movement) -> Callable[[], bytes]:
    """Return what writes the workbook when it is asked for, not before."""
    context = export_context(desk, ParcelQuery())

    def write() -> bytes:
        with tempfile.TemporaryDirectory() as folder:
            return write_movement(found, Path(folder) / "book.xlsx", context=context).read_bytes()

    return write


def _choice(found: Movement) -> str:
    """Draw the choice of the town; it stays in the address."""
    towns = [NO_TOWN if town is None else str(town) for town in found.whole()["town"]]
    kept = state.setting("moved", COUNTY)
    return st.selectbox(
        t("movement.town"),
        [COUNTY, *towns],
        format_func=_name,
        key=state.widget(_KEY, kept if kept in towns else COUNTY),
        on_change=lambda: state.set_setting("moved", st.session_state[_KEY]),
        width=240,
    )


def _name(town: str) -> str:
    return {COUNTY: t("movement.county"), NO_TOWN: t("filter.unknown")}.get(town, town)


def _sums(months: pd.DataFrame) -> dict[str, float]:
    """Return the year so far: opening, the four flows, closing, in m²."""
    flows = {name: float(months[name].sum()) for name in COLUMNS[1:-1]}
    first, last = months["opening_m2"].iloc[0], months["closing_m2"].iloc[-1]
    return {"opening_m2": float(first), **flows, "closing_m2": float(last)}


def _table(rows: pd.DataFrame, key: str, names: list[str]) -> None:
    head = t(f"movement.{key}")
    table = pd.DataFrame({"name": names})
    config: dict[str, object] = {
        "name": st.column_config.Column(head, width=fitting(head, names), pinned=True)
    }
    for column in COLUMNS:
        table[column] = to_mu(rows[column].to_numpy(dtype=float))
        said = t(f"movement.{column}")
        width = fitting(said, ["123,456.78"])
        config[column] = st.column_config.NumberColumn(said, format="%,.2f", width=width)
    st.dataframe(
        table, hide_index=True, height="content", placeholder=UNKNOWN, column_config=config
    )


def _say(months: pd.DataFrame, found: Movement) -> None:
    """Say that the rows close, what the columns mean, and what could not be measured."""
    if (closing_gap(months).abs() < CLOSES_M2).all():
        st.caption(t("movement.closes"))
    if found.unknown_parcels:
        st.caption(t("movement.unknown", n=number(found.unknown_parcels)))
