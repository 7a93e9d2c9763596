"""The parcel layer's style for QGIS, kept inside the register's GeoPackage."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from data.schema import enum_label
from layers.styles import CLASS_STYLES, UNKNOWN, Style


def parcel_qml(lang: str = "zh") -> str:
    """Return a QGIS style (QML) that colours parcels by class as the map page does.

    Parameters
    ----------
    lang : str
        Language of the legend labels.

    Returns
    -------
    str
        XML. The same style, always: it depends on nothing but the list of classes.

    Examples
    --------
    >>> parcel_qml().count("<category ")
    8
    """
    root = ET.Element("qgis", {"version": "3.28", "styleCategories": "Symbology"})
    renderer = ET.SubElement(
        root, "renderer-v2", {"type": "categorizedSymbol", "attr": "low_class"}
    )
    categories = ET.SubElement(renderer, "categories")
    symbols = ET.SubElement(renderer, "symbols")
    for number, style in enumerate((*CLASS_STYLES, UNKNOWN)):
        label = enum_label("low_class", style.key, lang) if style.key else "—"
        ET.SubElement(
            categories,
            "category",
            {"value": style.key, "symbol": str(number), "label": label, "render": "true"},
        )
        _symbol(symbols, str(number), style)
    return ET.tostring(root, encoding="unicode")


def _symbol(symbols: ET.Element, name: str, style: Style) -> None:
    symbol = ET.SubElement(symbols, "symbol", {"type": "fill", "name": name, "alpha": "1"})
    layer = ET.SubElement(symbol, "layer", {"class": "SimpleFill", "enabled": "1"})
    options = ET.SubElement(layer, "Option", {"type": "Map"})
    red, green, blue = (int(style.fill[i : i + 2], 16) for i in (1, 3, 5))
    for key, value in (
        ("color", f"{red},{green},{blue},255"),
        ("style", "solid"),
        ("outline_color", "70,60,50,255"),
        ("outline_style", "solid"),
        ("outline_width", "0.2"),
        ("outline_width_unit", "MM"),
    ):
        ET.SubElement(options, "Option", {"type": "QString", "name": key, "value": value})
