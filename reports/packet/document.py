"""The document of a meeting: the year in sentences, tables and the map, on A4."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime, time
from typing import Any

import pandas as pd
from docx import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from reports.packet.facts import PacketFacts
from reports.packet.findings import (
    funnel_finding,
    late_finding,
    map_finding,
    notes,
    split_finding,
    summary_text,
    towns_finding,
    years_finding,
)
from reports.packet.steady import steady
from reports.packet.words import day, label, mu, name, text

LATIN, SONG, HEI = "Times New Roman", "宋体", "黑体"
"""Fonts every office computer with Chinese Windows has; others replace them by their own."""

_WIDTH_CM = 17.4
_GREY, _SHADE = RGBColor.from_string("5A534D"), "EDE6DC"
_MOST_ROWS = {"biweekly": 20, "monthly": 30, "quarterly": 40, "annual": 100_000}


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


def document(facts: PacketFacts, *, county_map: bytes) -> bytes:
    """Return the document of a packet as .docx.

    Parameters
    ----------
    facts : PacketFacts
        The figures.
    county_map : bytes
        PNG of the map.
    """
    report = Report(facts)
    report.title(facts.title)
    report.heading(facts.say("figures"))
    report.paragraph(summary_text(facts))
    _year(report)
    _changed(report)
    if facts.kind != "biweekly":
        _towns(report)
        _split(report)
        _stages(report)
    _late(report)
    report.heading(map_finding(facts))
    report.picture(facts.say("map_title", county=facts.context.county), county_map)
    if facts.kind == "annual":
        report.heading(facts.say("evidence"))
        _credited(report, facts.say("evidence"), facts.credited)
    report.heading(facts.say("notes"))
    for said in (facts.context.credit_rule, *notes(facts)):
        report.bullet(said)
    return report.to_bytes()


def _year(report: Report) -> None:
    facts, monthly = report.facts, report.facts.now.monthly
    rows = [
        [facts.say("month_name", n=int(n)), mu(line), mu(plan), mu(done)]
        for n, line, plan, done in zip(
            monthly["month"],
            monthly["target_line_m2"],
            monthly["plan_m2"],
            monthly["credited_m2"],
            strict=True,
        )
    ]
    heads = [facts.say(k) for k in ("month", "pace_mu", "plan_mu", "cumulative")]
    said = facts.say("line", year=facts.now.year)
    report.table(said, heads, rows, widths=(1, 1, 1, 1), right=(1, 2, 3))
    if facts.year_before_m2 is not None:
        report.paragraph(years_finding(facts) + ("." if facts.lang == "en" else "。"))


def _changed(report: Report) -> None:
    facts, fresh = report.facts, report.facts.fresh
    since = facts.since.isoformat()
    if fresh.empty:
        report.heading(facts.say("changed_none", since=since))
    else:
        total = mu(float(fresh["credited_m2"].sum()))
        said = facts.say(
            "changed_found", since=since, n=f"{fresh['parcel_id'].nunique():,}", mu=total
        )
        report.heading(said)
        _credited(report, facts.say("evidence"), fresh)
    moved = [
        facts.say("moved_row", stage=label("stage", code, facts.lang), n=f"{int(n):,}", mu=mu(area))
        for code, n, area in facts.moved.itertuples(index=False)
    ]
    joint, stop = (": ", ".") if facts.lang == "en" else ("：", "。")
    told = "; ".join(moved) if facts.lang == "en" else "；".join(moved)
    said = facts.say("moved_title") + joint + told + stop
    report.paragraph(said if moved else facts.say("no_moves"))


def _credited(report: Report, said: str, table: pd.DataFrame) -> None:
    facts = report.facts
    most = _MOST_ROWS[facts.kind]
    keys = ("parcel", "town", "mode", "stage", "occurred_on", "credited_mu", "doc_no")
    rows = [
        [
            name(row.get("parcel_name") or row["parcel_id"], 20),
            text(row.get("town"), 12),
            label("renewal_mode", row.get("renewal_mode"), facts.lang),
            label("stage", row["stage"], facts.lang),
            day(row["occurred_on"]),
            mu(row["credited_m2"], 2),
            text(row.get("doc_no"), 24),
        ]
        for row in table.head(most).to_dict("records")
    ]
    widths = (3.9, 1.9, 2.5, 1.1, 1.9, 1.5, 3.4)
    report.table(said, [facts.say(k) for k in keys], rows, widths=widths, right=(5,))
    if len(table) > most:
        report.paragraph(facts.say("more_rows", n=f"{len(table) - most:,}"))


def _towns(report: Report) -> None:
    facts, by_town = report.facts, report.facts.now.by_town
    report.heading(towns_finding(facts))
    tasks = bool(by_town["task_mu"].notna().any())
    keys = ["town", *(("task",) if tasks else ()), "credited_mu", "parcels", "overdue"]
    rows = [
        [
            text(row["town"], 16) if row["town"] else facts.say("no_group"),
            *([text(row["task_mu"])] if tasks else []),
            mu(row["credited_m2"], 2),
            f"{int(row['credited_parcels']):,}",
            f"{int(row['overdue']):,}",
        ]
        for row in by_town.to_dict("records")
    ]
    right = tuple(range(1, len(keys)))
    widths = (2, *([1] * len(right)))
    heads = [facts.say(k) for k in keys]
    report.table(facts.say("towns_chart"), heads, rows, widths=widths, right=right)
    if not tasks:
        report.paragraph(facts.say("no_tasks"))


def _split(report: Report) -> None:
    facts = report.facts
    report.heading(split_finding(facts))
    sides = (
        ("by_class", "class", facts.now.by_class, "low_class"),
        ("by_mode", "mode", facts.now.by_mode, "renewal_mode"),
    )
    for said, head, groups, enum in sides:
        rows = [
            [label(enum, code, facts.lang), mu(area, 2), f"{int(n):,}"]
            for code, area, n in zip(
                groups[enum], groups["credited_m2"], groups["credited_parcels"], strict=True
            )
        ]
        heads = [facts.say(k) for k in (head, "credited_mu", "parcels")]
        report.table(facts.say(said), heads, rows, widths=(2, 1, 1), right=(1, 2))


def _stages(report: Report) -> None:
    facts, stages = report.facts, report.facts.now.funnel
    report.heading(funnel_finding(facts))
    rows = [
        [label("stage", code, facts.lang), f"{int(n):,}", mu(here, 2), mu(reached, 2)]
        for code, n, here, reached in zip(
            stages["stage"],
            stages["parcels"],
            stages["area_m2"],
            stages["reached_area_m2"],
            strict=True,
        )
    ]
    heads = [facts.say(k) for k in ("stage", "parcels", "here_mu", "reached_mu")]
    report.table(facts.say("funnel_chart"), heads, rows, widths=(2, 1, 1.4, 1.4), right=(1, 2, 3))


def _late(report: Report) -> None:
    facts, late = report.facts, report.facts.now.overdue
    report.heading(late_finding(facts))
    if late.empty:
        return
    most = _MOST_ROWS[facts.kind]
    keys = ("parcel", "town", "stage", "due_stage", "due_on", "late_days", "area_mu", "unit")
    rows = [
        [
            name(row.get("parcel_name") or parcel_id, 20),
            text(row.get("town"), 12),
            label("stage", row.get("stage"), facts.lang),
            label("stage", row.get("due_stage"), facts.lang),
            day(row.get("due_on")),
            f"{int(row['overdue_days']):,}",
            mu(row.get("geometry_area_m2"), 2),
            text(row.get("responsible_unit"), 16),
        ]
        for parcel_id, row in late.head(most).to_dict("index").items()
    ]
    widths = (3.9, 1.7, 1.4, 1.4, 1.9, 1.3, 1.5, 2.2)
    heads = [facts.say(k) for k in keys]
    report.table(facts.say("overdue_sheet"), heads, rows, widths=widths, right=(5, 6))
    if len(late) > most:
        report.paragraph(facts.say("more_rows", n=f"{len(late) - most:,}"))
