"""How the text of a file reads in each encoding: for the user to see and choose."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from gis.archives import opened
from gis.errors import UserError
from gis.formats import TABLE_SUFFIXES, check, sidecar
from gis.io.encoding import canonical, dbf_texts, fits, shapefile_encoding, text_encoding

ENCODINGS = ("UTF-8", "GB18030", "Big5", "UTF-16LE", "ISO-8859-1")
"""Encodings that are shown, the likely ones first."""

_SHOWN, _LONGEST, _HEAD = 8, 40, 64 * 1024


@dataclass(frozen=True)
class EncodingPreview:
    """How texts of a file read in one encoding.

    Attributes
    ----------
    name : str
        What to give as ``encoding``.
    fits : bool
        Whether all the bytes are possible in it.
    chosen : bool
        Whether it is what the file would be read with.
    samples : tuple of str
        The first texts that are not plain ASCII.
    """

    name: str
    fits: bool
    chosen: bool
    samples: tuple[str, ...]


def encoding_previews(
    path: Path | str,
    layer: str | None = None,
    *,
    encoding: str | None = None,
    encodings: Sequence[str] = ENCODINGS,
) -> tuple[EncodingPreview, ...]:
    """Show the text of a shapefile or a plain text file in several encodings.

    Parameters
    ----------
    path, layer, encoding
        As `gis.io.read`.
    encodings : sequence of str
        Which ones.

    Returns
    -------
    tuple of EncodingPreview
        Empty where the format fixes the encoding (GeoPackage, GeoJSON, workbooks …), and where
        all text is ASCII.

    Raises
    ------
    GisError
        If the file cannot be opened.
    """
    path = Path(path)
    if path.suffix.lower() in (".shp", ".zip"):
        with opened(path, layer=layer) as (source, _):
            dbf = sidecar(source.path, ".dbf") if source.suffix == ".shp" else None
            texts = [] if dbf is None else dbf_texts(dbf.read_bytes())
            used = _quietly(lambda: shapefile_encoding(source.path, given=encoding, name="").name)
    elif path.suffix.lower() in (".csv", ".txt"):
        if path.suffix.lower() in TABLE_SUFFIXES:
            check(path, allowed=TABLE_SUFFIXES)
        raw = path.read_bytes()
        texts = [line for line in raw[:_HEAD].splitlines() if max(line, default=0) > 127]
        used = _quietly(lambda: text_encoding(raw, given=encoding, name=path.name))
    else:
        return ()
    used = None if used is None else canonical(used)
    return tuple(_preview(texts, name, used) for name in encodings) if texts else ()


def _quietly(find: Callable[[], str]) -> str | None:
    try:
        return find()
    except UserError:
        return None


def _preview(texts: list[bytes], name: str, used: str | None) -> EncodingPreview:
    possible = fits(texts, name) is not None
    samples = [text.decode(name, "replace").strip()[:_LONGEST] for text in texts[:_SHOWN]]
    return EncodingPreview(name, possible, name == used, tuple(samples))
