"""What a portfolio chooses from: blocks and parts of blocks, their figures and their parcels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.errors import AnalysisError, require
from analysis.portfolio_unknown import Gaps
from data.portfolio_settings import PortfolioSettings
from gis.errors import Words

FIGURES = ("cost_wan", "gain_m2", "difficulty", "firms", "jobs")
"""Figures of a candidate besides its area."""
SUMMED = ("cost_wan", "gain_m2", "firms", "jobs")
"""Figures that are sums over parcels: what is known of one with unknown parts is a least."""
_TOLD = 5


class UnknownFiguresError(AnalysisError):
    """Figures that the choice rests on are unknown for some blocks; they are asked for."""

    zh = (
        "有 {count} 个连片（含分块）缺少所需的数：{found}。{why}未知不按 0 计，请选一种："
        "补上后重试（单价用 --prices 或页面上的“单价”，企业、职工、建筑面积用 import 导入）；"
        "不考虑这些连片（--unknown leave_out）；"
        "只计已知部分，实际只多不少（--unknown known）。"
    )
    en = (
        "{count} blocks and parts lack figures that the choice rests on: {found}. {why}Unknown is "
        "not 0: give them and retry (prices by --prices or on the page; firms, employees, floor "
        "area by import), leave such blocks out (--unknown leave_out), or count what is known, "
        "which is at least so much (--unknown known)."
    )


class UnknownPlaceInPortfolioError(AnalysisError):
    """Locks or quotas name blocks, parcels or towns that are not there."""

    zh = "设置中有不存在的连片、地块或乡镇街道：{names}。请改正编号后重试。"
    en = "The settings name blocks, parcels or towns that are not there: {names}. Mend them."


class NothingToChooseError(AnalysisError):
    """There is no block to choose from."""

    zh = "没有可选的连片（另有 {left} 个因缺数未考虑）。请检查筛选范围、单价和设置。"
    en = "There is no block to choose from ({left} left out for unknown figures). Check the rules."


@dataclass(frozen=True, eq=False)
class Problem:
    """Blocks to choose from and what is asked of the choice.

    Attributes
    ----------
    candidates : DataFrame
        By ``candidate_id``: ``block_id``, ``area_mu`` and `FIGURES` (NaN unknown; a column may be
        missing where nothing rests on it), ``difficulty_lacks`` (factors of it of which nothing is
        known), ``months`` from start to credit (NaN or missing: as the
        settings say).
    parcels : DataFrame
        By ``parcel_id``: ``area_mu``, ``town``; with geometry in EPSG:4549, that of the land that
        links them, the choice is checked for contiguity.
    members : mapping
        Parcels of each candidate.
    settings : PortfolioSettings
        Years, tasks, limits, weights.
    within_m, barriers
        What makes parcels neighbours, for the check.
    gaps : Gaps, optional
        What is not known of the parcels, told where figures are asked for.
    whole_mu : mapping, optional
        By block: the area (亩) of the block that it is left of, with the land credited already.
    towns : frozenset of str, optional
        The towns that there are: quotas of others are refused. A town may be without candidates.
    """

    candidates: pd.DataFrame
    parcels: pd.DataFrame
    members: Mapping[str, tuple[str, ...]]
    settings: PortfolioSettings
    within_m: float = 20.0
    barriers: Any = None
    gaps: Gaps | None = None
    whole_mu: Mapping[str, float] = field(default_factory=dict)
    towns: frozenset[str] | None = None

    @cached_property
    def rests_on(self) -> tuple[str, ...]:
        """Figures that the objective or a limit needs."""
        asked, weights = self.settings, self.settings.weights
        total = asked.totals
        needed = {
            "cost_wan": bool(weights.get("cost") or asked.budgets_wan or "cost_most_wan" in total),
            "gain_m2": bool(weights.get("gain") or "gain_least_m2" in total),
            "difficulty": bool(weights.get("difficulty") or "difficulty_most" in total),
            "firms": bool(asked.firms_most),
            "jobs": bool(asked.jobs_most),
        }
        return tuple(name for name in FIGURES if needed[name])

    @cached_property
    def lag_years(self) -> NDArray[np.int64]:
        """Years from the year of the start to that of the credit, by candidate."""
        months = np.full(len(self.candidates), self.settings.months)
        if "months" in self.candidates:
            own = self.candidates["months"].to_numpy(dtype=float, na_value=np.nan)
            months = np.where(np.isnan(own), months, own)
        return np.floor((self.settings.start_month - 1 + months) / 12 + 1e-9).astype(np.int64)

    @cached_property
    def town_mu(self) -> pd.DataFrame:
        """Area of each candidate in each town (亩): candidates × towns."""
        pairs = self.pairs
        row = self.parcels.index.get_indexer(pd.Index(pairs["parcel_id"]))
        code, names = pd.factorize(self.parcels["town"].to_numpy(dtype=object), sort=True)
        place = self.candidates.index.get_indexer(pd.Index(pairs["candidate_id"]))
        table = np.zeros((len(self.candidates), len(names)))
        area = self.parcels["area_mu"].to_numpy(dtype=float)
        np.add.at(table, (place, code[row]), area[row])
        return pd.DataFrame(table, index=self.candidates.index, columns=names)

    @cached_property
    def pairs(self) -> pd.DataFrame:
        """One row for each candidate and parcel of it: ``candidate_id``, ``parcel_id``."""
        ids = self.candidates.index
        counts = [len(self.members[name]) for name in ids]
        parcels = [parcel for name in ids for parcel in self.members[name]]
        return pd.DataFrame(
            {
                "candidate_id": np.repeat(ids.to_numpy(dtype=object), counts),
                "parcel_id": np.array(parcels, dtype=object),
            }
        )

    def figure(self, name: str) -> NDArray[np.float64]:
        """Return one figure by candidate, NaN where unknown or not there."""
        if name not in self.candidates:
            return np.full(len(self.candidates), np.nan)
        return np.asarray(self.candidates[name].to_numpy(dtype=float, na_value=np.nan))

    def lacks(self, name: str) -> NDArray[np.bool_]:
        """Return of which candidates a figure is unknown, or factors of it (``*_lacks``) are."""
        lacking = np.isnan(self.figure(name))
        if f"{name}_lacks" in self.candidates:
            lacking |= self.figure(f"{name}_lacks") > 0
        return np.asarray(lacking)

    def land(self, name: str) -> frozenset[str]:
        """Return the parcels that a name means: those of a block, of a part, or a parcel."""
        blocks = self.candidates.index[self.candidates["block_id"] == name]
        names = list(blocks) or ([name] if name in self.members else [])
        return frozenset(parcel for each in names for parcel in self.members[each]) or frozenset(
            [name]
        )

    def covered(self, name: str) -> NDArray[np.int64]:
        """Return how many parcels of what a name means each candidate takes."""
        mine = self.pairs.loc[self.pairs["parcel_id"].isin(self.land(name)), "candidate_id"]
        place = self.candidates.index.get_indexer(pd.Index(mine))
        return np.bincount(place, minlength=len(self.candidates))

    def unknown(self, name: str) -> NDArray[np.int64]:
        """Return by candidate how many parcels one of `SUMMED` does not count; at least 1 if any.

        After `ready` the figure then is what is known of it.
        """
        none = np.isnan(self.figure(name)).astype(np.int64)
        if f"{name}_unknown" not in self.candidates:
            return none
        told = self.candidates[f"{name}_unknown"].to_numpy(dtype=float, na_value=0)
        return np.maximum(none, told.astype(np.int64))

    def of(self, name: str) -> NDArray[np.bool_]:
        """Return which candidates take land of what a name means: a block, a part, a parcel.

        A part means every candidate that overlaps it, so also its whole block.
        """
        return np.asarray(self.covered(name) > 0)


@dataclass(frozen=True, eq=False)
class Taken:
    """A problem that can be solved.

    ``left_out`` are the candidates left out for unknown figures; ``incomplete`` those of which
    only the known part of a figure is counted, whether the choice rests on that figure or not.
    """

    problem: Problem
    left_out: tuple[str, ...] = ()
    incomplete: frozenset[str] = frozenset()


def ready(problem: Problem) -> Taken:
    """Return the problem as it can be solved, having dealt with what is unknown.

    Raises
    ------
    UnknownFiguresError
        If a figure that the choice rests on is unknown and the settings want it asked for.
    UnknownPlaceInPortfolioError
        If a lock or quota names what is not there.
    NothingToChooseError
        If no candidate remains.
    """
    require(problem.candidates, "block_id", "area_mu", what="连片 candidates")
    require(problem.parcels, "area_mu", "town", what="宗地表")
    _refuse_unknown_names(problem)
    whole, lacking = _with_known_parts(problem), _lacking(problem)
    if problem.settings.unknown == "known":
        lacking = _lacking(whole)
    if lacking.any() and problem.settings.unknown == "ask":
        why = (problem.gaps or Gaps()).words(problem.rests_on)
        raise UnknownFiguresError(count=int(lacking.sum()), found=_told(problem), why=why)
    ids = problem.candidates.index.astype(str)
    if lacking.all():
        raise NothingToChooseError(left=int(lacking.sum()))
    kept = replace(whole, candidates=whole.candidates[~lacking])
    short = np.any([kept.unknown(name) > 0 for name in SUMMED if name in kept.candidates], axis=0)
    if "difficulty" in problem.rests_on:
        short = short | problem.lacks("difficulty")[~lacking]
    return Taken(kept, tuple(ids[lacking]), frozenset(ids[~lacking][short]))


def _with_known_parts(problem: Problem) -> Problem:
    """Return the problem with the sums of what is known (``*_known``) for what is unknown.

    ``*_unknown`` keep how many parcels are not in them.
    """
    told = problem.candidates.copy()
    for name in SUMMED:
        if name in told:
            told[f"{name}_unknown"] = problem.unknown(name)
    for name in FIGURES:
        if f"{name}_known" in told:
            told[name] = told[name].fillna(told[f"{name}_known"])
        if f"{name}_lacks" in told:
            told[f"{name}_lacks"] = 0.0
    return replace(problem, candidates=told)


def _lacking(problem: Problem) -> NDArray[np.bool_]:
    lacking = np.isnan(problem.figure("area_mu"))
    for name in problem.rests_on:
        lacking = lacking | problem.lacks(name)
    return lacking


def _told(problem: Problem) -> Words:
    """Name which figures are lacking, for how many blocks, and the first of those."""
    names = {
        "area_mu": ("面积", "area"),
        "cost_wan": ("费用", "cost"),
        "gain_m2": ("可增建筑面积", "floor area gained"),
        "difficulty": ("难度", "difficulty"),
        "firms": ("搬迁企业数", "firms to relocate"),
        "jobs": ("涉及职工数", "jobs to relocate"),
    }
    zh, en = [], []
    for name in ("area_mu", *problem.rests_on):
        bad = problem.lacks(name)
        if bad.any():
            first = [str(each) for each in problem.candidates.index[bad][:_TOLD]]
            more = bad.sum() > _TOLD
            zh.append(
                f"{names[name][0]}（{'、'.join(first)}{'等' if more else ''} {bad.sum()} 个）"
            )
            en.append(f"{names[name][1]} ({bad.sum()}: {', '.join(first)}{' …' if more else ''})")
    return Words("；".join(zh), "; ".join(en))


def _refuse_unknown_names(problem: Problem) -> None:
    asked = problem.settings
    named = [*asked.locked_in, *asked.locked_out]
    named += [name for group in (*asked.together, *asked.never) for name in group]
    there = set(problem.candidates.index) | set(problem.candidates["block_id"])
    there |= set(problem.parcels.index)
    missing = [name for name in dict.fromkeys(named) if name not in there]
    missing += [
        town
        for town in asked.towns
        if not town or (problem.towns is not None and town not in problem.towns)
    ]
    if missing:
        raise UnknownPlaceInPortfolioError(names="、".join(map(str, missing)))
