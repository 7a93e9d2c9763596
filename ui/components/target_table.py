"""The board of targets as a list: one row a target; the open one has its panel beside it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import streamlit as st

from analysis.query import ParcelQuery
from analysis.target_board import standing_actuals
from data.targets import read_targets
from reports.targets_book import write_targets
from ui import state, targets
from ui.components.chosen_row import follow_opened
from ui.components.column_width import fitting
from ui.components.export_buttons import FORMATS
from ui.components.selection_strip import export_context
from ui.desk import Desk
from ui.text import language, t
from ui.text.numbers import UNKNOWN, day

HEIGHT = 560
TABLE, SHOWN = "targets.table", "targets.shown"


def chosen(desk: Desk, group: str, status: str) -> pd.DataFrame:
    """Return the rows of the board that the filters of the page keep."""
    board = targets.board(desk)
    keep = pd.Series(True, index=board.index)
    if group != "all":
        keep &= board["group"] == group
    if status != "all":
        keep &= board["status"] == status
    return board[keep]


def readable(desk: Desk, group: str, status: str) -> pd.DataFrame:
    """Return the board as shown."""
    periods = read_targets().periods

    def make() -> pd.DataFrame:
        rows = chosen(desk, group, status)
        return pd.DataFrame(
            {
                "id": rows.index.to_numpy(),
                "name": rows[f"name_{language()}"].to_numpy(),
                "asked": [
                    targets.asked(*cells)
                    for cells in zip(rows["value"], rows["comparison"], rows["unit"], strict=True)
                ],
                "actual": [targets.reached(actual) for actual in rows["actual"]],
                "status": [targets.status_label(code) for code in rows["status"]],
                "when": [targets.when(periods[name]) for name in rows.index],
                "actual_on": [day(on) for on in rows["actual_on"]],
                "share": 100 * rows["share"].where(rows["comparison"] != "fact").to_numpy(),
                "conflicts": [t("filter.comma").join(ids) or None for ids in rows["conflicts"]],
                "lead": rows["lead_bureau"].to_numpy(),
                "quote": rows["quote"].to_numpy(),
            }
        )

    return desk.kept(("targets shown", group, status, language()), make)


def target_table(desk: Desk, group: str, status: str) -> None:
    """Draw the list; a row picked opens its panel."""
    table = readable(desk, group, status)
    if table.empty:
        st.info(t("targets.none"), icon=":material/filter_alt_off:")
        return
    ids = table["id"].tolist()
    follow_opened("target", ids, table=TABLE, shown=SHOWN)
    st.dataframe(
        table,
        key=TABLE,
        hide_index=True,
        height=min(HEIGHT, 35 * len(table) + 38),
        column_config=_columns(table),
        placeholder=UNKNOWN,
        on_select=_opened,
        selection_mode="single-row",
    )


def _opened() -> None:
    ids, rows = st.session_state[SHOWN], st.session_state[TABLE]["selection"]["rows"]
    state.set_setting("target", ids[rows[0]] if rows and rows[0] < len(ids) else "")


def _columns(table: pd.DataFrame) -> dict[str, object]:
    heads = {
        "id": (t("targets.col_id"), 320),
        "name": (t("targets.col_name"), 300),
        "asked": (t("targets.col_asked"), 170),
        "when": (t("targets.col_when"), 240),
        "actual": (t("targets.col_actual"), 320),
        "actual_on": (t("targets.col_actual_on"), 320),
        "status": (t("targets.col_status"), 320),
        "conflicts": (t("targets.col_conflicts"), 320),
        "lead": (t("targets.col_lead"), 240),
        "quote": (t("targets.col_quote"), 420),
    }
    config: dict[str, object] = {
        name: st.column_config.Column(
            head, width=fitting(head, table[name], most=most), pinned=name == "id" or None
        )
        for name, (head, most) in heads.items()
    }
    share = t("targets.col_share")
    config["share"] = st.column_config.NumberColumn(share, format="%.1f%%", width=fitting(share))
    return config


def show_conflicts() -> None:
    """Draw what the sources say against each other: nothing of it is hidden or settled here."""
    found = read_targets().conflicts
    st.subheader(t("targets.conflicts", n=len(found)))
    st.caption(t("targets.conflicts_help"))
    zh = language() == "zh"
    table = pd.DataFrame(
        {
            "id": [c.id for c in found],
            "said": [c.zh if zh else c.en for c in found],
            "advice": [c.advice_zh if zh else c.advice_en for c in found],
            "targets": [t("filter.comma").join(c.targets) for c in found],
        }
    )
    heads = {name: t(f"targets.conflict_{name}") for name in ("id", "said", "advice", "targets")}
    st.table(table.rename(columns=heads).set_index(heads["id"]))


def export_button(desk: Desk, group: str, status: str) -> None:
    """Draw the button that takes the list on the screen away as a workbook."""
    st.download_button(
        t("targets.export"),
        data=written(desk, group, status),
        file_name=f"{t('targets.export_file')}_{desk.state_on:%Y%m%d}.xlsx",
        mime=FORMATS["xlsx"],
        icon=":material/download:",
        key="targets.export",
        on_click="ignore",
    )


def written(desk: Desk, group: str, status: str) -> Callable[[], bytes]:
    """Return what writes the workbook when it is asked for, not before."""
    context = export_context(desk, ParcelQuery())
    rows, found = chosen(desk, group, status), read_targets()
    board = rows.assign(
        when=[targets.when(found.periods[name]) for name in rows.index],
        told=[targets.status_label(code) for code in rows["status"]],
        **{"from": [_from(source) for source in rows["actual_source"]]},
    )
    told = standing_actuals(targets.actuals(desk), state_on=desk.state_on)
    told = told[told["target_id"].isin(rows.index)]
    told = told.assign(source=[_from(source) for source in told["source"]])

    def write() -> bytes:
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "targets.xlsx"
            write_targets(board, told, out, targets=found, context=context)
            return out.read_bytes()

    return write


def _from(source: object) -> str | None:
    return None if pd.isna(source) else targets.actual_source(source)
