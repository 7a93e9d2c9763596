"""How far is the year, and what moved? Target, credit and pace; curve, stages, towns, overdue."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from analysis.progress import Progress
from gis.area import to_mu
from ui import state
from ui.components import charts
from ui.components.figures import big_line
from ui.components.forecast_view import band, show_forecast
from ui.components.header import header
from ui.components.ledgers_view import say_ledgers
from ui.components.moved import (
    area_column,
    labels,
    link_column,
    map_links,
    show_moved,
    text_columns,
)
from ui.components.packet_download import packet_download
from ui.components.plan_view import say_plan
from ui.components.year_figures import figures, headline, phase, say_unknown, show_chart
from ui.components.year_line import year_line
from ui.desk import YEARS, Desk
from ui.text import language, t
from ui.text.numbers import UNKNOWN, day, number, parcels, plain

MOST_ROWS = 200
"""Overdue parcels listed here; the list page has them all."""


def show_overdue(desk: Desk, year: Progress) -> None:
    """Draw the overdue parcels, longest first, each with a link to the map."""
    late = year.overdue
    on = day(desk.state_on)
    st.subheader(t("overview.overdue_title", parcels=parcels(len(late)), on=on))
    if late.empty:
        st.caption(t("overview.none_overdue"))
        return
    shown = late.head(MOST_ROWS)
    table = pd.DataFrame(
        {
            "link": map_links(shown.index),
            "parcel_name": shown["parcel_name"].fillna(UNKNOWN),
            "owner": shown["owner"].fillna(UNKNOWN),
            "town": shown["town"].fillna(UNKNOWN),
            "low_class": labels("low_class", shown["low_class"]),
            "stage": labels("stage", shown["stage"]),
            "due_stage": labels("stage", shown["due_stage"]),
            "due_on": [day(on) for on in shown["due_on"]],
            "overdue_days": shown["overdue_days"],
            "area": to_mu(shown["geometry_area_m2"].astype(float)),
            "responsible_unit": shown["responsible_unit"].fillna(UNKNOWN),
        }
    )
    config = text_columns(table, without=("link", "area"))
    config |= {"link": link_column(), "area": area_column()}
    st.dataframe(
        table,
        hide_index=True,
        height=min(35 * len(table) + 38, 420),
        placeholder=UNKNOWN,
        column_config=config,
    )
    if len(late) > MOST_ROWS:
        st.caption(t("overview.more_overdue", n=number(MOST_ROWS), all=number(len(late))))


def show(desk: Desk) -> None:
    """Draw the page."""
    header(desk)
    year = desk.progress()
    with st.container(key="mutu_title", horizontal=True, vertical_alignment="bottom"):
        st.title(headline(desk, year), anchor=False, width="stretch")
        st.segmented_control(
            t("overview.year"),
            YEARS,
            key=state.widget("overview.year", desk.year),
            required=True,
            label_visibility="collapsed",
            on_change=lambda: state.set_year(st.session_state["overview.year"]),
        )
        packet_download(desk)
    big_line(figures(desk, year))
    st.caption(plain(year.credit_rule[language()]))
    say_unknown(year)
    say_ledgers(desk)
    say_plan(desk)
    st.subheader(t("overview.curve", year=year.year))
    show_chart(desk, "line", lambda ink: year_line(year.monthly, band=band(desk), ink=ink))
    if desk.state_on.year == year.year:
        show_moved(desk, year.month)
    show_forecast(desk)
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader(t("overview.funnel", on=day(desk.state_on)))
        show_chart(desk, "funnel", lambda ink: charts.stage_funnel(year.funnel, ink=ink))
        st.caption(t("overview.funnel_help"))
    with right:
        _show_towns(desk, year)
    show_overdue(desk, year)


def _show_towns(desk: Desk, year: Progress) -> None:
    st.subheader(t("overview.towns", year=year.year))
    if phase(desk, year.year) == "ahead":
        st.caption(t("overview.not_begun", year=year.year))
        return
    show_chart(desk, "towns", lambda ink: charts.town_bars(year.by_town, ink=ink))
    if not year.by_town["task_mu"].notna().any():
        st.caption(t("overview.no_town_tasks"))


show(state.desk())
