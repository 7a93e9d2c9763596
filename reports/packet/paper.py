"""A Word document under way: headings, numbered tables and figures, the lines of every page."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime, time
from typing import Any

from docx import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from reports.packet.embedded_font import embed_font
from reports.packet.facts import PacketFacts
from reports.packet.fonts import subset_font
from reports.packet.steady import steady

LATIN, SONG, HEI = "Times New Roman", "宋体", "黑体"
"""Fonts every office computer with Chinese Windows has; for others the letters are inside."""

_WIDTH_CM = 17.4
_GREY, _SHADE = RGBColor.from_string("5A534D"), "EDE6DC"


class Report:
    """A document under way: headings, paragraphs and tables, numbered as they come."""

    def __init__(self, facts: PacketFacts) -> None:
        self.facts = facts
        self.paper: Any = Document()
        self.tables = self.figures = 0
        self._set_up()

    def _set_up(self) -> None:
        section = self.paper.sections[0]
        section.page_width, section.page_height = Cm(21.0), Cm(29.7)
        section.left_margin = section.right_margin = Cm(1.8)
        section.top_margin, section.bottom_margin = Cm(1.8), Cm(2.4)
        section.footer_distance = Cm(0.7)
        style = self.paper.styles["Normal"]
        style.font.name, style.font.size = LATIN, Pt(11)
        style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), SONG)
        style.paragraph_format.space_after = Pt(4)
        first, rule = self.facts.provenance()
        foot = section.footer.paragraphs[0]
        _run(foot, first + " · ", size=8, colour=_GREY)
        _page_number(foot)
        _run(section.footer.add_paragraph(), rule, size=7, colour=_GREY)

    def title(self, told: str) -> None:
        """Write the name of the document and the finding under it."""
        top = self.paper.add_paragraph()
        top.alignment = WD_ALIGN_PARAGRAPH.CENTER
        _run(top, told, size=18, bold=True, font=HEI)
        if self.facts.context.is_sample:
            red = RGBColor.from_string("B3261E")
            mark = f"　【{self.facts.say('sample')}】"
            _run(top, mark, size=11, bold=True, font=HEI, colour=red)
        under = self.paper.add_paragraph()
        under.alignment = WD_ALIGN_PARAGRAPH.CENTER
        _run(under, self.facts.headline, size=13, bold=True, font=HEI)

    def heading(self, told: str) -> None:
        """Write a heading; it stays with what follows."""
        line = self.paper.add_heading(level=2)
        line.paragraph_format.space_before, line.paragraph_format.space_after = Pt(10), Pt(4)
        _run(line, told, size=13, bold=True, font=HEI, colour=RGBColor.from_string("2B2622"))

    def paragraph(self, told: str) -> None:
        """Write a paragraph."""
        _run(self.paper.add_paragraph(), told)

    def bullet(self, told: str) -> None:
        """Write a line of a list."""
        line = self.paper.add_paragraph(style="List Bullet")
        _run(line, told, size=10)

    def table(
        self,
        said: str,
        heads: Sequence[str],
        rows: Sequence[Sequence[str]],
        *,
        widths: Sequence[float],
        right: Sequence[int] = (),
    ) -> None:
        """Write a numbered table whose head repeats on every page."""
        self.tables += 1
        caption = self.paper.add_paragraph()
        caption.paragraph_format.keep_with_next = True
        caption.alignment = WD_ALIGN_PARAGRAPH.CENTER
        _run(caption, self.facts.say("table", n=self.tables, said=said), size=10, bold=True)
        grid = self.paper.add_table(rows=1 + len(rows), cols=len(heads))
        grid.style, grid.autofit = "Table Grid", False
        grid.alignment = WD_TABLE_ALIGNMENT.CENTER
        shares = [_WIDTH_CM * width / sum(widths) for width in widths]
        for column, share in zip(grid.columns, shares, strict=True):
            column.width = Cm(share)
        for at, (row, told) in enumerate(zip(grid.rows, [heads, *rows], strict=True)):
            _no_break(row, head=at == 0)
            for place, (cell, said_here) in enumerate(zip(row.cells, told, strict=True)):
                cell.width = Cm(shares[place])
                _cell(cell, said_here, head=at == 0, right=place in right)
        self.paper.add_paragraph().paragraph_format.space_after = Pt(2)

    def picture(self, said: str, made: bytes) -> None:
        """Put a picture with its number under it."""
        self.figures += 1
        line = self.paper.add_paragraph()
        line.alignment = WD_ALIGN_PARAGRAPH.CENTER
        line.paragraph_format.keep_with_next = True
        line.add_run().add_picture(io.BytesIO(made), width=Cm(_WIDTH_CM))
        caption = self.paper.add_paragraph()
        caption.alignment = WD_ALIGN_PARAGRAPH.CENTER
        _run(caption, self.facts.say("figure", n=self.figures, said=said), size=10, bold=True)

    def to_bytes(self) -> bytes:
        """Return the document as .docx; the same content gives the same bytes."""
        core, on = self.paper.core_properties, self.facts.context.state_on
        core.title, core.subject = self.facts.title, self.facts.provenance()[0][:200]
        core.author = core.last_modified_by = "亩图"
        core.comments = ""
        core.language = "en-US" if self.facts.lang == "en" else "zh-CN"
        core.created = core.modified = datetime.combine(on, time())
        letters = "".join(self.paper.element.itertext()) + "".join(self.facts.provenance())
        embed_font(self.paper, (SONG, HEI), subset_font(letters))
        told = io.BytesIO()
        self.paper.save(told)
        return steady(told.getvalue(), f"{on.isoformat()}T00:00:00Z")


def _run(
    paragraph: Any,
    said: str,
    *,
    size: float = 11,
    bold: bool = False,
    font: str = SONG,
    colour: RGBColor | None = None,
) -> None:
    run = paragraph.add_run(said)
    run.bold, run.italic, run.font.size, run.font.name = bold, False, Pt(size), LATIN
    run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)
    if colour is not None:
        run.font.color.rgb = colour


def _page_number(paragraph: Any) -> None:
    run = paragraph.add_run()
    run.font.size, run.font.color.rgb = Pt(8), _GREY
    for kind, said in (("begin", ""), ("", "PAGE"), ("end", "")):
        if kind:
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
        else:
            mark = OxmlElement("w:instrText")
            mark.text = said
        run._element.append(mark)


def _no_break(row: Any, *, head: bool) -> None:
    """Keep a row on one page; a head row comes again on the next."""
    properties = row._tr.get_or_add_trPr()
    properties.append(OxmlElement("w:cantSplit"))
    if head:
        properties.append(OxmlElement("w:tblHeader"))


def _cell(cell: Any, said: str, *, head: bool, right: bool) -> None:
    line = cell.paragraphs[0]
    line.paragraph_format.space_after = Pt(0)
    if right:
        line.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    _run(line, said, size=9, bold=head)
    if head:
        shade = OxmlElement("w:shd")
        for attribute, value in (("val", "clear"), ("color", "auto"), ("fill", _SHADE)):
            shade.set(qn(f"w:{attribute}"), value)
        cell._element.get_or_add_tcPr().append(shade)
