"""The second step: which column of the file is which field."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from data import schema
from data.drafts import choose
from data.intake_columns import COMPUTED
from data.intake_guess import ASKED, Guess, guess_columns, profiles_in
from ui import intake, state
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
    guesses = guess_columns(names, entity, way.wanted.mapping)
    unknown = [guess for guess in guesses if guess.how in ASKED]
    read = sum(guess.key is not None for guess in guesses)
    if way.wanted.profile:
        used = t("intake.profile_used", name=plain(way.wanted.profile))
        if unknown:
            used = t("intake.profile_partly", name=plain(way.wanted.profile))
        st.success(used, icon=":material/bookmark_added:")
    st.markdown(t("intake.columns_found", n=number(read), unknown=number(len(unknown))))
    st.caption(t("intake.columns_help"))
    if unknown:
        _ask(desk, way, unknown[:MOST_ASKED], entity)
        if len(unknown) > MOST_ASKED:
            st.caption(t("intake.columns_more", n=number(len(unknown) - MOST_ASKED)))
    _recognised(way, [guess for guess in guesses if guess.how not in ASKED])
    _correct(desk, way, names, entity)
    _profile(desk, way, names)


def _profile(desk: Desk, way: OnWay, names: list[str]) -> None:
    """Draw the kept mappings, and the name under which this one is kept with the commit."""
    kept = [
        name for name, one in profiles_in(desk.meta).items() if one.layer == way.wanted.as_layer
    ]
    key = f"intake.profile.{way.draft.draft_id}"
    with st.container(key="mutu_profile", horizontal=True, vertical_alignment="bottom"):
        if kept:
            st.selectbox(
                t("intake.profile"),
                [LEFT_OUT, *kept],
                key=state.widget(key, way.wanted.profile or LEFT_OUT),
                width=260,
                format_func=lambda name: name or t("intake.profile_none"),
                on_change=lambda: _take_profile(desk, way, st.session_state[key]),
            )
        save = f"{key}.save"
        if save not in st.session_state:
            st.session_state[save] = way.draft.choices.get("save_as", "")
        st.text_input(
            t("intake.profile_save"),
            key=save,
            width=420,
            max_chars=40,
            placeholder=t("intake.profile_hint"),
            help=t("intake.profile_help"),
            on_change=lambda: choose(
                desk.workspace,
                way.draft,
                now=intake.now(),
                save_as=st.session_state[save].strip() or None,
                headings=names,
            ),
        )


def _take_profile(desk: Desk, way: OnWay, name: str) -> None:
    """Take a kept mapping, or none, in place of what was said column by column."""
    said = dict(way.draft.choices.get("mapping", {}))
    said.pop(str(way.wanted.part), None)
    choose(desk.workspace, way.draft, now=intake.now(), profile=name, mapping=said)


def options(entity: str, likely: tuple[str, ...] = ()) -> list[str]:
    """Return the fields that a column can be, the likely ones first; empty leaves it out."""
    known = [term.key for term in schema.fields(entity) if term.key not in COMPUTED]
    return [*likely, LEFT_OUT, *(key for key in known if key not in likely)]


def field_label(key: str) -> str:
    """Name a field, or say that the column is left out."""
    return schema.label(key, language()) if key else t("intake.column_left_out")


def _ask(desk: Desk, way: OnWay, guesses: list[Guess], entity: str) -> None:
    """Draw one question for each column that was not recognised."""
    st.subheader(t("intake.columns_unknown"), anchor=False)
    with st.container(border=True, key="mutu_columns"):
        for at, guess in enumerate(guesses):
            name = guess.heading
            head, samples, field = st.columns([3, 4, 4], vertical_alignment="center")
            head.markdown(f"**{plain(name)}**")
            samples.caption(_samples(way, name))
            key = f"intake.column.{way.draft.draft_id}.{way.wanted.part}.{at}.{name[:40]}"
            field.selectbox(
                t("intake.column_field", name=name),
                options(entity, guess.likely),
                index=None,
                key=key,
                format_func=field_label,
                placeholder=_hint(guess),
                label_visibility="collapsed",
                on_change=_map,
                args=(desk, way, name, key),
            )


def _hint(guess: Guess) -> str:
    if guess.how == "unit_unknown":
        return t("intake.how_unit_unknown")
    if not guess.likely:
        return t("intake.column_choose")
    names = (schema.label(key, language(), with_unit=False) for key in guess.likely[:2])
    return t("intake.likely", names=t("filter.comma").join(names))


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


def _recognised(way: OnWay, guesses: list[Guess]) -> None:
    """Draw the columns that are understood: read as what, or not read and why."""
    rows = [
        {
            "heading": guess.heading,
            "field": UNKNOWN if guess.key is None else field_label(guess.key),
            "unit": guess.unit or "",
            "said": t(f"intake.how_{guess.how}"),
            "samples": t("intake.sample_gap").join(way.preview.samples[guess.heading]),
        }
        for guess in guesses
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
        height=min(35 * len(table) + 38, 360),
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
