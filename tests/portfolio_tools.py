"""Tiny portfolios: blocks of one parcel each, and every choice there is."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.portfolio_problem import Problem
from data.portfolio_settings import settings_from

FIGURES = ("cost_wan", "gain_m2", "difficulty", "firms", "jobs")


def made(area, settings, *, town="塘下镇", parts=None, **figures):
    """Return a problem of blocks ``A``, ``B`` … of one parcel ``a``, ``b`` … each.

    ``parts`` are candidates of several parcels: name → (block, parcels); figures are added up.
    """
    ids = [chr(65 + n) for n in range(len(area))]
    table = pd.DataFrame({"area_mu": np.array(area, dtype=float)}, index=ids)
    for name, given in figures.items():
        table[name] = np.array(given, dtype=float)
    table["block_id"] = ids
    members = {name: (name.lower(),) for name in ids}
    for part, (block, parcels) in (parts or {}).items():
        rows = table.loc[[parcel.upper() for parcel in parcels]]
        sums = rows.drop(columns="block_id").sum()
        if "months" in sums:
            sums["months"] = rows["months"].max()
        table.loc[part, sums.index] = sums
        table.loc[part, "block_id"] = block
        members[part] = tuple(parcels)
    land = pd.DataFrame({"area_mu": np.array(area, dtype=float)}, index=[n.lower() for n in ids])
    land["town"] = town
    asked = settings if not isinstance(settings, dict) else settings_from(settings)
    return Problem(table.rename_axis("candidate_id"), land, members, asked)


def best_by_trying(problem):
    """Return the least cost over every choice of start years, None where nothing fits.

    Written on the plain meaning of the settings; one row of ``plans`` is a choice: for each
    block the number of its start year from 1, or 0 for none.
    """
    asked, table = problem.settings, problem.candidates
    years, count = np.array(asked.years), len(table)
    lag = problem.lag_years
    options = np.maximum(len(years) - lag, 0) + 1
    plans = np.indices(tuple(options)).reshape(count, -1).T
    area, cost = table["area_mu"].to_numpy(), table["cost_wan"].to_numpy()
    fits = np.ones(len(plans), dtype=bool)
    for place, year in enumerate(years):
        credited = ((plans > 0) & (plans - 1 + lag == place)) @ area
        credited += asked.credited_mu.get(year, 0.0)
        begun = plans == place + 1
        fits &= credited >= asked.task_mu.get(year, 0.0)
        fits &= credited <= asked.task_most_mu.get(year, np.inf)
        fits &= begun @ cost <= asked.budgets_wan.get(year, np.inf)
        if asked.firms_most:
            fits &= begun @ table["firms"].to_numpy() <= asked.firms_most.get(year, np.inf)
    chosen = plans > 0
    total = chosen @ area
    for town, quota in asked.towns.items():
        mine = chosen @ (area * (problem.parcels["town"] == town).to_numpy())
        fits &= mine >= (quota.least_mu or 0.0)
        fits &= mine <= (np.inf if quota.most_mu is None else quota.most_mu)
        fits &= mine >= total * (quota.least_pct or 0.0) / 100
    place_of = {name: n for n, name in enumerate(table.index)}
    for name, year in asked.locked_in.items():
        mine = plans[:, place_of[name]]
        fits &= (mine > 0) if year is None else mine == asked.years.index(year) + 1
    for name in asked.locked_out:
        fits &= plans[:, place_of[name]] == 0
    for group in asked.together:
        starts = plans[:, [place_of[name] for name in group]]
        fits &= (starts == starts[:, :1]).all(axis=1)
    for group in asked.never:
        fits &= chosen[:, [place_of[name] for name in group]].sum(axis=1) <= 1
    if not fits.any():
        return None
    return float((chosen[fits] @ cost).min())
