"""Which formats there are, what a file really is, and whether it is whole."""

from __future__ import annotations

import json
import os
import re
import struct
from dataclasses import dataclass
from pathlib import Path

from gis.errors import (
    FileDamagedError,
    FileEmptyError,
    FileEncryptedError,
    FileMissingError,
    FileUnreadableError,
    FormatMismatchError,
    FormatUnknownError,
    GisError,
    SidecarMissingError,
    Words,
    spoken,
)
from gis.hostile import MacroRefusedError, check_archive, check_ole, check_xml

VECTOR_DRIVERS = {
    ".gpkg": "GPKG",
    ".geojson": "GeoJSON",
    ".json": "GeoJSON",
    ".shp": "ESRI Shapefile",
    ".fgb": "FlatGeobuf",
    ".parquet": "Parquet",
    ".geoparquet": "Parquet",
    ".kml": "LIBKML",
    ".kmz": "LIBKML",
    ".dxf": "DXF",
    ".txt": "BoundaryTXT",
    ".gdb": "OpenFileGDB",
}
"""Suffix → driver of map files; 界址点 TXT is read and written by `gis.io.boundary_txt`."""

TABLE_SUFFIXES = (".csv", ".xlsx", ".xls", ".et")
RASTER_SUFFIXES = (".tif", ".tiff")
MACRO_SUFFIXES = (".xlsm", ".xltm", ".xlsb", ".ett")

_CONTENT_OF = {
    ".gpkg": "sqlite",
    ".geojson": "json",
    ".json": "json",
    ".shp": "shp",
    ".fgb": "fgb",
    ".parquet": "parquet",
    ".geoparquet": "parquet",
    ".kml": "xml",
    ".kmz": "zip",
    ".dxf": "dxf",
    ".txt": "text",
    ".zip": "zip",
    ".xlsx": "zip",
    ".xls": "ole",
    ".et": "ole",
    ".csv": "text",
    ".tif": "tiff",
    ".tiff": "tiff",
}
_NAMES = {
    "sqlite": ("GeoPackage", ".gpkg"),
    "json": ("GeoJSON", ".geojson"),
    "shp": ("Shapefile", ".shp"),
    "fgb": ("FlatGeobuf", ".fgb"),
    "parquet": ("GeoParquet", ".parquet"),
    "zip": ("ZIP / XLSX", ".zip / .xlsx"),
    "ole": ("XLS", ".xls"),
    "xml": ("XML / KML", ".kml"),
    "dxf": ("DXF", ".dxf"),
    "dwg": ("DWG", ".dwg"),
    "tiff": ("GeoTIFF", ".tif"),
    "pdf": ("PDF", ".pdf"),
    "image": (Words("图片", "a picture"), ".png / .jpg"),
    "html": (Words("网页", "HTML"), ".html"),
    "text": (Words("文本", "text"), ".csv / .txt"),
    "binary": (Words("无法识别的内容", "unknown"), "?"),
}
_MAGIC = (
    (b"SQLite format 3\x00", "sqlite"),
    (b"\x00\x00\x27\x0a", "shp"),
    (b"fgb\x03", "fgb"),
    (b"PAR1", "parquet"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\xd0\xcf\x11\xe0", "ole"),
    (b"II*\x00", "tiff"),
    (b"MM\x00*", "tiff"),
    (b"II+\x00", "tiff"),
    (b"\xff\xfe", "text"),
    (b"\xfe\xff", "text"),
    (b"AutoCAD Binary DXF", "dxf"),
    (b"AC10", "dwg"),
    (b"%PDF", "pdf"),
    (b"\x89PNG", "image"),
    (b"\xff\xd8\xff", "image"),
)
_PLAIN = ("json", "html", "utf-16", "xml", "dxf")
_DXF = re.compile(rb"\s*(?:999\r?\n[^\r\n]*\r?\n\s*)*0\r?\n\s*SECTION")


class DrawingBinaryError(GisError):
    """A drawing in AutoCAD's own format."""

    zh = "文件 {file} 是 DWG 图纸，无法直接读取：请在 CAD 中打开，另存为 DXF 再试。"
    en = "File {file} is a DWG drawing, which cannot be read: save it as DXF in your CAD first."


class NotAFileError(GisError):
    """A folder, a pipe or a device where a file is wanted."""

    zh = "{file} 不是普通文件（是{what}），没有读取：请给出数据文件本身。"
    en = "{file} is no ordinary file but {what}; it was not read. Give the data file itself."


class FileNameBrokenError(GisError):
    """A name in another encoding than the system's, which nothing can keep or show."""

    zh = "文件名或文件夹名不是 UTF-8 编码（{file}），无法登记：请改名后再试。"
    en = "The name of the file or its folder is not in UTF-8 ({file}): rename it and try again."


_FOLDER, _DEVICE = Words("文件夹", "a folder"), Words("管道或设备", "a pipe or device")


def check_name(path: Path) -> None:
    """Refuse a path whose bytes are no text; say how it reads in GB 18030.

    Raises
    ------
    FileNameBrokenError
        If it is such a path.

    Examples
    --------
    >>> check_name(Path("地块.csv"))
    """
    for part in path.parts:
        try:
            part.encode()
        except UnicodeEncodeError as error:
            raise FileNameBrokenError(file=_likely(part)) from error


def _likely(name: str) -> str:
    """Return what a name that is not in UTF-8 probably is: its reading in GB 18030."""
    try:
        read = os.fsencode(name).decode("gb18030")
    except UnicodeError:
        read = ""
    if not read or not read.isprintable():
        return name.encode("ascii", "replace").decode()
    return Words(f"可能是 GBK 的“{read}”", f"perhaps “{read}” in GBK")


@dataclass(frozen=True)
class Source:
    """One file that can be opened: where it lies, and the name the user knows it by.

    ``inside`` is what it is called as a layer of the archive it came in, if it came in one.
    """

    path: Path
    name: str
    suffix: str
    inside: str = ""


def check(path: Path, *, allowed: tuple[str, ...]) -> str:
    """Return the suffix of a file that exists, is not empty and is what its name says.

    Raises
    ------
    FileNameBrokenError, FileMissingError, NotAFileError, FileEmptyError, FormatUnknownError,
    FormatMismatchError
        Whichever applies.
    """
    check_name(path)
    suffix = path.suffix.lower()
    try:
        if not path.exists():
            raise FileMissingError(file=path.name)
        if suffix in MACRO_SUFFIXES and path.is_file():
            raise MacroRefusedError(file=path.name)
        if suffix == ".gdb" and path.is_dir() and suffix in allowed:
            return _check_geodatabase(path)
        if suffix == ".dwg":
            raise DrawingBinaryError(file=path.name)
        if not path.is_file():
            raise NotAFileError(file=path.name, what=_FOLDER if path.is_dir() else _DEVICE)
        if suffix not in allowed:
            known = "、".join(allowed)
            raise FormatUnknownError(file=path.name, suffix=suffix or "—", known=known)
        size = path.stat().st_size
        if size == 0:
            raise FileEmptyError(file=path.name)
        actual = content(path)
    except OSError as error:
        reason = error.strerror or str(error)
        raise FileUnreadableError(file=path.name, reason=reason) from error
    expected = _CONTENT_OF[suffix]
    if actual == expected or (expected == "text" and actual in _PLAIN):
        check_harmless(path, suffix, actual)
        return suffix
    if suffix == ".et" and actual == "zip":  # saved by WPS as .xlsx under the old name
        check_harmless(path, ".xlsx", actual)
        return suffix
    if actual == "dwg":
        raise DrawingBinaryError(file=path.name)
    if suffix == ".xlsx" and actual == "ole" and _encrypted(path):
        raise FileEncryptedError(file=path.name)
    if actual in ("text", "utf-16") and suffix in (".xlsx", ".xls", ".et"):
        raise FormatMismatchError(
            file=path.name, suffix=suffix, actual=_NAMES["text"][0], right=".csv"
        )
    if actual == "utf-16":
        actual = "binary"
    if actual in ("binary", "text"):
        raise FileDamagedError(file=path.name, reason=_other_than(expected))
    name, right = _NAMES[actual]
    raise FormatMismatchError(file=path.name, suffix=suffix, actual=name, right=right)


def check_harmless(path: Path, suffix: str, actual: str) -> None:
    """Refuse archives and workbooks that are made to do harm.

    Raises
    ------
    GisError
        As `gis.hostile.check_archive` and `gis.hostile.check_ole`.
    """
    if actual == "zip":
        check_archive(path, workbook=suffix not in (".zip", ".kmz"))
    elif actual == "ole":
        check_ole(path)


def content(path: Path) -> str:
    """Tell from the first bytes what a file is: a key of the format table, or ``binary``."""
    with path.open("rb") as file:
        head = file.read(4096)
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text[:1] in (b"{", b"["):
        return "json"
    if text[:9].lower().startswith((b"<!doctype", b"<html")):
        return "html"
    if text[:5].lower().startswith((b"<?xml", b"<kml")):
        return "xml"
    if _DXF.match(text):
        return "dxf"
    if b"\x00" not in head:
        return "text"
    return "utf-16" if _like_utf16(head) else "binary"


def _check_geodatabase(path: Path) -> str:
    """Return the suffix of a folder that holds the tables of a file geodatabase."""
    if not any(path.glob("a*.gdbtable")):
        reason = Words("文件夹里没有 .gdbtable 数据表", "the folder holds no .gdbtable")
        raise FileDamagedError(file=path.name, reason=reason)
    return path.suffix.lower()


def _like_utf16(head: bytes) -> bool:
    """Say whether bytes read as UTF-16 with a comma, tab, semicolon and line ends of tables."""
    for encoding in ("utf-16-le", "utf-16-be"):
        text = head[: len(head) // 2 * 2].decode(encoding, "ignore")
        if "\x00" not in text and "\n" in text and any(sign in text for sign in ",;\t"):
            return True
    return False


def _encrypted(path: Path) -> bool:
    """Say whether an OLE container wraps a workbook that opens with a password only."""
    mark, rest = "EncryptedPackage".encode("utf-16-le"), b""
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            if mark in rest + block:
                return True
            rest = block[-len(mark) :]
    return False


def check_whole(source: Source) -> None:
    """Raise if a file says that it is longer than it is, or a shapefile lacks companions.

    Raises
    ------
    FileDamagedError, SidecarMissingError
        Whichever applies.
    """
    if source.suffix == ".gpkg":
        _check_sqlite(source)
    elif source.suffix == ".shp":
        _check_shapefile(source)
    elif source.suffix in (".geojson", ".json"):
        _check_json(source)
    elif source.suffix == ".kml":
        with source.path.open("rb") as file:
            check_xml(file, name=source.name)


def _check_sqlite(source: Source) -> None:
    with source.path.open("rb") as file:
        head = file.read(100)
    if len(head) < 100:
        raise FileDamagedError(file=source.name, reason=Words("文件头不完整", "short header"))
    page, pages = struct.unpack_from(">H", head, 16)[0], struct.unpack_from(">I", head, 28)[0]
    page = 65536 if page == 1 else page
    wal = source.path.with_name(source.path.name + "-wal")
    if page * pages > source.path.stat().st_size and not wal.exists():
        raise FileDamagedError(file=source.name, reason=Words("文件被截断", "truncated"))


def _other_than(kind: str) -> Words:
    name = _NAMES[kind][0]
    return Words(f"内容不是 {name}", f"not {spoken(name, 'en')}")


def sidecar(path: Path, suffix: str) -> Path | None:
    """Find the companion of a shapefile whatever the case of its suffix; None if absent."""
    for name in (path.stem + suffix, path.stem + suffix.upper()):
        if (found := path.with_name(name)).is_file():
            return found
    return None


def _cut(suffix: str) -> Words:
    return Words(f"{suffix} 被截断", f"{suffix} truncated")


def _check_shapefile(source: Source) -> None:
    missing = [suffix for suffix in (".shx", ".dbf") if sidecar(source.path, suffix) is None]
    if missing:
        raise SidecarMissingError(file=source.name, missing="、".join(missing))
    for suffix in (".shp", ".shx"):
        part = source.path if suffix == ".shp" else sidecar(source.path, suffix)
        with part.open("rb") as file:  # type: ignore[union-attr]
            head = file.read(100)
        stated = struct.unpack_from(">i", head, 24)[0] * 2 if len(head) == 100 else None
        if stated is None or stated > part.stat().st_size:  # type: ignore[union-attr]
            raise FileDamagedError(file=source.name, reason=_cut(suffix))
    dbf = sidecar(source.path, ".dbf")
    with dbf.open("rb") as file:  # type: ignore[union-attr]
        head = file.read(32)
    if len(head) < 32:
        raise FileDamagedError(file=source.name, reason=_cut(".dbf"))
    rows, start, width = struct.unpack_from("<IHH", head, 4)
    if start + rows * width > dbf.stat().st_size:  # type: ignore[union-attr]
        raise FileDamagedError(file=source.name, reason=_cut(".dbf"))
    shx = sidecar(source.path, ".shx")
    shapes = (shx.stat().st_size - 100) // 8  # type: ignore[union-attr]
    if shapes != rows:
        reason = f".shx {shapes} ≠ .dbf {rows}"
        raise FileDamagedError(file=source.name, reason=reason)


def _check_json(source: Source) -> None:
    """Refuse JSON that is cut off, or is not GeoJSON; cheap (only its two ends are read)."""
    with source.path.open("rb") as file:
        file.seek(max(0, source.path.stat().st_size - 4096))
        tail = file.read().rstrip(b"\x00 \r\n\t\xef\xbb\xbf")
    if not tail.endswith((b"}", b"]")):
        raise FileDamagedError(file=source.name, reason=Words("JSON 不完整", "JSON cut off"))
    if source.path.stat().st_size > 1_000_000:
        return
    try:
        document = json.loads(source.path.read_bytes().decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", None)
        where = "" if line is None else f"（第 {line} 行）"
        reason = Words(f"JSON 语法有误{where}", f"JSON: {str(error)[:80]}")
        raise FileDamagedError(file=source.name, reason=reason) from error
    kind = document.get("type") if isinstance(document, dict) else None
    known = ("FeatureCollection", "Feature", "GeometryCollection", "Polygon", "MultiPolygon")
    others = ("Point", "MultiPoint", "LineString", "MultiLineString")
    if kind not in (*known, *others):
        raise FileDamagedError(file=source.name, reason=Words("不是 GeoJSON", "not GeoJSON"))
