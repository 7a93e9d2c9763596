"""Rows that are kept out but could be mended: put aside whole, so that nothing is lost."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from data.intake_columns import map_columns, unit_in
from data.intake_files import Handed
from data.intake_issues import IssueLog
from data.intake_place import SOURCE
from data.intake_values import BLANKS, plain_text
from data.register.change import QUARANTINE_COLUMNS
from data.register.quarantine import SUPERSEDED

ENTITY_OF: Mapping[str, str] = {"parcels": "parcel", "events": "event"}
"""Layers whose rows can wait; any other layer is replaced whole by its next file."""

IDENTITY: Mapping[str, tuple[str, ...]] = {
    "parcels": (
        "parcel_id", "unit_no", "cert_no", "contract_no", "supervision_no", "owner_uscc", "owner",
        "parcel_name",
    ),
    "events": ("parcel_id", "reverses"),
}  # fmt: skip
"""Fields of which one is enough to find out what a row is about."""

_NUMBER = r"[+-]?(?:\d[\d,]*\.?\d*|\.\d+)"
_EXACT = 2**53


@dataclass(frozen=True)
class SetAside:
    """Rows of one file that wait for mending.

    Attributes
    ----------
    rows : Series of bool
        By row number: every row that waits.
    ids : tuple of str
        Parcels that these rows name.
    fresh : DataFrame or None
        Those that do not wait already, for ``Change.quarantine``.
    """

    rows: pd.Series
    ids: tuple[str, ...] = ()
    fresh: pd.DataFrame | None = None


def set_aside(
    handed: Handed,
    kept_out: pd.Series,
    waiting: pd.DataFrame,
    *,
    mapping: Mapping[str, str] | None,
    log: IssueLog,
) -> SetAside:
    """Tell the rows that could be mended from those that are empty or repeat another.

    Parameters
    ----------
    handed : Handed
        Rows as read.
    kept_out : Series of bool
        Rows that do not enter; each has exactly one record in ``log`` that says why.
    waiting : DataFrame
        Rows that wait already, as `Register.read_quarantine` returns them.
    mapping : mapping, optional
        As in `map_columns`.
    log : IssueLog
        The records of rows put aside become ``quarantined``.
    """
    quarantined = pd.Series(False, index=kept_out.index)
    if log.layer not in ENTITY_OF or not kept_out.any():
        return SetAside(quarantined)
    rows = kept_out.index[kept_out]
    shapes = _shapes(handed, rows)
    cells = _plain_cells(handed.cells.loc[rows], log, mapping)
    if handed.shifted is not None:  # told for ever, also of a shape that enters later
        cells[SOURCE] = handed.shifted
    known = [key for key in IDENTITY[log.layer] if key in cells]
    mendable = cells[known].notna().any(axis=1) | _drawn(shapes)
    kinds = log.kept_out().set_index("row")["kind"].reindex(rows)
    mendable &= kinds.ne("event_duplicate")
    twice = kinds.eq("id_duplicate")
    if twice.any():
        mendable &= ~(twice & _repeats(handed, rows, log.ids))
    quarantined.loc[rows] = mendable
    log.set_aside(rows[mendable])
    frame = _frame(cells[mendable], shapes[mendable], kinds[mendable], log)
    fresh = frame.loc[~_keys(frame).isin(_keys(waiting[waiting["layer"] == log.layer]))]
    ids = tuple(frame["row_id"].dropna())
    return SetAside(quarantined, ids, None if fresh.empty else fresh.reset_index(drop=True))


def superseded(
    waiting: pd.DataFrame,
    *,
    spatial: bool,
    entered: Mapping[str, tuple[str, ...]],
    aside: SetAside,
    layer: str,
) -> pd.DataFrame | None:
    """Return steps for waiting rows whose parcel has now come in a later file of the same kind.

    Parameters
    ----------
    waiting : DataFrame
        As `Register.read_quarantine` returns it.
    spatial : bool
        Whether the file has geometries; a ledger does not answer for a shape, nor the other way.
    entered : mapping
        Identifiers of the rows taken in: ``new``, ``changed``, ``unchanged``.
    aside : SetAside
        Rows of this file that wait themselves.
    """
    mine = waiting[waiting["layer"].eq(layer) & waiting["row_id"].notna()]
    if mine.empty or layer != "parcels":
        return None
    drawn = mine["shape"].notna() | mine["kinds"].str.contains("geometry_", regex=False)
    wanted = set(mine["row_id"]) - {*aside.ids}
    there = [
        i for kind in ("new", "changed", "unchanged") for i in wanted.intersection(entered[kind])
    ]
    mine = mine[drawn.eq(spatial) & mine["row_id"].isin(there)]
    if mine.empty:
        return None
    numbers = mine["quarantine_id"].to_numpy()
    return pd.DataFrame({"quarantine_id": numbers, "action": SUPERSEDED})


def _shapes(handed: Handed, rows: pd.Index) -> pd.Series:
    if not isinstance(handed.frame, gpd.GeoDataFrame):
        return pd.Series([None] * len(rows), index=rows, dtype=object)
    return pd.Series(handed.frame.geometry.loc[rows].to_numpy(), index=rows, dtype=object)


def _drawn(shapes: pd.Series) -> np.ndarray:
    values = shapes.to_numpy(dtype=object)
    return np.asarray(~(shapely.is_missing(values) | shapely.is_empty(values)))


def _plain_cells(
    cells: pd.DataFrame, log: IssueLog, mapping: Mapping[str, str] | None
) -> pd.DataFrame:
    """Write cells as text under the key of their field, numbers with the unit of the heading."""
    quiet = IssueLog(log.file, log.layer)
    names = [str(name) for name in cells.columns]
    columns = map_columns(names, ENTITY_OF[log.layer], mapping=mapping, log=quiet)
    known = {column.source: column.field.key for column in columns}
    numeric = {c.source for c in columns if c.field.type in ("float", "int")}
    told: dict[str, pd.Series] = {}
    for name in names:
        texts = _as_text(cells[name])
        unit = unit_in(name) if name in numeric else None
        if unit:
            bare = texts.str.fullmatch(_NUMBER).fillna(False).astype(bool)
            texts = texts.mask(bare, texts + unit)
        told[known.get(name, name)] = texts
    return pd.DataFrame(told, index=cells.index)


def _as_text(cells: pd.Series) -> pd.Series:
    """Return cells as text; a number that lost its last digits must not look whole."""
    floats = cells.map(lambda cell: isinstance(cell, float) and abs(cell) >= _EXACT)
    texts = plain_text(cells.where(~floats.astype(bool), None))
    long = cells[floats.astype(bool)].map(lambda cell: f"{cell:.15E}")
    texts = texts.mask(texts.astype("str").str.lower().isin(BLANKS), None).astype(object)
    texts.loc[long.index] = long
    return texts.where(texts.notna(), None)


def _repeats(handed: Handed, rows: pd.Index, ids: pd.Series | None) -> np.ndarray:
    """Say which rows say and show exactly what an earlier row of the same identifier does."""
    like = handed.frame.index if ids is None else ids.index[ids.isin(list(ids.loc[rows].dropna()))]
    cells = handed.cells.loc[like]
    plain = cells.astype(object).where(cells.notna(), None).astype("str")
    if isinstance(handed.frame, gpd.GeoDataFrame):
        shapes = handed.frame.geometry.loc[like]
        plain = plain.assign(_shape=shapes.to_wkb(hex=True).astype("str"))
    return plain.duplicated().reindex(rows, fill_value=False).to_numpy(dtype=bool)


def _frame(cells: pd.DataFrame, shapes: pd.Series, kinds: pd.Series, log: IssueLog) -> pd.DataFrame:
    ids = cells.get("parcel_id", pd.Series(None, index=cells.index, dtype=object))
    wkb = shapely.to_wkb(shapes.to_numpy(dtype=object), hex=True)
    frame = {
        "file": log.file,
        "sheet": log.sheet,
        "layer": log.layer,
        "row": pd.array(cells.index.to_numpy(dtype="int64"), dtype="Int64"),
        "row_id": ids.to_numpy(dtype=object),
        "kinds": kinds.to_numpy(dtype=object),
        "cells": [as_json(row) for row in cells.to_dict(orient="records")],
        "shape": wkb,
    }
    return pd.DataFrame(frame, columns=list(QUARANTINE_COLUMNS), index=cells.index)


def as_json(cells: Mapping[Any, Any]) -> str:
    """Return the filled cells of a row as a JSON object.

    Examples
    --------
    >>> as_json({"owner": "甲厂", "town": None})
    '{"owner": "甲厂"}'
    """
    filled = {str(key): value for key, value in cells.items() if isinstance(value, str)}
    return json.dumps(filled, ensure_ascii=False)


def _keys(rows: pd.DataFrame) -> pd.Series:
    """Make what a row says and shows comparable, wherever it was read from."""
    columns = rows.reindex(columns=["kinds", "cells", "shape"])
    plain = columns.astype(object).where(columns.notna(), "").astype("str")
    return plain["kinds"] + "|" + plain["cells"] + "|" + plain["shape"]
