"""One target laid open: its sentence and source, what was reached when, what contradicts it."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from data.targets import read_targets
from ui import recording, state, targets
from ui.components.markup import element, fact, heading, words
from ui.components.target_form import actual_form
from ui.desk import Desk
from ui.text import language, t
from ui.text.numbers import UNKNOWN, day, known, number


def target_panel(desk: Desk, target_id: str) -> None:
    """Draw the open target.

    Parameters
    ----------
    desk : Desk
        The county as the reader looks at it.
    target_id : str
        Which target.
    """
    row = targets.board(desk).loc[target_id]
    with st.container(key="mutu_card", gap="small"):
        st.button(
            t("card.close"),
            icon=":material/close:",
            type="tertiary",
            key="targets.close",
            on_click=state.set_setting,
            args=("target", ""),
        )
        st.html(_head(target_id, row) + _source(row) + _conflicts(target_id))
        st.html(heading(t("targets.actuals")) + _history(desk, target_id))
        if row["comparison"] == "fact":
            return
        st.html(heading(t("targets.record")))
        if recording.may_write(desk):
            actual_form(desk, target_id, str(row["unit"]))


def _head(target_id: str, row: pd.Series) -> str:
    status = element("span", words(targets.status_label(row["status"])), css="m-mark")
    asked = targets.asked(row["value"], row["comparison"], row["unit"])
    reached = targets.reached(row["actual"])
    if known(row["share"]) and row["comparison"] != "fact":
        reached += t("targets.of", pct=number(100 * row["share"], 1))
    facts = (
        fact(t("targets.col_asked"), words(asked))
        + fact(t("targets.col_when"), words(targets.when(read_targets().periods[target_id])))
        + fact(t("targets.col_actual"), words(reached))
        + fact(t("targets.col_actual_on"), words(day(row["actual_on"])))
        + fact(t("targets.col_lead"), words(row["lead_bureau"]))
        + fact(t("targets.col_scope"), words(row["scope"]))
    )
    return element(
        "div",
        element("div", words(targets.name(row)), css="m-title"),
        element("div", words(target_id), css="m-id"),
        element("div", status, css="m-marks"),
        element("div", words(t(f"targets.why_{row['status']}")), css="m-note"),
        element("div", facts, css="m-facts"),
    )


def _source(row: pd.Series) -> str:
    quote = t("targets.quoted", quote=row["quote"])
    title = targets.source_title(read_targets(), row["source"])
    return (
        heading(t("targets.col_quote"))
        + element("div", words(quote), css="m-said")
        + element("div", words(title), css="m-note")
    )


def _conflicts(target_id: str) -> str:
    found = read_targets().conflicts_of(target_id)
    if not found:
        return ""
    told = "".join(
        element("li", words(t("targets.conflict", id=c.id, said=c.say(language())))) for c in found
    )
    return heading(t("targets.col_conflicts")) + element("ul", told, css="m-list")


def _history(desk: Desk, target_id: str) -> str:
    found = targets.history(desk, target_id)
    if found.empty:
        return element("div", words(t("targets.no_actuals")), css="m-note")
    rows = [
        element(
            "li",
            words(
                t(
                    "targets.actual_said",
                    on=day(on),
                    value=targets.reached(value),
                    source=targets.actual_source(source),
                )
                + (t("targets.actual_note", note=note) if known(note) else "")
                + (t("targets.actual_who", who=who) if known(who) else "")
            ),
        )
        for on, value, source, note, who in zip(
            found["measured_on"],
            found["value"],
            found["source"],
            found.get("note", [None] * len(found)),
            found.get("who", [None] * len(found)),
            strict=True,
        )
    ]
    return element("ul", "".join(rows), css="m-list") if rows else UNKNOWN
