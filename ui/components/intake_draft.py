"""A draft on its way: what it is, the five steps, and the way on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from data.corrections import ISSUE_SHEET
from data.drafts import Draft, choose, is_companion, read, stand
from data.errors import DataError
from data.intake import ImportReport
from ui import intake, state
from ui.components.failures import refuse
from ui.components.intake_columns import show_columns
from ui.components.intake_commit import committing, show_commit
from ui.components.intake_decisions import show_repairs, take_back
from ui.components.intake_difference import show_difference
from ui.components.intake_files import close_draft, drop_area
from ui.components.intake_issues import show_issues
from ui.components.intake_look import show_look
from ui.components.intake_progress import refuse_here, result_of
from ui.components.layer_names import layer_name
from ui.desk import Desk
from ui.intake import STEPS, Chosen, Look, OnWay
from ui.intake_kinds import ledger_of, may_be
from ui.text import t
from ui.text.numbers import plain


def show_draft(desk: Desk, draft_id: str) -> None:
    """Draw one draft: its name, what it is imported as, the steps, the open one."""
    if committing(draft_id):
        return
    try:
        draft = read(desk.workspace, draft_id)
    except DataError as refusal:
        refuse(refusal)
        st.button(t("intake.to_files"), key="intake.to_files", on_click=close_draft)
        return
    with st.container(key="mutu_title", horizontal=True, vertical_alignment="center"):
        st.title(plain(draft.main), anchor=False, width="stretch")
        st.button(
            t("intake.to_files"),
            icon=":material/arrow_back:",
            key="intake.to_files",
            on_click=close_draft,
        )
    job = intake.looking(desk.workspace, draft)
    look = result_of(job, "intake.looking", intake.look_key(draft))
    if look is None:
        if not job.running:
            _refused(desk, draft)
        return
    if {layer.name for layer in look.parts} & {*ISSUE_SHEET}:
        st.info(t("intake.is_corrections"), icon=":material/assignment_return:")
        st.button(t("intake.to_waiting"), key="intake.to_waiting", on_click=_to_waiting)
    wanted = intake.chosen(draft, look, desk.meta)
    _what(desk, draft, look, wanted)
    asked = _ask_ledger(desk, draft, look, wanted)
    step = _steps(desk, draft)
    read_job = intake.previewing(desk.workspace, draft, wanted)
    preview = result_of(read_job, "intake.reading", intake.preview_key(draft, wanted))
    if preview is None:
        return
    if preview.problem is not None:
        stand(desk.workspace, draft, {"asks": True}, now=intake.now())
    elif "asks" in draft.standing or "refused" in draft.standing:
        stand(desk.workspace, draft, {}, now=intake.now())
    if asked and step != "look":
        st.caption(t("intake.first_ledger"))
    else:
        _show(desk, step, OnWay(draft, look, wanted, preview))
    _on(desk, draft, step, blocked=asked or preview.problem is not None)


def _to_waiting() -> None:
    close_draft()
    state.set_setting("intake", "waiting")


def _refused(desk: Desk, draft: Draft) -> None:
    """Say what can be done with a file that does not open, and take what it lacks."""
    stand(desk.workspace, draft, {"refused": True}, now=intake.now())
    parts = is_companion(draft.main) or draft.main.lower().endswith(".shp")
    st.caption(t("intake.refused_help") if parts else t("intake.refused_plain"))
    drop_area(desk.workspace)


def _what(desk: Desk, draft: Draft, look: Look, wanted: Chosen) -> None:
    """Draw what the file is imported as and, where there are several, which part of it."""
    parts = [layer.name for layer in look.parts]
    with st.container(key="mutu_what", horizontal=True, vertical_alignment="bottom"):
        layers = may_be(intake.part_of(look, wanted))
        label = t("intake.as_layer")
        _select(desk, draft, "as_layer", label, layers, wanted.as_layer, layer_name)
        if len(parts) > 1:
            done = draft.committed

            def said(name: str) -> str:
                return t("intake.part_done", name=name, n=done[name]) if name in done else name

            _select(desk, draft, "part", t("intake.part"), tuple(parts), wanted.part, said)
        st.caption(t(f"intake.as_{_sort(wanted.as_layer)}"), width="stretch")


def _ask_ledger(desk: Desk, draft: Draft, look: Look, wanted: Chosen) -> bool:
    """Ask what becomes of a bureau's ledger, which could overwrite parcels; say whether."""
    found = ledger_of(intake.part_of(look, wanted))
    if found is None or wanted.as_layer != "parcels" or "as_layer" in draft.choices:
        return False
    st.warning(t("intake.ask_ledger", ledger=layer_name(found)), icon=":material/help:")
    with st.container(horizontal=True):
        for name, said in (
            (found, t("intake.ask_beside", ledger=layer_name(found))),
            ("parcels", t("intake.ask_parcels")),
        ):
            st.button(
                said,
                key=f"intake.ask.{name}",
                on_click=keep,
                args=(desk, draft),
                kwargs={"as_layer": name},
            )
    return True


def _sort(as_layer: str) -> str:
    if as_layer.startswith("ledger_"):
        return "ledger"
    return as_layer if as_layer in ("parcels", "events", "projects") else "whole"


def _select(
    desk: Desk,
    draft: Draft,
    name: str,
    label: str,
    options: tuple[str, ...],
    chosen: str | None,
    word: Callable[[str], str],
) -> None:
    """Draw a choice that is kept with the draft."""
    key = state.spoken_key(f"intake.{name}.{draft.draft_id}")
    known = options if chosen in options or chosen is None else (chosen, *options)
    st.selectbox(
        label,
        known,
        key=state.widget(key, chosen),
        format_func=word,
        width=260,
        on_change=lambda: keep(desk, draft, **{name: st.session_state[key]}),
    )


def keep(desk: Desk, draft: Draft, **choices: Any) -> None:
    """Keep a choice with the draft."""
    choose(desk.workspace, draft, now=intake.now(), **choices)


def _steps(desk: Desk, draft: Draft) -> str:
    """Draw the five steps and return the open one."""
    step = state.setting("step", STEPS[0])
    st.segmented_control(
        t("intake.steps"),
        STEPS,
        format_func=lambda name: f"{STEPS.index(name) + 1} {t(f'intake.step_{name}')}",
        key=state.widget("intake.step", step),
        required=True,
        label_visibility="collapsed",
        width="stretch",
        on_change=lambda: go(desk, draft, st.session_state["intake.step"]),
    )
    return step


def go(desk: Desk, draft: Draft, step: str) -> None:
    """Open a step; the draft is opened there again."""
    state.set_setting("step", step)
    keep(desk, draft, step=step)


def _show(desk: Desk, step: str, way: OnWay) -> None:
    if step == "look":
        show_look(desk, way)
        return
    if way.preview.problem is not None:
        refuse_here(way.preview.problem)
        st.caption(t("intake.first_look"))
        return
    if step == "columns":
        show_columns(desk, way)
        return
    job = intake.checking(desk, way.draft, way.wanted)
    report = result_of(job, "intake.checking", intake.check_key(desk, way.draft, way.wanted))
    if report is None:
        if not job.running:
            take_back(desk, way)
        return
    stand(desk.workspace, way.draft, _standing(report), now=intake.now())
    if step == "issues":
        show_issues(desk, way, report)
        show_repairs(desk, way, report)
    elif step == "difference":
        show_difference(desk, way, report)
    else:
        show_commit(desk, way, report)


def _standing(report: ImportReport) -> dict[str, Any]:
    return {
        "as_layer": report.layer,
        "rows_in": report.rows_in,
        "accepted": report.accepted,
        "quarantined": report.quarantined,
        "issues": len(report.issues),
    }


def _on(desk: Desk, draft: Draft, step: str, *, blocked: bool) -> None:
    """Draw the way back and the way on."""
    at = STEPS.index(step)
    with st.container(key="mutu_on", horizontal=True):
        for name, place, icon in (
            ("back", at - 1, "arrow_back"),
            ("next", at + 1, "arrow_forward"),
        ):
            if 0 <= place < len(STEPS):
                st.button(
                    t(f"intake.go_{name}", step=t(f"intake.step_{STEPS[place]}")),
                    icon=f":material/{icon}:",
                    type="primary" if name == "next" else "secondary",
                    key=f"intake.{name}",
                    on_click=go,
                    args=(desk, draft, STEPS[place]),
                    disabled=blocked and name == "next",
                )
