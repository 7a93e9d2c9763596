"""The projects that look for land: their list, the form to enter or mend one, and withdrawing."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from analysis.entry_bars import entry_bars, priority
from data import schema
from data.intake_issues import explain
from data.projects import (
    INDUSTRY,
    entered,
    merged,
    projects_change,
    replaced,
    strange_industry,
    without,
)
from data.schema import Field
from gis.errors import UserError
from reports.project_list import bar_sentence
from ui import recording, sited, state
from ui.components.column_width import fitting
from ui.components.failures import refuse
from ui.components.lazy_popover import lazy_popover
from ui.components.siting_words import project_name, site_name
from ui.desk import Desk
from ui.text import language, t
from ui.text.numbers import UNKNOWN, known, number, plain

_KEY, _TOLD, _EDIT, _LOADED = "project", "project.told", "project.edit", "project.loaded"
SPOKEN = ("enum", "bool")
"""Types of which the form shows words rather than what was entered."""
INTAKE = Path(__file__).parents[1] / "pages" / "intake.py"
FIRST = (
    "project_id", "project_name", "firm_name", "cluster", "industry_code", "project_kind",
    "land_least_mu", "land_most_mu", "far_least", "investment_wan", "output_wan", "jobs",
    "productivity_wan", "productivity_mean_wan", "wanted_on", "own_land", "chemical",
    "hazard_class", "protection_m",
)  # fmt: skip
"""Fields that the form shows at once; the others fold away."""


def show_projects(desk: Desk) -> None:
    """Draw the list of the projects and the form beside it."""
    table = sited.projects(desk)
    if table.empty:
        st.info(t("siting.no_projects"), icon=":material/add_business:")
        st.page_link(INTAKE, label=t("nav.intake"), icon=":material/move_to_inbox:")
    place, side = st.columns([7, 6], gap="medium")
    with place:
        if not table.empty:
            _list(desk, table)
    with side.container(border=True):
        _form(desk, table)


def _list(desk: Desk, table: pd.DataFrame) -> None:
    rules = sited.project_rules()
    first = priority(table, rules=rules)
    bars = entry_bars(table, rules=rules).to_dict("records")
    shown = pd.DataFrame(
        {
            "project": [project_name(str(name), row) for name, row in table.iterrows()],
            "land": [
                f"{number(least, 0)}–{number(most, 0)}"
                for least, most in zip(table["land_least_mu"], table["land_most_mu"], strict=True)
            ],
            "wanted": [
                str(pd.Timestamp(day).strftime("%Y-%m")) if known(day) else UNKNOWN
                for day in table["wanted_on"]
            ],
            "entry": [_met(bar["verdict"]) for bar in bars],
            "decided": [_decided(desk, str(name)) for name in table.index],
            "entry_told": [bar_sentence(bar, language()) for bar in bars],
            "cluster": [_enum("cluster", code) for code in table["cluster"]],
            "investment": table["investment_wan"].to_numpy(dtype=float),
            "priority": [
                UNKNOWN if not known(one) else t("siting.yes") if one else t("siting.no")
                for one in first
            ],
        }
    )
    heads = {
        name: t("siting.short_entry") if name == "entry" else t(f"siting.col_{name}")
        for name in shown.columns
    }
    config = {
        name: st.column_config.Column(
            heads[name], pinned=name == "project" or None,
            width=fitting(heads[name], shown[name], most=200 if name == "project" else 260),
        )
        for name in shown.columns
    }  # fmt: skip
    config["investment"] = st.column_config.NumberColumn(t("siting.col_investment"), format="%,.0f")
    event = st.dataframe(
        shown, hide_index=True, height=min(620, 35 * len(shown) + 38), column_config=config,
        placeholder=UNKNOWN, key="siting.projects", on_select="rerun",
        selection_mode="single-row",
    )  # fmt: skip
    rows = event["selection"]["rows"]
    if rows and rows[0] < len(table):
        name = str(table.index[rows[0]])
        with st.container(horizontal=True):
            st.button(
                t("siting.look", project=project_name(name, table.loc[name])), type="primary",
                icon=":material/add_location:", key="siting.look", on_click=_look, args=(name,),
            )  # fmt: skip
            st.button(
                t("siting.edit"), icon=":material/edit:", key="siting.edit_this",
                on_click=_edit, args=(name,),
            )  # fmt: skip


def _met(verdict: str) -> str:
    """Say in a word whether a project meets the bar at the entry."""
    words = {
        "met": t("siting.entry_met"), "missed": t("siting.entry_missed"),
        "not_checked": t("siting.entry_open"),
    }  # fmt: skip
    return words.get(verdict, t("siting.entry_none"))


def _enum(enum: str, code: Any) -> str:
    return schema.enum_label(enum, code, language()) if known(code) else UNKNOWN


def _decided(desk: Desk, project: str) -> str:
    chosen = sited.decision(desk, project)
    return UNKNOWN if chosen is None else f"{site_name(desk, chosen.site_id)} {chosen.decided_on}"


def _look(project: str) -> None:
    state.set_setting("project", project)
    state.set_setting("site", "")
    state.set_setting("siting", "rank")


def _edit(project: str) -> None:
    st.session_state[_EDIT] = project


def _form(desk: Desk, table: pd.DataFrame) -> None:
    names = ["", *(str(name) for name in table.index)]
    chosen = st.selectbox(
        t("siting.which"), names, key=_EDIT,
        format_func=lambda name: project_name(name, table.loc[name]) if name
        else t("siting.new_project"),
    )  # fmt: skip
    _load(chosen or "", table)
    terms = {term.key: term for term in schema.fields("project")}
    left, right = st.columns(2)
    for at, key in enumerate(FIRST):
        with left if at % 2 == 0 else right:
            _field(terms[key], locked=bool(chosen) and key == "project_id")
    with st.expander(t("siting.more_fields")):
        for key, term in terms.items():
            if key not in FIRST:
                _field(term)
    if recording.may_write(desk):
        recording.ask_who(_KEY)
        with st.container(horizontal=True):
            st.button(
                t("siting.save_project"), icon=":material/save:", type="primary",
                key="project.save", on_click=_save,
            )  # fmt: skip
            if chosen:
                _ask_withdraw(chosen, project_name(chosen, table.loc[chosen]))
    _tell()


def _doubt(row: pd.DataFrame) -> str:
    """Return what an import would warn of; empty where nothing is odd."""
    if not strange_industry(row).any():
        return ""
    return f"{row[INDUSTRY].iloc[0]}：{explain('industry_strange', language())}"


def _ask_withdraw(project: str, name: str) -> None:
    """Draw the way to take a project off the list; it asks first."""
    opened = lazy_popover(
        t("siting.withdraw"), f"project.withdraw.{project}", icon=":material/delete:"
    )
    if not opened.open:
        return
    with opened:
        st.markdown(t("siting.withdraw_sure", project=plain(name)))
        st.button(
            t("siting.withdraw_do"), icon=":material/delete_forever:", key="project.withdraw.do",
            on_click=_withdraw, args=(project,),
        )  # fmt: skip


def _load(chosen: str, table: pd.DataFrame) -> None:
    """Fill the form when another project is chosen; in another language it keeps what it holds."""
    loaded = st.session_state.get(_LOADED)
    st.session_state[_LOADED] = (chosen, language())
    if loaded is not None and loaded[0] == chosen:
        for term in schema.fields("project"):
            if loaded[1] != language() and term.type in SPOKEN:
                st.session_state[_box(term)] = st.session_state.get(_box(term, loaded[1]))
        return
    row = table.loc[chosen] if chosen else pd.Series(dtype=object)
    for term in schema.fields("project"):
        value = chosen if term.key == "project_id" else row.get(term.key)
        st.session_state[_box(term)] = _held(term, value)


def _held(term: Field, value: Any) -> Any:
    """Return a value as its widget holds it; unknown is empty."""
    if term.type in ("text", "code"):
        return str(value) if known(value) else ""
    if not known(value):
        return None
    if term.type == "date":
        return pd.Timestamp(value).date()
    return bool(value) if term.type == "bool" else value


def _box(term: Field, lang: str | None = None) -> str:
    """Return the key of a field's widget; a browser keeps the words of a choice with it."""
    key = f"{_KEY}.f.{term.key}"
    return state.spoken_key(key, lang) if term.type in SPOKEN else key


def _field(term: Field, *, locked: bool = False) -> None:
    label, key = schema.label(term.key, language()), _box(term)
    about = term.meaning_en if language() == "en" else term.meaning_zh
    shared: dict[str, Any] = {"key": key, "help": plain(about) if about else None}
    if term.type in ("text", "code"):
        st.text_input(label, max_chars=200, disabled=locked, **shared)
    elif term.type == "date":
        st.date_input(
            label, format="YYYY-MM-DD", min_value=date(2000, 1, 1), max_value=date(2099, 12, 31),
            **shared,
        )  # fmt: skip
    elif term.type in SPOKEN:
        options: list[Any] = (
            [True, False] if term.type == "bool" else list(schema.enum_codes(str(term.enum)))
        )
        named = {True: t("siting.yes"), False: t("siting.no")}
        st.selectbox(
            label, options, index=None, placeholder=t("siting.not_known"),
            format_func=lambda code: named[code] if term.type == "bool"
            else schema.enum_label(str(term.enum), code, language()), **shared,
        )  # fmt: skip
    else:
        # No min_value: the widget would refuse in English; `entered` says what the range is.
        st.number_input(label, value=None, step=1.0, placeholder=t("siting.not_known"), **shared)


def _save() -> None:
    desk, table = state.desk(), sited.projects(state.desk())
    who = recording.answered(_KEY)
    if not who:
        st.session_state[_TOLD] = t("blocks.lacks_who")
        return
    given = {}
    for term in schema.fields("project"):
        value = st.session_state.get(_box(term))
        if isinstance(value, float) and value.is_integer():
            value = int(value)  # said as it was entered where it is refused
        given[term.key] = value.isoformat() if isinstance(value, date) else value
    given = {key: value for key, value in given.items() if known(value)}
    recorded = None if table.empty else table
    editing = bool(st.session_state.get(_EDIT))
    try:
        row = entered(given, None if editing else recorded)
        whole = replaced(row, recorded) if editing else merged(row, recorded)
        change = projects_change(
            whole, who=who, why=f"登记项目 {row.index[0]}", recorded_at=recording.moment(desk)
        )
        desk.register.commit(change)
    except UserError as refusal:
        st.session_state[_TOLD] = refusal
        return
    name = str(row.index[0])
    st.session_state[_EDIT], st.session_state[_LOADED] = name, None
    st.session_state[_TOLD] = (t("siting.project_saved", project=plain(name)), _doubt(row))
    state.set_setting("siting", "projects")
    state.set_setting("project", name)
    state.set_setting("site", "")


def _withdraw(project: str) -> None:
    desk = state.desk()
    who = recording.answered(_KEY)
    if not who:
        st.session_state[_TOLD] = t("blocks.lacks_who")
        return
    try:
        left = without(sited.projects(desk), [project])
        desk.register.commit(
            projects_change(
                left, who=who, why=f"撤下项目 {project}", recorded_at=recording.moment(desk)
            )
        )
    except UserError as refusal:
        st.session_state[_TOLD] = refusal
        return
    st.session_state[_EDIT], st.session_state[_LOADED] = "", None
    st.session_state[_TOLD] = (t("siting.withdrawn", project=plain(project)), "")


def _tell() -> None:
    told = st.session_state.pop(_TOLD, None)
    if isinstance(told, UserError):
        refuse(told)
    elif isinstance(told, str):
        st.warning(told, icon=":material/edit_note:")
    elif told is not None:
        st.success(told[0], icon=":material/check_circle:")
        if told[1]:
            st.warning(plain(told[1]), icon=":material/edit_note:")
