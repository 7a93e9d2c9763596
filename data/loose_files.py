"""Parcels, buildings and sites straight from files, to be measured without a register."""

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

ENTITIES = {"parcels": "parcel", "buildings": "building", "sites": "site"}


def read_loose(
    path: Path | str,
    *,
    as_layer: str,
    crs: Any = None,
    encoding: str | None = None,
    layer: str | None = None,
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Read parcels, buildings or sites for a measure; nothing is recorded.

    Parameters
    ----------
    path : Path or str
        Map file.
    as_layer : str
        ``parcels``, ``buildings`` or ``sites``.
    crs, encoding, layer : optional
        As `gis.io.read`.

    Returns
    -------
    GeoDataFrame
        EPSG:4549 under the keys of the field dictionary, with ``row`` (number in the file, from
        1). Parcels are indexed by ``parcel_id``, sites by ``site_id`` (else by ``parcel_id``):
        rows without one, or with one that came before, are left out. Geometry is not checked here:
        the measures do and list what they leave out.
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
    key = _key(as_layer, columns)
    if key is not None:
        require_key(columns, key, path.name, cells)
    values = _facts(cells, columns, log) if key is None else _typed(cells, columns, log)
    values["row"] = values.index
    loose = gpd.GeoDataFrame(values, geometry=frame.geometry.to_numpy(), crs=frame.crs)
    if as_layer == "sites" and key == "parcel_id":
        loose = loose.assign(site_id=loose["parcel_id"])
        key = "site_id"
    return (loose if key is None else _by_id(loose, key, log)), log.frame()


def _key(as_layer: str, columns: list[Column]) -> str | None:
    """Return the field that names the rows, None where nothing needs to."""
    if as_layer == "buildings":
        return None
    named = {column.field.key for column in columns}
    if as_layer == "sites" and ("site_id" in named or "parcel_id" not in named):
        return "site_id"
    return "parcel_id"


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


def _by_id(frame: gpd.GeoDataFrame, key: str, log: IssueLog) -> gpd.GeoDataFrame:
    missing = frame[key].isna()
    kind = "id_missing" if key == "parcel_id" else "number_missing"
    log.add(kind, frame.index[missing], field_key=key)
    twice = ~missing & frame[key].duplicated()
    log.add("id_duplicate", frame.index[twice], values=frame.loc[twice, key])
    kept = frame.loc[~missing & ~twice]
    return (
        kept.set_index(pd.Index(kept[key].astype(object), name=key)).drop(columns=key).sort_index()
    )
