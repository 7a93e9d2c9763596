"""What a planner says of a verdict: confirm, override or withdraw, with reason and document."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from analysis.review import Opinion, review_rows
from data import schema
from data.register import Change
from data.screening_rules import INSUFFICIENT
from gis.errors import UserError
from ui import recording, screened, state
from ui.components.failures import refuse
from ui.desk import Desk
from ui.text import language, t
from ui.text.numbers import known, number, plain, shorten

FORM = "review"
_TOLD, _ROUND = "review.told", "review.round"


@dataclass(frozen=True)
class Told:
    """What became of the last attempt to record a review, shown once."""

    parcel_id: str
    version: int = 0
    lacking: tuple[str, ...] = ()
    moved: bool = False
    refusal: UserError | None = None


def review_form(desk: Desk, parcel_id: str, verdict: pd.Series) -> None:
    """Draw the form; what is wrong with it is said beneath, and nothing is lost.

    Parameters
    ----------
    desk : Desk
        The county as the reader looks at it.
    parcel_id : str
        The open parcel.
    verdict : Series
        Its row of `ui.screened.screened`.
    """
    if not recording.may_write(desk):
        return
    key = form_key(parcel_id)
    ways = ["confirm", "override"]
    if known(verdict["review_verdict"]):
        ways.append("withdraw")
    way = st.segmented_control(
        t("review.way"),
        ways,
        default="confirm",
        format_func=lambda name: t(f"review.way_{name}"),
        key=f"{key}.way",
        required=True,
        label_visibility="collapsed",
    )
    st.caption(t(f"review.help_{way}"))
    _fields(key, way, verdict)
    st.button(
        t("review.record"),
        icon=":material/how_to_reg:",
        type="primary",
        key=f"{key}.record",
        on_click=_record,
        args=(parcel_id, _seen(verdict), desk.version),
    )
    _tell(parcel_id)


def _fields(key: str, way: str, verdict: pd.Series) -> None:
    """Draw what a review needs: the class where it overrides, reason, document, who."""
    if way == "override":
        codes = [c for c in schema.enum_codes("low_class") if c not in (INSUFFICIENT,)]
        labels = schema.enum_labels("low_class", language())
        st.selectbox(
            t("review.low_class"),
            [code for code in codes if code != verdict["screened_class"]],
            index=None,
            format_func=labels.__getitem__,
            key=f"{key}.class",
            placeholder=t("review.choose"),
        )
    st.text_area(
        t("review.reason"), key=f"{key}.reason", max_chars=2000, height=90,
        placeholder=t("review.reason_hint"),
    )  # fmt: skip
    doc = t("review.doc") if way != "withdraw" else t("review.doc_free")
    left, right = st.columns(2)
    with left:
        st.text_input(doc, key=f"{key}.doc", max_chars=200, placeholder=t("review.doc_hint"))
    with right:
        recording.ask_who(key)


def form_key(parcel_id: str) -> str:
    """Return the beginning of the keys of a parcel's form; a recorded review begins a new one."""
    return f"{FORM}.{st.session_state.get(_ROUND, 0)}.{parcel_id}"


def _seen(verdict: pd.Series) -> tuple[Hashable, ...]:
    """Return what the planner looked at when pressing the button."""
    names = ("screened_class", "rule", "sentence_zh", "review_verdict", "review_class")
    return tuple(verdict[name] if known(verdict[name]) else None for name in names)


def _record(parcel_id: str, seen: tuple[Hashable, ...], based_on: int) -> None:
    key = form_key(parcel_id)
    given = {name: st.session_state.get(f"{key}.{name}") for name in ("way", "class")}
    reason, doc = (
        str(st.session_state.get(f"{key}.{name}") or "").strip() for name in ("reason", "doc")
    )
    who = recording.answered(key)
    lacking = {
        "low_class": given["way"] == "override" and not given["class"],
        "reason": not reason,
        "doc": given["way"] != "withdraw" and not doc,
        "who": not who,
    }
    if any(lacking.values()):
        names = tuple(name for name, lacks in lacking.items() if lacks)
        st.session_state[_TOLD] = Told(parcel_id, lacking=names)
        return
    opinion = Opinion(str(given["way"]), reason, doc or None, given["class"])
    st.session_state[_TOLD] = _commit(state.desk(), parcel_id, seen, opinion, (who, based_on))


def _commit(
    desk: Desk, parcel_id: str, seen: tuple[Hashable, ...], opinion: Opinion, head: tuple[str, int]
) -> Told:
    """Record a review unless the verdict is no longer the one that was on the screen."""
    try:
        verdict = screened.verdict_of(desk, parcel_id)
        if _seen(verdict) != seen:
            return Told(parcel_id, moved=True)
        row = verdict.to_frame().T.rename_axis("parcel_id")
        rows = review_rows(row, desk.parcels, ruleset=screened.ruleset(), opinion=opinion)
        change = Change(
            kind="review",
            who=head[0],
            why=f"低效认定复核：{opinion.reason}"[:200],
            recorded_at=recording.moment(desk),
            reviews=rows,
            based_on=head[1],
        )
        version = desk.register.commit(change)
    except UserError as refusal:
        return Told(parcel_id, refusal=refusal)
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1
    return Told(parcel_id, version=version)


def _tell(parcel_id: str) -> None:
    told: Told | None = st.session_state.pop(_TOLD, None)
    if told is None or told.parcel_id != parcel_id:
        return
    if told.refusal is not None:
        refuse(told.refusal)
    elif told.moved:
        st.warning(t("review.moved"), icon=":material/sync_problem:")
    elif told.lacking:
        names = t("filter.comma").join(t(f"review.lacks_{name}") for name in told.lacking)
        st.warning(t("review.lacking", names=names), icon=":material/edit_note:")
    else:
        st.success(
            t("review.recorded", parcel=plain(shorten(parcel_id, 60)), n=number(told.version)),
            icon=":material/check_circle:",
        )
