"""From which month land is free for somebody else: by the stages reached and usual durations."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.durations import (
    MIN_MOVES,
    NEVER,
    Days,
    Floats,
    Waits,
    first_days,
    mode_codes,
    paths,
    spells,
    still_there,
    waits,
)
from analysis.errors import require
from data.rules import Rules
from data.site_rules import SiteRules

Months = NDArray[np.datetime64]


def free_from(
    parcels: pd.DataFrame,
    standing: pd.DataFrame,
    *,
    rules: Rules,
    site_rules: SiteRules,
    on: date,
) -> pd.DataFrame:
    """Return the month from which each parcel in renewal is free, and why then.

    Where the freeing stage is reached, its month counts. Else the rest of the present step and
    the steps to come take what they usually take in this county: the median of what such parcels
    took that had waited as long (waits that still run counted in), and the usual days of the rules
    where too few have gone that way. Else the month planned in the ledger.

    Parameters
    ----------
    parcels : DataFrame
        Indexed by ``parcel_id``, with ``renewal_mode`` and, where known, ``plan_supply_on``.
    standing : DataFrame
        Events that stand on ``on``.
    rules : Rules
        Stages, modes and usual days.
    site_rules : SiteRules
        From which stage on land is free, and from which it is taken.
    on : date
        The day of the look.

    Returns
    -------
    DataFrame
        On the index of the parcels: ``free_from`` (first day of the month, NaT where it cannot be
        told), ``free_basis`` (a code of the list), ``taken`` (bool: the land is somebody's
        already), ``released`` (bool: the mode frees the land).

    Notes
    -----
    The sum of medians is not the median of the sum: a month here is a middle guess, and what the
    forecast of the year draws is not.
    """
    require(parcels, "renewal_mode", what="宗地表")
    days = first_days(standing, parcels, rules=rules)
    modes = mode_codes(parcels["renewal_mode"], rules=rules)
    ways = _on_branch(paths(days, modes, rules=rules, until=site_rules.free_stage), rules)
    none = np.full(len(days), NEVER, dtype=np.int32)
    stays = spells(days, none, np.zeros(len(days), dtype=bool), modes, ways=ways, day=on)
    today = int(np.datetime64(on, "D").astype(np.int64))
    free = np.full(len(days), np.nan)
    reached = np.zeros(len(days), dtype=bool)
    guess = _Guess(waits(stays), rules, today)
    released = parcels["renewal_mode"].isin(list(site_rules.free_stage)).to_numpy()
    for code, (mode, way) in enumerate(ways.items()):
        rows = np.flatnonzero(modes == code)
        if mode not in site_rules.free_stage or not len(rows):
            continue
        own = days[rows]
        since = own[:, way[-1] :].min(axis=1)
        done = since != NEVER
        reached[rows[done]] = True
        free[rows[done]] = since[done]
        free[rows[~done]] = guess.ends(mode, way, own[~done])
    taken = (days[:, rules.stage_order[site_rules.taken_stage] :] != NEVER).any(axis=1)
    return _told(parcels, free, reached, released=released, taken=taken, on=on)


def _on_branch(ways: Mapping[str, tuple[int, ...]], rules: Rules) -> dict[str, tuple[int, ...]]:
    """Leave out stages that a mode does not have by the rules: nobody may have gone it yet."""
    own = {mode: rules.workflow.branch(mode).stages for mode in ways}
    codes = [stage.code for stage in rules.stages]
    return {
        mode: (*(at for at in way[:-1] if codes[at] in own[mode]), way[-1])
        for mode, way in ways.items()
    }


def _told(
    parcels: pd.DataFrame,
    free: Floats,
    reached: NDArray[np.bool_],
    *,
    released: NDArray[np.bool_],
    taken: NDArray[np.bool_],
    on: date,
) -> pd.DataFrame:
    known = ~np.isnan(free)
    month = np.full(len(free), np.datetime64("NaT"), dtype="datetime64[M]")
    month[known] = free[known].astype(np.int64).astype("datetime64[D]").astype("datetime64[M]")
    planned = _planned(parcels, on)
    by_plan = ~known & ~np.isnat(planned)
    month[by_plan] = planned[by_plan]
    basis = np.select([reached, known, by_plan], ["reached", "usual", "planned"], "unknown")
    return pd.DataFrame(
        {
            "free_from": month.astype("datetime64[ns]"),
            "free_basis": pd.Series(basis, index=parcels.index, dtype=object),
            "taken": taken,
            "released": released,
        },
        index=parcels.index,
    )


def _planned(parcels: pd.DataFrame, on: date) -> Months:
    """Return the month planned for the supply of the land; none where it has passed."""
    if "plan_supply_on" not in parcels:
        return np.full(len(parcels), np.datetime64("NaT"), dtype="datetime64[M]")
    days = pd.to_datetime(parcels["plan_supply_on"], errors="coerce")
    months: Months = days.to_numpy().astype("datetime64[M]")
    return np.where(months >= np.datetime64(on, "M"), months, np.datetime64("NaT"))


class _Guess:
    """How long the rest of a step and the steps to come usually take."""

    def __init__(self, counted: Waits, rules: Rules, today: int) -> None:
        self._row = {step: row for row, step in enumerate(counted.steps)}
        self._curve = still_there(counted.moved, counted.waiting)
        self._moved = counted.moved.sum(axis=1)
        self._stages = [stage.code for stage in rules.stages]
        self._usual = rules.workflow.usual_days
        self._today = today

    def ends(self, mode: str, way: tuple[int, ...], days: Days) -> Floats:
        """Return the day on which each parcel of a mode gets to the end of its way, NaN unknown."""
        found = np.full(len(days), np.nan)
        on_way = days[:, list(way)]
        place = np.where(on_way != NEVER, np.arange(len(way)), -1).max(axis=1, initial=-1)
        later = 0.0
        for at in range(len(way) - 2, -1, -1):
            step = (mode, way[at], way[at + 1])
            here = place == at
            waited = self._today - on_way[here, at]
            found[here] = self._today + self._rest(step, waited) + later
            later += float(self._rest(step, np.zeros(1, dtype=np.int64))[0])
        return found

    def _rest(self, step: tuple[str, int, int], waited: NDArray[np.int64]) -> Floats:
        """Return the median of the days still to come for parcels that waited so long."""
        row = self._row[step]
        usual = self._usual.get(self._stages[step[2]])
        if self._moved[row] < MIN_MOVES:
            days = np.nan if usual is None else float(usual.usual)
            return np.maximum(days - waited, 0.0)
        curve = self._curve[row]
        length = np.minimum(waited, len(curve) - 1)
        half = curve[length] / 2
        falling = -curve
        at = np.searchsorted(falling, -half, side="left").astype(float)
        at[(at >= len(curve)) | (half <= 0)] = np.nan
        return np.maximum(at - waited, 0.0)
