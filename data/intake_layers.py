"""Reference layers at the door: towns, parks, buildings, lines of planning, rasters."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from data import projects
from data.errors import DataError
from data.intake_columns import map_columns
from data.intake_files import Handed
from data.intake_issues import IssueLog
from data.intake_parcels import Placed, require_key, typed_columns
from data.intake_spatial import SHAPES, reject_geometry, wrong_shape
from data.intake_values import plain_text
from data.layers import bringing, drawn_as
from data.ledger_rules import LEDGER_LAYERS
from data.register.change import LayerFile
from gis.raster import check_raster

ENTITIES: Mapping[str, str] = {
    "towns": "town",
    "parks": "park",
    "buildings": "building",
    "firms": "firm",
    "firm_parcels": "firm_parcel",
    "ledger_jx": "ledger",
    "ledger_zg": "ledger",
    "projects": "project",
    "chemical_parks": "constraint",
    "contaminated": "constraint",
    "flood": "constraint",
}
"""Reference layers whose columns the field dictionary names."""

RASTERS = bringing("raster")
SHAPE_OF: Mapping[str, str] = {
    **dict.fromkeys(bringing("polygons"), "polygon"),
    **dict.fromkeys(bringing("shapes") & {*drawn_as("line")}, "line"),
    **dict.fromkeys(bringing("shapes") & {*drawn_as("point")}, "point"),
    **dict.fromkeys(bringing("shapes") & {*drawn_as("area")}, "polygon_or_line"),
    **dict.fromkeys(("ports", "rail_stations"), "point"),
}
"""The kind of geometry of each map layer, a key of `SHAPES`."""

KEYS: Mapping[str, tuple[str, ...]] = {
    "towns": ("town",),
    "parks": ("park",),
    "firms": ("owner_uscc",),
    "firm_parcels": ("owner_uscc", "parcel_id"),
    "ledger_jx": ("owner",),
    "ledger_zg": ("owner",),
    "projects": ("project_id",),
}
"""Columns without which a file cannot be that layer."""


class LayerShapeError(DataError):
    """A file whose geometries are all of another kind than the layer's."""

    zh = (
        "文件 {file} 不能作为图层 {layer}：图形应为{wanted}，文件里没有一个是。"
        "没有替换任何内容，请核对文件和 --as。"
    )
    en = (
        "File {file} cannot be layer {layer}: {wanted} are wanted, and it holds none. "
        "Nothing was replaced; check the file and --as."
    )


def place_layer(
    handed: Handed,
    recorded: pd.DataFrame | None,
    *,
    name: str,
    mapping: Mapping[str, str] | None,
    log: IssueLog,
) -> Placed:
    """Check the rows of a reference layer; known columns get their field's name and type.

    Parameters
    ----------
    handed : Handed
        Rows as read.
    recorded : DataFrame, optional
        The layer as it stands; rows equal to one of its rows are unchanged.
    name : str
        Name of the layer.
    mapping : mapping, optional
        As in `map_columns`.
    log : IssueLog
        Takes every issue.

    Raises
    ------
    LayerShapeError, KeyColumnMissingError
        If the file cannot be this layer at all.

    Returns
    -------
    Placed
        ``changed`` is the whole new layer, in the order of the file, or None when it equals
        the recorded one; ``ids`` name rows by number, vanished ones by position. Of projects
        they name the projects, and the vanished ones stay.
    """
    shape = SHAPE_OF.get(name)
    if shape and isinstance(handed.frame, gpd.GeoDataFrame):
        _refuse_other_shapes(handed.frame.geometry, name, shape, log.file)
    frame = _named(handed, ENTITIES.get(name), mapping, log)
    if name in LEDGER_LAYERS:
        frame = frame.assign(source_row=frame.index.to_numpy())
    for key in KEYS.get(name, ()):
        if key not in frame or frame[key].isna().all():
            require_key([], key, log.file, handed.cells)
    if name == projects.LAYER:
        return _place_projects(frame, recorded, log)
    rejected = pd.Series(False, index=frame.index)
    if shape and isinstance(frame, gpd.GeoDataFrame):
        rejected = reject_geometry(frame.geometry, shape=shape, log=log)
    frame = frame.loc[~rejected]
    mine = _row_hashes(frame)
    old = np.array([], dtype="uint64") if recorded is None else _row_hashes(recorded)
    same = np.isin(mine, old)
    gone = ~np.isin(old, mine)
    ids = {
        "new": tuple(str(row) for row in frame.index[~same]),
        "changed": (),
        "unchanged": tuple(str(row) for row in frame.index[same]),
        "vanished": tuple(str(at) for at in np.flatnonzero(gone)),
    }
    equal = recorded is not None and len(mine) == len(old) and bool(same.all() and not gone.any())
    changed = None if equal or frame.empty else frame.reset_index(drop=True)
    return Placed(rejected, changed, ids)


def _place_projects(frame: pd.DataFrame, recorded: pd.DataFrame | None, log: IssueLog) -> Placed:
    """Lay a file over the projects on record: by number, and none that it lacks is lost."""
    old = None if recorded is None else projects.project_table(pd.DataFrame(recorded))
    rejected = projects.unusable(frame, log, old)
    mine = projects.project_table(frame.loc[~rejected])
    whole = projects.merged(mine, old)
    named = frame[projects.KEY].dropna()  # also of rows kept out: the file has them
    known = [] if old is None else [name for name in mine.index if name in old.index]
    same: set[str] = set()
    if old is not None and known:
        hashes = [_row_hashes(table.loc[known]) for table in (whole, old)]
        same = {name for name, equal in zip(known, hashes[0] == hashes[1], strict=True) if equal}
    ids = {
        "new": tuple(name for name in mine.index if name not in known),
        "changed": tuple(name for name in known if name not in same),
        "unchanged": tuple(name for name in known if name in same),
        "vanished": () if old is None else tuple(old.index.difference(list(named), sort=False)),
    }
    fresh = bool(ids["new"] or ids["changed"])
    return Placed(rejected, whole.reset_index() if fresh else None, ids)


def _refuse_other_shapes(geometry: gpd.GeoSeries, name: str, shape: str, file: str) -> None:
    there = geometry.notna().to_numpy()
    if there.any() and wrong_shape(geometry, shape)[there].all():
        raise LayerShapeError(file=file, layer=name, wanted=SHAPES[shape][1])


def place_raster(path: Path, name: str) -> LayerFile:
    """Check a raster and make it a layer.

    Raises
    ------
    GisError
        As `gis.raster.check_raster`.
    """
    check_raster(path)
    return LayerFile(name=name, path=path)


def _named(
    handed: Handed, entity: str | None, mapping: Mapping[str, str] | None, log: IssueLog
) -> pd.DataFrame:
    """Rename and type the columns that the dictionary knows; keep the others as they are."""
    frame = handed.frame
    if entity is None:
        return frame
    cells = handed.cells
    quiet = IssueLog(log.file, log.layer)  # unknown columns are kept here, so they are no issue
    columns = map_columns([str(name) for name in cells.columns], entity, mapping=mapping, log=quiet)
    values, _ = typed_columns(cells, columns, log)
    taken = [column.source for column in columns]
    rest = cells.drop(columns=taken)
    rest = rest.drop(columns=[name for name in rest.columns if name in values.columns])
    mixed = [name for name in rest.columns if rest[name].dtype == object]
    rest = rest.assign(**{name: plain_text(rest[name]) for name in mixed})
    joined = pd.concat([values, rest], axis=1)
    if isinstance(frame, gpd.GeoDataFrame):
        return gpd.GeoDataFrame(joined, geometry=frame.geometry.to_numpy(), crs=frame.crs)
    return joined


def _row_hashes(frame: pd.DataFrame) -> np.ndarray:
    """Fingerprint of each row, whatever the order of rows and the kind of its text columns."""
    plain = pd.DataFrame(index=frame.index)
    for name in sorted(str(column) for column in frame.columns):
        column = frame[name]
        if isinstance(frame, gpd.GeoDataFrame) and name == frame.geometry.name:
            plain[name] = column.normalize().to_wkb(hex=True).astype("str")
        elif pd.api.types.is_float_dtype(column.dtype):
            plain[name] = column.astype("float64")
        else:
            plain[name] = column.astype(object).where(column.notna(), None).astype("str")
    return pd.util.hash_pandas_object(plain, index=False).to_numpy(dtype="uint64")
