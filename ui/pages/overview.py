"""How far is the year, and what moved? Target, credit and pace; curve, stages, towns, overdue."""

from __future__ import annotations

import calendar
from collections.abc import Callable
from datetime import date

import altair as alt
import pandas as pd
import streamlit as st

from analysis.month import months_left
from analysis.progress import Progress
from gis.area import to_mu
from ui import state
from ui.components import charts
from ui.components.figures import Figure, big_line
from ui.components.forecast_view import band, show_forecast
from ui.components.header import header
from ui.components.ink import DARK, LIGHT, Ink
from ui.components.moved import (
    area_column,
    labels,
    link_column,
    map_links,
    show_moved,
    text_columns,
)
from ui.components.year_line import year_line
from ui.desk import YEARS, Desk
from ui.text import language, t
from ui.text.numbers import UNKNOWN, day, month, mu, number, parcels, plain

MOST_ROWS = 200
"""Overdue parcels listed here; the list page has them all."""
ON_PACE_M2 = 0.05 * 2000 / 3


def phase(desk: Desk, year: int) -> str:
    """Return whether the year is ``"over"``, ``"running"`` or still ``"ahead"`` on the day."""
    if desk.state_on.year < year:
        return "ahead"
    return "over" if desk.state_on >= date(year, 12, 31) else "running"


def headline(desk: Desk, year: Progress) -> str:
    """Say the finding of the year in one sentence."""
    stands, done = phase(desk, year.year), mu(year.credited_m2, 0)
    if stands == "ahead":
        return t("overview.not_begun", year=year.year)
    if stands == "over":
        if not year.target_m2:
            return t("overview.finished_untold", year=year.year, done=done)
        return t("overview.finished", year=year.year, done=done, pct=_pct(year))
    when = _when(desk)
    if year.gap_m2 is None:
        return t("overview.plain", when=when, done=done)
    gap = mu(abs(year.gap_m2), 0)
    if abs(year.gap_m2) < ON_PACE_M2:
        return t("overview.on_pace", when=when, done=done)
    if year.gap_m2 > 0:
        return t("overview.ahead", when=when, done=done, gap=gap)
    return t("overview.behind", when=when, done=done, gap=gap)


def _when(desk: Desk) -> str:
    on = desk.state_on
    if on.day == calendar.monthrange(on.year, on.month)[1]:
        return t("overview.month_end", month=month(on))
    return t("overview.until", on=day(on))


def _pct(year: Progress) -> str:
    return number(100 * year.credited_m2 / year.target_m2, 1) if year.target_m2 else UNKNOWN


def figures(desk: Desk, year: Progress) -> list[Figure]:
    """Return the line of big numbers; a year that is over has no pace, one ahead no credit."""
    stands = phase(desk, year.year)
    task = Figure(t("overview.target"), mu(year.target_m2, 0), help=t("overview.target_help"))
    share = t("overview.share", pct=_pct(year)) if year.target_m2 else ""
    rule = year.credit_rule[language()]
    credited = Figure(t("overview.credited"), mu(year.credited_m2), share, help=rule)
    late = _overdue_figure(desk, year)
    if stands == "ahead":
        return [task, _required(desk, year), late]
    if stands == "over":
        return [task, credited, _against_task(year), late]
    return [task, credited, _pace(year), _required(desk, year), late]


def _against_task(year: Progress) -> Figure:
    gap, note = year.gap_m2, ""
    if gap is not None:
        note = t("overview.task_met") if gap >= 0 else t("overview.task_missed")
    met = gap is not None and gap >= 0
    return Figure(
        t("overview.above_task") if met else t("overview.below_task"),
        UNKNOWN if gap is None else mu(abs(gap)),
        note,
        tone="good" if met else "bad",
    )


def _pace(year: Progress) -> Figure:
    gap, note = year.gap_m2, ""
    if gap is not None and abs(gap) >= ON_PACE_M2:
        note = (
            t("overview.gap_ahead", gap=mu(gap))
            if gap > 0
            else t("overview.gap_behind", gap=mu(-gap))
        )
    return Figure(
        t("overview.pace"),
        mu(year.expected_m2),
        note,
        help=t("overview.pace_help"),
        tone="good" if gap is not None and gap > 0 else "bad",
    )


def _required(desk: Desk, year: Progress) -> Figure:
    note = ""
    if year.required_m2_per_month and year.target_m2:
        left = f"{months_left(year.year, desk.state_on):.2f}".rstrip("0").rstrip(".")
        rest = mu(year.target_m2 - year.credited_m2)
        note = t("overview.required_note", left=rest, months=left)
    return Figure(
        t("overview.required"),
        mu(year.required_m2_per_month),
        note,
        help=t("overview.required_help"),
    )


def _overdue_figure(desk: Desk, year: Progress) -> Figure:
    late = year.overdue
    running = phase(desk, year.year) == "running"
    return Figure(
        t("overview.overdue") if running else t("overview.overdue_on", on=day(desk.state_on)),
        parcels(len(late)),
        mu(late["geometry_area_m2"].sum(min_count=1)) if len(late) else "",
        help=t("overview.overdue_help"),
    )


def show_chart(desk: Desk, name: str, draw: Callable[[Ink], alt.LayerChart]) -> None:
    """Draw a chart; Altair checks a specification for 0.1 s, so it is made once and kept."""
    dark = st.context.theme.type == "dark"
    ink = DARK if dark else LIGHT
    spec = desk.kept(("chart", name, dark, language()), lambda: draw(ink).to_dict())
    st.vega_lite_chart(spec=spec, width="stretch", key=f"overview.{name}")


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
        height=min(36 * len(table) + 40, 420),
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
    big_line(figures(desk, year))
    st.caption(plain(year.credit_rule[language()]))
    _say_unknown(year)
    st.subheader(t("overview.curve", year=year.year))
    show_chart(desk, "line", lambda ink: year_line(year.monthly, band=band(desk), ink=ink))
    show_forecast(desk)
    if desk.state_on.year == year.year:
        show_moved(desk, year.month)
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


def _say_unknown(year: Progress) -> None:
    """Name what could not be counted, so that nobody takes it for zero."""
    count = year.unknown
    said = {
        "credited_parcels_without_area": lambda n: t("overview.unknown_area", n=n),
        "plan_without_area": lambda n: t("overview.unknown_plan", n=n),
        "events_without_parcel": lambda n: t("overview.unknown_parcel", n=n),
        "parcels_in_progress_without_mode": lambda n: t("overview.unknown_mode", n=n),
    }
    parts = [say(number(count[name])) for name, say in said.items() if count[name]]
    if parts:
        st.caption(" ".join(parts))


show(state.desk())
