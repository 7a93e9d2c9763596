"""What the person at the desk decides about an import: repairs, vanished parcels, lineage."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd

from data.difference import Difference
from data.errors import DataError
from data.intake_geometry import Repairs

ABSENT = "absent_since"
"""The field that marks a parcel which the newest map file no longer holds."""

Pairs = Collection[tuple[str, str]] | Literal["all"]


class LineageUnknownError(DataError):
    """A split or merger was accepted that the shapes do not suggest."""

    zh = "没有发现这样的分割或合并：{pairs}。只能接受“沿革建议”中列出的母宗和子宗。"
    en = (
        "No such split or merger was found: {pairs}. Only pairs of parent and child that are "
        "suggested can be accepted."
    )


class MarkNeedsMapError(DataError):
    """Vanished parcels were to be marked by a table."""

    zh = "表格 {file} 没有图形，不能据此标记“图上消失”的宗地：请用图形文件，或不加标记。"
    en = (
        "Table {file} has no geometry; parcels cannot be marked as vanished by it: "
        "use a map file, or mark nothing."
    )


@dataclass(frozen=True)
class Decisions:
    """What was decided before an import; by default nothing is repaired, marked or retired.

    Attributes
    ----------
    repairs : collection of int or "all"
        Rows whose proposed repair is accepted.
    vanished : {"keep", "mark"}
        Parcels of the file's towns that the file no longer holds stay as they are, or are marked
        with the day (``absent_since``). They are never deleted.
    lineage : collection of (parent, child) or "all"
        Suggested pairs that are accepted: a parent that is not in the file is retired, and what
        happened on its land is carried over.
    """

    repairs: Repairs = ()
    vanished: Literal["keep", "mark"] = "keep"
    lineage: Pairs = ()


def accepted_lineage(found: Difference, wanted: Pairs) -> pd.DataFrame:
    """Return the accepted pairs with the columns of ``Difference.candidates``.

    Raises
    ------
    LineageUnknownError
        If a pair is not among the candidates.
    """
    table = found.candidates
    if wanted == "all":
        return table
    pairs = {(str(parent), str(child)) for parent, child in wanted}
    suggested = list(zip(table["parent_id"], table["child_id"], strict=True))
    strange = sorted(pairs - set(suggested))
    if strange:
        told = "、".join(f"{parent} → {child}" for parent, child in strange[:5])
        raise LineageUnknownError(pairs=told)
    return table[np.array([pair in pairs for pair in suggested], dtype=bool)]


def retired(lineage: pd.DataFrame) -> tuple[str, ...]:
    """Return the parents that leave the register, sorted."""
    gone = lineage.loc[~lineage["parent_stays"].astype(bool), "parent_id"]
    return tuple(sorted(set(gone)))


def vanished_here(
    frame: pd.DataFrame, recorded: pd.DataFrame, vanished: Collection[str]
) -> tuple[str, ...]:
    """Return the vanished parcels of the towns that the file speaks of; all if it names none.

    Examples
    --------
    >>> file = pd.DataFrame({"town": ["塘下镇"]}, index=["P1"])
    >>> known = pd.DataFrame({"town": ["塘下镇", "塘下镇", "马屿镇"]}, index=["P1", "P2", "P3"])
    >>> vanished_here(file, known, ["P2", "P3"])
    ('P2',)
    """
    of = recorded["town"] if "town" in recorded else pd.Series(dtype=object)
    if not len(vanished):
        return ()
    towns = set(of.reindex(frame.index).dropna().unique())
    towns |= set(frame["town"].dropna().unique()) if "town" in frame else set()
    gone = of.reindex(sorted(vanished))
    return tuple(gone.index[gone.isin(list(towns)) | gone.isna()] if towns else gone.index)


def with_marks(
    changed: pd.DataFrame | None,
    frame: gpd.GeoDataFrame,
    recorded: pd.DataFrame,
    *,
    absent: Collection[str],
    today: date,
) -> pd.DataFrame | None:
    """Add to the rows of a change the marks of parcels that vanished, or came back.

    Parameters
    ----------
    changed : DataFrame or None
        New and changed rows.
    frame : GeoDataFrame
        All parcels of the file.
    recorded : DataFrame
        Current parcels with ``absent_since`` and the columns of ``frame``.
    absent : collection of str
        Parcels to be marked; those that are marked already keep their day.
    today : date
        What the mark says.
    """
    since = recorded[ABSENT] if ABSENT in recorded else pd.Series(pd.NaT, index=recorded.index)
    back = frame.index[since.reindex(frame.index).notna().to_numpy()]
    gone = pd.Index(sorted(absent), dtype=object)
    gone = gone[since.reindex(gone).isna().to_numpy()]
    if not len(back) and not len(gone):
        return changed
    columns = list(frame.columns)
    there = pd.Index([]) if changed is None else changed.index
    kept = recorded.loc[gone.append(back.difference(there)), columns]
    parts = [part for part in (changed, kept) if part is not None and len(part)]
    rows = pd.concat(parts).sort_index()
    day = pd.Series(pd.NaT, index=rows.index, dtype="datetime64[ns]")
    day[gone] = pd.Timestamp(today)
    return gpd.GeoDataFrame(rows.assign(**{ABSENT: day}), geometry="geometry", crs=4490)
