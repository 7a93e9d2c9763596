"""A font inside a Word document, for computers that have none with Chinese letters."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence
from typing import Any

from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import qn
from lxml import etree

_CONTENT = "application/vnd.openxmlformats-officedocument.obfuscatedFont"
_HIDDEN = 32
"""The first bytes of an embedded font are scrambled with a key, as the format wants it."""


def embed_font(document: Any, names: Sequence[str], font: bytes) -> None:
    """Put a font into a document under the names its text asks for.

    A program that has the fonts itself takes its own; another one draws with this.

    Parameters
    ----------
    document : docx.document.Document
        Changed in place.
    names : sequence of str
        As the runs of the document name their fonts.
    font : bytes
        OpenType; the same bytes give the same key.
    """
    key = str(uuid.UUID(bytes=hashlib.sha256(font).digest()[:16])).upper()
    table = document.part.part_related_by(RELATIONSHIP_TYPE.FONT_TABLE)
    part = Part(
        PackURI("/word/fonts/font1.odttf"), _CONTENT, scrambled(font, key), document.part.package
    )
    link = table.relate_to(part, RELATIONSHIP_TYPE.FONT)
    root = parse_xml(table.blob)
    for name in names:
        for old in root.findall(qn("w:font")):
            if old.get(qn("w:name")) == name:
                root.remove(old)
        entry = OxmlElement("w:font")
        entry.set(qn("w:name"), name)
        held = OxmlElement("w:embedRegular")
        held.set(qn("r:id"), link)
        held.set(qn("w:fontKey"), f"{{{key}}}")
        entry.append(held)
        root.append(entry)
    table._blob = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def scrambled(font: bytes, key: str) -> bytes:
    """Return a font with its first bytes turned by a key; twice gives the font again.

    Examples
    --------
    >>> key = "00112233-4455-6677-8899-AABBCCDDEEFF"
    >>> scrambled(b"OTTO", key)[:1] == bytes([ord("O") ^ 0xFF])
    True
    >>> scrambled(scrambled(b"OTTO" * 20, key), key) == b"OTTO" * 20
    True
    """
    turn = bytes.fromhex(key.replace("-", ""))[::-1] * 2
    head = bytes(one ^ other for one, other in zip(font[:_HIDDEN], turn, strict=False))
    return head + font[_HIDDEN:]
