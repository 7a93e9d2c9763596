"""The list of parcels: the filtered ones, ticked here as they are picked on the map."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import pandas as pd
import streamlit as st

from analysis.query import ParcelQuery
from data import schema
from gis.area import to_mu
from ui import state
from ui.components.column_width import fitting
from ui.desk import Desk
from ui.text import language, t
from ui.text.numbers import UNKNOWN, number

MOST_ROWS = 1000
"""Rows sent to the browser; the totals and files hold the whole list."""
TABLE, SHOWN = "parcels.table", "parcels.shown"

CODED = ("low_class", "stage", "renewal_mode", "evaluation_grade")
AREAS = ("geometry_area_m2", "registered_area_m2")
COLUMNS = (
    "parcel_id",
    "parcel_name",
    "town",
    "park",
    "low_class",
    "stage",
    "overdue_days",
    *AREAS,
    "far",
    "renewal_mode",
    "evaluation_grade",
    "owner",
    "stage_on",
    "due_on",
    "responsible_unit",
)


def orders() -> dict[str, tuple[str, str, bool]]:
    """Return the ways to order the list: what it is called, the column, rising or falling."""
    return {
        "id": (t("parcels.by_id"), "parcel_id", True),
        "area": (t("parcels.by_area"), "geometry_area_m2", False),
        "thin": (t("parcels.by_far"), "far", True),
        "late": (t("parcels.by_overdue"), "overdue_days", False),
    }


def listed(desk: Desk, query: ParcelQuery, order: str) -> pd.DataFrame:
    """Return the first rows of the list as shown: names for codes, 亩 for m² (shared)."""

    def make() -> pd.DataFrame:
        frame = desk.filtered(query)
        _, column, rising = orders()[order]
        if column != "parcel_id":
            values = frame[column].reset_index(drop=True)
            ordered = values.sort_values(ascending=rising, kind="stable", na_position="last")
            frame = frame.iloc[ordered.index[:MOST_ROWS]]
        return _readable(frame.head(MOST_ROWS))

    return desk.kept(("listed", query, order, language()), make)


def _readable(frame: gpd.GeoDataFrame) -> pd.DataFrame:
    table = pd.DataFrame(frame.drop(columns=frame.geometry.name)).reset_index()[list(COLUMNS)]
    for name in CODED:
        table[name] = table[name].map(schema.enum_labels(name, language()))
    for name in AREAS:
        table[name] = to_mu(table[name].astype(float))
    return table


def columns(table: pd.DataFrame) -> dict[str, object]:
    """Return how each column is headed and written, wide enough for its heading and its text.

    The widths of coded columns hold every label of their list, so that they do not jump as the
    list changes; the id stays in view when the table is scrolled sideways.
    """
    lang = language()
    config: dict[str, object] = {}
    for name in COLUMNS:
        unit = "mu" if name in AREAS else None
        head = schema.label(name, lang, unit=unit, with_unit=name in AREAS)
        if name in AREAS:
            width = fitting(head, ["12,345.67"])
            config[name] = st.column_config.NumberColumn(head, format="%,.2f", width=width)
        elif name == "far":
            config[name] = st.column_config.NumberColumn(head, format="%.2f", width=fitting(head))
        elif name in ("stage_on", "due_on"):
            width = fitting(head, ["2026-10-31"])
            config[name] = st.column_config.DateColumn(head, format="YYYY-MM-DD", width=width)
        else:
            shown = schema.enum_labels(name, lang).values() if name in CODED else table[name]
            pinned = name == "parcel_id" or None
            config[name] = st.column_config.Column(head, width=fitting(head, shown), pinned=pinned)
    return config


def parcel_table(
    desk: Desk,
    query: ParcelQuery,
    *,
    order: str = "id",
    within: str | None = None,
    height: int = 560,
) -> None:
    """Draw the list with its ticks taken from the selection that all pages share.

    Parameters
    ----------
    desk : Desk
        The county as the reader looks at it.
    query : ParcelQuery
        The filters that hold.
    order : str
        A key of :func:`orders`.
    within : str, optional
        WKT of a drawn shape: list its parcels instead of what the filters keep.
    height : int
        Height in pixels; longer lists scroll.
    """
    ticked = picked_ids(desk)
    if within:
        frame = desk.picked((), within)
        table = desk.kept(("within", within, language()), lambda: _readable(frame.head(MOST_ROWS)))
    else:
        frame = desk.filtered(query)
        table = listed(desk, query, order)
    ticked_table(table, columns(table), set(ticked), height=height)
    if len(frame) > MOST_ROWS:
        st.caption(t("parcels.more", n=number(MOST_ROWS), all=number(len(frame))))


def ticked_table(
    table: pd.DataFrame, config: Mapping[str, object], ticked: set[str], *, height: int
) -> None:
    """Draw rows that can be ticked; the ticks are the selection that all pages share.

    Parameters
    ----------
    table : DataFrame
        What is shown; ``parcel_id`` is a column.
    config : mapping
        How each column is headed and written.
    ticked : set of str
        The parcels picked on any page.
    height : int
        Height in pixels; longer lists scroll.
    """
    ids = table["parcel_id"].tolist()
    st.session_state[SHOWN] = ids
    rows = [row for row, name in enumerate(ids) if name in ticked]
    current = st.session_state.get(TABLE)
    if current is None or sorted(current["selection"]["rows"]) != rows:
        st.session_state[TABLE] = {"selection": {"rows": rows, "columns": [], "cells": []}}
    st.dataframe(
        table,
        key=TABLE,
        hide_index=True,
        height=height,
        column_config=dict(config),
        placeholder=UNKNOWN,
        on_select=_ticked,
        selection_mode="multi-row",
    )


def _ticked() -> None:
    """Carry the ticks into the shared selection; picks that are not in view stay."""
    shown = st.session_state[SHOWN]
    rows = st.session_state[TABLE]["selection"]["rows"]
    ticked = [shown[row] for row in rows if row < len(shown)]
    before = picked_ids(state.desk())
    elsewhere = [name for name in before if name not in set(shown)]
    fresh = [name for name in ticked if name not in set(before)]
    state.select([*elsewhere, *ticked])
    if len(fresh) == 1:
        state.open_parcel(fresh[0])


def picked_ids(desk: Desk) -> list[str]:
    """Return the ids picked on any page, those inside a drawn shape among them."""
    picked = state.selection()
    return list(desk.picked(picked.ids, picked.shape).index) if picked else []
