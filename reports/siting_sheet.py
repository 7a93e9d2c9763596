"""One project on one page (Word), to be read out in the meeting: its sites, why, what is open."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from docx.shared import Cm

from analysis.siting import LOSSES
from data.siting_criteria import SitingCriteria
from reports.context import ExportContext
from reports.packet.steady import steady
from reports.siting_paper import GREY, RED, grid, line, paper, write
from reports.siting_said import Place, layer_words, unchecked_of, veto_groups

SHOWN = 5
"""So many sites of the ranking are read out."""

_MAP_CM = 7.4
_FACTS = (3.0, 7.4, 7.6)
_ALL_FACTS = (3.0, 6.0, 3.0, 6.0)
_RANKED = (1.1, 3.75, 1.2, 1.75, 1.6, 1.7, 6.9)
_VETOED = (2.8, 1.4, 7.8, 6.0)
_MARK = 1.5
_LEAST_LOSS = 0.05
"""What is lost is told from the points that are not written as 0.0."""
_NUMBER = re.compile(r"((?:[A-Z]-)?\d{3,}[A-Z]{2}\d{5})")

_WORDS: Mapping[str, tuple[str, str]] = {
    "title": ("项目选址意见", "Sites for a project"),
    "sample": ("模拟数据", "simulated data"),
    "ranked": ("可选场地前 {n} 位（共 {all} 处可选）", "Best {n} of {all} sites to choose from"),
    "gaps": ("未核，不算通过：{told}", "Not checked, which is no pass: {told}"),
    "gap": ("{veto} {n} 处（{reason}）", "{veto}: {n} sites ({reason})"),
    "every_gap": ("{veto}，所有场地（{reason}）", "{veto}: every site ({reason})"),
    "largest": (
        "项目至少要 {need} 亩，未被否决的最大一处 {largest} 亩",
        "The project needs {need} mu; the largest site that is not vetoed has {largest} mu",
    ),
    "vetoed": (
        "被否决 {n} 处（一处场地可有几项原因）；小于所需用地 {small} 处",
        "Vetoed: {n} sites (one may have several reasons); too small: {small}",
    ),
    "unchecked": ("未核的否决项，不算通过", "Vetoes not checked, which is no pass"),
    "all_checked": ("以上场地的否决项都已核对。", "Every veto of the sites above was checked."),
    "open": ("未核", "open"),
    "checked": ("已核", "checked"),
    "conditional": ("附条件通过（{where}）：{said}", "Passes on a condition ({where}): {said}"),
    "condition": ("{veto}：{condition}", "{veto}: {condition}"),
    "decision": ("选址决定", "Decision"),
    "best": ("长处", "For"),
    "lost": ("短处", "Against"),
    "missing": ("缺数据", "No data"),
    "lacking": ("以上场地都缺数据：{names}", "No data for any of these sites: {names}"),
    "known": ("按已知 {share} 的权重折算", "by the {share} of weight that is known"),
    "month": ("时间未知", "month not known"),
    "place": ("第 {ranks} 位", "rank {ranks}"),
    "softer": ("{veto}（附条件项）", "{veto} (a condition)"),
    "in": ("（{name}）", " ({name})"),
    "own": ("场地自身", "the site itself"),
    "map": ("前三位场地位置（内部工作用图）", "The first three sites (internal working map)"),
}
_HEADS = (
    ("名次", "Rank"), ("场地", "Site"), ("亩", "mu"), ("得分（区间）", "Score (range)"),
    ("居首／名次", "First / ranks"), ("可供地", "Free from"), ("长处与短处", "For and against"),
)  # fmt: skip
_VETO_HEADS = (
    ("否决项", "Veto"), ("场地数", "Sites"), ("条款", "Clause"), ("图层、版本与日期", "Layer"),
)  # fmt: skip
_OPEN_HEADS = (("否决项", "Veto"), ("未核原因", "Why not"))


@dataclass(frozen=True)
class SheetWords:
    """What the page says of project and layers, in the language of the page.

    Attributes
    ----------
    head : str
        Number, name, cluster and land of the project.
    verdict : str
        How sure the first site is.
    facts : sequence of (str, str)
        As `reports.siting_said.project_facts`.
    layers : mapping
        What layers are called.
    decision : str
        The decision on record, empty without one.
    """

    head: str
    verdict: str
    facts: Sequence[tuple[str, str]] = ()
    layers: Mapping[str, str] = field(default_factory=dict)
    decision: str = ""


def siting_sheet(
    record: Mapping[str, Any],
    *,
    words: SheetWords,
    sites: Mapping[str, Place],
    criteria: SitingCriteria,
    context: ExportContext,
    told: Sequence[tuple[str, str]],
    picture: bytes | None = None,
) -> bytes:
    """Return the page of a project as the bytes of a .docx; the same facts give the same bytes.

    Parameters
    ----------
    record : mapping
        As ``reports.siting_list.ranking_record``, with ``vetoed``, ``conditional``, ``unchecked``.
    words : SheetWords
        What is said of the project.
    sites : mapping
        Site → how it is named.
    criteria : SitingCriteria
        Names of the criteria.
    context : ExportContext
        What the page says of itself.
    told : sequence of (str, str)
        Lines of provenance.
    picture : bytes, optional
        Where the first sites lie, a PNG.
    """
    lang, shown = context.lang, record["ranking"][:SHOWN]
    stop, colon = ("; ", ": ") if lang == "en" else ("；", "：")
    page = paper(_say("title", lang), context.state_on)
    mark = f"　【{_say('sample', lang)}】" if context.is_sample else ""
    line(page, _say("title", lang) + mark, size=16, bold=True, centred=True)
    line(page, words.head, size=12, bold=True, centred=True)
    _said(page, words.verdict[:1].upper() + words.verdict[1:], size=12, bold=True)
    if words.decision:
        _said(page, f"{_say('decision', lang)}{colon}{words.decision}", size=10.5, bold=True)
    _facts(page, words.facts, picture, lang)
    if shown:
        label = {one.key: one.label(lang) for one in criteria.criteria}
        _band(page, _say("ranked", lang, n=len(shown), all=len(record["ranking"])))
        _ranked(page, shown, sites, label, lang)
        _conditions(page, record["conditional"], shown, lang)
        _unchecked(page, record, shown, words, lang)
    else:
        _nothing(page, record, lang)
    _vetoed(page, record, words, lang)
    foot = stop.join(f"{name}{colon}{' '.join(value.split())}" for name, value in told if value)
    line(page, foot, size=7.5, colour=GREY, before=4)
    made = io.BytesIO()
    page.save(made)
    return steady(made.getvalue(), f"{context.state_on.isoformat()}T00:00:00Z")


def _say(key: str, lang: str, **params: Any) -> str:
    return _WORDS[key][lang == "en"].format(**params)


def _band(page: Any, text: str) -> None:
    line(page, text, size=10.5, bold=True, before=5)


def _said(page: Any, text: str, *, size: float, bold: bool) -> None:
    """Write a sentence, the numbers of sites in it small."""
    paragraph = page.add_paragraph()
    for part in _NUMBER.split(text):
        number = _NUMBER.fullmatch(part) is not None
        write(
            paragraph, part, size=8 if number else size, bold=bold and not number,
            colour=GREY if number else "",
        )  # fmt: skip


def _facts(page: Any, facts: Sequence[tuple[str, str]], picture: bytes | None, lang: str) -> None:
    """Draw the facts of the project, and the map beside them."""
    if not facts:
        return
    if picture is None:
        facts = [*facts, ("", "")] if len(facts) % 2 else facts
        halves = zip(facts[::2], facts[1::2], strict=True)
        grid(page, [[*one, *other] for one, other in halves], _ALL_FACTS, labels=(0, 2))
        return
    table = grid(page, [[*fact, ""] for fact in facts], _FACTS, labels=(0,))
    place = table.cell(0, 2).merge(table.cell(len(facts) - 1, 2))
    for paragraph in place.paragraphs[1:]:
        paragraph._element.getparent().remove(paragraph._element)
    place.paragraphs[0].add_run().add_picture(io.BytesIO(picture), width=Cm(_MAP_CM - 0.2))
    write(place.add_paragraph(), _say("map", lang), size=7.5, colour=GREY, centred=True)


def _ranked(
    page: Any,
    rows: Sequence[Mapping[str, Any]],
    sites: Mapping[str, Place],
    label: Mapping[str, str],
    lang: str,
) -> None:
    lines = [[head[lang == "en"] for head in _HEADS]]
    lacking = [key for key in rows[0]["missing"] if all(key in row["missing"] for row in rows)]
    lacking = lacking if len(rows) > 1 else []
    for row in rows:
        lines.append([
            f"{row['rank'] or '—'}", "", f"{sites[row['site_id']].mu:,.1f}", _score(row),
            f"{_share(row['first_share'])}\n{_ranks(row)}",
            row["free_from"][:7] if row["free_from"] else _say("month", lang),
            _why(row, label, lacking, lang),
        ])  # fmt: skip
    table = grid(page, lines, _RANKED, heads=True)
    for at, row in enumerate(rows, start=1):
        cell = table.cell(at, 1)
        write(cell.paragraphs[0], sites[row["site_id"]].name, size=9, bold=True)
        write(cell.add_paragraph(), row["site_id"], size=7, colour=GREY)
    if lacking:
        names = (", " if lang == "en" else "、").join(label[key] for key in lacking)
        line(page, _say("lacking", lang, names=names), size=9)


def _score(row: Mapping[str, Any]) -> str:
    if row["score"] is None:
        return "—"
    return f"{row['score']:.1f}\n({row['score_low']:.0f}–{row['score_high']:.0f})"


def _share(value: float | None) -> str:
    return "—" if value is None else f"{100 * value:.0f}%"


def _ranks(row: Mapping[str, Any]) -> str:
    low, high = row["rank_low"], row["rank_high"]
    return "—" if low is None else f"{low}" if low == high else f"{low}–{high}"


def _why(
    row: Mapping[str, Any], label: Mapping[str, str], lacking: Sequence[str], lang: str
) -> str:
    """Say what speaks for a site and against it, and which data it alone lacks."""
    comma, colon = (", ", ": ") if lang == "en" else ("、", "：")
    parts = [(value, key) for key, value in row["contributions"].items() if value]
    best = sorted(parts, key=lambda pair: (-pair[0], pair[1]))[:LOSSES]
    told = [_say("best", lang) + colon + comma.join(f"{label[k]} {v:.1f}" for v, k in best)]
    lost = [
        f"{label[one['criterion']]} −{one['points']:.1f}"
        for one in row["lost_on"]
        if one["points"] >= _LEAST_LOSS
    ]
    if lost:
        told.append(_say("lost", lang) + colon + comma.join(lost))
    names = comma.join(label[key] for key in row["missing"] if key not in lacking)
    gaps = [_say("missing", lang) + colon + names] if names else []
    if row["missing"] and row.get("known_share") is not None:
        gaps.append(_say("known", lang, share=_share(row["known_share"])))
    return "\n".join([*told, *([("; " if lang == "en" else "；").join(gaps)] if gaps else [])])


def _conditions(
    page: Any, rows: Sequence[Mapping[str, Any]], shown: Sequence[Mapping[str, Any]], lang: str
) -> None:
    """Say on what conditions which of the sites shown pass."""
    comma = ", " if lang == "en" else "、"
    ranks = {row["site_id"]: str(row["rank"] or "—") for row in shown}
    found: dict[str, list[str]] = {}
    for row in rows:
        if row["site_id"] in ranks:
            said = _say("condition", lang, veto=row["label"], condition=row["condition"])
            found.setdefault(said, []).append(ranks[row["site_id"]])
    for said, held in found.items():
        where = _say("place", lang, ranks=comma.join(dict.fromkeys(held)))
        line(page, _say("conditional", lang, where=where, said=said))


def _unchecked(
    page: Any,
    record: Mapping[str, Any],
    shown: Sequence[Mapping[str, Any]],
    words: SheetWords,
    lang: str,
) -> None:
    """Say of each site shown which vetoes nobody checked."""
    ids = [row["site_id"] for row in shown]
    found = unchecked_of(record, ids)
    _band(page, _say("unchecked", lang))
    if not found:
        line(page, _say("all_checked", lang))
        return
    heads = [head[lang == "en"] for head in _OPEN_HEADS]
    heads += [_say("place", lang, ranks=row["rank"] or "—") for row in shown]
    lines = [heads]
    for one in found:
        name = words.layers.get(one["layer"], "")
        reason = one["reason_text"] + (_say("in", lang, name=name) if name else "")
        marks = [_say("open" if site in one["sites"] else "checked", lang) for site in ids]
        name = one["label"] if one["bars"] else _say("softer", lang, veto=one["label"])
        lines.append([name, reason, *marks])
    left = 18.0 - 3.7 - _MARK * len(ids)
    table = grid(page, lines, (3.7, left, *[_MARK] * len(ids)), heads=True)
    for at, one in enumerate(found, start=1):
        for column, site in enumerate(ids, start=2):
            if site in one["sites"] and one["bars"]:
                for run in table.cell(at, column).paragraphs[0].runs:
                    run.bold, run.font.color.rgb = True, RED


def _nothing(page: Any, record: Mapping[str, Any], lang: str) -> None:
    """Say how far the largest site falls short, and what was not checked, by numbers of sites."""
    need, largest = record.get("need_mu"), record.get("largest_mu")
    if need is not None and largest is not None and largest < need:
        line(page, _say("largest", lang, need=f"{need:,g}", largest=f"{largest:,.1f}"), before=4)
    found: dict[tuple[str, str], set[Any]] = {}
    for row in record["unchecked"]:
        found.setdefault((row["label"], row["reason_text"]), set()).add(row["site_id"])
    told = [
        _say("every_gap" if None in ids else "gap", lang, veto=veto, reason=why, n=f"{len(ids):,}")
        for (veto, why), ids in found.items()
    ]
    if told:
        line(page, _say("gaps", lang, told=(", " if lang == "en" else "、").join(told)))


def _vetoed(page: Any, record: Mapping[str, Any], words: SheetWords, lang: str) -> None:
    """Draw the vetoes that bar sites, with clause and layer."""
    found = veto_groups(record)
    if not found:
        return
    sites = len({row["site_id"] for row in record["vetoed"]})
    _band(page, _say("vetoed", lang, n=sites, small=len(record.get("too_small", ()))))
    lines = [[head[lang == "en"] for head in _VETO_HEADS]]
    for one in found:
        layer = layer_words(one, words.layers, own=_say("own", lang), lang=lang)
        lines.append([one["label"], f"{one['sites']:,}", one["clause"], layer])
    grid(page, lines, _VETOED, heads=True)
