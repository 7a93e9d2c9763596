"""Rows that wait for mending: set aside with all they hold, edited, entered or given up."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pandas as pd
import shapely
import sqlalchemy as sa

from data.asof import AsOf
from data.errors import ChangeRefusedError
from data.register import models
from data.register.change import QUARANTINE_COLUMNS, STEP_COLUMNS
from data.register.codec import bulk_insert, bulk_select, decode, encode
from data.register.reading import known_change

EDITED, ACCEPTED, SUPERSEDED, DISCARDED = "edited", "accepted", "superseded", "discarded"
ACTIONS = (EDITED, ACCEPTED, SUPERSEDED, DISCARDED)
SHOWN_FAULTS = 10
_NUMBERS = {"row": "int", "quarantine_id": "int", "change_no": "int", "step_id": "int"}
_ROWS = ("quarantine_id", "change_no", *QUARANTINE_COLUMNS)
_STEPS = ("step_id", "change_no", *STEP_COLUMNS)

Fault = tuple[str, str]


def check_frames(rows: pd.DataFrame | None, steps: pd.DataFrame | None) -> list[Fault]:
    """Return what can be seen to be wrong without the register: columns."""
    needed = (("file", "layer", "kinds", "cells"), STEP_COLUMNS[:2])
    faults: list[Fault] = []
    for frame, known, must in zip(
        (rows, steps), (QUARANTINE_COLUMNS, STEP_COLUMNS), needed, strict=True
    ):
        if frame is None:
            continue
        extra = [str(c) for c in frame.columns if c not in known]
        faults += [(f"多出列 {c}", f"unknown column {c}") for c in extra]
        lacking = [c for c in must if c not in frame.columns]
        faults += [(f"缺少列 {c}", f"column {c} is missing") for c in lacking]
    return faults


def write_rows(connection: sa.Connection, rows: pd.DataFrame | None, change_no: int) -> int:
    """Append rows that wait and return their number.

    Raises
    ------
    ChangeRefusedError
        With every fault: no file, layer or kind; cells that are no JSON object; no geometry.
    """
    if rows is None or rows.empty:
        return 0
    plain = rows.reset_index(drop=True).reindex(columns=list(QUARANTINE_COLUMNS))
    unsaid = plain[["file", "layer", "kinds"]].isna().any(axis=1)
    _refuse(
        (unsaid, "缺少文件、图层或问题类型", "no file, layer or kind"),
        (~plain["cells"].map(_is_object), "单元格不是 JSON 对象", "cells are no JSON object"),
        (~_are_shapes(plain["shape"]), "图形不是 WKB", "the shape is no WKB"),
    )
    _append(connection, models.quarantine, _ROWS, plain, change_no)
    return len(plain)


def write_steps(connection: sa.Connection, steps: pd.DataFrame | None, change_no: int) -> int:
    """Append what became of waiting rows and return the number of steps.

    Raises
    ------
    ChangeRefusedError
        With every fault: unknown action; a row that does not wait; cells that are no object.
    """
    if steps is None or steps.empty:
        return 0
    plain = steps.reset_index(drop=True).reindex(columns=list(STEP_COLUMNS))
    open_ids = read(connection, None, waiting=True)["quarantine_id"]
    number = pd.to_numeric(plain["quarantine_id"], errors="coerce")
    given = plain["cells"].notna()
    edits = plain["action"].eq(EDITED) & ~given & plain["shape"].isna()
    _refuse(
        (~plain["action"].isin(ACTIONS), "处理方式未知", "unknown action"),
        (~number.isin(open_ids), "没有这一待更正行", "no row of this number waits"),
        (number.duplicated(), "同一行处理了两次", "the same row twice"),
        (edits, "没有改动", "nothing was edited"),
        (given & ~plain["cells"].map(_is_object), "单元格不是 JSON 对象", "no JSON object"),
        (~_are_shapes(plain["shape"]), "图形不是 WKB", "the shape is no WKB"),
    )
    _append(connection, models.quarantine_step, _STEPS, plain, change_no)
    return len(plain)


def read(connection: sa.Connection, as_of: AsOf | None, *, waiting: bool = False) -> pd.DataFrame:
    """Return the rows set aside as they were known, with what became of each.

    Returns
    -------
    DataFrame
        ``quarantine_id``, ``change_no``, ``QUARANTINE_COLUMNS`` (cells and shape as last edited),
        ``edited_by``, ``resolution``, ``resolved_by``; by number.
    """
    known = known_change(connection, as_of)
    rows = _read(connection, models.quarantine, _ROWS, known)
    if rows.empty:  # nearly always: every import asks
        return _without_steps(rows)
    steps = _read(connection, models.quarantine_step, _STEPS, known)
    edits = steps[steps["action"] == EDITED]
    numbers = rows["quarantine_id"]
    for name in ("cells", "shape"):
        last = edits[edits[name].notna()].drop_duplicates("quarantine_id", keep="last")
        later = numbers.map(last.set_index("quarantine_id")[name])
        rows[name] = later.astype(object).where(later.notna(), rows[name])
    last = edits.drop_duplicates("quarantine_id", keep="last").set_index("quarantine_id")
    ends = steps[steps["action"] != EDITED].set_index("quarantine_id")
    rows["edited_by"] = numbers.map(last["change_no"]).astype("Int64")
    resolution = numbers.map(ends["action"]).astype(object)
    rows["resolution"] = resolution.where(resolution.notna(), None)
    rows["resolved_by"] = numbers.map(ends["change_no"]).astype("Int64")
    return rows[rows["resolution"].isna()].reset_index(drop=True) if waiting else rows


def _without_steps(rows: pd.DataFrame) -> pd.DataFrame:
    """Give no rows the columns and types that rows with steps have."""
    texts, numbers = pd.Series([], dtype=object), pd.Series([], dtype="Int64")
    ends = {"edited_by": numbers, "resolution": texts, "resolved_by": numbers}
    return rows.assign(cells=texts, shape=texts, **ends)


def _read(
    connection: sa.Connection, table: sa.Table, names: Sequence[str], known: int | None
) -> pd.DataFrame:
    columns = table.c
    statement = sa.select(*(columns[name] for name in names)).order_by(columns[names[0]])
    if known is not None:
        statement = statement.where(columns.change_no <= known)
    found = [row for chunk in bulk_select(connection, statement) for row in chunk]
    cells = list(zip(*found, strict=True)) or [()] * len(names)
    told = {
        name: decode(column, _NUMBERS.get(name, "text"))
        for name, column in zip(names, cells, strict=True)
    }
    return pd.DataFrame(told)


def _append(
    connection: sa.Connection,
    table: sa.Table,
    names: Sequence[str],
    plain: pd.DataFrame,
    change_no: int,
) -> None:
    first = (connection.scalar(sa.select(sa.func.max(table.c[names[0]]))) or 0) + 1
    columns = [encode(plain[name], _NUMBERS.get(name, "text")).tolist() for name in names[2:]]
    count = len(plain)
    values = list(zip(range(first, first + count), [change_no] * count, *columns, strict=True))
    bulk_insert(connection, table, names, values)


def _refuse(*checks: tuple[pd.Series, str, str]) -> None:
    found: list[Fault] = []
    for mask, zh, en in checks:
        found += [(f"第 {at + 1} 行：{zh}", f"row {at + 1}: {en}") for at in mask.index[mask]]
    if found:
        raise ChangeRefusedError(count=len(found), faults=tuple(found[:SHOWN_FAULTS]))


def _is_object(text: Any) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (TypeError, ValueError):
        return False


def _are_shapes(texts: pd.Series) -> pd.Series:
    """Say which texts are geometries; nothing is fine too."""
    given = texts.notna()
    read_back = shapely.from_wkb(texts[given].to_numpy(dtype=object), on_invalid="ignore")
    good = ~given
    good[given] = ~shapely.is_missing(read_back)
    return good
