"""Immutable files of reference layers: written beside their place, synced, then renamed."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from geopandas import GeoDataFrame

from data.errors import ChangeRefusedError
from data.register.change import LayerFile

FOLDER = "layers"
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")


def sha256_of(file: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def check_layers(layers: Sequence[LayerFile]) -> None:
    """Refuse layers with bad or repeated names, or without exactly one of frame and path."""
    names = [layer.name for layer in layers]
    faults = []
    for layer in layers:
        if not _NAME.fullmatch(layer.name):
            faults.append((f"图层名 {layer.name!r} 不合规", f"bad layer name {layer.name!r}"))
        given = (layer.frame is not None) + (layer.path is not None)
        if given != (0 if layer.withdrawn else 1):
            faults.append(
                (f"图层 {layer.name} 应有且只有一个来源", f"layer {layer.name} needs one source")
            )
        if names.count(layer.name) > 1:
            faults.append((f"图层 {layer.name} 重复", f"layer {layer.name} comes twice"))
    if faults:
        raise ChangeRefusedError(count=len(faults), faults=tuple(faults))


def _write(layer: LayerFile, temporary: Path) -> int | None:
    if layer.frame is None:
        assert layer.path is not None
        shutil.copyfile(layer.path, temporary)
        is_table = layer.path.suffix.lower() == ".parquet"
        return int(pq.read_metadata(temporary).num_rows) if is_table else None
    if isinstance(layer.frame, GeoDataFrame):
        layer.frame.to_parquet(temporary, compression="zstd", schema_version="1.1.0")
    else:
        layer.frame.to_parquet(temporary, compression="zstd")
    return len(layer.frame)


def sync(path: Path) -> None:
    """Bring a folder's list of files to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_layer(workspace: Path, layer: LayerFile, change_no: int) -> dict[str, Any]:
    """Write one layer file whole and return its row for the register.

    A file of the same name can only be left over from a change that never was; it is replaced.
    A layer that is withdrawn has no file.
    """
    head = {"name": layer.name, "change_no": change_no}
    if layer.withdrawn:
        return {**head, "file": "", "sha256": "", "rows": None, "note": layer.note}
    suffix = ".parquet" if layer.path is None else layer.path.suffix.lower()
    name = f"{layer.name}-v{change_no}{suffix}"
    folder = workspace / FOLDER
    folder.mkdir(exist_ok=True)
    temporary = folder / f".{name}.part"
    try:
        rows = _write(layer, temporary)
        with temporary.open("rb+") as stream:
            os.fsync(stream.fileno())
        digest = sha256_of(temporary)
        temporary.replace(folder / name)
    finally:
        temporary.unlink(missing_ok=True)
    if os.name == "posix":
        sync(folder)
    return {
        **head,
        "file": f"{FOLDER}/{name}",
        "sha256": digest,
        "rows": rows,
        "note": layer.note,
    }
