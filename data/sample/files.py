"""The sample county as the bureaus would hand it over: their formats, headings and bad habits."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

from data import schema
from data.sample.county import County
from data.sample.fill import EVENT_KEYS
from data.sample.ledgers import NOTE, label_of, write_csv
from data.sample.messy import write_economy_ledger, write_land_survey
from gis.crs import METRIC_CRS
from gis.io import write

STAMP = "2023-01-01T00:00:00.000Z"
CADASTRE_KEYS = (
    "parcel_name", "town", "village", "owner", "approved_use", "registered_area_m2", "far",
)  # fmt: skip
TXT_LARGEST = 200
TXT_HEAD = (
    "[属性描述]", "格式版本号=1.01", "数据产生单位=瑞安市（模拟数据）", "数据产生日期=2026-10-31",
    "坐标系=2000国家大地坐标系", "几度分带=3", "投影类型=高斯克吕格", "计量单位=米", "带号=40",
    "精度=0.001", "转换参数=,,,,,,", "[地块坐标]",
)  # fmt: skip
ZONE_EASTING = 40_000_000.0


def write_files(county: County, directory: Path) -> list[Path]:
    """Write the county as a set of files, as different offices would send them.

    A GBK shapefile without .cpg (宗地, EPSG:4549 with ten-byte field names), the survey of the
    land bureau and the renewal ledger of the economy bureau as workbooks that disagree in places
    and hold the dirt of real ones (`data.sample.messy`), boundary points as text (界址点, GBK) of
    approved but unsupplied parcels, one GeoPackage of reference layers, and stage events
    (numbered), firms and holdings as CSV. Same county, same bytes.

    Returns the files in a fixed order; the directory is made if need be, and files of the same
    name are replaced.
    """
    directory.mkdir(parents=True, exist_ok=True)
    return [
        _shapefile(county, directory / "宗地.shp"),
        write_land_survey(county, directory / "工业用地调查.xlsx"),
        write_economy_ledger(county, directory / "改造提升计划台账.xlsx"),
        _boundary_points(county, directory / "批而未供界址点.txt"),
        _reference_layers(county, directory / "参考图层.gpkg"),
        write_csv(
            county.events[["event_no", *EVENT_KEYS]],  # reversals mean the number of their event
            directory / "阶段事件.csv",
            {"event_no": label_of("event_id"), **{key: label_of(key) for key in EVENT_KEYS}},
        ),
        write_csv(county.firms, directory / "企业.csv", _headings(county.firms)),
        write_csv(county.firm_parcels, directory / "企业用地.csv", _headings(county.firm_parcels)),
        write_csv(county.projects, directory / "项目库.csv", _headings(county.projects)),
    ]


def _headings(table: pd.DataFrame) -> dict[str, str]:
    return {str(key): label_of(str(key)) for key in table.columns}


def _shapefile(county: County, path: Path) -> Path:
    """Parcels in GBK without a .cpg, field names cut to the codes of the dictionary."""
    frame = county.parcels[[*CADASTRE_KEYS, "geometry"]].to_crs(METRIC_CRS).reset_index()
    codes = {key: schema.field(key).code10 for key in ("parcel_id", *CADASTRE_KEYS)}
    return write(frame.rename(columns=codes), path, encoding="GBK", cpg=False)


def _boundary_points(county: County, path: Path) -> Path:
    """Boundary points of the first approved but unsupplied parcels, northing before easting."""
    chosen = county.parcels[county.parcels["low_class"] == "approved_unsupplied"].head(TXT_LARGEST)
    metric = chosen.geometry.to_crs(METRIC_CRS)
    lines = list(TXT_HEAD)
    for parcel_id, shape in zip(metric.index, metric, strict=True):
        rings = [shape.exterior, *shape.interiors]
        count = sum(len(ring.coords) for ring in rings)
        hectares = shape.area / 10_000
        lines.append(f"{count},{hectares:.4f},{parcel_id},{NOTE},面,,工业用地,,@")
        for number, ring in enumerate(rings, start=1):
            points = shapely.get_coordinates(ring)
            names = [*range(1, len(points)), 1]
            lines += [
                f"J{name},{number},{north:.3f},{east + ZONE_EASTING:.3f}"
                for name, (east, north) in zip(names, points, strict=True)
            ]
    path.write_bytes(("\r\n".join(lines) + "\r\n").encode("gbk"))
    return path


def _reference_layers(county: County, path: Path) -> Path:
    """All reference layers in one GeoPackage."""
    path.unlink(missing_ok=True)
    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": STAMP})
    try:
        layers = {"outline": county.outline.frame, **county.layers}
        for at, (name, frame) in enumerate(layers.items()):
            plain = gpd.GeoDataFrame(frame.assign(**_integers(frame)))
            pyogrio.write_dataframe(plain, path, layer=name, driver="GPKG", append=at > 0)
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})
    return path


def _integers(frame: gpd.GeoDataFrame) -> dict[str, np.ndarray]:
    """Platform integers as 32 bits, so that every machine writes the same types."""
    names = [name for name in frame.columns if str(frame[name].dtype) == "int64"]
    return {str(name): frame[name].to_numpy().astype(np.int32) for name in names}
