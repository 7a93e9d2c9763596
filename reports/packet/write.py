"""Write the files of a packet: all of them, or none."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from reports.errors import ReportError
from reports.packet.county_map import county_map
from reports.packet.document import document
from reports.packet.facts import PacketFacts
from reports.packet.map_page import map_page
from reports.packet.numbers_book import numbers_book
from reports.packet.slides import slides
from reports.place import replacing

SUFFIXES = ("pptx", "docx", "xlsx", "html", "png")
"""Slides, document, workbook, map to look at, map to print."""


class PacketFolderError(ReportError):
    """The packet needs a folder."""

    zh = "{out} 是文件而不是文件夹，没有写入任何内容。请给出文件夹。"
    en = "{out} is a file, not a folder; nothing was written. Give a folder."


@dataclass(frozen=True)
class PacketFile:
    """One file of a packet: its name and its bytes."""

    name: str
    content: bytes


def packet_files(facts: PacketFacts, *, review_no: str = "") -> tuple[PacketFile, ...]:
    """Return the files of a packet; the same facts give the same bytes.

    Parameters
    ----------
    facts : PacketFacts
        The figures.
    review_no : str
        审图号 of the maps, empty where none was given yet.
    """
    picture = county_map(facts, review_no=review_no)
    made = {
        "pptx": slides(facts, county_map=picture),
        "docx": document(facts, county_map=picture),
        "xlsx": numbers_book(facts),
        "html": map_page(facts, review_no=review_no),
        "png": picture,
    }
    stem = f"packet_{facts.kind}_{facts.context.state_on:%Y-%m-%d}"
    return tuple(PacketFile(f"{stem}.{suffix}", made[suffix]) for suffix in SUFFIXES)


def write_packet(facts: PacketFacts, folder: Path, *, review_no: str = "") -> list[Path]:
    """Write a packet into a folder, which is made where it is not there.

    Raises
    ------
    PacketFolderError
        If there is a file in the place of the folder.
    ReportError
        If a file cannot be written.
    """
    folder = Path(folder)
    if folder.exists() and not folder.is_dir():
        raise PacketFolderError(out=folder)
    files = packet_files(facts, review_no=review_no)
    folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        with replacing(folder / file.name) as part:
            part.write_bytes(file.content)
    return [folder / file.name for file in files]
