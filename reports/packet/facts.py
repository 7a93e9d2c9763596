"""What a packet tells: one set of figures for slides, document, workbook and maps."""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from analysis.credit import credited_events
from analysis.desk import desk_frame
from analysis.forecast import Forecast, forecast
from analysis.meeting import open_points, settled
from analysis.movement import Movement, movement
from analysis.progress import Progress, progress
from analysis.restated import PUBLISHED_AFTER, Known, Restated, restated
from analysis.stages import standing_events
from data.asof import AsOf
from data.rules import Rules
from reports.context import ExportContext
from reports.packet.kinds import since
from reports.packet.words import UNKNOWN, long_day, month_name, mu, say

EVIDENCE = ("parcel_name", "town", "owner", "low_class", "renewal_mode")
"""What the list of credited parcels says of each, beside event and area."""


@dataclass(frozen=True, eq=False)
class PacketSource:
    """What the register knew on a day: all that a packet is made from.

    Attributes
    ----------
    parcels : GeoDataFrame
        EPSG:4490, indexed by ``parcel_id``.
    events : DataFrame
        Stage events.
    versions, lineage : DataFrame
        Every version of every parcel; ``parent_id``, ``child_id`` of splits and merges.
    layers : mapping of str to GeoDataFrame
        ``towns``, ``roads``, ``river`` for the maps.
    towns : tuple of str
        Towns to be listed even where they have no parcel.
    tasks_mu : mapping of str to float
        Task of each town in 亩, empty where none is on record.
    minutes : DataFrame or None
        What meetings said, as the register reads it.
    published : Known or None
        What was known when the last packet of this kind came out; None where that was nothing.
    """

    parcels: gpd.GeoDataFrame
    events: pd.DataFrame
    versions: pd.DataFrame
    lineage: pd.DataFrame
    layers: Mapping[str, gpd.GeoDataFrame] = field(default_factory=dict)
    towns: tuple[str, ...] = ()
    tasks_mu: Mapping[str, float] = field(default_factory=dict)
    minutes: pd.DataFrame | None = None
    published: Known | None = None


@dataclass(frozen=True, eq=False)
class PacketFacts:
    """One meeting's figures.

    Attributes
    ----------
    kind : str
        One of :data:`reports.packet.kinds.KINDS`.
    since : date
        State that the last meeting of this kind saw.
    context : ExportContext
        County, two dates, version, rules and language; printed on every page.
    now : Progress
        The year on the day.
    desk : GeoDataFrame
        Parcels with stage and credit, EPSG:4490.
    credited : DataFrame
        Events that earned credit in the year, in the order of date and parcel: ``parcel_id``,
        `EVIDENCE`, ``stage``, ``occurred_on``, ``credited_m2`` (NaN unknown), ``doc_no``.
    moved : DataFrame
        Stages reached since the last meeting: ``stage``, ``parcels``, ``area_m2``.
    years : DataFrame
        Credited area in m² by month (rows 1–12), one column a year, not cumulative; NaN for
        months that have not begun.
    movement : Movement
        How the stock moved, month by month.
    forecast : Forecast or None
        Where the year will end; None where it is over or too little is on record.
    points, settled : DataFrame
        What meetings decided and nobody has closed, and what was closed since the last one, as
        `analysis.meeting` returns them.
    restated : Restated or None
        The figure of the last meeting as published then and as known now; None where nothing
        was on record then.
    layers : mapping of str to GeoDataFrame
        ``towns``, ``roads``, ``river`` where the register has them, EPSG:4490.
    """

    kind: str
    since: date
    context: ExportContext
    now: Progress
    desk: gpd.GeoDataFrame
    credited: pd.DataFrame
    moved: pd.DataFrame
    years: pd.DataFrame
    movement: Movement
    forecast: Forecast | None
    points: pd.DataFrame
    settled: pd.DataFrame
    restated: Restated | None
    layers: Mapping[str, gpd.GeoDataFrame]

    @property
    def lang(self) -> str:
        """Language of the packet."""
        return "en" if self.context.lang == "en" else "zh"

    @property
    def fresh(self) -> pd.DataFrame:
        """Credited since the last meeting, largest first, unknown areas last."""
        new = self.credited[self.credited["occurred_on"] > pd.Timestamp(self.since)]
        new = new[new["credited_m2"] != 0]
        return new.sort_values("credited_m2", ascending=False, kind="stable")

    def say(self, key: str, **parts: Any) -> str:
        """Return a sentence in the language of the packet."""
        return say(key, self.lang, **parts)

    @property
    def title(self) -> str:
        """Name of the packet."""
        return self.say("title", county=self.context.county, kind=self.say(self.kind))

    @property
    def when(self) -> str:
        """The day in a sentence: the end of a month by its name."""
        on = self.context.state_on
        if on.day == calendar.monthrange(on.year, on.month)[1]:
            return self.say("until_end", month=month_name(on.month, self.lang))
        return self.say("until_day", day=long_day(on, self.lang))

    @property
    def headline(self) -> str:
        """The finding of the year in one sentence."""
        gap, done = self.now.gap_m2, mu(self.now.credited_m2)
        if gap is None:
            return self.say("found_plain", when=self.when, done=done)
        key = "found_behind" if gap < 0 else "found_ahead"
        return self.say(key, when=self.when, done=done, gap=mu(abs(gap)))

    @property
    def share(self) -> str:
        """Credited over task in per cent, ``—`` without a task."""
        target = self.now.target_m2
        return f"{100 * self.now.credited_m2 / target:.1f}%" if target else UNKNOWN

    def provenance(self) -> tuple[str, str]:
        """Return the two lines that every page carries: dates, version, rules; counting rule."""
        told = self.context
        known = UNKNOWN if told.known_on is None else told.known_on.isoformat()
        parts = [
            told.county,
            self.say("state_on", on=told.state_on.isoformat()),
            self.say("known_on", on=known),
            self.say("version", n=told.register_version),
            self.say("rules", id=told.rules_id),
        ]
        if told.is_sample:
            parts.append(self.say("sample"))
        return " · ".join(parts), told.credit_rule


def packet_facts(
    source: PacketSource, *, kind: str, rules: Rules, as_of: AsOf, context: ExportContext
) -> PacketFacts:
    """Gather the figures of a meeting.

    Parameters
    ----------
    source : PacketSource
        The county as known on ``as_of.known_on``.
    kind : str
        One of :data:`reports.packet.kinds.KINDS`.
    as_of : AsOf
        The two dates; the year of the task is that of ``state_on``.
    context : ExportContext
        What every page says; its dates are set to those of ``as_of``.
    """
    parcels, events = source.parcels, source.events
    year, back = as_of.state_on.year, since(kind, as_of.state_on)
    common: dict[str, Any] = {"rules": rules, "year": year, "as_of": as_of}
    desk = desk_frame(parcels, events, **common)
    standing = standing_events(events, state_on=as_of.state_on)
    ever = credited_events(standing, parcels, rules=rules)
    now = progress(
        parcels, events, towns=source.towns, town_tasks_mu=source.tasks_mu, desk=desk, **common
    )
    return PacketFacts(
        kind=kind,
        since=back,
        context=replace(context, state_on=as_of.state_on, known_on=as_of.known_on),
        now=now,
        desk=desk,
        credited=_evidence(ever, parcels, year),
        moved=_moved(standing, parcels, rules, back),
        years=_years(ever, as_of.state_on),
        movement=movement(source.versions, events, parcels, lineage=source.lineage, **common),
        forecast=_forecast(parcels, events, **common),
        **_minutes(source, back, as_of),
        restated=_restated(source, rules, back),
        layers=source.layers,
    )


def _minutes(source: PacketSource, back: date, as_of: AsOf) -> dict[str, pd.DataFrame]:
    """Return what is still to be done and what was settled, each with the parcel's name.

    The meeting that the packet is for may be some days after its state; later ones say nothing.
    """
    on = as_of.state_on + PUBLISHED_AFTER
    on = on if as_of.known_on is None else min(on, as_of.known_on)
    if source.minutes is None:
        return {"points": pd.DataFrame(), "settled": pd.DataFrame()}
    found = {
        "points": open_points(source.minutes, on=on),
        "settled": settled(source.minutes, since=back, on=on),
    }
    names = source.parcels["parcel_name"]
    return {
        key: rows.assign(parcel_name=rows["parcel_id"].map(names)) for key, rows in found.items()
    }


def _restated(source: PacketSource, rules: Rules, back: date) -> Restated | None:
    """Return what of the last meeting's figure was restated since it was published."""
    if source.published is None:
        return None
    now = Known(source.parcels, source.events)
    return restated(source.published, now, rules=rules, year=back.year, state_on=back)


def _forecast(
    parcels: gpd.GeoDataFrame, events: pd.DataFrame, *, rules: Rules, year: int, as_of: AsOf
) -> Forecast | None:
    """Return where the year will end, None where it is over or too little is on record."""
    if as_of.state_on >= date(year, 12, 31):
        return None
    found = forecast(parcels, events, rules=rules, year=year, as_of=as_of)
    return None if found.reason or found.p50_m2 is None else found


def _evidence(ever: pd.DataFrame, parcels: gpd.GeoDataFrame, year: int) -> pd.DataFrame:
    """Return what earned credit in the year, with the parcel it belongs to."""
    mine = ever[pd.to_datetime(ever["occurred_on"]).dt.year == year]
    mine = mine.sort_values(["occurred_on", "parcel_id", "event_id"], kind="stable")
    facts = pd.DataFrame(parcels[[name for name in EVIDENCE if name in parcels.columns]])
    facts = facts.iloc[mine["position"].to_numpy(dtype=int)].reset_index(drop=True)
    table = mine[["parcel_id", "stage", "occurred_on", "credited_m2"]].reset_index(drop=True)
    doc_no = mine["doc_no"] if "doc_no" in mine else pd.Series(None, index=mine.index, dtype=object)
    return pd.concat([table, facts], axis=1).assign(
        doc_no=doc_no.to_numpy(dtype=object),
        occurred_on=pd.to_datetime(table["occurred_on"]),
    )


def _moved(
    standing: pd.DataFrame, parcels: gpd.GeoDataFrame, rules: Rules, back: date
) -> pd.DataFrame:
    """Return which stages were reached after a day, in the order of the rules."""
    new = standing[pd.to_datetime(standing["occurred_on"]) > pd.Timestamp(back)]
    new = new.drop_duplicates(["parcel_id", "stage"])
    area = parcels["geometry_area_m2"].reindex(new["parcel_id"]).to_numpy(dtype=float)
    table = pd.DataFrame({"stage": new["stage"].to_numpy(), "parcels": 1, "area_m2": area})
    order = [stage.code for stage in rules.stages]
    summed = table.groupby("stage").sum(min_count=1).reindex(order).dropna(subset="parcels")
    return summed.rename_axis("stage").reset_index()


def _years(ever: pd.DataFrame, on: date) -> pd.DataFrame:
    """Return the credit of each month of each year; months not begun are NaN."""
    days = pd.to_datetime(ever["occurred_on"])
    table = pd.DataFrame(
        {"year": days.dt.year, "month": days.dt.month, "m2": ever["credited_m2"].to_numpy()}
    )
    first = min([*table["year"].astype(int), on.year])
    years = list(range(first, on.year + 1))
    summed = table.pivot_table(index="month", columns="year", values="m2", aggfunc="sum")
    summed = summed.reindex(index=range(1, 13), columns=years).fillna(0.0)
    summed.loc[np.arange(1, 13) > on.month, on.year] = np.nan
    return summed
