"""Saved scenarios side by side: on the map, in figures, in a table; one is adopted as a plan."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from data import scenarios as book
from data.portfolio_settings import settings_from
from data.scenarios import Scenario
from reports.portfolio_list import status_words
from ui import portfolio, recording, scenarios, state
from ui.components import map_view, overlays_side
from ui.components import portfolio_result as result
from ui.components.asked_form import refill
from ui.components.block_words import keys
from ui.components.column_width import fitting
from ui.components.portfolio_view import commit, lacking, tell_scenario
from ui.desk import Desk
from ui.text import language, t
from ui.text.numbers import UNKNOWN, day, number, plain

TABLE, SHOWN, PICKED = "scenarios.table", "scenarios.shown", "scenarios.picked"
MOST_COMPARED = 3
MAP_HEIGHT = 380
_KEY = "scenario"


def show_scenarios(desk: Desk) -> None:
    """Draw the saved scenarios, the chosen ones beside each other, and the way to adopt one."""
    kept = scenarios.saved(desk)
    tell_scenario()
    if not kept:
        st.info(t("compare.none"), icon=":material/bookmark_add:")
        return
    _plans(desk)
    chosen = _list(desk, kept)
    if not chosen:
        st.caption(t("compare.choose", most=number(MOST_COMPARED)))
        return
    _maps(desk, chosen)
    st.subheader(t("compare.figures"), anchor=False)
    st.dataframe(figures(chosen), column_config=_wide(chosen), width="stretch")
    st.subheader(t("compare.blocks"), anchor=False)
    st.dataframe(
        blocks_table(chosen), hide_index=True, width="stretch", height=360, placeholder=UNKNOWN,
        column_config=_block_columns(chosen),
    )  # fmt: skip
    _actions(desk, chosen)


def _plans(desk: Desk) -> None:
    for plan in scenarios.plans(desk):
        said = t(
            "compare.plan",
            year=plan.year,
            name=plain(plan.scenario.name),
            who=plain(plan.who),
            on=_on(plan.recorded_at),
        )
        st.success(said, icon=":material/flag:")


def _on(moment: pd.Timestamp) -> str:
    return day(moment.tz_convert("Asia/Shanghai"))


def _list(desk: Desk, kept: Sequence[Scenario]) -> list[Scenario]:
    """Draw the list and return the scenarios ticked, the newest two where none was ticked yet."""
    years: dict[str, list[str]] = {}
    for plan in scenarios.plans(desk):
        years.setdefault(plan.scenario.name, []).append(str(plan.year))
    table = pd.DataFrame([_row(one, years.get(one.name, [])) for one in kept])
    names = [one.name for one in kept]
    if st.session_state.get(SHOWN) != names or TABLE not in st.session_state:
        wanted = st.session_state.get(PICKED) or names[:2]
        rows = [at for at, name in enumerate(names) if name in wanted]
        st.session_state[TABLE] = {"selection": {"rows": rows, "columns": [], "cells": []}}
        st.session_state[SHOWN] = names
    ticked = st.dataframe(
        table,
        key=TABLE,
        hide_index=True,
        height=min(35 * len(table) + 38, 260),
        column_config=_columns(table),
        placeholder=UNKNOWN,
        on_select="rerun",
        selection_mode="multi-row",
    )
    rows = ticked["selection"]["rows"][:MOST_COMPARED]
    chosen = [kept[at] for at in rows if at < len(kept)]
    st.session_state[PICKED] = [one.name for one in chosen]
    return chosen


def _row(one: Scenario, years: Sequence[str]) -> dict[str, Any]:
    answer = one.answer
    total = result.sums(answer)
    return {
        "name": one.name,
        "plan": t("filter.comma").join(years) or None,
        "status": status_words(answer["status"], language()),
        "gap": result.percent(answer["gap"]),
        "n_blocks": len(answer["blocks"]),
        "area_mu": total["area_mu"][0],
        "cost_wan": result.told_sum(total["cost_wan"], number),
        "gain": result.told_sum(total["gain_m2"], result.floor),
        "who": one.who,
        "on": _on(one.recorded_at),
        "version": one.seen_version,
        "rules": one.rules_id,
        "note": one.note or None,
    }


def _columns(table: pd.DataFrame) -> dict[str, Any]:
    config: dict[str, Any] = {}
    for name in table.columns:
        head = t(f"compare.col_{name}")
        if name in ("n_blocks", "area_mu", "version"):
            places = 1 if name == "area_mu" else 0
            config[name] = st.column_config.NumberColumn(
                head, format=f"%,.{places}f", width=fitting(head, ["123,456.7"])
            )
        else:
            config[name] = st.column_config.Column(
                head, width=fitting(head, table[name], most=220), pinned=name == "name" or None
            )
    return config


def figures(chosen: Sequence[Scenario]) -> pd.DataFrame:
    """Return the figures of scenarios, one column each; differences are to the first."""
    columns = {one.name: _figures(one) for one in chosen}
    return pd.DataFrame(columns)


def _figures(one: Scenario) -> dict[str, str]:
    answer, total = one.answer, result.sums(one.answer)
    told = {
        t("choose.gap_reached"): result.percent(answer["gap"]),
        t("compare.goal"): _goal(answer["weights"]),
        t("compare.col_n_blocks"): number(len(answer["blocks"])),
        t("choose.area"): t("unit.mu", n=number(total["area_mu"][0], 1)),
        t("choose.cost"): result.told_sum(total["cost_wan"], result.wan),
        t("choose.gain"): result.told_sum(total["gain_m2"], result.floor),
        t("blocks.firms"): result.told_sum(total["firms"], number),
        t("blocks.jobs"): result.told_sum(total["jobs"], number),
    }
    for row in answer["years"]:
        said = t("compare.year", area=number(row["area_mu"], 1), task=number(row["task_mu"]))
        told[t("compare.in_year", year=row["year"])] = said
    return told | {
        t("compare.col_version"): number(one.seen_version),
        t("compare.col_rules"): one.rules_id,
    }


def _goal(weights: dict[str, float]) -> str:
    names = [t(f"choose.goal_{name}") for name, weight in weights.items() if weight]
    return t("filter.comma").join(names) or UNKNOWN


def blocks_table(chosen: Sequence[Scenario]) -> pd.DataFrame:
    """Return the blocks that any scenario chooses, and in which year each of them starts it."""
    rows: dict[str, dict[str, Any]] = {}
    for at, one in enumerate(chosen):
        for block in one.answer["blocks"]:
            row = rows.setdefault(
                block["block_id"],
                {"name": result.name_of(block), "area": block["area_mu"]},
            )
            row[f"start_{at}"] = block["start_year"]
    columns = ["name", "area", *(f"start_{at}" for at in range(len(chosen)))]
    table = pd.DataFrame(rows.values(), columns=columns)
    starts = table[columns[2:]]
    same = starts.notna().all(axis=1) & (starts.nunique(axis=1) == 1)
    table["same"] = [t("compare.same") if one else t("compare.differs") for one in same]
    order = starts.min(axis=1).fillna(9_999)
    return table.assign(order=order).sort_values(["order", "name"]).drop(columns="order")


def _block_columns(chosen: Sequence[Scenario]) -> dict[str, Any]:
    config: dict[str, Any] = {
        "name": st.column_config.Column(t("compare.block"), pinned=True),
        "area": st.column_config.NumberColumn(t("blocks.col_area"), format="%,.1f"),
        "same": st.column_config.Column(t("compare.agree")),
    }
    for at, one in enumerate(chosen):
        config[f"start_{at}"] = st.column_config.NumberColumn(
            t("compare.start", name=one.name), format="%d"
        )
    return config


def _wide(chosen: Sequence[Scenario]) -> dict[str, Any]:
    return {one.name: st.column_config.Column(one.name) for one in chosen}


def _maps(desk: Desk, chosen: Sequence[Scenario]) -> None:
    """Draw one map for each scenario, side by side."""
    years: list[int] = []
    for column, one, at in zip(
        st.columns(len(chosen), gap="small"), chosen, range(len(chosen)), strict=True
    ):
        with column:
            st.markdown(f"**{plain(one.name)}**")
            shapes = result.chosen_shapes(desk, one.answer)
            overlays_side.show(
                desk, shapes, height=MAP_HEIGHT, key=map_view.KEY if at == 0 else f"side_{at}"
            )
        years = years or [row["year"] for row in one.answer["years"]]
    keys([(result.kind_of(year, years), str(year)) for year in years])


def _actions(desk: Desk, chosen: Sequence[Scenario]) -> None:
    if not recording.may_write(desk):
        return
    names = [one.name for one in chosen]
    with st.container(border=True):
        st.markdown(f"**{t('compare.adopt_title')}**")
        left, middle, right = st.columns([4, 3, 3])
        with left:
            name = st.selectbox(t("choose.scenario"), names, key="adopt.name")
        one = chosen[names.index(name)] if name in names else chosen[0]
        with middle:
            years = [row["year"] for row in one.answer["years"]]
            st.selectbox(t("choose.year"), years, key="adopt.year")
        with right:
            recording.ask_who(_KEY)
        with st.container(horizontal=True):
            st.button(
                t("compare.adopt"), icon=":material/flag:", type="primary", key="adopt.now",
                disabled=not one.answer["blocks"], on_click=_adopt, args=(one,),
            )  # fmt: skip
            st.button(
                t("compare.take"), icon=":material/tune:", key="adopt.take",
                on_click=_take, args=(one,),
            )  # fmt: skip
            st.button(
                t("compare.withdraw"), icon=":material/delete_history:", type="tertiary",
                key="adopt.withdraw", on_click=_withdraw, args=(one,),
            )  # fmt: skip


def _adopt(one: Scenario) -> None:
    who, year = recording.answered(_KEY), st.session_state.get("adopt.year")
    if not who:
        lacking(t("blocks.lacks_who"))
        return
    desk = state.desk()
    change = book.adopt_change(
        one, int(year), who=who, recorded_at=recording.moment(desk), based_on=desk.version
    )
    commit(desk, change, t("compare.adopted", name=plain(one.name), year=year))


def _withdraw(one: Scenario) -> None:
    who = recording.answered(_KEY)
    if not who:
        lacking(t("blocks.lacks_who"))
        return
    desk = state.desk()
    change = book.withdraw_change(one.name, who=who, recorded_at=recording.moment(desk))
    commit(desk, change, t("compare.withdrawn", name=plain(one.name)))


def _take(one: Scenario) -> None:
    """Fill the form with the inputs of a scenario."""
    refill(settings_from(one.inputs["settings"]))
    blocks = one.inputs.get("blocks", {})
    state.set_setting("within", str(int(blocks.get("within_m", 20))))
    state.set_setting("borders", blocks.get("borders") or "none")
    state.set_setting("rise", "3" if blocks.get("far_line", 2.0) > 2 else "2")
    state.set_setting("plan", "choose")
    st.session_state.pop(portfolio.RUN, None)
