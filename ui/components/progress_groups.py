"""Who has done how much: the year by town, park, class, mode and responsible unit."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from analysis.progress import Progress
from data import schema
from gis.area import to_mu
from ui import state
from ui.components.column_width import fitting
from ui.desk import Desk
from ui.text import language, t
from ui.text.numbers import UNKNOWN, known

GROUPS = state.SETTINGS["group"]


def show_groups(desk: Desk, year: Progress) -> None:  # noqa: ARG001 - all views are called alike
    """Draw the choice of the grouping and its table."""
    group = st.segmented_control(
        t("progress.group"),
        GROUPS,
        format_func=_name_of,
        key=state.widget("progress.group", state.setting("group", "town")),
        required=True,
        label_visibility="collapsed",
        on_change=lambda: state.set_setting("group", st.session_state["progress.group"]),
    )
    found = {
        "town": year.by_town,
        "park": year.by_park,
        "low_class": year.by_class,
        "renewal_mode": year.by_mode,
        "responsible_unit": year.by_unit,
    }[group]
    tasks = group == "town" and bool(found["task_mu"].notna().any())
    if group == "town" and not tasks:
        st.caption(t("overview.no_town_tasks"))
    table = readable(found, group, year.credited_m2, tasks=tasks)
    st.dataframe(
        table,
        hide_index=True,
        height="content",
        placeholder=UNKNOWN,
        column_config=_columns(table, group),
    )
    st.caption(t("progress.group_help"))


def readable(found: pd.DataFrame, group: str, total_m2: float, *, tasks: bool) -> pd.DataFrame:
    """Return a table of groups as shown: 亩, shares in percent; by completion where tasks are."""
    lang, none = language(), t("progress.outside") if group == "park" else t("filter.unknown")
    enum = schema.enum_labels(group, lang) if group in ("low_class", "renewal_mode") else {}
    credited = found["credited_m2"].to_numpy(dtype=float)
    share = 100 * credited / total_m2 if total_m2 else np.full(len(found), np.nan)
    table = pd.DataFrame(
        {
            "name": [enum.get(code, str(code)) if known(code) else none for code in found[group]],
            "credited": to_mu(credited),
            "share": share,
            "credited_parcels": found["credited_parcels"].to_numpy(dtype=int),
            "parcels": found["parcels"].to_numpy(dtype=int),
            "overdue": found["overdue"].to_numpy(dtype=int),
        }
    )
    if tasks:
        table.insert(2, "task", found["task_mu"].astype(float).to_numpy())
        table.insert(3, "done", found["done_pct"].to_numpy(dtype=float))
        table = table.sort_values("done", ascending=False, kind="stable", na_position="last")
    return table


def _name_of(group: str) -> str:
    return schema.label(group, language(), with_unit=False)


def _columns(table: pd.DataFrame, group: str) -> dict[str, object]:
    heads = {
        "credited": (t("overview.credited_area"), "%,.2f"),
        "task": (t("progress.task"), "%,.2f"),
        "done": (t("progress.done"), "%.1f%%"),
        "share": (t("progress.share"), "%.1f%%"),
        "credited_parcels": (t("progress.credited_parcels"), "%,d"),
        "parcels": (t("progress.parcels"), "%,d"),
        "overdue": (t("progress.overdue"), "%,d"),
    }
    config: dict[str, object] = {
        name: st.column_config.NumberColumn(head, format=form, width=fitting(head, ["1,234.56"]))
        for name, (head, form) in heads.items()
    }
    name = _name_of(group)
    config["name"] = st.column_config.Column(name, width=fitting(name, table["name"]), pinned=True)
    return config
