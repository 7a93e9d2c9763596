"""Text encodings of shapefiles and plain tables: trust what is declared, check it, else try."""

from __future__ import annotations

import codecs
import re
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gis.errors import EncodingNotTextError, EncodingUnknownError, EncodingWrongError
from gis.formats import sidecar

_CHINESE = "GB18030"
_ALIASES = {
    "936": _CHINESE,
    "ANSI936": _CHINESE,
    "CP936": _CHINESE,
    "GB2312": _CHINESE,
    "GBK": _CHINESE,
    "GB18030": _CHINESE,
    "UTF8": "UTF-8",
    "65001": "UTF-8",
    "UTF8SIG": "UTF-8",
}
_LDID = {0x4D: _CHINESE, 0x7A: _CHINESE}
_SAMPLE_ROWS = 20_000
_ENOUGH, _RARE = 20_000, 0.35
_NOT_FOR_FILES = {"idna", "punycode", "undefined", "unicode-escape", "raw-unicode-escape"}
_MARKS = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


@dataclass(frozen=True)
class Encoding:
    """An encoding, who said so, and whether text was cut inside a character."""

    name: str
    origin: str
    cut: bool = False


def canonical(name: str) -> str:
    """Name an encoding the way GDAL and Python both know it.

    Examples
    --------
    >>> canonical("ANSI 936")
    'GB18030'
    >>> canonical("utf8")
    'UTF-8'
    """
    key = re.sub(r"[^A-Z0-9]", "", name.upper())
    return _ALIASES.get(key, name.strip())


def given_encoding(name: str) -> str:
    """Return the canonical name of an encoding that the caller gives.

    Raises
    ------
    EncodingNotTextError
        If there is none of that name, or it is no encoding of text (base64, punycode …).

    Examples
    --------
    >>> given_encoding("gbk")
    'GB18030'
    """
    if not _exists(canonical(name)):
        raise EncodingNotTextError(encoding=name)
    return canonical(name)


def shapefile_encoding(path: Path, *, given: str | None, name: str) -> Encoding:
    """Decide how the text of a shapefile is encoded, looking at the bytes of its .dbf.

    Order: what the caller gives; the .cpg; the language byte of the .dbf; each is checked
    against the bytes. Without a declaration, or with one that does not fit: UTF-8 if the
    bytes are, else GB18030 if they are.

    Raises
    ------
    EncodingNotTextError, EncodingWrongError
        If the given encoding does not exist, or does not fit.
    EncodingUnknownError
        If nothing fits.
    """
    dbf = sidecar(path, ".dbf")
    texts = dbf_texts(dbf.read_bytes()) if dbf is not None else []
    if given is not None:
        chosen = given_encoding(given)
        fit = fits(texts, chosen)
        if fit is None:
            raise EncodingWrongError(encoding=given, file=name)
        return Encoding(chosen, "given", fit)
    for declared, origin in _declared(path, dbf):
        fit = fits(texts, declared)
        if fit is not None and not (declared == _CHINESE and fit and fits(texts, "UTF-8") == 0):
            return Encoding(declared, origin, fit)
    for guess in ("UTF-8", _CHINESE):
        fit = fits(texts, guess)
        if fit is not None and (guess != _CHINESE or common(texts)):
            origin = "ascii" if not texts else "detected"
            return Encoding(guess, origin, fit)
    raise EncodingUnknownError(file=name)


def _declared(path: Path, dbf: Path | None) -> list[tuple[str, str]]:
    found = []
    cpg = sidecar(path, ".cpg")
    if cpg is not None:
        stated = canonical(cpg.read_bytes()[:40].decode("ascii", "ignore"))
        if _exists(stated):
            found.append((stated, "cpg"))
    if dbf is not None:
        with dbf.open("rb") as file:
            ldid = file.read(30)[29]
        if ldid in _LDID:
            found.append((_LDID[ldid], "ldid"))
    return found


def _exists(encoding: str) -> bool:
    """Say whether there is an encoding of text of that name that files are kept in."""
    try:
        found = codecs.lookup(encoding)
    except (LookupError, ValueError):
        return False
    if not getattr(found, "_is_text_encoding", True):
        return False
    return found.name.replace("_", "-") not in _NOT_FOR_FILES


def dbf_texts(raw: bytes) -> list[bytes]:
    """Field names and distinct text values that hold bytes over 127."""
    rows, start, width = struct.unpack_from("<IHH", raw, 4)
    names, columns, at = [], [], 1
    for offset in range(32, start - 1, 32):
        if raw[offset] == 0x0D or offset + 32 > len(raw):
            break
        names.append(raw[offset : offset + 11].split(b"\0")[0])
        length = raw[offset + 16]
        if raw[offset + 11 : offset + 12] == b"C":
            columns.append((at, length))
        at += length
    step = max(1, rows // _SAMPLE_ROWS)
    body = np.frombuffer(raw, "u1", rows * width, start).reshape(rows, width)[::step]
    texts = {name for name in names if max(name, default=0) > 127}
    for at, length in columns:
        block = np.ascontiguousarray(body[:, at : at + length])
        high = block[(block > 127).any(axis=1)] if length else block[:0]
        if len(high):
            texts.update(np.unique(high.view(f"S{length}")).tolist())
    return sorted(text.rstrip(b" \0") for text in texts)


def fits(texts: list[bytes], encoding: str) -> bool | None:
    """None if the bytes are not in that encoding, else whether some text is cut at its end."""
    if not _exists(encoding):
        return None
    cut = False
    for text in texts:
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            decoded = decoder.decode(text)
        except (UnicodeDecodeError, ValueError):
            return None
        if "\ufffd" in decoded or any(0x80 <= ord(char) < 0xA0 for char in decoded):
            return None
        cut = cut or bool(decoder.getstate()[0])
    return cut


def common(texts: Iterable[bytes]) -> bool:
    """Say whether bytes read as GB 18030 are everyday Chinese: most of it is in GB 2312.

    Nearly any bytes can be read as GB 18030; those of other encodings give rare characters.

    Examples
    --------
    >>> common(["黑龙江省".encode("gbk")]), common(["瑞安市工業用地".encode("big5")])
    (True, False)
    """
    usual = rare = 0
    for text in texts:
        for sign in text.decode(_CHINESE, "ignore"):
            if ord(sign) > 127:
                known = _everyday(sign)
                usual, rare = usual + known, rare + (not known)
        if usual + rare > _ENOUGH:
            break
    return rare <= _RARE * (usual + rare)


def _everyday(sign: str) -> bool:
    try:
        sign.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


def text_encoding(raw: bytes, *, given: str | None, name: str) -> str:
    """Decide how a plain text file is encoded: given, byte order mark, UTF-8, GB18030.

    Raises
    ------
    EncodingNotTextError, EncodingWrongError, EncodingUnknownError
        If the given one is none, or does not fit, or none does.

    Examples
    --------
    >>> text_encoding("宗地代码".encode("gbk"), given=None, name="a.csv")
    'GB18030'
    """
    marked = next((kind for mark, kind in _MARKS.items() if raw.startswith(mark)), None)
    if given is not None:
        found = given_encoding(given)
        if codecs.lookup(found).name == marked:
            found = "utf-16"  # takes the mark away
        if not _decodes(raw, found):
            raise EncodingWrongError(encoding=given, file=name)
        return "utf-8-sig" if found == "UTF-8" else found
    if marked:
        if not _decodes(raw, "utf-16"):
            raise EncodingWrongError(encoding="UTF-16", file=name)
        return "utf-16"
    if b"\x00" not in raw:
        for encoding in ("utf-8-sig", _CHINESE):
            if _decodes(raw, encoding) and (encoding != _CHINESE or common([raw])):
                return encoding
    raise EncodingUnknownError(file=name)


def _decodes(raw: bytes, encoding: str) -> bool:
    try:
        raw.decode(encoding)
    except (UnicodeError, LookupError):
        return False
    return True
