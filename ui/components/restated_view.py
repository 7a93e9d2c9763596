"""As published then, as known now: an earlier report, and what of it was restated and why."""

from __future__ import annotations

import calendar
from dataclasses import replace
from datetime import date

import pandas as pd
import streamlit as st

from analysis.progress import Progress
from analysis.restated import PUBLISHED_AFTER, Known, Restated
from analysis.restated import restated as measure_restated
from data import schema
from data.asof import OFFICE_ZONE
from gis.area import to_mu
from ui import state
from ui.components.column_width import fitting
from ui.components.figures import Figure, big_line
from ui.components.moved import link_column, map_links
from ui.components.year_figures import ON_PACE_M2
from ui.desk import Desk
from ui.text import language, t
from ui.text.numbers import UNKNOWN, day, mu, number, parcels

_REPORT, _PUBLISHED = "restated.report", "restated.published"


def show_restated(desk: Desk, year: Progress) -> None:  # noqa: ARG001 - all views are called alike
    """Draw the choice of the report, both figures, and the list of what differs."""
    report, published = _choice(desk)
    if published < report:
        st.warning(t("restated.too_early"), icon=":material/event_busy:")
        return
    found = restated(desk, report, published)
    if found is None:
        st.info(t("restated.nothing_known", on=day(published)), icon=":material/history:")
        return
    gap = found.now_m2 - found.then_m2
    big_line(
        [
            Figure(t("restated.then", on=day(published)), mu(found.then_m2, 2)),
            Figure(
                t("restated.now", on=day(desk.known_on) if desk.known_on else t("restated.all")),
                mu(found.now_m2, 2),
            ),
            Figure(t("restated.difference"), _signed(gap), parcels(len(found.rows))),
        ]
    )
    if found.rows.empty:
        st.caption(t("restated.none", on=day(report)))
        return
    _table(found)
    st.caption(t("restated.help"))


def restated(desk: Desk, report: date, published: date) -> Restated | None:
    """Return what differs between the report as published and as known now (shared).

    Parameters
    ----------
    report : date
        The day whose state is told.
    published : date
        The day of knowing of the report.

    Returns
    -------
    Restated or None
        None where the register held no parcels by the day of publication.
    """

    def make() -> Restated | None:
        then = replace(desk, state_on=report, known_on=published)
        if then.parcels.empty:
            return None
        return measure_restated(
            Known(then.parcels, then.events),
            Known(desk.parcels, desk.events),
            rules=desk.rules,
            year=report.year,
            state_on=report,
        )

    return desk.kept(("restated", report, published), make)


def _choice(desk: Desk) -> tuple[date, date]:
    """Draw the two dates; they stay in the address."""
    report = state.day_setting("report") or _last_quarter(desk.state_on)
    published = state.day_setting("published") or report + PUBLISHED_AFTER
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        st.date_input(
            t("restated.report"),
            key=state.widget(_REPORT, report),
            min_value=state.FIRST_DAY,
            max_value=max(desk.state_on, report),
            format="YYYY-MM-DD",
            width=180,
            on_change=lambda: state.set_setting("report", str(st.session_state[_REPORT] or "")),
        )
        st.date_input(
            t("restated.published"),
            key=state.widget(_PUBLISHED, published),
            min_value=state.FIRST_DAY,
            max_value=state.LAST_DAY,
            format="YYYY-MM-DD",
            width=180,
            help=t("restated.published_help"),
            on_change=lambda: state.set_setting(
                "published", str(st.session_state[_PUBLISHED] or "")
            ),
        )
    return report, published


def _last_quarter(on: date) -> date:
    """Return the end of the last quarter that was over before ``on``.

    Examples
    --------
    >>> str(_last_quarter(date(2026, 10, 31))), str(_last_quarter(date(2026, 2, 1)))
    ('2026-09-30', '2025-12-31')
    """
    month = (on.month - 1) // 3 * 3
    year, month = (on.year, month) if month else (on.year - 1, 12)
    return date(year, month, calendar.monthrange(year, month)[1])


def _table(found: Restated) -> None:
    comma, rows = t("filter.comma"), found.rows
    moments = pd.to_datetime(rows["recorded_at"], utc=True).dt.tz_convert(OFFICE_ZONE)
    table = pd.DataFrame(
        {
            "link": map_links(rows.index),
            "parcel_name": rows["parcel_name"].to_numpy(dtype=object),
            "town": rows["town"].to_numpy(dtype=object),
            "then": to_mu(rows["then_m2"].to_numpy(dtype=float)),
            "now": to_mu(rows["now_m2"].to_numpy(dtype=float)),
            "difference": to_mu(rows["difference_m2"].to_numpy(dtype=float)),
            "why": [
                comma.join(t(f"restated.why_{why}") for why in whys) for whys in rows["reasons"]
            ],
            "documents": [comma.join(told) or None for told in rows["documents"]],
            "notes": [comma.join(told) or None for told in rows["notes"]],
            "parcel_id": rows.index.to_numpy(),
            "recorded": [day(moment) if pd.notna(moment) else None for moment in moments],
        }
    )
    config = _columns(table)
    height = min(35 * len(table) + 38, 560)
    st.dataframe(table, hide_index=True, height=height, placeholder=UNKNOWN, column_config=config)


def _reason(why: str) -> str:
    return t(f"restated.why_{why}")


def _columns(table: pd.DataFrame) -> dict[str, object]:
    config: dict[str, object] = {"link": link_column()}
    for name in ("parcel_id", "parcel_name", "town"):
        head = schema.label(name, language())
        config[name] = st.column_config.Column(head, width=fitting(head, table[name], most=170))
    for name in ("then", "now", "difference"):
        head = t(f"restated.column_{name}")
        width = fitting(head, ["1,234.56"])
        config[name] = st.column_config.NumberColumn(head, format="%,.2f", width=width)
    for name in ("why", "documents", "notes", "recorded"):
        head = t(f"restated.column_{name}")
        config[name] = st.column_config.Column(head, width=fitting(head, table[name], most=260))
    return config


def _signed(area_m2: float) -> str:
    if abs(area_m2) < ON_PACE_M2 / 10:
        return mu(0.0, 2)
    sign = "+" if area_m2 > 0 else "−"
    return sign + t("unit.mu", n=number(abs(to_mu(area_m2)), 2))
