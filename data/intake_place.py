"""What a refusal of coordinates can point to, and coordinates that are fit for display only."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import geopandas as gpd
import shapely

from data.intake_county import FarFromCountyError, county_of
from data.intake_files import Reading
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


def flag_shifted(frame: gpd.GeoDataFrame, log: IssueLog) -> None:
    """Log every row whose coordinates were taken back from the shifted system of a web map.

    The remark of the log goes with the change and the layer for ever.
    """
    shift = frame.attrs.get("shifted")
    if shift is not None:
        names = [SHIFTS[shift]] * len(frame)
        log.add("display_only", frame.index, values=names, field_key="geometry")
        log.remark = f"（坐标由 {SHIFTS[shift]} 反算，仅供显示）"
