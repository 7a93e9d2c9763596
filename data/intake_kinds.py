"""The kinds of faults that a row or a cell of a file can have: how grave, and the sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

REJECTED = "rejected"
"""Severity of an issue that keeps its row out; exactly one for each rejected row."""

QUARANTINED = "quarantined"
"""The same for a row that is kept beside the register until it is mended."""


@dataclass(frozen=True, slots=True)
class IssueKind:
    """What can be wrong with a row or a cell: how grave it is, and the sentence for it."""

    severity: str
    zh: str
    en: str


KINDS: Mapping[str, IssueKind] = MappingProxyType(
    {
        "id_missing": IssueKind(REJECTED, "缺少宗地编号", "No parcel ID"),
        "id_precision_lost": IssueKind(
            REJECTED,
            "编号被表格软件改成了数字，末几位已丢失，请按文本格式重新导出",
            "The ID was turned into a number and lost its last digits: export it as text",
        ),
        "id_unusable": IssueKind(
            REJECTED,
            "编号不能用：过长（超过 64 字），或含控制符、乱码、列表",
            "The ID cannot be used: over 64 characters, or control characters, broken text, a list",
        ),
        "id_error_cell": IssueKind(
            REJECTED,
            "编号是表格的错误值，或没有算出的公式",
            "The ID is an error of the workbook, or a formula not computed",
        ),
        "id_duplicate": IssueKind(
            REJECTED, "编号与前面的行重复", "The ID repeats that of an earlier row"
        ),
        "id_unknown": IssueKind(
            REJECTED,
            "登记簿中没有这个编号，且本表没有图形",
            "The register does not hold this ID and the table has no geometry",
        ),
        "number_missing": IssueKind(REJECTED, "缺少编号", "No ID"),
        "land_bounds": IssueKind(
            REJECTED, "最少用地大于最多用地，请核对", "Least land is above most land: please check"
        ),
        "industry_strange": IssueKind(
            "warning",
            "行业代码看不懂：应为 2 至 4 位数字，前面可带门类字母，请核对",
            "Not a code of industry (2 to 4 digits, a letter before them or not): please check",
        ),
        "geometry_missing": IssueKind(REJECTED, "没有图形", "No geometry"),
        "geometry_empty": IssueKind(REJECTED, "图形为空", "Empty geometry"),
        "geometry_not_finite": IssueKind(
            REJECTED, "坐标含非数值或无穷大", "Coordinates are not finite"
        ),
        "geometry_beyond_globe": IssueKind(
            REJECTED,
            "坐标超出经纬度范围，请核对该图形的坐标",
            "Coordinates are beyond longitude and latitude: check this geometry",
        ),
        "geometry_wrong_type": IssueKind(REJECTED, "图形类型不符", "Wrong kind of geometry"),
        "geometry_invalid": IssueKind(
            REJECTED, "图形不合法（如自相交）", "Invalid geometry (such as self-intersection)"
        ),
        "geometry_no_area": IssueKind(REJECTED, "图形面积为零", "The geometry has no area"),
        "geometry_hole_outside": IssueKind(
            REJECTED, "洞在外圈之外", "A hole lies outside its outer ring"
        ),
        "stage_unknown": IssueKind(REJECTED, "阶段缺失或不认识", "Stage missing or unknown"),
        "date_missing": IssueKind(
            REJECTED, "发生日期缺失或无法识别", "Date of occurrence missing or not readable"
        ),
        "date_future": IssueKind(
            REJECTED, "发生日期晚于登记日期", "Date of occurrence is after the day of recording"
        ),
        "date_out_of_range": IssueKind(
            REJECTED,
            "发生日期超出可用范围（1949-10-01 至 2199-12-31）",
            "Date of occurrence is beyond the usable range (1949-10-01 to 2199-12-31)",
        ),
        "area_not_positive": IssueKind(REJECTED, "面积必须大于零", "The area must be above zero"),
        "area_unreadable": IssueKind(REJECTED, "面积无法识别", "The area is not readable"),
        "parcel_unknown": IssueKind(
            REJECTED, "登记簿中没有这宗地", "The register has no such parcel"
        ),
        "area_over_parcel": IssueKind(
            REJECTED, "事件面积大于宗地图形面积", "The event's area exceeds that of the parcel"
        ),
        "event_unknown": IssueKind(
            REJECTED, "要冲销的事件不存在", "The event to be reversed does not exist"
        ),
        "event_number_unreadable": IssueKind(
            REJECTED, "冲销事件号不是整数", "The number of the event to be reversed is none"
        ),
        "event_of_another": IssueKind(
            REJECTED,
            "要冲销的事件属于另一宗地或另一阶段",
            "The event to be reversed belongs to another parcel or stage",
        ),
        "event_duplicate": IssueKind(
            REJECTED, "与本文件前面的事件完全相同", "Equal to an earlier event of the file"
        ),
        "error_cell": IssueKind(
            "error",
            "表格中是错误值，或没有算出的公式，按未知处理",
            "An error of the workbook, or a formula not computed: left unknown",
        ),
        "not_number": IssueKind("error", "不是数字，按未知处理", "Not a number: left unknown"),
        "not_date": IssueKind("error", "不是完整日期，按未知处理", "Not a full date: left unknown"),
        "not_bool": IssueKind("error", "不是“是/否”，按未知处理", "Not yes or no: left unknown"),
        "not_enum": IssueKind("error", "不在代码表中，按未知处理", "Not in the list: left unknown"),
        "out_of_range": IssueKind(
            "error", "超出合理范围，按未知处理", "Out of the possible range: left unknown"
        ),
        "precision_lost": IssueKind(
            "error",
            "代码被表格软件改成了数字，末几位已丢失，按未知处理",
            "The code was turned into a number and lost digits: left unknown",
        ),
        "unusable": IssueKind(
            "error",
            "编号不能用（过长，或含控制符、乱码、列表），按未知处理",
            "The ID cannot be used (too long, control characters, broken text, a list): "
            "left unknown",
        ),
        "area_gap": IssueKind(
            "warning",
            "登记面积与图形面积相差超过限值，两者都保留",
            "Recorded and measured area differ by more than the limit; both are kept",
        ),
        "geometry_duplicate": IssueKind(
            "warning", "与本文件另一宗地图形相同", "The same shape as another parcel of the file"
        ),
        "geometry_duplicate_recorded": IssueKind(
            "warning",
            "与登记簿中另一宗地图形相同（该宗地不在本文件中）",
            "The same shape as a recorded parcel that the file does not hold",
        ),
        "geometry_overlap": IssueKind(
            "warning", "与本文件另一宗地重叠", "Overlaps another parcel of the file"
        ),
        "geometry_overlap_recorded": IssueKind(
            "warning",
            "与登记簿中另一宗地重叠（该宗地不在本文件中）",
            "Overlaps a recorded parcel that the file does not hold",
        ),
        "overlaps_many": IssueKind(
            "warning",
            "图形大量堆叠，只检查了一部分重叠，请先核对坐标和数据",
            "Shapes lie in heaps: only some overlaps were looked at; check coordinates and data",
        ),
        "geometry_sliver": IssueKind("warning", "图形过于狭长", "A sliver"),
        "geometry_size": IssueKind(
            "warning", "面积异常，请核对坐标单位和坐标系", "An odd size: check unit and CRS"
        ),
        "in_sea": IssueKind(
            "warning",
            "落在海上或国界以外，已接收，请核对",
            "Lies at sea or abroad; taken in, please check",
        ),
        "geometry_repaired": IssueKind(
            "info", "图形已按确认的方案修复", "The shape was repaired as accepted"
        ),
        "geometry_parts_touch": IssueKind(
            "info", "各部分只在一点相连", "Parts that meet in a point only"
        ),
        "geometry_ring_order": IssueKind(
            "info", "洞与外圈方向相同", "A hole runs the same way round as its outer ring"
        ),
        "outside_county": IssueKind(
            "warning",
            "落在县域界线以外，已接收，请核对",
            "Lies outside the county's outline; taken in, please check",
        ),
        "display_only": IssueKind(
            "warning",
            "坐标由火星或百度坐标反算而来，仅供显示，不得作为测绘成果",
            "Coordinates were taken back from a web map's shifted system: for display only",
        ),
        "text_garbled": IssueKind("error", "文字是乱码，按未知处理", "Garbled text: left unknown"),
        "unit_unknown": IssueKind(
            "warning", "列标题中的单位不认识，该列未读入", "Unit in the heading unknown: not read"
        ),
        "column_unknown": IssueKind(
            "info", "列标题不认识，该列未读入", "Heading unknown: the column was not read"
        ),
        "column_not_kept": IssueKind(
            "info", "列标题认识，但不从文件读入", "Heading known, but not taken from a file"
        ),
        "column_conflict": IssueKind(
            "warning",
            "两列对应同一字段而数值不同，按第一列读入，请核对",
            "Two columns of one field differ: the first was read, please check",
        ),
        "column_repeated": IssueKind(
            "info", "另有一列对应同一字段，该列未读入", "Another column has this field: not read"
        ),
        "unit_mistake": IssueKind(
            "error",
            "面积与图形相差的倍数正是单位之比，疑为单位写错，按未知处理",
            "The area is off by just the ratio of two units, so the unit seems wrong: left unknown",
        ),
        "uscc_check": IssueKind(
            "warning",
            "统一社会信用代码校验不通过，原样保留",
            "The credit code fails its check; kept as it is",
        ),
        "owner_masked": IssueKind(
            "warning", "名称被遮盖，原样保留", "The name was masked; kept as it is"
        ),
        "owners_several": IssueKind(
            "info", "一格中有多个权利人，原样保留", "Several owners in one cell; kept as they are"
        ),
        "normalised": IssueKind("info", "写法已统一", "Brought to one spelling"),
        "title_skipped": IssueKind("info", "表头上方的标题行，未作数据", "Title above the header"),
        "header_rows": IssueKind("info", "多行表头，已合并为列标题", "Header of several rows"),
        "header_repeated": IssueKind("info", "重复的表头行，已跳过", "Repeated header: skipped"),
        "unit_row": IssueKind(
            "info", "单位行，已并入列标题", "Row of units: joined to the headings"
        ),
        "unit_from_title": IssueKind(
            "info",
            "列标题未写单位，按标题行注明的单位读入",
            "Unit taken from the title of the sheet",
        ),
        "footer_skipped": IssueKind(
            "info", "填表说明行，已跳过", "Row of signatures or remarks: skipped"
        ),
        "subtotal_skipped": IssueKind("info", "小计或合计行，已跳过", "Row of subtotals: skipped"),
        "lineage_inherited": IssueKind("info", "沿用原宗地的内容", "Taken over from its parents"),
        "lineage_class_open": IssueKind(
            "warning",
            "原宗地的类别不一致，未沿用：请补认定新宗地的类别",
            "Its parents are of several classes, none taken over: say that of the new parcel",
        ),
        "note": IssueKind("info", "读入时的说明", "Note on reading"),
    }
)
