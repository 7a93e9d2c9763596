"""Parcels and buildings straight from files, to be measured without a register."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from data.intake_columns import Column, map_columns
from data.intake_issues import IssueLog
from data.intake_parcels import require_key, typed_columns
from gis.errors import FileEmptyError
from gis.io import read

ENTITIES = {"parcels": "parcel", "buildings": "building"}


def read_loose(
    path: Path | str,
    *,
    as_layer: str,
    crs: Any = None,
    encoding: str | None = None,
    layer: str | None = None,
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Read parcels or buildings for a measure; nothing is recorded.

    Parameters
    ----------
    path : Path or str
        Map file.
    as_layer : str
        ``parcels`` or ``buildings``.
    crs, encoding, layer : optional
        As `gis.io.read`.

    Returns
    -------
    GeoDataFrame
        EPSG:4549 under the keys of the field dictionary, with ``row`` (number in the file, from
        1). Parcels are indexed by ``parcel_id``: rows without one, or with one that came before,
        are left out. Geometry is not checked here: the measures do and list what they leave out.
    DataFrame
        Issues as the register's door lists them.

    Raises
    ------
    UserError
        If the file as a whole cannot be used; one sentence.
    """
    path = Path(path)
    log = IssueLog(path.name, as_layer)
    frame = read(path, layer=layer, crs=crs, encoding=encoding, metric=True)
    if frame.empty:
        raise FileEmptyError(file=path.name)
    frame.index = pd.RangeIndex(1, len(frame) + 1, name="row")
    cells = pd.DataFrame(frame.drop(columns=frame.geometry.name))
    entity = ENTITIES[as_layer]
    columns = map_columns([str(name) for name in cells.columns], entity, mapping=None, log=log)
    if as_layer == "parcels":
        require_key(columns, "parcel_id", path.name, cells)
    values = _typed(cells, columns, log) if as_layer == "parcels" else _facts(cells, columns, log)
    values["row"] = values.index
    loose = gpd.GeoDataFrame(values, geometry=frame.geometry.to_numpy(), crs=frame.crs)
    return (_by_parcel(loose, log) if as_layer == "parcels" else loose), log.frame()


def _typed(cells: pd.DataFrame, columns: list[Column], log: IssueLog) -> pd.DataFrame:
    return typed_columns(cells, columns, log)[0]


def _facts(cells: pd.DataFrame, columns: list[Column], log: IssueLog) -> pd.DataFrame:
    """Type the facts that are measured; of text only the building's ID is kept, as it is."""
    text = {column.field.key: column for column in columns if column.field.type == "text"}
    facts = [column for column in columns if column.field.key not in text]
    values = _typed(cells, facts, log)
    if "building_id" in text:
        values["building_id"] = cells[text["building_id"].source]
    return values


def _by_parcel(frame: gpd.GeoDataFrame, log: IssueLog) -> gpd.GeoDataFrame:
    missing = frame["parcel_id"].isna()
    log.add("id_missing", frame.index[missing], field_key="parcel_id")
    twice = ~missing & frame["parcel_id"].duplicated()
    log.add("id_duplicate", frame.index[twice], values=frame.loc[twice, "parcel_id"])
    kept = frame.loc[~missing & ~twice]
    return (
        kept.set_index(pd.Index(kept["parcel_id"].astype(object), name="parcel_id"))
        .drop(columns="parcel_id")
        .sort_index()
    )
