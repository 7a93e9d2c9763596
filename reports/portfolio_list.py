"""A portfolio as one document: its years and blocks, how good it is, or why there is none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from analysis.portfolio import Solution
from analysis.portfolio_problem import Problem
from analysis.portfolio_stability import Stability
from analysis.portfolio_tradeoff import TradeOff
from gis.area import to_m2

_DIGITS = 4
_WORDS = {
    "optimal": ("最优", "optimal"),
    "gap": ("在所求差距之内", "within the gap asked for"),
    "time": ("到达时限", "time was up"),
    "stopped": ("已停止", "stopped"),
    "infeasible": ("无解", "no answer"),
}
_GOALS = {
    "cost": ("费用", "cost"),
    "gain": ("可增建筑面积", "floor area gained"),
    "difficulty": ("难度", "difficulty"),
}


def status_words(status: str, lang: str = "zh") -> str:
    """Return how the search ended in words.

    Examples
    --------
    >>> status_words("gap", "en")
    'within the gap asked for'
    """
    return _WORDS[status][1 if lang == "en" else 0]


def portfolio_document(
    problem: Problem,
    found: Solution,
    *,
    more: Mapping[str, Any] | None = None,
    lang: str = "zh",
) -> dict[str, Any]:
    """Return a portfolio ready for JSON; unknown is None.

    Returns
    -------
    dict
        ``status``, ``gap``, ``objective``, ``bound``, ``seconds``, ``weights``, ``years`` (list of
        ``year``, ``area_mu``, ``blocks`` …), ``blocks`` (list of ``block_id``, ``parcel_ids``,
        ``area_mu``, ``cost_wan``, ``cost_wan_unknown``: parcels that it does not count,
        ``whole_area_mu``: of the block with what is credited …),
        ``towns``, ``conflict`` (list), ``faults`` of the independent check,
        ``left_out``, ``incomplete``, ``settings``, and what ``more`` adds.
    """
    years = [
        {"year": int(year), **{str(name): _plain(value) for name, value in row.items()}}
        for year, row in zip(found.years.index, found.years.to_dict("records"), strict=True)
    ]
    for row in years:
        row["area_m2"] = round(to_m2(row["area_mu"]), 1)
    blocks = []
    for name, row in zip(found.chosen.index, found.chosen.to_dict("records"), strict=True):
        told = {str(key): _plain(value) for key, value in row.items()}
        whole = told["block_id"]
        told |= {"block_id": str(name), "of_block": whole, "part": str(name) != whole}
        told["area_m2"] = round(to_m2(row["area_mu"]), 1)
        blocks.append(told)
    towns = [
        {"town": str(town), **{str(name): _plain(value) for name, value in row.items()}}
        for town, row in zip(found.towns.index, found.towns.to_dict("records"), strict=True)
    ]
    return {
        "status": found.status,
        "status_text": status_words(found.status, lang),
        "gap": _plain(found.gap),
        "objective": _plain(found.objective),
        "bound": _plain(found.bound),
        "seconds": round(found.seconds, 2),
        "weights": dict(problem.settings.weights),
        "totals": {name: _plain(value) for name, value in found.totals.items()},
        "candidates": len(problem.candidates),
        "years": years,
        "blocks": blocks,
        "towns": towns,
        "conflict": [each.record(lang) for each in found.conflict],
        "faults": [vars(fault) | {"message": fault.say(lang)} for fault in found.faults],
        "left_out": list(found.left_out),
        "incomplete": list(found.incomplete),
        "settings": problem.settings.to_dict(),
        **(more or {}),
    }


def stability_document(found: Stability) -> dict[str, Any]:
    """Return how often each block is chosen, ready for JSON."""
    rows = [
        {"block_id": str(name), **{str(key): _plain(value) for key, value in row.items()}}
        for name, row in zip(found.table.index, found.table.to_dict("records"), strict=True)
    ]
    told = {"draws": found.draws, "answered": found.answered}
    return told | {"spread": found.spread, "seed": found.seed, "blocks": rows}


def trade_off_document(found: TradeOff) -> dict[str, Any]:
    """Return the points of a trade-off with the blocks of each, ready for JSON."""
    points = [
        {str(key): _plain(value) for key, value in row.items()}
        | {"chosen": [str(name) for name in answer.chosen.index]}
        for row, answer in zip(found.points.to_dict("records"), found.solutions, strict=True)
    ]
    return {"between": list(found.between), "points": points}


def _plain(value: Any) -> Any:
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return None if pd.isna(value) or np.isinf(value) else round(value, _DIGITS)
    return value


def portfolio_text(document: Mapping[str, Any], lang: str = "zh") -> str:
    """Return a portfolio as lines of text: how good, the years, or what contradicts itself."""
    zh = lang != "en"
    told = [_head(document, zh=zh)]
    if document["status"] == "infeasible":
        told.append(conflict_head(document["conflict"], "zh" if zh else "en"))
        told += [f"　· {each['message']}" for each in document["conflict"]]
    for row in document["years"] if document["blocks"] else ():
        told.append(_year(row, zh=zh))
    for name, words in (
        ("left_out", ("个连片因缺数未考虑", "blocks were left out for unknown figures")),
        ("incomplete", ("个选中的连片只计了已知部分（费用、面积、家数只多不少，难度不定）",
                        "chosen blocks count only what is known: costs, floor area, firms and jobs "
                        "will be more, difficulty more or less")),
    ):  # fmt: skip
        if document[name]:
            told.append(f"{len(document[name])} {words[0 if zh else 1]}")
    if document["faults"]:
        told.append(
            f"独立核对发现 {len(document['faults'])} 处不符，请勿采用"
            if zh
            else f"The independent check found {len(document['faults'])} faults: do not use it"
        )
        told += [f"　· {each['message']}" for each in document["faults"]]
    elif document["blocks"]:
        told.append(
            "独立核对无误（连片、合计、各项要求）。"
            if zh
            else "Checked independently: contiguity, sums and all that was asked hold."
        )
    if "stability" in document:
        told.append(_stability(document["stability"], zh=zh))
    for point in document.get("trade_off", {}).get("points", ()):
        told.append(_point(point, zh=zh))
    return "\n".join(told)


def conflict_head(conflict: Sequence[Mapping[str, Any]], lang: str = "zh") -> str:
    """Return what it means that asks contradict each other, or that no such were found.

    Examples
    --------
    >>> conflict_head([], "en")
    'Why there is none was not found within the time limit; give more seconds or ask for less.'
    """
    zh = lang != "en"
    if not conflict:
        return (
            "时限内没有查明是哪些要求互相矛盾；请延长时限，或减少要求后重试。"
            if zh
            else "Why there is none was not found within the time limit; give more seconds or ask "
            "for less."
        )
    if all(each.get("smallest", True) for each in conflict):
        return (
            "以下要求不能同时满足，至少须放宽其中一条："
            if zh
            else "These cannot be met together; at least one of them must be relaxed:"
        )
    return (
        "以下要求不能同时满足，至少须放宽其中一条（时限内未能证明这是最少的几条）："
        if zh
        else "These cannot be met together; at least one of them must be relaxed (not proven to "
        "be the fewest: time was up):"
    )


def _stability(found: Mapping[str, Any], *, zh: bool) -> str:
    mine = [row for row in found["blocks"] if row["chosen"]]
    sure = sum(row["verdict"] == "sure" for row in mine)
    spread = f"{100 * found['spread']:g}"
    return (
        f"费用和时长上下浮动 {spread} %，重新求解 {found['draws']} 次，"
        f"{found['answered']} 次有解：选中的 {len(mine)} 个连片中 {sure} 个可靠"
        if zh
        else f"Costs and durations moved by ± {spread} %, {found['draws']} times "
        f"({found['answered']} have an answer): {sure} of the {len(mine)} chosen blocks are sure"
    )


def _point(point: Mapping[str, Any], *, zh: bool) -> str:
    cost, gain, hard = point["cost_wan"], point["gain_m2"], point["difficulty_mu"]
    return (
        f"　费用 {cost:,.0f} 万元　可增建筑面积 {gain:,.0f} 平方米　难度 {hard:,.0f}"
        if zh
        else f"  cost {cost:,.0f} × 10,000 yuan, floor area gained {gain:,.0f} m², "
        f"difficulty {hard:,.0f}"
    )


def _head(document: Mapping[str, Any], *, zh: bool) -> str:
    status = status_words(document["status"], "zh" if zh else "en")
    count, seconds = document["candidates"], document["seconds"]
    of = ("个连片及其分块", "blocks and parts")
    if document.get("by_parcel"):
        of = ("宗地", "parcels")
    if not document["blocks"]:
        return (
            f"{status}（可选 {count} {of[0]}，{seconds} 秒）"
            if zh
            else f"{status} ({count} {of[1]} to choose from, {seconds} s)"
        )
    goals = [_GOALS[name][0 if zh else 1] for name, w in document["weights"].items() if w]
    gap = 100 * document["gap"] if document["gap"] is not None else float("nan")
    return (
        f"{status}：与最优相差不超过 {gap:.2f} %（目标：{'、'.join(goals)}；"
        f"可选 {count} {of[0]}，选中 {len(document['blocks'])} 片，{seconds} 秒）"
        if zh
        else f"{status}: certainly no more than {gap:.2f} % from the best (for "
        f"{', '.join(goals)}; {len(document['blocks'])} chosen, of {count} {of[1]}, {seconds} s)"
    )


def _year(row: Mapping[str, Any], *, zh: bool) -> str:
    task = "—" if row["task_mu"] is None else f"{row['task_mu']:,.1f}"
    cost = "—" if row["cost_wan"] is None else f"{row['cost_wan']:,.0f}"
    if row["cost_wan_unknown"]:
        cost = f"不少于 {cost}" if zh else f"at least {cost}"
    return (
        f"{row['year']}　计入 {row['area_mu']:,.1f} 亩（任务 {task}，已计入 "
        f"{row['credited_mu']:,.1f}）　启动 {len(row['started'])} 片、{cost} 万元"
        if zh
        else f"{row['year']}: {row['area_mu']:,.1f} mu credited (task {task}, "
        f"{row['credited_mu']:,.1f} before), {len(row['started'])} blocks start at {cost} × "
        "10,000 yuan"
    )
