"""Credit and delay by town, park, class, mode and unit; the funnel of stages; what is overdue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from data.rules import Rules
from data.schema import enum_codes
from gis.area import to_mu

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


def _by(desk: pd.DataFrame, column: str) -> pd.DataFrame:
    """Return credit and delay by one column; the empty value forms its own group."""
    credit = desk["credited_m2"].to_numpy(dtype=float)
    codes, names = pd.factorize(desk[column], sort=True)
    codes[codes < 0] = len(names)  # the empty value comes last
    groups: list[object] = [*names, None] if (codes == len(names)).any() else [*names]

    def total(weights: np.ndarray) -> np.ndarray:
        return np.bincount(codes, weights, minlength=len(groups))

    unknown = np.isnan(credit)
    return pd.DataFrame(
        {
            column: pd.Series(groups, dtype=object),
            "parcels": np.bincount(codes, minlength=len(groups)),
            "credited_parcels": total((credit > 0) | unknown).astype(int),
            "credited_m2": total(np.nan_to_num(credit, nan=0.0)),
            "unknown_parcels": total(unknown).astype(int),
            "overdue": total(desk["overdue"].to_numpy(dtype=bool)).astype(int),
        }
    )


def by_town(
    desk: pd.DataFrame, towns: Sequence[str], tasks_mu: Mapping[str, float]
) -> pd.DataFrame:
    """Return the towns by credited area, largest first, with their task and how much is done.

    Parameters
    ----------
    desk : DataFrame
        With ``town``, ``credited_m2`` and ``overdue``.
    towns : sequence of str
        Towns that are listed even where they have no parcel.
    tasks_mu : mapping
        Task of each town in 亩; ``task_mu`` and ``done_pct`` are unknown for the others.
    """
    table = _by(desk, "town")
    wanted = [*towns, *tasks_mu]
    absent = [town for town in dict.fromkeys(wanted) if town not in set(table["town"])]
    if absent:
        zeros = dict.fromkeys(table.columns[1:], 0)
        table = pd.concat([table, pd.DataFrame([{"town": t, **zeros} for t in absent])])
    tasks = [tasks_mu.get(town) for town in table["town"]]
    table["task_mu"] = pd.Series(tasks, index=table.index, dtype=object)
    task = np.array([np.nan if mu is None else mu for mu in tasks], dtype=float)
    done = to_mu(table["credited_m2"].astype(float)).to_numpy()
    table["done_pct"] = 100 * done / np.where(task > 0, task, np.nan)
    return _largest_first(table, "town")


def by_name(desk: pd.DataFrame, column: str) -> pd.DataFrame:
    """Return the groups of a column of names by credited area, the empty one last.

    A frame without the column (a loose file) has no groups.
    """
    if column not in desk.columns:
        return _by(desk.iloc[:0].assign(**{column: pd.Series(dtype=object)}), column)
    return _largest_first(_by(desk, column), column)


def _largest_first(table: pd.DataFrame, column: str) -> pd.DataFrame:
    table["name"] = table[column].fillna("").astype(str)
    table["empty"] = table[column].isna()
    order = table.sort_values(["empty", "credited_m2", "name"], ascending=[True, False, True])
    return order.drop(columns=["name", "empty"]).reset_index(drop=True)


def by_list(desk: pd.DataFrame, column: str) -> pd.DataFrame:
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
