"""What planners say of a verdict: confirmed, overridden, withdrawn; appended, never changed."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
import sqlalchemy as sa

from data import schema
from data.asof import AsOf
from data.errors import ChangeRefusedError
from data.register import models
from data.register.change import REVIEW_COLUMNS
from data.register.codec import CHUNK, bulk_insert, bulk_select, decode, decode_moments, stamp
from data.register.reading import known_change

VERDICTS = ("confirm", "override", "withdraw")
SHOWN_FAULTS = 10
_REVIEW = models.review
_READ = ("review_id", "change_no", "parcel_id", "recorded_at", "who", *REVIEW_COLUMNS[1:])

Fault = tuple[str, str]


def _texts(reviews: pd.DataFrame) -> pd.DataFrame:
    """Return every cell as text, None where there is nothing in it."""
    plain = reviews.reset_index(drop=True).reindex(columns=list(REVIEW_COLUMNS))
    cells = {
        key: pd.Series([_text(cell) for cell in plain[key]], index=plain.index, dtype=object)
        for key in REVIEW_COLUMNS
    }
    return pd.DataFrame(cells)


def _text(cell: Any) -> str | None:
    return None if pd.isna(cell) else str(cell).strip() or None


def _faults(rows: pd.DataFrame, current: set[str]) -> list[Fault]:
    """Return every fault of a batch with its row, in words."""
    classes = set(schema.enum_codes("low_class"))
    override, withdraw = rows["verdict"] == "override", rows["verdict"] == "withdraw"
    checks: tuple[tuple[pd.Series, str, str, str], ...] = (
        (~rows["parcel_id"].isin(list(current)), "parcel_id", "宗地不在册", "no such parcel"),
        (~rows["verdict"].isin(VERDICTS), "verdict", "结论未知", "unknown verdict"),
        (rows["reason"].isna(), "reason", "没有理由", "no reason"),
        (rows["doc_no"].isna() & ~withdraw, "doc_no", "没有文号", "no document"),
        (
            override & ~rows["low_class"].isin(list(classes)),
            "low_class",
            "改定类别未知",
            "unknown class",
        ),
        (~rows["inputs"].map(_is_object), "inputs", "输入不是 JSON 对象", "no JSON object"),
    )
    found: list[Fault] = []
    for mask, key, zh, en in checks:
        for at in mask.index[mask]:
            value = rows.at[at, key]
            shown = "" if value is None else f" “{str(value)[:40]}”"
            found.append((f"第 {at + 1} 行：{zh}{shown}", f"row {at + 1}: {en}{shown}"))
    return found


def _is_object(text: Any) -> bool:
    if text is None:
        return True
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False


def check_frame(reviews: pd.DataFrame) -> list[Fault]:
    """Return what can be seen to be wrong without the register: columns."""
    extra = [str(c) for c in reviews.columns if c not in REVIEW_COLUMNS]
    lacking = [c for c in REVIEW_COLUMNS[:3] if c not in reviews.columns]
    faults = [(f"多出列 {c}", f"unknown column {c}") for c in extra]
    return faults + [(f"缺少列 {c}", f"column {c} is missing") for c in lacking]


def write(connection: sa.Connection, reviews: pd.DataFrame | None, moment: Any, head: Any) -> int:
    """Append the reviews of a change and return their number.

    Parameters
    ----------
    moment : datetime
        Aware moment of recording.
    head : tuple of int and str
        Number of the change and who makes it.

    Raises
    ------
    ChangeRefusedError
        With every fault: unknown parcel, verdict or class; no reason; no document.
    """
    if reviews is None or reviews.empty:
        return 0
    change_no, who = head
    rows = _texts(reviews)
    ids = sorted({i for i in rows["parcel_id"] if i is not None})
    version = models.parcel_version.c
    current: set[str] = set()
    for start in range(0, len(ids), CHUNK):
        named = version.parcel_id.in_(ids[start : start + CHUNK])
        wanted = sa.select(version.parcel_id).where(version.recorded_to.is_(None), named)
        current |= set(connection.scalars(wanted))
    faults = _faults(rows, current)
    if faults:
        raise ChangeRefusedError(count=len(faults), faults=tuple(faults[:SHOWN_FAULTS]))
    first = (connection.scalar(sa.select(sa.func.max(_REVIEW.c.review_id))) or 0) + 1
    constant = [[value] * len(rows) for value in (change_no, stamp(moment), who)]
    columns = [rows[key].tolist() for key in REVIEW_COLUMNS]
    values = list(zip(range(first, first + len(rows)), *constant, *columns, strict=True))
    names = ("review_id", "change_no", "recorded_at", "who", *REVIEW_COLUMNS)
    bulk_insert(connection, _REVIEW, names, values)
    return len(rows)


def read(connection: sa.Connection, as_of: AsOf | None) -> pd.DataFrame:
    """Return the reviews that were known, in the order they were made."""
    statement = sa.select(*(_REVIEW.c[name] for name in _READ)).order_by(_REVIEW.c.review_id)
    known = known_change(connection, as_of)
    if known is not None:
        statement = statement.where(_REVIEW.c.change_no <= known)
    rows = [row for chunk in bulk_select(connection, statement) for row in chunk]
    cells = list(zip(*rows, strict=True)) or [()] * len(_READ)
    columns: dict[str, Any] = {}
    for name, column in zip(_READ, cells, strict=True):
        if name == "recorded_at":
            columns[name] = decode_moments(list(column))
        else:
            columns[name] = decode(column, "int" if name in _READ[:2] else "text")
    return pd.DataFrame(columns)
