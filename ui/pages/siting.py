"""Where may this project go, where best, how sure, and when? One project, or all of them."""

from __future__ import annotations

import streamlit as st

from ui import sited, state
from ui.components.header import header
from ui.components.siting_compare import show_compare
from ui.components.siting_form import show_projects
from ui.components.siting_match import show_match
from ui.components.siting_rank import show_rank
from ui.components.siting_words import project_name, site_name, verdict
from ui.desk import Desk
from ui.text import t
from ui.text.numbers import number, plain, shorten

VIEWS = ("rank", "compare", "match", "projects")


def show(desk: Desk) -> None:
    """Draw the page."""
    header(desk)
    projects = sited.projects(desk)
    view = state.setting("siting", "rank")
    view = "projects" if projects.empty or view not in VIEWS else view
    with st.spinner(t("siting.finding"), show_time=True):
        project = sited.opened(desk)
        if project is not None:
            sited.record(desk, project)
    with st.container(key="mutu_title", horizontal=True, vertical_alignment="center"):
        st.title(headline(desk, project, view), anchor=False, width="stretch")
        st.segmented_control(
            t("siting.view"),
            VIEWS,
            format_func=lambda name: t(f"siting.view_{name}"),
            key=state.widget("siting.view", view),
            required=True,
            label_visibility="collapsed",
            on_change=lambda: state.set_setting("siting", st.session_state["siting.view"]),
        )
    for said in lost_from_address(desk):
        st.caption(":material/link_off: " + plain(said))
    if view == "projects" or project is None:
        show_projects(desk)
    elif view == "match":
        show_match(desk)
    elif view == "compare":
        show_compare(desk, project)
    else:
        show_rank(desk, project)


def lost_from_address(desk: Desk) -> list[str]:
    """Say what the address asks for that is not there, since something else is shown instead."""
    asked, site = state.setting("project"), state.setting("site")
    said = []
    if asked and asked not in sited.projects(desk).index:
        said.append(t("siting.no_project", id=asked))
    if site and not sited.projects(desk).empty and site not in sited.sites(desk).table.index:
        said.append(t("siting.no_site", id=site))
    if state.setting("weigh") and sited.own_weights() is None:
        said.append(t("siting.no_weights"))
    return said


def headline(desk: Desk, project: str | None, view: str) -> str:
    """Say the finding in one sentence."""
    projects = sited.projects(desk)
    if project is None:
        return t("siting.title_none")
    if view in ("projects", "match"):
        decided = sum(sited.decision(desk, str(name)) is not None for name in projects.index)
        return t("siting.title_projects", n=number(len(projects)), decided=number(decided))
    told = sited.record(desk, project)
    name = plain(shorten(project_name(project, projects.loc[project]), 26))
    chosen = sited.decision(desk, project)
    if chosen is not None:
        site = site_name(desk, chosen.site_id)
        return t("siting.title_decided", project=name, site=site, on=chosen.decided_on)
    ranked = len(told["ranking"])
    if not ranked:
        return t("siting.title_nowhere", project=name, n=number(len(sited.sites(desk).table)))
    return t("siting.title", project=name, n=number(ranked), verdict=verdict(desk, told))


show(state.desk())
