"""Sites as a list: workbook, CSV and map layers, with the month, shape and slope of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from data import schema
from gis import io
from gis.area import to_mu
from gis.crs import COUNTY_CRS
from gis.io.boundary_write import plots
from reports.block_book import write_csv_list
from reports.book import Sheet, write_sheets
from reports.errors import UnknownFormatError
from reports.options import FormatOptions
from reports.place import check_place
from reports.shapes import zipped_shp

FORMATS = ("xlsx", "csv", "gpkg", "geojson", "shp", "kml", "dxf", "txt")
"""What a list of sites can be written as."""

FIELDS = (
    "site_id", "kind", "area_mu", "area_m2", "parcels", "free_from", "free_basis", "town", "park",
    "rectangle_long_m", "rectangle_short_m", "inner_m", "slope_pct", "far", "planned_far",
    "floor_area_m2", "low_class", "approved_use", "planned_use", "owner", "owners",
    "cost_wan_per_mu", "power_free_kva", "water_free_t_day", "only_clusters", "parcel_ids",
)  # fmt: skip
"""Columns of the list, in their order."""

_OWN: Mapping[str, tuple[str, str, str]] = {
    "kind": ("场地类型", "Kind of site", "CDLX"),
    "site_kind": ("场地类型", "Kind of site", "CDLX"),
    "area_mu": ("面积（亩）", "Area (mu)", "AREA_MU"),
    "area_m2": ("面积（m²）", "Area (m²)", "AREA_M2"),
    "parcels": ("宗数", "Parcels", "PARCELS"),
    "owners": ("权利人（个）", "Owners", "OWNERS"),
    "parcel_ids": ("宗地编号", "Parcel IDs", "PARCEL_IDS"),
}
_ENUMS = {"kind": "site_kind", "free_basis": "free_basis", "low_class": "low_class"}
_DRIVERS = {"gpkg": "GPKG", "geojson": "GeoJSON", "kml": "LIBKML", "dxf": "DXF"}
_NAMES = ("场地清单", "Sites")


def heading(key: str, lang: str = "zh") -> str:
    """Return the heading of a column.

    Examples
    --------
    >>> heading("slope_pct"), heading("area_mu", "en")
    ('平均坡度（%）', 'Area (mu)')
    """
    return _OWN[key][lang == "en"] if key in _OWN else schema.label(key, lang)


def write_sites(
    sites: gpd.GeoDataFrame,
    fmt: str,
    out: Path,
    *,
    told: Sequence[tuple[str, str]],
    lang: str = "zh",
    options: FormatOptions | None = None,
) -> Path:
    """Write sites; the same table gives the same bytes.

    Parameters
    ----------
    sites : GeoDataFrame
        As ``analysis.sites.Sites.table``, or rows of it; its order is kept.
    fmt : str
        One of ``FORMATS``. A shapefile may be asked for as .zip.
    told : sequence of (str, str)
        What the list is: names and values, as `reports.tables.about_rows` gives.
    lang : str
        ``"zh"`` or ``"en"``.
    options : FormatOptions, optional
        Encoding of a shapefile, zone and layout of 界址点 TXT.

    Raises
    ------
    UnknownFormatError
        If the format is none of those.
    ReportError, GisError
        If the file cannot be written.
    """
    out, options = Path(out), options or FormatOptions()
    if fmt not in FORMATS:
        raise UnknownFormatError(found=fmt or "—", known="、".join(FORMATS))
    check_place(out)
    if fmt in ("xlsx", "csv"):
        shown = _shown(sites, lang)
        if fmt == "csv":
            return write_csv_list(shown, out)
        sums = [heading(key, lang) for key in ("area_mu", "parcels")]
        widths = {heading("site_id", lang): 26, heading("parcel_ids", lang): 40}
        sheet = Sheet(_NAMES[lang == "en"], shown, widths=widths, sums=sums)
        return write_sheets([sheet], out, told=told, lang=lang)
    said = " | ".join(f"{name}: {' '.join(value.split())}" for name, value in told)
    drawn = _drawn(sites)
    if fmt == "shp":
        codes = {key: _code(key) for key in drawn.columns if key != drawn.geometry.name}
        named = drawn.rename(columns=codes)
        if out.suffix.lower() != ".zip":
            return io.write(named, out, driver="ESRI Shapefile", encoding=options.encoding)
        meanings = [(code, heading(key, lang), key) for key, code in codes.items()]
        return zipped_shp(
            named, out, stem="sites", meanings=meanings, said=said, encoding=options.encoding
        )
    if fmt == "txt":
        held = plots(drawn, {"地块编号": "site_id", "地块名称": "site_id"})
        return io.write(held, out, driver="BoundaryTXT", form=options.boundary, description=said)
    label = "site_id" if fmt in ("kml", "dxf") else None
    return io.write(drawn, out, layer="sites", driver=_DRIVERS[fmt], description=said, label=label)


def _code(key: str) -> str:
    return _OWN[key][2] if key in _OWN else schema.field(key).code10


def _values(sites: gpd.GeoDataFrame, comma: str) -> dict[str, Any]:
    """Return the columns of the list as plain values: months as YYYY-MM, unknown empty."""
    months = pd.to_datetime(sites["free_from"]).dt.strftime("%Y-%m").astype(object)
    derived = {
        "site_id": sites.index.astype(str),
        "area_mu": to_mu(sites["area_m2"].to_numpy(dtype=float)),
        "parcels": sites["parcel_ids"].map(len).to_numpy(dtype=float),
        "parcel_ids": [comma.join(ids) for ids in sites["parcel_ids"]],
        "only_clusters": [comma.join(only) if only else None for only in sites["only_clusters"]],
        "free_from": months.where(months.notna(), None).to_numpy(dtype=object),
    }
    return {key: derived[key] if key in derived else _plain(sites[key]) for key in FIELDS}


def _plain(column: pd.Series) -> Any:
    if pd.api.types.is_numeric_dtype(column):
        return column.to_numpy(dtype=float)
    return column.astype(object).where(column.notna(), None).to_numpy(dtype=object)


def _shown(sites: gpd.GeoDataFrame, lang: str) -> pd.DataFrame:
    values = _values(sites, ", " if lang == "en" else "、")
    words, comma = schema.enum_labels("cluster", lang), ", " if lang == "en" else "、"
    values["only_clusters"] = [
        comma.join(words.get(code, code) for code in only) if only else None
        for only in sites["only_clusters"]
    ]
    for key, enum in _ENUMS.items():
        labels = schema.enum_labels(enum, lang)
        codes = pd.Series(values[key], dtype=object)
        values[key] = codes.map(labels).where(codes.notna(), None).to_numpy(dtype=object)
    return pd.DataFrame({heading(key, lang): values[key] for key in FIELDS})


def _drawn(sites: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the list for maps: keys and codes, in longitude and latitude."""
    frame = gpd.GeoDataFrame(_values(sites, ","), geometry=sites.geometry.to_numpy(), crs=sites.crs)
    return frame.rename(columns={"kind": "site_kind"}).to_crs(COUNTY_CRS)
