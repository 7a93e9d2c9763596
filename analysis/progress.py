"""How far the year has come: target, credited, pace, by town, class and mode, what is overdue."""

from __future__ import annotations

import calendar
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from analysis.credit import credit_stage, credited_events
from analysis.desk import NEVER, desk_frame, month_end
from analysis.errors import require
from analysis.month import MonthCredit, month_credit, months_left
from analysis.progress_json import progress_json
from analysis.stages import standing_events
from data.asof import AsOf
from data.rules import Rules
from data.schema import enum_codes
from gis.area import to_m2, to_mu

OVERDUE_COLUMNS = (
    "parcel_name",
    "town",
    "owner",
    "low_class",
    "renewal_mode",
    "stage",
    "due_stage",
    "due_on",
    "overdue_days",
    "geometry_area_m2",
    "responsible_unit",
)
"""What the list of overdue parcels shows, as far as the frame has it."""


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
    required_m2_per_month : float or None
        What is left of the target over :func:`analysis.month.months_left`; 0 once it is reached,
        None after the end of the year or without a target.
    month : MonthCredit
        What was credited in the month of ``state_on``, whatever year is asked for.
    monthly : DataFrame
        Twelve rows, cumulative at the end of each month: ``month``, ``month_end``,
        ``target_line_m2``, ``plan_m2``, ``credited_m2`` (NaN for months after ``state_on``; the
        month under way holds what it has so far).
    by_town, by_class, by_mode : DataFrame
        ``parcels``, ``credited_parcels``, ``credited_m2``, ``unknown_parcels`` and ``overdue``
        per group; towns by credited area, largest first, with ``task_mu`` (None where no task is
        known), the others in the order of their list.
    funnel : DataFrame
        Stages in order: ``stage``, ``parcels`` and ``area_m2`` that stand there now,
        ``reached_parcels`` and ``reached_area_m2`` that stand there or beyond, ``area_unknown``.
    overdue : DataFrame
        Parcels past their planned month, longest first.
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
    required_m2_per_month: float | None
    month: MonthCredit
    monthly: pd.DataFrame
    by_town: pd.DataFrame
    by_class: pd.DataFrame
    by_mode: pd.DataFrame
    funnel: pd.DataFrame
    overdue: pd.DataFrame
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
    desk : GeoDataFrame, optional
        :func:`analysis.desk.desk_frame` of the same arguments where the caller has it already.

    Returns
    -------
    Progress

    Raises
    ------
    MissingFieldError, DuplicateParcelError, UnknownStageError
        As :func:`analysis.desk.desk_frame`.
    """
    require(parcels, "town", "low_class", what="宗地表")
    if desk is None:
        desk = desk_frame(parcels, events, rules=rules, as_of=as_of, year=year)
    standing = standing_events(events, state_on=as_of.state_on)
    ever = credited_events(standing, parcels, rules=rules)
    earned = ever[pd.to_datetime(ever["occurred_on"]).dt.year == year]
    target_mu = rules.target_mu(year)
    target_m2 = None if target_mu is None else to_m2(target_mu)
    credited = float(np.nansum(earned["credited_m2"]))
    expected = None if target_m2 is None else target_m2 * year_share(year, as_of.state_on)
    monthly, plan_unknown = monthly_curve(
        desk, earned, rules=rules, year=year, state_on=as_of.state_on, target_m2=target_m2
    )
    return Progress(
        year=year,
        as_of=as_of,
        target_mu=target_mu,
        credited_m2=credited,
        expected_m2=expected,
        gap_m2=None if expected is None else credited - expected,
        required_m2_per_month=_required(target_m2, credited, year, as_of.state_on),
        month=month_credit(ever, parcels, day=as_of.state_on),
        monthly=monthly,
        by_town=_by_town(desk, towns, town_tasks_mu or {}),
        by_class=_by_list(desk, "low_class"),
        by_mode=_by_list(desk, "renewal_mode"),
        funnel=funnel(desk, rules=rules),
        overdue=overdue_list(desk),
        unknown=MappingProxyType(
            {
                "credited_parcels_without_area": int(desk["credited_m2"].isna().sum()),
                "plan_without_area": plan_unknown,
                "events_without_parcel": int(
                    (desk.index.get_indexer(pd.Index(standing["parcel_id"])) < 0).sum()
                ),
                "parcels_in_progress_without_mode": int(
                    (desk["stage"].notna() & desk["renewal_mode"].isna()).sum()
                ),
            }
        ),
        credit_rule=MappingProxyType({lang: rules.credit.sentence(lang) for lang in ("zh", "en")}),
        rules_id=rules.id,
    )


def year_share(year: int, day: date) -> float:
    """Return the share of the year gone by at the end of ``day``, 0 before it and 1 after it.

    Examples
    --------
    >>> year_share(2026, date(2026, 1, 1)) == 1 / 365
    True
    >>> year_share(2026, date(2025, 6, 1)), year_share(2026, date(2027, 6, 1))
    (0.0, 1.0)
    """
    if day.year != year:
        return 0.0 if day.year < year else 1.0
    return day.timetuple().tm_yday / (366 if calendar.isleap(year) else 365)


def _required(target: float | None, credited: float, year: int, day: date) -> float | None:
    left = months_left(year, day)
    if target is None:
        return None
    if credited >= target:
        return 0.0
    return (target - credited) / left if left > 0 else None


def monthly_curve(
    desk: pd.DataFrame,
    earned: pd.DataFrame,
    *,
    rules: Rules,
    year: int,
    state_on: date,
    target_m2: float | None,
) -> tuple[pd.DataFrame, int]:
    """Return the cumulative curve of the year and how many planned parcels lack an area.

    The plan counts a parcel in the planned month of the stage that earns its credit, with the
    planned area where the ledger has one and the measured area otherwise, never more than the
    measured area.
    """
    ends = [date(year, month, calendar.monthrange(year, month)[1]) for month in range(1, 13)]
    months = pd.to_datetime(earned["occurred_on"]).dt.month.to_numpy(dtype=int)
    done = np.nan_to_num(earned["credited_m2"].to_numpy(dtype=float), nan=0.0)
    credited = np.bincount(months, weights=done, minlength=13)[1:].cumsum()
    begun = np.array([date(year, month, 1) <= state_on for month in range(1, 13)])
    plan, unknown = _planned(desk, rules=rules, year=year)
    line = [np.nan if target_m2 is None else target_m2 * year_share(year, end) for end in ends]
    curve = pd.DataFrame(
        {
            "month": np.arange(1, 13),
            "month_end": pd.to_datetime(ends),
            "target_line_m2": line,
            "plan_m2": plan.cumsum(),
            "credited_m2": np.where(begun, credited, np.nan),
        }
    )
    return curve, unknown


def _planned(desk: pd.DataFrame, *, rules: Rules, year: int) -> tuple[np.ndarray, int]:
    """Return the planned area of each month of the year, and the parcels without an area."""
    earning = credit_stage(desk["renewal_mode"], rules=rules).to_numpy()
    whole = desk["geometry_area_m2"].to_numpy(dtype=float, na_value=np.nan)
    planned = np.zeros(12)
    unknown = 0
    for mark in rules.milestones:
        ends = month_end(desk[mark.due_field])
        within = (earning == mark.stage) & (ends != NEVER)
        within &= ends.astype("datetime64[Y]").astype(int) + 1970 == year
        area = whole
        if mark.area_field is not None and mark.area_field in desk.columns:
            stated = desk[mark.area_field].to_numpy(dtype=float, na_value=np.nan)
            area = np.fmin(np.where(np.isnan(stated), whole, stated), whole)
        month = ends[within].astype("datetime64[M]").astype(int) % 12
        counted = np.nan_to_num(area[within], nan=0.0)
        planned += np.bincount(month, weights=counted, minlength=12)
        unknown += int(np.isnan(area[within]).sum())
    return planned, unknown


def _by(desk: pd.DataFrame, column: str) -> pd.DataFrame:
    """Return credit and delay by one column; the empty value forms its own group."""
    credit = desk["credited_m2"].to_numpy(dtype=float)
    table = pd.DataFrame(
        {
            column: desk[column].astype(object).where(desk[column].notna(), None).to_numpy(),
            "parcels": 1,
            "credited_parcels": (credit > 0) | np.isnan(credit),
            "credited_m2": np.nan_to_num(credit, nan=0.0),
            "unknown_parcels": np.isnan(credit),
            "overdue": desk["overdue"].to_numpy(dtype=bool),
        }
    )
    summed = table.groupby(column, dropna=False, sort=True).sum().reset_index()
    summed[column] = summed[column].astype(object).where(summed[column].notna(), None)
    return summed


def _by_town(
    desk: pd.DataFrame, towns: Sequence[str], tasks_mu: Mapping[str, float]
) -> pd.DataFrame:
    table = _by(desk, "town")
    absent = [town for town in dict.fromkeys(towns) if town not in set(table["town"])]
    if absent:
        zeros = dict.fromkeys(table.columns[1:], 0)
        table = pd.concat([table, pd.DataFrame([{"town": t, **zeros} for t in absent])])
    table["task_mu"] = pd.Series(
        [tasks_mu.get(town) for town in table["town"]], index=table.index, dtype=object
    )
    table["name"] = table["town"].fillna("").astype(str)
    table["empty"] = table["town"].isna()
    order = table.sort_values(["empty", "credited_m2", "name"], ascending=[True, False, True])
    return order.drop(columns=["name", "empty"]).reset_index(drop=True)


def _by_list(desk: pd.DataFrame, column: str) -> pd.DataFrame:
    """Return the groups of a closed list in the order of the list, the empty one last."""
    table = _by(desk, column)
    place = {code: i for i, code in enumerate(enum_codes(column))}
    order = [place.get(code, len(place) + (code is None)) for code in table[column]]
    return table.iloc[np.argsort(order, kind="stable")].reset_index(drop=True)


def funnel(desk: pd.DataFrame, *, rules: Rules) -> pd.DataFrame:
    """Return how many parcels and how much land stand at each stage, and how much came so far.

    Parameters
    ----------
    desk : DataFrame
        With ``stage`` and ``geometry_area_m2``; parcels without a stage are not in the funnel.
    rules : Rules
        The stages in order.

    Returns
    -------
    DataFrame
        One row per stage in order: ``stage``, ``parcels``, ``area_m2``, ``reached_parcels``,
        ``reached_area_m2``, ``area_unknown``. Unknown areas are left out of the sums.
    """
    codes = [stage.code for stage in rules.stages]
    at = pd.Categorical(desk["stage"], categories=codes).codes
    area = desk["geometry_area_m2"].to_numpy(dtype=float, na_value=np.nan)
    staged = at >= 0
    count = np.bincount(at[staged], minlength=len(codes))
    sums = np.bincount(at[staged], np.nan_to_num(area[staged], nan=0.0), minlength=len(codes))
    unknown = np.bincount(at[staged], np.isnan(area[staged]), minlength=len(codes))
    return pd.DataFrame(
        {
            "stage": codes,
            "parcels": count,
            "area_m2": sums,
            "reached_parcels": count[::-1].cumsum()[::-1],
            "reached_area_m2": sums[::-1].cumsum()[::-1],
            "area_unknown": unknown.astype(int),
        }
    )


def overdue_list(desk: pd.DataFrame) -> pd.DataFrame:
    """Return the overdue parcels, longest first, then largest, then by ``parcel_id``."""
    columns = [column for column in OVERDUE_COLUMNS if column in desk.columns]
    late = pd.DataFrame(desk.loc[desk["overdue"].to_numpy(dtype=bool), columns]).sort_index()
    return late.sort_values(
        ["overdue_days", "geometry_area_m2"], ascending=False, kind="stable", na_position="last"
    )
