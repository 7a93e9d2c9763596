"""The card of one parcel: facts with their sources, plot ratio against its lines, class, stages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from data import schema
from gis.area import to_mu
from ui import state
from ui.components.card_ledgers import ledgers_on_card
from ui.components.markup import element, fact, words
from ui.components.parcel_photos import parcel_photos
from ui.components.record_stage import record_button
from ui.desk import Desk
from ui.screened import screen_behind, verdict_of
from ui.text import language, t
from ui.text.numbers import UNKNOWN, day, known, mu, number, plain, shorten

SCALE_END = 4.0
"""Plot ratio at the right end of the scale."""
MOST_NEIGHBOURS = 12
SCREENING = Path(__file__).parents[1] / "pages" / "screening.py"


def parcel_card(desk: Desk, parcel_id: str, *, closable: bool = True) -> None:
    """Draw the card of a parcel; an id the register does not know gets a sentence.

    Parameters
    ----------
    desk : Desk
        The county as the reader looks at it.
    parcel_id : str
        Which parcel.
    closable : bool
        Whether to offer the button that closes the card.
    """
    with st.container(key="mutu_card", gap="small"):
        if closable:
            st.button(
                t("card.close"),
                icon=":material/close:",
                type="tertiary",
                key="card.close",
                on_click=state.open_parcel,
                args=(None,),
            )
        if parcel_id not in desk.frame.index:
            st.info(
                t("card.unknown", parcel=plain(shorten(parcel_id, 80))),
                icon=":material/search_off:",
            )
            return
        parcel = desk.frame.loc[parcel_id]
        verdict = verdict_of(desk, parcel_id)
        st.html(
            _head(parcel_id, parcel)
            + _areas(parcel)
            + ledgers_on_card(desk, parcel_id)
            + _plot_ratio(desk, parcel)
            + _class(parcel, verdict)
            + _timeline(desk, parcel_id, parcel)
            + _renewal(parcel)
            + _firm(parcel)
        )
        screen_behind(desk)
        record_button(desk, (parcel_id,), place="card")
        parcel_photos(desk, parcel_id)
        st.page_link(SCREENING, label=t("card.why"), icon=":material/fact_check:")
        _neighbours(desk, parcel_id)


def _head(parcel_id: str, parcel: pd.Series) -> str:
    where = [str(parcel[name]) for name in ("town", "village", "park") if known(parcel[name])]
    recorded = t("card.recorded_mark", name=_coded("low_class", parcel) or UNKNOWN)
    marks = element("span", words(recorded), css="m-mark")
    marks += element("span", words(_coded("stage", parcel)), css="m-mark")
    if parcel["overdue"]:
        late = t("card.overdue", n=number(parcel["overdue_days"]))
        marks += element("span", "⚑ " + words(late), css="m-mark m-late")
    return element(
        "div",
        element("div", words(parcel["parcel_name"]), css="m-title"),
        element("div", words(parcel_id), css="m-id", title=schema.label("parcel_id", language())),
        element("div", words(t("card.dot").join(where) if where else None), css="m-where"),
        element("div", marks, css="m-marks"),
        css="m-card",
    )


def _areas(parcel: pd.Series) -> str:
    measured, recorded = parcel["geometry_area_m2"], parcel["registered_area_m2"]
    gap = UNKNOWN
    if known(measured) and known(recorded) and recorded > 0:
        share = 100 * (measured - recorded) / recorded
        gap = f"{'+' if share >= 0.05 else ''}{number(share, 1)}%"
    rows = [
        _row("owner", words(parcel["owner"])),
        _row("land_user", words(parcel["land_user"])),
        _row("geometry_area_m2", words(mu(measured))),
        _row("registered_area_m2", words(mu(recorded))),
        fact(t("card.gap"), words(gap), t("card.gap_help")),
        _row("unlawful_area_m2", words(mu(parcel["unlawful_area_m2"]))),
    ]
    return element("div", *rows, css="m-facts")


def _plot_ratio(desk: Desk, parcel: pd.Series) -> str:
    lines = [
        (t("card.far_recorded"), parcel["far"], "m-tick m-own", _source("far")),
        (
            t("card.far_contract"),
            parcel["planned_far"],
            "m-tick m-contract",
            _source("planned_far"),
        ),
    ]
    ticks = [
        element("i", css=css, title=f"{label} {number(value, 2)}").replace(
            "<i ", f'<i style="left:{_place(value):.1f}%" ', 1
        )
        for label, value, css, _ in lines
        if known(value)
    ]
    low, high = _policy(desk)
    if known(low) and known(high):
        width = _place(high) - _place(low)
        band = element("i", css="m-band", title=t("card.far_policy"))
        ticks.insert(
            0, band.replace("<i ", f'<i style="left:{_place(low):.1f}%;width:{width:.1f}%" ', 1)
        )
    rows = [fact(label, words(number(value, 2)), source) for label, value, _, source in lines]
    said = f"{number(low, 1)}–{number(high, 1)}"
    sources = "\n".join(f"{line.source}：{line.quote}" for line in desk.rules.far_lines.values())
    rows.append(fact(t("card.far_policy"), words(said), sources))
    return (
        element("div", words(t("card.far")), css="m-head")
        + element("div", *ticks, css="m-scale", title=t("card.far_scale"))
        + element("div", *rows, css="m-facts")
    )


def _policy(desk: Desk) -> tuple[float | None, float | None]:
    values = sorted(line.value for line in desk.rules.far_lines.values())
    return (values[0], values[-1]) if values else (None, None)


def _place(far: float) -> float:
    return 100 * min(max(float(far), 0.0), SCALE_END) / SCALE_END


def _class(parcel: pd.Series, verdict: pd.Series) -> str:
    """Print the class on record and, apart from it, the verdict with its sentence."""
    rows = [
        _row("low_class", words(_coded("low_class", parcel))),
        _row("class_basis", words(parcel["class_basis"])),
        _row("class_clause", words(parcel["class_clause"])),
        _row("class_doc", words(parcel["class_doc"])),
    ]
    if known(parcel["suspected_idle"]) and parcel["suspected_idle"]:
        rows.append(_row("suspected_idle", words(t("card.suspected_idle"))))
    return (
        element("div", words(t("card.class")), css="m-head")
        + element("div", *rows, css="m-facts")
        + element("div", words(t("card.by_rule_title")), css="m-head", title=t("card.by_rule_help"))
        + element("div", *_verdict(verdict), css="m-facts")
    )


def _verdict(verdict: pd.Series) -> list[str]:
    """Print what the rules say and, where a planner gave another class, that one first."""
    names = schema.enum_labels("low_class", language())
    said = f"{names[verdict['screened_class']]}：{verdict[f'sentence_{language()}']}"
    rows = [fact(t("card.by_rule"), words(said), t("card.by_rule_help"))]
    if verdict["review_verdict"] == "override":
        now = f"{names[verdict['class']]}（{verdict['review_who']}）"
        rows.insert(0, fact(t("card.by_review"), words(now), t("card.by_rule_help")))
    return rows


def _timeline(desk: Desk, parcel_id: str, parcel: pd.Series) -> str:
    """Draw every stage in order: reached with its day, the one that stands, those to come."""
    dates = _reached(desk, parcel_id)
    steps = []
    for stage in desk.rules.stages:
        name = schema.enum_label("stage", stage.code, language())
        sign, css, when, hover = "○", "m-step", "", t("card.not_reached")
        if stage.code in dates:
            on, hover = dates[stage.code]
            sign, css, when = "●", "m-step m-reached", on
        if stage.code == parcel["stage"]:
            sign, css = "◉", "m-step m-now"
        if stage.code == parcel["due_stage"] and stage.code not in dates:
            when = t("card.due", on=day(parcel["due_on"]))
        steps.append(
            element(
                "div",
                element("span", sign, css="m-dot"),
                element("span", words(name), css="m-stage"),
                element("span", words(when) if when else "", css="m-when"),
                css=css,
                title=hover,
            )
        )
    return element("div", words(t("card.stages")), css="m-head") + element(
        "div", *steps, css="m-steps"
    )


def _reached(desk: Desk, parcel_id: str) -> dict[str, tuple[str, str]]:
    """Return day and source of each stage that stands for a parcel on the reader's day."""
    standing = desk.standing_of(parcel_id)
    return {
        stage: (day(on), t("card.event", doc=doc if known(doc) else UNKNOWN, who=who))
        for stage, on, doc, who in zip(
            standing["stage"],
            standing["occurred_on"],
            standing["doc_no"],
            standing["who"],
            strict=True,
        )
    }


def _renewal(parcel: pd.Series) -> str:
    rows = [
        _row("renewal_mode", words(_coded("renewal_mode", parcel))),
        _row("renewal_block", words(parcel["renewal_block"])),
        _row("responsible_unit", words(parcel["responsible_unit"])),
        fact(
            t("card.credited"), words(mu(parcel["credited_total_m2"])), _source("credited_total_m2")
        ),
    ]
    return element("div", words(t("card.renewal")), css="m-head") + element(
        "div", *rows, css="m-facts"
    )


def _firm(parcel: pd.Series) -> str:
    rows = [
        _row("evaluation_grade", words(_coded("evaluation_grade", parcel))),
        _row("tax_wan_per_mu", words(_per_mu(parcel["tax_wan_per_mu"]))),
        _row("agreed_tax_wan_per_mu", words(_per_mu(parcel["agreed_tax_wan_per_mu"]))),
        _row("agreed_investment_wan", words(_wan(parcel["agreed_investment_wan"]))),
        _row("contract_no", words(parcel["contract_no"])),
        _row("tenure_end_on", words(day(parcel["tenure_end_on"]))),
    ]
    return element("div", words(t("card.firm")), css="m-head") + element(
        "div", *rows, css="m-facts"
    )


def _wan(value: Any) -> str:
    return t("unit.wan", n=number(value)) if known(value) else UNKNOWN


def _per_mu(value: Any) -> str:
    return t("unit.wan_per_mu", n=number(value, 1)) if known(value) else UNKNOWN


def _coded(name: str, parcel: pd.Series) -> str | None:
    code = parcel[name]
    return schema.enum_label(name, code, language()) if known(code) else None


def _row(name: str, value: str, *, label: str = "") -> str:
    return fact(label or schema.label(name, language(), with_unit=False), value, _source(name))


def _source(name: str) -> str:
    """Say what a fact means and where it comes from (shown on hover)."""
    field = schema.field(name)
    meaning = field.meaning_zh if language() == "zh" else field.meaning_en
    return t("card.source", meaning=meaning, source=field.source)


def _neighbours(desk: Desk, parcel_id: str) -> None:
    near = desk.neighbours(parcel_id)
    if not near:
        st.caption(t("card.no_neighbours"))
        return
    st.caption(t("card.neighbours", n=len(near)))
    with st.container(key="mutu_neighbours", horizontal=True, gap="xsmall"):
        shown = near[:MOST_NEIGHBOURS]
        rows = desk.parcels.index.get_indexer(list(shown))
        names, areas = (
            desk.parcels[name].iloc[rows] for name in ("parcel_name", "geometry_area_m2")
        )
        for other, said, area in zip(shown, names, areas, strict=True):
            name = said if known(said) else other
            size = number(to_mu(area), 1) if known(area) else UNKNOWN
            st.button(
                plain(f"{shorten(name, 16)} {size}"),
                key=f"near.{other}",
                help=plain(f"{name} · {other}"),
                on_click=state.click,
                args=(other,),
            )
