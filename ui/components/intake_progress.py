"""A job on the page: what it is doing, how far it is, the button that stops it, what came of it."""

from __future__ import annotations

import re
from collections.abc import Hashable
from typing import Any

import streamlit as st

from gis.errors import UserError
from ui import jobs
from ui.jobs import Job
from ui.text import language, set_language, t
from ui.text.numbers import number, plain

PATIENCE_S = 0.6
"""So long a page waits before it draws a bar: most files are done by then."""
SEEN_EVERY_S = 1.0
_ORDER = ("look", "read", "check", "compare", "gather", "write", "draw")


def result_of(job: Job, key: str, forget: Hashable) -> Any:
    """Return what a job brought; else draw what it is doing, or why it brought nothing.

    Parameters
    ----------
    job : Job
        The work.
    key : str
        Beginning of the keys of what is drawn.
    forget : hashable
        Key of the job, which is forgotten when the reader wants it tried again.

    Returns
    -------
    object
        The result; None while the job runs, and where it was stopped, refused or failed.
    """
    if not job.wait(PATIENCE_S):
        st.fragment(_running, run_every=SEEN_EVERY_S)(job, key, language())
        return None
    if job.fault is not None:
        st.error(t("failure.unexpected"), icon=":material/error:")
    elif job.stopped:
        st.info(t("intake.stopped"), icon=":material/stop_circle:")
    elif job.refusal is not None:
        refuse_here(job.refusal)
    else:
        return job.result
    st.button(
        t("intake.again"),
        icon=":material/refresh:",
        key=f"{key}.again",
        on_click=jobs.forget,
        args=(forget,),
    )
    return None


def refuse_here(refusal: UserError) -> None:
    """Show a refusal in the words of this page."""
    st.warning(plain(in_page(refusal.say(language()))), icon=":material/report:")


def in_page(sentence: str) -> str:
    """Name the choices of this page where a sentence names options of the command line.

    Examples
    --------
    >>> in_page("请用 --crs 指明，例如 --crs EPSG:4549")
    '请用 “坐标系” 指明，例如 EPSG:4549'
    >>> in_page("按 converted（中央经线 120°）：100 %")
    '按已转换的坐标（中央经线 120°）：100 %'
    """
    converted, parameters = t("intake.crs_converted"), t("intake.crs_other")
    told = sentence.replace("--crs converted", t("intake.option_below", name=converted))
    told = told.replace("--crs seven=…", t("intake.option_below", name=parameters))
    told = re.sub(r"(按|as) converted ?([（(])", t("intake.by_converted") + r"\2", told)
    told = told.replace("+converted", "").replace("--crs EPSG:", "EPSG:")
    choices = {
        "--crs": t("intake.crs_choice"),
        "--encoding": t("intake.encoding_choice"),
        "--layer": t("intake.part"),
        "--as": t("intake.as_layer"),
    }
    for option, choice in choices.items():
        told = told.replace(option, t("intake.quoted", name=choice))
    return told


def _running(job: Job, key: str, lang: str) -> None:
    """Draw the bar of a job that runs; once it is done the whole page is drawn again."""
    set_language(lang)  # a part that runs by itself has not been through the frame of the page
    if not job.running:
        st.rerun()
    at = _ORDER.index(job.step) if job.step in _ORDER else 0
    doing = t(f"intake.doing_{_ORDER[at]}")
    seconds = number(job.seconds)
    said = t("intake.doing", what=doing, seconds=seconds)
    if job.rows:
        said = t("intake.doing_rows", what=doing, rows=number(job.rows), seconds=seconds)
    with st.container(border=True, key=f"{key}.running"):
        st.progress((at + 1) / (len(_ORDER) + 1), text=said)
        st.caption(t("intake.may_leave"))
        st.button(
            t("intake.stopping") if job.stopping else t("intake.stop"),
            icon=":material/stop:",
            key=f"{key}.stop",
            on_click=job.stop,
            disabled=job.stopping or job.step in ("write", "draw"),
        )
