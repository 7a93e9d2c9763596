"""A workbook under way: its looks, and the lines that every printed page carries."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime, time
from typing import Any

import xlsxwriter

from reports.packet.facts import PacketFacts

_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_LOOKS: dict[str, dict[str, Any]] = {
    "head": {"bold": True, "text_wrap": True, "valign": "vcenter", "bg_color": "#EDE6DC",
             "bottom": 1},
    "text": {"num_format": "@", "valign": "top"},
    "wrap": {"num_format": "@", "valign": "top", "text_wrap": True},
    "mu": {"num_format": "#,##0.00"},
    "m2": {"num_format": "#,##0.00"},
    "int": {"num_format": "#,##0"},
    "number": {"num_format": "#,##0.0"},
    "year": {"num_format": "0"},
    "pct": {"num_format": "0.0%"},
    "date": {"num_format": "yyyy-mm-dd", "align": "center"},
    "total": {"num_format": "#,##0.00", "bold": True, "top": 1},
    "total_int": {"num_format": "#,##0", "bold": True, "top": 1},
    "total_text": {"bold": True, "top": 1},
    "title": {"bold": True, "font_size": 14},
    "badge": {"bold": True, "font_color": "#B3261E"},
}  # fmt: skip
_MOST_HEAD = 235
"""Letters that the head of a printed page holds; a longer counting rule goes on at its foot."""


class Book:
    """The workbook under way.

    Parameters
    ----------
    facts : PacketFacts
        The figures; each cell's formula is written with the value they have.
    """

    def __init__(self, facts: PacketFacts) -> None:
        self.facts = facts
        self._told = io.BytesIO()
        self._book: Any = xlsxwriter.Workbook(self._told, _OPTIONS)
        self.looks = {name: self._book.add_format(look) for name, look in _LOOKS.items()}
        on = datetime.combine(facts.context.state_on, time())
        self._book.set_properties(
            {"title": facts.title, "subject": facts.provenance()[0][:200], "author": "亩图",
             "created": on}
        )  # fmt: skip
        self._book.set_calc_mode("auto")

    def page(self, key: str, heads: Sequence[str], widths: Sequence[float]) -> Any:
        """Add a sheet with its headings and the lines that every printed page carries."""
        page = self._book.add_worksheet(self.facts.say(key))
        for place, (head, width) in enumerate(zip(heads, widths, strict=True)):
            page.set_column(place, place, width)
            page.write_string(0, place, head, self.looks["head"])
        self.printed(page)
        page.freeze_panes(1, 0)
        page.repeat_rows(0)
        return page

    def printed(self, page: Any) -> None:
        """Set paper and the foot of a sheet."""
        first, rule = map(_plain, self.facts.provenance())
        page.set_header(f"&L&8 {rule[:_MOST_HEAD]}")
        rest = f" · {rule[_MOST_HEAD:]}" if len(rule) > _MOST_HEAD else ""
        page.set_footer(f"&L&8 {first}{rest}"[:_MOST_HEAD] + "&R&8 &P/&N")
        page.set_landscape()
        page.set_paper(9)
        page.fit_to_pages(1, 0)

    def sheet(self, key: str) -> Any:
        """Add an empty sheet."""
        page = self._book.add_worksheet(self.facts.say(key))
        self.printed(page)
        return page

    def to_bytes(self) -> bytes:
        """Return the workbook as .xlsx."""
        self._book.close()
        return self._told.getvalue()


def _plain(said: str) -> str:
    return said.replace("&", "＆")
