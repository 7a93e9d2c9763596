"""The board of targets as a workbook: targets, history of actuals, conflicts of the sources."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from data.targets import Targets
from reports.book import Sheet, write_book
from reports.context import ExportContext

_HEADS = {
    "zh": ("编号", "目标", "要求", "数值", "单位", "时间", "实绩", "统计日期", "实绩出处",
           "完成比例", "状态", "牵头部门", "范围", "原文", "出处", "矛盾"),
    "en": ("No.", "Target", "Sign", "Value", "Unit", "Period", "Actual", "Measured on",
           "Source of the actual", "Share", "Status", "Lead", "Scope", "Quote", "Source",
           "Conflicts"),
}  # fmt: skip
_HISTORY = {
    "zh": ("编号", "统计日期", "实绩", "出处", "说明", "录入人"),
    "en": ("No.", "Measured on", "Actual", "Source", "Note", "Recorded by"),
}
_CONFLICTS = {
    "zh": ("编号", "矛盾或缺陷", "处理", "涉及目标"),
    "en": ("No.", "Conflict or defect", "What to do", "Targets"),
}
_SHEETS = {"zh": ("目标清单", "实绩记录", "矛盾与缺陷"), "en": ("Targets", "Actuals", "Conflicts")}


def write_targets(
    board: pd.DataFrame,
    history: pd.DataFrame,
    out: Path,
    *,
    targets: Targets,
    context: ExportContext,
) -> Path:
    """Write the board with its history and the conflicts of its sources.

    Parameters
    ----------
    board : DataFrame
        As it is shown, by id: the columns of `analysis.target_board.target_board`, with ``when``
        (period in words), ``told`` (status in words) and ``from`` (source of the actual in words).
    history : DataFrame
        ``target_id``, ``measured_on``, ``value``, ``source``, ``note``, ``who``.
    targets : Targets
        Titles of the sources, and the conflicts.

    Raises
    ------
    ReportError
        If the file cannot be written.
    """
    lang = context.lang
    names = _SHEETS[lang]
    sheets = [
        Sheet(names[0], _board(board, targets, lang), widths=_widths(lang)),
        Sheet(names[1], _history(history, lang)),
        Sheet(names[2], _conflicts(targets, lang), widths=dict.fromkeys(_CONFLICTS[lang][1:3], 60)),
    ]
    return write_book(sheets, out, context=context)


def _widths(lang: str) -> dict[str, float]:
    heads = _HEADS[lang]
    return {heads[0]: 10, heads[2]: 6, heads[4]: 12, heads[10]: 12, heads[13]: 40, heads[14]: 40}


def _board(board: pd.DataFrame, targets: Targets, lang: str) -> pd.DataFrame:
    columns = (
        board.index, board[f"name_{lang}"], board["comparison"], board["value"], board["unit"],
        board["when"], board["actual"], _days(board["actual_on"]), board["from"], board["share"],
        board["told"], board["lead_bureau"], board["scope"], board["quote"],
        [targets.sources[key][lang] for key in board["source"]],
        board["conflicts"].map("、".join),
    )  # fmt: skip
    return _table(_HEADS[lang], columns)


def _history(history: pd.DataFrame, lang: str) -> pd.DataFrame:
    days = _days(history["measured_on"])
    told = [history[name] for name in ("source", "note", "who")]
    return _table(_HISTORY[lang], (history["target_id"], days, history["value"], *told))


def _conflicts(targets: Targets, lang: str) -> pd.DataFrame:
    found = targets.conflicts
    columns = (
        [c.id for c in found],
        [c.zh if lang == "zh" else c.en for c in found],
        [c.advice_zh if lang == "zh" else c.advice_en for c in found],
        ["、".join(c.targets) for c in found],
    )
    return _table(_CONFLICTS[lang], columns)


def _table(heads: tuple[str, ...], columns: tuple[object, ...]) -> pd.DataFrame:
    cells = {head: list(column) for head, column in zip(heads, columns, strict=True)}  # type: ignore[call-overload]
    return pd.DataFrame(cells)


def _days(days: pd.Series) -> list[str | None]:
    return [None if pd.isna(day) else f"{day:%Y-%m-%d}" for day in days]
