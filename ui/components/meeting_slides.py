"""The slides of a review: open points, the year's line, what changed, what slipped, the towns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import altair as alt
import streamlit as st

from analysis.restated import SAME_M2
from data import schema
from gis.area import to_m2
from ui import meeting, state
from ui.components import charts
from ui.components.big_table import big_table, linked
from ui.components.forecast_view import band, told
from ui.components.ink import DARK, LIGHT, Ink
from ui.components.minute_form import close_forms
from ui.components.year_line import year_line
from ui.desk import Desk
from ui.text import language, t
from ui.text.numbers import UNKNOWN, day, known, mu, number, parcels

MOST = 8
"""Rows that a room can read at once; the rest is told as a number."""
LARGER = 1.5
"""How much larger the writing of a chart is on the projector."""
_LENGTHS = frozenset({"fontSize", "labelFontSize", "titleFontSize", "dx", "dy", "labelLimit"})


def titles() -> dict[str, Callable[[Desk], str]]:
    """Return what says the finding of each slide but the agenda's."""
    return {
        "points": points_title,
        "line": line_title,
        "changed": changed_title,
        "slipped": slipped_title,
        "towns": towns_title,
    }


def show(desk: Desk, slide: str) -> None:
    """Draw a slide of ``titles``."""
    draw = {
        "points": show_points,
        "line": show_line,
        "changed": show_changed,
        "slipped": show_slipped,
        "towns": show_towns,
    }
    draw[slide](desk)


def points_title(desk: Desk) -> str:
    """Say how many points are open."""
    points = meeting.open_points(desk)
    if points.empty:
        return t("meeting.no_points")
    late = int(points["late"].sum())
    return t("meeting.points_title", n=number(len(points)), late=number(late))


def show_points(desk: Desk) -> None:
    """Draw what is still to be done, each with its way to be closed, and what was settled."""
    points = meeting.open_points(desk)
    if points.empty:
        st.caption(t("meeting.no_points_help"))
    close_forms(desk, points)
    done = meeting.settled(desk)
    if len(done):
        st.subheader(t("meeting.settled", on=day(meeting.since(desk)), n=number(len(done))))
        rows = [
            (_name(desk, parcel), text, how)
            for parcel, text, how in zip(done["parcel_id"], done["text"], done["how"], strict=True)
        ]
        heads = (t("meeting.col_parcel"), t("meeting.col_text"), t("meeting.col_how"))
        st.html(big_table(heads, rows[:MOST]))


def line_title(desk: Desk) -> str:
    """Say how far the year is."""
    year = desk.progress()
    said = {"on": day(desk.state_on), "done": mu(year.credited_m2)}
    if year.target_m2 is None or year.gap_m2 is None:
        return t("meeting.line_untold", **said)
    said |= {"target": mu(year.target_m2, 0), "gap": mu(abs(year.gap_m2))}
    if year.gap_m2 >= 0:
        return t("meeting.line_ahead", **said)
    return t("meeting.line_behind", **said)


def show_line(desk: Desk) -> None:
    """Draw the year's line and what each remaining month must bring."""
    year = desk.progress()
    chart(desk, "line", lambda ink: year_line(year.monthly, band=band(desk), ink=ink))
    st.markdown(t("meeting.required", area=mu(year.required_m2_per_month)))
    if ahead := told(desk):
        st.markdown(ahead)


def changed_title(desk: Desk) -> str:
    """Say what the time since the last meeting brought."""
    gained = meeting.credited_since(desk)
    return t(
        "meeting.changed_title",
        since=day(meeting.since(desk)),
        area=mu(float(gained["gained_m2"].sum())),
        fresh=mu(float((gained["gained_m2"] - gained["late_m2"]).sum())),
        late=mu(float(gained["late_m2"].sum())),
        parcels=parcels(len(gained)),
        moved=parcels(int(meeting.moved(desk)["parcel_id"].nunique())),
    )


def show_changed(desk: Desk) -> None:
    """Draw what was credited and which stages were reached since the last meeting."""
    left, right = st.columns(2, gap="large")
    gained = meeting.credited_since(desk)
    with left:
        st.subheader(t("meeting.credited"))
        rows = [
            (
                linked(name, _name(desk, name)),
                _town(desk, name),
                _late_news(late),
                mu(area),
            )
            for name, area, late in zip(
                gained.index[:MOST], gained["gained_m2"], gained["late_m2"], strict=False
            )
        ]
        _listed(
            [t(f"meeting.col_{head}") for head in ("parcel", "town", "late_news", "area")],
            rows,
            len(gained),
            numbers=2,
        )
    with right:
        st.subheader(t("meeting.reached"))
        moved = meeting.moved(desk)
        counts = moved.drop_duplicates(["parcel_id", "stage"]).groupby("stage", sort=False)
        fresh = counts["late_news"].agg(["size", "sum"])
        order = [stage.code for stage in desk.rules.stages if stage.code in fresh.index]
        rows = [
            (_stage(code), parcels(int(fresh.loc[code, "size"])), number(fresh.loc[code, "sum"]))
            for code in order
        ]
        heads = (t("meeting.col_stage"), t("meeting.col_parcels"), t("meeting.col_late_news"))
        _listed(heads, rows, len(rows), numbers=2, most=len(rows))
        if int(moved["late_news"].sum()):
            st.caption(t("meeting.late_news_help", since=day(meeting.since(desk))))


def _late_news(area_m2: float) -> str:
    return mu(area_m2) if abs(area_m2) >= SAME_M2 else ""


def slipped_title(desk: Desk) -> str:
    """Say what fell behind since the last meeting."""
    late, off = meeting.newly_late(desk), meeting.postponed(desk)
    return t(
        "meeting.slipped_title",
        since=day(meeting.since(desk)),
        late=parcels(len(late)),
        area=mu(float(late["geometry_area_m2"].sum())),
        off=parcels(int(off["parcel_id"].nunique())),
    )


def show_slipped(desk: Desk) -> None:
    """Draw the parcels that became overdue, and the plans that were put off."""
    left, right = st.columns(2, gap="large")
    late = meeting.newly_late(desk)
    with left:
        st.subheader(t("meeting.newly_late"))
        shown = late.head(MOST)
        rows = [
            (linked(name, parcel), town, _stage(stage), day(due), mu(area))
            for name, parcel, town, stage, due, area in zip(
                shown.index,
                shown["parcel_name"],
                shown["town"],
                shown["due_stage"],
                shown["due_on"],
                shown["geometry_area_m2"],
                strict=True,
            )
        ]
        heads = ("parcel", "town", "due_stage", "due_on", "area")
        _listed([t(f"meeting.col_{head}") for head in heads], rows, len(late), numbers=1)
    with right:
        st.subheader(t("meeting.postponed"))
        off = meeting.postponed(desk)
        shown = off.head(MOST)
        rows = [
            (linked(name, _name(desk, name)), _stage(stage), day(was), day(now))
            for name, stage, was, now in zip(
                shown["parcel_id"],
                shown["stage"],
                shown["planned_then"],
                shown["planned_now"],
                strict=True,
            )
        ]
        heads = ("parcel", "due_stage", "planned_then", "planned_now")
        _listed([t(f"meeting.col_{head}") for head in heads], rows, len(off))


def towns_title(desk: Desk) -> str:
    """Say which town leads and how many have nothing yet."""
    towns = desk.progress().by_town
    named = towns[towns["town"].notna()]
    if named.empty or not (named["credited_m2"] > 0).any():
        return t("meeting.towns_none", year=desk.year)
    if named["done_pct"].notna().any():
        best = named.loc[named["done_pct"].astype(float).idxmax()]
        behind = int((named["done_pct"] < 100).sum())
        pct = number(best["done_pct"], 1)
        return t("meeting.towns_ranked", town=best["town"], pct=pct, behind=number(behind))
    first = named.iloc[0]
    none = int((named["credited_m2"] <= 0).sum())
    return t(
        "meeting.towns_title",
        town=first["town"],
        area=mu(first["credited_m2"]),
        none=number(none),
    )


def show_towns(desk: Desk) -> None:
    """Draw the towns by completion where their tasks are known, else by area."""
    year = desk.progress()
    towns = year.by_town
    if not towns["task_mu"].notna().any():
        chart(desk, "towns", lambda ink: charts.town_bars(towns, ink=ink))
        st.caption(t("overview.no_town_tasks"))
        return
    ranked = towns.sort_values("done_pct", ascending=False, kind="stable", na_position="last")
    rows = [
        (
            number(at) if known(pct) else UNKNOWN,
            town,
            mu(area),
            mu(to_m2(float(task))) if known(task) else UNKNOWN,
            number(pct, 1),
        )
        for at, (town, area, task, pct) in enumerate(
            zip(
                ranked["town"],
                ranked["credited_m2"],
                ranked["task_mu"],
                ranked["done_pct"],
                strict=True,
            ),
            start=1,
        )
    ]
    heads = [t(f"meeting.col_{name}") for name in ("rank", "town", "credited", "task", "done")]
    st.html(big_table(heads, rows, numbers=3))


def chart(desk: Desk, name: str, draw: Callable[[Ink], alt.LayerChart]) -> None:
    """Draw a chart, its writing larger while the review fills the screen."""
    dark = st.context.theme.type == "dark"
    full = state.setting("full") == "1"

    def make() -> dict[str, Any]:
        spec = draw(DARK if dark else LIGHT).to_dict()
        return enlarged(spec, LARGER) if full else spec

    spec = desk.kept(("meeting chart", name, dark, full, language()), make)
    st.vega_lite_chart(spec=spec, width="stretch", key=f"meeting.{name}")


def enlarged(spec: Any, factor: float) -> Any:
    """Return the specification of a chart with larger writing and room for it.

    Examples
    --------
    >>> enlarged({"height": 10, "mark": {"fontSize": 12, "size": 15}}, 2)["mark"]
    {'fontSize': 24, 'size': 15}
    """
    found = _scaled(spec, factor)
    axis = {"labelFontSize": 11 * factor, "titleFontSize": 11 * factor}
    config = {
        **found.get("config", {}),
        "axis": {**found.get("config", {}).get("axis", {}), **axis},
    }
    if isinstance(found.get("height"), (int, float)):
        found["height"] *= (1 + factor) / 2
    return {**found, "config": config}


def _scaled(part: Any, factor: float) -> Any:
    if isinstance(part, list):
        return [_scaled(item, factor) for item in part]
    if not isinstance(part, dict):
        return part
    return {
        key: value * factor
        if key in _LENGTHS and isinstance(value, (int, float))
        else (value if key == "datasets" else _scaled(value, factor))
        for key, value in part.items()
    }


def _listed(
    heads: Any, rows: list[tuple[object, ...]], count: int, *, numbers: int = 0, most: int = MOST
) -> None:
    if not rows:
        st.caption(t("meeting.nothing"))
        return
    st.html(big_table(list(heads), rows, numbers=numbers))
    if count > most:
        st.caption(t("meeting.more", n=number(most), all=number(count)))


def _name(desk: Desk, parcel_id: object) -> str:
    if not known(parcel_id):
        return UNKNOWN
    names = desk.parcels["parcel_name"]
    name = names.get(str(parcel_id))
    return str(name) if known(name) else str(parcel_id)


def _town(desk: Desk, parcel_id: object) -> str:
    town = desk.parcels["town"].get(str(parcel_id))
    return str(town) if known(town) else UNKNOWN


def _stage(code: object) -> str:
    return schema.enum_label("stage", str(code), language()) if known(code) else UNKNOWN
