"""Movement of the stock (存量变动表): what came in, was renewed, re-defined, measured anew.

Closing = opening + identified − renewed − re-defined ± remeasured, for every month and town.
Only credit is renewal: land that leaves because its class was changed is re-defined.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import numpy as np
import pandas as pd

from analysis.credit import credited_events
from analysis.errors import require
from analysis.lineage_families import families
from analysis.rows import rows_of
from analysis.stages import stage_order, standing_events
from data.asof import AsOf
from data.rules import Rules

ENTRY_STAGE = "listed"
"""Land is in the stock from the day it is listed (认定入库), or reached any later stage."""

NOT_LOW = "not_low"

FLOWS = ("identified_m2", "renewed_m2", "redefined_m2", "remeasured_m2")
COLUMNS = ("opening_m2", *FLOWS, "closing_m2")
_SIGNS = np.array([1.0, -1.0, -1.0, 1.0])


@dataclass(frozen=True, eq=False)
class Movement:
    """The movement of a year.

    Attributes
    ----------
    year : int
        Calendar year.
    as_of : AsOf
        State on, known on.
    by_town : DataFrame
        One row for each month until ``state_on`` and each town, in order: ``month``, ``town``
        (None where unknown), ``opening_m2``, ``identified_m2``, ``renewed_m2``,
        ``redefined_m2``, ``remeasured_m2`` (signed), ``closing_m2``.
    by_month : DataFrame
        The same for the county.
    unknown_parcels : int
        Parcels of the stock without a measured area: they are in none of the sums.
    """

    year: int
    as_of: AsOf
    by_town: pd.DataFrame
    by_month: pd.DataFrame
    unknown_parcels: int

    def of_town(self, town: str | None) -> pd.DataFrame:
        """Return the months of one town."""
        towns = self.by_town["town"]
        mine = towns.isna() if town is None else towns == town
        return self.by_town[mine].drop(columns="town").reset_index(drop=True)

    def whole(self) -> pd.DataFrame:
        """Return one row for each town: the year from its opening to its closing."""
        if self.by_town.empty:
            return self.by_town.drop(columns="month")
        grouped = self.by_town.groupby("town", dropna=False, sort=False)
        told: dict[str, str] = dict.fromkeys(FLOWS, "sum")
        table = grouped.agg({"opening_m2": "first", **told, "closing_m2": "last"}).reset_index()
        table["town"] = table["town"].astype(object).where(table["town"].notna(), None)
        return table


def closing_gap(table: pd.DataFrame) -> pd.Series:
    """Return by how much each row fails to close, in m²; 0 but for the last bits of a float.

    Examples
    --------
    >>> row = dict(zip(COLUMNS, ([100.0], [20.0], [30.0], [5.0], [-1.0], [84.0])))
    >>> closing_gap(pd.DataFrame(row)).tolist()
    [0.0]
    """
    flows = table[list(FLOWS)].to_numpy(dtype=float) @ _SIGNS
    return table["opening_m2"] + flows - table["closing_m2"]


def movement(
    versions: pd.DataFrame,
    events: pd.DataFrame,
    parcels: pd.DataFrame,
    *,
    rules: Rules,
    year: int,
    as_of: AsOf,
    lineage: pd.DataFrame | None = None,
) -> Movement:
    """Return how the stock of low-efficiency land moved in each month of a year.

    The stock of a day is the land that is listed and neither credited nor re-defined. A parcel's
    class and area on a day are those on record that day; the first ones stand for the time
    before. Towns are those known now.

    Parameters
    ----------
    versions : DataFrame
        Every version of every parcel as known on ``as_of.known_on``: ``parcel_id``, ``town``,
        ``low_class``, ``geometry_area_m2``, ``known_from``, ``known_to``
        (``Register.read_versions``).
    events : DataFrame
        Stage events known then.
    parcels : DataFrame
        The parcels known then, as :func:`analysis.credit.credited_events` needs them.
    lineage : DataFrame, optional
        ``parent_id``, ``child_id`` of splits and merges: the land stays, so what an area gains or
        loses by them is remeasured.

    Raises
    ------
    MissingFieldError, UnknownStageError
        If a column is absent or a stage unknown.
    """
    require(versions, "parcel_id", "town", "low_class", "geometry_area_m2", what="宗地历次版本")
    standing = standing_events(events, state_on=as_of.state_on)
    earned = credited_events(standing, parcels, rules=rules)
    days = boundaries(year, as_of.state_on)
    stock = _Stock(versions, standing, rules=rules, lineage=lineage)
    credit = _credit(earned, parcels, stock, days)
    seen = [stock.on(day) for day in days]
    gross = np.array([stock.by_unit(now.area * now.inside) for now in seen])
    gross = gross.reshape(len(days), stock.units)
    flows = [stock.flows(before, now) for before, now in pairwise(seen)]
    table = _table(gross, credit, flows, stock)
    by_month = table.groupby("month", sort=True)[list(COLUMNS)].sum().reset_index()
    unknown = int((seen[-1].inside & stock.unmeasured).sum()) if seen else 0
    return Movement(year, as_of, table, by_month, unknown)


def boundaries(year: int, state_on: date) -> list[date]:
    """Return the last day before the year and the month-ends until ``state_on``, that day last.

    Examples
    --------
    >>> [str(day) for day in boundaries(2026, date(2026, 2, 10))]
    ['2025-12-31', '2026-01-31', '2026-02-10']
    >>> boundaries(2026, date(2025, 12, 31)), len(boundaries(2025, date(2026, 2, 10)))
    ([], 13)
    """
    if state_on.year < year:
        return []
    ends = [date(year, month, calendar.monthrange(year, month)[1]) for month in range(1, 13)]
    past = [end for end in ends if end <= state_on]
    running = [state_on] if state_on.year == year and state_on not in past else []
    return [date(year - 1, 12, 31), *past, *running]


@dataclass(frozen=True, eq=False)
class _Day:
    """Every parcel on a day: on record at all, in the stock, its area (0 where unknown)."""

    alive: np.ndarray
    inside: np.ndarray
    listed: np.ndarray
    area: np.ndarray


class _Stock:
    """The versions laid out by parcel, so that any day can be asked for."""

    def __init__(
        self,
        versions: pd.DataFrame,
        standing: pd.DataFrame,
        *,
        rules: Rules,
        lineage: pd.DataFrame | None,
    ) -> None:
        row, ids = pd.factorize(versions["parcel_id"], sort=True)
        self.ids, self._row = pd.Index(ids), row
        self._from = versions["known_from"].to_numpy().astype("datetime64[D]")
        self._to = versions["known_to"].to_numpy().astype("datetime64[D]")
        area = versions["geometry_area_m2"].to_numpy(dtype=float, na_value=np.nan)
        self._area, self._no_area = np.nan_to_num(area, nan=0.0), np.isnan(area)
        self._not_low = (versions["low_class"] == NOT_LOW).to_numpy(dtype=bool)
        order = np.arange(len(row))
        self._first = np.zeros(len(ids), dtype=int)
        self._first[row[::-1]] = order[::-1]
        last = np.zeros(len(ids), dtype=int)
        last[row] = order
        self.unmeasured = self._no_area[last]
        town = versions["town"].astype(object).to_numpy()[last]
        self.family, self.related, self._child = families(self.ids, lineage)
        place, self.towns = pd.factorize(pd.Series(town), sort=True, use_na_sentinel=True)
        self.unit, pairs = pd.factorize(self.family * (len(self.towns) + 1) + place + 1)
        self.units, self.unit_town = len(pairs), pairs % (len(self.towns) + 1) - 1
        self._entered = self._entry(standing, rules)

    def _entry(self, standing: pd.DataFrame, rules: Rules) -> np.ndarray:
        """Return the day each parcel, or one that it came from, was listed; NaT where never."""
        reached = stage_order(standing["stage"], rules) >= rules.stage_order[ENTRY_STAGE]
        where = rows_of(standing["parcel_id"], self.ids)
        mine = reached & (where >= 0)
        days = pd.to_datetime(standing["occurred_on"]).to_numpy().astype("datetime64[D]")[mine]
        never = np.datetime64("9999-12-31", "D")
        first = np.full(int(self.family.max(initial=-1)) + 1, never)
        latest_first = np.argsort(days, kind="stable")[::-1]
        first[self.family[where[mine][latest_first]]] = days[latest_first]
        return first[self.family]

    def on(self, day: date) -> _Day:
        """Return every parcel as on record at the end of a day."""
        asked = np.datetime64(day, "D")
        begun = np.flatnonzero(self._from <= asked)
        version = np.full(len(self.ids), -1)
        version[self._row[begun]] = begun
        unborn = version < 0
        version = np.where(unborn, self._first, version)
        gone = ~np.isnat(self._to[version]) & (self._to[version] <= asked) & ~unborn
        alive = ~gone & ~(unborn & self._child)
        listed = alive & (self._entered <= asked)
        inside = listed & ~self._not_low[version]
        return _Day(alive, inside, listed, self._area[version])

    def flows(self, before: _Day, now: _Day) -> np.ndarray:
        """Return identified, re-defined and remeasured area by unit between two days."""
        came, left = now.inside & ~before.inside, before.inside & ~now.inside
        split = self.related & (before.alive != now.alive)
        stayed = now.inside & before.inside
        made_out = split & now.listed & ~now.inside & ~before.alive
        identified = np.where(came & ~split, now.area, 0.0)
        redefined = np.where(left & ~split, before.area, 0.0) + np.where(made_out, now.area, 0.0)
        remeasured = np.where(stayed, now.area - before.area, 0.0)
        remeasured += np.where((came & split) | made_out, now.area, 0.0)
        remeasured -= np.where(left & split, before.area, 0.0)
        flows = (identified, redefined, remeasured)
        return np.stack([self.by_unit(flow) for flow in flows])

    def by_unit(self, values: np.ndarray) -> np.ndarray:
        """Add up values of parcels by family and town."""
        return np.bincount(self.unit, values, minlength=self.units)


def _credit(
    earned: pd.DataFrame, parcels: pd.DataFrame, stock: _Stock, days: list[date]
) -> np.ndarray:
    """Return the area credited until each day by unit, known areas only."""
    where = stock.ids.get_indexer(parcels.index)[earned["position"].to_numpy(dtype=int)]
    known = where >= 0
    unit = stock.unit[where[known]]
    area = np.nan_to_num(earned["credited_m2"].to_numpy(dtype=float), nan=0.0)[known]
    when = pd.to_datetime(earned["occurred_on"]).to_numpy().astype("datetime64[D]")[known]
    until = [
        np.bincount(unit, area * (when <= np.datetime64(day, "D")), minlength=stock.units)
        for day in days
    ]
    return np.array(until).reshape(len(days), stock.units)


def _table(
    gross: np.ndarray, credit: np.ndarray, flows: list[np.ndarray], stock: _Stock
) -> pd.DataFrame:
    """Add up units to towns; credit beyond what is on record as stock came in as it was renewed."""
    beyond = np.maximum(credit - gross, 0.0)
    held = np.maximum(gross, credit) - credit
    tables = []
    names = [*map(str, stock.towns), None]
    town = np.where(stock.unit_town < 0, len(stock.towns), stock.unit_town)
    seen = np.flatnonzero(np.bincount(town, minlength=len(names)))
    for at, (identified, redefined, remeasured) in enumerate(flows, start=1):
        extra = beyond[at] - beyond[at - 1]
        as_redefined = redefined > 0
        as_remeasured = ~as_redefined & (identified == 0) & (remeasured != 0)
        cells = (
            held[at - 1],
            identified + np.where(~as_redefined & ~as_remeasured, extra, 0.0),
            credit[at] - credit[at - 1],
            redefined - np.where(as_redefined, extra, 0.0),
            remeasured + np.where(as_remeasured, extra, 0.0),
            held[at],
        )
        summed = {
            name: np.bincount(town, cell, minlength=len(names))[seen]
            for name, cell in zip(COLUMNS, cells, strict=True)
        }
        rows = {"month": at, "town": [names[place] for place in seen], **summed}
        tables.append(pd.DataFrame(rows))
    if not tables:
        return pd.DataFrame(columns=["month", "town", *COLUMNS])
    return pd.concat(tables, ignore_index=True)
