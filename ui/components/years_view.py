"""Year against year, and the carry-over that stands beside the year and is never added to it."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from analysis.progress import Progress
from gis.area import to_mu
from ui.components.column_width import fitting
from ui.desk import Desk
from ui.text import t
from ui.text.numbers import UNKNOWN, mu


def show_years(desk: Desk, year: Progress) -> None:
    """Draw the table of the years and the carry-over."""
    on = desk.state_on
    st.subheader(t("progress.years", year=year.year), anchor=False)
    table = pd.DataFrame(
        {
            "year": year.years["year"].astype(str),
            "target": to_mu(year.years["target_m2"].astype(float)),
            "credited": to_mu(year.years["credited_m2"].astype(float)),
            "done": year.years["done_pct"].astype(float),
            "same_day": to_mu(year.years["same_day_m2"].astype(float)),
        }
    )
    heads = {
        "year": (t("overview.year"), None),
        "target": (t("progress.task"), "%,.2f"),
        "credited": (t("overview.credited_area"), "%,.2f"),
        "done": (t("progress.done"), "%.1f%%"),
        "same_day": (t("progress.same_day", month=on.month, day=on.day), "%,.2f"),
    }
    st.dataframe(
        table,
        hide_index=True,
        height="content",
        placeholder=UNKNOWN,
        column_config={name: _column(*told) for name, told in heads.items()},
    )
    _carry_over(year)


def _column(head: str, form: str | None) -> object:
    if form is None:
        return st.column_config.Column(head)
    width = fitting(head, ["12,345.67"])
    return st.column_config.NumberColumn(head, format=form, width=width)


def _carry_over(year: Progress) -> None:
    """Say what came from projects of earlier years, and what those years left over."""
    left = year.carry_over
    st.markdown(
        t(
            "progress.carry",
            year=year.year,
            credited=mu(year.credited_m2),
            earlier=mu(left.begun_earlier_m2),
            fresh=mu(left.begun_this_year_m2),
        )
    )
    if left.balance_m2 is None:
        st.markdown(t("progress.balance_none"))
    elif left.balance_m2 >= 0:
        st.markdown(t("progress.balance_more", area=mu(left.balance_m2)))
    else:
        st.markdown(t("progress.balance_less", area=mu(-left.balance_m2)))
