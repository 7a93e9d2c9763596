"""The chosen layer or sheet of a draft as it is read: its first rows, samples and shapes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd

from data.intake_columns import knows
from data.intake_files import Reading, hand_over
from data.intake_issues import IssueLog
from gis.archives import opened
from gis.errors import UserError
from gis.formats import RASTER_SUFFIXES, TABLE_SUFFIXES
from gis.io import read_table
from gis.io.reading import read_raw
from gis.watch import step
from ui import overlays

if TYPE_CHECKING:
    from ui.intake import Chosen

SHOWN_ROWS = 60
"""Rows of the file that are shown as they are read."""
SAMPLES = 3
"""Different values of a column that are shown beside its heading."""


@dataclass(frozen=True)
class Preview:
    """The chosen layer or sheet as it is read.

    Attributes
    ----------
    rows : int
        Rows without subtotals.
    head : DataFrame
        The first rows as text, under the headings found.
    samples : mapping of str to tuple of str
        Heading → some of its different values.
    shapes : GeoSeries or None
        Shapes in EPSG:4490 by row number, of a large file some; None for a table, or as long as
        it cannot be placed.
    header_rows : tuple of int or None
        First and last row of a table's header.
    skipped : tuple of int
        Rows of subtotals that were left out.
    problem : UserError or None
        Why it cannot be read as it is chosen; the rest then shows what can be seen regardless.
    """

    rows: int
    head: pd.DataFrame
    samples: Mapping[str, tuple[str, ...]]
    shapes: gpd.GeoSeries | None = None
    header_rows: tuple[int, int] | None = None
    skipped: tuple[int, ...] = ()
    problem: UserError | None = None


def read_preview(path: Path, wanted: Chosen) -> Preview:
    """Read the chosen layer or sheet; what can be seen of it where it cannot be read."""
    step("read")
    if path.suffix.lower() in RASTER_SUFFIXES:
        return Preview(0, pd.DataFrame(), {})
    log = IssueLog(path.name, wanted.as_layer)
    reading = Reading(wanted.crs, wanted.encoding, wanted.part, wanted.mapping, wanted.header_rows)
    try:
        handed = hand_over(
            path, entity=wanted.entity, reading=reading, log=log, shapes=wanted.shapes
        )
    except UserError as problem:
        return _raw(path, wanted, problem)
    notes = log.frame()
    skipped = notes.loc[notes["kind"] == "subtotal_skipped", "row"].dropna()
    drawn = handed.frame.geometry if isinstance(handed.frame, gpd.GeoDataFrame) else None
    shapes = None if drawn is None else overlays.some_shapes(drawn, overlays.MOST_SHAPES)
    return Preview(
        len(handed.frame),
        _as_text(handed.cells.head(SHOWN_ROWS)),
        _samples(handed.cells),
        shapes,
        handed.frame.attrs.get("header_rows"),
        tuple(int(row) for row in skipped),
    )


def _raw(path: Path, wanted: Chosen, problem: UserError) -> Preview:
    """Show what can be seen of a file that cannot be placed or read."""
    nothing = Preview(0, pd.DataFrame(), {}, problem=problem)
    try:
        if path.suffix.lower() in TABLE_SUFFIXES:  # its coordinates have no system yet
            sheet = None if path.suffix.lower() == ".csv" else wanted.part
            known = None if wanted.entity is None else knows(wanted.entity, wanted.mapping)
            rows = wanted.header_rows
            cells = read_table(
                path, sheet=sheet, header_rows=rows, encoding=wanted.encoding, known=known
            )
            return replace(
                nothing,
                rows=len(cells),
                head=_as_text(cells.head(SHOWN_ROWS)),
                samples=_samples(cells),
            )
        with opened(path, layer=wanted.part) as (source, rest):
            raw, _ = read_raw(source, rest, wanted.encoding)
    except UserError:
        return nothing
    cells = pd.DataFrame(raw.drop(columns=raw.geometry.name))
    cells.index = pd.RangeIndex(1, len(cells) + 1)
    return replace(
        nothing, rows=len(raw), head=_as_text(cells.head(SHOWN_ROWS)), samples=_samples(cells)
    )


def _as_text(frame: pd.DataFrame) -> pd.DataFrame:
    """Return cells as they would be read aloud; a column of mixed types breaks the grid."""
    shown = {
        str(name): [None if _unknown(cell) else _text(cell) for cell in frame[name]]
        for name in frame.columns
    }
    return pd.DataFrame(shown, index=frame.index, dtype=object)


def _unknown(cell: Any) -> bool:
    found = pd.isna(cell)
    return bool(found) if isinstance(found, bool | np.bool_) else False


def _text(cell: Any) -> str:
    if isinstance(cell, pd.Timestamp) and cell == cell.normalize():
        return str(cell.date())
    return str(cell)[:200]


def _samples(cells: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    top = cells.head(2_000)
    found = {name: top[name].dropna().astype(object).unique()[:SAMPLES] for name in cells.columns}
    return {str(name): tuple(_text(cell) for cell in values) for name, values in found.items()}
