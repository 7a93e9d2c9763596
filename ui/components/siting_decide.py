"""The decision on a project: shown where there is one, recorded with all that was seen."""

from __future__ import annotations

from typing import Any

import streamlit as st

from data.site_decisions import (
    DecisionAgainstError,
    DecisionStaleError,
    SiteDecision,
    decision_change,
)
from gis.area import to_mu
from gis.errors import UserError, Words
from ui import recording, sited, state
from ui.components.failures import refuse
from ui.components.siting_words import site_name
from ui.desk import Desk
from ui.text import t
from ui.text.numbers import number, plain

_KEY, _REASON, _TOLD = "decide", "decide.reason", "decide.told"
_EXCEPTION = "decide.exception"


def decide_box(desk: Desk, project: str, site: str | None) -> None:
    """Draw the decisions on record of a project, and the form for the open site where one is."""
    told = sited.decided(desk).get(project, ())
    st.markdown(f"**{t('siting.decision')}**")
    if not told:
        st.caption(t("siting.undecided"))
    for one in reversed(told):
        st.markdown("- " + _told(desk, one))
    if recording.may_write(desk):
        if site is not None:
            _form(desk, project, site)
        elif sited.decision(desk, project) is not None:
            _reason(t("siting.reason_back"))
            recording.ask_who(_KEY)
            _back(desk, project)
    _tell()


def _told(desk: Desk, one: SiteDecision) -> str:
    """Say a decision, or that it was taken back, in Markdown."""
    who = {"who": plain(one.who), "on": one.decided_on, "reason": plain(one.reason)}
    if not one.site_id:
        return t("siting.taken_back", **who)
    seen = {"version": number(one.seen_version), "state": one.seen_on}
    said = t("siting.decided", site=plain(site_name(desk, one.site_id)), **who, **seen)
    return said + exception(one)


def exception(one: SiteDecision) -> str:
    """Say what a decision was made against, empty where nothing stood against it."""
    against = (one.facts or {}).get("against") or []
    told = t("filter.comma").join(plain(str(what)) for what in against)
    return t("siting.exception", against=told) if told else ""


def against(desk: Desk, project: str, site: str) -> list[str]:
    """Return what stands against a site in words: vetoes, too little land, who holds it."""
    told = sited.record(desk, project)
    said = [t("siting.against_veto", veto=row["label"]) for row in told["vetoed"]
            if row["site_id"] == site]  # fmt: skip
    table = sited.left_to(desk, project)
    left = float(to_mu(table["area_m2"].get(site, float("nan"))))
    if told["need_mu"] is not None and not left >= told["need_mu"] - 1e-6:
        said.append(t("siting.against_land", left=number(left, 1), need=number(told["need_mu"], 1)))
    return list(dict.fromkeys(said))


def _form(desk: Desk, project: str, site: str) -> None:
    _reason(t("siting.reason", site=site_name(desk, site)))
    recording.ask_who(_KEY)
    stands = against(desk, project, site)
    if stands:
        names = t("filter.comma").join(stands)
        st.warning(plain(t("siting.stands_against", against=names)), icon=":material/gavel:")
        st.checkbox(t("siting.as_exception"), key=_EXCEPTION)
    with st.container(horizontal=True):
        st.button(
            t("siting.decide", site=site_name(desk, site)), icon=":material/gavel:",
            type="secondary" if stands else "primary", key="decide.record",
            on_click=_record, args=(project, site, desk.version),
        )  # fmt: skip
        if sited.decision(desk, project) is not None:
            _back(desk, project)


def _reason(label: str) -> None:
    st.text_area(label, key=_REASON, max_chars=500, height=80, placeholder=t("siting.reason_hint"))


def _back(desk: Desk, project: str) -> None:
    st.button(
        t("siting.take_back"), icon=":material/undo:", key="decide.back",
        on_click=_record, args=(project, "", desk.version),
    )  # fmt: skip


def _record(project: str, site: str, seen: int) -> None:
    desk = state.desk()
    who = recording.answered(_KEY)
    try:
        if desk.version != seen:
            raise DecisionStaleError(seen=seen, now=desk.version)
        stands = against(desk, project, site) if site else []
        if stands and not st.session_state.get(_EXCEPTION):
            raise DecisionAgainstError(against=Words("；".join(stands), "; ".join(stands)))
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
            facts=_seen(desk, project, site) | {"against": stands},
        )  # fmt: skip
        version = desk.register.commit(change)
    except UserError as refusal:
        st.session_state[_TOLD] = refusal
        return
    st.session_state[_REASON], st.session_state[_EXCEPTION] = "", False
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
