"""Chinese text that was decoded wrongly once (乱码): found, and where possible read aright."""

from __future__ import annotations

import codecs
import re
from functools import cache

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from gis.errors import GisError, Words

_MOST = 0.5
_LOST = re.compile("\ufffd|锟斤拷|烫烫|屯屯屯|\\?{3,}|^\\?{2,}$")
_SYMBOLS = frozenset("°±²³·×÷§µ¹º¼½¾©®")
_HAN = re.compile("[\u3400-\u9fff]")
_OTHER = re.compile("[^\x00-\x7f\u3000-\u303f\u3400-\u9fff\uff00-\uffef‘’“”…—·]")
_LEADS = (*range(0xE3, 0xEA), 0xEF)
"""First bytes of Chinese characters and signs in UTF-8."""


class TextGarbledError(GisError):
    """Text that is garbled already, or was decoded wrongly."""

    zh = (
        "文件 {file} 中的文字是乱码（例如“{example}”{likely}）：请用 --encoding 指明编码"
        "（如 GB18030、UTF-8），或从原系统重新导出。"
    )
    en = (
        "The text of {file} is garbled (such as “{example}”{likely}): give its encoding, "
        "for example --encoding GB18030, or export it again."
    )


def meant(text: str) -> str | None:
    r"""Return what a garbled text was meant to be: empty where that is lost, None where it is fine.

    Examples
    --------
    >>> meant("ÎÂÖÝ"), meant("ºÚÁú½\xad"), meant("榛戦緳姹熺渷")
    ('温州', '黑龙江', '黑龙江省')
    >>> meant("黑龙江省"), meant("Müller 3 m²"), meant("锟斤拷")
    (None, None, '')
    """
    if text.isascii() and "?" not in text:
        return None
    found = _from_latin(text) or _from_chinese(text)
    if found is not None:
        return found
    return "" if _LOST.search(text) else None


def _from_latin(text: str) -> str | None:
    """UTF-8 or GB 18030 that was read as Latin-1 or Windows-1252."""
    signs = [sign for sign in text if ord(sign) > 127]
    lone = len(signs) < len(text) or len(signs) < 4
    if len(signs) < 2 or (lone and all(sign in _SYMBOLS for sign in signs)):
        return None
    raw = _western(text)
    if raw is None:
        return None
    for encoding in ("utf-8", "gb2312"):
        try:
            found = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if _HAN.search(found) and not _OTHER.search(found):
            return found
    return None


def _western(text: str) -> bytes | None:
    raw = bytearray()
    for sign in text:
        if ord(sign) < 256:
            raw.append(ord(sign))
            continue
        try:
            raw += sign.encode("cp1252")
        except UnicodeEncodeError:
            return None
    return bytes(raw)


def _from_chinese(text: str) -> str | None:
    """UTF-8 that was read as GBK; a half character at the end is lost."""
    first = next((sign for sign in text if ord(sign) > 127), None)
    if first is None or first not in _openings():
        return None
    plain = text.rstrip("?\ufffd")
    try:
        raw = b"".join(b"\x80" if s == "€" else s.encode("gb18030") for s in plain)
        found = codecs.getincrementaldecoder("utf-8")().decode(raw)
    except UnicodeError:
        return None
    whole = len(_HAN.findall(found)) >= 2 and not _OTHER.search(found)
    return found if whole else None


@cache
def _openings() -> str:
    """Return the characters of GBK that the bytes of Chinese in UTF-8 begin with."""
    pairs = (bytes((lead, trail)) for lead in _LEADS for trail in range(0x80, 0xC0))
    return "".join(pair.decode("gbk", "ignore") for pair in pairs)


@cache
def _suspect() -> str:
    return f"[\u0080-\u00ff\u0100-\u02ff\ufffd?锟烫屯]|^[\\x00-\\x7f]*[{_openings()}]"


def garbled(texts: pd.Series) -> pd.Series:
    """Return what each garbled cell was meant to be; sound cells and other values are left out.

    Parameters
    ----------
    texts : Series
        Cells of any kind.

    Returns
    -------
    Series of str
        On the rows that are garbled only; empty where what was meant is lost.

    Examples
    --------
    >>> garbled(pd.Series(["甲厂", "ÎÂÖÝ", None, 3])).to_dict()
    {1: '温州'}
    """
    none = pd.Series([], index=texts.index[:0], dtype=object)
    if not _wordy(texts):
        return none
    rows = np.flatnonzero(_doubtful(texts))
    suspects = texts.iloc[rows]
    read = {text: meant(text) for text in suspects.unique() if isinstance(text, str)}
    found = suspects.map(read).astype(object)
    return found[found.notna()] if len(found) else none


def _wordy(texts: pd.Series) -> bool:
    return texts.dtype == object or isinstance(texts.dtype, pd.StringDtype)


def _doubtful(texts: pd.Series) -> np.ndarray:
    """Mark cells that may be garbled; asked of all at once."""
    try:
        plain = pa.array(texts, pa.string(), from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError, UnicodeEncodeError):
        words = [text if isinstance(text, str) else "" for text in texts]
        plain = pa.array([word.encode("utf-8", "replace").decode() for word in words], pa.string())
    marks = pc.match_substring_regex(plain, _suspect())
    return np.asarray(marks.fill_null(False).to_numpy(zero_copy_only=False), dtype=bool)


def sound_text(frame: gpd.GeoDataFrame, *, file: str) -> gpd.GeoDataFrame:
    """Return a layer whose texts are texts: bytes that are no UTF-8 become U+FFFD.

    Raises
    ------
    TextGarbledError
        As `refuse_garbled`.
    """
    mended: dict[str, pd.Series] = {}
    for name, dtype in frame.dtypes.items():
        if not isinstance(dtype, pd.StringDtype):
            continue
        cells = pa.array(frame[name], from_pandas=True)
        try:
            cells.validate(full=True)
        except pa.ArrowInvalid:
            raw = cells.cast(pa.large_binary()).to_pylist()
            texts = [None if cell is None else cell.decode("utf-8", "replace") for cell in raw]
            mended[str(name)] = pd.Series(texts, index=frame.index, dtype=object)
    frame = frame.assign(**mended) if mended else frame
    refuse_garbled(frame, file=file)
    return frame


def refuse_garbled(frame: pd.DataFrame, *, file: str) -> None:
    """Refuse a table or layer of which most Chinese text is garbled.

    Raises
    ------
    TextGarbledError
        Shows one text, and what it was probably meant to be.
    """
    shape = frame.geometry.name if isinstance(frame, gpd.GeoDataFrame) else None
    columns = [frame[name] for name in frame.columns if name != shape]
    bad, example = 0, ("", "")
    for column in [pd.Series([str(name) for name in frame.columns], dtype=object), *columns]:
        found = garbled(column)
        bad += len(found)
        if len(found) and not example[1]:
            at = found[found != ""].index[:1]
            at = at if len(at) else found.index[:1]
            example = (str(column.loc[at[0]]), str(found.loc[at[0]]))
    if bad and bad > _MOST * max(bad, _foreign_of(columns)):
        what = example[1]
        likely = (
            Words(f"，应为“{what[:20]}”", f", meant to be “{what[:20]}”") if what else Words("")
        )
        raise TextGarbledError(file=file, example=example[0][:30], likely=likely)


def _foreign_of(columns: list[pd.Series]) -> int:
    """Count cells with anything but ASCII."""
    return sum(
        isinstance(cell, str) and not cell.isascii()
        for column in columns
        if _wordy(column)
        for cell in column
    )
