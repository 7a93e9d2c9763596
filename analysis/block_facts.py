"""What a parcel costs and gives when its block is renewed: quantities times unit prices."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from analysis.allocation import allocate
from analysis.floor_area import numbers
from data.block_prices import BlockPrices
from gis.area import M2_PER_MU
from gis.crs import require_metric
from gis.validity import measurable

COST_PARTS = (
    "cost_land_wan",
    "cost_floor_wan",
    "cost_unlawful_wan",
    "cost_demolition_wan",
    "cost_firms_wan",
    "cost_jobs_wan",
)
"""Parts of the cost; their sum is ``cost_wan``."""

PRICED = {
    "land": ("cost_land_wan", "bought_m2"),
    "floor": ("cost_floor_wan", "lawful_floor_m2"),
    "unlawful": ("cost_unlawful_wan", "unlawful_floor_m2"),
    "demolition": ("cost_demolition_wan", "floor_m2"),
    "firm": ("cost_firms_wan", "firm_parts"),
    "job": ("cost_jobs_wan", "jobs"),
    "new_floor": ("gain_wan", "gain_floor_m2"),
}
"""Price → the figure that it makes, and the quantity that it prices."""

_WAN = 10_000.0
_DAYS = 365.2425
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def parcel_facts(
    parcels: pd.DataFrame,
    *,
    prices: BlockPrices,
    holdings: pd.DataFrame | None,
    firms: pd.DataFrame | None,
    far_line: float,
    on: Any,
) -> pd.DataFrame:
    """Return quantities, parts of cost, and gain of each parcel; see `block_figures`.

    Examples
    --------
    >>> from data.block_prices import load_block_prices
    >>> land = pd.DataFrame({"geometry_area_m2": [2_000.0], "floor_area_m2": [1_000.0],
    ...     "unlawful_floor_area_m2": [0.0]}, index=pd.Index(["P1"], name="parcel_id"))
    >>> found = parcel_facts(land, prices=load_block_prices(), holdings=None, firms=None,
    ...     far_line=2.0, on=None)
    >>> found[["cost_land_wan", "cost_floor_wan", "gain_floor_m2"]].values.tolist()
    [[180.0, 100.0, 3000.0]]
    """
    area = _areas(parcels)
    bare = _coded(parcels, "build_status", prices.codes["bare"])
    unsold = _coded(parcels, "low_class", prices.codes["not_bought"])
    floor, unlawful, assumed = _floors(parcels, area, bare, prices)
    people = _people(parcels, area, bare, holdings, firms, prices)
    facts = pd.DataFrame(
        {
            "area_m2": area,
            "bought_m2": np.where(unsold, 0.0, area),
            "floor_m2": floor,
            "unlawful_floor_m2": unlawful,
            "lawful_floor_m2": floor - unlawful,
            **people,
        },
        index=parcels.index,
    )
    facts["assumed"] = assumed | people["assumed"]
    room = np.maximum(far_line * area - floor, 0.0)
    facts["gain_floor_m2"] = np.where(_flag(parcels, "far_exemption"), 0.0, room)
    for key, (figure, quantity) in PRICED.items():
        amount = facts[quantity].to_numpy(dtype=float)
        amount = amount / M2_PER_MU if key == "land" else amount
        scale = _WAN if prices.prices[key].unit == "yuan_per_m2" else 1.0
        facts[figure] = _times(amount, prices[key]) / scale
    facts["cost_wan"] = facts[list(COST_PARTS)].sum(axis=1, skipna=False)
    return facts.assign(**_difficulties(parcels, facts, prices, unsold, bare, on))


def _times(amount: Floats, price: float) -> Floats:
    """Return amount × price: nothing costs nothing, whatever its unknown price or amount."""
    if price == 0:
        return np.zeros(len(amount))
    return np.where(amount == 0, 0.0, amount * price)


def _areas(parcels: pd.DataFrame) -> Floats:
    if isinstance(parcels, gpd.GeoDataFrame):
        require_metric(parcels, what="宗地 parcels")
        shapes = np.asarray(parcels.geometry.array, dtype=object)
        return np.where(measurable(shapes), shapely.area(shapes), np.nan)
    return numbers(parcels, "geometry_area_m2")[1]


def _coded(parcels: pd.DataFrame, field: str, codes: tuple[str, ...]) -> Bools:
    if field not in parcels:
        return np.zeros(len(parcels), dtype=bool)
    return parcels[field].isin(codes).to_numpy(dtype=bool)


def _flag(parcels: pd.DataFrame, field: str) -> Bools:
    if field not in parcels:
        return np.zeros(len(parcels), dtype=bool)
    return parcels[field].astype("boolean").fillna(False).to_numpy(dtype=bool)


def _floors(
    parcels: pd.DataFrame, area: Floats, bare: Bools, prices: BlockPrices
) -> tuple[Floats, Floats, Bools]:
    """Return all floor area, the unlawful part of it, and where either was assumed."""
    told, ratio = (numbers(parcels, name)[1] for name in ("floor_area_m2", "far"))
    absurd = ratio > prices["far_most"]
    floor = np.where(np.isnan(told), np.where(absurd, np.nan, ratio) * area, told)
    floor = np.where(np.isnan(floor) & bare, 0.0, floor)
    guess = np.isnan(floor) & ~np.isnan(area) & ~np.isnan(prices["floor_ratio"])
    floor = np.where(guess, prices["floor_ratio"] * area, floor)
    unlawful = numbers(parcels, "unlawful_floor_area_m2")[1]
    unlawful = np.where(floor == 0, 0.0, np.minimum(unlawful, floor))
    share = np.isnan(unlawful) & ~np.isnan(floor) & ~np.isnan(prices["unlawful_share"])
    unlawful = np.where(share, prices["unlawful_share"] * floor, unlawful)
    return floor, unlawful, guess | share


def _people(
    parcels: pd.DataFrame,
    area: Floats,
    bare: Bools,
    holdings: pd.DataFrame | None,
    firms: pd.DataFrame | None,
    prices: BlockPrices,
) -> dict[str, Any]:
    """Return firms, their parts and their jobs by parcel: none on bare land, else as told."""
    count = len(parcels)
    names: NDArray[np.object_] = np.full(count, None, dtype=object)
    parts, jobs = np.full(count, np.nan), numbers(parcels, "employees")[1]
    if holdings is not None and len(holdings):
        names, parts, theirs = _held(parcels.index, area, holdings, firms)
        jobs = np.where(np.isnan(theirs), jobs, theirs)
    alone = bare & np.fromiter((held is None for held in names), dtype=bool, count=count)
    kept = zip(names, alone.tolist(), strict=True)
    names = np.fromiter((() if none else held for held, none in kept), dtype=object, count=count)
    parts = np.where(alone, 0.0, parts)
    jobs = np.where(alone & np.isnan(jobs), 0.0, jobs)
    guess = np.isnan(jobs) & ~np.isnan(area) & ~np.isnan(prices["jobs_per_mu"])
    jobs = np.where(guess, prices["jobs_per_mu"] * area / M2_PER_MU, jobs)
    number = [np.nan if held is None else float(len(held)) for held in names]
    return {
        "firms": number,
        "firm_ids": pd.Series(names, index=parcels.index, dtype=object),
        "firm_parts": parts,
        "jobs": jobs,
        "assumed": guess,
    }


def _held(
    index: pd.Index, area: Floats, holdings: pd.DataFrame, firms: pd.DataFrame | None
) -> tuple[NDArray[np.object_], Floats, Floats]:
    """Return the firms of each parcel, the sum of the shares of them that it has, their jobs."""
    ids = pd.Index(holdings["owner_uscc"].dropna().unique(), name="owner_uscc")
    staff = pd.Series(np.nan, index=ids)
    if firms is not None and "employees" in firms:
        told = pd.to_numeric(firms.set_index("owner_uscc")["employees"], errors="coerce")
        staff = told[~told.index.duplicated()].reindex(ids).astype(float)
    land = pd.DataFrame({"geometry_area_m2": area}, index=index)
    rows = holdings if "area_share" in holdings else holdings.assign(area_share=np.nan)
    spread = allocate(
        pd.DataFrame({"owner_uscc": ids, "employees": staff.to_numpy()}),
        land,
        rows[rows["owner_uscc"].notna()],
        figures=["employees"],
    )
    shares = spread.shares.sort_values(["parcel_id", "owner_uscc"], kind="stable")
    share = shares["figure_share"].where(shares["land_m2"].notna() | (shares["method"] == "told"))
    place = index.get_indexer(pd.Index(shares["parcel_id"]))
    firm = shares["owner_uscc"].to_numpy(dtype=object)
    each = np.bincount(place, minlength=len(index))
    first = np.full(len(index), -1)
    first[place[::-1]] = np.arange(len(place))[::-1]
    spans = zip(first.tolist(), (first + each).tolist(), strict=True)
    names = np.fromiter(
        (None if start < 0 else tuple(firm[start:end]) for start, end in spans),
        dtype=object,
        count=len(index),
    )
    parts = np.bincount(place, share.to_numpy(dtype=float), minlength=len(index))
    jobs = spread.by_parcel["employees"].where(spread.by_parcel["employees_unknown"] == 0)
    theirs = np.asarray(jobs.reindex(index), dtype=float)
    return names, np.where(each > 0, parts, np.nan), theirs


def _difficulties(
    parcels: pd.DataFrame,
    facts: pd.DataFrame,
    prices: BlockPrices,
    unsold: Bools,
    bare: Bools,
    on: Any,
) -> dict[str, Any]:
    """Return what difficulty is measured from, by parcel; NaN where unknown."""
    empty = pd.Series(np.full(len(parcels), None), index=parcels.index, dtype=object)
    owner = parcels.get("owner", empty).astype(object)
    owner = owner.where(owner.notna(), None).mask(unsold & owner.isna().to_numpy(), "")
    good = _told(parcels, "evaluation_grade", prices.codes["good_grade"])
    known = parcels.get("low_class", empty)
    low = np.where(known.isna() | (known == "insufficient"), np.nan, known == "not_low")
    left = _years(parcels, "tenure_end_on", on)
    return {
        "owner": owner,
        "good_grade": np.where(bare | unsold, 0.0, good),
        "tenure_years": np.where(unsold, 0.0, np.maximum(left, 0.0)),
        "building_years": np.where(facts["floor_m2"] == 0, np.nan, _age(parcels, on)),
        "not_low": low.astype(float),
    }


def _told(parcels: pd.DataFrame, field: str, codes: tuple[str, ...]) -> Floats:
    if field not in parcels:
        return np.full(len(parcels), np.nan)
    return np.where(parcels[field].isna(), np.nan, parcels[field].isin(codes)).astype(float)


def _years(parcels: pd.DataFrame, field: str, on: Any) -> Floats:
    """Return years from a day to the day of a field, NaN where either is unknown."""
    if on is None or field not in parcels:
        return np.full(len(parcels), np.nan)
    days = pd.to_datetime(parcels[field], errors="coerce") - pd.Timestamp(on)
    years = (days.dt.total_seconds() / 86_400 / _DAYS).to_numpy(dtype=float)
    return np.asarray(years, dtype=float)


def _age(parcels: pd.DataFrame, on: Any) -> Floats:
    since = -_years(parcels, "actual_completion_on", on)
    return np.where(since < 0, np.nan, since)
