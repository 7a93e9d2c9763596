"""The layers that siting asks: of the register with version and date, or straight from files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import geopandas as gpd
import pandas as pd

from data.asof import AsOf, office_day
from data.errors import DataError
from data.layers import NAMES
from data.siting_layer import SitingLayer
from gis.crs import METRIC_CRS
from gis.io import read


class LayerWordUnknownError(DataError):
    """A name that is no layer of siting."""

    zh = "“{name}”不是选址用的图层：可选 {known}。"
    en = "“{name}” is no layer of siting: choose one of {known}."


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
    cells = pd.DataFrame(frame.drop(columns=frame.geometry.name))
    log = IssueLog(path.name, name)
    columns = map_columns([str(c) for c in cells.columns], "constraint", mapping=None, log=log)
    values, _ = typed_columns(cells, columns, log)
    whole = gpd.GeoDataFrame(values, geometry=frame.geometry.to_numpy(), crs=frame.crs)
    return SitingLayer(name, whole, path.name)
