"""The words of a packet in both languages, and how its numbers are written."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Any

import pandas as pd

from data import schema
from gis.area import to_mu
from reports.cells import clean_text

UNKNOWN = "—"

WORDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "biweekly": ("双周调度", "Fortnightly review"),
        "monthly": ("月监测", "Monthly review"),
        "quarterly": ("季晾晒", "Quarterly ranking"),
        "annual": ("年考评", "Annual appraisal"),
        "title": (
            "{county}低效工业用地改造{kind}材料",
            "{county}: industrial land renewal, {kind}",
        ),
        "sample": ("模拟数据", "Synthetic data"),
        "internal": ("内部工作用图", "For internal work only"),
        "review_no": ("审图号：", "Map review no.:"),
        "not_assigned": ("（待填）", "(to be filled in)"),
        "state_on": ("数据状态日期 {on}", "State on {on}"),
        "known_on": ("掌握情况截至 {on}", "known on {on}"),
        "version": ("登记簿版本 {n}", "register version {n}"),
        "rules": ("规则版本 {id}", "rules {id}"),
        "until_end": ("{month}末", "By the end of {month}"),
        "until_day": ("截至{day}", "By {day}"),
        "found_behind": (
            "{when}计入 {done} 亩，落后序时 {gap} 亩",
            "{when}: {done} mu credited, {gap} mu behind pace",
        ),
        "found_ahead": (
            "{when}计入 {done} 亩，超过序时 {gap} 亩",
            "{when}: {done} mu credited, {gap} mu ahead of pace",
        ),
        "found_plain": ("{when}计入 {done} 亩", "{when}: {done} mu credited"),
        "figures": ("主要数字", "Main figures"),
        "target": ("年度任务", "Yearly task"),
        "credited": ("本年计入", "Credited this year"),
        "expected": ("序时进度", "Pace to date"),
        "gap": ("与序时之差", "Against pace"),
        "required": ("此后每月需完成", "Needed each month from now"),
        "overdue": ("逾期宗地", "Overdue parcels"),
        "share": ("完成率", "Share of the task"),
        "mu": ("亩", "mu"),
        "parcel_unit": ("宗", "parcels"),
        "pct": ("%", "%"),
        "line": ("{year} 年累计计入面积（亩）", "Credited area {year}, cumulative (mu)"),
        "plan": ("计划", "Plan"),
        "pace": ("序时", "Pace"),
        "done": ("计入", "Credited"),
        "month": ("月份", "Month"),
        "month_name": ("{n}月", "{n}"),
        "towns_behind": (
            "{top}计入最多（{most} 亩），{none} 个乡镇街道尚无计入",
            "{top} leads with {most} mu; {none} towns have no credit yet",
        ),
        "towns_none": ("各乡镇街道本年尚无计入", "No town has credit yet this year"),
        "towns_chart": ("各乡镇街道本年计入面积（亩）", "Credited this year by town (mu)"),
        "towns_rank": (
            "各乡镇街道任务与本年计入面积（亩），按完成率排列",
            "Task and credit by town (mu), by share done",
        ),
        "no_tasks": (
            "各乡镇街道任务分解未提供，未按完成率排名。",
            "No task per town was given, so towns are not ranked by completion.",
        ),
        "town": ("乡镇街道", "Town"),
        "task": ("任务（亩）", "Task (mu)"),
        "by_class": ("按低效类别计入面积（亩）", "Credited by class (mu)"),
        "by_mode": ("按改造方式计入面积（亩）", "Credited by renewal mode (mu)"),
        "split_found": (
            "{mode}占本年计入的 {pct}%",
            "{mode} makes {pct}% of this year's credit",
        ),
        "split_none": ("本年计入的构成", "What this year's credit is made of"),
        "funnel_found": (
            "{n} 宗、{mu} 亩停在“{stage}”，为各阶段之最",
            "{n} parcels, {mu} mu stand at “{stage}”, more than at any other stage",
        ),
        "funnel_none": ("尚无宗地进入改造流程", "No parcel is in renewal yet"),
        "funnel_chart": ("各阶段面积（亩）", "Land by stage (mu)"),
        "reached": ("到过此阶段", "Reached it"),
        "here": ("现停在此", "Stand there now"),
        "stage": ("阶段", "Stage"),
        "changed_found": (
            "{since}以来新计入 {n} 宗、{mu} 亩",
            "Since {since}: {n} parcels, {mu} mu newly credited",
        ),
        "changed_none": ("{since}以来没有新计入的宗地", "Nothing newly credited since {since}"),
        "moved_title": ("同期各阶段推进", "Stages reached in that time"),
        "no_moves": ("没有新的阶段记录。", "No stage was recorded."),
        "moved_row": ("{stage}　{n} 宗、{mu} 亩", "{stage}: {n} parcels, {mu} mu"),
        "late_found": (
            "逾期 {n} 宗、{mu} 亩，最久已逾 {days} 天",
            "{n} parcels, {mu} mu overdue; the longest by {days} days",
        ),
        "late_none": ("没有逾期宗地", "No parcel is overdue"),
        "more_rows": ("另有 {n} 宗，见工作簿。", "{n} more are in the workbook."),
        "parcel": ("宗地", "Parcel"),
        "parcel_id": ("宗地编号", "Parcel id"),
        "owner": ("权利人", "Owner"),
        "class": ("低效类别", "Class"),
        "mode": ("改造方式", "Renewal mode"),
        "area_mu": ("面积（亩）", "Area (mu)"),
        "credited_mu": ("计入（亩）", "Credited (mu)"),
        "occurred_on": ("发生日期", "Date"),
        "doc_no": ("文号", "Document"),
        "due_stage": ("应达阶段", "Due stage"),
        "due_on": ("计划日期", "Planned for"),
        "late_days": ("逾期（天）", "Days late"),
        "unit": ("责任单位", "Responsible"),
        "parcels": ("宗数", "Parcels"),
        "years_found": (
            "{when}计入 {now} 亩，上年同期 {then} 亩",
            "{when}: {now} mu credited; {then} mu on the same day of the year before",
        ),
        "years_chart": ("各年累计计入面积（亩）", "Credited area by year, cumulative (mu)"),
        "season": ("季节序时", "Seasonal pace"),
        "season_mu": ("季节序时（亩）", "Seasonal pace (mu)"),
        "counters": ("三项计数（与计入分开）", "Three counters, apart from credit"),
        "demolished": ("拆除（亩）", "Demolished (mu)"),
        "supplied": ("拆后供地（亩）", "Supplied after demolition (mu)"),
        "started": ("拆后新开工（m²）", "Floor area started after demolition (m²)"),
        "counters_text": (
            "三项计数（与计入分开）：拆除 {demolished} 亩，拆后供地 {supplied} 亩，"
            "拆后新开工 {started} m²。",
            "Three counters, apart from credit: demolished {demolished} mu, supplied after "
            "demolition {supplied} mu, floor area started {started} m².",
        ),
        "season_text": (
            "按往年各月进度推算，到这一天应有 {mu} 亩（季节序时）。",
            "As earlier years went, {mu} mu would be due by this day (seasonal pace).",
        ),
        "movement_found": (
            "存量由年初 {opening} 亩变为 {closing} 亩，其中改造完成 {renewed} 亩",
            "The stock went from {opening} mu to {closing} mu; {renewed} mu were renewed",
        ),
        "movement_none": ("本年尚无存量变动", "The stock has no month this year yet"),
        "movement_chart": ("本年存量变动（亩）", "Movement of the stock this year (mu)"),
        "axis_note": ("纵轴不从 0 起", "the axis does not start at 0"),
        "movement_sheet": ("存量变动", "Movement"),
        "movement_note": (
            "期初 + 认定 − 改造完成 − 改认 ± 重测 = 期末；改认不算改造。",
            "Opening + identified − renewed − re-defined ± remeasured = closing; re-definition "
            "is never renewal.",
        ),
        "opening_m2": ("期初", "Opening"),
        "identified_m2": ("+ 新认定", "+ Identified"),
        "renewed_m2": ("− 改造完成", "− Renewed"),
        "redefined_m2": ("− 改认", "− Re-defined"),
        "remeasured_m2": ("± 重测", "± Remeasured"),
        "closing_m2": ("期末", "Closing"),
        "in_mu": ("{said}（亩）", "{said} (mu)"),
        "done_pct": ("完成率", "Share done"),
        "map_found": (
            "改造宗地分布：{n} 宗、{mu} 亩在册推进",
            "Where renewal stands: {n} parcels, {mu} mu in progress",
        ),
        "map_title": ("{county}工业用地改造阶段图", "{county}: stages of industrial land renewal"),
        "overdue_mark": ("逾期", "Overdue"),
        "credited_mark": ("本年计入", "Credited this year"),
        "not_in": ("未入库改造", "Not in renewal"),
        "legend": ("图例", "Legend"),
        "north": ("北", "N"),
        "notes": ("口径与说明", "How to read the figures"),
        "blank_note": (
            "“—”表示未知，不是 0。面积按 1 亩 = 2000/3 m² 换算，以图形面积计，每一部分只计入一次。",
            "“—” is unknown, not 0. 1 mu = 2000/3 m²; measured area; each part is credited once.",
        ),
        "double_note": (
            "高耗低效企业整治腾出的 1,350 亩可能与本项任务重叠，不相加。",
            "The 1,350 mu freed from energy-intensive firms may overlap this task: never added up.",
        ),
        "unknown_note": ("未能计数：{parts}。", "Not counted: {parts}."),
        "unknown_area": ("已达计入阶段但面积未知 {n} 宗", "{n} credited parcels without an area"),
        "unknown_plan": ("计划面积未知 {n} 宗", "{n} planned without an area"),
        "unknown_parcel": ("阶段记录找不到宗地 {n} 条", "{n} events without a parcel"),
        "unknown_mode": (
            "在推进但改造方式未知 {n} 宗",
            "{n} parcels in progress without a renewal mode",
        ),
        "between": ("；", "; "),
        "reprint_note": (
            "用同一状态日期、同一掌握日期可再次印出与本材料逐字节相同的文件。",
            "The same two dates print the same files again, byte for byte.",
        ),
        "summary": ("汇总", "Summary"),
        "evidence": ("计入明细", "Credited parcels"),
        "monthly_sheet": ("逐月", "By month"),
        "towns_sheet": ("按乡镇街道", "By town"),
        "classes_sheet": ("按类别", "By class"),
        "modes_sheet": ("按改造方式", "By mode"),
        "funnel_sheet": ("阶段", "Stages"),
        "overdue_sheet": ("逾期清单", "Overdue"),
        "about": ("说明", "About"),
        "total": ("合计", "Total"),
        "item": ("项目", "Item"),
        "value": ("数值", "Value"),
        "year": ("年度", "Year"),
        "days_gone": ("已过天数", "Days gone by"),
        "days_all": ("全年天数", "Days of the year"),
        "months_left": ("剩余月数", "Months left"),
        "credited_m2": ("计入（m²）", "Credited (m²)"),
        "in_month": ("当月计入（亩）", "Credited in the month (mu)"),
        "cumulative": ("累计计入（亩）", "Cumulative (mu)"),
        "pace_mu": ("序时（亩）", "Pace (mu)"),
        "plan_mu": ("计划累计（亩）", "Plan, cumulative (mu)"),
        "reached_mu": ("到过（亩）", "Reached (mu)"),
        "here_mu": ("现停在此（亩）", "Stand there (mu)"),
        "no_group": ("（未填）", "(not given)"),
        "page": ("第 {n} 页", "Page {n}"),
        "search": ("按名称、权利人或编号查找", "Find by name, owner or id"),
        "table": ("表 {n}　{said}", "Table {n}: {said}"),
        "figure": ("图 {n}　{said}", "Figure {n}: {said}"),
        "summary_text": (
            "{year} 年度任务 {target} 亩。{when}，按下述规则计入 {done} 亩，完成率 {share}；"
            "按日历天数推算的序时进度为 {expected} 亩，与之相差 {gap} 亩。"
            "要完成任务，此后每月需计入 {required} 亩。",
            "The task of {year} is {target} mu. {when}, {done} mu are credited by the rule below, "
            "{share} of the task; the pace by calendar days is {expected} mu, a difference of "
            "{gap} mu. To reach the task, each month from now must bring {required} mu.",
        ),
    }
)


def say(key: str, lang: str, **parts: Any) -> str:
    """Return a word or sentence of the packet.

    Examples
    --------
    >>> say("month_name", "zh", n=3), say("monthly", "en")
    ('3月', 'Monthly review')
    """
    told = WORDS[key][1 if lang == "en" else 0]
    return told.format(**parts) if parts else told


def mu(area_m2: float | None, places: int = 1) -> str:
    """Return an area in 亩 as it is read, ``—`` where it is unknown.

    Examples
    --------
    >>> mu(2_000_000 / 3), mu(None), mu(float("nan"))
    ('1,000.0', '—', '—')
    """
    if area_m2 is None or not math.isfinite(area_m2):
        return UNKNOWN
    return f"{to_mu(area_m2) + 0.0:,.{places}f}"


def text(value: Any, most: int | None = None) -> str:
    """Return a cell as text, ``—`` where it is unknown, cut to ``most`` letters.

    Examples
    --------
    >>> text(None), text("瑞立集团有限公司", 5)
    ('—', '瑞立集团…')
    """
    said = clean_text(value)
    if said is None:
        return UNKNOWN
    said = " ".join(said.split()) or UNKNOWN
    return said if most is None or len(said) <= most else said[: most - 1] + "…"


def name(value: Any, most: int) -> str:
    """Return a name cut in its middle: parcels of one park differ in their last letters.

    Examples
    --------
    >>> name("瑞安经济开发区（发展区）地块 174", 13)
    '瑞安经济开发…地块 174'
    """
    said = text(value)
    if len(said) <= most:
        return said
    end = most // 2
    return f"{said[: most - 1 - end]}…{said[-end:]}"


def day(value: Any) -> str:
    """Return a day as ISO text, ``—`` where there is none."""
    return UNKNOWN if value is None or pd.isna(value) else f"{pd.Timestamp(value):%Y-%m-%d}"


def long_day(value: date, lang: str) -> str:
    """Return a day as it is spoken of.

    Examples
    --------
    >>> long_day(date(2026, 9, 30), "zh"), long_day(date(2026, 9, 30), "en")
    ('2026 年 9 月 30 日', '30 September 2026')
    """
    if lang == "en":
        return f"{value.day} {_MONTHS[value.month - 1]} {value.year}"
    return f"{value.year} 年 {value.month} 月 {value.day} 日"


def month_name(number: int, lang: str) -> str:
    """Return the name of a month in a sentence.

    Examples
    --------
    >>> month_name(9, "zh"), month_name(9, "en")
    ('9 月', 'September')
    """
    return _MONTHS[number - 1] if lang == "en" else f"{number} 月"


def label(enum: str, code: Any, lang: str) -> str:
    """Return the name of a code, the words for "not given" where it is empty."""
    if code is None or pd.isna(code):
        return say("no_group", lang)
    return schema.enum_label(enum, str(code), lang)


_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
