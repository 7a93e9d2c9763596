"""The few words of a workbook that the field dictionary does not hold, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from data.intake_files import LIST_SHEETS

WORDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        **dict(zip(("list", "summary", "about"), LIST_SHEETS, strict=True)),
        "sample": ("模拟数据", "Synthetic data"),
        "total": ("合计", "Total"),
        "parcels": ("宗数", "Parcels"),
        "registered": ("登记面积（亩）", "Registered area (mu)"),
        "measured": ("图形面积（亩）", "Measured area (mu)"),
        "credited": ("本年计入（亩）", "Credited this year (mu)"),
        "registered_unknown": ("登记面积未知（宗）", "Registered area unknown"),
        "measured_unknown": ("图形面积未知（宗）", "Measured area unknown"),
        "far_mean": ("平均容积率", "Mean plot ratio"),
        "unknown": ("（未知）", "(unknown)"),
        "by_town": ("按乡镇街道小计", "By town"),
        "by_class": ("按台账类别小计", "By recorded class"),
        "cross": (
            "乡镇街道 × 台账类别：图形面积（亩）",
            "Town × recorded class: measured area (mu)",
        ),
        "visible": ("清单当前筛选", "List as filtered now"),
        "visible_note": (
            "在清单中筛选后，本行随之变化；下方小计始终为全部清单。",
            "Follows the filter set in the list; the subtotals below always cover the whole list.",
        ),
        "county": ("地区", "County"),
        "filter": ("筛选条件", "Filter"),
        "state_on": ("数据状态日期", "State on"),
        "known_on": ("掌握情况截至", "Known on"),
        "known_all": ("截至导出时的全部登记", "everything recorded so far"),
        "version": ("登记簿版本", "Register version"),
        "rules": ("规则版本", "Rules"),
        "credit_rule": ("计入规则", "Counting rule"),
        "data": ("数据性质", "Nature of the data"),
        "sample_note": (
            "模拟数据，仅供演示，不反映真实宗地、企业和税收。",
            "Synthetic data for demonstration; no real parcel, firm or tax is shown.",
        ),
        "real_note": ("登记簿数据", "Data of the register"),
        "count": ("宗地数", "Parcels in the list"),
        "area": ("图形面积合计（亩）", "Measured area in total (mu)"),
        "area_unknown": ("其中图形面积未知（宗）", "of which measured area unknown"),
        "cut": (
            "有 {count} 个单元格的文字超过 Excel 每格 {limit:,} 字的上限，已截短并以“…”结尾；"
            "全文请导出为 CSV、GeoPackage 或 GeoJSON。",
            "{count} cells hold more text than Excel's {limit:,} characters a cell; they are cut "
            "and end in “…”. Export CSV, GeoPackage or GeoJSON for the whole text.",
        ),
        "blank": (
            "空白单元格表示未知，不是 0。面积以 m² 计算和保存，按 1 亩 = 2000/3 m² 显示为亩。",
            "An empty cell is unknown, not 0. Areas are kept in m² and shown in mu "
            "(1 mu = 2000/3 m²).",
        ),
        "notes": ("读表说明", "How to read"),
        "idle": (
            "“疑似闲置”仅为线索，闲置土地须由主管部门依法认定。",
            "“Suspected idle” is a lead only; land is found idle by the authority, under the law.",
        ),
        "page": ("第 &P / &N 页", "Page &P of &N"),
    }
)


def word(key: str, lang: str = "zh") -> str:
    """Return a word of the workbook.

    Examples
    --------
    >>> word("total"), word("total", "en")
    ('合计', 'Total')
    """
    return WORDS[key][1 if lang == "en" else 0]
