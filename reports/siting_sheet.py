"""One project on one page (Word), to be read out in the meeting: its sites, why, what is open."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import datetime, time
from typing import Any

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Cm, Pt

from analysis.siting import LOSSES
from data.siting_criteria import SitingCriteria
from reports.context import ExportContext
from reports.packet.steady import steady
from reports.sheet import HEI, LATIN, SONG
from reports.siting_list import verdict_said

_WIDTHS = (1.0, 4.2, 1.7, 2.6, 1.6, 1.6, 2.0, 4.3)
SHOWN = 5
"""So many sites of the ranking are read out."""

_WORDS: Mapping[str, tuple[str, str]] = {
    "title": ("项目选址意见", "Sites for a project"),
    "sample": ("模拟数据", "simulated data"),
    "ranked": ("可选场地（前五位）", "Sites to choose from (first five)"),
    "none": ("没有可选的场地", "There is no site to choose from"),
    "vetoed": ("被否决", "Vetoed"),
    "unchecked": ("未核，不算通过", "Not checked, which is no pass"),
    "conditional": ("附条件通过", "Passes on a condition"),
    "decision": ("选址决定", "Decision"),
    "best": ("得分主要来自", "Mostly from"),
    "lost": ("输给首位", "Lost on"),
    "sites": ("{n} 处场地", "{n} sites"),
    "every": ("所有场地", "every site"),
}
_HEADS = (
    ("名次", "Rank"), ("场地", "Site"), ("亩", "mu"), ("得分（区间）", "Score (range)"),
    ("居首", "First"), ("名次范围", "Ranks"), ("可供地", "Free from"),
    ("长处与短处", "For and against"),
)  # fmt: skip


def siting_sheet(
    record: Mapping[str, Any],
    *,
    head: str,
    sites: Mapping[str, tuple[str, float]],
    criteria: SitingCriteria,
    context: ExportContext,
    told: Sequence[tuple[str, str]],
    decision: str = "",
) -> bytes:
    """Return the page of a project as the bytes of a .docx; the same facts give the same bytes.

    Parameters
    ----------
    record : mapping
        As ``reports.siting_list.ranking_record``, with ``vetoed``, ``conditional``, ``unchecked``.
    head : str
        Number, name, cluster and land of the project.
    sites : mapping
        Site → its name and its 亩.
    criteria : SitingCriteria
        Names of the criteria.
    context : ExportContext
        What the page says of itself.
    told : sequence of (str, str)
        Further lines of provenance, as `reports.tables.about_rows` gives.
    decision : str
        The decision on record, empty without one.
    """
    lang = context.lang
    paper = _paper(context)
    title = _say("title", lang) + (f"　【{_say('sample', lang)}】" if context.is_sample else "")
    _line(paper, title, size=16, bold=True, centred=True)
    _line(paper, head, size=12, bold=True, centred=True)
    _line(paper, verdict_said(record, criteria, lang), size=11, bold=True)
    if decision:
        _line(paper, f"{_say('decision', lang)}：{decision}", size=11, bold=True)
    _line(paper, _say("ranked" if record["ranking"] else "none", lang), size=11, bold=True)
    if record["ranking"]:
        _ranked(paper, record["ranking"][:SHOWN], sites, criteria, lang)
    shown = {row["site_id"] for row in record["ranking"][:SHOWN]}
    for said in _reserves(record, shown, sites, lang):
        _line(paper, said)
    foot = "；".join(f"{name}：{' '.join(value.split())}" for name, value in told if value)
    _line(paper, foot, size=7.5)
    made = io.BytesIO()
    paper.save(made)
    return steady(made.getvalue(), f"{context.state_on.isoformat()}T00:00:00Z")


def _say(key: str, lang: str, **params: Any) -> str:
    return _WORDS[key][lang == "en"].format(**params)


def _paper(context: ExportContext) -> Any:
    paper = Document()
    section = paper.sections[0]
    section.page_width, section.page_height = Cm(21.0), Cm(29.7)
    section.left_margin = section.right_margin = Cm(1.0)
    section.top_margin = section.bottom_margin = Cm(1.3)
    style = paper.styles["Normal"]
    style.font.name, style.font.size = LATIN, Pt(9.5)
    style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), SONG)
    properties = paper.core_properties
    properties.author = properties.last_modified_by = "亩图"
    properties.title, properties.comments = _say("title", context.lang), ""
    on = datetime.combine(context.state_on, time())
    properties.created = properties.modified = on
    return paper


def _line(
    paper: Any, text: str, *, size: float = 9.5, bold: bool = False, centred: bool = False
) -> None:
    _run(paper.add_paragraph(), text, size=size, bold=bold, centred=centred)


def _run(
    place: Any, text: str, *, size: float = 9.0, bold: bool = False, centred: bool = False
) -> None:
    place.paragraph_format.space_after = Pt(2)
    if centred:
        place.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run = place.add_run(text)
    run.bold, run.font.size, run.font.name = bold, Pt(size), LATIN
    fonts = run._element.get_or_add_rPr().get_or_add_rFonts()
    fonts.set(qn("w:eastAsia"), HEI if bold else SONG)


def _ranked(
    paper: Any,
    rows: Sequence[Mapping[str, Any]],
    sites: Mapping[str, tuple[str, float]],
    criteria: SitingCriteria,
    lang: str,
) -> None:
    label = {one.key: one.label(lang) for one in criteria.criteria}
    table = paper.add_table(rows=1 + len(rows), cols=len(_HEADS))
    table.style, table.autofit = "Table Grid", False
    lines = [[head[lang == "en"] for head in _HEADS]]
    for row in rows:
        name, area = sites[row["site_id"]]
        lines.append([
            f"{row['rank'] or '—'}", f"{name}\n{row['site_id']}", f"{area:,.1f}", _score(row),
            _share(row["first_share"]), f"{row['rank_low']}–{row['rank_high']}",
            (row["free_from"] or "—")[:7], _why(row, label, lang),
        ])  # fmt: skip
    for at, (line, told) in enumerate(zip(table.rows, lines, strict=True)):
        for cell, width, said in zip(line.cells, _WIDTHS, told, strict=True):
            cell.width = Cm(width)
            _run(cell.paragraphs[0], said, size=8.5, bold=at == 0)


def _score(row: Mapping[str, Any]) -> str:
    if row["score"] is None:
        return "—"
    return f"{row['score']:.1f}（{row['score_low']:.0f}–{row['score_high']:.0f}）"


def _share(value: float | None) -> str:
    return "—" if value is None else f"{100 * value:.0f}%"


def _why(row: Mapping[str, Any], label: Mapping[str, str], lang: str) -> str:
    parts = [(value, key) for key, value in row["contributions"].items() if value]
    best = sorted(parts, key=lambda pair: (-pair[0], pair[1]))[:LOSSES]
    comma = ", " if lang == "en" else "、"
    said = _say("best", lang) + "：" + comma.join(f"{label[k]} {v:.1f}" for v, k in best)
    if row["lost_on"]:
        lost = (f"{label[one['criterion']]} −{one['points']:.1f}" for one in row["lost_on"])
        said += "\n" + _say("lost", lang) + "：" + comma.join(lost)
    return said


def _reserves(
    record: Mapping[str, Any],
    shown: set[str],
    sites: Mapping[str, tuple[str, float]],
    lang: str,
) -> list[str]:
    """Return conditions of the sites shown, what was not checked, and vetoes by their number."""
    comma = ", " if lang == "en" else "、"
    lines = [
        f"{_say('conditional', lang)}：{sites[row['site_id']][0]} · {row['label']}："
        f"{row['condition']}"
        for row in record["conditional"]
        if row["site_id"] in shown
    ]
    gaps: dict[str, set[Any]] = {}
    for row in record["unchecked"]:
        said = f"{row['label']}（{row['reason_text']}）"
        gaps.setdefault(said, set()).add(row["site_id"])
    told = [
        f"{said} {_say('every', lang) if None in ids else _say('sites', lang, n=len(ids))}"
        for said, ids in gaps.items()
    ]
    if told:
        lines.append(f"{_say('unchecked', lang)}：{comma.join(told)}")
    counts: dict[str, set[str]] = {}
    for row in record["vetoed"]:
        counts.setdefault(row["label"], set()).add(row["site_id"])
    if counts:
        told = [f"{name} {_say('sites', lang, n=len(ids))}" for name, ids in counts.items()]
        lines.append(f"{_say('vetoed', lang)}：{comma.join(told)}")
    return lines
