"""Measure the choice of blocks over five years: ``python -m benchmarks portfolio``.

The same made-up county for everybody: 2,000 parcels in about 390 blocks, 1,800 to 1,980 亩 a year,
a floor of floor area gained, quotas of twelve towns, a budget a year. HiGHS against CBC (through
PuLP, the same model) and against the choice of a spreadsheet: cheapest per 亩 first, year by year.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pulp
import shapely

from analysis.milp import Model, relative_gap, solve_milp
from analysis.portfolio import Solution, solve
from analysis.portfolio_check import check
from analysis.portfolio_model import Built, build
from analysis.portfolio_parcels import solve_parcels
from analysis.portfolio_problem import Problem
from benchmarks.machine import about, heading, write
from data.portfolio_settings import PortfolioSettings, TownQuota

RESULTS = Path(__file__).with_name("results")
YEARS = (2027, 2028, 2029, 2030, 2031)
TASK_MU, MOST_MU = 1_800.0, 1_980.0
SIDE_M, GAP_M = 70.0, 10.0


def made_up(parcels: int = 2_000, seed: int = 1) -> tuple[pd.DataFrame, Any]:
    """Return parcels with figures and squares for geometry, and the pairs of neighbours."""
    rng = np.random.default_rng(seed)
    sizes: list[int] = []
    while sum(sizes) < parcels:
        sizes.append(1 + int(rng.geometric(0.235)))
    sizes[-1] -= sum(sizes) - parcels
    rows, left, right = [], [], []
    for block, size in enumerate(sizes):
        cells = [(0, 0)]
        while len(cells) < size:
            x, y = cells[rng.integers(len(cells))]
            step = ((1, 0), (-1, 0), (0, 1), (0, -1))[rng.integers(4)]
            if (x + step[0], y + step[1]) not in cells:
                cells.append((x + step[0], y + step[1]))
        first = len(rows)
        for place, (x, y) in enumerate(cells):
            rows.append((block, 3_000 * (block % 20) + 80 * x, 3_000 * (block // 20) + 80 * y))
            for other, (u, v) in enumerate(cells[:place]):
                if max(abs(u - x), abs(v - y)) <= 1:  # corners are 14 m apart
                    left.append(first + other)
                    right.append(first + place)
    block, x, y = np.array(rows).T
    ids = pd.Index([f"P{n:04d}" for n in range(parcels)], name="parcel_id")
    area = rng.lognormal(1.9, 0.7, parcels)
    price = rng.lognormal(4.2, 0.35, parcels) * rng.lognormal(0, 0.2, len(sizes))[block]
    town = rng.choice(12, len(sizes), p=rng.dirichlet(np.full(12, 4.0)))
    table = gpd.GeoDataFrame(
        {
            "block_id": [f"B{n:03d}" for n in block],
            "area_mu": area,
            "cost_wan": area * price,
            "gain_m2": area * rng.uniform(200, 1_400, parcels),
            "difficulty": rng.uniform(5, 95, parcels),
            "firms": rng.poisson(0.8, parcels).astype(float),
            "jobs": rng.poisson(25, parcels).astype(float),
            "months": rng.choice([8.0, 11.0, 15.0, 20.0], len(sizes))[block],
            "town": np.array([f"镇{n:02d}" for n in range(12)], dtype=object)[town][block],
        },
        geometry=shapely.box(x, y, x + SIDE_M, y + SIDE_M),
        index=ids,
        crs=4549,
    )
    return table, (ids[left], ids[right])


def asked(table: pd.DataFrame, seconds: float, gap: float = 0.01) -> PortfolioSettings:
    """Return what is asked: tasks, budgets, a floor of what is gained, quotas of the towns."""
    share = 5 * TASK_MU / table["area_mu"].sum()
    left = table.groupby("town")["area_mu"].sum()
    quotas = {
        str(town): TownQuota(least_mu=0.55 * share * mu, most_mu=1.35 * share * mu)
        for town, mu in left.items()
    }
    mean = table["cost_wan"].sum() / table["area_mu"].sum()
    return PortfolioSettings(
        years=YEARS,
        task_mu=dict.fromkeys(YEARS, TASK_MU),
        task_most_mu=dict.fromkeys(YEARS, MOST_MU),
        budgets_wan=dict.fromkeys(YEARS, 1.5 * TASK_MU * mean),
        towns=quotas,
        totals={"gain_least_m2": 5 * TASK_MU * table["gain_m2"].sum() / table["area_mu"].sum()},
        gap=gap,
        seconds=seconds,
    )


def of_blocks(table: pd.DataFrame, settings: PortfolioSettings) -> Problem:
    """Return the problem of choosing whole blocks."""
    sums = table.groupby("block_id")[["area_mu", "cost_wan", "gain_m2", "firms", "jobs"]].sum()
    sums["difficulty"] = (table["difficulty"] * table["area_mu"]).groupby(table["block_id"]).sum()
    sums["difficulty"] /= sums["area_mu"]
    sums["months"] = table.groupby("block_id")["months"].max()
    sums["block_id"] = sums.index
    ids = table.index.to_series().groupby(table["block_id"]).agg(tuple)
    land = table[["area_mu", "town", "geometry"]]
    return Problem(sums.rename_axis("candidate_id"), land, ids.to_dict(), settings)


def of_parcels(table: pd.DataFrame, settings: PortfolioSettings) -> Problem:
    """Return the problem of choosing parcels."""
    candidates = pd.DataFrame(table.drop(columns=["geometry", "town"])).rename_axis("candidate_id")
    land = table[["area_mu", "town", "geometry"]]
    return Problem(candidates, land, {name: (name,) for name in table.index}, settings)


def by_cbc(model: Model, seconds: float, gap: float) -> tuple[str, float, float]:
    """Return status, objective and seconds of CBC on the same model."""
    names = range(len(model.cost))
    problem = pulp.LpProblem("portfolio", pulp.LpMinimize)
    kinds = np.where(model.whole, pulp.LpInteger, pulp.LpContinuous)
    x = [pulp.LpVariable(f"x{n}", model.low[n], model.high[n], kinds[n]) for n in names]
    problem += pulp.lpSum(model.cost[n] * x[n] for n in names)
    rows = model.matrix.tocsr()
    for row in range(rows.shape[0]):
        part = slice(rows.indptr[row], rows.indptr[row + 1])
        terms = zip(rows.indices[part], rows.data[part], strict=True)
        total = pulp.LpAffineExpression([(x[n], float(value)) for n, value in terms])
        if np.isfinite(model.row_low[row]):
            problem += total >= float(model.row_low[row])
        if np.isfinite(model.row_high[row]):
            problem += total <= float(model.row_high[row])
    begun = time.perf_counter()
    problem.solve(pulp.PULP_CBC_CMD(msg=False, gapRel=gap, timeLimit=seconds))
    spent = time.perf_counter() - begun
    told = pulp.value(problem.objective)
    status = str(pulp.LpSolution[problem.sol_status])
    return status, float("nan") if told is None else float(told), spent


def by_hand(problem: Problem) -> pd.DataFrame:
    """Return the choice of a spreadsheet: cheapest per 亩 first, until the year has its task."""
    table = problem.candidates
    order = np.argsort((table["cost_wan"] / table["area_mu"]).to_numpy(), kind="stable")
    years = list(problem.settings.years)
    rows, taken = [], np.zeros(len(table), dtype=bool)
    for year in years:
        total = 0.0
        for n in order:
            start = year - int(problem.lag_years[n])
            if taken[n] or start < years[0] or total >= TASK_MU:
                continue
            taken[n] = True
            total += float(table["area_mu"].iloc[n])
            rows.append((table.index[n], start, year))
    chosen = pd.DataFrame(rows, columns=["candidate_id", "start_year", "credit_year"])
    chosen = chosen.set_index("candidate_id")
    members = [problem.members[name] for name in chosen.index]
    chosen["parcel_ids"] = pd.Series(members, index=chosen.index, dtype=object)
    return chosen.join(table)


def measure_blocks(problem: Problem, cbc_seconds: float) -> dict[str, Any]:
    """Return what each of the three makes of the block model."""
    settings = problem.settings
    built: Built = build(problem)
    linear = solve_milp(replace(built.model, whole=np.zeros(len(built.model.whole), dtype=bool)))
    begun = time.perf_counter()
    ours: Solution = solve(problem)
    spent = time.perf_counter() - begun
    status, cost, seconds = by_cbc(built.model, cbc_seconds, settings.gap)
    chosen = by_hand(problem)
    faults = check(problem, chosen)
    return {
        "blocks": len(problem.candidates),
        "binaries": int(built.model.whole.sum()),
        "linear_s": linear.seconds,
        "status": ours.status,
        "gap": ours.gap,
        "cost_wan": ours.objective,
        "ours_s": spent,
        "faults": len(ours.faults),
        "cbc_status": status,
        "cbc_s": seconds,
        "cbc_gap": relative_gap(cost, ours.bound),
        "cbc_cost_wan": cost,
        "hand_cost_over": float(chosen["cost_wan"].sum()) / ours.bound - 1,
        "hand_breaks": {
            kind: sum(fault.kind == kind for fault in faults)
            for kind in dict.fromkeys(fault.kind for fault in faults)
        },
        "chosen": ours,
    }


def measure_parcels(table: pd.DataFrame, pairs: Any, blocks: Solution) -> dict[str, Any]:
    """Return what comes of the model of parcels, begun with the answer of whole blocks."""
    problem = of_parcels(table, asked(table, 60.0))
    known = {
        parcel: int(year)
        for parcels, year in zip(
            blocks.chosen["parcel_ids"], blocks.chosen["start_year"], strict=True
        )
        for parcel in parcels
    }
    begun = time.perf_counter()
    found = solve_parcels(problem, pairs, least_mu=10.0, begin=known)
    return {
        "status": found.status,
        "gap": found.gap,
        "cost_wan": found.objective,
        "seconds": time.perf_counter() - begun,
        "faults": len(found.faults),
        "parts": len(found.chosen),
    }


def measure(seeds: Sequence[int], cbc_seconds: float) -> dict[str, Any]:
    """Return the figures of each made-up county."""
    found: dict[str, Any] = {"counties": []}
    for seed in seeds:
        table, pairs = made_up(seed=seed)
        block = measure_blocks(of_blocks(table, asked(table, 30.0)), cbc_seconds)
        parcel = measure_parcels(table, pairs, block.pop("chosen"))
        found["counties"].append({"seed": seed, "block": block, "parcel": parcel})
    return found


def lines(found: dict[str, Any]) -> list[str]:
    """Return the tables: what, figure, target, met."""
    told = ["| county | model | HiGHS | certified gap | target | met | faults |"]
    told.append("|--:|---|--:|--:|---|---|--:|")
    for county in found["counties"]:
        block, parcel = county["block"], county["parcel"]
        for name, spent, row, most in (
            (f"{block['blocks']} blocks, {block['binaries']:,} binaries", "ours_s", block, 10),
            ("parcels with connectivity", "seconds", parcel, 60),
        ):
            met = row["gap"] <= 0.01 and row[spent] <= most
            told.append(
                f"| {county['seed']} | {name} | {row[spent]:.1f} s | {100 * row['gap']:.2f} % | "
                f"≤ 1 % in ≤ {most} s | {'yes' if met else '**no**'} | {row['faults']} |"
            )
    told += ["", "| county | CBC, same model | its gap | spreadsheet over the bound | it breaks |"]
    told.append("|--:|--:|--:|--:|---|")
    for county in found["counties"]:
        block = county["block"]
        broken = ", ".join(f"{kind} {n} ×" for kind, n in block["hand_breaks"].items()) or "nothing"
        gap = "none" if np.isnan(block["cbc_gap"]) else f"{100 * block['cbc_gap']:.2f} %"
        told.append(
            f"| {county['seed']} | {block['cbc_s']:.1f} s | {gap} | "
            f"{100 * block['hand_cost_over']:+.1f} % | {broken} |"
        )
    saved = [1 - c["parcel"]["cost_wan"] / c["block"]["cost_wan"] for c in found["counties"]]
    mean = 100 * float(np.mean(saved))
    return [*told, "", f"Parts of blocks in place of whole ones save {mean:.1f} % of the cost."]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print and write ``results/portfolio.md`` and ``.json``."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks portfolio", description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--cbc-seconds", type=float, default=40.0)
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args(arguments)
    facts = about(("numpy", "scipy", "highspy", "pulp"))
    found = measure(given.seeds, given.cbc_seconds)
    text = ["# Blocks over five years", "", *heading(facts), "", *lines(found)]
    write(given.out, "portfolio", text, {"about": facts} | found)
