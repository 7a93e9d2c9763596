"""The tasks of the towns: the table on record, and the form that takes the bureau's file."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pandas as pd
import streamlit as st

from analysis.progress import Progress
from data.town_tasks import TEMPLATE, read_town_tasks, tasks_change
from data.towns import read_towns
from gis.errors import UserError
from ui import recording, state
from ui.components.failures import refuse
from ui.desk import Desk
from ui.text import t
from ui.text.numbers import mu, number, plain

_KEY, _FILE, _TOLD = "tasks", "tasks.file", "tasks.told"


def show_tasks(desk: Desk, year: Progress) -> None:
    """Draw what is on record for the year, the template and the form."""
    kept = desk.town_tasks
    st.subheader(t("tasks.title", year=year.year), anchor=False)
    _tell()
    if kept is None:
        st.info(t("tasks.none", year=year.year), icon=":material/playlist_add:")
    else:
        st.markdown(
            t(
                "tasks.total",
                towns=number(len(kept.tasks_mu)),
                total=number(kept.total_mu, 2),
                target=mu(year.target_m2, 0),
                source=plain(kept.source or None),
            )
        )
        table = pd.DataFrame(
            {t("tasks.town"): list(kept.tasks_mu), t("progress.task"): list(kept.tasks_mu.values())}
        )
        st.dataframe(table, hide_index=True, height="content", width="content")
    st.download_button(
        t("tasks.template"),
        data=TEMPLATE.read_bytes(),
        file_name=f"{t('tasks.template_file')}.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        key="tasks.template",
    )
    if recording.may_write(desk):
        _form()


def _form() -> None:
    with st.container(border=True, width=560):
        st.file_uploader(t("tasks.file"), type=["csv", "xlsx"], key=_FILE, help=t("tasks.help"))
        recording.ask_who(_KEY)
        st.button(t("tasks.record"), type="primary", key="tasks.commit", on_click=_record)


def _record() -> None:
    """Put the file's tasks on record, or say all that is wrong with it."""
    desk, who = state.desk(), recording.answered(_KEY)
    file = st.session_state.get(_FILE)
    if file is None or not who:
        st.session_state[_TOLD] = None
        return
    try:
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder) / Path(file.name).name
            place.write_bytes(file.getvalue())
            tables = read_town_tasks(place, towns=tuple(read_towns()["name"]))
        change = tasks_change(tables, who=who, why=file.name, recorded_at=recording.moment(desk))
        st.session_state[_TOLD] = desk.register.commit(change)
    except UserError as refusal:
        st.session_state[_TOLD] = refusal


def _tell() -> None:
    if _TOLD not in st.session_state:
        return
    told = st.session_state.pop(_TOLD)
    if isinstance(told, UserError):
        refuse(told)
    elif told is None:
        st.warning(t("tasks.lacking"), icon=":material/edit_note:")
    else:
        st.success(t("tasks.recorded", n=number(told)), icon=":material/check_circle:")
