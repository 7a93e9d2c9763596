"""Blocks put together by hand, and scenarios: each saving is a row, nothing is overwritten."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import pandas as pd
import sqlalchemy as sa

from data.register import models, notes
from data.register.change import BLOCK_COLUMNS, SCENARIO_COLUMNS
from data.register.notes import Book, Check

SCENARIO_KINDS = ("saved", "withdrawn", "adopted", "released")
LONGEST_NAME = 60
YEARS = (2000, 2100)

BLOCKS = Book(
    models.saved_block,
    "saved_id",
    BLOCK_COLUMNS,
    ("name",),
    {},
    frozenset({"parcel_ids"}),
)
SCENARIOS = Book(
    models.scenario,
    "scenario_id",
    SCENARIO_COLUMNS,
    ("kind",),
    {"year": "int", "adopts": "int", "seen_version": "int"},
    frozenset({"inputs", "answer"}),
)


def write_blocks(
    connection: sa.Connection, rows: pd.DataFrame | None, moment: datetime, head: tuple[int, str]
) -> int:
    """Append versions of blocks and return their number.

    Parameters
    ----------
    rows : DataFrame or None
        ``Change.saved_blocks``.
    moment : datetime
        Aware moment of recording.
    head : tuple of int and str
        Number of the change and who makes it.

    Raises
    ------
    ChangeRefusedError
        With every fault: no name, a name twice, parcels that are no list or not on record, a
        block taken away that is not there.
    """
    if rows is None or rows.empty:
        return 0
    cells, _ = notes.cells_of(BLOCKS, rows)
    lists = [_parcels(text) for text in cells["parcel_ids"]]
    named = [ids is not None for ids in lists]
    gone = cells["parcel_ids"].isna()
    every = sorted({name for ids in lists for name in ids or ()})
    known = notes.current_parcels(connection, every)
    strange = [bool(set(ids or ()) - known) for ids in lists]
    before = newest(notes.read(connection, BLOCKS, None), "name")
    standing = before.loc[before["parcel_ids"].notna(), "name"]
    checks: tuple[Check, ...] = (
        *_name_checks(cells, cells["name"].notna()),
        (cells["name"].isna(), "name", "没有名称", "no name"),
        (~pd.Series(named) & ~gone, "parcel_ids", "不是宗地清单", "no list of parcels"),
        (strange, "parcel_ids", "有不在册的宗地", "parcels that are not on record"),
        (gone & ~cells["name"].isin(standing), "name", "没有这个连片", "no such block"),
    )
    notes.refuse([*notes.told(checks, rows), *notes.too_long(BLOCKS, cells)])
    texts = [None if ids is None else parcel_text(ids) for ids in lists]
    cells["parcel_ids"] = pd.Series(texts, index=cells.index, dtype=object)
    return notes.append(connection, BLOCKS, cells, moment, head)


def write_scenarios(
    connection: sa.Connection, rows: pd.DataFrame | None, moment: datetime, head: tuple[int, str]
) -> int:
    """Append scenarios, adoptions and what ends them, and return their number.

    Raises
    ------
    ChangeRefusedError
        With every fault: unknown kind, no name, inputs or answer that are no JSON object, a year
        out of range, an adoption of what is not saved, a plan in force taken away.
    """
    if rows is None or rows.empty:
        return 0
    cells, strange = notes.cells_of(SCENARIOS, rows)
    before = notes.read(connection, SCENARIOS, None)
    kind, year = cells["kind"], cells["year"]
    saved, dated = kind == "saved", kind.isin(["adopted", "released"])
    numbers = ~saved & ~kind.isin(["adopted"])
    checks: list[Check] = [
        (~kind.isin(SCENARIO_KINDS), "kind", "记录种类未知", "unknown kind"),
        (cells["name"].isna() & ~dated, "name", "没有名称", "no name"),
        *_name_checks(cells, saved | (kind == "withdrawn")),
        (saved & ~_objects(cells["inputs"]), "inputs", "条件不是对象", "inputs are no object"),
        (saved & ~_objects(cells["answer"]), "answer", "结果不是对象", "the answer is no object"),
        (saved & cells["rules_id"].isna(), "rules_id", "没有规则编号", "no rules"),
        (
            saved & ~cells["seen_version"].between(0, head[0] - 1).fillna(False),
            "seen_version", "所据数据版本不合理", "a version of the data out of range",
        ),
        (dated & ~year.between(*YEARS).fillna(False), "year", "年份不合理", "a year out of range"),
        (dated & year.duplicated() & year.notna(), "year", "同一年份重复", "a year twice"),
        (strange["year"] | strange["adopts"], "year", "不是整数", "no whole number"),
        (numbers & cells["adopts"].notna(), "adopts", "只有采用可以指明方案", "adopts nothing"),
        *_standing_checks(cells, before),
    ]  # fmt: skip
    notes.refuse([*notes.told(checks, rows), *notes.too_long(SCENARIOS, cells)])
    return notes.append(connection, SCENARIOS, cells, moment, head)


def _name_checks(cells: pd.DataFrame, asked: pd.Series) -> list[Check]:
    name = cells["name"]
    long = [text is not None and len(text) > LONGEST_NAME for text in name]
    twice = asked & name.notna() & name.where(asked).duplicated()
    return [
        (twice, "name", "名称重复", "a name twice"),
        (
            long, "name",
            f"名称超过 {LONGEST_NAME} 字", f"a name of more than {LONGEST_NAME} characters",
        ),
    ]  # fmt: skip


def _standing_checks(cells: pd.DataFrame, before: pd.DataFrame) -> list[Check]:
    """Hold withdrawals, adoptions and releases against what stands."""
    kind = cells["kind"]
    stands = before[before["kind"].isin(["saved", "withdrawn"])]
    stands = newest(stands, "name").query("kind == 'saved'")
    adopted = in_force(before)
    ended = cells.loc[kind == "released", "year"]
    used = adopted.loc[~adopted["year"].isin(ended), "adopts"]
    busy = before.loc[before["scenario_id"].isin(used), "name"]
    kept = before[(before["kind"] == "saved") & before["name"].isin(stands["name"])]
    gone = kind == "withdrawn"
    return [
        (gone & ~cells["name"].isin(stands["name"]), "name", "没有这个方案", "no such scenario"),
        (
            gone & cells["name"].isin(busy), "name",
            "已采用为年度计划，不能撤下", "it is a year's plan and cannot be taken away",
        ),
        (
            (kind == "adopted") & ~cells["adopts"].isin(kept["scenario_id"]).fillna(False),
            "adopts", "没有这个方案", "no such scenario",
        ),
        (
            (kind == "released") & ~cells["year"].isin(adopted["year"]).fillna(False), "year",
            "这一年没有采用方案", "no plan of that year",
        ),
    ]  # fmt: skip


def newest(rows: pd.DataFrame, by: str) -> pd.DataFrame:
    """Return the last row of each, in the order in which they were said."""
    return rows.drop_duplicates(by, keep="last")


def in_force(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the adoptions that hold, the last of each year.

    Parameters
    ----------
    rows : DataFrame
        As ``Register.read_scenarios``.
    """
    dated = newest(rows[rows["kind"].isin(["adopted", "released"])], "year")
    return dated[dated["kind"] == "adopted"]


def parcel_text(ids: Iterable[str]) -> str:
    """Return parcels as they are stored: sorted, each once.

    Examples
    --------
    >>> parcel_text(["P2", "P1", "P2"])
    '["P1","P2"]'
    """
    return json.dumps(sorted(set(ids)), ensure_ascii=False, separators=(",", ":"))


def _parcels(text: Any) -> list[str] | None:
    """Return the parcels of a stored list, None where it is none."""
    try:
        found = json.loads(text)
    except (TypeError, ValueError):
        return None
    good = isinstance(found, list) and found and all(isinstance(name, str) for name in found)
    return found if good else None


def _objects(texts: pd.Series) -> pd.Series:
    def is_object(text: Any) -> bool:
        try:
            return isinstance(json.loads(text), dict)
        except (TypeError, ValueError):
            return False

    return texts.map(is_object).astype(bool)
