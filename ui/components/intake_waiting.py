"""Rows that wait for mending: listed, edited in the browser, let in by the same door, given up."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import streamlit as st

from data import schema
from data.corrections import apply_corrections, open_issues
from data.drafts import file_name
from data.errors import UnknownFieldError
from data.intake import ImportReport
from data.intake_quarantine import ENTITY_OF
from data.quarantine import cells_of, discard_rows, edit_rows, enter_rows
from gis.errors import UserError
from ui import recording, state
from ui.components.column_width import fitting
from ui.components.failures import refuse
from ui.components.intake_issues import download, kind_label, readable
from ui.components.layer_names import layer_name
from ui.components.parcel_table import MOST_ROWS
from ui.desk import Desk
from ui.text import language, t
from ui.text.numbers import UNKNOWN, known, number

HEIGHT = 330
_TOLD, _TURN = "intake.waiting.told", "intake.waiting.turn"
_SHOWN_CELLS = ("owner", "parcel_name", "town", "stage", "occurred_on")


@dataclass(frozen=True)
class Told:
    """What became of the last attempt, shown once."""

    version: int = 0
    entered: int = 0
    left: int = 0
    issues: pd.DataFrame | None = None
    refusal: UserError | None = None
    lacking: str = ""


def show_waiting(desk: Desk) -> None:
    """Draw the rows that wait and the one that is open."""
    _tell()
    rows = waiting(desk)
    if rows.empty:
        st.info(t("waiting.none"), icon=":material/check_circle:")
        return
    st.caption(t("waiting.help"))
    shown = _filtered(rows)
    _table(shown)
    _take_away(desk, shown)
    if not recording.may_write(desk):
        return
    with st.container(key="mutu_waiting", horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox(
            t("waiting.open"),
            [int(n) for n in shown["quarantine_id"]],
            index=None,
            key="intake.waiting.open",
            width=360,
            placeholder=t("intake.column_choose"),
            format_func=lambda n: _named(rows, n),
        )
        recording.ask_who("intake.waiting")
        st.button(
            t("waiting.enter_all", n=number(len(shown))),
            icon=":material/login:",
            key="intake.waiting.enter_all",
            on_click=_enter,
            args=(tuple(int(n) for n in shown["quarantine_id"]), None),
        )
    _send_back(desk)
    if chosen is not None:
        _row(rows.set_index("quarantine_id").loc[chosen], chosen)


def waiting(desk: Desk) -> pd.DataFrame:
    """Return the rows that wait, by number (shared: do not change)."""
    return desk.kept("waiting", lambda: desk.register.read_quarantine(waiting=True))


def _take_away(desk: Desk, rows: pd.DataFrame) -> None:
    """Hand the rows over as a workbook, with what is wrong with them, to be corrected there."""
    numbered = rows.set_index("quarantine_id")
    issues = open_issues(desk.register.issues(), numbered, desk.parcels)
    download(desk, issues, numbered, key="intake.waiting.download")


def _send_back(desk: Desk) -> None:
    """Draw the place for a corrected workbook, and let its corrections in."""
    turn = st.session_state.get(_TURN, 0)
    with st.container(key=f"mutu_drop_{language()}_back"):
        handed = st.file_uploader(
            t("waiting.send_back"), type=["xlsx"], key=f"intake.waiting.back.{turn}"
        )
    if handed is None:
        return
    st.session_state[_TURN] = turn + 1
    who = recording.answered("intake.waiting")
    if not who:
        st.session_state[_TOLD] = Told(lacking="who")
    else:
        st.session_state[_TOLD] = _corrected(desk, handed.name, handed.getvalue(), who)
    st.rerun()


def _corrected(desk: Desk, name: str, content: bytes, who: str) -> Told:
    told = Told()
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / file_name(name)
            path.write_bytes(content)
            reports = apply_corrections(
                path, register=desk.register, who=who, recorded_at=recording.moment(desk)
            )
        for report in reports:
            told = _committed(desk, report, told)
    except UserError as refusal:
        return Told(refusal=refusal)
    return told


def _committed(desk: Desk, report: ImportReport, told: Told) -> Told:
    """Commit what came in and add it to what is told."""
    change = report.change
    version = 0 if change is None else desk.register.commit(change)
    return Told(
        version or told.version,
        told.entered + report.accepted,
        told.left + report.rows_in - report.accepted,
        report.issues[report.issues["severity"] != "info"],
    )


def _named(rows: pd.DataFrame, quarantine_id: int) -> str:
    row = rows.set_index("quarantine_id").loc[quarantine_id]
    name = row["row_id"] if known(row["row_id"]) else t("waiting.no_id")
    return t("waiting.named", n=number(quarantine_id), id=name, file=row["file"], row=row["row"])


def _filtered(rows: pd.DataFrame) -> pd.DataFrame:
    kinds = rows["kinds"].value_counts()
    kind = st.selectbox(
        t("intake.kind"),
        [None, *kinds.index],
        key="intake.waiting.kind",
        width=420,
        format_func=lambda code: (
            t("intake.all_count", n=number(len(rows)))
            if code is None
            else t("intake.kind_count", kind=kinds_label(code), n=number(kinds[code]))
        ),
    )
    return rows if kind is None else rows[rows["kinds"] == kind]


def kinds_label(kinds: str) -> str:
    """Say why a row waits: one or several kinds with blanks between."""
    return t("filter.comma").join(kind_label(kind) for kind in kinds.split())


def _table(rows: pd.DataFrame) -> None:
    some = rows.head(MOST_ROWS)
    cells = cells_of(some)
    table = pd.DataFrame(
        {
            "number": some["quarantine_id"].to_numpy(),
            "layer": [layer_name(name) for name in some["layer"]],
            "file": some["file"].to_numpy(dtype=object),
            "row": some["row"].to_numpy(dtype=object, na_value=None),
            "row_id": some["row_id"].to_numpy(dtype=object),
            "why": [kinds_label(kinds) for kinds in some["kinds"]],
        }
    )
    heads = {
        "layer": t("intake.as_layer"),
        "file": t("settings.col_file"),
        "row_id": schema.label("parcel_id", language()),
        "why": t("waiting.col_why"),
    }
    for key in _SHOWN_CELLS:
        if key in cells:
            table[key] = cells[key].to_numpy(dtype=object)
            heads[key] = cell_label(key)
    config: dict[str, object] = {
        name: st.column_config.Column(head, width=fitting(head, table[name], most=300))
        for name, head in heads.items()
    }
    config["number"] = st.column_config.NumberColumn(t("waiting.col_number"), format="%d", width=60)
    config["row"] = st.column_config.NumberColumn(t("intake.row_number"), format="%d", width=60)
    st.dataframe(
        table,
        hide_index=True,
        key="intake.waiting.table",
        placeholder=UNKNOWN,
        height=min(35 * len(table) + 38, HEIGHT),
        column_config=config,
    )


def cell_label(key: str) -> str:
    """Name a cell of a waiting row: a field of the dictionary, else the file's own heading."""
    try:
        return schema.label(key, language(), with_unit=False)
    except UnknownFieldError:
        return key


def _row(row: pd.Series, quarantine_id: int) -> None:
    """Draw every cell of one row to be mended, and what can be done with it."""
    cells = json.loads(row["cells"])
    entity = ENTITY_OF[row["layer"]]
    first = "parcel_id"
    keys = [first, *(key for key in cells if key != first)]
    base = f"intake.waiting.{quarantine_id}"
    with st.form(base, border=True):
        st.markdown(f"**{kinds_label(row['kinds'])}**")
        st.caption(t("waiting.cells_help"))
        places = st.columns(3)
        for at, key in enumerate(keys):
            with places[at % 3]:
                st.text_input(cell_label(key), value=cells.get(key, ""), key=f"{base}.cell.{key}")
        missing = [f.key for f in schema.fields(entity) if f.key not in keys]
        with places[len(keys) % 3]:
            st.selectbox(
                t("waiting.add_field"), missing, index=None, key=f"{base}.add",
                format_func=cell_label, placeholder=t("intake.column_choose"),
            )  # fmt: skip
        with places[(len(keys) + 1) % 3]:
            st.text_input(t("waiting.add_value"), key=f"{base}.added")
        st.text_input(t("waiting.note"), key=f"{base}.note", placeholder=t("waiting.note_hint"))
        enter, save, give_up = st.columns(3)
        enter.form_submit_button(
            t("waiting.enter"), icon=":material/login:", type="primary",
            on_click=_enter, args=((quarantine_id,), keys),
        )  # fmt: skip
        save.form_submit_button(
            t("waiting.save"), icon=":material/save:", on_click=_save, args=(quarantine_id, keys)
        )
        give_up.form_submit_button(
            t("waiting.give_up"), icon=":material/delete:", on_click=_discard, args=(quarantine_id,)
        )


def _given(quarantine_id: int, keys: list[str]) -> dict[str, str | None]:
    """Return the cells of the form: text, None where emptied."""
    base = f"intake.waiting.{quarantine_id}"
    told = {key: str(st.session_state.get(f"{base}.cell.{key}") or "").strip() for key in keys}
    added = st.session_state.get(f"{base}.add")
    if added:
        told[added] = str(st.session_state.get(f"{base}.added") or "").strip()
    return {key: text or None for key, text in told.items()}


def _enter(numbers: tuple[int, ...], keys: list[str] | None) -> None:
    """Let rows in, by layer; the first layer that is refused ends it."""
    desk = state.desk()
    who = recording.answered("intake.waiting")
    if not who:
        st.session_state[_TOLD] = Told(lacking="who")
        return
    rows = waiting(desk).set_index("quarantine_id").loc[list(numbers)]
    corrections = {n: _given(n, keys) for n in numbers} if keys is not None else None
    told = Told()
    try:
        for layer, mine in rows.groupby("layer", sort=True):
            report = enter_rows(
                desk.register,
                [int(n) for n in mine.index],
                layer=str(layer),
                who=who,
                recorded_at=recording.moment(desk),
                corrections=corrections,
            )
            told = _committed(desk, report, told)
    except UserError as refusal:
        told = Told(refusal=refusal)
    st.session_state[_TOLD] = told


def _save(quarantine_id: int, keys: list[str]) -> None:
    desk = state.desk()
    who = recording.answered("intake.waiting")
    if not who:
        st.session_state[_TOLD] = Told(lacking="who")
        return
    try:
        change = edit_rows(
            desk.register,
            {quarantine_id: _given(quarantine_id, keys)},
            who=who,
            recorded_at=recording.moment(desk),
        )
        st.session_state[_TOLD] = Told(desk.register.commit(change))
    except UserError as refusal:
        st.session_state[_TOLD] = Told(refusal=refusal)


def _discard(quarantine_id: int) -> None:
    desk = state.desk()
    who = recording.answered("intake.waiting")
    note = str(st.session_state.get(f"intake.waiting.{quarantine_id}.note") or "").strip()
    if not who or not note:
        st.session_state[_TOLD] = Told(lacking="note" if who else "who")
        return
    try:
        change = discard_rows(
            desk.register, [quarantine_id], who=who, recorded_at=recording.moment(desk), note=note
        )
        st.session_state[_TOLD] = Told(desk.register.commit(change))
    except UserError as refusal:
        st.session_state[_TOLD] = Told(refusal=refusal)


def _tell() -> None:
    told: Told | None = st.session_state.pop(_TOLD, None)
    if told is None:
        return
    if told.refusal is not None:
        refuse(told.refusal)
    elif told.lacking:
        said = t("waiting.lacks_note") if told.lacking == "note" else t("intake.lacks_who")
        st.warning(said, icon=":material/edit_note:")
    elif told.left:
        figures = {"entered": number(told.entered), "left": number(told.left)}
        st.warning(t("waiting.some_left", **figures), icon=":material/report:")
        _tell_issues(told.issues)
    elif told.entered:
        said = t("waiting.entered", n=number(told.entered), version=number(told.version))
        st.success(said, icon=":material/check_circle:")
        if told.issues is not None and len(told.issues):
            left = t("waiting.entered_but", n=number(len(told.issues)))
            st.warning(left, icon=":material/report:")
            _tell_issues(told.issues)
    else:
        st.success(t("waiting.saved", version=number(told.version)), icon=":material/check:")


def _tell_issues(issues: pd.DataFrame | None) -> None:
    if issues is None or issues.empty:
        return
    table = readable(issues.head(MOST_ROWS))
    st.dataframe(
        table[["row", "field", "message", "value"]],
        hide_index=True,
        key="intake.waiting.issues",
        column_config={
            "row": t("intake.row_number"),
            "field": t("intake.field"),
            "message": st.column_config.TextColumn(t("intake.col_message"), width="large"),
            "value": t("intake.col_value"),
        },
    )
