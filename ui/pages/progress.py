"""The year as of any two dates: line, groups, movement, years, what was restated, town tasks."""

from __future__ import annotations

import streamlit as st

from analysis.progress import Progress
from ui import state
from ui.components.clearing_view import show_clearing
from ui.components.counters_view import show_counters
from ui.components.figures import big_line
from ui.components.forecast_view import band, show_forecast
from ui.components.header import header
from ui.components.movement_view import show_movement
from ui.components.plan_view import show_plan
from ui.components.progress_groups import show_groups
from ui.components.restated_view import show_restated
from ui.components.tasks_view import show_tasks
from ui.components.year_figures import figures, headline, say_overlap, say_unknown, show_chart
from ui.components.year_line import year_line
from ui.components.years_view import show_years
from ui.desk import YEARS, Desk
from ui.text import language, t
from ui.text.numbers import mu, plain

VIEWS = {
    "groups": show_groups,
    "movement": show_movement,
    "years": show_years,
    "restated": show_restated,
    "clearing": show_clearing,
    "tasks": show_tasks,
}


def show(desk: Desk) -> None:
    """Draw the page."""
    header(desk)
    year = desk.progress()
    with st.container(key="mutu_title", horizontal=True, vertical_alignment="bottom"):
        st.title(headline(desk, year), anchor=False, width="stretch")
        st.segmented_control(
            t("overview.year"),
            YEARS,
            key=state.widget("progress.year", desk.year),
            required=True,
            label_visibility="collapsed",
            on_change=lambda: state.set_year(st.session_state["progress.year"]),
        )
    big_line(figures(desk, year))
    st.caption(plain(year.credit_rule[language()]))
    say_overlap(year)
    say_unknown(year)
    view = st.segmented_control(
        t("progress.view"),
        ["line", *VIEWS],
        format_func=lambda name: t(f"progress.view_{name}"),
        key=state.widget("progress.view", state.setting("progress", "line")),
        required=True,
        label_visibility="collapsed",
        on_change=lambda: state.set_setting("progress", st.session_state["progress.view"]),
    )
    VIEWS.get(view, show_line)(desk, year)


def show_line(desk: Desk, year: Progress) -> None:
    """Draw the line of the year with both paces, and the three counters."""
    st.subheader(t("overview.curve", year=year.year), anchor=False)
    show_chart(
        desk,
        "season",
        lambda ink: year_line(year.monthly, ink=ink, season=_seasonal(year), band=band(desk)),
    )
    st.caption(_season_said(year))
    show_plan(desk)
    show_counters(desk, year)
    show_forecast(desk, name="progress")


def _seasonal(year: Progress) -> bool:
    return bool(year.monthly["season_line_m2"].notna().any())


def _season_said(year: Progress) -> str:
    """Say how the year stands against the way earlier years went."""
    expected = year.season_expected_m2
    if expected is None or year.season is None:
        return t("progress.no_season")
    gap = year.credited_m2 - expected
    said = {
        "years": t("filter.comma").join(map(str, year.season.years)),
        "expected": mu(expected),
        "gap": mu(abs(gap)),
    }
    return t("progress.season_ahead", **said) if gap >= 0 else t("progress.season_behind", **said)


show(state.desk())
