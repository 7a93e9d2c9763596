"""The changes of the register, the newest first, and what each brought."""

from __future__ import annotations

import re

import pandas as pd
import streamlit as st

from data.asof import OFFICE_ZONE
from data.intake import LAYERS
from ui.components.column_width import fitting
from ui.components.intake_issues import columns_of, readable
from ui.components.intake_undo import show_undo, tell_undone, undone
from ui.components.layer_names import layer_name
from ui.components.parcel_table import MOST_ROWS
from ui.desk import Desk
from ui.text import t
from ui.text.numbers import UNKNOWN, known, number

HEIGHT = 420
OPEN = "intake.log.change"
_TAKEN_FOR = re.compile(r"→ ([a-z_]+)\b")


def show_log(desk: Desk) -> None:
    """Draw the log; a change that is picked shows its issues."""
    log = desk.changes().iloc[::-1].reset_index(drop=True)
    if log.empty:
        st.info(t("intake.no_changes"), icon=":material/history:")
        return
    st.caption(t("intake.log_help"))
    gone = undone(desk)
    table = pd.DataFrame(
        {
            "change_no": log["change_no"],
            "when": log["recorded_at"].dt.tz_convert(OFFICE_ZONE).dt.strftime("%Y-%m-%d %H:%M"),
            "who": log["who"],
            "undone": [t("undo.mark") if n in gone else None for n in log["change_no"]],
            "why": [said_why(why) for why in log["why"]],
            "file": log["source_name"],
        }
    )
    heads = {
        "when": t("settings.col_when"),
        "who": t("settings.col_who"),
        "undone": t("undo.mark"),
        "why": t("settings.col_why"),
        "file": t("settings.col_file"),
    }
    config: dict[str, object] = {
        name: st.column_config.Column(head, width=fitting(head, table[name], most=460))
        for name, head in heads.items()
    }
    config["change_no"] = st.column_config.NumberColumn(
        t("settings.col_change"), format="%d", width=80
    )
    st.dataframe(
        table,
        hide_index=True,
        column_config=config,
        height=min(35 * len(table) + 38, HEIGHT),
        placeholder=UNKNOWN,
        key="intake.log.table",
    )
    numbers = [int(number_) for number_ in log["change_no"]]
    chosen = st.selectbox(
        t("intake.log_issues"),
        numbers,
        index=None,
        key=OPEN,
        width=320,
        placeholder=t("intake.log_choose"),
        format_func=lambda n: t("intake.log_change", n=number(n)),
    )
    tell_undone()
    if chosen is None:
        return
    _issues(desk, chosen)
    if chosen in undone(desk):
        st.info(t("undo.is"), icon=":material/undo:")
        return
    with st.expander(t("undo.title", n=number(chosen)), icon=":material/undo:"):
        show_undo(desk, chosen)


def said_why(why: object) -> str:
    """Say why a change was made; what a file was taken for is named in words.

    Examples
    --------
    >>> said_why("导入 阶段事件.csv → events")
    '导入 阶段事件.csv → 阶段事件'
    """
    return _TAKEN_FOR.sub(_layer_word, str(why)) if known(why) else ""


def _layer_word(found: re.Match[str]) -> str:
    name = found.group(1)
    return f"→ {layer_name(name)}" if name in LAYERS else found.group(0)


def _issues(desk: Desk, change_no: int) -> None:
    issues = desk.register.issues(change_no)
    if issues.empty:
        st.info(t("intake.log_no_issues"), icon=":material/check:")
        return
    table = readable(issues.head(MOST_ROWS))
    st.dataframe(
        table,
        hide_index=True,
        height=min(35 * len(table) + 38, HEIGHT),
        placeholder=UNKNOWN,
        key="intake.log.issues",
        column_config=columns_of(table),
    )
