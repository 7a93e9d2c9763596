"""What counts how much: presets by cluster, a slider for each criterion, the answer at once."""

from __future__ import annotations

import streamlit as st

from data import schema
from data.siting_criteria import DEFAULT, Criterion
from ui import sited, state
from ui.components.siting_weights_file import compared, weights_file
from ui.components.siting_words import unit_label
from ui.desk import Desk
from ui.text import language, t
from ui.text.numbers import number, plain

MOST = 30
SLIDERS_HEIGHT = 300
"""Of the part with the sliders, which scrolls by itself: list and map stay in view."""
_KEY, _PRESET = "siting.w.", "siting.preset"


def weights_box(desk: Desk, project: str) -> None:
    """Draw the presets and, folded, the sliders; each change ranks the sites anew."""
    rules = sited.criteria()
    own = sited.own_weights() is not None
    preset = sited.preset_of(desk, project)
    with st.container(border=True, key="mutu_siting_weights"):
        left, right = st.columns([3, 2], vertical_alignment="bottom")
        left.selectbox(
            t("siting.preset"), list(rules.presets),
            key=state.widget(state.spoken_key(_PRESET), preset),
            format_func=preset_label, on_change=_preset,
            help=t("siting.preset_help", source=plain(rules.sources[f"preset.{preset}"])),
        )  # fmt: skip
        if own:
            right.button(
                t("siting.weights_reset"), icon=":material/undo:", key="siting.reset",
                on_click=state.set_setting, args=("weigh", ""),
            )  # fmt: skip
        name = t("siting.weights_own") if own else t("siting.weights")
        with st.expander(name, icon=":material/tune:", expanded=own):
            st.caption(t("siting.weights_help"))
            given = sited.weights(desk, project)
            total = sum(given.values())
            with st.container(height=SLIDERS_HEIGHT, border=False, key="mutu_siting_sliders"):
                columns = st.columns(2, gap="small")
                for at, one in enumerate(rules.criteria):
                    with columns[at % 2]:
                        _slider(one, given[one.key], total)
            with st.container(horizontal=True):
                weights_file(desk, project)
                compared(sited.record(desk, project))


def preset_label(name: str) -> str:
    """Name a preset: that of a cluster, or of all others."""
    if name == DEFAULT:
        return t("siting.preset_default")
    return schema.enum_label("cluster", name, language())


def _slider(one: Criterion, value: float, total: float) -> None:
    points = "，".join(f"{x:g} → {100 * y:g}" for x, y in one.points)
    unit = unit_label(one.unit)
    st.slider(
        t("siting.weight", name=one.label(language()), share=number(100 * value / total, 0)),
        0.0, float(max(MOST, value)), step=1.0, key=state.widget(_KEY + one.key, float(value)),
        format="%.0f", on_change=_set,
        help=t("siting.weight_help", unit=unit or "—", points=points,
               source=plain(one.source), tag=one.tag),
    )  # fmt: skip


def _preset() -> None:
    state.set_setting("preset", st.session_state[state.spoken_key(_PRESET)])
    state.set_setting("weigh", "")


def _set() -> None:
    keys = sited.criteria().keys
    desk = state.desk()
    project = sited.opened(desk)
    if project is None:
        return
    given = sited.weights(desk, project)
    values = [float(st.session_state.get(_KEY + key, given[key])) for key in keys]
    if not sum(values) > 0:
        st.session_state["siting.told"] = t("siting.weights_zero")
        return
    state.set_setting("weigh", "-".join(f"{value:g}" for value in values))
