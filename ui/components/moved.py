"""What moved in the month of the reader's day: the parcels it credited and the stages reached."""

from __future__ import annotations

from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from analysis.month import MonthCredit
from data import schema
from gis.area import to_mu
from ui.components.column_width import fitting
from ui.desk import Desk
from ui.text import DEFAULT, language, t
from ui.text.numbers import UNKNOWN, known, month, mu, number, parcels

MOST_CREDITED = 8
SAME_M2 = 0.05 * 2000 / 3
"""Sums that read alike with one decimal of 亩 are alike."""


def show_moved(desk: Desk, found: MonthCredit) -> None:
    """Draw the month: its credit beside the month before, the parcels, the stages reached."""
    st.subheader(t("overview.moved", month=month(desk.state_on)))
    st.markdown(credited_sentence(found))
    left, right = st.columns([2, 1], gap="medium")
    with left:
        if len(found.parcels):
            _credited_table(found.parcels.head(MOST_CREDITED))
        if len(found.parcels) > MOST_CREDITED:
            count = number(len(found.parcels))
            st.caption(t("overview.more_credited", n=number(MOST_CREDITED), all=count))
    with right:
        _stages_table(desk.moved())


def credited_sentence(found: MonthCredit) -> str:
    """Say what the month brought and how that differs from the month before."""
    said = {
        "area": mu(found.credited_m2),
        "parcels": parcels(len(found.parcels)),
        "before": mu(found.previous_m2),
    }
    gap = found.credited_m2 - found.previous_m2
    if abs(gap) < SAME_M2:
        return t("overview.month_same", **said)
    if gap > 0:
        return t("overview.month_more", **said, gap=mu(gap))
    return t("overview.month_less", **said, gap=mu(-gap))


def map_links(ids: pd.Index) -> list[str]:
    """Return the address of each parcel on the map, in the reader's language."""
    lang = {} if language() == DEFAULT else {"lang": language()}
    return ["/map?" + urlencode({**lang, "parcel": name}) for name in ids]


def labels(enum: str, codes: pd.Series) -> list[str]:
    """Return the labels of codes; a code outside its list is shown as it is."""
    names = schema.enum_labels(enum, language())
    return [names.get(code, str(code)) if known(code) else UNKNOWN for code in codes]


def text_columns(table: pd.DataFrame, *, without: tuple[str, ...] = ()) -> dict[str, object]:
    """Return heading and width of the columns that are named by their field."""
    heads = {
        name: schema.label(name, language(), with_unit=False)
        for name in map(str, table.columns)
        if name not in without
    }
    return {
        name: st.column_config.Column(head, width=fitting(head, table[name]))
        for name, head in heads.items()
    }


def link_column() -> object:
    """Return the column that leads to the map."""
    head, word = t("overview.on_map"), t("overview.open")
    return st.column_config.LinkColumn(head, display_text=word, width=fitting(head, [word]))


def area_column(*, credited: bool = False) -> object:
    """Return a column of areas in 亩."""
    head = t("overview.credited_area") if credited else t("overview.area")
    return st.column_config.NumberColumn(head, format="%,.2f", width=fitting(head, ["1,234.56"]))


def _credited_table(credited: pd.DataFrame) -> None:
    table = pd.DataFrame(
        {
            "link": map_links(credited.index),
            "parcel_name": credited["parcel_name"].fillna(UNKNOWN),
            "area": to_mu(credited["credited_m2"].astype(float)),
            "town": credited["town"].fillna(UNKNOWN),
            "renewal_mode": labels("renewal_mode", credited["renewal_mode"]),
        }
    )
    config = text_columns(table, without=("link", "area"))
    config |= {"link": link_column(), "area": area_column(credited=True)}
    st.dataframe(
        table,
        hide_index=True,
        height="content",
        placeholder=UNKNOWN,
        key="overview.credited",
        column_config=config,
    )


def _stages_table(moved: pd.DataFrame) -> None:
    if moved.empty:
        st.caption(t("overview.nothing_moved"))
        return
    table = pd.DataFrame(
        {
            "stage": labels("stage", moved["stage"]),
            "parcels": moved["parcels"].astype(int),
            "area": to_mu(moved["area_m2"].astype(float)),
        }
    )
    stage, count = t("overview.stage"), t("overview.parcels")
    st.dataframe(
        table,
        hide_index=True,
        height="content",
        placeholder=UNKNOWN,
        column_config={
            "stage": st.column_config.Column(stage, width=fitting(stage, table["stage"])),
            "parcels": st.column_config.NumberColumn(count, format="%,d", width=fitting(count)),
            "area": area_column(),
        },
    )
