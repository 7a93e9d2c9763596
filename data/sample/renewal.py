"""Which synthetic parcels are renewed, in what way and when: the programme behind the events.

Yearly credited areas follow a plan that stays between 70 and 130 % of the task. The rule of
credit is the proposed default of the rule sets; another rule gives other figures.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from data.rules import Rules
from data.sample.classes import pick
from data.sample.grid import Floats

FIRST_YEAR = 2023
YEAR_SHARES = (0.94, 1.21, 1.07, 1.0)
AHEAD_SHARES = (1.02, 0.6)
MONTH_WEIGHTS = np.array([3, 2, 6, 7, 7, 11, 7, 8, 12, 12, 10, 15], float)
LARGEST_SHARE = 0.9

CLEARED = ("acquire", "third_party", "village", "joint")
MODES = (*CLEARED, "self_rebuild", "raise_far", "upgrade", "supply", "urge")
MODE_ODDS = {
    "approved_unsupplied": (0, 0, 0, 0, 0, 0, 0, 1, 0),
    "supplied_unused": (0, 0, 0, 0, 0, 0, 0, 0, 1),
    "underused": (0.24, 0.18, 0.08, 0.12, 0.16, 0.17, 0.05, 0, 0),
    "built_idle": (0.2, 0.3, 0, 0.05, 0.1, 0.05, 0.3, 0, 0),
    "below_agreed": (0.03, 0.05, 0, 0.02, 0.25, 0.3, 0.35, 0, 0),
    "insufficient": (0.2, 0.2, 0.2, 0.1, 0.2, 0.1, 0, 0, 0),
    "not_low": (0, 0, 0, 0.05, 0.25, 0.5, 0.2, 0, 0),
}
_FULL = (
    "surveyed", "listed", "approved", "signed", "vacated", "demolished", "prepared", "supplied",
    "started", "completed", "producing", "evaluated",
)  # fmt: skip
_OWN = ("surveyed", "listed", "approved", "signed", "vacated", "demolished", *_FULL[8:])
_IN_PLACE = ("surveyed", "listed", "approved", *_FULL[8:])
AFTER_SUPPLY = ("supplied", "started", "completed", "producing", "evaluated")
REBUILT = ("completed", "producing", "evaluated")
STAGES_OF = {
    **dict.fromkeys(CLEARED, _FULL),
    "self_rebuild": _OWN,
    "raise_far": _IN_PLACE,
    "upgrade": _IN_PLACE,
    "supply": ("surveyed", "listed", "prepared", *_FULL[7:]),
    "urge": ("surveyed", "listed", *_FULL[8:]),
}
# Typical days from the stage before: shortest, usual, longest.
DAYS = {
    "listed": (25, 60, 130), "approved": (35, 90, 190), "signed": (20, 60, 150),
    "vacated": (45, 110, 240), "demolished": (12, 40, 110), "prepared": (30, 90, 210),
    "supplied": (50, 140, 300), "started": (40, 110, 230), "completed": (280, 450, 720),
    "producing": (50, 120, 260), "evaluated": (300, 370, 520),
}  # fmt: skip


def year_share(year: int, until: date) -> float:
    """Share of the yearly task credited in a whole year (0 before the first)."""
    if year < FIRST_YEAR:
        return 0.0
    if year > until.year:
        later = year - until.year - 1
        return AHEAD_SHARES[later] if later < len(AHEAD_SHARES) else 0.0
    return YEAR_SHARES[(year - FIRST_YEAR) % len(YEAR_SHARES)]


def make_programme(
    rng: np.random.Generator, classes: pd.DataFrame, *, rules: Rules, target_m2: float, until: date
) -> pd.DataFrame:
    """Renewed and planned parcels with ``mode``, credit stage, credit day and renewal block.

    Parameters
    ----------
    classes : DataFrame
        As from `make_classes`.
    target_m2 : float
        The yearly task in m².
    until : date
        Last day of the sample; later days are plans.

    Returns
    -------
    DataFrame
        Indexed by row of ``classes``, in order of the programme.
    """
    years = list(range(FIRST_YEAR, until.year + 1 + len(AHEAD_SHARES)))
    wanted = np.array([year_share(year, until) * target_m2 for year in years])
    order = _programme_order(rng, classes)
    area = classes[["area_m2", "registered_area_m2"]].min(axis=1).to_numpy()[order]
    wanted *= min(1.0, LARGEST_SHARE * area.sum() / wanted[: until.year - FIRST_YEAR + 1].sum())
    ends = wanted.cumsum()
    middle = area.cumsum() - area / 2
    order, middle = order[middle < ends[-1]], middle[middle < ends[-1]]
    slot = np.searchsorted(ends, middle, side="right")
    share = (middle - (ends - wanted)[slot]) / wanted[slot]
    odds = [MODE_ODDS[name] for name in classes["low_class"].to_numpy(str)[order]]
    mode = np.array(MODES)[pick(rng, np.array(odds, float))]
    programme = pd.DataFrame(
        {
            "mode": mode,
            "credit_stage": [rules.credit.stage_by_mode[name] for name in mode],
            "credit_on": _days_of_year(rng, np.array(years)[slot], share),
        },
        index=order,
    )
    return programme.assign(renewal_block=_block_names(classes.loc[order]))


def _programme_order(rng: np.random.Generator, classes: pd.DataFrame) -> np.ndarray:
    """Rows in the order they are taken on: low-efficiency parcels first, street by street.

    Every eighth of a class waits to the end, so that small counties keep some of each.
    """
    low = classes["low_class"].to_numpy(str)
    sound = ~classes["fault"].isin(["sliver", "twin"]).to_numpy()
    last = np.select([low == "not_low", low == "insufficient"], [2.0, 1.0], 0.0)
    waits = (classes.groupby("low_class").cumcount() % 8 == 3).to_numpy() & (low != "not_low")
    last = np.where(waits, 3.0, last)
    street = rng.random(int(classes["block"].max()) + 1)[classes["block"].to_numpy()]
    key = last + np.minimum(street + rng.normal(0, 0.01, len(low)), 0.999)
    order = np.argsort(key, kind="stable")
    return order[sound[order]]


def _days_of_year(rng: np.random.Generator, years: np.ndarray, through: Floats) -> np.ndarray:
    """Days on which shares of a year's area are reached: more towards the end of the year."""
    reached = np.concatenate([[0.0], MONTH_WEIGHTS.cumsum() / MONTH_WEIGHTS.sum()])
    month = np.interp(np.clip(through, 0, 0.999), reached, np.arange(13))
    whole = np.floor(month).astype(int)
    start = pd.to_datetime({"year": years, "month": whole + 1, "day": 1}).to_numpy()
    day = np.clip(rng.integers(0, 28, len(years)), 0, 27)
    return start + day.astype("timedelta64[D]")


def _block_names(chosen: pd.DataFrame) -> np.ndarray:
    """Names of renewal blocks: park or town, then a number."""
    place = chosen["park"].where(chosen["park"].notna(), chosen["town"])
    number = chosen.groupby(place)["block"].transform(lambda rows: pd.factorize(rows)[0] + 1)
    return (place + "改造" + number.astype(str) + "号区块").to_numpy(str)


def stage_days(rng: np.random.Generator, programme: pd.DataFrame) -> pd.DataFrame:
    """Day of every stage of every renewed parcel (NaT where its mode skips the stage)."""
    found = pd.DataFrame(
        np.datetime64("NaT", "ns"), index=programme.index, columns=list(_FULL), dtype="M8[ns]"
    )
    for mode, stages in STAGES_OF.items():
        mine = programme.index[programme["mode"] == mode]
        if len(mine) == 0:
            continue
        rows = programme.loc[mine]
        steps = np.column_stack(
            [np.zeros(len(mine))]
            + [rng.triangular(*DAYS[stage], size=len(mine)) for stage in stages[1:]]
        )
        along = np.round(steps.cumsum(axis=1))
        anchor = list(stages).index(str(rows["credit_stage"].iloc[0]))
        offset = (along - along[:, [anchor]]).astype("timedelta64[D]")
        days = rows["credit_on"].to_numpy().astype("M8[D]")[:, None] + offset
        found.loc[mine, list(stages)] = days.astype("M8[ns]")
    return found
