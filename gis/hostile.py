"""Files made to do harm, told apart before any reader opens them."""

from __future__ import annotations

import lzma
import stat
import struct
import zipfile
import zlib
from pathlib import Path
from typing import BinaryIO
from xml.parsers import expat

from gis.errors import FileDamagedError, FileEncryptedError, GisError, Words

MOST_UNPACKED = 4 * 1024**3
"""Bytes that an archive may hold."""

ZIP_FAULTS = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error,
    EOFError, RuntimeError, NotImplementedError, ValueError,
)  # fmt: skip
"""What reading a damaged zip raises."""

_MOST_MEMBERS = 10_000
_SMALL, _RATIO = 100_000_000, 300
_ARCHIVES = (".zip", ".kmz", ".rar", ".7z", ".gz", ".tgz", ".tar", ".bz2", ".xz")
_MACROS = "_VBA_PROJECT"
_BLOCK = 1 << 20

MOST_TEXT = 200_000_000
"""Bytes that a table in plain text may have."""


class ArchiveRefusedError(GisError):
    """A zip that is made to do harm, or holds what is not looked into."""

    zh = "压缩包 {file} 不予读取：{reason}。请重新打包，只放数据文件。"
    en = "Archive {file} is not read: {reason}. Pack it again with nothing but the data files."


class MacroRefusedError(GisError):
    """A workbook with macros."""

    zh = "工作簿 {file} 含有宏，为安全起见不读取：请另存为不含宏的 .xlsx 再试。"
    en = "Workbook {file} holds macros and is not read: save it as .xlsx without macros."


class XmlRefusedError(GisError):
    """XML that declares entities or a document type."""

    zh = "文件 {file} 含有 XML 实体或文档类型声明，为安全起见不读取：请从原系统重新导出。"
    en = "File {file} declares XML entities or a document type and is not read: export it again."


class TooLargeError(GisError):
    """A file that needs more memory than there may be, such as a zip bomb."""

    zh = "文件 {file} 展开后过大，超出允许的内存，没有读取：请检查文件是否正常，或拆分后再试。"
    en = "File {file} unpacks to more than the memory allowed and was not read: check or split it."


_CUT = Words("内容不全，可能没有拷贝或下载完", "it is cut off: perhaps not copied to its end")


def check_archive(path: Path, *, workbook: bool = False) -> None:
    """Refuse zip bombs, paths that lead out, archives inside archives, passwords and macros.

    Parameters
    ----------
    path : Path
        A zip, or a workbook that is one.
    workbook : bool
        Whether it is a workbook: macros are looked for, and what is embedded is left alone.

    Raises
    ------
    ArchiveRefusedError, FileEncryptedError, MacroRefusedError
        Whichever applies.
    FileDamagedError
        If it is no whole zip.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except zipfile.BadZipFile as error:
        raise FileDamagedError(file=path.name, reason=_CUT) from error
    except ZIP_FAULTS as error:
        raise FileDamagedError(file=path.name, reason=str(error)[:80]) from error
    if any(info.flag_bits & 1 for info in members):
        raise FileEncryptedError(file=path.name)
    reason = _too_much(members, path.stat().st_size) or _leading_out(members)
    if reason is None and not workbook:
        reason = _nested(members)
    if reason is not None:
        raise ArchiveRefusedError(file=path.name, reason=reason)
    if workbook and any(info.filename.lower().endswith("vbaproject.bin") for info in members):
        raise MacroRefusedError(file=path.name)


def _too_much(members: list[zipfile.ZipInfo], packed: int) -> Words | None:
    unpacked = sum(info.file_size for info in members)
    if len(members) > _MOST_MEMBERS:
        return Words(f"里面有 {len(members):,} 个文件", f"it holds {len(members):,} files")
    if unpacked > MOST_UNPACKED or (unpacked > _SMALL and unpacked > _RATIO * packed):
        size = f"{unpacked / 1e9:.1f} GB"
        return Words(f"解压后有 {size}", f"it unpacks to {size}")
    return None


def _leading_out(members: list[zipfile.ZipInfo]) -> Words | None:
    for info in members:
        parts = info.filename.replace("\\", "/").split("/")
        link = stat.S_ISLNK(info.external_attr >> 16)
        if ".." in parts or parts[0] == "" or parts[0].endswith(":") or link:
            return Words("里面有指向包外的路径或链接", "a path or link in it leads out of it")
    return None


def _nested(members: list[zipfile.ZipInfo]) -> Words | None:
    inner = [info.filename for info in members if info.filename.lower().endswith(_ARCHIVES)]
    if not inner:
        return None
    return Words("压缩包里还有压缩包，请先解压", "there are archives inside it: unpack those first")


def check_ole(path: Path) -> None:
    """Refuse an old workbook (.xls, .et) with macros.

    Raises
    ------
    MacroRefusedError
        If there is a project of macros inside.
    """
    mark, rest = _MACROS.encode("utf-16-le"), b""
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            if mark in rest + block:
                raise MacroRefusedError(file=path.name)
            rest = block[-len(mark) :]


def check_xml(stream: BinaryIO, *, name: str) -> None:
    """Refuse XML with a document type: that is where entities, local or on a network, come from.

    Only the head is read, up to the first element; entities cannot be declared after it.

    Raises
    ------
    XmlRefusedError, FileDamagedError
        If there is one; if it is no XML.

    Examples
    --------
    >>> from io import BytesIO
    >>> check_xml(BytesIO(b"<kml></kml>"), name="a.kml")
    """
    parser = expat.ParserCreate()
    seen: list[str] = []
    parser.StartDoctypeDeclHandler = lambda *_: seen.append("doctype")
    parser.StartElementHandler = lambda *_: seen.append("element")
    try:
        while not seen and (block := stream.read(4096)):
            parser.Parse(block, False)
    except expat.ExpatError as error:
        if not seen:
            raise FileDamagedError(file=name, reason=f"XML: {error}"[:80]) from error
    if seen[:1] == ["doctype"]:
        raise XmlRefusedError(file=name)
