"""What became of the plot ratios since another day, as each was known then."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pandas as pd
import streamlit as st

from analysis.uplift import far_change
from gis.area import to_mu
from ui import state
from ui.components.column_width import fitting
from ui.components.moved import link_column, map_links
from ui.desk import Desk
from ui.measured import measured, same_buildings
from ui.text import t
from ui.text.numbers import UNKNOWN, day, number

MOST_ROWS = 100
FIRST_DAY = date(2020, 1, 1)
KINDS = ("risen", "fallen", "new", "gone", "same", "unknown")


def show_change(desk: Desk) -> None:
    """Draw the comparison with a day that the reader picks."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.subheader(t("far.change"), width="stretch")
        since = st.date_input(
            t("far.since"),
            min_value=FIRST_DAY,
            max_value=max(desk.latest, desk.changes()["recorded_at"].max().date()),
            format="YYYY-MM-DD",
            key=state.widget("far.since", state.day_setting("compared")),
            on_change=_keep,
            width=180,
        )
    if not isinstance(since, date):
        st.caption(t("far.change_help"))
        return
    before = replace(desk, known_on=since)
    if before.parcels.empty:
        st.info(t("far.nothing_then", on=day(since)), icon=":material/history:")
        return
    with st.spinner(t("far.measuring"), show_time=True):
        old, new = measured(before).parcels, measured(desk).parcels
    found = desk.kept(("far change", since), lambda: far_change(old, new))
    counts = found["kind"].value_counts()
    said = [t(f"far.kind_{kind}", n=number(counts.get(kind, 0))) for kind in KINDS]
    floor = number(found["floor_change_m2"].sum() / 10_000, 2)
    st.markdown(t("far.changed", on=day(since), kinds=t("filter.comma").join(said), floor=floor))
    moved = found[found["kind"].isin(["risen", "fallen", "new", "gone"])]
    if len(moved):
        _table(desk, moved)
    elif same_buildings(before, desk):
        st.caption(t("far.same_buildings"))


def _keep() -> None:
    since = st.session_state["far.since"]
    state.set_setting("compared", since.isoformat() if since else "")


def _table(desk: Desk, moved: pd.DataFrame) -> None:
    order = moved["floor_change_m2"].abs().sort_values(ascending=False, kind="stable")
    shown = moved.loc[order.index].head(MOST_ROWS)
    names = desk.parcels["parcel_name"].reindex(shown.index).fillna(UNKNOWN)
    area = desk.parcels["geometry_area_m2"].reindex(shown.index).astype(float)
    table = pd.DataFrame(
        {
            "link": map_links(shown.index),
            "name": names.to_numpy(),
            "area": to_mu(area.to_numpy()),
            "before": shown["far_before"].to_numpy(),
            "after": shown["far_after"].to_numpy(),
            "floor": shown["floor_change_m2"].to_numpy(),
        }
    )
    heads = {
        "area": (t("far.land"), 1),
        "before": (t("far.before"), 2),
        "after": (t("far.after"), 2),
        "floor": (t("far.floor_change"), 0),
    }
    config: dict[str, object] = {
        name: st.column_config.NumberColumn(head, format=f"%,.{places}f", width=fitting(head))
        for name, (head, places) in heads.items()
    }
    config["link"] = link_column()
    config["name"] = st.column_config.Column(t("far.parcel"), width=fitting("", table["name"]))
    st.dataframe(
        table,
        hide_index=True,
        height=min(35 * len(table) + 38, 320),
        placeholder=UNKNOWN,
        column_config=config,
    )
