"""Parcels straight from a map file or a ledger, for measures that need no geometry."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from data.intake_columns import map_columns
from data.intake_files import Reading, hand_over
from data.intake_issues import IssueLog
from data.intake_parcels import require_key, typed_columns
from gis.area import ellipsoidal_area_m2


def read_ledger(
    path: Path | str, *, crs: Any = None, encoding: str | None = None, layer: str | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read parcels from a map file or a table; nothing is recorded.

    Parameters
    ----------
    path : Path or str
        Map file, .csv or .xlsx.
    crs, encoding, layer : optional
        As `gis.io.read`; ``layer`` is the sheet of a workbook.

    Returns
    -------
    DataFrame
        Indexed by ``parcel_id`` in its order, columns by the keys of the dictionary, without
        geometry; ``geometry_area_m2`` (m²) where the file has geometry. Rows without identifier,
        or with one that came before, are left out and listed.
    DataFrame
        Issues as the register's door lists them.

    Raises
    ------
    UserError
        If the file as a whole cannot be used; one sentence.
    """
    path = Path(path)
    log = IssueLog(path.name, "parcels")
    reading = Reading(crs=crs, encoding=encoding, layer=layer)
    handed = hand_over(path, entity="parcel", reading=reading, log=log)
    cells = handed.cells
    columns = map_columns([str(name) for name in cells.columns], "parcel", mapping=None, log=log)
    require_key(columns, "parcel_id", path.name, cells)
    values, _ = typed_columns(cells, columns, log)
    if isinstance(handed.frame, gpd.GeoDataFrame):
        values["geometry_area_m2"] = ellipsoidal_area_m2(handed.frame.geometry)
    missing = values["parcel_id"].isna()
    log.add("id_missing", values.index[missing], field_key="parcel_id")
    twice = ~missing & values["parcel_id"].duplicated()
    log.add("id_duplicate", values.index[twice], values=values.loc[twice, "parcel_id"])
    kept = values.loc[~missing & ~twice]
    index = pd.Index(kept["parcel_id"].astype(object), name="parcel_id")
    return kept.set_index(index).drop(columns="parcel_id").sort_index(), log.frame()
