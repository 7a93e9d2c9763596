"""The second step: which column of the file is which field."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from data import schema
from data.drafts import choose
from data.intake_columns import COMPUTED, field_key, unit_in
from ui import intake
from ui.components.column_width import fitting
from ui.desk import Desk
from ui.intake import OnWay
from ui.text import language, t
from ui.text.numbers import UNKNOWN, number, plain

MOST_ASKED = 40
"""So many unknown columns are asked for one by one."""
LEFT_OUT = ""


def show_columns(desk: Desk, way: OnWay) -> None:
    """Draw the guess, what was not recognised, and the way to correct either."""
    entity = way.wanted.entity
    names = list(way.preview.samples)
    if entity is None:
        st.info(t("intake.columns_kept"), icon=":material/check:")
        return
    guess = guessed(names, entity, way.wanted.mapping)
    unknown = [name for name in names if guess[name] is None]
    st.markdown(
        t("intake.columns_found", n=number(len(names) - len(unknown)), unknown=number(len(unknown)))
    )
    st.caption(t("intake.columns_help"))
    if unknown:
        _ask(desk, way, unknown[:MOST_ASKED], entity)
        if len(unknown) > MOST_ASKED:
            st.caption(t("intake.columns_more", n=number(len(unknown) - MOST_ASKED)))
    _recognised(way, guess)
    _correct(desk, way, names, entity)


def guessed(names: list[str], entity: str, mapping: Mapping[str, str]) -> dict[str, str | None]:
    """Return the field of each heading: as the user said, else as the dictionary knows it.

    None where nothing is known; empty where the user leaves the column out.
    """
    said = {schema.normal_heading(name): key for name, key in mapping.items()}
    return {name: said.get(schema.normal_heading(name), field_key(name, entity)) for name in names}


def options(entity: str) -> list[str]:
    """Return the fields that a column can be, and the way to leave it out."""
    return [LEFT_OUT, *(term.key for term in schema.fields(entity) if term.key not in COMPUTED)]


def field_label(key: str) -> str:
    """Name a field, or say that the column is left out."""
    return schema.label(key, language()) if key else t("intake.column_left_out")


def _ask(desk: Desk, way: OnWay, names: list[str], entity: str) -> None:
    """Draw one question for each column that was not recognised."""
    st.subheader(t("intake.columns_unknown"), anchor=False)
    with st.container(border=True, key="mutu_columns"):
        for at, name in enumerate(names):
            head, samples, field = st.columns([3, 4, 4], vertical_alignment="center")
            head.markdown(f"**{plain(name)}**")
            samples.caption(_samples(way, name))
            key = f"intake.column.{way.draft.draft_id}.{way.wanted.part}.{at}.{name[:40]}"
            field.selectbox(
                t("intake.column_field", name=name),
                options(entity),
                index=None,
                key=key,
                format_func=field_label,
                placeholder=t("intake.column_choose"),
                label_visibility="collapsed",
                on_change=_map,
                args=(desk, way, name, key),
            )


def _samples(way: OnWay, name: str) -> str:
    shown = t("intake.sample_gap").join(text[:24] for text in way.preview.samples[name])
    return plain(shown) if shown else t("intake.column_empty")


def _map(desk: Desk, way: OnWay, name: str, key: str) -> None:
    """Keep which field a heading is."""
    chosen = st.session_state.get(key)
    if chosen is None:
        return
    remember(desk, way, {**way.wanted.mapping, name: chosen})


def remember(desk: Desk, way: OnWay, mapping: Mapping[str, str]) -> None:
    """Keep the mapping of the chosen part with the draft."""
    kept = dict(way.draft.choices.get("mapping", {}))
    kept[str(way.wanted.part)] = dict(mapping)
    choose(desk.workspace, way.draft, now=intake.now(), mapping=kept)


def _recognised(way: OnWay, guess: Mapping[str, str | None]) -> None:
    """Draw the columns that are read, what of, and who said so."""
    rows = [
        {
            "heading": name,
            "field": field_label(key),
            "unit": unit_in(name) or "",
            "said": t("intake.said_user") if name in way.wanted.mapping else t("intake.said_book"),
            "samples": t("intake.sample_gap").join(way.preview.samples[name]),
        }
        for name, key in guess.items()
        if key is not None
    ]
    if not rows:
        return
    st.subheader(t("intake.columns_known"), anchor=False)
    table = pd.DataFrame(rows)
    heads = {
        "heading": t("intake.col_heading"),
        "field": t("intake.col_field"),
        "unit": t("intake.col_unit"),
        "said": t("intake.col_said"),
        "samples": t("intake.col_samples"),
    }
    st.dataframe(
        table,
        hide_index=True,
        height=min(36 * len(table) + 40, 360),
        placeholder=UNKNOWN,
        key="intake.known_columns",
        column_config={
            name: st.column_config.Column(head, width=fitting(head, table[name], most=420))
            for name, head in heads.items()
        },
    )


def _correct(desk: Desk, way: OnWay, names: list[str], entity: str) -> None:
    """Draw the way to say of any column what it is, and to take back what was said."""
    key = f"intake.correct.{way.draft.draft_id}.{way.wanted.part}"
    with st.container(key="mutu_correct", horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            t("intake.correct_heading"), names, index=None, key=f"{key}.heading", width=260,
            placeholder=t("intake.column_choose"),
        )  # fmt: skip
        st.selectbox(
            t("intake.correct_field"), options(entity), index=None, key=f"{key}.field", width=320,
            format_func=field_label, placeholder=t("intake.column_choose"),
        )  # fmt: skip
        st.button(
            t("intake.correct_do"), key=f"{key}.do", on_click=_corrected, args=(desk, way, key)
        )
        if way.wanted.mapping:
            st.button(
                t("intake.correct_undo"),
                icon=":material/undo:",
                type="tertiary",
                key=f"{key}.undo",
                on_click=remember,
                args=(desk, way, {}),
            )


def _corrected(desk: Desk, way: OnWay, key: str) -> None:
    heading = st.session_state.get(f"{key}.heading")
    field = st.session_state.get(f"{key}.field")
    if heading is not None and field is not None:
        remember(desk, way, {**way.wanted.mapping, heading: field})
        st.session_state[f"{key}.heading"] = st.session_state[f"{key}.field"] = None
