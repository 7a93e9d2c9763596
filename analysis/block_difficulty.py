"""How difficult a block is, 0 to 100, and which of its facts make it so."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.block_prices import BlockPrices, Factor

Floats = NDArray[np.float64]
Places = NDArray[np.int64]


def difficulty(
    facts: pd.DataFrame, number: Places, count: int, *, prices: BlockPrices
) -> pd.DataFrame:
    """Return the difficulty of groups of parcels and its reasons.

    Each factor gives ``points × (value - from) / (to - from)``, between none and all of its
    points. A factor of which nothing is known gives none and takes its points out of the whole, so
    that the difficulty of a block is always told of what is known of it.

    Parameters
    ----------
    facts : DataFrame
        As `analysis.block_facts.parcel_facts` gives them.
    number : ndarray of int
        Group of each row, from 0; -1 in none.
    count : int
        How many groups there are.

    Returns
    -------
    DataFrame
        By group ``difficulty`` (NaN where nothing is known), ``difficulty_reasons`` (tuples of
        code, value, points; the gravest first, the points add up to the difficulty) and
        ``difficulty_unknown`` (codes of factors of which nothing is known).
    """
    rows = np.flatnonzero(number >= 0)
    mine, place = facts.iloc[rows], number[rows]
    values = factor_values(mine, place, count)
    worth = np.zeros((len(prices.factors), count))
    known = np.zeros((len(prices.factors), count), dtype=bool)
    for at, factor in enumerate(prices.factors):
        value, there = values[factor.key]
        known[at] = there
        worth[at] = np.where(np.isnan(value), 0.0, _points(factor, value))
    full = np.array([factor.points for factor in prices.factors])[:, None]
    whole = (full * known).sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        worth = np.where(whole > 0, worth * 100.0 / whole, 0.0)
        total = np.where(whole > 0, worth.sum(axis=0), np.nan)
    keys = [factor.key for factor in prices.factors]
    shown = np.array([values[key][0] for key in keys]).reshape(len(keys), count)
    return pd.DataFrame(
        {
            "difficulty": total,
            "difficulty_reasons": _reasons(keys, shown, worth),
            "difficulty_unknown": [
                tuple(key for key, there in zip(keys, column, strict=True) if not there)
                for column in known.T.tolist()
            ],
        }
    )


def factor_values(
    facts: pd.DataFrame, number: Places, count: int
) -> dict[str, tuple[Floats, NDArray[np.bool_]]]:
    """Return the value of every factor by group, and whether anything is known of it.

    A value may be NaN where it is known that there is none, as the age of buildings on bare land.
    """
    area = facts["area_m2"].to_numpy(dtype=float)
    floor = facts["floor_m2"].to_numpy(dtype=float)

    def total(weights: Floats) -> Floats:
        return np.bincount(number, np.nan_to_num(weights), minlength=count).astype(float)

    def mean(column: str, weights: Floats) -> Floats:
        told = facts[column].to_numpy(dtype=float)
        counted = np.where(np.isnan(told), 0.0, np.nan_to_num(weights))
        with np.errstate(invalid="ignore", divide="ignore"):
            return total(counted * np.nan_to_num(told)) / total(counted)

    unlawful = facts["unlawful_floor_m2"].to_numpy(dtype=float)
    both = ~np.isnan(unlawful) & ~np.isnan(floor)
    seen = total(both.astype(float)) > 0
    stands = total(np.where(both, floor, 0.0))
    bare = (total(np.isnan(floor).astype(float)) == 0) & (total(floor) == 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(stands > 0, total(np.where(both, unlawful, 0.0)) / stands, 0.0)
    found = {
        "owners": _owners(facts, number, count),
        "firms": firms_of(facts, number, count),
        "jobs": sums(facts["jobs"].to_numpy(dtype=float), number, count),
        "unlawful": np.where(seen, share, np.nan),
        "new_buildings": mean("building_years", floor),
        "good_grade": mean("good_grade", area),
        "tenure": mean("tenure_years", area),
        "not_low": mean("not_low", area),
    }
    told = {key: (value, ~np.isnan(value)) for key, value in found.items()}
    age, there = told["new_buildings"]
    return told | {"new_buildings": (age, there | bare)}


def sums(values: Floats, number: Places, count: int) -> Floats:
    """Return the sum of the known values of each group; NaN where none is known.

    Examples
    --------
    >>> sums(np.array([1.0, np.nan, np.nan]), np.array([0, 0, 1]), 2).tolist()
    [1.0, nan]
    """
    known = ~np.isnan(values)
    total = np.bincount(number[known], values[known], minlength=count)
    return np.where(np.bincount(number[known], minlength=count) > 0, total, np.nan)


def firms_of(facts: pd.DataFrame, number: Places, count: int) -> Floats:
    """Return how many firms each group has: one on several of its parcels is one."""
    held = facts["firm_ids"].to_numpy(dtype=object)
    known = np.array([names is not None for names in held], dtype=bool)
    pairs = pd.DataFrame({"group": number[known], "firm": held[known]}).explode("firm")
    pairs = pairs.dropna().drop_duplicates()
    found = np.bincount(pairs["group"].to_numpy(dtype=np.int64), minlength=count).astype(float)
    return np.where(np.bincount(number[known], minlength=count) > 0, found, np.nan)


def _owners(facts: pd.DataFrame, number: Places, count: int) -> Floats:
    """Return how many owners each group has; land that nobody has been given has none."""
    owner = facts["owner"]
    known = owner.notna().to_numpy(dtype=bool)
    pairs = pd.DataFrame({"group": number[known], "owner": owner[known].to_numpy()})
    pairs = pairs[pairs["owner"] != ""].drop_duplicates()
    found = np.bincount(pairs["group"].to_numpy(dtype=np.int64), minlength=count).astype(float)
    return np.where(np.bincount(number[known], minlength=count) > 0, found, np.nan)


def _points(factor: Factor, value: Floats) -> Floats:
    return factor.points * np.clip((value - factor.least) / (factor.to - factor.least), 0.0, 1.0)


def _reasons(
    keys: list[str], values: Floats, worth: Floats
) -> list[tuple[tuple[str, float, float], ...]]:
    order = np.argsort(-worth, axis=0, kind="stable")
    return [
        tuple(
            (keys[at], float(values[at, group]), float(worth[at, group]))
            for at in order[:, group].tolist()
            if worth[at, group] > 0
        )
        for group in range(values.shape[1])
    ]
