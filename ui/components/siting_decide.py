"""The decision on a project: shown where there is one, recorded with all that was seen."""

from __future__ import annotations

from typing import Any

import streamlit as st

from data.site_decisions import SiteDecision, decision_change
from gis.errors import UserError
from ui import recording, sited, state
from ui.components.failures import refuse
from ui.components.siting_words import site_name
from ui.desk import Desk
from ui.text import t
from ui.text.numbers import number, plain

_KEY, _REASON, _TOLD = "decide", "decide.reason", "decide.told"


def decide_box(desk: Desk, project: str, site: str) -> None:
    """Draw the decisions on record of a project, and the form for the open site."""
    told = sited.decided(desk).get(project, ())
    st.markdown(f"**{t('siting.decision')}**")
    if not told:
        st.caption(t("siting.undecided"))
    for one in reversed(told):
        st.markdown("- " + _told(desk, one))
    if recording.may_write(desk):
        _form(desk, project, site)
    _tell()


def _told(desk: Desk, one: SiteDecision) -> str:
    """Say a decision, or that it was taken back, in Markdown."""
    who = {"who": plain(one.who), "on": one.decided_on, "reason": plain(one.reason)}
    if not one.site_id:
        return t("siting.taken_back", **who)
    seen = {"version": number(one.seen_version), "state": one.seen_on}
    return t("siting.decided", site=plain(site_name(desk, one.site_id)), **who, **seen)


def _form(desk: Desk, project: str, site: str) -> None:
    st.text_area(
        t("siting.reason", site=site_name(desk, site)), key=_REASON, max_chars=500, height=80,
        placeholder=t("siting.reason_hint"),
    )  # fmt: skip
    recording.ask_who(_KEY)
    with st.container(horizontal=True):
        st.button(
            t("siting.decide", site=site_name(desk, site)), icon=":material/gavel:",
            type="primary", key="decide.record", on_click=_record, args=(project, site),
        )  # fmt: skip
        if sited.decision(desk, project) is not None:
            st.button(
                t("siting.take_back"), icon=":material/undo:", key="decide.back",
                on_click=_record, args=(project, ""),
            )  # fmt: skip


def _record(project: str, site: str) -> None:
    desk = state.desk()
    who = recording.answered(_KEY)
    try:
        change = decision_change(
            project, site,
            reason=str(st.session_state.get(_REASON) or ""),
            who=who,
            recorded_at=recording.moment(desk),
            seen_version=desk.version,
            seen_on=desk.state_on,
            before=sited.decided(desk).get(project, ()),
            criteria_id=sited.criteria().id,
            vetoes_id=sited.rules().id,
            facts=_seen(desk, project, site),
        )  # fmt: skip
        version = desk.register.commit(change)
    except UserError as refusal:
        st.session_state[_TOLD] = refusal
        return
    st.session_state[_REASON] = ""
    st.session_state[_TOLD] = version


def _seen(desk: Desk, project: str, site: str) -> dict[str, Any]:
    """Return what the screen said of the site when it was decided on."""
    told = sited.record(desk, project)
    ranked = next((one for one in told["ranking"] if one["site_id"] == site), {})
    names = ("rank", "score", "score_low", "score_high", "first_share", "top3_share", "free_from")
    rows = {
        kind: [row["veto"] for row in told[kind] if row["site_id"] in (None, site)]
        for kind in ("vetoed", "conditional", "unchecked")
    }
    return {name: ranked.get(name) for name in names} | rows | {"weights": told["weights"]}


def _tell() -> None:
    told = st.session_state.pop(_TOLD, None)
    if isinstance(told, UserError):
        refuse(told)
    elif told is not None:
        st.success(t("siting.recorded", n=number(told)), icon=":material/check_circle:")
