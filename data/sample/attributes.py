"""The ledger of the sample county: what the bureaus keep of a parcel, consistent in itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from data.sample.firms import MEASURES, grades
from data.sample.grid import Bools, Floats
from data.sample.reasons import add_reasons
from data.sample.renewal import REBUILT
from gis.area import to_mu

ACTUAL = {"started": "actual_start_on", "completed": "actual_completion_on"}
LEAST_AGREED_FAR = 0.4
WORKING = ("stage", "listed_on", "moved_on", "far_listed", "tax_listed", "done_listed")
_NAT = np.datetime64("NaT", "D")


def _some(rng: np.random.Generator, values: np.ndarray | pd.Series, missing: float) -> pd.Series:
    """Values of which a share is unknown."""
    series = pd.Series(np.asarray(values))
    return series.mask(rng.random(len(series)) < missing)


def _days(days: Floats) -> np.ndarray:
    """Days since 1970 as dates, NaN as NaT."""
    known = np.isfinite(days)
    return np.where(known, np.nan_to_num(days).astype("int64").astype("M8[D]"), _NAT)


def make_plan_far(rng: np.random.Generator, classes: pd.DataFrame) -> Floats:
    """Plot ratio of plan or contract: low in old areas, towards 2.0 and more in new ones."""
    new = classes["newness"].to_numpy()
    steps = np.clip(np.round((0.9 + 1.1 * new + rng.normal(0, 0.22, len(new))) * 10) / 10, 0.7, 3.0)
    return np.where(classes["low_class"] == "underused", np.maximum(steps, 1.0), steps)


def make_measures(
    rng: np.random.Generator,
    classes: pd.DataFrame,
    built: Bools,
    floor: pd.DataFrame,
    stage: pd.Series,
) -> pd.DataFrame:
    """Make what each plot yields and uses in a year (万元, persons, tce, t); NaN is unknown.

    Plots without buildings yield nothing and are left unknown, as in the ledgers; renewed plots
    that produce again yield what others do.
    """
    again = stage.isin(["producing", "evaluated"])
    low = classes["low_class"].mask(again, "not_low").to_numpy(str)
    count = len(low)
    mu = to_mu(classes["area_m2"])
    typical = np.select(
        [low == "below_agreed", low == "underused", low == "built_idle"], [8.5, 7.0, 0.6], 19.0
    )
    tax = mu * typical * rng.lognormal(0, 0.6, count) * (0.8 + 0.5 * classes["newness"])
    value = tax * rng.normal(5.8, 0.9, count).clip(3.0, 9.0)
    revenue = value * rng.normal(4.6, 0.8, count).clip(2.5, 8.0)
    staff = floor["floor_area_m2"] / rng.normal(62, 14, count).clip(30, 120)
    energy = value * rng.lognormal(np.log(0.16), 0.45, count)
    table = pd.DataFrame(
        {
            "tax_wan": tax,
            "value_added_wan": value,
            "revenue_wan": revenue,
            "rd_wan": revenue * rng.lognormal(np.log(0.024), 0.5, count),
            "employees": np.round(np.where(low == "built_idle", staff * 0.05, staff)),
            "energy_tce": energy,
            "emissions_t": energy * rng.lognormal(np.log(0.002), 0.7, count),
        }
    )
    rates = dict(zip(MEASURES, (0.05, 0.08, 0.07, 0.35, 0.1, 0.22, 0.4), strict=True))
    for name, rate in rates.items():
        table[name] = table[name].where(built & (rng.random(count) >= rate)).round(2)
    above = rng.random(count) < np.clip(revenue / 5200.0, 0, 0.95)
    size = np.where(above, "above", "below").astype(object)
    return table.assign(firm_size=pd.Series(size).where(built, None))


def _since_1970(days: pd.Series) -> Floats:
    """Days since 1970, NaN where there is none."""
    since = (days - pd.Timestamp(1970, 1, 1)) / pd.Timedelta(days=1)
    return np.array(since.tolist(), dtype=np.float64)


def _history(
    rng: np.random.Generator, classes: pd.DataFrame, facts: Facts, until: date
) -> pd.DataFrame:
    """Agreed and actual days of start and completion, delivery and end of tenure.

    ``done_listed`` is the completion by which idle works were listed: before the listing.
    """
    count, built = len(classes), facts.built
    low = classes["low_class"].to_numpy(str)
    rebuilt = facts.stage.isin(REBUILT).to_numpy()
    last = float((np.datetime64(until, "D") - np.datetime64("1970-01-01", "D")).astype(int))
    listed = _since_1970(facts.listed)
    found = np.where(np.isnan(listed), last, listed)
    begun = (np.nan_to_num(facts.year, nan=2015.0) - 1971.5) * 365.25 + rng.uniform(0, 365, count)
    works = rng.uniform(380, 1000, count)
    before = found - rng.uniform(70, 1700, count)
    waiting = low == "supplied_unused"
    idle = (low == "built_idle") & ~rebuilt
    begun = np.where(idle, np.minimum(begun, before - works), begun)
    renewed_on = _since_1970(facts.days["started"])
    begun = np.where(rebuilt & np.isfinite(renewed_on), renewed_on, begun)
    agreed = np.where(waiting, before, begun - rng.normal(40, 50, count))
    agreed = np.where(low == "approved_unsupplied", np.nan, agreed)
    delivered = agreed - rng.uniform(60, 300, count)
    finish = agreed + rng.choice([540.0, 730.0, 900.0], count)
    started = np.where(built, begun, np.nan)
    done = np.where(built, begun + works, np.nan)
    frame = pd.DataFrame(
        {
            "delivered_on": _days(delivered),
            "agreed_start_on": _days(agreed),
            "actual_start_on": _days(np.where(started > last, np.nan, started)),
            "agreed_completion_on": _days(finish),
            "actual_completion_on": _days(np.where(done > last, np.nan, done)),
            "tenure_end_on": _days(delivered + 50 * 365.25),
        }
    ).astype("M8[ns]")
    old = classes["newness"].to_numpy() < 0.3
    for name in list(frame.columns):
        frame[name] = _some(rng, frame[name], 0.06).mask(old & (rng.random(count) < 0.35))
    # Where nothing older stands, or it has been rebuilt, the days are those of the events.
    for stage, column in ACTUAL.items():
        day = facts.days[stage]
        own = (day <= pd.Timestamp(until)).to_numpy() & (rebuilt | ~built)
        frame[column] = frame[column].mask(own, day)
    older = pd.Series(_days(np.where(rebuilt, before, np.nan))).astype("M8[ns]")
    return frame.assign(done_listed=frame["actual_completion_on"].mask(rebuilt, older))


def _papers(rng: np.random.Generator, table: pd.DataFrame) -> pd.DataFrame:
    """Contract, certificate, unit and supervision numbers, all plainly synthetic."""
    count = len(table)
    number = pd.Series(np.arange(1, count + 1).astype(str)).str.zfill(6)
    supplied = table["tenure"].notna() & (table["tenure"] != "collective")
    held = table["owner"].notna()
    unit = table["parcel_id"].astype(str) + "F00010001"
    return table.assign(
        contract_no=_some(rng, "模拟合同" + number, 0.18).where(supplied).to_numpy(),
        cert_no=_some(rng, "浙（模拟）瑞安市不动产权第" + number + "号", 0.12)
        .where(held)
        .to_numpy(),
        unit_no=_some(rng, unit, 0.2).where(held).to_numpy(),
        supervision_no=_some(rng, "模拟监管" + number, 0.3).where(supplied).to_numpy(),
    )


def _owners(
    rng: np.random.Generator, table: pd.DataFrame, holdings: pd.DataFrame, firms: pd.DataFrame
) -> pd.DataFrame:
    """Owner, its credit code and the user of the land, from the holdings."""
    own = holdings[holdings["owner"]].set_index("plot")
    named = firms.loc[own["firm"]].set_index(own.index)[["name", "uscc"]]
    rent = holdings[~holdings["owner"]].drop_duplicates("plot").set_index("plot")
    tenant = firms["name"].loc[rent["firm"]].set_axis(rent.index)
    owner = named["name"].reindex(table.index)
    village = table["town"].str.slice(0, 2) + table["village"].replace("", "第1村") + "经济合作社"
    rural = owner.isna() & (table["tenure"] == "collective")
    plots_of = own.groupby("firm").size()
    alone = own["firm"].map(plots_of).eq(1).reindex(table.index)
    user = tenant.reindex(table.index).where(tenant.reindex(table.index).notna(), owner)
    return table.assign(
        owner=owner.mask(rural, "模拟" + village),
        owner_uscc=_some(rng, named["uscc"].reindex(table.index), 0.02).to_numpy(),
        land_user=_some(rng, user, 0.05).to_numpy(),
        single_owner=alone.astype("boolean").to_numpy(),
    )


def _plan_met(rng: np.random.Generator, table: pd.DataFrame, stage: pd.Series) -> pd.DataFrame:
    """Let the agreed plot ratio fit the class: underused land lies below it, other land meets it.

    A few exceptions stay. Adds ``far_listed``, the plot ratio by which the parcel was listed:
    its own, or an older one where it has been rebuilt since.
    """
    far, planned = table["far"], table["planned_far"]
    count = len(table)
    rebuilt = stage.isin(REBUILT)
    under = (table["low_class"] == "underused") & ~rebuilt
    met = (far * rng.uniform(0.72, 1.0, count) * 10).map(np.floor) / 10
    odd = (rng.random(count) < 0.02) & (table["low_class"] == "not_low") & ~rebuilt
    lower = (planned > met) & ~under & ~odd
    planned = planned.mask(lower, met.where(met >= LEAST_AGREED_FAR))
    planned = planned.mask(under & (far >= planned), (far * 1.4).round(1))
    older = (planned * rng.uniform(0.3, 0.7, count)).round(2)
    return table.assign(planned_far=planned, far_listed=far.mask(rebuilt, older))


def _areas(
    rng: np.random.Generator,
    table: pd.DataFrame,
    floor: pd.DataFrame,
    built: Bools,
    supplied: pd.Series,
) -> pd.DataFrame:
    """Add recorded areas and floor areas (m²); plot ratio and coverage as the survey noted them."""
    count = len(table)
    area, registered = table["area_m2"], table["registered_area_m2"]
    held = supplied
    noise = rng.normal(1.0, 0.03, count)
    counted = floor["counted_m2"].where(built)
    unlawful = floor["unlawful_floor_area_m2"].where(built)
    beyond = np.where(rng.random(count) < 0.05, rng.uniform(0.01, 0.12, count), 0.0) * area
    return table.assign(
        approved_area_m2=_some(rng, (registered * 1.004).round(2), 0.15),
        supplied_area_m2=_some(rng, registered.round(2), 0.08).where(held),
        registered_area_m2=_some(rng, registered, 0.04).where(held),
        occupied_area_m2=_some(rng, (area + beyond).round(2), 0.12).where(built),
        built_area_m2=_some(rng, (area * rng.uniform(0.55, 1.0, count)).round(2), 0.2).where(built),
        unlawful_area_m2=_some(rng, np.round(beyond, 2), 0.15).where(built),
        floor_area_m2=_some(rng, (floor["floor_area_m2"] * noise).round(2), 0.05).where(built),
        footprint_area_m2=_some(rng, floor["footprint_area_m2"].round(2), 0.08).where(built),
        unlawful_floor_area_m2=_some(rng, unlawful.round(2), 0.25),
        far=_some(rng, (counted * noise / area).round(2), 0.04),
        site_coverage_pct=_some(
            rng, (floor["footprint_area_m2"] / area * 100).round(1), 0.08
        ).where(built),
    )


def _agreed(rng: np.random.Generator, table: pd.DataFrame, newness: pd.Series) -> pd.DataFrame:
    """Add what the contracts agree on: tax and investment per mu, standard land."""
    count = len(table)
    mu = to_mu(table["area_m2"])
    paid = (table["tax_wan"] / mu).round(2)
    below = table["low_class"] == "below_agreed"
    tax = (15 + 12 * newness + rng.normal(0, 3, count)).clip(lower=10).round(1)
    again = below & table["stage"].isin(["producing", "evaluated"])
    tax = tax.mask(below & ~again & (paid >= tax), (paid * 1.3).round(1))
    tax = tax.mask(again & (paid < tax), (paid * 0.9).round(1))
    older = (tax * rng.uniform(0.3, 0.8, count)).round(2)
    recent = (newness > 0.4) & (table["low_class"] != "approved_unsupplied") | below
    asked = np.round(180 + 190 * newness + rng.normal(0, 30, count), 0)
    intensity = _some(rng, asked, 0.12).where(recent)
    standard = pd.Series(pd.array(rng.random(count) < newness * 0.5, dtype="boolean"))
    return table.assign(
        tax_wan_per_mu=paid,
        tax_listed=paid.mask(table["stage"].isin(REBUILT), older),
        agreed_tax_wan_per_mu=_some(rng, tax, 0.12).where(recent),
        agreed_intensity_wan_per_mu=intensity,
        agreed_investment_wan=(intensity * mu).round(0),
        standard_land=standard.where(recent, pd.NA),
    )


@dataclass(frozen=True)
class Facts:
    """What is known of the plots before the ledger is written; rows in the order of the plots.

    Attributes
    ----------
    built, supplied : ndarray of bool, Series of bool
        Whether something stands on the plot; whether its land is supplied.
    year, planned_far : ndarray
        Year of the oldest building (NaN without), plot ratio of plan or contract.
    floor, measures : DataFrame
        As from `floor_by_plot` and `make_measures`.
    holdings, firms : DataFrame
        As from `make_holdings` and `make_firms`.
    days : DataFrame
        Day of every stage, NaT where there is none.
    stage : Series
        Present stage, "none" outside the programme.
    listed : Series
        Day on which the plot was listed, NaT where it has not been.
    """

    built: Bools
    supplied: pd.Series
    year: Floats
    planned_far: Floats
    floor: pd.DataFrame
    measures: pd.DataFrame
    holdings: pd.DataFrame
    firms: pd.DataFrame
    days: pd.DataFrame
    stage: pd.Series
    listed: pd.Series


def make_ledger(
    rng: np.random.Generator, classes: pd.DataFrame, facts: Facts, *, until: date
) -> pd.DataFrame:
    """Parcel columns of the register, one row per plot in their order, without geometry."""
    table = classes.drop(columns=["area_no", "block", "fault", "newness"]).copy()
    granted = rng.choice(
        np.array(["granted", "allocated", "leased"]), len(table), p=[0.9, 0.05, 0.05]
    )
    tenure = np.where(classes["collective"], "collective", granted)
    table["tenure"] = pd.Series(tenure, index=table.index).where(facts.supplied, None)
    planned = pd.Series(facts.planned_far, index=table.index)
    under = table["low_class"] == "underused"
    table["planned_far"] = _some(rng, planned, 0.07).where(~under, planned)
    table = _owners(rng, table, facts.holdings, facts.firms)
    table = _areas(rng, table, facts.floor, facts.built, facts.supplied)
    table = _plan_met(rng, table, facts.stage)
    table = table.join(_history(rng, classes, facts, until)).join(facts.measures)
    table = table.assign(stage=facts.stage, listed_on=facts.listed, moved_on=facts.days["supplied"])
    table = _agreed(rng, table, classes["newness"])
    return _finish(rng, add_reasons(_papers(rng, table), until), facts.built, until)


def _finish(
    rng: np.random.Generator, table: pd.DataFrame, built: Bools, until: date
) -> pd.DataFrame:
    """Add uses, plan conformance, grade, high consumption, names and the date of the ledger."""
    count = len(table)
    size = table["firm_size"].to_numpy(object)
    grade = pd.Series(grades(table["tax_wan_per_mu"].to_numpy(float), size), dtype=object)
    draw = rng.random(count)
    thirsty = table["energy_tce"] > table["value_added_wan"] * 0.24
    conform = rng.choice(np.array(["conforms", "partly", "conflicts"]), count, p=[0.86, 0.09, 0.05])
    place = table["park"].where(table["park"].notna(), table["town"])
    name = place + "地块" + pd.Series((np.arange(count) + 1).astype(str), index=table.index)
    use = rng.choice(np.array(["工业", "工业", "工业", "仓储", "空置"]), count)
    table = table.assign(
        parcel_name=name,
        village=table["village"].replace("", None),
        approved_use="工业用地",
        actual_use=pd.Series(np.where(built, use, "空地")).mask(draw < 0.05),
        planned_use=pd.Series(np.where(conform == "conflicts", "居住用地", "工业用地")).mask(
            draw > 0.95
        ),
        plan_conformance=pd.Series(conform).mask(rng.random(count) < 0.06),
        industry_code=table["industry_code"].where(table["owner"].notna(), None),
        cluster=table["cluster"].where(table["owner"].notna(), None),
        evaluation_grade=grade,
        evaluation_year=pd.Series(until.year - 1, index=grade.index, dtype="Int64").mask(
            grade.isna()
        ),
        high_consumption=(thirsty & grade.isin(["C", "D"])).astype("boolean"),
        updated_on=np.datetime64(until, "D").astype("M8[ns]"),
    )
    return table.drop(columns=["collective", *WORKING])
