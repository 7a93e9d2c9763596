"""The choice over the years: what is asked, the work on it, the answer, how sure it is, saving."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import replace
from typing import Any

import streamlit as st

from analysis.milp import Moment
from analysis.portfolio_problem import UnknownFiguresError
from analysis.query import ParcelQuery
from data import scenarios
from data.scenarios import document as stored
from gis.errors import UserError, spoken
from reports.portfolio_basis import SHOWN, basis_lines
from ui import jobs, portfolio, recording, state
from ui.components import portfolio_result as result
from ui.components.asked_form import asked_form
from ui.components.export_buttons import export_buttons
from ui.components.failures import refuse
from ui.components.lazy_popover import lazy_popover
from ui.components.portfolio_sure import show_sure
from ui.components.selection_strip import export_context
from ui.desk import Desk
from ui.jobs import Job
from ui.portfolio import Found, Run
from ui.text import language, set_language, t
from ui.text.numbers import number, parcels, plain

MOST_NAMED = 300
SEEN_EVERY_S = 1.0
PATIENCE_S = 0.8
_NAME, _NOTE, _KEY, _TOLD = "scenario.name", "scenario.note", "scenario", "scenario.told"


def show_portfolio(desk: Desk) -> None:
    """Draw the form, and beside it the work or its answer."""
    side, place = st.columns([4, 9], gap="medium")
    with side, st.container(border=True):
        button = st.container()
        with st.spinner(t("blocks.finding"), show_time=True):
            portfolio.county(desk, portfolio.asked(desk))
        asked = asked_form(desk)
        button.button(
            t("choose.solve"), icon=":material/play_arrow:", type="primary", key="choose.solve",
            width="stretch", on_click=_start,
        )  # fmt: skip
    with place:
        _say_land(desk)
        run = portfolio.run_of()
        if run is None:
            st.info(t("choose.begin"), icon=":material/tune:")
            return
        if stored(run.settings.to_dict()) != stored(asked.to_dict()):
            st.caption(t("choose.changed"))
        found = outcome(run.key, "choose.run", lambda job: _solving(job, run))
        if found is not None:
            _answer(desk, run, found)


def _start() -> None:
    desk = state.desk()
    try:
        portfolio.start(desk, portfolio.asked(desk))
    except UserError as refusal:
        st.session_state[_TOLD] = refusal


def _say_land(desk: Desk) -> None:
    """Say what there is to choose from: land that is credited already is none of it."""
    asked = portfolio.asked(desk)
    found = portfolio.county(desk, asked)
    land = t(
        "choose.land",
        n=number(len(found.found.table)),
        area=number(found.problem.parcels["area_mu"].sum()),
    )
    # The line of choices above has said which barriers are missing.
    basis = portfolio.basis(desk, asked) | {"barriers_missing": []}
    st.caption(plain(" ".join([land, *basis_lines(basis, language())])))
    if len(found.credited) > SHOWN:
        count = t("choose.credited", n=parcels(len(found.credited)))
        with st.expander(count, icon=":material/done_all:"):
            st.caption(plain(t("filter.comma").join(found.credited[:MOST_NAMED])))
            if len(found.credited) > MOST_NAMED:
                st.caption(t("blocks.more_members", n=number(len(found.credited) - MOST_NAMED)))


def outcome(key: Hashable, name: str, running: Callable[[Job], None]) -> Any:
    """Return what a job brought; else draw how far it is, or why it brought nothing."""
    job = jobs.peek(key)
    if job is None:
        st.info(t("choose.gone"), icon=":material/refresh:")
        return None
    if not job.wait(PATIENCE_S):
        st.fragment(_seen, run_every=SEEN_EVERY_S)(job, name, running, language())
        return None
    if job.fault is not None:
        st.error(t("failure.unexpected"), icon=":material/error:")
    elif job.stopped:
        st.info(t("choose.stopped_early"), icon=":material/stop_circle:")
    elif job.refusal is not None:
        _refuse(job.refusal)
    else:
        return job.result
    return None


def _refuse(refusal: UserError) -> None:
    """Say why there is no answer; the choice that the sentence offers is a field of the form."""
    said = refusal.say(language())
    if isinstance(refusal, UnknownFiguresError):
        told = {name: spoken(value, language()) for name, value in refusal.params.items()}
        told["count"] = number(told["count"])
        said = t("choose.lacking", field=t("choose.unknown"), **told)
    st.warning(plain(said), icon=":material/contact_support:")


def _seen(job: Job, name: str, running: Callable[[Job], None], lang: str) -> None:
    """Draw a running job; once it is done the whole page is drawn again."""
    set_language(lang)
    if not job.running:
        st.rerun()
    with st.container(border=True, key=f"{name}.running"):
        running(job)
        st.caption(t("intake.may_leave"))
        st.button(
            t("intake.stopping") if job.stopping else t("choose.cancel"),
            icon=":material/stop:", key=f"{name}.stop", on_click=job.stop, disabled=job.stopping,
        )  # fmt: skip


def _solving(job: Job, run: Run) -> None:
    moment: Moment | None = job.told
    limit = run.settings.seconds
    if moment is None:
        st.progress(0.0, text=t("choose.building", seconds=number(job.seconds)))
        return
    share = min(max(moment.seconds / limit, 0.02), 1.0)
    gap = result.percent(moment.gap if moment.gap < float("inf") else None)
    said = t("choose.solving", seconds=number(moment.seconds), limit=number(limit), gap=gap)
    st.progress(share, text=said)


def _answer(desk: Desk, run: Run, found: Found) -> None:
    answer = found.document
    result.show_head(answer)
    if not answer["blocks"]:
        return
    result.show_map(desk, answer)
    st.subheader(t("choose.by_years"), anchor=False)
    result.show_years(answer)
    st.subheader(t("choose.blocks"), anchor=False)
    result.show_blocks(answer)
    with st.expander(t("choose.towns_result"), icon=":material/location_city:"):
        result.show_towns(answer)
    _export(desk, answer)
    show_sure(run, found, outcome)
    _save_form(desk, run, found)


def _export(desk: Desk, answer: dict[str, Any]) -> None:
    """Draw the way to take the chosen parcels away, each with its block and year of start."""
    opened = lazy_popover(t("choose.export"), "choose.export", icon=":material/download:")
    if not opened.open:
        return
    of = {
        parcel: t("choose.in_block", year=row["start_year"], name=result.name_of(row))
        for row in answer["blocks"]
        for parcel in row["parcel_ids"]
    }
    frame = desk.frame[desk.frame.index.isin(list(of))]
    frame = frame.assign(renewal_block=frame.index.map(of))
    with opened:
        st.caption(t("choose.export_help"))
        context = replace(
            export_context(desk, ParcelQuery()),
            filter_text=t("choose.export_filter", n=number(len(answer["blocks"]))),
        )
        name = f"{t('choose.export_file')}_{desk.state_on:%Y%m%d}"
        export_buttons(frame, context, name=name)


def _save_form(desk: Desk, run: Run, found: Found) -> None:
    if not recording.may_write(desk):
        return
    with st.container(border=True):
        st.markdown(f"**{t('choose.keep')}**")
        left, middle, right = st.columns([4, 4, 3])
        with left:
            st.text_input(
                t("choose.scenario"), key=_NAME, max_chars=60, placeholder=t("choose.name_hint")
            )
        with middle:
            st.text_input(t("blocks.note"), key=_NOTE, max_chars=300)
        with right:
            recording.ask_who(_KEY)
        st.button(
            t("choose.save"), icon=":material/save:", type="primary", key="scenario.save",
            on_click=_save, args=(run, found),
        )  # fmt: skip
        tell_scenario()


def _save(run: Run, found: Found) -> None:
    name = str(st.session_state.get(_NAME) or "").strip()
    who = recording.answered(_KEY)
    if not name or not who:
        st.session_state[_TOLD] = t("choose.lacks_name") if not name else t("blocks.lacks_who")
        return
    desk = state.desk()
    change = scenarios.save_change(
        name,
        inputs={"settings": run.settings.to_dict(), "blocks": dict(run.options)},
        answer=found.document,
        rules_id=run.rules_id,
        seen_version=run.version,
        who=who,
        note=str(st.session_state.get(_NOTE) or "").strip(),
        recorded_at=recording.moment(desk),
        based_on=desk.version,
    )
    commit(desk, change, t("choose.saved", name=plain(name)))


def commit(desk: Desk, change: Any, said: str) -> bool:
    """Commit a change of scenarios and keep what became of it for :func:`tell_scenario`."""
    try:
        desk.register.commit(change)
    except UserError as refusal:
        st.session_state[_TOLD] = refusal
        return False
    st.session_state[_TOLD] = (said,)
    return True


def tell_scenario() -> None:
    """Say once what became of the last saving or adopting."""
    told = st.session_state.pop(_TOLD, None)
    if isinstance(told, UserError):
        refuse(told)
    elif isinstance(told, str):
        st.warning(told, icon=":material/edit_note:")
    elif told is not None:
        st.success(told[0], icon=":material/check_circle:")


def lacking(sentence: str) -> None:
    """Keep what a form lacks for :func:`tell_scenario`."""
    st.session_state[_TOLD] = sentence
