"""What the figures rest on: language, basemap, rules with their sources, layers, the change log."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

import pandas as pd
import streamlit as st

from data import schema
from data.asof import OFFICE_ZONE
from data.rules import Rules, Threshold
from ui import state
from ui.components.header import header
from ui.components.layer_names import layer_name
from ui.desk import Desk
from ui.text import LANGUAGES, language, t
from ui.text.numbers import UNKNOWN, day, number, plain


def show_language() -> None:
    """Draw the choice of language."""
    names = {"zh": "中文", "en": "English"}
    st.segmented_control(
        t("settings.language"),
        LANGUAGES,
        format_func=names.__getitem__,
        key=state.widget("settings.language", language()),
        required=True,
        on_change=lambda: state.set_language(st.session_state["settings.language"]),
    )
    st.caption(t("settings.theme"))


def show_rules(rules: Rules) -> None:
    """Print the counting rule, the stages and every threshold with source and tag."""
    st.subheader(t("settings.rules"), anchor=False)
    credit = rules.credit
    st.markdown(plain(credit.sentence(language())))
    st.caption(plain(t("settings.source", source=credit.source, tag=_tag(credit.tag))))
    modes = [
        (schema.enum_label("renewal_mode", mode, language()), _stage(stage))
        for mode, stage in credit.stage_by_mode.items()
    ]
    left, right = st.columns([2, 3], gap="large")
    with left:
        st.table(
            pd.DataFrame(modes, columns=[t("settings.mode"), t("settings.counts_at")]),
            border="horizontal",
            hide_index=True,
        )
    with right:
        st.markdown(f"**{t('settings.stages')}**")
        st.markdown(" → ".join(_stage(stage.code) for stage in rules.stages))
        st.markdown(f"**{t('settings.thresholds')}**")
        st.table(_thresholds(rules), border="horizontal", hide_index=True)
    st.caption(t("settings.tags"))


def _stage(code: str) -> str:
    return schema.enum_label("stage", code, language())


def _tag(tag: str) -> str:
    said = {
        "S": t("settings.tag_s"),
        "V": t("settings.tag_v"),
        "C": t("settings.tag_c"),
        "G": t("settings.tag_g"),
        "U": t("settings.tag_u"),
    }
    return f"{tag} {said.get(tag, '')}".strip()


def _thresholds(rules: Rules) -> pd.DataFrame:
    named = [(t("settings.annual_target"), rules.annual_target)]
    named += [(t("settings.far_line"), line) for line in rules.far_lines.values()]
    return pd.DataFrame(
        [_threshold(name, line) for name, line in named],
        columns=[
            t("settings.what"),
            t("settings.value"),
            t("settings.quote"),
            t("settings.basis"),
            t("settings.valid"),
        ],
    )


def _threshold(name: str, line: Threshold) -> tuple[str, ...]:
    unit = schema.unit_label(line.unit, language()) if line.unit == "mu" else ""
    decimals = 0 if line.unit == "mu" else 1
    basis = f"{line.source} [{_tag(line.tag)}]"
    valid = f"{day(line.valid_from)} – {day(line.valid_to)}"
    sign = {">=": "≥", "<=": "≤"}.get(line.comparison, line.comparison)
    value = f"{sign} {number(line.value, decimals)} {unit}".strip()
    return name, plain(value), plain(line.quote), plain(basis), valid


def show_layers(desk: Desk) -> None:
    """Draw the reference layers with their source and version."""
    st.subheader(t("settings.layers"), anchor=False)
    layers = desk.layers()
    if layers.empty:
        st.info(t("settings.no_layers"), icon=":material/layers_clear:")
        return
    table = layers[["name", "rows", "note", "change_no", "file"]].reset_index(drop=True)
    table["name"] = [layer_name(name) for name in table["name"]]
    st.dataframe(
        table,
        hide_index=True,
        placeholder=UNKNOWN,
        column_config={
            "name": t("settings.col_name"),
            "rows": st.column_config.NumberColumn(t("settings.col_rows"), format="%,d"),
            "note": t("settings.col_note"),
            "change_no": t("settings.col_version"),
            "file": t("settings.col_layer_file"),
        },
    )


def show_changes(desk: Desk) -> None:
    """Draw the change log, the newest first, with the office's clock."""
    st.subheader(t("settings.changes", n=number(desk.version)), anchor=False)
    log = desk.changes().iloc[::-1].reset_index(drop=True)
    table = log[["change_no", "recorded_at", "who", "why", "source_name"]].assign(
        recorded_at=log["recorded_at"].dt.tz_convert(OFFICE_ZONE).dt.strftime("%Y-%m-%d %H:%M")
    )
    st.dataframe(
        table,
        hide_index=True,
        placeholder=UNKNOWN,
        height=min(35 * len(table) + 38, 320),
        column_config={
            "change_no": t("settings.col_change"),
            "recorded_at": t("settings.col_when"),
            "who": t("settings.col_who"),
            "why": st.column_config.TextColumn(t("settings.col_why"), width="large"),
            "source_name": t("settings.col_file"),
        },
    )


def show_file(desk: Desk) -> None:
    """Say where the register lies and offer to check it."""
    st.subheader(t("settings.file"), anchor=False)
    st.code(desk.register.where, language=None, wrap_lines=True)
    st.caption(t("settings.file_help"))
    if st.button(t("settings.verify"), icon=":material/verified:", key="settings.verify"):
        with st.spinner(t("settings.verifying")):
            found = desk.register.verify()
        if found.ok:
            st.success(t("settings.sound", n=number(found.changes)), icon=":material/check_circle:")
        else:
            st.error(t("settings.unsound"), icon=":material/error:")
            st.code("\n".join(fault.say(language()) for fault in found.faults), language=None)


def show(desk: Desk) -> None:
    """Draw the page."""
    header(desk)
    st.title(t("nav.settings"), anchor=False)
    left, right = st.columns(2, gap="large")
    with left:
        show_language()
    with right:
        st.markdown(f"**{t('settings.basemap')}**")
        host = urlsplit(os.environ.get("MUTU_BASEMAP_URL", "")).hostname
        said = t("settings.has_basemap", host=plain(host)) if host else t("settings.no_basemap")
        st.markdown(said)
    show_rules(desk.rules)
    show_layers(desk)
    show_changes(desk)
    show_file(desk)


show(state.desk())
