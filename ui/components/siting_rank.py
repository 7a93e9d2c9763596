"""One project: its sites on the map and by rank, what is barred or unchecked, the open site."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pandas as pd
import streamlit as st

from gis.area import to_mu
from reports.siting_list import LAND_UNKNOWN
from ui import sited, state
from ui.components.chosen_row import follow_opened
from ui.components.column_width import fitting
from ui.components.siting_barred import show_barred
from ui.components.siting_export import siting_export
from ui.components.siting_map import open_site, siting_map
from ui.components.siting_panel import site_panel
from ui.components.siting_weights import weights_box
from ui.components.siting_words import (
    kind_label,
    lost,
    month_of,
    percent,
    project_name,
    ranks,
    site_name,
)
from ui.desk import Desk
from ui.text import language, t
from ui.text.numbers import UNKNOWN, number, plain

MAP_HEIGHT, LIST_HEIGHT = 400, 320
MOST_ROWS = 300
TABLE, SHOWN = "siting.table", "siting.shown"


def show_rank(desk: Desk, project: str) -> None:
    """Draw the view of one project."""
    _choose(desk, project)
    _say(desk, project)
    told = sited.record(desk, project)
    place, side = st.columns([9, 5], gap="medium")
    with place, st.container(key="mutu_siting_map"):
        siting_map(desk, project, height=MAP_HEIGHT)
    with place:
        _list(desk, told)
        show_barred(desk, project)
    with side:
        weights_box(desk, project)
        with st.container(border=True):
            site_panel(desk, project)


def _choose(desk: Desk, project: str) -> None:
    table = sited.projects(desk)
    ids = [str(name) for name in table.index]
    with st.container(key="mutu_siting_choice", horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            t("siting.project"), ids, key=state.widget("siting.project", project), width=420,
            format_func=lambda name: project_name(name, table.loc[name]), on_change=_chosen,
            label_visibility="collapsed",
        )  # fmt: skip
        st.space("stretch")
        siting_export(desk, project)


def _chosen() -> None:
    state.set_setting("project", st.session_state["siting.project"])
    state.set_setting("site", "")
    state.set_setting("beside", "")


def _say(desk: Desk, project: str) -> None:
    """Say how the sites of the county part: ranked, vetoed, too small; and where that is thin."""
    told = sited.record(desk, project)
    every = len(sited.sites(desk).table)
    vetoed = len({row["site_id"] for row in told["vetoed"]})
    parted = t(
        "siting.parted",
        all=number(every), ranked=number(len(told["ranking"])), vetoed=number(vetoed),
        small=number(len(told["too_small"])),
    )  # fmt: skip
    if _overturned(told["ranking"]):
        parted += " :material/help: " + t("siting.missing_turns")
    st.caption(parted)
    if told["need_mu"] is None:
        st.warning(plain(LAND_UNKNOWN[language() == "en"]), icon=":material/square_foot:")
    if not every:
        st.info(t("siting.no_sites"), icon=":material/layers_clear:")
    elif not told["ranking"]:
        largest = number(told["largest_mu"], 1)
        st.info(t("siting.nowhere", largest=largest), icon=":material/wrong_location:")


def _overturned(rows: list[dict[str, Any]]) -> bool:
    """Say whether what is missing could put another site before the first."""
    known = [row for row in rows if row["score"] is not None]
    return len(known) > 1 and max(row["score_high"] for row in known[1:]) > known[0]["score_low"]


def _list(desk: Desk, told: dict[str, Any]) -> None:
    rows = told["ranking"][:MOST_ROWS]
    if not rows:
        return
    shown = [row["site_id"] for row in rows]
    table = _readable(desk, told, rows)
    opened = sited.opened_site(desk, told["project_id"])
    follow_opened("site", shown, table=TABLE, shown=SHOWN, opened=opened)
    st.dataframe(
        table, key=TABLE, hide_index=True, height=min(LIST_HEIGHT, 35 * len(table) + 38),
        column_config=_columns(table), placeholder=UNKNOWN, on_select=_opened,
        selection_mode="single-row",
    )  # fmt: skip
    if len(told["ranking"]) > MOST_ROWS:
        st.caption(t("siting.more_rows", n=number(MOST_ROWS), all=number(len(told["ranking"]))))


def _opened() -> None:
    shown, rows = st.session_state[SHOWN], st.session_state[TABLE]["selection"]["rows"]
    if rows and rows[0] < len(shown):
        open_site(shown[rows[0]])


def _readable(desk: Desk, told: dict[str, Any], rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Return the ranking as shown: what decides first, within the width of an office screen."""
    table = sited.sites(desk).table
    conditions = Counter(row["site_id"] for row in told["conditional"])
    open_to = Counter(row["site_id"] for row in told["unchecked"])
    unchecked = {row["site_id"]: open_to[None] + open_to[row["site_id"]] for row in rows}
    return pd.DataFrame(
        {
            "rank": [row["rank"] for row in rows],
            "name": [site_name(desk, row["site_id"]) for row in rows],
            "area": [float(to_mu(table["area_m2"].get(row["site_id"]))) for row in rows],
            "score": [row["score"] for row in rows],
            "first": [percent(row["first_share"]) for row in rows],
            "free": [month_of(row["free_from"]) for row in rows],
            "pending": [
                _pending(unchecked[row["site_id"]], conditions[row["site_id"]]) for row in rows
            ],
            "lost": [lost(row["lost_on"][:1], short=True) for row in rows],
            "range": [
                f"{number(row['score_low'], 0)}–{number(row['score_high'], 0)}" for row in rows
            ],
            "top3": [percent(row["top3_share"]) for row in rows],
            "ranks": [ranks(row) for row in rows],
            "kind": [kind_label(table["kind"].get(row["site_id"])) for row in rows],
            "unchecked": [unchecked[row["site_id"]] for row in rows],
            "conditions": [conditions[row["site_id"]] for row in rows],
            "missing": [len(row["missing"]) for row in rows],
            "lost_all": [lost(row["lost_on"]) for row in rows],
        }
    )


def _pending(unchecked: int, conditions: int) -> str:
    """Write how many vetoes of a site nobody checked, and how many it passes on a condition."""
    said = [t("siting.pending_unchecked", n=number(unchecked))] if unchecked else []
    said += [t("siting.pending_conditions", n=number(conditions))] if conditions else []
    return " ".join(said)


def _columns(table: pd.DataFrame) -> dict[str, Any]:
    config: dict[str, Any] = {}
    short = {
        "area": t("siting.short_area"), "free": t("siting.short_free"),
        "pending": t("siting.short_pending"), "lost_all": t("siting.short_lost_all"),
    }  # fmt: skip
    for name in table.columns:
        head = short.get(name) or t(f"siting.col_{name}")
        if name in ("area", "score"):
            values = [number(value, 1) for value in table[name]]
            config[name] = st.column_config.NumberColumn(
                head, format="%,.1f", width=fitting(head, values)
            )
        elif name in ("rank", "conditions", "unchecked", "missing"):
            config[name] = st.column_config.NumberColumn(
                head, width=fitting(head, ["123"]), pinned=name == "rank" or None
            )
        else:
            right = "right" if name in ("first", "top3", "ranks", "range") else None
            config[name] = st.column_config.Column(
                head, width=fitting(head, table[name], most=280 if name == "lost_all" else 160),
                pinned=name == "name" or None, alignment=right,
                help=t("siting.pending_help") if name == "pending" else None,
            )  # fmt: skip
    return config
