"""Recording what happened: a stage for one parcel or for all picked, a table, a reversal."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd
import streamlit as st

from data import schema
from data.errors import ConflictError
from data.event_entry import (
    EntryRefusedError,
    Recording,
    event_rows,
    prepare_events,
    read_event_rows,
)
from data.register import Attachment, Change
from gis.area import to_m2
from gis.errors import UserError
from ui import recording, state
from ui.components.failures import refuse
from ui.desk import Desk
from ui.text import language, t
from ui.text.numbers import UNKNOWN, day, known, mu, number, parcels

_TOLD, _ROUND, _OPEN = "record.told", "record.round", "record.open"
FILES = ["jpg", "jpeg", "png", "pdf"]
MOST_MB = 20
SHOWN_FAULTS = 500


@dataclass(frozen=True)
class Told:
    """What became of the last attempt to record, shown until the form is opened again."""

    place: str
    version: int = 0
    events: int = 0
    lacking: tuple[str, ...] = ()
    refusal: UserError | None = None
    faults: pd.DataFrame = field(default_factory=pd.DataFrame)
    shown: bool = False
    way: str = "stage"


def record_button(desk: Desk, ids: tuple[str, ...], *, place: str) -> None:
    """Draw the button that opens the form.

    Parameters
    ----------
    desk : Desk
        The county as the reader looks at it; the past cannot be written.
    ids : tuple of str
        The parcels meant; none leaves only the table.
    place : str
        Where the button stands (``card``, ``strip``): a page may have two.
    """
    st.button(
        t("record.title"),
        icon=":material/edit_calendar:",
        key=f"record.{place}.button",
        on_click=_open,
        args=(place,),
    )
    if st.session_state.get(_OPEN) == place:
        st.dialog(t("record.title"), width="medium", on_dismiss=_close)(_form)(desk, ids, place)


def _open(place: str) -> None:
    st.session_state[_OPEN] = place
    st.session_state.pop(_TOLD, None)


def _close() -> None:
    st.session_state.pop(_OPEN, None)


def _form(desk: Desk, ids: tuple[str, ...], place: str) -> None:
    """Draw the form; it stays open with what became of it until it is closed."""
    if not recording.may_write(desk):
        return
    key = f"record.{place}.{st.session_state.get(_ROUND, 0)}"
    ways = (["stage"] if ids else []) + ["table"]
    if len(ids) == 1:
        ways = ["stage", "reverse"]
    way = st.segmented_control(
        t("record.way"),
        ways,
        default=ways[0],
        format_func=lambda name: t(f"record.way_{name}"),
        key=f"{key}.way",
        required=True,
        label_visibility="collapsed",
    )
    {"stage": _stage_fields, "table": _table_fields, "reverse": _reverse_fields}[way](
        desk, ids, key
    )
    recording.ask_who(key)
    st.button(
        t(f"record.do_{way}"),
        icon=":material/task_alt:",
        type="primary",
        key=f"{key}.do",
        on_click=_record,
        args=(ids, key, way, place, desk.version),
    )
    _tell(place)


def _stage_fields(desk: Desk, ids: tuple[str, ...], key: str) -> None:
    """Draw stage, day, area, document, note and photos; an empty area is the whole parcel."""
    area = desk.frame["geometry_area_m2"].reindex(list(ids))
    st.caption(t("record.for", parcels=parcels(len(ids)), area=mu(area.sum(min_count=1))))
    labels = schema.enum_labels("stage", language())
    left, right = st.columns(2)
    with left:
        st.selectbox(
            t("record.stage"),
            [stage.code for stage in desk.rules.stages],
            index=None,
            format_func=labels.__getitem__,
            key=f"{key}.stage",
            placeholder=t("record.choose"),
        )
    with right:
        st.date_input(
            t("record.on"), value=desk.latest, key=f"{key}.on", min_value=state.FIRST_DAY,
            max_value=max(desk.latest, recording.moment(desk).date()), format="YYYY-MM-DD",
        )  # fmt: skip
    if len(ids) == 1:
        st.number_input(
            t("record.area"), value=None, key=f"{key}.area", help=t("record.area_help"),
            placeholder=t("record.area_hint"), format="%.2f",
        )  # fmt: skip
    st.text_input(t("record.doc"), key=f"{key}.doc", max_chars=200)
    st.text_input(t("record.note"), key=f"{key}.note", max_chars=500)
    st.file_uploader(
        t("record.document"),
        type=FILES,
        accept_multiple_files=True,
        key=f"{key}.document",
        max_upload_size=MOST_MB,
    )
    if len(ids) == 1:
        for kind, column in zip(("before", "after"), st.columns(2), strict=True):
            with column:
                st.file_uploader(
                    t(f"record.{kind}"),
                    type=FILES[:3],
                    key=f"{key}.{kind}",
                    max_upload_size=MOST_MB,
                )


def _table_fields(_desk: Desk, _ids: tuple[str, ...], key: str) -> None:
    st.caption(t("record.table_help"))
    st.download_button(
        t("record.template"), data=_template, file_name=t("record.template_file"),
        icon=":material/download:", key=f"{key}.template", on_click="ignore", mime="text/csv",
    )  # fmt: skip
    st.file_uploader(t("record.table"), type=["xlsx", "csv"], key=f"{key}.table")


def _template() -> bytes:
    names = ("parcel_id", "stage", "occurred_on", "area_m2", "doc_no", "note", "who")
    heads = [schema.label(name, language(), with_unit=False) for name in names]
    heads[3] += t("record.in_mu")
    return (",".join(heads) + "\r\n").encode("utf-8-sig")


def _reverse_fields(desk: Desk, ids: tuple[str, ...], key: str) -> None:
    standing = desk.standing_of(ids[0])
    labels = schema.enum_labels("stage", language())
    events = {
        int(event): t(
            "record.event",
            n=event,
            stage=labels.get(stage, stage),
            on=day(on),
            area=mu(area) if known(area) else t("record.whole"),
        )
        for event, stage, on, area in zip(
            standing["event_id"],
            standing["stage"],
            standing["occurred_on"],
            standing["area_m2"],
            strict=True,
        )
    }
    st.selectbox(
        t("record.which"), list(events), index=None, format_func=events.__getitem__,
        key=f"{key}.event", placeholder=t("record.choose"),
    )  # fmt: skip
    st.text_input(t("record.why"), key=f"{key}.note", max_chars=500)
    st.text_input(t("record.doc"), key=f"{key}.doc", max_chars=200)


def _record(ids: tuple[str, ...], key: str, way: str, place: str, opened_at: int) -> None:
    """Take the form up, check it whole and record it; what is wrong is kept to be told.

    What others recorded since the form was opened is told once; whoever sends it again saw it.
    """
    who = recording.answered(key)
    needed = {"stage": ("stage", "on"), "table": ("table",), "reverse": ("event", "note")}[way]
    lacking = tuple(name for name in needed if not st.session_state.get(f"{key}.{name}"))
    lacking += () if who else ("who",)
    if lacking:
        st.session_state[_TOLD] = Told(place, lacking=lacking)
        return
    desk = state.desk()
    try:
        change = {"stage": _staged, "table": _tabled, "reverse": _reversed}[way](
            desk, ids, key, who
        )
        seen = st.session_state.get(f"{key}.seen", opened_at)
        version = desk.register.commit(replace(change, based_on=seen))
    except ConflictError as refusal:
        st.session_state[f"{key}.seen"] = desk.register.version
        st.session_state[_TOLD] = Told(place, refusal=refusal)
    except EntryRefusedError as refusal:
        st.session_state[_TOLD] = Told(place, refusal=refusal, faults=refusal.faults, way=way)
    except UserError as refusal:
        st.session_state[_TOLD] = Told(place, refusal=refusal)
    else:
        events = 0 if change.events is None else len(change.events)
        st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1
        st.session_state[_TOLD] = Told(place, version=version, events=events, way=way)


def _text(key: str) -> str | None:
    return str(st.session_state.get(key) or "").strip() or None


def _staged(desk: Desk, ids: tuple[str, ...], key: str, who: str) -> Change:
    area = st.session_state.get(f"{key}.area")
    entry = {
        "stage": st.session_state[f"{key}.stage"],
        "occurred_on": st.session_state[f"{key}.on"],
        "area_m2": None if area is None else to_m2(float(area)),
        "doc_no": _text(f"{key}.doc"),
        "note": _text(f"{key}.note"),
    }
    label = schema.enum_label("stage", entry["stage"], "zh")
    why = f"登记阶段“{label}”{entry['occurred_on']}，{len(ids)} 宗"
    rows = event_rows([{"parcel_id": parcel, **entry} for parcel in ids])
    change = _prepared(desk, rows, Recording(who, why, recording.moment(desk)))
    return replace(change, attachments=tuple(_attached(ids, key)))


def _attached(ids: tuple[str, ...], key: str) -> list[Attachment]:
    """Return the files of the form; a document of many parcels belongs to each event."""
    files = [("document", file) for file in st.session_state.get(f"{key}.document") or ()]
    for kind in ("before", "after"):
        file = st.session_state.get(f"{key}.{kind}")
        files += [(kind, file)] if file is not None else []
    return [
        Attachment(event, kind, file.name, file.getvalue())
        for event in range(len(ids))
        for kind, file in files
    ]


def _tabled(desk: Desk, _ids: tuple[str, ...], key: str, who: str) -> Change:
    handed = st.session_state[f"{key}.table"]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / Path(handed.name).name
        path.write_bytes(handed.getvalue())
        rows, unread = read_event_rows(path)
        why = f"批量登记阶段 {path.name}"
        told = Recording(who, why, recording.moment(desk), source=path)
        return _prepared(desk, rows, told, unread)


def _reversed(desk: Desk, _ids: tuple[str, ...], key: str, who: str) -> Change:
    why = str(_text(f"{key}.note"))
    entry = {"reverses": st.session_state[f"{key}.event"], "note": why}
    rows = event_rows([{**entry, "doc_no": _text(f"{key}.doc")}])
    return _prepared(desk, rows, Recording(who, why, recording.moment(desk), "reverse"))


def _prepared(
    desk: Desk, rows: pd.DataFrame, told: Recording, unread: pd.DataFrame | None = None
) -> Change:
    return prepare_events(desk.register, rows, rules=desk.rules, recording=told, unread=unread)


def _tell(place: str) -> None:
    told: Told | None = st.session_state.get(_TOLD)
    if told is None or told.place != place:
        return
    if told.version and not told.shown:  # let the page behind the form read what is new
        st.session_state[_TOLD] = replace(told, shown=True)
        st.rerun()
    if len(told.faults):
        _tell_faults(told.faults, single=told.way != "table" and place == "card")
    elif told.refusal is not None:
        refuse(told.refusal)
    elif told.lacking:
        names = t("filter.comma").join(t(f"record.lacks_{name}") for name in told.lacking)
        st.warning(t("review.lacking", names=names), icon=":material/edit_note:")
    else:
        counts = {"n": number(told.events), "version": number(told.version)}
        said = t("record.recorded", **counts)
        if told.way == "reverse":
            said = t("record.taken_back", **counts)
        st.success(said, icon=":material/check_circle:")


def _tell_faults(faults: pd.DataFrame, *, single: bool) -> None:
    """List every fault of every row: nothing was written."""
    if single and len(faults) == 1:
        reason = _cells(faults[language()])[0]
        st.warning(t("record.refused_one", reason=reason), icon=":material/report:")
        return
    rows = number(faults["row"].nunique())
    st.warning(t("record.refused", rows=rows, n=number(len(faults))), icon=":material/report:")
    shown = faults.head(SHOWN_FAULTS)
    table = pd.DataFrame(
        {
            t("record.row"): shown["row"].astype(str),
            schema.label("parcel_id", language()): _cells(shown["parcel_id"]),
            t("record.reason"): _cells(shown[language()]),
            t("record.value"): _cells(shown["value"]),
        }
    )
    st.dataframe(table, hide_index=True, height=min(36 * (len(table) + 1), 300))
    if len(faults) > len(shown):
        st.caption(t("record.more", n=number(len(faults) - len(shown))))


def _cells(values: pd.Series) -> list[str]:
    return [str(value) if known(value) else UNKNOWN for value in values]
