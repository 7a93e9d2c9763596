"""The sample county as frames: everything the bureaus would hand over, made from one seed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from data import schema
from data.errors import DataError
from data.rules import load_rules
from data.sample import attributes, constraints, events, firms, parks, rasters, renewal
from data.sample.areas import CLUSTERS, Blocks, make_areas, make_blocks
from data.sample.buildings import floor_by_plot, make_buildings, make_standing
from data.sample.classes import make_classes
from data.sample.grid import Floats
from data.sample.land import Land, make_land
from data.sample.parcels import Plots, make_plots
from data.sample.projects import make_chemical_parks, make_contaminated, make_projects
from data.sample.screening_inputs import with_inputs
from gis.area import to_m2
from gis.crs import COUNTY_CRS, METRIC_CRS
from gis.outline import Outline

SEED = 330381
UNTIL = date(2026, 10, 31)
NOTE = "模拟数据"
FEWEST, MOST = 50, 200_000
FIRST_END, LAST_END = date(2023, 6, 30), date(2040, 12, 31)


class SampleRefusedError(DataError):
    """A sample county that cannot be made."""

    zh: ClassVar[str] = (
        "无法生成样例：宗地数 {parcels} 须在 {fewest} 至 {most} 之间，"
        "截止日期 {until} 须在 {first} 至 {last} 之间。"
    )
    en: ClassVar[str] = (
        "No such sample can be made: {parcels} parcels must be {fewest} to {most}, "
        "and the last day {until} must be from {first} to {last}."
    )


@dataclass(frozen=True)
class County:
    """A synthetic county (模拟数据); only the outline and the names of places are real.

    Attributes
    ----------
    seed, until : int, date
        What it was made from; nothing happens after ``until``.
    outline : Outline
        Real outline with its source line.
    parcels : GeoDataFrame
        EPSG:4490, indexed by ``parcel_id`` (sorted), columns of the register.
    events : DataFrame
        Stage events in the order of recording, see `data.sample.events.make_events`.
    firms, firm_parcels : DataFrame
        Firms, and which share of which parcel they hold or rent.
    layers : mapping of str to GeoDataFrame
        Reference layers by their name, EPSG:4490.
    dem, dsm : Raster
        Terrain at 30 m, surface of the main park at 2 m (EPSG:4549).
    projects : DataFrame
        Projects that look for land, see `data.sample.projects.make_projects`.
    """

    seed: int
    until: date
    outline: Outline
    parcels: gpd.GeoDataFrame
    events: pd.DataFrame
    firms: pd.DataFrame
    firm_parcels: pd.DataFrame
    layers: Mapping[str, gpd.GeoDataFrame]
    dem: rasters.Raster
    dsm: rasters.Raster
    projects: pd.DataFrame

    @property
    def meta(self) -> dict[str, str]:
        """Marks for the register: that it is a sample, of where, and until when."""
        return {
            "sample": "1",
            "sample_note": NOTE,
            "county": "瑞安市",
            "adcode": "330381",
            "data_until": self.until.isoformat(),
        }


@dataclass(frozen=True)
class _Works:
    """The programme of renewal with the day of every stage, and each plot's present stage."""

    programme: pd.DataFrame
    days: pd.DataFrame
    all_days: pd.DataFrame
    stage: pd.Series


def _kind(areas: pd.DataFrame, classes: pd.DataFrame) -> np.ndarray:
    """Kind of the industrial area of each plot."""
    return areas["kind"].to_numpy(str)[classes["area_no"]]


def _works(rng: np.random.Generator, classes: pd.DataFrame, until: date) -> _Works:
    rules = load_rules()
    programme = renewal.make_programme(
        rng, classes, rules=rules, target_m2=float(to_m2(rules.annual_target_mu)), until=until
    )
    days = renewal.stage_days(rng, programme)
    past = days.where(days <= pd.Timestamp(until)).notna().to_numpy()
    names = np.array([*days.columns, "none"])
    last = np.where(past.any(axis=1), past.shape[1] - 1 - past[:, ::-1].argmax(axis=1), -1)
    stage = pd.Series(names[last], index=programme.index).reindex(classes.index, fill_value="none")
    return _Works(programme, days, days.reindex(classes.index), stage)


def _ledger(
    rng: np.random.Generator,
    areas: pd.DataFrame,
    classes: pd.DataFrame,
    works: _Works,
    buildings: gpd.GeoDataFrame,
    listed: pd.Series,
    until: date,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Ledger of the parcels, firms and holdings, in the order of the plots."""
    count = len(classes)
    kind = _kind(areas, classes)
    floor = floor_by_plot(buildings, count)
    built = np.bincount(buildings["plot"], minlength=count) > 0
    year = buildings.groupby("plot")["year"].min().reindex(range(count)).to_numpy(float)
    planned = attributes.make_plan_far(rng, classes)
    measures = attributes.make_measures(rng, classes, built, floor, works.stage)
    supplied = (classes["low_class"] != "approved_unsupplied") | works.stage.isin(
        renewal.AFTER_SUPPLY
    )
    holdings = firms.make_holdings(rng, classes, built, kind, supplied.to_numpy())
    companies = firms.make_firms(holdings, classes, measures)
    facts = attributes.Facts(
        built=built,
        supplied=supplied,
        year=year,
        planned_far=planned,
        floor=floor,
        measures=measures,
        holdings=holdings,
        firms=companies,
        days=works.all_days,
        stage=works.stage,
        listed=listed,
    )
    ledger = attributes.make_ledger(rng, classes, facts, until=until)
    return _with_plans(rng, ledger, classes, works, planned), companies, holdings


def _with_inputs(
    rng: np.random.Generator,
    ledger: pd.DataFrame,
    classes: pd.DataFrame,
    works: _Works,
    buildings: gpd.GeoDataFrame,
    until: date,
) -> pd.DataFrame:
    """Add what the rules of screening ask for."""
    built = np.bincount(buildings["plot"], minlength=len(classes)) > 0
    supplied = (classes["low_class"] != "approved_unsupplied") | works.stage.isin(
        renewal.AFTER_SUPPLY
    )
    return with_inputs(rng, ledger, built, supplied.to_numpy(), until)


def _with_plans(
    rng: np.random.Generator,
    ledger: pd.DataFrame,
    classes: pd.DataFrame,
    works: _Works,
    planned: Floats,
) -> pd.DataFrame:
    """Add the renewal ledger: mode, block, plans, the unit in charge and remarks."""
    far = ledger["planned_far"].fillna(pd.Series(planned, index=ledger.index)).to_numpy(float)
    plans = events.make_plans(rng, classes, works.programme, works.days, far)
    ledger = ledger.join(plans).join(works.programme[["mode", "renewal_block"]])
    ledger = ledger.rename(columns={"mode": "renewal_mode"})
    town = ledger["town"].where(ledger["park"].isna(), "市经信局")
    planned_rows = ledger["renewal_mode"].notna()
    ledger["responsible_unit"] = town.where(planned_rows, None)
    names = {code: schema.enum_label("cluster", code, "zh") for code in CLUSTERS}
    ledger["renewal_industry"] = classes["cluster"].map(names).where(planned_rows, None)
    ledger["remark"] = pd.Series("疑似重复登记，待核实", index=classes.index).where(
        classes["fault"] == "twin", None
    )
    return ledger


def _layers(
    rng: np.random.Generator, land: Land, areas: pd.DataFrame, blocks: Blocks
) -> dict[str, gpd.GeoDataFrame]:
    """Make the reference layers in EPSG:4549."""
    footprints = parks.make_footprints(land, areas, blocks)
    industry = shapely.union_all(footprints.geometry.to_numpy())
    residential = constraints.make_residential(rng, land, industry)
    homes = shapely.union_all(residential.geometry.to_numpy())
    growth, control = constraints.make_boundaries(rng, land, footprints)
    crossings, substations = constraints.make_points(rng, land, footprints)
    towns = land.towns.rename(columns={"name": "town", "stat_code": "town_code"})
    roads = pd.concat([land.roads, parks.make_streets(areas, blocks)], ignore_index=True)
    return {
        "towns": towns[["town", "town_code", "civil_code", "lon", "lat", "geometry"]],
        "parks": parks.parks_only(footprints),
        "roads": gpd.GeoDataFrame(roads, geometry="geometry", crs=METRIC_CRS),
        "river": land.water,
        "residential": residential,
        "farmland": constraints.make_farmland(rng, land, footprints, homes),
        "redline": constraints.make_redline(rng, land),
        "growth_boundary": growth,
        "industrial_line": control,
        "flood": constraints.make_flood(rng, land),
        "interchanges": crossings,
        "substations": substations,
    }


def _parcels(ledger: pd.DataFrame, plots: Plots) -> gpd.GeoDataFrame:
    frame = ledger.drop(columns=["area_m2"]).set_index("parcel_id")
    shapes = gpd.GeoSeries(plots.geometry, crs=METRIC_CRS, index=frame.index)
    return gpd.GeoDataFrame(frame, geometry=shapes.to_crs(COUNTY_CRS)).sort_index()


def _stored(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return a layer in EPSG:4490; rings that touch themselves after rounding are taken apart."""
    stored = frame.to_crs(COUNTY_CRS)
    shapes = stored.geometry.to_numpy()
    bad = ~shapely.is_valid(shapes)
    shapes[bad] = shapely.buffer(shapes[bad], 0.0)
    return stored.set_geometry(gpd.GeoSeries(shapes, crs=COUNTY_CRS))


def _buildings_layer(buildings: gpd.GeoDataFrame, parcel_ids: np.ndarray) -> gpd.GeoDataFrame:
    """Return the buildings under their dictionary names, each with its parcel."""
    frame = buildings.assign(
        parcel_id=parcel_ids[buildings["plot"]],
        height_m=(buildings["storeys"] * buildings["storey_height_m"]).round(1),
        permitted=~buildings["unlawful"],
    )
    names = {
        "footprint_area_m2": "building_footprint_m2",
        "floor_area_m2": "building_floor_area_m2",
        "use": "building_use",
        "year": "built_year",
    }
    return frame.drop(columns=["plot"]).rename(columns=names)


def generate(parcels: int = 3000, seed: int = SEED, until: date = UNTIL) -> County:
    """Make the sample county.

    50 to 200,000 ``parcels``, the same ones for the same ``seed``; events happen up to the day
    ``until``, later ones are plans. Beyond some 20,000 parcels the county is full: industry
    climbs the hills and parcels are smaller than the usual 12 亩; below 500 the task is missed.

    Raises
    ------
    SampleRefusedError
        If the number or the day is out of range.
    """
    _check(parcels, until)
    streams = np.random.default_rng(seed).spawn(13)
    land = make_land(streams[0])
    areas = make_areas(streams[1], land, parcels)
    blocks, _ = make_blocks(streams[1], land, areas, parcels)
    plots = make_plots(streams[2], blocks, parcels)
    classes = make_classes(streams[3], land, areas, blocks, plots)
    works = _works(streams[4], classes, until)
    happened = events.make_events(streams[7], classes, works.programme, works.days, until=until)
    cleared = works.all_days["demolished"].notna()
    standing = make_standing(streams[5], classes, works.stage, cleared, _kind(areas, classes))
    buildings = make_buildings(streams[5], blocks, plots, classes, standing)
    ledger, companies, holdings = _ledger(
        streams[6], areas, classes, works, buildings, events.listed_on(happened, classes), until
    )
    ledger = _with_inputs(streams[10], ledger, classes, works, buildings, until)
    ids = classes["parcel_id"].to_numpy(object)
    layers = _layers(streams[8], land, areas, blocks)
    layers["parks"] = parks.with_services(streams[12], layers["parks"])
    layers["buildings"] = _buildings_layer(buildings, ids)
    soil = make_contaminated(streams[11], layers["parks"], until)
    layers |= {"chemical_parks": make_chemical_parks(layers["parks"], until), "contaminated": soil}
    dem, dsm = rasters.make_rasters(streams[9], land, layers["parks"], buildings)
    return County(
        seed,
        until,
        land.outline,
        _parcels(ledger, plots),
        happened,
        _firms_table(companies, until),
        _holdings_table(holdings, companies, ids),
        {name: _stored(frame) for name, frame in layers.items()},
        dem,
        dsm,
        make_projects(streams[11], until),
    )


def _check(parcels: int, until: date) -> None:
    if not FEWEST <= parcels <= MOST or not FIRST_END <= until <= LAST_END:
        raise SampleRefusedError(
            parcels=parcels, until=until, fewest=FEWEST, most=MOST, first=FIRST_END, last=LAST_END
        )


def _firms_table(companies: pd.DataFrame, until: date) -> pd.DataFrame:
    table = companies.rename(columns={"uscc": "owner_uscc", "name": "firm_name"})
    return table.assign(evaluation_year=until.year - 1).reset_index(drop=True)


def _holdings_table(
    holdings: pd.DataFrame, companies: pd.DataFrame, ids: np.ndarray
) -> pd.DataFrame:
    table = pd.DataFrame(
        {
            "owner_uscc": companies["uscc"].loc[holdings["firm"]].to_numpy(),
            "parcel_id": ids[holdings["plot"]],
            "area_share": holdings["share"].to_numpy(),
        }
    )
    return table.sort_values(["parcel_id", "owner_uscc"], kind="stable").reset_index(drop=True)
