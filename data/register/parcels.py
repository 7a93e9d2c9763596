"""Parcel versions at the door: what is new, what changed, what stays as it was."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import shapely
import sqlalchemy as sa
from geopandas import GeoDataFrame

from data import schema
from data.errors import ChangeRefusedError
from data.register import chain, models
from data.register.chain_keys import ROW_KEYS
from data.register.codec import CHUNK, Objects, bulk_insert, bulk_select, encode, raw_columns
from data.register.geometry_type import to_blobs

Fault = tuple[str, str]

_VERSION = models.parcel_version
_KINDS = {f.key: f for f in schema.fields("parcel")}
_HEAD_KEYS = ("version_id", "recorded_from", "recorded_to", "digest", "geometry_digest")


@dataclass
class Tally:
    """What a change did to the parcels."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0
    geometry: bool = False
    bounds: tuple[float, float, float, float] | None = None
    counts: dict[str, int] = field(default_factory=dict)


def _refuse(faults: Sequence[Fault], count: int | None = None) -> None:
    if faults:
        raise ChangeRefusedError(count=count or len(faults), faults=tuple(faults[:10]))


def check_frame(parcels: pd.DataFrame) -> None:
    """Refuse a frame that is not indexed by unique ids, has unknown columns or another CRS."""
    faults: list[Fault] = []
    ids = parcels.index
    if ids.name != "parcel_id":
        faults.append(("索引须为 parcel_id", "the index must be parcel_id"))
    if ids.hasnans or bool((ids.astype("str") == "").any()):
        faults.append(("宗地编号有空值", "a parcel ID is empty"))
    repeated = ids[ids.duplicated()].unique()[:3].tolist()
    if repeated:
        faults.append((f"宗地编号重复 {repeated}", f"parcel IDs repeat: {repeated}"))
    shape = parcels.geometry.name if isinstance(parcels, GeoDataFrame) else None
    for column in parcels.columns:
        if column != shape and (column not in _KINDS or column == "parcel_id"):
            faults.append((f"未知字段 {column}", f"unknown field {column}"))
    if isinstance(parcels, GeoDataFrame):
        if parcels.crs is None or parcels.crs.to_epsg() != 4490:
            faults.append(("坐标系须为 EPSG:4490", "the CRS must be EPSG:4490"))
        _refuse(faults)
        faults += _geometry_faults(parcels)
    _refuse(faults)


def _geometry_faults(parcels: GeoDataFrame) -> list[Fault]:
    shapes = parcels.geometry.to_numpy()
    kinds = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)
    usable = np.isin(shapely.get_type_id(shapes), kinds) & ~shapely.is_empty(shapes)
    usable &= np.isfinite(shapely.bounds(shapes)).all(axis=1)
    bad = parcels.index[~usable][:3].tolist()
    told = (f"图形为空或不是面 {bad}", f"no polygon: {bad}")
    return [told] if bad else []


def _attributes(part: pd.DataFrame) -> dict[str, Objects]:
    """Encode the columns that a part of the frame brings; refuse what is of another type."""
    columns: dict[str, Objects] = {}
    faults: list[Fault] = []
    shape = part.geometry.name if isinstance(part, GeoDataFrame) else None
    for key in part.columns:
        if key == shape:
            continue
        try:
            columns[key] = encode(part[key], _KINDS[key].type)
        except (ValueError, TypeError, OverflowError) as error:
            faults.append((f"{schema.label(key)}：{error}", f"{schema.label(key, 'en')}: {error}"))
            continue
        enum = _KINDS[key].enum
        strange = set(columns[key]) - {None, *schema.enum_codes(enum)} if enum else set()
        if strange:
            some = sorted(strange)[:3]
            faults.append(
                (f"{schema.label(key)}：未知代码 {some}", f"{schema.label(key, 'en')}: {some} ?")
            )
    _refuse(faults)
    return columns


def _current(connection: sa.Connection, ids: Sequence[str], keys: Sequence[str]) -> pd.DataFrame:
    """Return the current version of some parcels as stored values, indexed by parcel."""
    names = ["parcel_id", "version_id", "digest", "geometry_digest", *keys]
    chosen: sa.Select[Any] = (
        sa.select(*raw_columns(names))
        .select_from(_VERSION)
        .where(_VERSION.c.recorded_to.is_(None), _VERSION.c.parcel_id.in_(list(ids)))
    )
    rows = [row for chunk in bulk_select(connection, chosen) for row in chunk]
    return pd.DataFrame(rows, columns=names, dtype=object).set_index("parcel_id")


def _stored_rows(
    part: pd.DataFrame, connection: sa.Connection
) -> tuple[dict[str, Objects], pd.DataFrame]:
    """Return every column of a part as stored values, absent ones taken from the register."""
    ids = part.index.astype("str").to_numpy(dtype=object)
    columns = _attributes(part)
    columns["parcel_id"] = ids
    has_shape = isinstance(part, GeoDataFrame)
    absent = [key for key in ROW_KEYS if key not in columns]
    kept = absent if has_shape else [*absent, models.GEOMETRY]
    now = _current(connection, ids.tolist(), kept).reindex(ids)
    known = now["version_id"].notna().to_numpy(dtype=bool)
    for key in kept:
        values = now[key].to_numpy(dtype=object, copy=True)
        values[~known] = None
        # Missing cells of an object frame may have become NaN; the tables know only None.
        values[pd.isna(values)] = None
        columns[key] = values
    if has_shape:
        columns[models.GEOMETRY] = np.array(to_blobs(part.geometry.to_numpy()), dtype=object)
    else:
        strange = ids[~known][:3].tolist()
        _refuse(
            [(f"新宗地缺少图形 {strange}", f"new parcels without geometry: {strange}")]
            if strange
            else []
        )
    return columns, now


def _write_part(
    connection: sa.Connection, part: pd.DataFrame, change_no: int, next_id: int, tally: Tally
) -> int:
    columns, now = _stored_rows(part, connection)
    blobs = columns[models.GEOMETRY]
    shapes = [chain.sha256(blob) for blob in blobs]
    rows = list(zip(*(columns[key].tolist() for key in ROW_KEYS), strict=True))
    digests = chain.row_digests(rows, shapes)
    known = now["version_id"].notna().to_numpy(dtype=bool)
    differs = now["digest"].to_numpy(dtype=object) != np.array(digests, dtype=object)
    reshaped = now["geometry_digest"].to_numpy(dtype=object) != np.array(shapes, dtype=object)
    tally.new += int((~known).sum())
    tally.changed += int((known & differs).sum())
    tally.unchanged += int((~differs).sum())
    tally.geometry |= bool(reshaped.any())
    closed = now["version_id"][known & differs]
    close(connection, closed.astype("int64").tolist(), change_no)
    places = np.flatnonzero(differs)
    # Columns that hold nothing are left to the table: binding them would take most of the time.
    used = [key for key in ROW_KEYS if any(cell is not None for cell in columns[key])]
    cells = zip(*(columns[key][places].tolist() for key in used), strict=True)
    bulk_insert(
        connection,
        _VERSION,
        (*_HEAD_KEYS, *used, models.GEOMETRY),
        [
            (next_id + n, change_no, None, digests[at], shapes[at], *row, blobs[at])
            for n, (at, row) in enumerate(zip(places.tolist(), cells, strict=True))
        ],
    )
    return next_id + len(places)


def close(connection: sa.Connection, versions: Sequence[int], change_no: int) -> None:
    """End versions at a change."""
    for start in range(0, len(versions), CHUNK):
        chosen = _VERSION.c.version_id.in_(list(versions[start : start + CHUNK]))
        connection.execute(_VERSION.update().where(chosen).values(recorded_to=change_no))


def _parts(parcels: pd.DataFrame) -> Iterator[pd.DataFrame]:
    order = parcels.sort_index()
    for start in range(0, len(order), CHUNK):
        yield order.iloc[start : start + CHUNK]


def write(connection: sa.Connection, parcels: pd.DataFrame, change_no: int, tally: Tally) -> None:
    """Write new versions of the parcels that differ from what is recorded."""
    last: Any = connection.scalar(sa.select(sa.func.max(_VERSION.c.version_id)))
    next_id = (last or 0) + 1
    for part in _parts(parcels):
        next_id = _write_part(connection, part, change_no, next_id, tally)
    if isinstance(parcels, GeoDataFrame) and tally.geometry:
        west, south, east, north = parcels.total_bounds.tolist()
        tally.bounds = (west, south, east, north)


def remove(connection: sa.Connection, ids: Sequence[str], change_no: int, tally: Tally) -> None:
    """End the current versions of parcels; refuse ids that are not current."""
    wanted = list(dict.fromkeys(str(i) for i in ids))
    found: list[int] = []
    for start in range(0, len(wanted), CHUNK):
        now = _current(connection, wanted[start : start + CHUNK], [])
        strange = [i for i in wanted[start : start + CHUNK] if i not in now.index][:3]
        _refuse(
            [(f"要移除的宗地不在册 {strange}", f"not current, cannot be removed: {strange}")]
            if strange
            else []
        )
        found += now["version_id"].astype("int64").tolist()
    close(connection, sorted(found), change_no)
    tally.removed += len(found)
    tally.geometry |= bool(found)
