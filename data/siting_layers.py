"""The layers that siting asks: of the register with version and date, or straight from files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from data.asof import AsOf, office_day
from data.errors import DataError
from data.intake_county import reaches
from data.intake_layers import ENTITIES, SHAPE_OF
from data.intake_spatial import SHAPES, wrong_shape
from data.layers import NAMES
from data.siting_layer import SitingLayer
from gis.crs import METRIC_CRS
from gis.errors import Words
from gis.io import read


class LayerWordUnknownError(DataError):
    """A name that is no layer of siting."""

    zh = "“{name}”不是选址用的图层：可选 {known}。"
    en = "“{name}” is no layer of siting: choose one of {known}."


class LayerRowsUnusableError(DataError):
    """A layer of which some rows say nothing about where it holds."""

    zh = (
        "图层 {layer} 的文件 {file} 不能用来核对：图形应为{wanted}，有 {count} 条不是，或没有图形"
        "（第 {rows} 条）。请改正后重试；不给这一图层则记为未核。"
    )
    en = (
        "The file {file} cannot check layer {layer}: {wanted} are wanted, and {count} of its rows "
        "are not, or have no geometry (row {rows}). Mend it and retry; without it the layer is not "
        "checked."
    )


class LayerFarError(DataError):
    """A layer of which nothing lies near the sites."""

    zh = (
        "图层 {layer} 的文件 {file} 离用地约 {km:,.0f} 公里，没有一处在附近，不能当作已核对："
        "请检查坐标系（--crs 或文件的声明），或是否选错了文件。"
    )
    en = (
        "The file {file} of layer {layer} lies about {km:,.0f} km from the sites, with nothing "
        "near them, and cannot count as checked: look at its coordinate system (--crs or what the "
        "file declares), and whether it is the right file."
    )


class _Register(Protocol):
    def layers(self, as_of: AsOf | None = None) -> pd.DataFrame: ...
    def layer_path(self, name: str, as_of: AsOf | None = None) -> Path: ...
    def read_layer(self, name: str, as_of: AsOf | None = None) -> Any: ...
    def changes(self) -> pd.DataFrame: ...


def siting_layers(
    register: _Register, names: Sequence[str], as_of: AsOf | None = None
) -> dict[str, SitingLayer]:
    """Return those of the named layers that the register has, in EPSG:4549.

    Parameters
    ----------
    register : Register
        Where they are.
    names : sequence of str
        Layers of `data.siting_rules.SitingRules.layers`.
    as_of : AsOf, optional
        As known on that day.
    """
    table = register.layers(as_of).set_index("name")
    moments = register.changes().set_index("change_no")["recorded_at"]
    found = {}
    for name in names:
        if name not in table.index:
            continue
        number, path = int(table["change_no"][name]), register.layer_path(name, as_of)
        frame = None
        if path.suffix == ".parquet":
            frame = register.read_layer(name, as_of).to_crs(METRIC_CRS)
        day = office_day(moments[number].to_pydatetime())
        found[name] = SitingLayer(name, frame, str(number), day, path if frame is None else None)
    return found


def loose_siting_layer(name: str, path: Path, *, crs: Any = None) -> SitingLayer:
    """Read a layer of siting from a file; nothing is recorded.

    Raises
    ------
    LayerWordUnknownError
        If there is no layer of that name.
    LayerRowsUnusableError
        If rows have no geometry, or one of another kind than the layer's.
    GisError
        As `gis.io.read`.
    """
    if name not in NAMES:
        raise LayerWordUnknownError(name=name, known="、".join(NAMES))
    if path.suffix.lower() in (".tif", ".tiff"):
        return SitingLayer(name, None, path.name, path=path)
    from data.intake_columns import map_columns
    from data.intake_issues import IssueLog
    from data.intake_parcels import typed_columns

    frame = read(path, crs=crs, metric=True)
    _require_shapes(frame.geometry, name, path.name)
    cells = pd.DataFrame(frame.drop(columns=frame.geometry.name))
    log = IssueLog(path.name, name)
    quiet = IssueLog(path.name, name)  # other columns are no matter here
    entity = ENTITIES.get(name, "constraint")
    columns = map_columns([str(c) for c in cells.columns], entity, mapping=None, log=quiet)
    cells.index = pd.RangeIndex(1, len(cells) + 1)
    values, _ = typed_columns(cells, columns, log)
    whole = gpd.GeoDataFrame(
        values.reset_index(drop=True), geometry=frame.geometry.to_numpy(), crs=frame.crs
    )
    return SitingLayer(name, whole, path.name, issues=log.frame())


def _require_shapes(geometry: gpd.GeoSeries, name: str, file: str) -> None:
    """Refuse a file with rows that are not of the layer's kind: what they bar nobody knows."""
    shape = SHAPE_OF.get(name)
    if shape is None:
        return
    values = np.asarray(geometry.array)
    bad = shapely.is_missing(values) | shapely.is_empty(values)
    bad |= ~np.isfinite(shapely.bounds(values)).all(axis=1) | wrong_shape(geometry, shape)
    if bad.any():
        rows = [str(row + 1) for row in np.flatnonzero(bad)[:5]]
        more = Words("、".join(rows), ", ".join(rows))
        wanted = SHAPES[shape][1]
        raise LayerRowsUnusableError(
            file=file, layer=name, wanted=wanted, count=int(bad.sum()), rows=more
        )


def require_near(layer: SitingLayer, sites: gpd.GeoSeries) -> None:
    """Refuse a layer of which nothing lies within the county's reach of the sites, EPSG:4549.

    Raises
    ------
    LayerFarError
        With the distance.
    """
    if layer.frame is None or layer.frame.empty or sites.empty:
        return
    near = shapely.box(*sites.total_bounds)
    apart = float(shapely.distance(np.asarray(layer.frame.geometry.array), near).min())
    if apart > reaches()[1]:
        raise LayerFarError(layer=layer.name, file=layer.version, km=apart / 1000)
