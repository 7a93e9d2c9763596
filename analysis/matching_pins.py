"""What is pinned by hand, refused with its reason before anything is solved."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.matching_problem import REASONS, MatchProblem, Pairs, PinRefusedError, stocks
from gis.errors import Words

WORDS = {
    "land_unknown": Words("项目用地需求未知", "the land it needs is not known"),
    "area_unknown": Words("用地面积未知", "the area of the site is not known"),
    "vetoed": Words("触及否决项", "vetoed"),
    "banned": Words("已被人工禁止", "banned by hand"),
    "reserved": Words("用地留给其他集群", "reserved for other clusters"),
    "too_small": Words("用地小于项目所需用地", "smaller than the land it needs"),
    "free_unknown": Words("可供地时间未知", "not known when the land is free"),
    "too_late": Words("供地晚于可等待期限", "free later than it can wait"),
    "capacity_unknown": Words(
        "项目没有说明用电或用水需求，而那里容量有限",
        "it does not say what power or water it needs, and there is a limit",
    ),
    "capacity_short": Words("用电或用水超过剩余容量", "more power or water than is left"),
    "decided": Words("用地已决定给其他项目", "the site is decided for other projects"),
    "supply_used": Words(
        "还有空地，但用电或用水已被其他项目用完",
        "there is land left, but others draw its power or water",
    ),
    "taken": Words("可用的用地已安排给其他项目", "the sites it could take went to others"),
}
"""Why a pair is barred, or a project unplaced, in both languages."""
_HARD = ("land_unknown", "area_unknown", "vetoed", "banned", "too_small", "decided",
         "capacity_short", "capacity_unknown")  # fmt: skip


def refuse_pins(problem: MatchProblem, pairs: Pairs) -> NDArray[np.bool_]:
    """Return the pinned pairs, having refused what cannot hold.

    A pin may go against timing and against what is reserved: both are for people to decide.

    Raises
    ------
    PinRefusedError
        Naming every fault: an unknown name (of a ban too), a vetoed or otherwise impossible pair,
        a project pinned twice, a site too small for all its pins, pins on sites that overlap.
    """
    marks = np.zeros(pairs.barred.shape, dtype=bool)
    faults: list[Words] = []
    for project, site in problem.pins:
        row = problem.projects.index.get_indexer(pd.Index([project]))[0]
        column = problem.sites.index.get_indexer(pd.Index([site]))[0]
        told = f"{project} → {site}"
        if row < 0 or column < 0:
            faults.append(Words(f"{told}：没有这个编号", f"{told}: no such number"))
            continue
        reason = REASONS[pairs.barred[row, column]]
        if reason in _HARD:
            why = _vetoes(problem, project, site) if reason == "vetoed" else WORDS[reason]
            faults.append(Words(f"{told}：{why}", f"{told}: {why.en}"))
        marks[row, column] = True
    faults += _together(problem, pairs, marks)
    faults += [
        Words(f"禁止 {project} → {site}：没有这个编号", f"ban {project} → {site}: no such number")
        for project, site in problem.bans
        if project not in problem.projects.index or site not in problem.sites.index
    ]
    if faults:
        shown = faults[:5]
        raise PinRefusedError(faults=Words("；".join(shown), "; ".join(f.en for f in shown)))
    return marks


def _vetoes(problem: MatchProblem, project: str, site: str) -> Words:
    """Say that a pair is vetoed and, where that is known, by what."""
    plain, table = WORDS["vetoed"], problem.vetoed
    if "said" not in table:
        return plain
    mine = (table["project_id"] == project) & (table["site_id"] == site)
    names = list(dict.fromkeys(table.loc[mine, "said"]))
    zh, en = "、".join(names), ", ".join(name.en for name in names)
    return Words(f"{plain}（{zh}）", f"{plain.en} ({en})")


def _together(problem: MatchProblem, pairs: Pairs, marks: NDArray[np.bool_]) -> list[Words]:
    faults = [
        Words(f"{name}：指定了多处用地", f"{name}: pinned to several sites")
        for name in problem.projects.index[marks.sum(axis=1) > 1]
    ]
    row, column = np.nonzero(marks)
    full: NDArray[np.bool_] = np.zeros(len(problem.sites), dtype=bool)
    for stock in stocks(problem, pairs):
        full |= stock.over(row, column) & marks.any(axis=0)
    faults += [
        Words(f"{name}：放不下所有指定的项目", f"{name}: too small for all its pins")
        for name in problem.sites.index.to_numpy()[full]
    ]
    used = set(problem.sites.index.to_numpy()[marks.any(axis=0)])
    faults += [
        Words(f"{one} 与 {other} 重叠，不能同时使用", f"{one} and {other} overlap")
        for one, other in problem.overlaps
        if {one, other} <= used
    ]
    return faults
