"""Fill a register with the sample county, through the same door that real files use."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from data.asof import AsOf
from data.intake import prepare_import
from data.register import Register
from data.sample.county import County
from data.sample.ledgers import RENEWAL, label_of, month_text, write_csv, write_workbook
from gis.crs import METRIC_CRS
from gis.io import write
from gis.raster import write_cog

WHO = "样例数据（模拟）"
FIRST_DAY = datetime(2023, 1, 4, 9, tzinfo=UTC)
EVENT_KEYS = ("parcel_id", "stage", "occurred_on", "area_m2", "doc_no", "who", "note", "reverses")
# What only the renewal ledger knows of a parcel.
LEDGER_KEYS = tuple(
    key
    for _, group in RENEWAL
    for _, key in group
    if key.startswith(("plan_", "renewal_", "responsible_"))
)


def write_clean(county: County, directory: Path) -> list[tuple[str, Path, datetime]]:
    """Write the county as clean files; return what each is, its path and when it was recorded.

    Reference layers first, then parcels, the renewal ledger, and one table of events a month.
    """
    directory.mkdir(parents=True, exist_ok=True)
    made = [(name, path, FIRST_DAY) for name, path in _layer_files(county, directory)]
    parcels = county.parcels.drop(columns=list(LEDGER_KEYS))
    made.append(("parcels", write(parcels, directory / "宗地.gpkg"), FIRST_DAY))
    ledger = county.parcels[county.parcels["renewal_mode"].notna()].reset_index()
    path = directory / "改造提升计划台账.xlsx"
    plain = pd.DataFrame(ledger.drop(columns="geometry"))
    write_workbook(plain, path, title="工业用地改造提升计划台账", columns=RENEWAL)
    made.append(("parcels", path, FIRST_DAY.replace(day=5)))
    made += [("events", path, moment) for path, moment in _event_files(county, directory)]
    return made


def _layer_files(county: County, directory: Path) -> Iterator[tuple[str, Path]]:
    outline = county.outline.frame
    yield "outline", write(outline, directory / "outline.gpkg")
    for name, frame in county.layers.items():
        yield name, write(frame, directory / f"{name}.gpkg")
    tables = {"firms": county.firms, "firm_parcels": county.firm_parcels}
    for name, table in (tables | {"projects": county.projects}).items():
        path = directory / f"{name}.csv"
        table.to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\n")
        yield name, path
    for name, raster in (("dem", county.dem), ("dsm", county.dsm)):
        path = write_cog(
            raster.values,
            directory / f"{name}.tif",
            transform=raster.transform,
            crs=METRIC_CRS,
            nodata=-9999.0,
        )
        yield name, path


def _event_files(county: County, directory: Path) -> Iterator[tuple[Path, datetime]]:
    """One table for each month, recorded on the 5th of the next month at 09:00 UTC."""
    headings = {key: label_of(key) for key in EVENT_KEYS}
    for batch, rows in county.events.groupby("batch", sort=True):
        month = pd.Timestamp(str(batch))
        path = directory / f"阶段事件-{month_text(month.date())}.csv"
        table = rows[list(EVENT_KEYS)].reset_index(drop=True)
        yield write_csv(table, path, headings), _recorded(month)


def _recorded(month: pd.Timestamp) -> datetime:
    later = month + pd.DateOffset(months=1)
    return datetime(later.year, later.month, 5, 9, tzinfo=UTC)


class _Reader:
    """A register whose parcels are read once per set of columns, until they change."""

    def __init__(self, register: Register) -> None:
        self._register = register
        self._parcels: dict[tuple[tuple[str, ...] | None, bool], pd.DataFrame] = {}

    def read_parcels(
        self, as_of: AsOf | None = None, *, columns: list[str] | None = None, geometry: bool = True
    ) -> pd.DataFrame:
        key = (None if columns is None else tuple(columns), geometry)
        if key not in self._parcels:
            self._parcels[key] = (
                self._register.read_parcels(as_of, columns=columns)
                if geometry
                else self._register.read_parcels(as_of, columns=columns, geometry=False)
            )
        return self._parcels[key]

    def forget_parcels(self) -> None:
        self._parcels = {}

    def read_events(self) -> pd.DataFrame:
        return self._register.read_events()

    def read_layer(self, name: str) -> pd.DataFrame:
        return self._register.read_layer(name)

    def read_quarantine(self, *, waiting: bool = False) -> pd.DataFrame:
        return self._register.read_quarantine(waiting=waiting)


def fill(register: Register, county: County, *, directory: Path) -> None:
    """Write the county's clean files into ``directory`` and import every one of them.

    Parameters
    ----------
    register : Register
        An empty register.
    county : County
        As from `generate`.
    directory : Path
        Where the files go; they stay there.

    Raises
    ------
    RuntimeError
        If a row is rejected: the clean files must pass as they are.
    """
    reader = _Reader(register)
    meta: dict[str, str] | None = county.meta
    for kind, path, recorded_at in write_clean(county, directory):
        report = prepare_import(
            path, as_layer=kind, register=reader, who=WHO, recorded_at=recorded_at
        )
        if report.accepted < report.rows_in:
            worst = report.issues["message"].head(3).tolist()
            raise RuntimeError(
                f"{path.name}: {report.rows_in - report.accepted} rows stay out: {worst}"
            )
        if report.change is None:
            continue
        register.commit(replace(report.change, meta=meta))
        meta = None
        if kind == "parcels":
            reader.forget_parcels()
