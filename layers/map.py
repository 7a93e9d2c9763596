"""The folium map: a constant base and one small update that carries everything that changes.

streamlit-folium identifies a map by the hash of its base script, so the base holds nothing but
controls; tiles, colours, filter, selection and texts arrive as ``mutu.update({...})`` through a
feature group, which the component evaluates without rebuilding the map. All script and style
addresses point at this application: nothing is fetched from another host.
"""

from __future__ import annotations

import json
from typing import Any, ClassVar

import folium
from branca.element import MacroElement
from folium.elements import JSCSSMixin
from folium.plugins import Draw, Fullscreen, MeasureControl
from folium.template import Template

MU_PER_M2 = 3 / 2000
_DRAW_ZH = {
    "draw.toolbar.buttons.polygon": "画多边形选地块（中心在范围内的宗地）",
    "draw.toolbar.buttons.rectangle": "拉框选地块（中心在框内的宗地）",
    "draw.toolbar.actions.title": "取消绘制",
    "draw.toolbar.actions.text": "取消",
    "draw.toolbar.finish.title": "完成绘制",
    "draw.toolbar.finish.text": "完成",
    "draw.toolbar.undo.title": "删除最后一个点",
    "draw.toolbar.undo.text": "退一步",
    "draw.handlers.polygon.tooltip.start": "单击开始画范围",
    "draw.handlers.polygon.tooltip.cont": "单击继续",
    "draw.handlers.polygon.tooltip.end": "单击第一个点结束",
    "draw.handlers.rectangle.tooltip.start": "按住并拖动画矩形",
    "draw.handlers.simpleshape.tooltip.end": "松开鼠标完成",
    "edit.toolbar.buttons.remove": "清除范围",
    "edit.toolbar.buttons.removeDisabled": "没有可清除的范围",
    "edit.toolbar.actions.save.title": "保存",
    "edit.toolbar.actions.save.text": "保存",
    "edit.toolbar.actions.cancel.title": "取消",
    "edit.toolbar.actions.cancel.text": "取消",
    "edit.toolbar.actions.clearAll.title": "全部清除",
    "edit.toolbar.actions.clearAll.text": "全部清除",
    "edit.handlers.remove.tooltip.text": "单击要清除的范围",
}


class _Desk(JSCSSMixin, MacroElement):
    """Starts our own map script; stands before the controls so that their words are set."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
            mutu.words({{ this.words }});
            mutu.start({{ this._parent.get_name() }}, {{ this.lang }});
            mutu.keepOneDrawing();
        {% endmacro %}
        """
    )
    default_js: ClassVar[list[tuple[str, str]]] = [
        ("protomaps", "/assets/protomaps/protomaps-leaflet.js"),
        ("mutu-map", "/assets/mutu/map.js"),
        ("mutu-overlay", "/assets/mutu/overlay.js"),
        ("mutu-panel", "/assets/mutu/panel.js"),
    ]
    default_css: ClassVar[list[tuple[str, str]]] = [("mutu", "/assets/mutu/map.css")]

    def __init__(self, lang: str) -> None:
        super().__init__()
        self._name = "Desk"
        self.lang = json.dumps(lang)
        self.words = json.dumps(_DRAW_ZH if lang == "zh" else {})


class _LocalDraw(Draw):
    default_js: ClassVar = [("leaflet_draw_js", "/assets/draw/leaflet.draw.js")]
    default_css: ClassVar = [("leaflet_draw_css", "/assets/draw/leaflet.draw.css")]


class _LocalFullscreen(Fullscreen):
    default_js: ClassVar = [("fullscreen_js", "/assets/fullscreen/Control.FullScreen.js")]
    default_css: ClassVar = [("fullscreen_css", "/assets/fullscreen/Control.FullScreen.css")]


class _LocalMeasure(MeasureControl):
    default_css: ClassVar = [("measure_css", "/assets/measure/leaflet-measure.css")]


def base_map(lang: str) -> folium.Map:
    """Return the county map without any content.

    Parameters
    ----------
    lang : str
        ``"zh"`` or ``"en"``: the words of the drawing and measuring tools.

    Returns
    -------
    folium.Map
        The same script for the same language, always: nothing in it depends on data.
    """
    county = folium.Map(
        location=[27.8, 120.62],
        zoom_start=11,
        tiles=None,
        min_zoom=8,
        max_zoom=20,
        prefer_canvas=True,
        zoom_control="topleft",
    )
    county.default_js = [("leaflet", "/assets/leaflet/leaflet.js")]
    county.default_css = [("leaflet_css", "/assets/leaflet/leaflet.css")]
    _Desk(lang).add_to(county)
    zh = lang == "zh"
    _LocalFullscreen(
        title="全屏" if zh else "Full screen",
        title_cancel="退出全屏" if zh else "Leave full screen",
        force_separate_button=True,
    ).add_to(county)
    off = dict.fromkeys(("polyline", "circle", "circlemarker", "marker"), False)
    shape = {"shapeOptions": {"color": "#0b6e8a", "weight": 2, "fillOpacity": 0.06}}
    _LocalDraw(
        show_geometry_on_click=False,
        draw_options={**off, "polygon": {**shape, "allowIntersection": False}, "rectangle": shape},
        edit_options={"edit": False, "remove": True},
    ).add_to(county)
    _measure(lang).add_to(county)
    return county


def scripts(county: folium.Map) -> list[str]:
    """Return the addresses of the scripts that a map needs, in the order they must run."""
    elements = [county, *county._children.values()]
    return [url for element in elements for _, url in getattr(element, "default_js", [])]


def _measure(lang: str) -> MeasureControl:
    units = {"mu": {"factor": MU_PER_M2, "display": "亩" if lang == "zh" else "mu", "decimals": 2}}
    control = _LocalMeasure(
        position="topleft",
        primary_length_unit="meters",
        secondary_length_unit="kilometers",
        primary_area_unit="mu",
        secondary_area_unit="hectares",
        units=units,
        active_color="#0b6e8a",
        completed_color="#0b6e8a",
    )
    script = "leaflet-measure.cn.js" if lang == "zh" else "leaflet-measure.en.js"
    control.default_js = [("leaflet_measure_js", f"/assets/measure/{script}")]
    return control


class _Update(MacroElement):
    _template = Template(
        "{% macro script(this, kwargs) %}mutu.update({{ this.state }});{% endmacro %}"
    )

    def __init__(self, state: str) -> None:
        super().__init__()
        self._name = "Update"
        self.state = state


class _UpdateGroup(folium.FeatureGroup):
    def render(self, **kwargs: Any) -> None:
        """Do nothing: ``st_folium`` takes the script alone, not a page with it."""


def update_group(state: dict[str, Any]) -> folium.FeatureGroup:
    """Wrap what the map should show now into a feature group for ``st_folium``.

    Parameters
    ----------
    state : dict
        JSON-serialisable; see ``ui.components.map_view``. Text from files may be in it: it is
        encoded so that it can close neither the string nor a script element.

    Returns
    -------
    folium.FeatureGroup
        Renders to the same script for the same state: an unchanged map costs nothing.
    """
    group = _UpdateGroup(name="mutu", control=False)
    _Update(script_json(state)).add_to(group)
    return group


def script_json(value: Any) -> str:
    r"""Encode JSON for use inside a script element.

    Examples
    --------
    >>> script_json({"name": "</script><b>"})
    '{"name": "\\u003c/script\\u003e\\u003cb\\u003e"}'
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, sort_keys=True)
    for raw in ("<", ">", "&", "\u2028", "\u2029"):
        text = text.replace(raw, f"\\u{ord(raw):04x}")
    return text
