"""The filter bar: one query for every page, a popover a question, chips for what is active."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import streamlit as st

from analysis.query import UNKNOWN, ParcelQuery
from data import schema
from ui import state
from ui.components.lazy_popover import lazy_popover
from ui.desk import Desk
from ui.text import language, t
from ui.text.numbers import number, plain, shorten

RANGES = {"far": ("far_min", "far_max"), "area": ("area_min_mu", "area_max_mu")}
LONGEST = 60
"""Letters of a name on a button or chip; the whole name is shown on hover."""


@dataclass(frozen=True)
class Choice:
    """One popover of the bar: an attribute of the query and the values it may take."""

    name: str
    label: str
    options: tuple[str, ...]
    say: Callable[[str], str]


def filter_bar(desk: Desk) -> ParcelQuery:
    """Draw the bar and return the query that holds on every page.

    Parameters
    ----------
    desk : Desk
        Gives the towns and parks to choose from.

    Returns
    -------
    ParcelQuery
        What is active now; the empty query means every parcel.
    """
    query = state.query()
    with st.container(
        key="mutu_filters", horizontal=True, vertical_alignment="center", gap="xsmall"
    ):
        st.text_input(
            t("filter.text"),
            key=state.widget("filter.text", query.text),
            placeholder=t("filter.text_hint"),
            icon=":material/search:",
            label_visibility="collapsed",
            width=180,
            max_chars=200,
            on_change=_text_changed,
        )
        choices = _choices(desk)
        for choice in choices:
            _choose(choice, getattr(query, choice.name))
        _ranges(query)
        st.toggle(
            t("filter.overdue"),
            key=state.widget("filter.overdue", query.overdue),
            help=t("filter.overdue_help"),
            on_change=_overdue_changed,
        )
    _chips(query, {choice.name: choice for choice in choices})
    return query


def _choices(desk: Desk) -> list[Choice]:
    lists = [
        Choice("towns", t("filter.town"), (*desk.choices("town"), UNKNOWN), _unknown_or),
        Choice("parks", t("filter.park"), (*desk.choices("park"), UNKNOWN), _outside_or),
    ]
    coded = (
        ("classes", t("filter.class"), "low_class"),
        ("stages", t("filter.stage"), "stage"),
        ("modes", t("filter.mode"), "renewal_mode"),
        ("grades", t("filter.grade"), "evaluation_grade"),
    )
    for name, label, enum in coded:
        codes = (*schema.enum_codes(enum), UNKNOWN)
        lists.append(Choice(name, label, codes, partial(_coded, enum)))
    return lists


def _unknown_or(value: str) -> str:
    return t("filter.unknown") if value == UNKNOWN else plain(shorten(value, LONGEST))


def _outside_or(value: str) -> str:
    return t("filter.outside_parks") if value == UNKNOWN else plain(shorten(value, LONGEST))


def _coded(enum: str, value: str) -> str:
    return t("filter.unknown") if value == UNKNOWN else schema.enum_label(enum, value, language())


def _choose(choice: Choice, active: tuple[str, ...]) -> None:
    label = f"{choice.label} · {len(active)}" if active else choice.label
    key = f"filter.{choice.name}"
    opened = lazy_popover(label, key, kind="secondary" if active else "tertiary")
    if not opened.open:
        return
    strangers = tuple(value for value in active if value not in choice.options)
    options = (*choice.options, *strangers)
    with opened:
        st.pills(
            choice.label,
            options,
            selection_mode="multi",
            format_func=choice.say,
            key=state.widget(key, _in_order(key, active, options)),
            on_change=_list_changed,
            args=(choice.name,),
        )


def _in_order(key: str, values: Sequence[str], options: Sequence[str]) -> list[str]:
    """Keep the order in which the reader ticked, so that the widget is not set anew."""
    current = st.session_state.get(key)
    if current is not None and set(current) == set(values):
        return list(current)
    return [option for option in options if option in values]


def _ranges(query: ParcelQuery) -> None:
    active = sum(getattr(query, name) is not None for pair in RANGES.values() for name in pair)
    label = f"{t('filter.ranges')} · {active}" if active else t("filter.ranges")
    opened = lazy_popover(label, "filter.ranges", kind="secondary" if active else "tertiary")
    if not opened.open:
        return
    with opened:
        titles = {"far": t("filter.far"), "area": t("filter.area")}
        for name, (low, high) in RANGES.items():
            st.markdown(titles[name])
            left, right = st.columns(2)
            for column, bound, hint in (
                (left, low, t("filter.from")),
                (right, high, t("filter.to")),
            ):
                column.number_input(
                    f"{titles[name]} {hint}",
                    min_value=0.0,
                    value=None,
                    step=0.5 if name == "far" else 5.0,
                    key=state.widget(f"filter.{bound}", getattr(query, bound)),
                    placeholder=hint,
                    label_visibility="collapsed",
                    on_change=_range_changed,
                    args=(name,),
                )


def _chips(query: ParcelQuery, choices: dict[str, Choice]) -> None:
    """Draw what is active as buttons that take it away again."""
    chips = list(_active(query, choices))
    if not chips:
        return
    with st.container(key="mutu_chips", horizontal=True, gap="xsmall", vertical_alignment="center"):
        for names, said in chips:
            st.button(
                plain(shorten(said, LONGEST)),
                key=f"chip.{names[0]}",
                icon=":material/close:",
                help=t("filter.remove"),
                on_click=_forget,
                args=names,
            )
        if len(chips) > 1:
            st.button(
                t("filter.clear"), key="chip.all", type="tertiary", on_click=_forget_everything
            )


def _active(query: ParcelQuery, choices: dict[str, Choice]) -> list[tuple[tuple[str, ...], str]]:
    chips: list[tuple[tuple[str, ...], str]] = []
    if query.text:
        chips.append((("text",), t("filter.chip", label=t("filter.word"), values=query.text)))
    for name, choice in choices.items():
        if values := getattr(query, name):
            said = t("filter.comma").join(_bare(choice, value) for value in values)
            chips.append(((name,), t("filter.chip", label=choice.label, values=said)))
    titles = {"far": t("filter.far"), "area": t("filter.area")}
    for name, (low, high) in RANGES.items():
        bounds = (getattr(query, low), getattr(query, high))
        if any(bound is not None for bound in bounds):
            said = t("filter.chip", label=titles[name], values=_range_words(*bounds))
            chips.append(((low, high), said))
    if query.overdue:
        chips.append((("overdue",), t("filter.overdue")))
    if query.shape:
        chips.append((("shape",), t("filter.shape")))
    return chips


def _bare(choice: Choice, value: str) -> str:
    """Say a value without Markdown escapes: the chip escapes its whole text at once."""
    return value if choice.name in ("towns", "parks") and value != UNKNOWN else choice.say(value)


def _range_words(low: float | None, high: float | None) -> str:
    if low is not None and high is not None:
        return t("filter.between", low=_short(low), high=_short(high))
    return (
        t("filter.at_least", n=_short(low)) if high is None else t("filter.below", n=_short(high))
    )


def _short(value: float | None) -> str:
    return number(value, 2).rstrip("0").rstrip(".") if value else "0"


def _list_changed(name: str) -> None:
    values = tuple(st.session_state.get(f"filter.{name}") or ())
    state.set_query(replace(state.query(), **{name: values}))


def _text_changed() -> None:
    state.set_query(replace(state.query(), text=st.session_state["filter.text"]))


def _overdue_changed() -> None:
    state.set_query(replace(state.query(), overdue=st.session_state["filter.overdue"]))


def _range_changed(name: str) -> None:
    """Take both bounds; bounds typed the wrong way round are turned."""
    low, high = RANGES[name]
    bounds: list[Any] = [st.session_state.get(f"filter.{bound}") for bound in (low, high)]
    if None not in bounds:
        bounds.sort()
    state.set_query(replace(state.query(), **dict(zip((low, high), bounds, strict=True))))


def _forget(*names: str) -> None:
    state.set_query(state.query().without(*names))


def _forget_everything() -> None:
    state.set_query(ParcelQuery())
