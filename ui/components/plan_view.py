"""The year's adopted plan against what was credited, block by block."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from analysis.plan_progress import PlanProgress, plan_progress
from data.scenarios import Adopted
from gis.area import to_mu
from ui import scenarios
from ui.components.column_width import fitting
from ui.components.portfolio_result import name_of
from ui.desk import Desk
from ui.text import t
from ui.text.numbers import UNKNOWN, day, mu, number, plain


def show_plan(desk: Desk) -> None:
    """Draw the plan of the year looked at; nothing where none was adopted."""
    told = _measured(desk)
    if told is None:
        return
    plan, found = told
    st.subheader(t("plan.title", year=desk.year), anchor=False)
    st.markdown(_said(plan, found))
    st.caption(t("plan.beside", early=mu(found.early_m2), beside=mu(found.beside_m2)))
    rows = found.blocks
    if rows.empty:
        st.caption(t("plan.nothing"))
        return
    blocks = plan.scenario.answer["blocks"]
    names = {str(row["block_id"]): name_of(row) for row in blocks}
    table = pd.DataFrame(
        {
            "name": [names.get(name, name) for name in rows["block_id"]],
            "start": rows["start_year"],
            "credit": rows["credit_year"],
            "planned": to_mu(rows["planned_m2"]),
            "credited": to_mu(rows["credited_m2"]),
            "parcels": [
                t("plan.of", n=number(done), all=number(count))
                for done, count in zip(rows["parcels_credited"], rows["parcels"], strict=True)
            ],
            "gone": rows["parcels_gone"],
        }
    )
    st.dataframe(
        table, hide_index=True, height=min(35 * len(table) + 38, 320),
        column_config=_columns(table),
    )  # fmt: skip


def say_plan(desk: Desk) -> None:
    """Say in one line how far the plan of the year is; nothing where none was adopted."""
    told = _measured(desk)
    if told is not None:
        st.caption(t("plan.line", year=desk.year, said=_said(*told)))


def _measured(desk: Desk) -> tuple[Adopted, PlanProgress] | None:
    plan = scenarios.plan_of(desk, desk.year)
    if plan is None:
        return None
    blocks = plan.scenario.answer["blocks"]
    return plan, plan_progress(desk.frame["credited_m2"], blocks, year=desk.year)


def _said(plan: Adopted, found: PlanProgress) -> str:
    share = UNKNOWN
    if found.planned_m2:
        share = f"{number(100 * found.on_plan_m2 / found.planned_m2, 1)}%"
    return t(
        "plan.said",
        name=plain(plan.scenario.name),
        on=day(plan.recorded_at.tz_convert("Asia/Shanghai")),
        who=plain(plan.who),
        planned=mu(found.planned_m2),
        done=mu(found.on_plan_m2),
        share=share,
    )


def _columns(table: pd.DataFrame) -> dict[str, object]:
    config: dict[str, object] = {}
    for name in table.columns:
        head = t(f"plan.col_{name}")
        if name in ("planned", "credited"):
            config[name] = st.column_config.NumberColumn(
                head, format="%,.1f", width=fitting(head, ["12,345.6"])
            )
        elif name in ("start", "credit", "gone"):
            config[name] = st.column_config.NumberColumn(head, format="%d", width=fitting(head))
        else:
            config[name] = st.column_config.Column(head, width=fitting(head, table[name], most=240))
    return config
