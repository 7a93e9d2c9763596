"""The sheet of one parcel on one A4 page (一地一档), as a Word document that prints in Chinese."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from datetime import datetime, time
from pathlib import Path
from typing import Any

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from gis.crs import METRIC_CRS
from reports.location_map import location_png
from reports.place import replacing
from reports.sheet_facts import Lines, SheetFacts, SheetSource, say, sheet_facts

LATIN, SONG, HEI = "Times New Roman", "宋体", "黑体"
"""Fonts every office computer with Chinese Windows has; others replace them by their own."""

_BODY_PT, _LINE_PT = 9.0, 12.5
_WIDTH_CM, _MAP_CM = 18.4, 8.2
_GREY = "EDE6DC"
_STAMP = (1980, 1, 1, 0, 0, 0)
_UNSAFE = re.compile(r'[\\/:*?"<>|\x00-\x1f]')


def write_sheet(source: SheetSource, parcel_id: str, out: Path) -> Path:
    """Write a parcel's sheet as .docx; an existing file is replaced in one step.

    Parameters
    ----------
    source : SheetSource
        The county and what is known of it.
    parcel_id : str
        Which parcel.

    Raises
    ------
    KeyError
        If there is no such parcel.
    ReportError
        If the file cannot be written.
    """
    made = sheet_bytes(source, parcel_id)
    with replacing(Path(out)) as part:
        part.write_bytes(made)
    return Path(out)


def write_sheets(source: SheetSource, parcel_ids: Sequence[str], out: Path) -> Path:
    """Write the sheets of several parcels into one .zip, a document for each.

    Raises
    ------
    KeyError, ReportError
        As :func:`write_sheet`.
    """
    with replacing(Path(out)) as part, zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as bundle:
        for at, parcel_id in enumerate(parcel_ids, start=1):
            name = f"{at:04d}_{file_stem(parcel_id)}.docx"
            bundle.writestr(zipfile.ZipInfo(name, _STAMP), sheet_bytes(source, parcel_id))
    return Path(out)


def file_stem(parcel_id: str) -> str:
    """Return a parcel's id as it may stand in a file's name.

    Examples
    --------
    >>> file_stem("330381/001:甲")
    '330381_001_甲'
    """
    return _UNSAFE.sub("_", parcel_id)[:60].strip(" .") or "_"


def sheet_bytes(source: SheetSource, parcel_id: str) -> bytes:
    """Return a parcel's sheet as the bytes of a .docx; the same source gives the same bytes."""
    facts = sheet_facts(source, parcel_id)
    document = _page(facts, source)
    _heading(document, facts)
    _pairs(document, facts.facts)
    _map_and_stages(document, facts, _picture(source, parcel_id), source.lang)
    _band(document, say("verdict", source.lang))
    _lines(document, facts.verdict)
    _paragraph(document.add_paragraph(), facts.foot, size=7.5, colour="5A534D", before=3)
    told = io.BytesIO()
    document.save(told)
    return _steady(told.getvalue())


def _picture(source: SheetSource, parcel_id: str) -> bytes | None:
    shape = source.parcels.geometry.loc[[parcel_id]].to_crs(METRIC_CRS).iloc[0]
    return location_png(shape, parcel_id, source.around, lang=source.lang)


def _page(facts: SheetFacts, source: SheetSource) -> Any:
    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21.0), Cm(29.7)
    section.left_margin = section.right_margin = Cm(1.3)
    section.top_margin = section.bottom_margin = Cm(1.2)
    section.header_distance = section.footer_distance = Cm(0.5)
    style = document.styles["Normal"]
    style.font.name, style.font.size = LATIN, Pt(_BODY_PT)
    style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), SONG)
    properties = document.core_properties
    properties.title, properties.subject = facts.title, facts.subtitle[:200]
    properties.author = properties.last_modified_by = "亩图"
    properties.comments = ""
    properties.language = "en-US" if source.lang == "en" else "zh-CN"
    on = datetime.combine(source.context.state_on, time())
    properties.created = properties.modified = on
    return document


def _paragraph(
    paragraph: Any,
    text: str,
    *,
    size: float = _BODY_PT,
    bold: bool = False,
    font: str = SONG,
    colour: str = "",
    centred: bool = False,
    before: float = 0,
) -> Any:
    """Write a text in both its Latin and its East Asian font, on lines of a fixed height."""
    layout = paragraph.paragraph_format
    layout.space_before, layout.space_after = Pt(before), Pt(0)
    layout.line_spacing_rule = WD_LINE_SPACING.EXACTLY
    layout.line_spacing = Pt(max(_LINE_PT, size * 1.3))
    if centred:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run = paragraph.add_run(text)
    run.bold, run.font.size, run.font.name = bold, Pt(size), LATIN
    run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)
    if colour:
        run.font.color.rgb = RGBColor.from_string(colour)
    return paragraph


def _heading(document: Any, facts: SheetFacts) -> None:
    first = _paragraph(
        document.add_paragraph(), facts.title, size=16, bold=True, font=HEI, centred=True
    )
    if facts.mark:
        _paragraph(first, f"　【{facts.mark}】", size=11, bold=True, font=HEI, colour="B3261E")
        first.paragraph_format.line_spacing = Pt(22)
    _paragraph(document.add_paragraph(), facts.subtitle, size=10, bold=True, centred=True)


def _table(document: Any, rows: int, widths: Sequence[float]) -> Any:
    table = document.add_table(rows=rows, cols=len(widths))
    table.style, table.autofit = "Table Grid", False
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Cm(width)
        for cell in column.cells:
            cell.width = Cm(width)
    return table


def _label(cell: Any, text: str) -> None:
    _paragraph(cell.paragraphs[0], text, bold=True)
    _shade(cell)


def _shade(cell: Any) -> None:
    shade = OxmlElement("w:shd")
    for name, value in (("val", "clear"), ("color", "auto"), ("fill", _GREY)):
        shade.set(qn(f"w:{name}"), value)
    cell._element.get_or_add_tcPr().append(shade)


def _pairs(document: Any, lines: Lines) -> None:
    """Write lines two to a row: name, value, name, value."""
    rows = (len(lines) + 1) // 2
    table = _table(document, rows, (2.7, 6.5, 2.7, 6.5))
    for at, (name, value) in enumerate(lines):
        row, side = at // 2, 2 * (at % 2)
        _label(table.cell(row, side), name)
        _paragraph(table.cell(row, side + 1).paragraphs[0], value)


def _lines(document: Any, lines: Lines) -> None:
    table = _table(document, len(lines), (2.7, _WIDTH_CM - 2.7))
    for row, (name, value) in enumerate(lines):
        _label(table.cell(row, 0), name)
        _paragraph(table.cell(row, 1).paragraphs[0], value, bold=row == 0)


def _band(document: Any, text: str) -> None:
    _paragraph(document.add_paragraph(), text, size=10, bold=True, font=HEI, before=4)


def _map_and_stages(document: Any, facts: SheetFacts, picture: bytes | None, lang: str) -> None:
    """Put the location map beside the stages."""
    _paragraph(document.add_paragraph(), "", size=4)
    table = _table(document, 1, (_MAP_CM + 0.8, _WIDTH_CM - _MAP_CM - 0.8))
    left, right = table.rows[0].cells
    if picture is None:
        _paragraph(left.paragraphs[0], say("no_map", lang))
    else:
        left.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.CENTER
        left.paragraphs[0].add_run().add_picture(io.BytesIO(picture), width=Cm(_MAP_CM))
        _paragraph(left.add_paragraph(), say("internal", lang), size=7.5, centred=True)
    _paragraph(right.paragraphs[0], say("stages", lang), bold=True, font=HEI)
    for name, said in facts.stages:
        _paragraph(right.add_paragraph(), f"{name}　{said}")
    if not facts.stages:
        _paragraph(right.add_paragraph(), say("no_stage", lang))


def _steady(made: bytes) -> bytes:
    """Pack a document again without the moment at which it was made."""
    told = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(made)) as old,
        zipfile.ZipFile(told, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            entry = zipfile.ZipInfo(name, _STAMP)
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, old.read(name))
    return told.getvalue()
