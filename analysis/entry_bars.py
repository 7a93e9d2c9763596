"""Which projects come first, and whether they clear the plan's bars at the entry."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.errors import require
from data.project_rules import ProjectRules

VERDICTS = ("met", "missed", "not_checked", "none")
"""Clears the bar · does not · a figure is missing · no bar for this kind of project."""


def priority(projects: pd.DataFrame, *, rules: ProjectRules) -> pd.Series:
    """Return which projects come first: large enough, and the firm has no land of its own.

    Parameters
    ----------
    projects : DataFrame
        As `data.projects.project_table`.
    rules : ProjectRules
        The least investment.

    Returns
    -------
    Series of boolean
        NA where the investment or the firm's land is unknown and would decide.

    Examples
    --------
    >>> from data.project_rules import load_project_rules
    >>> from data.projects import project_table
    >>> table = project_table(pd.DataFrame({
    ...     "project_id": ["X1", "X2", "X3"], "investment_wan": [12_000, 12_000, 9_000],
    ...     "own_land": [False, None, None]}))
    >>> priority(table, rules=load_project_rules()).tolist()
    [True, <NA>, False]
    """
    require(projects, "investment_wan", "own_land", what="项目表")
    amount = projects["investment_wan"]
    large = (amount >= rules.priority_wan).astype("boolean").mask(amount.isna())
    if not rules.priority_without_own_land:
        return large.rename("priority")
    return (large & ~projects["own_land"].astype("boolean")).rename("priority")


def entry_bars(projects: pd.DataFrame, *, rules: ProjectRules) -> pd.DataFrame:
    """Check each project against the bar of its kind, where the figures exist.

    Parameters
    ----------
    projects : DataFrame
        As `data.projects.project_table`.
    rules : ProjectRules
        The bars.

    Returns
    -------
    DataFrame
        On the index of the projects: ``bar`` (target of the plan, None without one),
        ``productivity_wan`` and ``mean_wan`` (万元/人), ``least_wan`` (the mean with the premium),
        ``premium_pct`` (what the project has over the mean), ``asked_pct``, ``verdict``
        (`VERDICTS`; "not_checked" where the kind, the project's figure or the mean is unknown)
        and ``missing`` (tuple of the fields that are).

    Examples
    --------
    >>> from data.project_rules import load_project_rules
    >>> from data.projects import project_table
    >>> table = project_table(pd.DataFrame({
    ...     "project_id": ["X1", "X2"], "project_kind": ["emerging", "expansion"],
    ...     "productivity_wan": [44, 44], "productivity_mean_wan": [40, 40]}))
    >>> found = entry_bars(table, rules=load_project_rules())
    >>> found["verdict"].tolist(), found["least_wan"].round(6).tolist()
    (['met', 'missed'], [44.0, 46.0])
    """
    require(projects, "project_kind", "productivity_mean_wan", what="项目表")
    kind = projects["project_kind"]
    asked = kind.map({k: bar.premium_pct for k, bar in rules.bars.items()}).astype(float)
    reached, mean = labour_productivity(projects), projects["productivity_mean_wan"]
    mean = mean.where(mean > 0)
    least = mean * (1 + asked / 100)
    told = reached.notna() & mean.notna()
    verdict = np.select(
        [
            kind.isna().to_numpy(),
            asked.isna().to_numpy(),
            ~told.to_numpy(),
            (reached >= least * (1 - 1e-9)).to_numpy(),
        ],
        ["not_checked", "none", "not_checked", "met"],
        "missed",
    )
    lacking = {
        "project_kind": kind.isna(),
        "productivity_wan": reached.isna(),
        "productivity_mean_wan": mean.isna(),
    }
    names = np.array(list(lacking), dtype=object)
    gaps = np.column_stack([mask.to_numpy() for mask in lacking.values()])
    gaps &= (verdict == "not_checked")[:, None]
    return pd.DataFrame(
        {
            "bar": kind.map({k: bar.target for k, bar in rules.bars.items()}).astype(object),
            "productivity_wan": reached,
            "mean_wan": mean,
            "least_wan": least,
            "premium_pct": (reached / mean - 1) * 100,
            "asked_pct": asked,
            "verdict": verdict,
            "missing": [tuple(names[row].tolist()) for row in gaps],
        },
        index=projects.index,
    )


def labour_productivity(projects: pd.DataFrame) -> pd.Series:
    """Return value added per person (万元/人): as given, else value added by jobs.

    Examples
    --------
    >>> from data.projects import project_table
    >>> table = project_table(pd.DataFrame(
    ...     {"project_id": ["X1", "X2"], "value_added_wan": [4000, None], "jobs": [100, 50]}))
    >>> labour_productivity(table).tolist()
    [40.0, nan]
    """
    jobs = projects["jobs"].where(projects["jobs"] > 0)
    reckoned = projects["value_added_wan"] / jobs
    given = projects["productivity_wan"]
    return pd.Series(
        np.where(given.notna(), given, reckoned), index=projects.index, name="productivity_wan"
    )
