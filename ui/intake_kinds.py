"""What a file may be imported as, and what it most likely is."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from data.intake import LAYERS
from data.intake_columns import field_key
from data.intake_layers import ENTITIES, RASTERS, SHAPE_OF
from gis.io import LayerReport

_NAMED: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("events", ("阶段", "进度事件", "event")),
    ("towns", ("街道", "乡镇", "行政区", "towns")),
    ("chemical_parks", ("化工园区", "chemical")),
    ("parks", ("园区", "开发区", "parks")),
    ("buildings", ("建筑", "房屋", "buildings")),
    ("roads", ("道路", "公路", "roads")),
    ("rail_stations", ("铁路站", "火车站", "铁路货场", "rail_stations")),
    ("railway", ("铁路", "railway")),
    ("ports", ("港口", "码头", "ports")),
    ("river", ("水系", "河流", "水域", "river")),
    ("farmland", ("永久基本农田", "永农", "基本农田", "farmland", "yjjbnt")),
    ("redline", ("生态保护红线", "红线", "redline", "stbhhx")),
    ("growth_boundary", ("开发边界", "growth", "czkfbj")),
    ("industrial_line", ("工业控制线", "工业红线", "industrial")),
    ("residential", ("居住", "住宅", "residential")),
    ("flood", ("洪", "flood")),
    ("interchanges", ("互通", "出入口", "interchange")),
    ("substations", ("变电", "substation")),
    ("projects", ("项目库", "项目清单", "projects")),
    ("contaminated", ("污染地块", "contaminated")),
    ("firm_parcels", ("用地关系", "holdings", "firm_parcels")),
    ("firms", ("亩均评价", "企业名录", "firms")),
    ("outline", ("县界", "县域", "outline")),
    ("parcels", ("宗地", "地块", "台账", "用地调查", "界址", "parcels")),
)
"""Words of a file's or layer's name that tell what it is; the first that is found counts."""


def guessed_layer(file: str, layer: LayerReport | None) -> str:
    """Return what a file may be imported as: by its columns, its kind and its names.

    Examples
    --------
    >>> guessed_layer("永久基本农田.shp", LayerReport("永农", "vector", 3))
    'farmland'
    >>> sheet = LayerReport("表", "table", 3, columns=("宗地编号", "阶段", "发生日期"))
    >>> guessed_layer("十月.xlsx", sheet)
    'events'
    """
    if layer is None:
        return "parcels"
    if layer.kind == "raster":
        return "dsm" if "dsm" in file.lower() else "dem"
    fits = may_be(layer)
    keys = {field_key(name, "event") for name in layer.columns}
    if "events" in fits and {"stage", "occurred_on"} <= keys:
        return "events"
    for text in (layer.name, file):
        for name, words in _NAMED:
            if name in fits and any(word in text.lower() for word in words):
                return name
    return "parcels"


_STATED = {"stage", "low_class"}
_KEPT_BY = {
    "ledger_jx": (
        "renewal_mode", "renewal_industry", "responsible_unit", "plan_demolition_on",
        "plan_demolition_area_m2", "plan_supply_on", "plan_supply_area_m2", "plan_start_on",
    ),
    "ledger_zg": (
        "approved_use", "actual_use", "contract_no", "cert_no", "unit_no", "supervision_no",
        "supplied_area_m2", "plan_conformance", "planned_far",
    ),
}  # fmt: skip
_LEAST_KEPT = 3


def ledger_of(layer: LayerReport | None) -> str | None:
    """Return which bureau's ledger a sheet seems to be, None where it does not read as one.

    A ledger says class and stage of its parcels, and several facts that only one bureau keeps.

    Examples
    --------
    >>> names = ("宗地编号", "项目类型", "当前阶段", "改造方式", "责任单位", "计划拆除月份")
    >>> ledger_of(LayerReport("台账", "table", 9, columns=names))
    'ledger_jx'
    >>> ledger_of(LayerReport("台账", "table", 9, columns=names[:3])) is None
    True
    """
    if layer is None or layer.kind != "table" or has_places(layer):
        return None
    if not {field_key(name, "ledger") for name in layer.columns} >= _STATED:
        return None
    keys = {field_key(name, "parcel") for name in layer.columns}
    kept = {name: len(keys & set(facts)) for name, facts in _KEPT_BY.items()}
    most = max(kept, key=lambda name: kept[name])
    return most if kept[most] >= _LEAST_KEPT else None


def may_be(layer: LayerReport | None) -> tuple[str, ...]:
    """Return what a layer or sheet may be imported as."""
    if layer is None:
        return LAYERS
    if layer.kind == "raster":
        return tuple(name for name in LAYERS if name in RASTERS)
    if layer.kind == "table" and not has_places(layer):
        return tuple(name for name in LAYERS if name not in SHAPE_OF and name not in RASTERS)
    if layer.kind == "table":
        return tuple(name for name in LAYERS if name not in RASTERS)
    return ("parcels", *(name for name in LAYERS if name in SHAPE_OF))


def is_list(layer: LayerReport) -> bool:
    """Tell whether a layer or sheet reads as a list: a note to the reader has no known headings.

    Examples
    --------
    >>> is_list(LayerReport("填表说明", "table", 1, columns=("请各镇街于每月5日前报送",)))
    False
    >>> is_list(LayerReport("塘下镇", "table", 9, columns=("序号", "宗地号", "企业全称")))
    True
    """
    if layer.kind != "table":
        return True
    known = (
        sum(field_key(name, entity) is not None for name in layer.columns)
        for entity in ("parcel", *sorted(set(ENTITIES.values())), "event")
    )
    return max(known) > 1


def has_places(layer: LayerReport | None) -> bool:
    """Tell whether a layer or sheet brings shapes or coordinates (which its notes then say)."""
    return layer is not None and (layer.kind == "vector" or bool(layer.notes))


def waiting_parts(parts: Sequence[LayerReport], done: Collection[str]) -> list[LayerReport]:
    """Return the layers or sheets of which no change has taken in any row.

    Examples
    --------
    >>> whole = LayerReport("图", "vector", 2)
    >>> own = LayerReport("JZD", "vector", 1, part_of="图")
    >>> [part.name for part in waiting_parts([whole, own], {"图"})]
    []
    """
    begun = {part.part_of for part in parts if part.name in done}
    return [
        part
        for part in parts
        if part.name not in done and part.part_of not in done and part.name not in begun
    ]
