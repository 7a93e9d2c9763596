"""How sure an answer is: what stays chosen when costs and durations move; goal against goal."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

from analysis.portfolio_stability import Stability, stability
from analysis.portfolio_tradeoff import COLUMNS, TradeOff, trade_off
from data.portfolio_settings import portfolio_defaults
from ui import jobs, portfolio, state
from ui.components.block_words import block_name
from ui.components.column_width import fitting
from ui.components.ink import DARK, LIGHT, PLAIN_MENU, Ink
from ui.components.portfolio_result import percent
from ui.jobs import Job
from ui.portfolio import Found, Run
from ui.text import t
from ui.text.numbers import UNKNOWN, number

PAIRS = (("cost", "gain"), ("cost", "difficulty"), ("gain", "difficulty"))
SECONDS = 60.0
_SCALE = {"cost": 1.0, "gain": 1e-4, "difficulty": 1.0}
Outcome = Callable[[Hashable, str, Callable[[Job], None]], Any]


def show_sure(run: Run, found: Found, outcome: Outcome) -> None:
    """Draw the ways to ask how sure the answer is, and what came of them.

    Parameters
    ----------
    run, found : Run, Found
        The answer looked at.
    outcome : callable
        Draws a job or returns its result (`ui.components.portfolio_view.outcome`).
    """
    usual = portfolio_defaults()
    draws, spread = int(usual["draws"]), usual["spread"]
    with st.expander(t("sure.title"), icon=":material/ssid_chart:"):
        st.caption(t("sure.help", draws=number(draws), spread=number(100 * spread)))
        key = (*run.key, "sure")
        _button("sure.start", key, lambda: _draw_again(key, found, usual))
        if jobs.peek(key) is not None:
            moved = outcome(key, "sure.run", _counted)
            if moved is not None:
                _sure_table(found, moved)
    with st.expander(t("sure.curve"), icon=":material/stacked_line_chart:"):
        pair = st.selectbox(
            t("sure.between"), PAIRS, key=state.spoken_key("sure.pair"),
            format_func=lambda two: t("sure.pair", a=_goal(two[0]), b=_goal(two[1])),
        )  # fmt: skip
        pair = pair or PAIRS[0]
        curve_key = (*run.key, "curve", pair)
        _button("sure.curve_start", curve_key, lambda: _solve_between(curve_key, found, pair))
        if jobs.peek(curve_key) is not None:
            curve = outcome(curve_key, "curve.run", _counted)
            if curve is not None:
                _curve(curve)


def _button(name: str, key: Hashable, begin: Callable[[], Any]) -> None:
    label = {"sure.start": t("sure.start"), "sure.curve_start": t("sure.curve_start")}[name]
    st.button(
        label, icon=":material/play_arrow:", key=name, on_click=lambda: jobs.start(key, begin),
        disabled=jobs.peek(key) is not None,
    )  # fmt: skip


def _draw_again(key: Hashable, found: Found, usual: dict[str, float]) -> Stability:
    return stability(
        found.problem,
        found.solution,
        draws=int(usual["draws"]),
        spread=usual["spread"],
        sure=usual["sure"],
        seed=found.problem.settings.seed,
        seconds=SECONDS,
        **_counting(key),
    )


def _solve_between(key: Hashable, found: Found, pair: tuple[str, str]) -> TradeOff:
    return trade_off(found.problem, between=pair, seconds=SECONDS, **_counting(key))


def _counting(key: Hashable) -> dict[str, Any]:
    def hear(done: int, of: int) -> None:
        job = jobs.peek(key)
        if job is not None:
            job.told = (done, of)

    return {"progress": hear, "stopped": portfolio.watched(key)["stopped"]}


def _counted(job: Job) -> None:
    done, of = job.told or (0, 1)
    st.progress(min(done / of, 1.0), text=t("sure.counted", n=number(done), all=number(of)))


def _goal(name: str) -> str:
    return t(f"choose.goal_{name}")


def _sure_table(found: Found, moved: Stability) -> None:
    rows = moved.table
    st.markdown(
        t(
            "sure.said",
            sure=number((rows["verdict"] == "sure").sum()),
            open=number((rows["verdict"] == "open").sum()),
            answered=number(moved.answered),
            draws=number(moved.draws),
        )
    )
    towns = found.problem.parcels["town"]
    names = [
        block_name(str(block), sorted(set(towns.reindex(found.problem.members[block]).dropna())))
        for block in rows.index
    ]
    table = pd.DataFrame(
        {
            "name": names,
            "verdict": [t(f"sure.verdict_{code}") for code in rows["verdict"]],
            "share": 100 * rows["share"].to_numpy(dtype=float),
            "start": rows["start_year"].to_numpy(),
            "start_share": 100 * rows["start_share"].to_numpy(dtype=float),
            "chosen": [t("sure.yes") if one else t("sure.no") for one in rows["chosen"]],
        }
    )
    config: dict[str, Any] = {}
    for name in table.columns:
        head = t(f"sure.col_{name}")
        if name in ("share", "start_share"):
            config[name] = st.column_config.NumberColumn(head, format="%.0f%%", width=fitting(head))
        elif name == "start":
            config[name] = st.column_config.NumberColumn(head, format="%d", width=fitting(head))
        else:
            config[name] = st.column_config.Column(head, width=fitting(head, table[name], most=240))
    st.dataframe(
        table, hide_index=True, height=min(35 * len(table) + 38, 360), column_config=config,
        placeholder=UNKNOWN,
    )  # fmt: skip


def _curve(curve: TradeOff) -> None:
    points = curve.points
    if points.empty:
        st.caption(t("sure.no_curve"))
        return
    ink = DARK if st.context.theme.type == "dark" else LIGHT
    st.vega_lite_chart(
        spec=curve_chart(curve, ink=ink).to_dict(), width="stretch", key="sure.chart"
    )
    first, second = curve.between
    table = pd.DataFrame(
        {
            _axis(first): [number(v * _SCALE[first], 1) for v in points[COLUMNS[first]]],
            _axis(second): [number(v * _SCALE[second], 1) for v in points[COLUMNS[second]]],
            t("choose.area"): [number(v, 1) for v in points["area_mu"]],
            t("choose.gap_reached"): [percent(v) for v in points["gap"]],
        }
    )
    st.dataframe(table, hide_index=True, height="content")


def curve_chart(curve: TradeOff, *, ink: Ink = LIGHT) -> alt.LayerChart:
    """Draw the answers of which none is better in both goals, from one end to the other."""
    first, second = curve.between
    frame = pd.DataFrame(
        {
            "x": curve.points[COLUMNS[first]] * _SCALE[first],
            "y": curve.points[COLUMNS[second]] * _SCALE[second],
        }
    )
    base = alt.Chart(frame).encode(
        x=alt.X("x:Q", title=_axis(first), scale=alt.Scale(zero=False)),
        y=alt.Y("y:Q", title=_axis(second), scale=alt.Scale(zero=False)),
        tooltip=[
            alt.Tooltip("x:Q", title=_axis(first), format=",.1f"),
            alt.Tooltip("y:Q", title=_axis(second), format=",.1f"),
        ],
    )
    line = base.mark_line(color=ink.quiet)
    points = base.mark_point(color=ink.accent, filled=True, size=90, opacity=1)
    return alt.layer(line, points).properties(height=280, usermeta=PLAIN_MENU)


def _axis(goal: str) -> str:
    return t(f"sure.axis_{goal}")
