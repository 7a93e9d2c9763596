"""Two or three sites of one project side by side: scores, figures, what each passes on."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from ui import sited, state
from ui.components.siting_panel import facts_html, reserves
from ui.components.siting_words import (
    criterion_label,
    measured,
    month_of,
    percent,
    ranks,
    site_name,
)
from ui.desk import Desk
from ui.text import t
from ui.text.numbers import UNKNOWN, known, number

MOST = 3
_PICK = "siting.beside"


def show_compare(desk: Desk, project: str) -> None:
    """Draw the choice of sites and the comparison."""
    told = sited.record(desk, project)
    rows = {row["site_id"]: row for row in told["ranking"]}
    if len(rows) < 2:
        st.info(t("siting.compare_few"), icon=":material/compare_arrows:")
        return
    kept = [name for name in state.setting("beside").split(",") if name in rows]
    chosen = (kept or list(rows)[:MOST])[:MOST]
    st.multiselect(
        t("siting.compare_which"), list(rows), key=state.widget(_PICK, chosen),
        max_selections=MOST, on_change=_chosen, placeholder=t("siting.compare_hint"),
        format_func=lambda site: f"{rows[site]['rank']}. {site_name(desk, site)}",
    )  # fmt: skip
    if len(chosen) < 2:
        st.info(t("siting.compare_hint"), icon=":material/touch_app:")
        return
    table = _table(rows, chosen)
    st.dataframe(
        table, hide_index=True, height="content", placeholder=UNKNOWN,
        column_config=_columns(desk, chosen),
    )  # fmt: skip
    st.caption(t("siting.compare_read"))
    for column, site in zip(st.columns(len(chosen), gap="medium"), chosen, strict=True):
        with column.container(border=True):
            st.markdown(f"**{rows[site]['rank']}. {site_name(desk, site)}**")
            reserves(told, site)
            st.html(facts_html(sited.sites(desk).table.loc[site]))


def _chosen() -> None:
    state.set_setting("beside", ",".join(st.session_state[_PICK]))


def _table(rows: dict[str, dict[str, Any]], chosen: list[str]) -> pd.DataFrame:
    """Return the comparison: a line for each figure, a column for each site; the best marked."""
    lines: list[dict[str, str]] = []

    def add(name: str, told: list[str]) -> None:
        lines.append({"what": name, **dict(zip(chosen, told, strict=True))})

    picked = [rows[site] for site in chosen]
    add(t("siting.col_score"), [_score(row) for row in picked])
    add(t("siting.first_share"), [percent(row["first_share"]) for row in picked])
    add(t("siting.top3_share"), [percent(row["top3_share"]) for row in picked])
    add(t("siting.rank_range"), [ranks(row) for row in picked])
    add(t("siting.free_from"), [month_of(row["free_from"]) for row in picked])
    for key in sited.criteria().keys:
        worth = [row["worths"][key] for row in picked if known(row["worths"][key])]
        best = max(worth) if len(worth) > 1 and max(worth) > min(worth) else None
        add(criterion_label(key), [_cell(key, row, best) for row in picked])
    if any(row["missing"] for row in picked):
        shares = [t("siting.known_share", share=percent(row["known_share"])) for row in picked]
        add(t("siting.known_label"), shares)
    return pd.DataFrame(lines)


def _score(row: dict[str, Any]) -> str:
    low, high = number(row["score_low"], 1), number(row["score_high"], 1)
    return t("siting.score_mark", score=number(row["score"], 1), low=low, high=high)


def _cell(key: str, row: dict[str, Any], best: float | None) -> str:
    worth = row["worths"][key]
    if not known(worth):
        return t("siting.missing")
    mark = " ★" if best is not None and worth >= best - 1e-9 else ""
    return f"{number(100 * worth)}{mark} · {measured(key, row['measures'][key])}"


def _columns(desk: Desk, chosen: list[str]) -> dict[str, Any]:
    config: dict[str, Any] = {"what": st.column_config.Column(t("siting.col_what"), pinned=True)}
    return config | {site: st.column_config.Column(site_name(desk, site)) for site in chosen}
