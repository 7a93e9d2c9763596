"""How far is the year, and what moved? Target, credit and pace; curve, stages, towns, overdue."""

from __future__ import annotations

import calendar
from collections.abc import Callable
from urllib.parse import urlencode

import altair as alt
import pandas as pd
import streamlit as st

from analysis.progress import Progress
from data import schema
from gis.area import to_mu
from ui import state
from ui.components import charts
from ui.components.figures import Figure, big_line
from ui.components.header import header
from ui.desk import YEARS, Desk
from ui.text import DEFAULT, language, t
from ui.text.numbers import UNKNOWN, day, known, month, mu, number, parcels, plain

MOST_ROWS = 200
"""Overdue parcels listed here; the list page has them all."""
ON_PACE_M2 = 0.05 * 2000 / 3


def headline(desk: Desk, year: Progress) -> str:
    """Say the finding of the year in one sentence."""
    done = mu(year.credited_m2, 0)
    when = _when(desk, year.year)
    if year.gap_m2 is None or desk.state_on.year < year.year:
        return t("overview.plain", when=when, done=done)
    gap = mu(abs(year.gap_m2), 0)
    if desk.state_on.year > year.year:
        if year.gap_m2 >= 0:
            return t("overview.year_met", when=when, done=done, gap=gap)
        return t("overview.year_missed", when=when, done=done, gap=gap)
    if abs(year.gap_m2) < ON_PACE_M2:
        return t("overview.on_pace", when=when, done=done)
    if year.gap_m2 > 0:
        return t("overview.ahead", when=when, done=done, gap=gap)
    return t("overview.behind", when=when, done=done, gap=gap)


def _when(desk: Desk, year: int) -> str:
    on = desk.state_on
    if on.year != year:
        return t("overview.whole_year", year=year)
    if on.day == calendar.monthrange(on.year, on.month)[1]:
        return t("overview.month_end", month=month(on))
    return t("overview.until", on=day(on))


def figures(year: Progress) -> list[Figure]:
    """Return the line of big numbers: task, credited, pace, what each month must bring, overdue."""
    share = ""
    if year.target_m2:
        share = t("overview.share", pct=number(100 * year.credited_m2 / year.target_m2, 1))
    gap, note = year.gap_m2, ""
    if gap is not None and abs(gap) >= ON_PACE_M2:
        note = (
            t("overview.gap_ahead", gap=mu(gap))
            if gap > 0
            else t("overview.gap_behind", gap=mu(-gap))
        )
    late = year.overdue
    return [
        Figure(t("overview.target"), mu(year.target_m2, 0), help=t("overview.target_help")),
        Figure(
            t("overview.credited"), mu(year.credited_m2), share, help=year.credit_rule[language()]
        ),
        Figure(
            t("overview.pace"),
            mu(year.expected_m2),
            note,
            help=t("overview.pace_help"),
            tone="good" if gap is not None and gap > 0 else "bad",
        ),
        Figure(
            t("overview.required"),
            mu(year.required_m2_per_month),
            help=t("overview.required_help"),
        ),
        Figure(
            t("overview.overdue"),
            parcels(len(late)),
            mu(late["geometry_area_m2"].sum(min_count=1)) if len(late) else "",
            help=t("overview.overdue_help"),
        ),
    ]


def show_chart(desk: Desk, name: str, draw: Callable[[charts.Ink], alt.LayerChart]) -> None:
    """Draw a chart; Altair checks a specification for 0.1 s, so it is made once and kept."""
    dark = st.context.theme.type == "dark"
    ink = charts.DARK if dark else charts.LIGHT
    spec = desk.kept(("chart", name, dark, language()), lambda: draw(ink).to_dict())
    st.vega_lite_chart(spec=spec, width="stretch", key=f"overview.{name}")


def show_moved(desk: Desk, year: Progress) -> None:
    """Draw what moved in the month of the reader's day: credit and stages reached."""
    st.subheader(t("overview.moved", month=month(desk.state_on)))
    st.markdown(_credited_this_month(desk, year))
    moved = desk.moved()
    if moved.empty:
        st.caption(t("overview.nothing_moved"))
        return
    table = pd.DataFrame(
        {
            t("overview.stage"): [
                schema.enum_label("stage", code, language()) for code in moved["stage"]
            ],
            t("overview.parcels"): moved["parcels"].astype(int),
            t("overview.area"): to_mu(moved["area_m2"].astype(float)),
        }
    )
    st.dataframe(
        table,
        hide_index=True,
        height="content",
        placeholder=UNKNOWN,
        column_config={
            t("overview.area"): st.column_config.NumberColumn(format="%,.2f"),
            t("overview.parcels"): st.column_config.NumberColumn(format="%,d"),
        },
    )


def _credited_this_month(desk: Desk, year: Progress) -> str:
    if desk.state_on.year != year.year:
        return t("overview.other_year", year=year.year)
    curve = year.monthly["credited_m2"].to_numpy(dtype=float)
    now = desk.state_on.month
    fresh = curve[now - 1] - (curve[now - 2] if now > 1 else 0.0)
    return t("overview.credited_month", area=mu(fresh))


def show_overdue(year: Progress) -> None:
    """Draw the overdue parcels, longest first, each with a link to the map."""
    late = year.overdue
    st.subheader(t("overview.overdue_title", parcels=parcels(len(late))))
    if late.empty:
        st.caption(t("overview.none_overdue"))
        return
    shown = late.head(MOST_ROWS)
    lang = {} if language() == DEFAULT else {"lang": language()}
    links = ["/map?" + urlencode({**lang, "parcel": name}) for name in shown.index]
    table = pd.DataFrame(
        {
            "link": links,
            "parcel_name": shown["parcel_name"].fillna(UNKNOWN),
            "town": shown["town"].fillna(UNKNOWN),
            "low_class": _labels("low_class", shown["low_class"]),
            "stage": _labels("stage", shown["stage"]),
            "due_stage": _labels("stage", shown["due_stage"]),
            "due_on": [day(on) for on in shown["due_on"]],
            "overdue_days": shown["overdue_days"],
            "area": to_mu(shown["geometry_area_m2"].astype(float)),
            "responsible_unit": shown["responsible_unit"].fillna(UNKNOWN),
        }
    )
    named = {
        name: schema.label(name, language(), with_unit=False)
        for name in table
        if name not in ("link", "area")
    }
    st.dataframe(
        table,
        hide_index=True,
        height=min(36 * len(table) + 40, 420),
        placeholder=UNKNOWN,
        column_config={
            "link": st.column_config.LinkColumn(
                t("overview.on_map"), display_text=t("overview.open"), width="small"
            ),
            "area": st.column_config.NumberColumn(t("overview.area"), format="%,.2f"),
            **named,
        },
    )
    if len(late) > MOST_ROWS:
        st.caption(t("overview.more_overdue", n=number(MOST_ROWS), all=number(len(late))))


def _labels(enum: str, codes: pd.Series) -> list[str]:
    labels = schema.enum_labels(enum, language())
    return [labels.get(code, str(code)) if known(code) else UNKNOWN for code in codes]


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
    big_line(figures(year))
    st.caption(plain(year.credit_rule[language()]))
    _say_unknown(year)
    left, right = st.columns([5, 2], gap="large")
    with left:
        st.subheader(t("overview.curve", year=year.year))
        show_chart(desk, "line", lambda ink: charts.year_line(year.monthly, ink=ink))
    with right:
        show_moved(desk, year)
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader(t("overview.funnel"))
        show_chart(desk, "funnel", lambda ink: charts.stage_funnel(year.funnel, ink=ink))
        st.caption(t("overview.funnel_help"))
    with right:
        st.subheader(t("overview.towns"))
        show_chart(desk, "towns", lambda ink: charts.town_bars(year.by_town, ink=ink))
        if not year.by_town["task_mu"].notna().any():
            st.caption(t("overview.no_town_tasks"))
    show_overdue(year)


def _say_unknown(year: Progress) -> None:
    """Name what could not be counted, so that nobody takes it for zero."""
    said = {
        "credited_parcels_without_area": t("overview.unknown_area"),
        "plan_without_area": t("overview.unknown_plan"),
        "events_without_parcel": t("overview.unknown_parcel"),
        "parcels_in_progress_without_mode": t("overview.unknown_mode"),
    }
    parts = [f"{said[name]} {number(count)}" for name, count in year.unknown.items() if count]
    if parts:
        st.caption(t("overview.unknown", parts=t("filter.comma").join(parts)))


show(state.desk())
