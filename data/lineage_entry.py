"""The door of splits and mergers: which parcels came from which, whole or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, Protocol

import numpy as np
import pandas as pd
import shapely

from data.errors import DataError
from data.event_entry import Recording
from data.intake_columns import KeyColumnMissingError
from data.intake_files import file_sha256
from data.intake_values import plain_text
from data.register.change import Change
from data.schema import normal_heading
from gis.errors import FileEmptyError, Words
from gis.io import read_table

LEAST_SHARE = 0.01
"""A child holds at least this share of its own land in the parent; less is a wrong number."""
SHOWN_FAULTS = 10

_HEADINGS = {
    "parent_id": ("parent_id", "母宗编号", "原宗地编号", "母宗"),
    "child_id": ("child_id", "子宗编号", "新宗地编号", "子宗"),
}


class LineageRefusedError(DataError):
    """Splits and mergers that cannot be recorded; nothing was written."""

    zh: ClassVar[str] = "分割合并未登记，共 {count} 处问题：{faults}。改正后请整批重报。"
    en: ClassVar[str] = (
        "No split or merger was recorded: {count} faults: {faults}. Mend them and send all again."
    )


class ParcelReader(Protocol):
    """What the door asks of a register."""

    def read_parcels(self, as_of: Any = None, *, columns: Any = None, geometry: bool = True) -> Any:
        """Return the current parcels by ``parcel_id``."""


def read_lineage(path: Path | str) -> pd.DataFrame:
    """Read a table of two columns, the parcel before and the parcel after.

    Returns
    -------
    DataFrame
        ``parent_id`` and ``child_id`` (None where empty), numbered as the rows of the file.

    Raises
    ------
    UserError
        If it is no table, is empty, or lacks a column.
    """
    path = Path(path)
    known = {normal_heading(name): key for key, names in _HEADINGS.items() for name in names}
    cells = read_table(path, known=lambda text: normal_heading(text) in known)
    if cells.empty:
        raise FileEmptyError(file=path.name)
    found = {known.get(normal_heading(str(name))): name for name in cells.columns}
    for key, names in _HEADINGS.items():
        if key not in found:
            columns = "、".join(map(str, cells.columns))
            raise KeyColumnMissingError(file=path.name, label=names[1], columns=columns)
    return pd.DataFrame({key: plain_text(cells[found[key]]) for key in _HEADINGS})


def prepare_lineage(register: ParcelReader, pairs: pd.DataFrame, *, recording: Recording) -> Change:
    """Return the change that retires the parents in favour of their children.

    The children are on record already (imported with their shapes). What happened on the parents
    is then carried over by overlap.

    Raises
    ------
    LineageRefusedError
        With every row that names an unknown parcel, itself, a pair twice, a child that is a
        parent too, or a child that does not lie on its parent.
    """
    parcels = register.read_parcels(columns=["geometry_area_m2"])
    before = parcels.index.get_indexer(pd.Index(pairs["parent_id"]))
    after = parcels.index.get_indexer(pd.Index(pairs["child_id"]))
    known = (before >= 0) & (after >= 0)
    shape = parcels.geometry.to_numpy()
    child = shapely.make_valid(shape[after])
    common = shapely.area(shapely.intersection(shapely.make_valid(shape[before]), child))
    apart = known & (common < LEAST_SHARE * shapely.area(child))
    checks = (
        (before < 0, "母宗不在册", "no such current parent"),
        (after < 0, "子宗不在册，请先导入其图形", "no such current child: import its shape first"),
        (known & (before == after), "母宗与子宗相同", "parent and child are the same"),
        (pairs.duplicated().to_numpy(), "与前面的行重复", "repeats an earlier row"),
        (
            known & (before != after) & pairs["child_id"].isin(pairs["parent_id"]).to_numpy(),
            "子宗同时又是母宗，请分两次登记",
            "the child is a parent too: record them one after the other",
        ),
        (apart, "子宗不在母宗的范围内", "the child does not lie on the parent"),
    )
    faults = [
        (row, Words(f"第 {row} 行：{zh}", f"row {row}: {en}"))
        for mask, zh, en in checks
        for row in pairs.index[np.asarray(mask, dtype=bool)]
    ]
    if faults:
        told = [words for _, words in sorted(faults, key=lambda fault: int(fault[0]))]
        shown = told[:SHOWN_FAULTS]
        joined = Words("；".join(shown), "; ".join(words.en for words in shown))
        raise LineageRefusedError(count=len(told), faults=joined)
    source = recording.source
    return Change(
        kind="lineage",
        who=recording.who,
        why=recording.why,
        recorded_at=recording.recorded_at,
        source_name=None if source is None else source.name,
        source_sha256=None if source is None else file_sha256(source),
        removed=tuple(sorted(set(pairs["parent_id"]))),
        lineage=pairs.reset_index(drop=True),
    )
