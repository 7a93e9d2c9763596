"""The three counters of the monthly report, each with plan, done and month, apart from credit."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from analysis.progress import Progress
from gis.area import to_mu
from ui.components.column_width import fitting
from ui.desk import Desk
from ui.text import language, t
from ui.text.numbers import UNKNOWN, known, month, number

_HECTARE_M2 = 10_000


def show_counters(desk: Desk, year: Progress) -> None:
    """Draw the counters of the year; their areas are never added to the credit."""
    now = desk.state_on
    found = year.counters.table(now.month if now.year == year.year else 12)
    labels = {
        counter.code: counter.label_en if language() == "en" else counter.label_zh
        for counter in desk.rules.workflow.counters
    }
    shown = zip(found["floor"], found["plan_m2"], found["done_m2"], found["month_m2"], strict=True)
    rows = [[_said(area, floor=floor) for area in areas] for floor, *areas in shown]
    percent = 100 * found["done_m2"] / found["plan_m2"].where(found["plan_m2"] > 0)
    table = pd.DataFrame(rows, columns=["plan", "done", "month"])
    table.insert(0, "name", [labels[code] for code in found["counter"]])
    table["pct"] = [f"{number(share, 1)}%" if known(share) else UNKNOWN for share in percent]
    heads = {
        "name": t("progress.counter"),
        "plan": t("progress.counter_plan", year=year.year),
        "done": t("progress.counter_done"),
        "month": t("progress.counter_month", month=month(now)),
        "pct": t("progress.counter_pct"),
    }
    st.subheader(t("progress.counters"), anchor=False)
    st.dataframe(
        table,
        hide_index=True,
        height="content",
        width="content",
        key="progress.counters",
        column_config={
            name: st.column_config.Column(head, width=fitting(head, table[name]))
            for name, head in heads.items()
        },
    )
    st.caption(t("progress.counters_help"))


def _said(area_m2: float, *, floor: bool) -> str:
    """Write land in 亩 and floor area in 万㎡; unknown is a dash."""
    if not known(area_m2):
        return UNKNOWN
    if floor:
        return t("progress.floor", n=number(area_m2 / _HECTARE_M2, 2))
    return t("unit.mu", n=number(to_mu(area_m2), 1))
