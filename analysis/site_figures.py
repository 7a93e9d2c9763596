"""Figures of sites from those of their parcels: by area, where they agree, the weakest."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray


def largest(
    land: pd.DataFrame, name: str, number: NDArray[np.intp], area: NDArray[np.float64]
) -> NDArray[np.object_]:
    """Return the value that has most of the land of each site, None where none is known."""
    found = np.full(number.max(initial=-1) + 1, None, dtype=object)
    if name in land:
        rows = pd.DataFrame({"n": number, "v": land[name].to_numpy(dtype=object), "a": area})
        sums = rows[rows["v"].notna()].groupby(["n", "v"], sort=True)["a"].sum().reset_index()
        best = sums.sort_values(["n", "a"], ascending=[True, False], kind="stable")
        best = best.drop_duplicates("n")
        found[best["n"].to_numpy()] = best["v"].to_numpy(dtype=object)
    return found


def agreed(
    land: pd.DataFrame, name: str, number: NDArray[np.intp], count: int
) -> NDArray[np.object_]:
    """Return the one value that the parcels of each site have, None where they differ."""
    found = np.full(count, None, dtype=object)
    if name in land:
        rows = pd.DataFrame({"n": number, "v": land[name].to_numpy(dtype=object)})
        pairs = rows[rows["v"].notna()].drop_duplicates()
        alone = pairs[~pairs["n"].duplicated(keep=False)]
        found[alone["n"].to_numpy()] = alone["v"].to_numpy(dtype=object)
    return found


def different_owners(
    land: pd.DataFrame, number: NDArray[np.intp], count: int
) -> NDArray[np.float64]:
    """Return how many different owners each site has, NaN where none is known."""
    if "owner" not in land:
        return np.full(count, np.nan)
    rows = pd.DataFrame({"n": number, "v": land["owner"].to_numpy(dtype=object)})
    pairs = rows[rows["v"].notna()].drop_duplicates()
    found = np.bincount(pairs["n"], minlength=count).astype(float)
    return np.where(found > 0, found, np.nan)


def by_area(
    land: pd.DataFrame, name: str, number: NDArray[np.intp], area: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the mean by area of each site; NaN where a parcel of it does not say."""
    count = number.max(initial=-1) + 1
    if name not in land:
        return np.full(count, np.nan)
    values = land[name].to_numpy(dtype=float, na_value=np.nan)
    whole = np.bincount(number, area, minlength=count)
    return np.asarray(np.bincount(number, area * values, minlength=count) / whole, dtype=float)


def summed(
    land: pd.DataFrame, name: str, number: NDArray[np.intp], count: int
) -> NDArray[np.float64]:
    """Return the sum of each site, NaN where a parcel of it does not say."""
    if name not in land:
        return np.full(count, np.nan)
    values = land[name].to_numpy(dtype=float, na_value=np.nan)
    return np.asarray(np.bincount(number, values, minlength=count), dtype=float)


_FIRMNESS = ("unknown", "planned", "usual", "standing", "reached")


def weakest(basis: pd.Series, by_site: pd.Series) -> NDArray[np.object_]:
    """Return the least firm ground among the parcels of each site."""
    rank = basis.map({name: at for at, name in enumerate(_FIRMNESS)})
    least = rank.groupby(by_site).min().to_numpy(dtype=int)
    return np.array(_FIRMNESS, dtype=object)[least]


def numbers(frame: pd.DataFrame, name: str) -> NDArray[np.float64]:
    """Return a column as floats; NaN where there is none, or no value."""
    if name not in frame:
        return np.full(len(frame), np.nan)
    return pd.to_numeric(frame[name]).to_numpy(dtype=float, na_value=np.nan)
