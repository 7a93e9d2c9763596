"""The year in a sentence and a line of big numbers, for every page that shows it."""

from __future__ import annotations

import calendar
from collections.abc import Callable
from datetime import date

import altair as alt
import streamlit as st

from analysis.month import months_left
from analysis.progress import Progress
from ui.components.figures import Figure
from ui.components.ink import DARK, LIGHT, Ink
from ui.desk import Desk
from ui.text import language, t
from ui.text.numbers import UNKNOWN, day, month, mu, number, parcels

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


def say_overlap(year: Progress) -> None:
    """Name the credit that lies on the other ledger's land too, so that nobody adds the two."""
    shared = year.overlap
    if shared.parcels:
        n, area = parcels(shared.parcels), mu(shared.credited_m2)
        st.caption(t("progress.overlap", n=n, area=area))


def say_unknown(year: Progress) -> None:
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


def show_chart(desk: Desk, name: str, draw: Callable[[Ink], alt.LayerChart]) -> None:
    """Draw a chart; Altair checks a specification for 0.1 s, so it is made once and kept."""
    dark = st.context.theme.type == "dark"
    ink = DARK if dark else LIGHT
    spec = desk.kept(("chart", name, dark, language()), lambda: draw(ink).to_dict())
    st.vega_lite_chart(spec=spec, width="stretch", key=f"chart.{name}")
