"""What each synthetic parcel is: where it lies, its industry and its low-efficiency class."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

from data.sample.areas import CLUSTERS, Blocks
from data.sample.grid import Floats
from data.sample.land import Land, town_of
from data.sample.parcels import Plots

CLASSES = (
    "approved_unsupplied", "supplied_unused", "underused", "built_idle", "below_agreed",
    "insufficient", "not_low",
)  # fmt: skip
# Shares of the classes in old and in new areas.
OLD_SHARES = np.array([0.02, 0.02, 0.25, 0.04, 0.06, 0.03, 0.58])
NEW_SHARES = np.array([0.14, 0.12, 0.04, 0.05, 0.08, 0.02, 0.55])
CATALOGUE = {
    "auto": ("3670", "3660", "3620", "3752", "3812"),
    "materials": ("2651", "2659", "2662", "2821", "2921", "2922", "2924", "2929"),
    "equipment": ("3421", "3443", "3441", "3467", "3482", "3484", "3525", "3542", "3823", "4011"),
    "digital": ("3962", "3982", "3983", "3989", "3922", "6513"),
    "health": ("2710", "2720", "2770", "3581", "3584"),
    "light": ("1951", "1952", "1953", "1922", "1819", "1829", "2411", "2452"),
}


def pick(rng: np.random.Generator, weights: Floats) -> np.ndarray:
    """Draw one column per row with the row's weights (n, k)."""
    total = weights.cumsum(axis=1)
    return (rng.random(len(weights))[:, None] * total[:, -1:] > total).sum(axis=1)


def industry_codes(rng: np.random.Generator, clusters: np.ndarray) -> np.ndarray:
    """Four-digit GB/T 4754-2017 codes that belong to the clusters (first ones more often)."""
    codes = np.full(len(clusters), "", dtype="<U4")
    for cluster, choice in CATALOGUE.items():
        mine = clusters == cluster
        odds = 0.75 ** np.arange(len(choice))
        codes[mine] = rng.choice(np.array(choice), int(mine.sum()), p=odds / odds.sum())
    return codes


def parcel_ids(
    rng: np.random.Generator, town_codes: np.ndarray, collective: np.ndarray
) -> np.ndarray:
    """Make unique cadastral codes of 19 characters: county, districts, GB or JB, number."""
    sub = rng.integers(1, 20, len(town_codes))
    frame = pd.DataFrame({"town": town_codes, "sub": sub, "kind": np.where(collective, "JB", "GB")})
    number = frame.groupby(["town", "sub", "kind"]).cumcount() + 1
    return (
        "330381"
        + frame["town"].str[-3:]
        + frame["sub"].astype(str).str.zfill(3)
        + frame["kind"]
        + number.astype(str).str.zfill(5)
    ).to_numpy(str)


def _villages(rng: np.random.Generator, towns: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Village names: the nearest of random village centres, numbered within the town."""
    x, y = shapely.get_x(points), shapely.get_y(points)
    count = max(8, len(x) // 12)
    seat = rng.choice(len(x), size=min(count, 420, len(x)), replace=False)
    tree = shapely.STRtree(points[seat])
    near = tree.nearest(points)
    number = pd.Series(towns[seat]).groupby(towns[seat]).cumcount().to_numpy() + 1
    shift = rng.normal(0, 1, len(x))  # keeps a few parcels without a village
    names = np.char.add(np.char.add("第", number[near].astype(str)), "村")
    return np.where((shift < 2.2) & np.isfinite(y), names, "")


def make_classes(
    rng: np.random.Generator, land: Land, areas: pd.DataFrame, blocks: Blocks, plots: Plots
) -> pd.DataFrame:
    """One row per plot, in their order: place, newness, cluster, class and areas in m²."""
    area_no = blocks.area_no[plots.block]
    points = shapely.point_on_surface(plots.geometry)
    count = len(points)
    town = town_of(land.towns, points).to_numpy(str)
    code = land.towns.set_index("name")["stat_code"].astype(str)
    new = areas["newness"].to_numpy()[area_no]
    local = rng.normal(0, 0.12, len(blocks.area_no))[plots.block]
    new = np.clip(new + local, 0.0, 1.0)
    mix = areas[list(CLUSTERS)].to_numpy(float)[area_no]
    shares = OLD_SHARES * (1 - new[:, None]) + NEW_SHARES * new[:, None]
    low = np.array(CLASSES)[pick(rng, shares)]
    low[np.isin(plots.fault, ["sliver", "twin"])] = "insufficient"
    cluster = np.array(CLUSTERS)[pick(rng, mix)]
    park = areas["park"].to_numpy(object)[area_no]
    collective = (new < 0.35) & (rng.random(count) < 0.16)
    size = shapely.area(plots.geometry)
    gross = np.where(rng.random(count) < 0.012, rng.uniform(0.85, 1.2, count), 1.0)
    return pd.DataFrame(
        {
            "parcel_id": parcel_ids(rng, code.loc[town].to_numpy(str), collective),
            "town": town,
            "village": _villages(rng, town, points),
            "park": park,
            "area_no": area_no,
            "block": plots.block,
            "fault": plots.fault,
            "newness": new,
            "collective": collective,
            "cluster": cluster,
            "industry_code": industry_codes(rng, cluster),
            "low_class": low,
            "area_m2": size,
            "registered_area_m2": np.round(size * gross * rng.normal(1.0, 0.002, count), 2),
        }
    )
