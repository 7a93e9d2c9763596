"""A deck of slides: title, room for the content, and the lines that every page carries."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from datetime import datetime, time
from typing import Any

from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.shapes import MSO_SHAPE
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.opc.constants import RELATIONSHIP_TYPE
from pptx.util import Emu, Inches, Pt

from reports.packet.facts import PacketFacts
from reports.packet.steady import steady

FONT = "微软雅黑"
"""On every office computer with Chinese Windows; other computers put their own in its place."""

INK, QUIET, ACCENT, PALE, WARN, PAPER = (
    RGBColor.from_string(code)
    for code in ("2B2622", "6B6460", "9C3A4C", "E7CDBF", "B3261E", "EDE6DC")
)
WIDE, HIGH = Inches(13.333), Inches(7.5)
LEFT, TOP = Inches(0.6), Inches(1.35)
ROOM_WIDE, ROOM_HIGH = Inches(12.13), Inches(5.15)
"""Where the content of a slide goes."""

_ONE_LINE = 54
"""Width of a title that fits one line in full size."""

Box = tuple[int, int, int, int]
"""Left, top, width, height in EMU."""

ROOM: Box = (LEFT, TOP, ROOM_WIDE, ROOM_HIGH)


class Deck:
    """Slides of one packet.

    Parameters
    ----------
    facts : PacketFacts
        Its provenance is written on every slide.
    """

    def __init__(self, facts: PacketFacts) -> None:
        self.facts = facts
        self.show = Presentation()
        self.show.slide_width, self.show.slide_height = WIDE, HIGH
        self._layout = self.show.slide_layouts.get_by_name("Title Only")
        self._dress()

    def _dress(self) -> None:
        """Give the theme a Chinese font and the layout's title its place on a wide slide."""
        master = self.show.slide_masters[0]
        theme = master.part.part_related_by(RELATIONSHIP_TYPE.THEME)
        told = theme.blob.decode("utf-8")
        told = re.sub(r'<a:(latin|ea) typeface="[^"]*"', rf'<a:\1 typeface="{FONT}"', told)
        theme._blob = told.encode("utf-8")
        title = self._layout.placeholders[0]
        title.left, title.top, title.width, title.height = LEFT, Inches(0.4), ROOM_WIDE, Inches(0.8)
        for shape in list(self._layout.placeholders)[1:]:
            shape._element.getparent().remove(shape._element)

    def slide(self, title: str) -> Any:
        """Add a slide whose title is its finding."""
        page = self.show.slides.add_slide(self._layout)
        frame = page.shapes.title.text_frame
        frame.word_wrap, frame.vertical_anchor = True, MSO_ANCHOR.MIDDLE
        size = 26 if _width(title) <= _ONE_LINE else 20
        write(frame.paragraphs[0], title, size=size, bold=True, align=PP_ALIGN.LEFT)
        self._foot(page)
        return page

    def _foot(self, page: Any) -> None:
        box = page.shapes.add_textbox(LEFT, Inches(6.62), ROOM_WIDE - Inches(0.9), Inches(0.7))
        frame = box.text_frame
        frame.word_wrap = True
        first, rule = self.facts.provenance()
        write(frame.paragraphs[0], first, size=10, colour=QUIET)
        write(frame.add_paragraph(), rule, size=8, colour=QUIET)
        number = page.shapes.add_textbox(WIDE - Inches(1.4), Inches(6.62), Inches(0.8), Inches(0.4))
        said = self.facts.say("page", n=len(self.show.slides))
        write(number.text_frame.paragraphs[0], said, size=10, colour=QUIET, align=PP_ALIGN.RIGHT)
        if self.facts.context.is_sample:
            badge(page, self.facts.say("sample"), WIDE - Inches(2.2), Inches(0.12))

    def to_bytes(self) -> bytes:
        """Return the deck as .pptx; the same slides give the same bytes."""
        core, context = self.show.core_properties, self.facts.context
        core.title, core.subject = self.facts.title, self.facts.provenance()[0][:200]
        core.author = core.last_modified_by = "亩图"
        core.created = core.modified = datetime.combine(context.state_on, time())
        core.keywords = core.comments = ""
        core.language = "en-US" if self.facts.lang == "en" else "zh-CN"
        told = io.BytesIO()
        self.show.save(told)
        return steady(told.getvalue(), f"{context.state_on.isoformat()}T00:00:00Z")


def _width(said: str) -> int:
    """Return how wide a text is, counting a Chinese letter as two."""
    return sum(1 if letter.isascii() else 2 for letter in said)


def write(
    paragraph: Any,
    text: str,
    *,
    size: float = 14,
    bold: bool = False,
    colour: RGBColor = INK,
    align: Any = PP_ALIGN.LEFT,
) -> None:
    """Write a text into a paragraph; its font is the theme's."""
    run = paragraph.add_run()
    run.text = text
    run.font.size, run.font.bold = Pt(size), bold
    run.font.color.rgb = colour
    paragraph.alignment = align


def badge(page: Any, text: str, left: int, top: int) -> None:
    """Put a small red mark on a slide."""
    mark = page.shapes.add_shape(MSO_SHAPE.ROUNDED_RECTANGLE, left, top, Inches(1.8), Inches(0.3))
    mark.fill.solid()
    mark.fill.fore_color.rgb = WARN
    mark.line.fill.background()
    mark.shadow.inherit = False
    frame = mark.text_frame
    frame.margin_top = frame.margin_bottom = 0
    frame.vertical_anchor = MSO_ANCHOR.MIDDLE
    white = RGBColor.from_string("FFFFFF")
    write(frame.paragraphs[0], text, size=11, bold=True, colour=white, align=PP_ALIGN.CENTER)


def lines(page: Any, told: Sequence[str], box: Box, *, size: float = 14) -> None:
    """Write lines of text into a box."""
    frame = page.shapes.add_textbox(*box).text_frame
    frame.word_wrap = True
    for at, said in enumerate(told):
        paragraph = frame.paragraphs[0] if at == 0 else frame.add_paragraph()
        paragraph.space_after = Pt(4)
        write(paragraph, said, size=size)


def table(
    page: Any,
    heads: Sequence[str],
    rows: Sequence[Sequence[str]],
    box: Box,
    *,
    widths: Sequence[float],
    right: Sequence[int] = (),
    size: float = 12,
) -> None:
    """Put a table on a slide.

    Parameters
    ----------
    widths : sequence of float
        Shares of the columns in the width of the box.
    right : sequence of int
        Columns of numbers, set flush right.
    """
    left, top, wide, _ = box
    row_high = Pt(size * 2.05)
    made = page.shapes.add_table(len(rows) + 1, len(heads), left, top, wide, row_high)
    grid = made.table
    grid.horz_banding = False
    for column, share in zip(grid.columns, widths, strict=True):
        column.width = Emu(int(wide * share / sum(widths)))
    for at, told in enumerate([heads, *rows]):
        grid.rows[at].height = row_high
        for place, said in enumerate(told):
            _cell(grid.cell(at, place), said, head=at == 0, right=place in right, size=size)


def _cell(cell: Any, said: str, *, head: bool, right: bool, size: float) -> None:
    cell.fill.solid()
    cell.fill.fore_color.rgb = PAPER if head else RGBColor.from_string("FFFFFF")
    cell.margin_top = cell.margin_bottom = Pt(1)
    cell.margin_left = cell.margin_right = Pt(4)
    cell.vertical_anchor = MSO_ANCHOR.MIDDLE
    align = PP_ALIGN.RIGHT if right else PP_ALIGN.LEFT
    write(cell.text_frame.paragraphs[0], said, size=size, bold=head, align=align)
