"""How far the year has come: target, credited, pace, by town, class and mode, what is overdue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from analysis.credit import credited_events
from analysis.desk import desk_frame
from analysis.errors import require
from analysis.ledger_overlap import LedgerOverlap, ledger_overlap
from analysis.month import MonthCredit, month_credit
from analysis.pace import Season, monthly_curve, required, season, year_share
from analysis.progress_groups import by_list, by_name, by_town, funnel, overdue_list
from analysis.progress_json import progress_json
from analysis.rows import rows_of
from analysis.stages import standing_events
from analysis.year_counters import YearCounters, year_counters
from analysis.years import CarryOver, carry_over, years_table
from data.asof import AsOf
from data.rules import Rules
from gis.area import to_m2, to_mu


@dataclass(frozen=True, eq=False)
class Progress:
    """The year's line and what stands behind it. Unknown is None or NaN, never 0.

    Attributes
    ----------
    year : int
        Calendar year of the task.
    as_of : AsOf
        State on, known on.
    target_mu, target_m2 : float or None
        The task of the year; None where no source sets one.
    credited_m2 : float
        Land area credited in the year until ``state_on`` (known areas only).
    expected_m2 : float or None
        Target in proportion to the days gone by (序时进度).
    gap_m2 : float or None
        Credited less expected; negative is behind (落后序时).
    season : Season or None
        How complete earlier years went month by month; None where there is no such year.
    required_m2_per_month : float or None
        What is left of the target over :func:`analysis.month.months_left`; 0 once it is reached,
        None after the end of the year or without a target.
    month : MonthCredit
        What was credited in the month of ``state_on``, whatever year is asked for.
    monthly : DataFrame
        Twelve rows, cumulative at the end of each month: ``month``, ``month_end``,
        ``target_line_m2``, ``season_line_m2``, ``plan_m2``, ``credited_m2`` (NaN for months after
        ``state_on``; the month under way holds what it has so far).
    years : DataFrame
        Year against year, see :func:`analysis.years.years_table`.
    carry_over : CarryOver
        What earlier years left over and what began in them; never added to the year.
    counters : YearCounters
        Land demolished, supplied and started in the year, apart from credit.
    by_town, by_class, by_mode, by_park, by_unit : DataFrame
        ``parcels``, ``credited_parcels``, ``credited_m2``, ``unknown_parcels`` and ``overdue``
        per group; towns, parks and responsible units by credited area, largest first, towns with
        ``task_mu`` (None where no task is known) and ``done_pct``; the others in the order of
        their list.
    funnel : DataFrame
        Stages in order: ``stage``, ``parcels`` and ``area_m2`` that stand there now,
        ``reached_parcels`` and ``reached_area_m2`` that stand there or beyond, ``area_unknown``.
    overdue : DataFrame
        Parcels past their planned month, longest first.
    overlap : LedgerOverlap
        What of the credit lies on parcels of the ledger of energy-intensive firms; never added.
    unknown : mapping
        Counted apart: ``credited_parcels_without_area``, ``plan_without_area``,
        ``events_without_parcel``, ``parcels_in_progress_without_mode``.
    credit_rule : mapping
        The counting rule as a sentence, ``zh`` and ``en``.
    rules_id : str
        Names the rules used.
    """

    year: int
    as_of: AsOf
    target_mu: float | None
    credited_m2: float
    expected_m2: float | None
    gap_m2: float | None
    season: Season | None
    required_m2_per_month: float | None
    month: MonthCredit
    monthly: pd.DataFrame
    years: pd.DataFrame
    carry_over: CarryOver
    counters: YearCounters
    by_town: pd.DataFrame
    by_class: pd.DataFrame
    by_mode: pd.DataFrame
    by_park: pd.DataFrame
    by_unit: pd.DataFrame
    funnel: pd.DataFrame
    overdue: pd.DataFrame
    overlap: LedgerOverlap
    unknown: Mapping[str, int]
    credit_rule: Mapping[str, str]
    rules_id: str

    @property
    def target_m2(self) -> float | None:
        """The task of the year in m²."""
        return None if self.target_mu is None else to_m2(self.target_mu)

    @property
    def credited_mu(self) -> float:
        """Credited area in 亩."""
        return to_mu(self.credited_m2)

    @property
    def expected_mu(self) -> float | None:
        """Time-proportional target in 亩."""
        return None if self.expected_m2 is None else to_mu(self.expected_m2)

    @property
    def gap_mu(self) -> float | None:
        """Credited less expected in 亩; negative is behind."""
        return None if self.gap_m2 is None else to_mu(self.gap_m2)

    @property
    def season_expected_m2(self) -> float | None:
        """Target in proportion to how earlier years stood on the same day."""
        if self.target_m2 is None or self.season is None:
            return None
        return self.target_m2 * self.season.share(self.year, self.as_of.state_on)

    @property
    def required_mu_per_month(self) -> float | None:
        """What each remaining month must bring, in 亩."""
        needed = self.required_m2_per_month
        return None if needed is None else to_mu(needed)

    def to_json(self, *, register_version: int | None = None) -> dict[str, Any]:
        """Return everything as plain values (unknown is None), areas as ``*_m2`` and ``*_mu``."""
        return progress_json(self, register_version=register_version)


def progress(
    parcels: gpd.GeoDataFrame,
    events: pd.DataFrame,
    *,
    rules: Rules,
    year: int,
    as_of: AsOf,
    towns: Sequence[str] = (),
    town_tasks_mu: Mapping[str, float] | None = None,
    desk: gpd.GeoDataFrame | None = None,
    standing: pd.DataFrame | None = None,
) -> Progress:
    """Return how far a year has come on a day.

    Parameters
    ----------
    parcels : GeoDataFrame
        As :func:`analysis.desk.desk_frame` needs them, with ``town`` and ``low_class``.
    events : DataFrame
        Stage events as known on ``as_of.known_on``.
    rules : Rules
        Stages, credit rule, target, milestones.
    year : int
        Calendar year of the task.
    as_of : AsOf
        The two dates. A day before the year gives no credit, a day after it the whole year.
    towns : sequence of str
        Towns to be ranked even where they have no parcel.
    town_tasks_mu : mapping, optional
        Task of each town in 亩. The sources hold none: without it ``task_mu`` is None.
    desk, standing : GeoDataFrame and DataFrame, optional
        :func:`analysis.desk.desk_frame` of the same arguments, and the events that stand on the
        day, where the caller has them already.

    Returns
    -------
    Progress

    Raises
    ------
    MissingFieldError, DuplicateParcelError, UnknownStageError
        As :func:`analysis.desk.desk_frame`.
    """
    require(parcels, "town", "low_class", what="宗地表")
    if standing is None:
        standing = standing_events(events, state_on=as_of.state_on)
    if desk is None:
        desk = desk_frame(parcels, events, rules=rules, as_of=as_of, year=year, standing=standing)
    row = rows_of(standing["parcel_id"], parcels.index)
    ever = credited_events(standing, parcels, rules=rules, position=row)
    earned = ever[pd.to_datetime(ever["occurred_on"]).dt.year == year]
    target_mu = rules.target_mu(year)
    target_m2 = None if target_mu is None else to_m2(target_mu)
    credited = float(np.nansum(earned["credited_m2"]))
    expected = None if target_m2 is None else target_m2 * year_share(year, as_of.state_on)
    past = season(ever, year=year, state_on=as_of.state_on)
    monthly, plan_unknown = monthly_curve(
        desk,
        earned,
        rules=rules,
        year=year,
        state_on=as_of.state_on,
        target_m2=target_m2,
        past=past,
    )
    years = years_table(ever, rules=rules, year=year, state_on=as_of.state_on)
    return Progress(
        year=year,
        as_of=as_of,
        target_mu=target_mu,
        credited_m2=credited,
        expected_m2=expected,
        gap_m2=None if expected is None else credited - expected,
        season=past,
        required_m2_per_month=required(target_m2, credited, year, as_of.state_on),
        month=month_credit(ever, parcels, day=as_of.state_on),
        monthly=monthly,
        years=years,
        carry_over=carry_over(earned, standing, row, years, rules=rules, year=year),
        counters=year_counters(
            standing, row, parcels, rules=rules, year=year, state_on=as_of.state_on
        ),
        by_town=by_town(desk, towns, town_tasks_mu or {}),
        by_class=by_list(desk, "low_class"),
        by_mode=by_list(desk, "renewal_mode"),
        by_park=by_name(desk, "park"),
        by_unit=by_name(desk, "responsible_unit"),
        funnel=funnel(desk, rules=rules),
        overdue=overdue_list(desk),
        overlap=ledger_overlap(desk),
        unknown=MappingProxyType(
            {
                "credited_parcels_without_area": int(desk["credited_m2"].isna().sum()),
                "plan_without_area": plan_unknown,
                "events_without_parcel": int((row < 0).sum()),
                "parcels_in_progress_without_mode": int(
                    (desk["stage"].notna() & desk["renewal_mode"].isna()).sum()
                ),
            }
        ),
        credit_rule=MappingProxyType({lang: rules.credit.sentence(lang) for lang in ("zh", "en")}),
        rules_id=rules.id,
    )
