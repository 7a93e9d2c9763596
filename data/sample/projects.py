"""Synthetic projects that look for land, and the layers that only they ask for."""

from __future__ import annotations

from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from data.sample.constraints import SOURCE
from data.sample.firms import TRADE
from data.sample.grid import Floats
from gis.crs import METRIC_CRS

COUNT = 24
INDUSTRY = {
    "auto": "3670", "materials": "2651", "equipment": "3421", "digital": "3975",
    "health": "3581", "light": "1952",
}  # fmt: skip
WISH = (8, 10, 12, 15, 18, 20, 25, 30, 36, 45, 60, 90)
HAZARD = {"auto": "D", "materials": "A", "equipment": "D", "digital": "D", "health": "C"}

_NEVER = pd.DatetimeIndex(["NaT"])


def make_projects(rng: np.random.Generator, until: date) -> pd.DataFrame:
    """Projects of every cluster, all synthetic; some figures are unknown, as in life.

    The first wants 200 亩 for auto parts, the second makes polymers and needs a chemical park.
    """
    row = np.arange(COUNT)
    cluster = np.array(list(TRADE))[row % len(TRADE)]
    most = np.array(WISH, dtype=float)[rng.permutation(COUNT) % len(WISH)]
    most[0], most[1] = 200.0, 120.0
    investment = np.round(most * rng.uniform(350, 700, COUNT), -2)
    jobs = np.round(most * rng.uniform(6, 16, COUNT))
    mean = np.round(rng.uniform(24, 46, COUNT), 1)
    added = np.round(jobs * mean * rng.uniform(0.95, 1.4, COUNT))
    known = rng.random(COUNT) > 0.2
    wanted = pd.Timestamp(until).to_period("M").to_timestamp()
    months = rng.integers(3, 36, COUNT)
    trade = pd.Series(cluster).map(TRADE).to_numpy(str)
    numbers = np.char.zfill((row + 1).astype(str), 3)
    chemical = cluster == "materials"
    table = pd.DataFrame(
        {
            "project_id": np.char.add("MNXM-", numbers),
            "project_name": np.char.add(np.char.add("模拟", trade), np.char.add("项目", numbers)),
            "firm_name": np.char.add("模拟投资企业", numbers),
            "cluster": cluster,
            "industry_code": pd.Series(cluster).map(INDUSTRY),
            "project_kind": np.where(row % 3 == 2, "expansion", "emerging"),
            "land_least_mu": np.round(most * 0.7),
            "land_most_mu": most,
            "far_least": np.where(chemical, 1.0, np.round(rng.choice([1.5, 2.0, 2.5], COUNT), 1)),
            "investment_wan": investment,
            "output_wan": np.round(investment * rng.uniform(1.2, 2.4, COUNT), -2),
            "value_added_wan": added,
            "jobs": jobs,
            "productivity_mean_wan": np.where(known, mean, np.nan),
            "hazard_class": pd.Series(cluster).map(HAZARD).fillna("C"),
            "chemical": chemical,
            "special_site": np.zeros(COUNT, dtype=bool),
            "protection_m": np.where(chemical, 100.0, np.where(row % 5 == 4, 50.0, np.nan)),
            **_needs(rng, most),
            "wanted_on": [wanted + pd.DateOffset(months=int(n)) for n in months],
            "own_land": (rng.random(COUNT) < 0.35) & (row > 1),
            "project_source": SOURCE,
        }
    )
    return table.assign(jobs=table["jobs"].astype(int))


def _needs(rng: np.random.Generator, most: Floats) -> dict[str, Floats]:
    """Return what the workshop must bear and be supplied with, roughly by its land."""
    return {
        "storey_load_kn_m2": np.round(rng.uniform(5, 20, len(most))),
        "ground_floor_pct": np.round(rng.uniform(20, 70, len(most))),
        "power_kva": np.round(most * rng.uniform(40, 120, len(most)), -1),
        "water_t_day": np.round(most * rng.uniform(2, 12, len(most))),
        "noise_db": np.round(rng.uniform(50, 65, len(most))),
    }


def make_chemical_parks(parks: gpd.GeoDataFrame, until: date) -> gpd.GeoDataFrame:
    """One park accredited for two years to come, one expired, one of unknown validity."""
    some = parks.iloc[:3]
    inner = some.geometry.buffer(-120.0)
    inner = inner.where(~inner.is_empty, some.geometry)
    day = pd.Timestamp(until)
    starts = pd.DatetimeIndex([day - pd.DateOffset(years=y) for y in (3, 6)]).append(_NEVER)
    ends = pd.DatetimeIndex([day - pd.DateOffset(years=y) for y in (-2, 1)]).append(_NEVER)
    names = [f"模拟化工园区{number}" for number in range(1, len(some) + 1)]
    facts = {
        "name": names,
        "accredited_on": starts[: len(some)],
        "accredited_until": ends[: len(some)],
        "source": SOURCE,
    }
    return gpd.GeoDataFrame(facts, geometry=inner.to_numpy(), crs=METRIC_CRS)


def make_contaminated(
    rng: np.random.Generator, parks: gpd.GeoDataFrame, until: date
) -> gpd.GeoDataFrame:
    """Eight spots in the parks under the watch of the soil list; half of them are off it again."""
    shapes = parks.geometry.to_numpy()[np.arange(8) % len(parks)]
    west, south, east, north = shapely.bounds(shapes).T
    x, y = rng.uniform(west, east), rng.uniform(south, north)
    at = shapely.get_point(shapely.shortest_line(shapes, shapely.points(x, y)), 0)
    spots = shapely.buffer(at, rng.uniform(30, 70, len(at)))
    cleared = [pd.Timestamp(until) - pd.DateOffset(months=6 * n) for n in range(1, len(at) + 1)]
    days = pd.Series(cleared).where(np.arange(len(at)) % 2 == 0)
    names = [f"模拟污染地块{number}" for number in range(1, len(at) + 1)]
    facts = {"name": names, "cleared_on": days.to_numpy(), "source": SOURCE}
    return gpd.GeoDataFrame(facts, geometry=spots, crs=METRIC_CRS)
