"""Columns of frames ↔ values as the tables hold them, and rows in bulk.

Stored values are plain: text, float, whole number, 0/1, ISO day, None for unknown. Hashes are taken
over exactly these.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import shapely
import sqlalchemy as sa
from numpy.typing import NDArray

from data.schema import Field

CHUNK = 20_000
_NULLABLE = {pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype()}
Objects = NDArray[np.object_]


class UnreadableCellsError(Exception):
    """Stored values are not what their column holds; the register tells it with its own name."""


@contextmanager
def readable() -> Iterator[None]:
    """Tell stored values that cannot be read apart from faults of the program."""
    try:
        yield
    except (TypeError, ValueError, OverflowError, shapely.errors.ShapelyError) as error:
        raise UnreadableCellsError(str(error)[:200]) from error


def stamp(moment: datetime) -> str:
    """Return an aware moment as the register writes it: UTC, microseconds, sortable as text.

    Examples
    --------
    >>> stamp(datetime(2026, 1, 5, 9, tzinfo=UTC))
    '2026-01-05T09:00:00.000000Z'
    """
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _hollow(values: Objects, unknown: NDArray[np.bool_]) -> Objects:
    values[unknown] = None
    return values


def _to_float(series: pd.Series) -> Objects:
    numbers = pd.to_numeric(series).to_numpy(dtype="float64", na_value=np.nan) + 0.0
    if np.isinf(numbers).any():
        raise ValueError("inf")
    return _hollow(numbers.astype(object), np.isnan(numbers))


def _to_int(series: pd.Series) -> Objects:
    numbers = pd.to_numeric(series).astype("Int64")
    unknown = numbers.isna().to_numpy(dtype=bool)
    return _hollow(numbers.fillna(0).to_numpy(dtype="int64").astype(object), unknown)


def _to_bool(series: pd.Series) -> Objects:
    return _to_int(series.astype("boolean").astype("Int64"))


def _to_day(series: pd.Series) -> Objects:
    moments = pd.to_datetime(series)
    if getattr(moments.dtype, "tz", None) is not None:
        raise ValueError("time zone")
    days = moments.to_numpy(dtype="datetime64[D]")
    return _hollow(np.datetime_as_string(days).astype(object), np.isnat(days))


def _to_text(series: pd.Series) -> Objects:
    values = series.astype("str").to_numpy(dtype=object)
    return _hollow(values, series.isna().to_numpy(dtype=bool) | (values == ""))


_ENCODERS = {
    "float": _to_float,
    "int": _to_int,
    "bool": _to_bool,
    "date": _to_day,
    "text": _to_text,
    "code": _to_text,
    "enum": _to_text,
}


def encode(series: pd.Series, kind: str) -> Objects:
    """Return a column as stored values; empty text becomes unknown.

    Parameters
    ----------
    series : Series
        Any values that pandas can read as ``kind``.
    kind : str
        A type of the dictionary.

    Raises
    ------
    ValueError, TypeError
        If a value is no number, day or flag, or is infinite.

    Examples
    --------
    >>> encode(pd.Series([1.5, None]), "float").tolist()
    [1.5, None]
    >>> encode(pd.Series(["a", ""]), "text").tolist()
    ['a', None]
    """
    return _ENCODERS[kind](series.reset_index(drop=True))


def decode(values: Sequence[Any], kind: str) -> Any:
    """Return stored values as an array for a frame: the other way round of `encode`.

    Floats are float64 with NaN, whole numbers Int64, flags boolean, days datetime64[ns], text str.

    Raises
    ------
    UnreadableCellsError
        If a value is not of the kind, or infinite.

    Examples
    --------
    >>> decode([1, None, 0], "bool").tolist()
    [True, <NA>, False]
    """
    with readable():
        return _decoded(values, kind)


def _decoded(values: Sequence[Any], kind: str) -> Any:
    if kind == "float":
        return _finite(np.array(values, dtype="float64"))
    if kind == "date":
        return np.array(values, dtype="datetime64[D]").astype("datetime64[ns]")
    if kind in ("int", "bool"):
        numbers = np.array(values, dtype="float64")
        unknown = np.isnan(numbers)
        whole = np.where(unknown, 0, numbers)
        if kind == "bool":
            return pd.arrays.BooleanArray(whole != 0, unknown)
        return pd.arrays.IntegerArray(whole.astype("int64"), unknown)
    if any(isinstance(value, bytes) for value in values):
        raise TypeError("bytes in text")
    return pd.array(list(values), dtype="str")


def _finite(numbers: NDArray[np.float64]) -> NDArray[np.float64]:
    if np.isinf(numbers).any():
        raise ValueError("inf")
    return numbers


def decode_moments(values: Sequence[str]) -> pd.Series:
    """Return stored moments as aware UTC datetimes."""
    with readable():
        return pd.to_datetime(pd.Series(values, dtype="str"), format="ISO8601", utc=True)


def from_arrow(column: pa.ChunkedArray, kind: str) -> Any:
    """Return an Arrow column as an array for a frame, of the same type as `decode` gives."""
    with readable():
        return _from_arrow(column, kind)


def _from_arrow(column: pa.ChunkedArray, kind: str) -> Any:
    if kind == "float":
        return _finite(column.cast(pa.float64()).to_numpy())
    if kind == "date":
        return column.cast(pa.timestamp("ns")).to_numpy()
    if kind in ("int", "bool"):
        return column.to_pandas(types_mapper=_NULLABLE.get).array
    return column.cast(pa.string()).to_pandas().astype("str").array


def frame_of(chunks: Sequence[dict[str, Any]], fields: Sequence[Field]) -> pd.DataFrame:
    """Join decoded chunks into one frame with the columns of ``fields``."""
    if not chunks:
        empty: Sequence[Any] = ()
        return pd.DataFrame({f.key: decode(empty, f.type) for f in fields})
    parts = [pd.DataFrame(chunk, columns=[f.key for f in fields]) for chunk in chunks]
    return pd.concat(parts, ignore_index=True) if len(parts) > 1 else parts[0]


def raw_columns(names: Sequence[str]) -> list[Any]:
    """Return columns to be selected as they are stored, past the types of the tables."""
    return [sa.literal_column(f'"{name}"') for name in names]


def bulk_select(connection: sa.Connection, statement: sa.Select[Any]) -> Iterator[list[Any]]:
    """Yield the rows of a statement in chunks of plain tuples of stored values."""
    if connection.dialect.name == "postgresql":
        from data.register.server_rows import select_rows

        yield from select_rows(connection, statement, CHUNK)
        return
    compiled = statement.compile(dialect=connection.dialect)
    given = compiled.construct_params()
    if any(getattr(b, "expanding", False) for b in compiled.binds.values()):
        compiled = statement.compile(
            dialect=connection.dialect, compile_kwargs={"render_postcompile": True}
        )
        given = compiled.construct_params()
    params = tuple(given[name] for name in compiled.positiontup or ())
    cursor = connection.connection.cursor()
    try:
        cursor.execute(str(compiled), params)
        while rows := cursor.fetchmany(CHUNK):
            yield list(rows)
    finally:
        cursor.close()


def bulk_insert(
    connection: sa.Connection, table: sa.Table, keys: Sequence[str], rows: Sequence[Any]
) -> None:
    """Insert rows of stored values, given as tuples in the order of ``keys``."""
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        from data.register.server_rows import insert_rows

        insert_rows(connection, table, keys, rows)
        return
    compiled = table.insert().compile(dialect=connection.dialect, column_keys=list(keys))
    order = [list(keys).index(name) for name in compiled.positiontup or ()]
    if order != list(range(len(keys))):
        rows = [tuple(row[i] for i in order) for row in rows]
    connection.exec_driver_sql(str(compiled), list(rows))
