"""The open site: what speaks for it, what it lost on, what it passes on, and the decision."""

from __future__ import annotations

from typing import Any

import streamlit as st

from analysis.site_offers import SHARED, STOCKS
from data import schema
from gis.area import to_mu
from ui import sited, state
from ui.components.markup import element, fact, heading, words
from ui.components.siting_decide import decide_box
from ui.components.siting_words import (
    criterion_label,
    kind_label,
    measured,
    month_of,
    percent,
    ranks,
    site_name,
    unit_label,
)
from ui.desk import Desk
from ui.text import language, t
from ui.text.numbers import UNKNOWN, far, known, mu, number, parcels


def site_panel(desk: Desk, project: str) -> None:
    """Draw the panel of the site that is open, and the form of the decision under it."""
    told = sited.record(desk, project)
    site = sited.opened_site(desk, project)
    if site is None:
        st.info(t("siting.pick_site"), icon=":material/touch_app:")
        decide_box(desk, project, None)
        return
    row = sited.sites(desk).table.loc[site]
    ranked = next((one for one in told["ranking"] if one["site_id"] == site), None)
    st.html(
        element("div", words(site_name(desk, site)), css="m-title")
        + element("div", words(site), css="m-id")
        + _marks(told, ranked, site)
    )
    with st.container(horizontal=True):
        if ranked is not None:
            st.button(
                t("siting.compare_add"), icon=":material/compare_arrows:", key="siting.beside_add",
                on_click=_beside, args=(site,), disabled=site in _besides(),
            )  # fmt: skip
        ids = row["parcel_ids"]
        if len(ids):
            st.button(
                t("siting.parcels", parcels=parcels(len(ids))), icon=":material/select_all:",
                key="siting.parcels", on_click=state.select, args=(tuple(ids),),
                help=t("siting.parcels_help"), type="tertiary",
            )  # fmt: skip
    _held(desk, project, site)
    reserves(told, site)
    if ranked is not None:
        st.html(_sureness(ranked) + _contributions(ranked))
    st.html(facts_html(row))
    decide_box(desk, project, site)


def _held(desk: Desk, project: str, site: str) -> None:
    """Say to whom a site was decided, and what they leave of it."""
    who = sited.record(desk, project)["held"].get(site)
    if who:
        names = t("filter.comma").join(
            f"{one['project_id']} {number(one['land_mu'], 1)}" for one in who
        )
        left = mu(sited.left_to(desk, project)["area_m2"][site], 1)
        said = t("siting.held", who=names, left=left)
        st.html(element("div", words(said), css="m-said m-warn"))


def _besides() -> list[str]:
    return [name for name in state.setting("beside").split(",") if name]


def _beside(site: str) -> None:
    state.set_setting("beside", ",".join([*_besides(), site][-3:]))


def _marks(told: dict[str, Any], ranked: dict[str, Any] | None, site: str) -> str:
    if ranked is not None:
        rank = t("siting.rank_mark", n=number(ranked["rank"]))
        marks = element("span", words(rank), css="m-mark")
        score = t(
            "siting.score_mark",
            score=number(ranked["score"], 1),
            low=number(ranked["score_low"], 1),
            high=number(ranked["score_high"], 1),
        )
        return element("div", marks + element("span", words(score), css="m-mark"), css="m-marks")
    said = [row["label"] for row in told["vetoed"] if row["site_id"] == site]
    if site in told["too_small"]:
        said.append(t("siting.key_small"))
    marks = "".join(
        element("span", "✕ " + words(one), css="m-mark m-late") for one in dict.fromkeys(said)
    )
    return element("div", marks, css="m-marks")


def reserves(told: dict[str, Any], site: str) -> None:
    """Say on what condition a site passes, and what nobody checked of it."""
    lines = []
    for row in told["conditional"]:
        if row["site_id"] == site:
            said = t("siting.on_condition", veto=row["label"], condition=row["condition"])
            lines.append(element("div", words(said), css="m-said m-warn", title=row["clause"]))
    for row in told["unchecked"]:
        if row["site_id"] in (None, site):
            said = t("siting.not_checked", veto=row["label"], reason=row["reason_text"])
            lines.append(element("div", words(said), css="m-said m-warn"))
    for row in told["vetoed"]:
        if row["site_id"] == site:
            area = "" if row["overlap_m2"] is None else mu(row["overlap_m2"], 2)
            said = t("siting.vetoed_by", veto=row["label"], clause=row["clause"], area=area)
            lines.append(element("div", words(said), css="m-said m-warn"))
    if lines:
        st.html("".join(lines))


def _sureness(row: dict[str, Any]) -> str:
    lines = [
        fact(t("siting.first_share"), words(percent(row["first_share"])),
             t("siting.share_help")),
        fact(t("siting.top3_share"), words(percent(row["top3_share"]))),
        fact(t("siting.rank_range"), words(ranks(row))),
        fact(t("siting.free_from"), words(month_of(row["free_from"]))),
    ]  # fmt: skip
    return element("div", *lines, css="m-facts")


def _contributions(row: dict[str, Any]) -> str:
    """Return what each criterion adds, with what was measured and what it lost to the first."""
    gaps = {one["criterion"]: one["points"] for one in row["lost_on"]}
    parts = row["contributions"]
    order = sorted(parts, key=lambda key: -(parts[key] or 0))
    lines = [_bar(key, parts[key], row["measures"][key], gaps.get(key)) for key in order]
    title = t("siting.contributions", score=number(row["score"], 1))
    if row["missing"]:
        title += " · " + t("siting.known_share", share=percent(row["known_share"]))
    said = heading(title)
    if row["rank"] > 1 and not row["lost_on"] and row["missing"]:
        said += element("div", words(t("siting.no_loss")), css="m-said")
    return said + element("div", *lines, css="m-bars")


def _bar(key: str, points: float | None, value: float | None, gap: float | None) -> str:
    told = number(points, 1) if known(points) else UNKNOWN
    if gap:
        told += f"（−{number(gap, 1)}）" if language() != "en" else f" (−{number(gap, 1)})"
    bar = f'<i style="width:{min(4 * (points or 0), 100):.0f}%"></i>'
    return element(
        "div",
        element("span", words(criterion_label(key)), css="m-label"),
        element("span", bar, css="m-bar"),
        element("span", words(measured(key, value)), css="m-measure"),
        element("span", words(told), css="m-value"),
        css="m-barline",
        title=t("siting.bar_help") if gap else "",
    )


def facts_html(row: Any) -> str:
    """Return what a site is: kind, land, month and why, shape, slope, use."""
    sides = UNKNOWN
    if known(row["rectangle_long_m"]):
        sides = t("blocks.sides", long=number(row["rectangle_long_m"]),
                  short=number(row["rectangle_short_m"]))  # fmt: skip
    basis = row["free_basis"]
    basis = schema.enum_label("free_basis", basis, language()) if known(basis) else ""
    slope = f"{number(row['slope_pct'], 1)}%" if known(row["slope_pct"]) else UNKNOWN
    lines = [
        fact(t("siting.col_kind"), words(kind_label(row["kind"]))),
        fact(t("siting.area"), words(f"{mu(row['area_m2'], 2)} · {number(row['area_m2'])} m²")),
        fact(t("siting.free_from"), words(f"{month_of(row['free_from'])} {basis}")),
        fact(t("siting.rectangle"), words(sides)),
        fact(t("siting.slope"), words(slope)),
        fact(t("siting.planned_far"), words(far(row["planned_far"]))),
        fact(t("siting.planned_use"), words(row["planned_use"])),
        fact(t("siting.owner"), words(row["owner"])),
        fact(t("siting.park"), words(row["park"])),
    ]
    if known(row["floor_area_m2"]):
        lines.append(
            fact(t("siting.floor"), words(t("siting.floor_m2", n=number(row["floor_area_m2"]))))
        )
    lines += _offers(row)
    title = heading(t("siting.facts", area=number(to_mu(row["area_m2"]), 1)))
    return title + element("div", *lines, css="m-facts")


def _offers(row: Any) -> list[str]:
    """Return what a site has to offer, so far as it is known; whose stock it is beside it."""
    lang, lines = language(), []
    if known(row["cost_wan_per_mu"]):
        said = f"{number(row['cost_wan_per_mu'], 1)} {unit_label('wan_per_mu')}"
        lines.append(fact(schema.label("cost_wan_per_mu", lang, with_unit=False), words(said)))
    for stock in STOCKS.values():
        if known(row[stock]):
            said = f"{number(row[stock])} {unit_label(schema.field(stock).unit)}"
            owner = row[stock + SHARED]
            said += "" if owner == row.name else t("siting.shared_by", park=str(owner))
            lines.append(fact(schema.label(stock, lang, with_unit=False), words(said)))
    if row["only_clusters"]:
        names = schema.enum_labels("cluster", lang)
        told = t("filter.comma").join(names.get(code, code) for code in row["only_clusters"])
        lines.append(fact(schema.label("only_clusters", lang), words(told)))
    return lines
