"""What the pages read, kept once for everybody: frames by register version, never changed.

The register's version is in every key (see ``ui.shelf``), so a commit makes them stale.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from analysis.desk import desk_frame
from analysis.progress import Progress
from analysis.progress import progress as measure_progress
from analysis.query import ParcelQuery
from analysis.rows import coded
from analysis.stages import standing_events
from analysis.totals import selection_totals
from analysis.totals import totals as measure_totals
from data.asof import AsOf, end_of_office_day
from data.lineage import carried_events
from data.register import Register, register_file
from data.rules import Rules, load_rules
from data.town_tasks import TownTasks, kept_tasks
from data.towns import read_towns
from gis.crs import METRIC_CRS
from gis.neighbours import neighbours as find_neighbours
from ui.shelf import Shelf

YEARS = (2023, 2024, 2025, 2026, 2027)
"""The years of the plan."""


_parcels = Shelf(2)
_recorded = Shelf(1)
_events = Shelf(2)
_standing = Shelf(4)
_frames = Shelf(3)
_lists = Shelf(8)
_figures = Shelf(64)
_small = Shelf(64)
_registers = Shelf(4)
_rules = Shelf(1)


def open_register(workspace: Path) -> Register:
    """Open the register of ``workspace`` once for the process, again where the file was replaced.

    Raises
    ------
    DataError
        As ``Register.open``: no register there, locked, of a newer version, damaged.
    """
    file = register_file(workspace)
    stamp = 0 if file is None else file.stat().st_ino
    return _registers.get((str(workspace), stamp), lambda: Register.open(workspace))


def forget() -> None:
    """Empty every shelf (tests, and after a register was restored)."""
    for shelf in list(Shelf.every):
        shelf.clear()


@dataclass(frozen=True)
class Desk:
    """The county as one reader looks at it: register, two dates and the year asked for.

    Attributes
    ----------
    workspace : Path
        Folder of the register.
    version : int
        Last change of the register.
    state_on : date
        The state of this day.
    known_on : date or None
        As it was known on this day; None for everything recorded.
    latest : date
        The newest day the data reach to; ``state_on`` unless the reader set another.
    year : int
        The year whose task is looked at.
    """

    workspace: Path
    register: Register
    version: int
    meta: Mapping[str, str]
    rules: Rules
    state_on: date
    known_on: date | None
    latest: date
    year: int

    @property
    def key(self) -> tuple[Hashable, ...]:
        """What the frame depends on, as plain values."""
        return (*self.facts, self.rules.id, self.state_on, self.year)

    @property
    def facts(self) -> tuple[Hashable, ...]:
        """What everything read from the register depends on, as plain values."""
        return (str(self.workspace), id(self.register), self.version, self.known_on)

    @property
    def parcel_facts(self) -> tuple[Hashable, ...]:
        """What parcels depend on: recording an event leaves their frame as it is.

        So does looking at another day of knowing between which no parcel changed.
        """
        name = (*self.facts, "parcels known")
        touched = _small.get(name, lambda: self.register.parcels_known(self.as_of))
        return (str(self.workspace), id(self.register), touched)

    @property
    def as_of(self) -> AsOf:
        """The two dates as the measures take them."""
        return AsOf(self.state_on, self.known_on)

    @property
    def is_past(self) -> bool:
        """Whether the reader looks at any other day than the newest."""
        return self.state_on != self.latest or self.known_on is not None

    @property
    def county(self) -> str:
        """Name of the county, empty where the register does not say."""
        return self.meta.get("county", "")

    @property
    def is_sample(self) -> bool:
        """Whether the county is made up."""
        return bool(self.meta.get("sample"))

    @property
    def parcels(self) -> gpd.GeoDataFrame:
        """Parcels as known on ``known_on`` (shared: do not change)."""
        return _parcels.get(self.parcel_facts, lambda: self.register.read_parcels(self.as_of))

    @property
    def events(self) -> pd.DataFrame:
        """Stage events as known on ``known_on``, of every day (shared: do not change).

        Those of parcels since split or merged are carried over to the parcels of ``parcels``.
        """

        def make() -> pd.DataFrame:
            recorded = self._recorded_events()
            parts = self.register.lineage_parts(AsOf(date.max, self.known_on))
            if parts.empty:
                return recorded
            texts = recorded.astype(dict.fromkeys(recorded.select_dtypes("category"), "str"))
            return coded(carried_events(texts, self.parcels, parts))

        return _events.get(self.facts, make)

    def _recorded_events(self) -> pd.DataFrame:
        """Return the events known on ``known_on`` as recorded; all are read once a version."""
        name = (str(self.workspace), id(self.register), self.version)
        every = _recorded.get(name, lambda: coded(self.register.read_events()))
        if self.known_on is None:
            return every
        known = every["recorded_at"] < end_of_office_day(self.known_on)
        return every if known.all() else every[known.to_numpy()].reset_index(drop=True)

    @property
    def frame(self) -> gpd.GeoDataFrame:
        """Parcels with stage, credit and what is due (shared: do not change)."""

        def make() -> gpd.GeoDataFrame:
            return desk_frame(
                self.parcels,
                self.events,
                rules=self.rules,
                as_of=self.as_of,
                year=self.year,
                standing=self.standing,
            )

        return _frames.get(self.key, make)

    def filtered(self, query: ParcelQuery) -> gpd.GeoDataFrame:
        """Return the parcels that ``query`` keeps, in the order of their ids (shared)."""
        if query == ParcelQuery():
            return self.frame
        return _lists.get((self.key, query), lambda: self.frame[query.mask(self.frame)])

    def picked(self, ids: tuple[str, ...], shape: str | None = None) -> gpd.GeoDataFrame:
        """Return the parcels of a selection: those ticked or clicked, or those inside a shape.

        Parameters
        ----------
        ids : tuple of str
            Parcel ids; those the register does not know are left out.
        shape : str, optional
            WKT in EPSG:4490; its parcels are added to ``ids``.
        """

        def make() -> gpd.GeoDataFrame:
            inside = self.frame.index.isin(ids)
            if shape:
                inside |= ParcelQuery(shape=shape).mask(self.frame).to_numpy(dtype=bool)
            return self.frame[inside]

        return _lists.get((self.key, "picked", ids, shape), make)

    def progress(self) -> Progress:
        """Return the year's progress towards its task."""

        def make() -> Progress:
            with ThreadPoolExecutor(1) as beside:  # the two readings are processes of their own
                events = beside.submit(self._recorded_events)
                _ = self.parcels
                events.result()
            return measure_progress(
                self.parcels,
                self.events,
                rules=self.rules,
                year=self.year,
                as_of=self.as_of,
                desk=self.frame,
                standing=self.standing,
                towns=tuple(read_towns()["name"]),
                town_tasks_mu=self.town_tasks.tasks_mu if self.town_tasks else None,
            )

        return _figures.get((self.key, "progress"), make)

    @property
    def town_tasks(self) -> TownTasks | None:
        """The tasks of the towns in the year, as known on ``known_on``; None where not given."""
        name = (*self.facts, "told")
        told = _small.get(name, lambda: self.register.read_meta(self.as_of))
        return kept_tasks(told, self.year)

    def totals(self, frame: pd.DataFrame, name: Hashable) -> Any:
        """Return the totals of a list; ``name`` is what made the list (its query or selection)."""
        return _figures.get((self.key, "totals", name), lambda: selection_totals(frame))

    def totals_by(self, frame: pd.DataFrame, name: Hashable, by: tuple[str, ...]) -> pd.DataFrame:
        """Return number and area of a list by the columns given."""
        return _figures.get((self.key, by, name), lambda: measure_totals(frame, by))

    def area_m2(self, frame: pd.DataFrame, name: Hashable) -> float:
        """Return the measured area of a list in m², NaN where no area is known."""
        area = frame["geometry_area_m2"]
        return _figures.get((self.key, "area", name), lambda: float(area.sum(min_count=1)))

    @property
    def standing(self) -> pd.DataFrame:
        """The events that stand on the reader's day (shared: do not change)."""
        name = (self.facts, self.state_on)
        return _standing.get(name, lambda: standing_events(self.events, state_on=self.state_on))

    def standing_of(self, parcel_id: str) -> pd.DataFrame:
        """Return the events of one parcel that stand on the reader's day."""
        standing = self.standing
        rows = _standing.get(
            (self.facts, self.state_on, "rows"),
            lambda: standing.groupby("parcel_id", sort=False).indices,
        )
        return standing.iloc[rows.get(parcel_id, [])]

    def moved(self) -> pd.DataFrame:
        """Return which stages were reached in the month of ``state_on``, in the order of the rules.

        Returns
        -------
        DataFrame
            ``stage``, ``parcels``, ``area_m2`` (measured, of the parcels that reached it; unknown
            areas left out); only stages that were reached by any parcel.
        """

        def make() -> pd.DataFrame:
            standing = self.standing
            first = pd.Timestamp(self.state_on.replace(day=1))
            fresh = standing[pd.to_datetime(standing["occurred_on"]) >= first]
            fresh = fresh.drop_duplicates(["parcel_id", "stage"])
            area = self.parcels["geometry_area_m2"].reindex(fresh["parcel_id"]).to_numpy()
            table = pd.DataFrame(
                {"stage": fresh["stage"].to_numpy(), "parcels": 1, "area_m2": area}
            )
            order = [stage.code for stage in self.rules.stages]
            summed = table.groupby("stage").sum(min_count=1).reindex(order).dropna(subset="parcels")
            return summed.rename_axis("stage").reset_index()

        return _figures.get((self.key, "moved"), make)

    def choices(self, column: str) -> tuple[str, ...]:
        """Return the known values of a text column, sorted (for the filter bar)."""

        def make() -> tuple[str, ...]:
            values = self.parcels[column].dropna().unique()
            return tuple(sorted(str(value) for value in values if str(value).strip()))

        return _small.get((self.parcel_facts, "choices", column), make)

    def kept(self, name: Hashable, make: Callable[[], Any]) -> Any:
        """Return what ``make`` made of this desk under ``name``; shared, so do not change it."""
        return _figures.get((self.key, name), make)

    @property
    def version_known(self) -> int:
        """Last change known on ``known_on``: what is printed with figures of that day."""
        name = (*self.facts, "version known")
        return int(_small.get(name, lambda: self.register.version_known(self.as_of)))

    def layers(self) -> pd.DataFrame:
        """Return the reference layers, one row per layer and version."""
        return _small.get((*self.facts, "layers"), self.register.layers)

    def changes(self) -> pd.DataFrame:
        """Return the change log, one row per commit."""
        return _small.get((*self.facts, "changes"), self.register.changes)

    def neighbours(self, parcel_id: str) -> tuple[str, ...]:
        """Return the ids of the parcels within 20 m, nearest list first by id."""

        def make() -> tuple[str, ...]:
            geometry = self.parcels.geometry
            at = geometry.loc[parcel_id]
            if at is None or at.is_empty:
                return ()
            around = np.sort(geometry.sindex.intersection(at.buffer(0.0005).bounds))
            near = geometry.iloc[around].to_crs(METRIC_CRS)
            found = find_neighbours(near, parcel_id, within_m=20)
            return tuple(str(name) for name in found)

        return _small.get((self.parcel_facts, "neighbours", parcel_id), make)


def open_desk(
    workspace: Path,
    *,
    today: date,
    state_on: date | None = None,
    known_on: date | None = None,
    year: int | None = None,
) -> Desk:
    """Lay the desk for one reader; cheap when nothing changed since the last time.

    Parameters
    ----------
    workspace : Path
        Folder with the register.
    today : date
        The newest day where the register does not say how far its data reach.
    state_on, known_on : date, optional
        The reader's two dates; the newest where absent.
    year : int, optional
        The year of the task; that of ``state_on`` where absent.

    Raises
    ------
    DataError
        As ``Register.open``.
    """
    register = open_register(workspace)
    version = register.version
    meta = _small.get((str(workspace), id(register), version, "meta"), lambda: dict(register.meta))
    latest = _iso_day(meta.get("data_until")) or today
    on = state_on or latest
    return Desk(
        workspace=workspace,
        register=register,
        version=version,
        meta=meta,
        rules=_rules.get("rules", load_rules),
        state_on=on,
        known_on=known_on,
        latest=latest,
        year=year or min(max(on.year, YEARS[0]), YEARS[-1]),
    )


def _iso_day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None
