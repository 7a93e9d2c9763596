"""What people say that is no fact of a parcel: actuals of targets, minutes of meetings.

Appended, never changed: a later row about the same thing speaks for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa

from data import schema
from data.asof import AsOf, office_day
from data.errors import ChangeRefusedError
from data.register import models
from data.register.change import ACTUAL_COLUMNS, MINUTE_COLUMNS
from data.register.codec import CHUNK, bulk_insert, bulk_select, decode, decode_moments, stamp
from data.register.reading import known_change
from data.targets import read_targets

MINUTE_KINDS = ("agenda", "decision", "stuck", "closed")
EARLIEST = pd.Timestamp(2000, 1, 1)
LONGEST = 2_000
LONGEST_DOCUMENT = 16_000_000
SHOWN_FAULTS = 10

Fault = tuple[str, str]
Check = tuple[Any, str, str, str]


@dataclass(frozen=True)
class Book:
    """One kind of notes: its table, the columns a change brings and what each holds.

    ``long`` names columns of text that may hold a whole document.
    """

    table: sa.Table
    key: str
    columns: tuple[str, ...]
    needed: tuple[str, ...]
    kinds: Mapping[str, str]
    long: frozenset[str] = frozenset()

    @property
    def read(self) -> tuple[str, ...]:
        """Columns as they are read back."""
        return (self.key, "change_no", "recorded_at", "who", *self.columns)

    def kind(self, name: str) -> str:
        """Return what a column holds: text unless told."""
        return "int" if name in (self.key, "change_no") else self.kinds.get(name, "text")


ACTUALS = Book(
    models.target_actual,
    "actual_id",
    ACTUAL_COLUMNS,
    ("target_id", "measured_on", "source"),
    {"measured_on": "date", "value": "float"},
)
MINUTES = Book(
    models.minute,
    "minute_id",
    MINUTE_COLUMNS,
    ("kind", "meeting_on"),
    {"meeting_on": "date", "due_on": "date", "answers": "int"},
)


def check_frame(book: Book, rows: pd.DataFrame) -> list[Fault]:
    """Return what can be seen to be wrong without the register: columns."""
    extra = [str(c) for c in rows.columns if c not in book.columns]
    lacking = [c for c in book.needed if c not in rows.columns]
    faults = [(f"多出列 {c}", f"unknown column {c}") for c in extra]
    return faults + [(f"缺少列 {c}", f"column {c} is missing") for c in lacking]


def write_actuals(
    connection: sa.Connection, rows: pd.DataFrame | None, moment: datetime, head: tuple[int, str]
) -> int:
    """Append actuals of targets and return their number.

    Parameters
    ----------
    rows : DataFrame or None
        ``Change.actuals``.
    moment : datetime
        Aware moment of recording: nothing can have been measured after it.
    head : tuple of int and str
        Number of the change and who makes it.

    Raises
    ------
    ChangeRefusedError
        With every fault: unknown target, no day or a day to come, no source, no number.
    """
    if rows is None or rows.empty:
        return 0
    cells, strange = cells_of(ACTUALS, rows)
    later = pd.Timestamp(office_day(moment))
    unknown = ~cells["target_id"].isin(list(read_targets().table.index))
    unsaid = cells["value"].isna() & cells["note"].isna() & ~strange["value"]
    on = cells["measured_on"]
    checks: tuple[Check, ...] = (
        (unknown, "target_id", "清单中没有这一目标", "no such target"),
        (strange["measured_on"] | on.isna(), "measured_on", "没有统计日期", "no day"),
        ((on > later) | (on < EARLIEST), "measured_on", "统计日期不合理", "a day out of range"),
        (strange["value"], "value", "不是数值", "no number"),
        (unsaid, "note", "撤回数值须说明理由", "a withdrawn value needs a note"),
        (cells["source"].isna(), "source", "没有出处", "no source"),
    )
    refuse([*told(checks, rows), *too_long(ACTUALS, cells)])
    return append(connection, ACTUALS, cells, moment, head)


def write_minutes(
    connection: sa.Connection, rows: pd.DataFrame | None, moment: datetime, head: tuple[int, str]
) -> int:
    """Append minutes of meetings and return their number.

    Raises
    ------
    ChangeRefusedError
        With every fault: unknown kind or parcel, no text or person in charge, an answer to
        nothing or to what was closed already, a parcel twice on one agenda.
    """
    if rows is None or rows.empty:
        return 0
    cells, strange = cells_of(MINUTES, rows)
    before = read(connection, MINUTES, None)
    checks = [
        *_minute_checks(cells, strange, pd.Timestamp(office_day(moment))),
        *_parcel_checks(connection, cells, before),
        *_answer_checks(cells, before),
    ]
    refuse([*told(checks, rows), *too_long(MINUTES, cells)])
    return append(connection, MINUTES, cells, moment, head)


def _minute_checks(cells: pd.DataFrame, strange: pd.DataFrame, today: pd.Timestamp) -> list[Check]:
    kind, on = cells["kind"], cells["meeting_on"]
    reasons = schema.enum_codes("stuck_reason")
    stuck, decision = kind == "stuck", kind == "decision"
    early = cells["due_on"] < on
    return [
        (~kind.isin(MINUTE_KINDS), "kind", "记录种类未知", "unknown kind"),
        (strange["meeting_on"] | on.isna(), "meeting_on", "没有会议日期", "no day of the meeting"),
        (on < EARLIEST, "meeting_on", "会议日期不合理", "a day out of range"),
        (kind.ne("agenda") & (on > today), "meeting_on", "会议尚未召开", "a meeting to come"),
        (strange["due_on"], "due_on", "期限不是日期", "due is no date"),
        (early, "due_on", "期限早于会议", "due before the meeting"),
        (cells["text"].isna() & kind.ne("agenda"), "text", "没有内容", "no text"),
        (cells["responsible"].isna() & decision, "responsible", "没有责任人", "nobody in charge"),
        (stuck & ~cells["reason"].isin(list(reasons)), "reason", "原因未知", "unknown reason"),
    ]


def _parcel_checks(
    connection: sa.Connection, cells: pd.DataFrame, before: pd.DataFrame
) -> list[Check]:
    ids, kind = cells["parcel_id"], cells["kind"]
    given = ids.notna()
    current = current_parcels(connection, sorted(set(ids[given])))
    needs = kind.isin(["agenda", "stuck"])
    agenda = kind == "agenda"
    listed = before[(before["kind"] == "agenda") & ~before["minute_id"].isin(_answered(before))]
    known = set(zip(listed["meeting_on"], listed["parcel_id"], strict=True))
    pairs = pd.Series(list(zip(cells["meeting_on"], ids, strict=True)), index=cells.index)
    mine = pd.DataFrame({"on": cells["meeting_on"], "id": ids, "agenda": agenda})
    twice = agenda & given & (pairs.isin(list(known)) | mine.duplicated())
    return [
        (given & ~ids.isin(list(current)), "parcel_id", "宗地不在册", "no such parcel"),
        (~given & needs, "parcel_id", "没有宗地", "no parcel"),
        (twice, "parcel_id", "已在这次会议的议程中", "on this agenda already"),
    ]


def _answer_checks(cells: pd.DataFrame, before: pd.DataFrame) -> list[Check]:
    answers, closed = cells["answers"], cells["kind"] == "closed"
    open_ = set(before["minute_id"]) - set(_answered(before))
    open_ -= set(before.loc[before["kind"] == "closed", "minute_id"])
    nothing = closed & ~answers.isin(list(open_))
    return [
        (nothing, "answers", "所答复的事项不存在或已办结", "answers nothing that is open"),
        (closed & answers.duplicated() & answers.notna(), "answers", "重复办结", "closed twice"),
        (~closed & answers.notna(), "answers", "只有办结可以答复", "only closing answers"),
    ]


def _answered(before: pd.DataFrame) -> list[int]:
    return [int(n) for n in before.loc[before["kind"] == "closed", "answers"].dropna()]


def current_parcels(connection: sa.Connection, ids: Sequence[str]) -> set[str]:
    """Return which of these parcels are on record now."""
    version = models.parcel_version.c
    found: set[str] = set()
    for start in range(0, len(ids), CHUNK):
        named = version.parcel_id.in_(list(ids[start : start + CHUNK]))
        wanted = sa.select(version.parcel_id).where(version.recorded_to.is_(None), named)
        found |= set(connection.scalars(wanted))
    return found


def cells_of(book: Book, rows: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return every cell as its column holds it, and where something else was given."""
    plain = rows.reset_index(drop=True).reindex(columns=list(book.columns))
    columns = {name: _column(plain[name], book.kind(name)) for name in book.columns}
    cells = pd.DataFrame(columns, index=plain.index)
    return cells, cells.isna() & plain.map(_is_given)


def _column(values: pd.Series, kind: str) -> pd.Series:
    if kind == "date":
        return pd.Series([_day(value) for value in values], values.index, "datetime64[ns]")
    if kind == "text":
        return pd.Series([_text(value) for value in values], values.index, "object")
    numbers = pd.to_numeric(values, errors="coerce").astype("float64")
    finite = numbers.where(np.isfinite(numbers))
    return finite if kind == "float" else finite.where(finite % 1 == 0).astype("Int64")


def _is_given(value: Any) -> bool:
    return _text(value) is not None


def _text(value: Any) -> str | None:
    return None if pd.isna(value) else str(value).strip() or None


def _day(value: Any) -> Any:
    if isinstance(value, (date, datetime, pd.Timestamp)) and not pd.isna(value):
        moment = pd.Timestamp(value)
        return moment.normalize() if moment.tzinfo is None else pd.NaT
    try:
        return pd.Timestamp(date.fromisoformat(str(value).strip()))
    except ValueError:
        return pd.NaT


def told(checks: Sequence[Check], rows: pd.DataFrame) -> list[Fault]:
    """Return a fault for every row that a check marks."""
    given = rows.reset_index(drop=True)
    found = []
    for mask, key, zh, en in checks:
        wrong = pd.Series(mask).astype("boolean").fillna(False).to_numpy(dtype=bool)
        for at in np.flatnonzero(wrong):
            said = _text(given[key].iloc[at]) if key in given else None
            shown = f" “{said[:40]}”" if said else ""
            found.append((f"第 {at + 1} 行：{zh}{shown}", f"row {at + 1}: {en}{shown}"))
    return found


def too_long(book: Book, cells: pd.DataFrame) -> list[Fault]:
    """Return a fault for every text that is longer than its column holds."""
    texts = [name for name in book.columns if book.kind(name) == "text"]
    most = {name: LONGEST_DOCUMENT if name in book.long else LONGEST for name in texts}
    longer = {n: [text is not None and len(text) > most[n] for text in cells[n]] for n in texts}
    long = pd.DataFrame(longer, index=cells.index, columns=texts, dtype=bool)
    found = []
    for at, name in zip(*np.nonzero(long.to_numpy(dtype=bool)), strict=True):
        key = texts[int(name)]
        zh, en = f"{key} 超过 {most[key]} 字", f"{key} is longer than {most[key]} characters"
        found.append((f"第 {at + 1} 行：{zh}", f"row {at + 1}: {en}"))
    return found


def refuse(faults: list[Fault]) -> None:
    """Refuse a change that has faults; the first of them are named."""
    if faults:
        raise ChangeRefusedError(count=len(faults), faults=tuple(faults[:SHOWN_FAULTS]))


def append(
    connection: sa.Connection,
    book: Book,
    cells: pd.DataFrame,
    moment: datetime,
    head: tuple[int, str],
) -> int:
    """Append rows that were checked and return their number."""
    count = len(cells)
    newest = sa.select(sa.func.max(book.table.c[book.key]))
    first = (connection.scalar(newest) or 0) + 1
    constant = [[value] * count for value in (head[0], stamp(moment), head[1])]
    columns = [_stored(cells[name], book.kind(name)) for name in book.columns]
    values = list(zip(range(first, first + count), *constant, *columns, strict=True))
    bulk_insert(connection, book.table, book.read, values)
    return count


def _stored(column: pd.Series, kind: str) -> list[Any]:
    if kind == "date":
        return [None if pd.isna(day) else f"{day:%Y-%m-%d}" for day in column]
    if kind == "int":
        return [None if pd.isna(number) else int(number) for number in column]
    if kind == "float":
        return [None if pd.isna(number) else float(number) + 0.0 for number in column]
    return column.tolist()


def read(connection: sa.Connection, book: Book, as_of: AsOf | None) -> pd.DataFrame:
    """Return the notes that were known, in the order they were made."""
    columns = book.table.c
    statement = sa.select(*(columns[name] for name in book.read)).order_by(columns[book.key])
    known = known_change(connection, as_of)
    if known is not None:
        statement = statement.where(columns.change_no <= known)
    rows = [row for chunk in bulk_select(connection, statement) for row in chunk]
    cells = list(zip(*rows, strict=True)) or [()] * len(book.read)
    told: dict[str, Any] = {}
    for name, column in zip(book.read, cells, strict=True):
        if name == "recorded_at":
            told[name] = decode_moments(list(column))
        else:
            told[name] = decode(column, book.kind(name))
    return pd.DataFrame(told)
