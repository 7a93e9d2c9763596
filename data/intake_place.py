"""What a refusal of coordinates can point to, and coordinates that are fit for display only."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from data.intake_county import FarFromCountyError, county_of
from data.intake_files import Handed, Reading
from data.intake_issues import IssueLog
from gis.datum import SHIFTS
from gis.errors import (
    CoordinatesMisplacedError,
    CoordinatesNotMetresError,
    CoordinatesOutOfRangeError,
    CrsMissingError,
    UserError,
)
from gis.io import PlaceReport, place_evidence
from gis.outline import read_outline

SOURCE = "geometry_source"
"""Field that says of a parcel's shape that it is no survey."""

_OF_THE_PLACE = (
    CrsMissingError,
    CoordinatesMisplacedError,
    CoordinatesNotMetresError,
    CoordinatesOutOfRangeError,
    FarFromCountyError,
)


def evidence(path: Path | str, register: Any, *, as_layer: str, reading: Reading) -> PlaceReport:
    """Say where a file would fall in each system it may be in, held against the county.

    Parameters
    ----------
    path : Path or str
        Map file.
    register : RegisterReader or None
        Its outline is the county; without one, the outline that comes with the program.
    as_layer : str
        What the file would be imported as.
    reading : Reading
        Layer, encoding and what is said of the coordinates.

    Raises
    ------
    GisError
        If the file cannot be read at all.
    """
    county: shapely.Geometry | None = None
    if register is not None:
        county = county_of(register, as_layer)
    return place_evidence(
        path,
        reading.layer,
        county=read_outline().geometry if county is None else county,
        crs=reading.crs,
        encoding=reading.encoding,
    )


@contextmanager
def pointing(path: Path, register: Any, *, as_layer: str, reading: Reading) -> Iterator[None]:
    """Add to a refusal of coordinates which systems would put the file into the county."""
    try:
        yield
    except _OF_THE_PLACE as refusal:
        try:
            found = evidence(path, register, as_layer=as_layer, reading=reading)
        except UserError:
            found = None
        if found is not None and found.proposals:
            refusal.hint = found.sentence
        raise


def flag_shifted(handed: Handed, log: IssueLog) -> None:
    """Log every row whose coordinates were taken back from the shifted system of a web map.

    The remark of the log goes with the change and the layer for ever.
    """
    if handed.shifted is not None:
        name = SHIFTS[handed.shifted]
        rows = handed.frame.index
        log.add("display_only", rows, values=[name] * len(rows), field_key="geometry")
        log.remark = f"（坐标由 {name} 反算，仅供显示）"


def with_sources(
    changed: gpd.GeoDataFrame | None,
    frame: gpd.GeoDataFrame,
    recorded: pd.DataFrame,
    *,
    reshaped: Collection[str],
    shifted: str | None,
) -> gpd.GeoDataFrame | None:
    """Add to the rows of a change where their shapes come from.

    A new shape has the source of its file (none: a survey), one that stays keeps its own.

    Parameters
    ----------
    changed : GeoDataFrame or None
        New and changed rows.
    frame : GeoDataFrame
        All parcels of the file; a column ``geometry_source`` of its own counts first.
    recorded : DataFrame
        Current parcels, with ``geometry_source``.
    reshaped : collection of str
        Parcels of which the shape changes.
    shifted : str or None
        As `data.intake_files.Handed`.
    """
    old = recorded[SOURCE]
    if changed is None or (shifted is None and SOURCE not in frame and old.isna().all()):
        return changed
    ids = changed.index
    kept = old.reindex(ids).astype(object)
    fresh = ~ids.isin(recorded.index) | ids.isin(list(reshaped))
    found = kept.mask(fresh, shifted)
    if SOURCE in frame:
        own = frame[SOURCE].reindex(ids).astype(object)
        found = own.where(own.notna(), found)
    return changed.assign(**{SOURCE: found.where(found.notna(), None)})
