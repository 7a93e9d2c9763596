"""Two bureaus' versions of the same parcels, which disagree in places."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd

from data import schema
from data.sample.county import County

OTHER_AREA, OTHER_OWNER, OTHER_CLASS, OTHER_STAGE = 0.10, 0.06, 0.08, 0.08
FORGOTTEN = 0.05
LATEST_UPDATE_DAYS = 120
_DRAW = 3  # a stream of its own: the county stays what its seed makes


def land_version(county: County) -> pd.DataFrame:
    """Return the parcels as the land bureau keeps them, with the stage each has reached.

    Returns
    -------
    DataFrame
        One row a parcel in the order of its identifier, without geometry.
    """
    parcels = pd.DataFrame(county.parcels.drop(columns="geometry"))
    return parcels.assign(stage=_stage(county)).reset_index()


def economy_version(county: County) -> pd.DataFrame:
    """Return the parcels under renewal as the economy bureau keeps them.

    A few of them with another area, owner, class or stage than `land_version`; a few are not
    there. Same county, same rows.

    Returns
    -------
    DataFrame
        Sorted by town and identifier.
    """
    land = land_version(county)
    own = land[land["renewal_mode"].notna()].sort_values(["town", "parcel_id"], kind="stable")
    own = own.reset_index(drop=True)
    rng = np.random.default_rng([county.seed, _DRAW])
    own["updated_on"] = pd.Timestamp(county.until) - pd.to_timedelta(
        rng.integers(0, LATEST_UPDATE_DAYS, len(own)), unit="D"
    )
    at = some(rng, len(own), OTHER_AREA)
    factors = rng.choice([0.8, 0.9, 1.1, 1.25], len(at))
    own.loc[at, "registered_area_m2"] = own["registered_area_m2"].to_numpy()[at] * factors
    at = some(rng, len(own), OTHER_OWNER)
    firms = county.firms.iloc[rng.integers(0, len(county.firms), len(at))]
    own.loc[at, "owner"] = firms["firm_name"].to_numpy()
    own.loc[at, "owner_uscc"] = firms["owner_uscc"].to_numpy()
    at = some(rng, len(own), OTHER_CLASS)
    own.loc[at, "low_class"] = _next_code("low_class", own["low_class"].to_numpy()[at])
    at = some(rng, len(own), OTHER_STAGE)
    own.loc[at, "stage"] = _next_code("stage", own["stage"].to_numpy()[at])
    forgotten = pd.Index(some(rng, len(own), FORGOTTEN))
    return own.drop(index=forgotten).reset_index(drop=True)


def some(rng: np.random.Generator, count: int, share: float) -> np.ndarray:
    """Return the sorted positions of a share of the rows, one at least.

    Examples
    --------
    >>> len(some(np.random.default_rng(1), 100, 0.1)), len(some(np.random.default_rng(1), 3, 0.1))
    (10, 1)
    """
    return np.sort(rng.permutation(count)[: max(1, round(share * count))])


def spelled_days(days: pd.Series) -> list[Any]:
    """Spell days in turn as the bureaus do: with dots, as eight digits, in Chinese, or not at all.

    Examples
    --------
    >>> spelled_days(pd.Series(pd.to_datetime(["2026-06-01"] * 6)))[1:4]
    ['2026.6', '2026-6-1', '20260601']
    """
    spelled: list[Any] = []
    for at, day in enumerate(days):
        if pd.isna(day):
            spelled.append("." if at % 7 == 0 else None)
            continue
        ways = (
            f"{day:%y}年{day.month}月",
            f"{day.year}.{day.month}",
            f"{day.year}-{day.month}-{day.day}",
            f"{day:%Y%m%d}",
            f"{day.year}年{day.month}月{day.day}日",
            day.to_pydatetime() + timedelta(0),
        )
        spelled.append(ways[at % len(ways)])
    return spelled


def _stage(county: County) -> pd.Series:
    """Latest stage of each parcel by the day it happened, without what was reversed."""
    events = county.events
    undone = events["event_no"].isin(events["reverses"].dropna()) | events["reverses"].notna()
    order = {code: at for at, code in enumerate(schema.enum_codes("stage"))}
    standing = events[~undone].assign(at=events["stage"].map(order))
    last = standing.sort_values(["occurred_on", "at"]).groupby("parcel_id")["stage"].last()
    return last.reindex(county.parcels.index)


def _next_code(enum: str, codes: Sequence[Any]) -> list[Any]:
    """Return the next value of the closed list for each code; the first for the unknown."""
    known = schema.enum_codes(enum)
    after = dict(zip(known, [*known[1:], known[0]], strict=True))
    return [after.get(code, known[0]) for code in codes]
