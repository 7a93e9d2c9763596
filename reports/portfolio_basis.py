"""What a portfolio rests on, in words: tasks assumed, land credited already, missing barriers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from analysis.portfolio_county import CountyProblem, assumed_tasks
from data.portfolio_settings import PortfolioSettings
from data.rules import Rules
from reports.block_list import missing_words

SHOWN = 5
"""Parcels named in a sentence; the document has them all."""


def basis_document(
    county: CountyProblem,
    settings: PortfolioSettings,
    *,
    rules: Rules,
    barriers_missing: Sequence[str] = (),
) -> dict[str, Any]:
    """Return what a portfolio rests on, ready for JSON.

    Returns
    -------
    dict
        ``tasks_assumed`` (by year, 亩: no source sets them), ``task_source`` and
        ``task_source_until`` (what sets those of the years before), ``credited_parcels``,
        ``credited_already`` (their number), ``barriers_missing``, ``usual_months``.
    """
    target = rules.annual_target
    return {
        "tasks_assumed": {str(year): mu for year, mu in assumed_tasks(settings, rules).items()},
        "task_source": target.source,
        "task_source_until": None if target.valid_to is None else target.valid_to.year,
        "credited_already": len(county.credited),
        "credited_parcels": list(county.credited),
        "barriers_missing": list(barriers_missing),
        "usual_months": {mode: round(months, 1) for mode, months in county.months.items()},
    }


def basis_lines(basis: Mapping[str, Any], lang: str = "zh") -> list[str]:
    """Return what must be said beside a portfolio, one sentence each.

    Examples
    --------
    >>> basis_lines({"tasks_assumed": {"2028": 1800.0}, "task_source": "某文",
    ...     "task_source_until": 2027, "credited_parcels": ["P1"], "barriers_missing": []})[0]
    '2028 年的任务没有文件依据，暂按每年 1,800 亩假定（某文只定到 2027 年），请按实际任务修改。'
    """
    told = [_assumed(basis, lang), _credited(basis["credited_parcels"], lang)]
    if basis["barriers_missing"]:
        told.append(missing_words(basis["barriers_missing"], lang))
    return [line for line in told if line]


def _assumed(basis: Mapping[str, Any], lang: str) -> str:
    tasks = basis["tasks_assumed"]
    if not tasks:
        return ""
    mu, until = f"{max(tasks.values()):,.0f}", basis["task_source_until"]
    if lang == "en":
        return (
            f"No source sets the tasks of {', '.join(tasks)}: {mu} mu a year is assumed "
            f"({basis['task_source']} ends with {until}). Set the true ones."
        )
    return (
        f"{'、'.join(tasks)} 年的任务没有文件依据，暂按每年 {mu} 亩假定"
        f"（{basis['task_source']}只定到 {until} 年），请按实际任务修改。"
    )


def _credited(parcels: Sequence[str], lang: str) -> str:
    """Name the land that is not to be chosen; blocks are named after what is left of them."""
    if not parcels:
        return ""
    first, count = parcels[:SHOWN], f"{len(parcels):,}"
    if lang == "en":
        names = ", ".join(first) + (" …" if len(parcels) > SHOWN else "")
        return (
            f"{count} parcels are credited already, in part or whole, and left out before blocks "
            f"are formed ({names}): a block is named after the first parcel that is left of it."
        )
    names = "、".join(first) + ("等" if len(parcels) > SHOWN else "")
    return (
        f"已计入或部分计入的 {count} 宗不再选，先剔除再组成连片（{names}）；"
        "连片以剩下的第一宗地编号，可能与连片清单不同。"
    )
