"""All projects on all sites: the plan, what stays unplaced and why, pins and bans by hand."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import pandas as pd
import streamlit as st

from ui import matched, sited, state
from ui.components.block_map import COUNTY_CRS, overlay_map
from ui.components.column_width import fitting
from ui.components.figures import Figure, big_line
from ui.components.portfolio_view import outcome
from ui.components.siting_export import match_export
from ui.components.siting_words import (
    month_of,
    percent,
    project_name,
    site_name,
    veto_label,
)
from ui.desk import Desk
from ui.jobs import Job
from ui.text import t
from ui.text.numbers import UNKNOWN, mu, number, plain

MAP_HEIGHT = 380
_LATE, _OWN = "match.late", "match.own"


def show_match(desk: Desk) -> None:
    """Draw what is asked, and beside it the work or the plan."""
    side, place = st.columns([4, 9], gap="medium")
    with side.container(border=True):
        st.button(
            t("match.start"), icon=":material/play_arrow:", type="primary", key="match.start",
            width="stretch", on_click=_start,
        )  # fmt: skip
        st.caption(t("match.help"))
        months = matched.late_most()
        st.number_input(
            t("match.late"), min_value=0.0, max_value=9_999.0, step=1.0,
            help=t("match.late_help"), key=state.widget(_LATE, months), on_change=_asked,
        )  # fmt: skip
        if sited.own_weights() is not None:
            own = bool(state.setting(matched.OWN))
            st.checkbox(
                t("match.own"), key=state.widget(_OWN, own), help=t("match.own_help"),
                on_change=_asked,
            )  # fmt: skip
        _by_hand(desk)
    with place:
        matched.resume(desk)
        key = matched.run_of()
        if key is None:
            st.info(t("match.begin"), icon=":material/hub:")
            return
        if key != matched.key_of(desk):
            st.caption(t("choose.changed"))
        found = outcome(key, "match.run", _solving)
        if found is not None:
            _answer(desk, found)


def _asked() -> None:
    matched.set_late_most(st.session_state[_LATE])
    if _OWN in st.session_state:
        state.set_setting(matched.OWN, "1" if st.session_state[_OWN] else "")


def _start() -> None:
    matched.start(state.desk())


def _solving(job: Job) -> None:
    moment = job.told
    if moment is None:
        st.progress(0.0, text=t("match.building", seconds=number(job.seconds)))
        return
    share = min(max(moment.seconds / matched.SECONDS, 0.02), 1.0)
    gap = percent(moment.gap, 2) if moment.gap < float("inf") else UNKNOWN
    said = t("choose.solving", seconds=number(moment.seconds), limit=number(matched.SECONDS),
             gap=gap)  # fmt: skip
    st.progress(share, text=said)


def _by_hand(desk: Desk) -> None:
    """Draw the pins and bans, and the way to set one."""
    st.markdown(f"**{t('match.by_hand')}**")
    table, sites = sited.projects(desk), sited.sites(desk).table
    st.selectbox(
        t("siting.project"), [str(name) for name in table.index], key="match.project",
        format_func=lambda name: project_name(name, table.loc[name]),
    )  # fmt: skip
    st.selectbox(
        t("siting.col_name"), [str(name) for name in sites.index], key="match.site",
        format_func=lambda name: f"{site_name(desk, name)} · {mu(sites['area_m2'][name])}",
    )  # fmt: skip
    with st.container(horizontal=True):
        st.button(t("match.pin"), icon=":material/push_pin:", key="match.pin",
                  on_click=_add, args=(matched.PINS,))  # fmt: skip
        st.button(t("match.ban"), icon=":material/block:", key="match.ban",
                  on_click=_add, args=(matched.BANS,))  # fmt: skip
    for name, said in ((matched.PINS, t("match.pinned")), (matched.BANS, t("match.banned"))):
        for at, (project, site) in enumerate(matched.pairs(name)):
            pair = f"{plain(project)} → {plain(site_name(desk, site))}"
            st.button(
                f"{said} {pair}", icon=":material/close:", type="tertiary",
                key=f"match.{name}.{at}",
                on_click=_drop, args=(name, at), help=t("match.take_back"),
            )  # fmt: skip


def _add(name: str) -> None:
    pair = (st.session_state["match.project"], st.session_state["match.site"])
    other = matched.BANS if name == matched.PINS else matched.PINS
    matched.set_pairs(other, tuple(one for one in matched.pairs(other) if one != pair))
    matched.set_pairs(name, (*matched.pairs(name), pair))


def _drop(name: str, at: int) -> None:
    matched.set_pairs(name, tuple(p for n, p in enumerate(matched.pairs(name)) if n != at))


def _answer(desk: Desk, told: dict[str, Any]) -> None:
    _head(told)
    rows = told["assignments"]
    if told["decided"]:
        settled = t("filter.comma").join(
            f"{row['project_id']} → {site_name(desk, row['site_id'])}" for row in told["decided"]
        )
        n = number(len(told["decided"]))
        st.caption(plain(t("match.decided", n=n, who=settled)))
    pending = sum(bool(row["open"]) for row in rows)
    if pending:
        st.warning(t("match.pending", n=number(pending)), icon=":material/help_center:")
    if not told["timing_checked"]:
        st.warning(t("match.untimed"), icon=":material/event_busy:")
    if rows:
        _map(desk, rows)
        st.subheader(t("match.placed"), anchor=False)
        _table(placed(desk, told))
    if told["unplaced"]:
        st.subheader(t("match.unplaced", n=number(len(told["unplaced"]))), anchor=False)
        _table(left(desk, told))
    match_export(desk, told, placed(desk, told), left(desk, told))


def _head(told: dict[str, Any]) -> None:
    gap = UNKNOWN if told["gap"] is None else percent(told["gap"], 2)
    first = told["first_come"]
    count = t("match.count", n=number(len(told["assignments"])), all=number(told["projects"]))
    more = (told["points"] or 0) - (first["points"] or 0)
    big_line(
        [
            Figure(t("match.placed"), count, t(f"match.status_{told['status']}")),
            Figure(t("match.gap"), gap, help=t("match.gap_help")),
            Figure(t("match.points"), number(told["points"], 1), t("match.points_note",
                   n=number(more, 1)), help=t("match.points_help")),
            Figure(t("match.first_come"), number(first["placed"]),
                   t("match.first_points", n=number(first["points"], 1))),
        ]
    )  # fmt: skip


def _map(desk: Desk, rows: list[dict[str, Any]]) -> None:
    table, names = sited.sites(desk).table, sited.projects(desk)
    by_site: dict[str, list[str]] = {}
    for row in rows:
        project = project_name(row["project_id"], names.loc[row["project_id"]])
        by_site.setdefault(row["site_id"], []).append(project)
    shapes = table.geometry.loc[list(by_site)].to_crs(COUNTY_CRS)
    labels = [
        f"{site_name(desk, site)} ← {t('filter.comma').join(by_site[site])}" for site in by_site
    ]
    frame = gpd.GeoDataFrame(
        {"kind": "site_first", "label": labels}, geometry=shapes.to_numpy(), crs=COUNTY_CRS
    )
    overlay_map(desk, frame, height=MAP_HEIGHT, folded=True, muted=True, look="match.look")


def placed(desk: Desk, told: dict[str, Any]) -> pd.DataFrame:
    """Return the plan as shown, beside what first come, first served gives."""
    names = sited.projects(desk)
    plainly = {row["project_id"]: row["site_id"] for row in told["first_come"]["assignments"]}
    comma = t("filter.comma")
    rows = [
        {
            "project": project_name(row["project_id"], names.loc[row["project_id"]]),
            "name": site_name(desk, row["site_id"]),
            "open": comma.join(veto_label(veto) for veto in row["open"]),
            "area": row["land_mu"],
            "start": month_of(row["start"]),
            "late": row["late_months"],
            "score": row["score"],
            "pinned": row["pinned"],
            "first_come": site_name(desk, plainly[row["project_id"]])
            if row["project_id"] in plainly
            else t("match.not_placed"),
            "conditions": comma.join(one["label"] for one in row["conditions"]),
            "unchecked": comma.join(
                dict.fromkeys(one["label"] for one in row["unchecked"] if not one["bars"])
            ),
        }
        for row in told["assignments"]
    ]
    return pd.DataFrame(rows)


def left(desk: Desk, told: dict[str, Any]) -> pd.DataFrame:
    """Return what stays unplaced as shown: why, and the cheapest way to place it."""
    names = sited.projects(desk)
    rows = [
        {
            "project": project_name(row["project_id"], names.loc[row["project_id"]]),
            "reason": row["reason_text"],
            "way": _way(desk, row),
            "price": row["cheapest"]["price"] if row["cheapest"] else None,
            "held": t("filter.comma").join(
                f"{site_name(desk, one['site_id'])} ← {one['project_id']}" for one in row["held_by"]
            ),
        }
        for row in told["unplaced"]
    ]
    return pd.DataFrame(rows)


def _way(desk: Desk, row: dict[str, Any]) -> str:
    """Say the cheapest way of placing a project, the site by its name; else what is lacking."""
    way = row["cheapest"]
    if way is None:
        lacking = {
            "land_unknown": t("match.enter_land"),
            "capacity_unknown": t("match.enter_needs"),
        }
        return lacking.get(row["reason"], t("match.no_way"))
    return str(way["text"]).replace(way["site_id"], site_name(desk, way["site_id"]))


def headings(table: pd.DataFrame) -> dict[str, str]:
    """Return what the columns of a plan are called."""
    return {name: t(f"match.col_{name}") for name in table.columns}


def _table(table: pd.DataFrame) -> None:
    config: dict[str, Any] = {}
    for name, head in headings(table).items():
        if name in ("area", "score", "price", "late"):
            table[name] = table[name].astype(float)
            config[name] = st.column_config.NumberColumn(
                head, format="%,.0f" if name == "late" else "%,.1f", width=fitting(head, ["1,234"])
            )
        elif name == "pinned":
            config[name] = st.column_config.CheckboxColumn(head, width=fitting(head))
        else:
            config[name] = st.column_config.Column(
                head, width=fitting(head, table[name], most=300), pinned=name == "project" or None
            )
    st.dataframe(
        table, hide_index=True, column_config=config, placeholder=UNKNOWN,
        height=min(420, 35 * len(table) + 38),
    )  # fmt: skip
