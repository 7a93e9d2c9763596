"""Which layers a file holds, and which one is meant."""

from __future__ import annotations

import re
import warnings

import pyogrio

from gis.errors import (
    FileDamagedError,
    FileEmptyError,
    GeometryMissingError,
    GisError,
    LayerChoiceError,
    LayerUnknownError,
)
from gis.formats import Source

_UNDRAWN = re.compile(r"[Nn]onlinear geometry|[Gg]eometry type is not supported")


class ShapesUnsupportedError(GisError):
    """Curves or surfaces of triangles that cannot be taken as they are."""

    zh = (
        "文件 {file} 含有曲线或三角网（TIN）图形，不能直接读取："
        "请在 GIS 软件中转为普通面（折线化）后再试。"
    )
    en = "File {file} holds curves or triangulated surfaces: turn them into plain polygons first."


def unreadable(source: Source, error: Exception) -> GisError:
    """Return the refusal for what GDAL says of a file."""
    if _UNDRAWN.search(str(error)):
        return ShapesUnsupportedError(file=source.name)
    return FileDamagedError(file=source.name, reason=first_line(error))


def layer_names(source: Source) -> list[tuple[str, str | None]]:
    """List layers and their geometry type (None for a plain table).

    Raises
    ------
    FileDamagedError, FileEmptyError
        If the file does not open, or has no layer.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found = pyogrio.list_layers(source.path)
        except Exception as error:
            raise unreadable(source, error) from error
    layers = [(str(name), kind) for name, kind in found.tolist()]
    if not layers:
        raise FileEmptyError(file=source.name)
    return layers


def choose_layer(source: Source, layer: str | None) -> str:
    """Return the layer to read: the one named, or the only one with geometry.

    Raises
    ------
    LayerUnknownError, LayerChoiceError, GeometryMissingError
        Whichever applies.
    """
    layers = layer_names(source)
    if source.suffix == ".gpkg":
        layers = [(name, kind) for name, kind in layers if name != "layer_styles"]
    listed = "、".join(name for name, _ in layers)
    if layer is not None:
        for name, kind in layers:
            if name == layer and kind is not None:
                return name
            if name == layer:
                raise GeometryMissingError(file=f"{source.name}:{name}")
        raise LayerUnknownError(file=source.name, layer=layer, layers=listed)
    drawn = [name for name, kind in layers if kind is not None]
    if not drawn:
        raise GeometryMissingError(file=source.name)
    if len(drawn) > 1:
        raise LayerChoiceError(file=source.name, count=len(drawn), layers="、".join(drawn))
    return drawn[0]


def first_line(error: Exception) -> str:
    """Shorten somebody else's message to one line without paths of temporary folders."""
    lines = [line for line in str(error).strip().splitlines() if line.strip()]
    return (lines or [type(error).__name__])[0].strip()[:160]
