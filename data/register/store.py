"""The register's one face: open, commit, read as of two dates, verify."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Literal, overload

import geopandas as gpd
import pandas as pd
import sqlalchemy as sa
from geopandas import GeoDataFrame

from data.asof import AsOf
from data.errors import (
    ChangeRefusedError,
    UnknownLayerError,
    WorkspaceReadOnlyError,
)
from data.register import committing, models, reading, verification
from data.register.beside import BesideReader
from data.register.change import Change, Verification
from data.register.codec import decode_moments
from data.register.engine import writing
from data.register.failures import told
from data.register.place import Opened, open_tables

VERSION_COLUMNS = ("parcel_name", "town", "low_class", "renewal_mode", "geometry_area_m2")
"""What the measures of history need of each version of a parcel."""

_STYLES = sa.table(
    "layer_styles",
    *(
        sa.column(name)
        for name in (
            "f_table_catalog", "f_table_schema", "f_table_name", "f_geometry_column", "stylename",
            "styleqml", "useasdefault",
        )
    ),
)  # fmt: skip
"""QGIS' own list of styles; only PostgreSQL minds how the names are written."""

_locks: dict[Path, threading.Lock] = {}
_locks_guard = threading.Lock()


def _lock_of(file: Path) -> threading.Lock:
    """Return the one lock round commits to a file in this process."""
    with _locks_guard:
        return _locks.setdefault(file.resolve(), threading.Lock())


class Register(BesideReader):
    """Versions of parcels, stage events, layers and the chain of changes of one workspace.

    One object serves many threads: reads run side by side, each on its own snapshot, and commits
    wait for one another.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as d, Register.open(Path(d), create=True) as register:
    ...     register.version, register.meta
    (0, {})
    """

    def __init__(self, workspace: Path, opened: Opened) -> None:
        self.workspace = workspace
        self.file = opened.file
        self.where = opened.where
        self.read_only = opened.read_only
        self._engine = opened.engine
        self._lock = _lock_of(self.file)
        if opened.engine.dialect.name == "postgresql":  # nobody's connections are given back
            weakref.finalize(self, opened.engine.dispose)

    @classmethod
    def open(
        cls, workspace: Path, *, create: bool = False, database: str | None = None
    ) -> Register:
        """Open the register of a workspace.

        Parameters
        ----------
        workspace : Path
            Folder of the register and its layers.
        create : bool
            Make an empty register (and the folder) where there is none.
        database : str, optional
            Address of the PostgreSQL database that holds the tables; by default that of
            ``MUTU_DATABASE_URL``. Empty means the file in the workspace.

        Raises
        ------
        WorkspaceMissingError, WorkspaceIsFileError, NotARegisterError
            If there is nothing to open.
        NewerSchemaError, OlderSchemaError
            If it cannot serve.
        WorkspaceReadOnlyError, WorkspaceLockedError, DiskFullError
            If the place does not allow it.
        DatabaseAddressError, DatabaseUnreachableError, OtherDatabaseError, ...
            As ``data.database_errors`` tells, where the tables lie in a database.
        """
        return cls(workspace, open_tables(workspace, create=create, database=database))

    def __enter__(self) -> Register:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection of this object."""
        self._engine.dispose()

    @contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        with told(self.file), self._engine.connect() as connection:
            yield connection

    def _latest(self, column: sa.Column[int]) -> int:
        newest = sa.select(column).order_by(models.change.c.change_no.desc()).limit(1)
        with self._reading() as connection:
            return int(connection.scalar(newest) or 0)

    @property
    def version(self) -> int:
        """Number of the last change, 0 before the first; cheap, asked anew each time."""
        return self._latest(models.change.c.change_no)

    @property
    def geometry_version(self) -> int:
        """Number of the last change that touched a geometry or the set of parcels."""
        return self._latest(models.change.c.geometry_version)

    @property
    def parcels_version(self) -> int:
        """Number of the last change that touched any fact or shape of any parcel."""
        return self.parcels_known()

    def parcels_known(self, as_of: AsOf | None = None) -> int:
        """Return the last change known at ``as_of`` that touched any parcel, 0 before the first.

        Two dates of knowing with the same answer know the same parcels.
        """
        began, ended = (models.parcel_version.c.recorded_from, models.parcel_version.c.recorded_to)
        with self._reading() as connection:
            known = reading.known_change(connection, as_of)
            last = [sa.select(sa.func.max(at)) for at in (began, ended)]
            if known is not None:
                last = [q.where(at <= known) for q, at in zip(last, (began, ended), strict=True)]
            return max(int(connection.scalar(query) or 0) for query in last)

    def version_known(self, as_of: AsOf) -> int:
        """Return the number of the last change known at ``as_of``, 0 where there was none."""
        with self._reading() as connection:
            known = reading.known_change(connection, as_of)
        return self.version if known is None else known

    @property
    def meta(self) -> dict[str, str]:
        """Facts about the register, each as last told."""
        return self.read_meta()

    def read_meta(self, as_of: AsOf | None = None) -> dict[str, str]:
        """Return the facts about the register, each as last told by ``as_of.known_on``."""
        columns = models.meta.c
        told_in_order = sa.select(columns.key, columns.value).order_by(columns.change_no)
        with self._reading() as connection:
            known = reading.known_change(connection, as_of)
            if known is not None:
                told_in_order = told_in_order.where(columns.change_no <= known)
            return {str(row.key): str(row.value) for row in connection.execute(told_in_order)}

    def commit(self, change: Change) -> int:
        """Write one change whole and return its number.

        Raises
        ------
        ChangeRefusedError, EventsRefusedError
            If the change is not fit; nothing is written.
        WorkspaceReadOnlyError, WorkspaceLockedError, DiskFullError
            If the place does not allow it; nothing is written.
        """
        if self.read_only:
            raise WorkspaceReadOnlyError(path=self.workspace)
        try:
            committing.check_change(change)
            with self._lock, told(self.file), writing(self._engine).begin() as connection:
                return committing.commit(connection, change, self.workspace)
        except UnicodeEncodeError as error:
            text = ascii(error.object)[:80]
            fault = (f"文字无法编码 {text}", f"text that cannot be encoded {text}")
            raise ChangeRefusedError(count=1, faults=(fault,)) from error

    @overload
    def read_parcels(
        self,
        as_of: AsOf | None = None,
        *,
        columns: Sequence[str] | None = None,
        geometry: Literal[True] = True,
    ) -> GeoDataFrame: ...

    @overload
    def read_parcels(
        self,
        as_of: AsOf | None = None,
        *,
        columns: Sequence[str] | None = None,
        geometry: Literal[False],
    ) -> pd.DataFrame: ...

    def read_parcels(
        self,
        as_of: AsOf | None = None,
        *,
        columns: Sequence[str] | None = None,
        geometry: bool = True,
    ) -> pd.DataFrame:
        """Return the parcels that are current, or were as known on a day.

        Parameters
        ----------
        as_of : AsOf, optional
            Only ``known_on`` matters here: parcels have no day of occurrence.
        columns : sequence of str, optional
            Keys of the dictionary; all by default.
        geometry : bool
            Without it a plain DataFrame.

        Returns
        -------
        GeoDataFrame or DataFrame
            Indexed by ``parcel_id`` in its order, EPSG:4490, areas in m². Unknown is NaN, NaT or
            NA. Empty before the first parcels.

        Raises
        ------
        UnknownFieldError
            If a column is not one of the parcel's.
        """
        with self._reading() as connection:
            return reading.read_parcels(connection, as_of, columns, geometry)

    def read_events(self, as_of: AsOf | None = None) -> pd.DataFrame:
        """Return stage events by ``event_id``; reversed ones and their reversals are both kept.

        With ``as_of`` only what had occurred and was known. A reversal has no day of its own: it
        goes with the event that it undoes.
        """
        with self._reading() as connection:
            return reading.read_events(connection, as_of)

    def read_history(self, parcel_id: str) -> GeoDataFrame:
        """Return every version of a parcel, oldest first, with ``recorded_from`` and ``_to``.

        Raises
        ------
        UnknownParcelError
            If the register never held the parcel.
        """
        with self._reading() as connection:
            return reading.read_history(connection, parcel_id)

    def read_versions(
        self, as_of: AsOf | None = None, *, columns: Sequence[str] = VERSION_COLUMNS
    ) -> pd.DataFrame:
        """Return every version of every parcel: what it said, and from when until when.

        Parameters
        ----------
        as_of : AsOf, optional
            Only ``known_on`` matters: what was recorded later is left out, and a version that
            ended later has not ended yet.
        columns : sequence of str
            Keys of the dictionary.

        Returns
        -------
        DataFrame
            ``parcel_id``, the columns, ``known_from`` and ``known_to`` (office days; NaT while
            the version holds), in the order of ``parcel_id`` and time.

        Raises
        ------
        UnknownFieldError
            If a column is not one of the parcel's.
        """
        with self._reading() as connection:
            return reading.read_versions(connection, as_of, columns)

    def layers(self, as_of: AsOf | None = None) -> pd.DataFrame:
        """Return the newest version of every layer: name, change_no, file, sha256, rows, note."""
        with self._reading() as connection:
            table = reading.read_table(connection, models.reference_layer)
            known = reading.known_change(connection, as_of)
        if known is not None:
            table = table[table["change_no"] <= known]
        newest = table.drop_duplicates("name", keep="last")
        return newest[newest["file"] != ""].reset_index(drop=True)

    def layer_path(self, name: str, as_of: AsOf | None = None) -> Path:
        """Return the file of a layer's newest version.

        Raises
        ------
        UnknownLayerError
            If the register lists no such layer or its file is gone.
        """
        table = self.layers(as_of).set_index("name")
        file = table["file"].get(name)
        if file is None or not (self.workspace / file).is_file():
            raise UnknownLayerError(name=name, file=file or "—")
        return self.workspace / str(file)

    def read_layer(self, name: str, as_of: AsOf | None = None) -> GeoDataFrame | pd.DataFrame:
        """Return a vector layer or table; a raster is read from `layer_path`.

        Raises
        ------
        UnknownLayerError
            If there is no such layer, or it is no table.
        """
        path = self.layer_path(name, as_of)
        if path.suffix != ".parquet":
            raise UnknownLayerError(name=name, file=path.name)
        with told(path):
            try:
                return gpd.read_parquet(path)
            except ValueError:
                return pd.read_parquet(path)

    def changes(self) -> pd.DataFrame:
        """Return every change in order; ``recorded_at`` as aware UTC datetimes."""
        with self._reading() as connection:
            table = reading.read_table(connection, models.change)
            table["recorded_at"] = decode_moments(table["recorded_at"].tolist())
        return table

    def issues(self, change_no: int | None = None) -> pd.DataFrame:
        """Return recorded issues, of one change or all."""
        with self._reading() as connection:
            return reading.read_table(connection, models.issue, change_no=change_no)

    def verify(self) -> Verification:
        """Walk the chain and compute every hash again from the stored rows and files."""
        with self._reading() as connection:
            return verification.verify(connection, self.workspace)

    def set_layer_style(self, qml: str, *, name: str = "mutu") -> None:
        """Put the QGIS style of the parcel view into the file; it is no part of the chain.

        Raises
        ------
        WorkspaceReadOnlyError, WorkspaceLockedError, DiskFullError
            If the place does not allow it.
        """
        if self.read_only:
            raise WorkspaceReadOnlyError(path=self.workspace)
        with self._lock, told(self.file), writing(self._engine).begin() as connection:
            connection.execute(_STYLES.delete().where(_STYLES.c.f_table_name == "parcels"))
            connection.execute(_STYLES.insert().values(_style(connection, name, qml)))


def _style(connection: sa.Connection, name: str, qml: str) -> dict[str, object]:
    """Return the row by which QGIS finds a style: on PostgreSQL it asks for database and schema."""
    catalog = schema = ""
    if connection.dialect.name == "postgresql":
        place = sa.text("SELECT current_database(), current_schema()")
        catalog, schema = connection.execute(place).one()
    return {
        "f_table_catalog": catalog,
        "f_table_schema": schema,
        "f_table_name": "parcels",
        "f_geometry_column": "geom",
        "stylename": name,
        "styleqml": qml,
        "useasdefault": True,
    }
