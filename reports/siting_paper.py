"""Paragraphs and tables of the page of a project, in fonts that every office computer has."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from reports.sheet import HEI, LATIN, SONG

GREY = "5A534D"
RED = RGBColor.from_string("B3261E")
_SHADE = "EDE6DC"
_BODY_PT = 8.5


def paper(title: str, on: date) -> Any:
    """Return an empty A4 page."""
    made = Document()
    section = made.sections[0]
    section.page_width, section.page_height = Cm(21.0), Cm(29.7)
    section.left_margin = section.right_margin = Cm(1.5)
    section.top_margin = section.bottom_margin = Cm(1.2)
    style = made.styles["Normal"]
    style.font.name, style.font.size = LATIN, Pt(9.5)
    style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), SONG)
    properties = made.core_properties
    properties.author = properties.last_modified_by = "亩图"
    properties.title, properties.comments = title, ""
    properties.created = properties.modified = datetime.combine(on, time())
    return made


def line(
    page: Any,
    text: str,
    *,
    size: float = 9.5,
    bold: bool = False,
    centred: bool = False,
    colour: str = "",
    before: float = 0,
) -> None:
    """Add a paragraph."""
    paragraph = page.add_paragraph()
    write(paragraph, text, size=size, bold=bold, centred=centred, colour=colour)
    paragraph.paragraph_format.space_before = Pt(before)


def write(
    paragraph: Any,
    text: str,
    *,
    size: float = _BODY_PT,
    bold: bool = False,
    centred: bool = False,
    colour: str = "",
) -> None:
    """Write into a paragraph, in both its Latin and its East Asian font."""
    layout = paragraph.paragraph_format
    layout.space_before, layout.space_after, layout.line_spacing = Pt(0), Pt(1), 1.0
    if centred:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run = paragraph.add_run(text)
    run.bold, run.font.size, run.font.name = bold, Pt(size), LATIN
    fonts = run._element.get_or_add_rPr().get_or_add_rFonts()
    fonts.set(qn("w:eastAsia"), HEI if bold else SONG)
    if colour:
        run.font.color.rgb = RGBColor.from_string(colour)


def grid(
    page: Any,
    lines: Sequence[Sequence[str]],
    widths: Sequence[float],
    *,
    heads: bool = False,
    labels: Sequence[int] = (),
) -> Any:
    """Add a table.

    Parameters
    ----------
    lines : sequence of sequences of str
        Its cells.
    widths : sequence of float
        Of the columns, cm; set on columns and on cells, since programs read either.
    heads : bool
        Whether the first line is the headings, which come again on a second page.
    labels : sequence of int
        Columns that name what stands beside them.
    """
    table = page.add_table(rows=len(lines), cols=len(widths))
    table.style, table.autofit = "Table Grid", False
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Cm(width)
    for at, (row, told) in enumerate(zip(table.rows, lines, strict=True)):
        head = heads and at == 0
        _whole(row, head)
        for place, (cell, said) in enumerate(zip(row.cells, told, strict=True)):
            cell.width = Cm(widths[place])
            named = head or (place in labels and bool(said))
            if named:
                _shade(cell)
            if said:
                write(cell.paragraphs[0], said, bold=named)
    return table


def _whole(row: Any, head: bool) -> None:
    """Keep a row on one page; a head comes again on the next."""
    properties = row._tr.get_or_add_trPr()
    for name in ("cantSplit", "tblHeader") if head else ("cantSplit",):
        properties.append(OxmlElement(f"w:{name}"))


def _shade(cell: Any) -> None:
    shade = OxmlElement("w:shd")
    for name, value in (("val", "clear"), ("color", "auto"), ("fill", _SHADE)):
        shade.set(qn(f"w:{name}"), value)
    cell._element.get_or_add_tcPr().append(shade)
