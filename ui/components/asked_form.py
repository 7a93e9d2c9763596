"""What is asked of the choice of blocks: tasks, budgets, shares of towns, locks, what matters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from data.portfolio_settings import PortfolioSettings, TownQuota
from data.towns import read_towns
from ui import portfolio, state
from ui.components.block_words import block_name
from ui.desk import Desk
from ui.saved import picked
from ui.text import t
from ui.text.numbers import UNKNOWN, mu

MOST_TASK, STEP_TASK = 5_000, 50
SIDES = ("least_mu", "most_mu", "least_pct", "most_pct")
BY_YEAR = {
    "task_mu": "task_mu",
    "budget_wan": "budgets_wan",
    "firms_most": "firms_most",
    "jobs_most": "jobs_most",
}
_BASE_YEARS, _BASE_TOWNS, _ANEW = "asked.years.base", "asked.towns.base", "asked.anew"


def asked_form(desk: Desk) -> PortfolioSettings:
    """Draw the form and return what it asks for; it is kept when the page is left."""
    kept = portfolio.asked(desk)
    asked = _years(kept)
    asked = replace(asked, weights=_goal(kept))
    asked = _unknown(asked)
    asked = _by_year(asked)
    asked = _towns(asked)
    asked = _locks(desk, asked)
    asked = _solver(asked)
    portfolio.ask(asked)
    return asked


def _fill(key: str, value: Any) -> str:
    """Fill a widget from what is kept when the page is opened; then it is its own."""
    if key not in st.session_state:
        st.session_state[key] = value
    return key


def _years(kept: PortfolioSettings) -> PortfolioSettings:
    left, right = st.columns(2)
    first = left.number_input(
        t("choose.first"), min_value=2020, max_value=2090, step=1,
        key=_fill("asked.first", kept.years[0]), on_change=_anew,
    )  # fmt: skip
    count = right.number_input(
        t("choose.years"), min_value=1, max_value=7, step=1,
        key=_fill("asked.count", len(kept.years)), on_change=_anew,
    )  # fmt: skip
    tasks = list(kept.task_mu.values())
    task = st.slider(
        t("choose.task"), 0, MOST_TASK, step=STEP_TASK, on_change=_anew,
        key=_fill("asked.task", int(min(tasks[0] if tasks else 0, MOST_TASK))),
    )  # fmt: skip
    years = tuple(range(int(first), int(first) + int(count)))
    if not st.session_state.pop(_ANEW, False) and years == kept.years:
        return kept
    parts = {name: _within(getattr(kept, name), years) for name in (*BY_YEAR.values(),)}
    return replace(
        kept,
        years=years,
        credited_mu=_within(kept.credited_mu, years),
        task_most_mu=_within(kept.task_most_mu, years),
        locked_in={k: y for k, y in kept.locked_in.items() if y is None or y in years},
        **(parts | {"task_mu": MappingProxyType(dict.fromkeys(years, float(task)))}),
    )


def _within(given: Any, years: Sequence[int]) -> Any:
    return MappingProxyType({year: value for year, value in given.items() if year in years})


def _anew() -> None:
    """Fill the table of the years anew: a number above it was changed."""
    st.session_state[_ANEW] = True
    for key in (_BASE_YEARS, "asked.years"):
        st.session_state.pop(key, None)


def _goal(kept: PortfolioSettings) -> dict[str, float]:
    weights = {name: float(kept.weights.get(name, 0.0)) for name in portfolio.GOALS[:3]}
    one = [name for name, weight in weights.items() if weight]
    goal = st.segmented_control(
        t("choose.goal"), portfolio.GOALS, required=True,
        key=_fill(state.spoken_key("asked.goal"), one[0] if len(one) == 1 else "mix"),
        format_func=lambda name: t(f"choose.goal_{name}"),
    )  # fmt: skip
    if goal != "mix":
        return {str(goal): 1.0}
    total = sum(weights.values()) or 1.0
    columns = st.columns(3)
    given = {}
    for column, name in zip(columns, weights, strict=True):
        given[name] = column.slider(
            t(f"choose.goal_{name}"), 0, 100, step=5,
            key=_fill(f"asked.weight.{name}", round(100 * weights[name] / total)),
        )  # fmt: skip
    return {k: float(v) for k, v in given.items() if v} or {"cost": 1.0}


def _unknown(asked: PortfolioSettings) -> PortfolioSettings:
    chosen = st.selectbox(
        t("choose.unknown"), ("ask", "known", "leave_out"),
        key=_fill(state.spoken_key("asked.unknown"), asked.unknown),
        format_func=lambda name: t(f"choose.unknown_{name}"), help=t("choose.unknown_help"),
    )  # fmt: skip
    return replace(asked, unknown=chosen)


def _by_year(asked: PortfolioSettings) -> PortfolioSettings:
    st.caption(t("choose.by_year"))
    if _BASE_YEARS not in st.session_state or "asked.years" not in st.session_state:
        st.session_state[_BASE_YEARS] = pd.DataFrame(
            {
                name: [getattr(asked, field).get(year, np.nan) for year in asked.years]
                for name, field in BY_YEAR.items()
            },
            index=pd.Index(asked.years, name="year"),
            dtype=float,
        )
    config: dict[str, Any] = {"year": st.column_config.NumberColumn(t("choose.year"), format="%d")}
    for name in BY_YEAR:
        config[name] = st.column_config.NumberColumn(
            t(f"choose.col_{name}"), min_value=0.0, format="%,.0f"
        )
    table = st.data_editor(
        st.session_state[_BASE_YEARS], key="asked.years", column_config=config,
        disabled=["year"], width="stretch", placeholder=UNKNOWN,
    )  # fmt: skip
    parts: dict[str, Any] = {}
    for name, field in BY_YEAR.items():
        told = table[name].dropna()
        parts[field] = MappingProxyType({int(y): float(v) for y, v in told.items()})
    return replace(asked, **parts)


def _towns(asked: PortfolioSettings) -> PortfolioSettings:
    names = [str(name) for name in read_towns()["name"]]
    if _BASE_TOWNS not in st.session_state or "asked.towns" not in st.session_state:
        rows = {side: [_side(asked.towns.get(town), side) for town in names] for side in SIDES}
        st.session_state[_BASE_TOWNS] = pd.DataFrame(
            rows, index=pd.Index(names, name="town"), dtype=float
        )
    with st.expander(t("choose.towns", n=len(asked.towns)), icon=":material/location_city:"):
        st.caption(t("choose.towns_help"))
        config: dict[str, Any] = {"town": st.column_config.Column(t("filter.town"))}
        for side in SIDES:
            config[side] = st.column_config.NumberColumn(
                t(f"choose.col_{side}"), min_value=0.0, format="%,.0f"
            )
        table = st.data_editor(
            st.session_state[_BASE_TOWNS], key="asked.towns", column_config=config,
            disabled=["town"], width="stretch", height=320, placeholder=UNKNOWN,
        )  # fmt: skip
    told = table[table.notna().any(axis=1)]
    quotas = {
        str(town): TownQuota(**{str(k): float(v) for k, v in row.items() if pd.notna(v)})
        for town, row in told.to_dict("index").items()
    }
    return replace(asked, towns=MappingProxyType(quotas))


def _side(quota: TownQuota | None, side: str) -> float:
    value = None if quota is None else getattr(quota, side)
    return np.nan if value is None else float(value)


def _locks(desk: Desk, asked: PortfolioSettings) -> PortfolioSettings:
    count = len(asked.locked_in) + len(asked.locked_out) + len(asked.together) + len(asked.never)
    with st.expander(t("choose.locks", n=count), icon=":material/lock:"):
        st.caption(t("choose.locks_help"))
        names, label = lockable(desk, asked)
        given: dict[str, tuple[str, ...]] = {}
        for name in ("locked_in", "locked_out", "together", "never"):
            kept = getattr(asked, name)
            first = tuple(kept[0]) if name in ("together", "never") and kept else tuple(kept)
            given[name] = tuple(
                st.multiselect(
                    t(f"choose.{name}"),
                    names,
                    key=_fill(state.spoken_key(f"asked.{name}"), list(first)),
                    format_func=lambda each: label.get(each, each),
                    placeholder=t("review.choose"),
                )
            )
    groups = {
        name: (given[name],) if len(given[name]) > 1 else () for name in ("together", "never")
    }
    locked: dict[str, int | None] = {name: asked.locked_in.get(name) for name in given["locked_in"]}
    return replace(asked, locked_in=locked, locked_out=given["locked_out"], **groups)


def lockable(desk: Desk, asked: PortfolioSettings) -> tuple[list[str], dict[str, str]]:
    """Return what can be locked with its names: blocks, the largest first, and picked parcels."""
    found = portfolio.county(desk, asked).found.table
    label = {
        str(block): t("choose.block", name=block_name(str(block), towns), area=mu(area))
        for block, towns, area in zip(found.index, found["towns"], found["area_m2"], strict=True)
    }
    label |= {name: t("choose.parcel", name=name) for name in picked(desk)[:50]}
    already = [*asked.locked_in, *asked.locked_out]
    already += [name for group in (*asked.together, *asked.never) for name in group]
    return list(dict.fromkeys([*label, *already])), label


def _solver(asked: PortfolioSettings) -> PortfolioSettings:
    with st.expander(t("choose.solver"), icon=":material/timer:"):
        left, middle, right = st.columns(3)
        seconds = left.number_input(
            t("choose.seconds"), min_value=1, max_value=600, step=5,
            key=_fill("asked.seconds", int(asked.seconds)),
        )  # fmt: skip
        gap = middle.number_input(
            t("choose.gap"), min_value=0.0, max_value=20.0, step=0.1,
            key=_fill("asked.gap", 100 * asked.gap),
        )  # fmt: skip
        months = right.number_input(
            t("choose.months"), min_value=0.0, max_value=120.0, step=1.0,
            key=_fill("asked.months", float(asked.months)), help=t("choose.months_help"),
        )  # fmt: skip
        above = left.number_input(
            t("choose.part_above"), min_value=0.0, step=50.0,
            key=_fill("asked.part_above", float(asked.part_above_mu)),
        )  # fmt: skip
        least = middle.number_input(
            t("choose.part_least"), min_value=0.0, step=10.0,
            key=_fill("asked.part_least", float(asked.part_least_mu)),
        )  # fmt: skip
        seed = right.number_input(
            t("choose.seed"), min_value=0, step=1, key=_fill("asked.seed", asked.seed)
        )
    return replace(
        asked, seconds=float(seconds), gap=gap / 100, months=months, part_above_mu=above,
        part_least_mu=least, seed=int(seed),
    )  # fmt: skip


def refill(settings: PortfolioSettings) -> None:
    """Fill the whole form anew, as with the inputs of a saved scenario."""
    for key in [key for key in st.session_state if str(key).startswith("asked.")]:
        del st.session_state[key]
    portfolio.ask(settings)
