"""What stands on the sheet of one parcel (一地一档): each line as text, cut to fit one page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from analysis.requirements import requirements
from analysis.review import reviewed
from analysis.screening import screen
from analysis.screening_flips import Flip, what_would_change
from analysis.stages import standing_events
from analysis.verdict import Verdict, lay_open, rule_name
from data import schema
from data.asof import OFFICE_ZONE, AsOf
from data.far_minimum import read_far_minimum
from data.rules import Rules
from data.screening_rules import ScreeningRules
from gis.area import to_mu
from reports.cells import clean_text
from reports.context import ExportContext
from reports.location_map import Surroundings
from reports.words import word

UNKNOWN = "—"
MOST_FLIPS, MOST_REVIEWS = 12, 2
_FLIPS_LEAST, _FLIPS_MOST, _USUAL = 170, 560, 420
"""Letters for what would change a verdict: all of them unless the lines around it run long."""
_LONG, _NAME, _SHORT, _PLACE = 130, 66, 44, 22
"""The most letters of a line: with all of them full, the sheet still fits one page."""

WORDS: dict[str, tuple[str, str]] = {
    "title": ("一地一档", "Parcel sheet"),
    "internal": ("内部工作用图", "For internal work only"),
    "area": ("面积", "Area"),
    "gap": ("图形与登记相差", "Measured against registered"),
    "far": ("容积率", "Plot ratio"),
    "national": ("国家下限", "National minimum"),
    "unverified": ("{edition} 年版，未核实", "edition of {edition}, not verified"),
    "verified": ("{edition} 年版", "edition of {edition}"),
    "policy": ("政策线（仅限已批改造项目）", "Policy lines (approved renewal only)"),
    "verdict": ("低效认定", "Screening"),
    "class": ("判定类别", "Class by rule"),
    "recorded": ("台账类别", "Recorded class"),
    "why": ("判定依据", "Why"),
    "test": ("数值与界限", "Value and limit"),
    "clause": ("条款与出处", "Clause and source"),
    "inputs": ("所用数据", "Inputs"),
    "missing": ("缺少的信息", "Missing"),
    "idle": ("疑似闲置", "Suspected idle"),
    "left": ("还有 {n} 天满一年", "{n} days until a full year"),
    "gone": ("满一年已过 {n} 天", "{n} days past a full year"),
    "lead": ("仅为线索，由主管部门依法认定", "a lead only; the authority finds"),
    "flips": ("什么会改变判定", "What would change it"),
    "more_flips": ("…等 {n} 条", "… {n} in all"),
    "tag_S": ("文件载明", "stated in a document"),
    "tag_V": ("已核实", "verified"),
    "tag_C": ("本系统计算", "computed here"),
    "tag_G": ("工作定义", "working definition"),
    "tag_U": ("待核实", "to be verified"),
    "rule": ("规则 {id}", "rule {id}"),
    "none": ("单改一项数据不会改变", "no single figure would"),
    "review": ("复核", "Review"),
    "no_review": ("尚未复核", "Not reviewed"),
    "again": ("复核后有变化，需再复核", "changed since, review again"),
    "confirm": ("确认", "Confirmed"),
    "override": ("改定", "Overridden"),
    "withdraw": ("撤回", "Withdrawn"),
    "stages": ("改造阶段", "Stages"),
    "no_stage": ("尚未登记阶段", "No stage on record"),
    "screening_rules": ("筛查规则版本", "Screening rules"),
    "no_map": ("没有图形，无位置图", "No outline: no map"),
    "comma": ("、", ", "),
    "stop": ("；", "; "),
}

Lines = list[tuple[str, str]]


@dataclass(frozen=True)
class SheetSource:
    """What sheets are made of.

    Attributes
    ----------
    parcels : GeoDataFrame
        The county, EPSG:4490, indexed by ``parcel_id``.
    events, reviews : DataFrame
        As the register reads them.
    around : Surroundings
        Parcels and layers in EPSG:4549, for the location map.
    context : ExportContext
        County, dates, version, language.
    """

    parcels: gpd.GeoDataFrame
    events: pd.DataFrame
    reviews: pd.DataFrame
    around: Surroundings
    rules: Rules
    ruleset: ScreeningRules
    as_of: AsOf
    context: ExportContext

    @property
    def lang(self) -> str:
        """Language of the sheet."""
        return "en" if self.context.lang == "en" else "zh"


@dataclass(frozen=True)
class SheetFacts:
    """The lines of a sheet.

    Attributes
    ----------
    title, subtitle, mark : str
        Heading, what it is about, and the mark of synthetic data (empty otherwise).
    facts : list of (label, value)
        Identification, areas, plot ratio: two to a row.
    verdict : list of (label, value)
        One to a row.
    stages : list of (stage, day and document)
        Only those reached.
    foot : str
        Dates, version, rules.
    """

    title: str
    subtitle: str
    mark: str
    facts: Lines
    verdict: Lines
    stages: Lines
    foot: str


def say(key: str, lang: str, **params: Any) -> str:
    """Return a word of the sheet."""
    text = WORDS[key][1 if lang == "en" else 0]
    return text.format(**params) if params else text


def sheet_facts(source: SheetSource, parcel_id: str) -> SheetFacts:
    """Return the lines of a parcel's sheet.

    Raises
    ------
    KeyError
        If there is no such parcel.
    """
    lang, context = source.lang, source.context
    row = source.parcels.loc[[parcel_id]]
    parcel = row.iloc[0]
    name = _cut(parcel.get("parcel_name"), _SHORT)
    return SheetFacts(
        title=f"{context.county} {say('title', lang)}".strip(),
        subtitle=f"{name}  {_cut(parcel_id, _SHORT)}",
        mark=word("sample", lang) if context.is_sample else "",
        facts=_facts(source, row),
        verdict=_verdict(source, row),
        stages=_stages(source, parcel_id),
        foot=_foot(source),
    )


def _cut(value: Any, most: int) -> str:
    """Return a text on one line, no longer than fits; unknown is a dash."""
    said = " ".join((clean_text(value) or "").split())
    if not said:
        return UNKNOWN
    return said if len(said) <= most else said[: most - 1] + "…"


def _label(key: str, lang: str, unit: bool = False) -> str:
    return schema.label(key, lang, with_unit=unit)


def _number(value: Any, places: int) -> str:
    known = value is not None and not pd.isna(value) and np.isfinite(float(value))
    return f"{float(value):,.{places}f}" if known else UNKNOWN


def _mu(value: Any, lang: str) -> str:
    if value is None or pd.isna(value):
        return UNKNOWN
    return f"{_number(to_mu(float(value)), 2)} {schema.unit_label('mu', lang)}"


def _facts(source: SheetSource, row: gpd.GeoDataFrame) -> Lines:
    lang, parcel = source.lang, row.iloc[0]
    names = ("parcel_name", "owner", "land_user", "approved_use")
    texts = ("actual_use", "contract_no", "cert_no", "responsible_unit")
    where = [_cut(parcel.get(k), _PLACE) for k in ("town", "village", "park")]
    lines = [
        (_label("parcel_id", lang), _cut(row.index[0], _SHORT)),
        (_label("town", lang), " · ".join(part for part in where if part != UNKNOWN) or UNKNOWN),
    ]
    lines += [(_label(key, lang), _cut(parcel.get(key), _NAME)) for key in names]
    lines += [(_label(key, lang), _cut(parcel.get(key), _SHORT)) for key in texts]
    areas = ("registered_area_m2", "geometry_area_m2", "supplied_area_m2", "unlawful_area_m2")
    lines += [(_label(key, lang), _mu(parcel.get(key), lang)) for key in areas]
    measured, registered = parcel.get("geometry_area_m2"), parcel.get("registered_area_m2")
    gap = UNKNOWN
    if pd.notna(measured) and pd.notna(registered) and registered > 0:
        gap = f"{100 * (measured - registered) / registered:+.1f}%"
    lines.append((say("gap", lang), gap))
    return lines + _far_lines(source, row)


def _far_lines(source: SheetSource, row: gpd.GeoDataFrame) -> Lines:
    """Return the plot ratio on record and the lines it is held against."""
    lang = source.lang
    far = pd.to_numeric(row["far"]).astype(float)
    minimum = read_far_minimum()
    lines = requirements(pd.DataFrame(row), far, rules=source.rules, minimum=minimum).iloc[0]
    national = _number(lines["national_min"], 2)
    if national != UNKNOWN:
        sure = "verified" if bool(lines["national_verified"]) else "unverified"
        national += f"（{say(sure, lang, edition=lines['national_edition'])}）"
    policy = [f"{line.value:.1f}" for line in source.rules.far_lines.values()]
    return [
        (_label("far", lang), _number(far.iloc[0], 2)),
        (_label("planned_far", lang), _number(row["planned_far"].iloc[0], 2)),
        (say("national", lang), national),
        (say("policy", lang), " / ".join(policy) or UNKNOWN),
    ]


def _verdict(source: SheetSource, row: gpd.GeoDataFrame) -> Lines:
    lang, parcel_id = source.lang, str(row.index[0])
    found = screen(row, ruleset=source.ruleset, as_of=source.as_of)
    mine = source.reviews[source.reviews["parcel_id"] == parcel_id]
    verdict = reviewed(found, mine, row, ruleset=source.ruleset).iloc[0]
    opened = lay_open(row, parcel_id, ruleset=source.ruleset, as_of=source.as_of, lang=lang)
    flips = what_would_change(row, parcel_id, ruleset=source.ruleset, as_of=source.as_of)
    lines = [
        (say("class", lang), _classes(verdict, row, lang)),
        (say("why", lang), _cut(verdict[f"sentence_{lang}"], _LONG)),
        *_reason(opened, lang),
        (
            say("inputs", lang),
            _cut(say("stop", lang).join(f"{i.label} {i.text}" for i in opened.inputs), 180),
        ),
        (say("missing", lang), _cut(say("comma", lang).join(opened.missing), _LONG)),
        (say("idle", lang), _idle(verdict, opened, lang)),
        (say("flips", lang), ""),
        (say("review", lang), _review(verdict, mine, lang)),
    ]
    taken = sum(len(value) for _, value in lines)
    room = max(_FLIPS_LEAST, _FLIPS_MOST - 2 * max(0, taken - _USUAL))
    lines[-2] = (say("flips", lang), flips_text(flips, opened, lang, room=room))
    return lines


def flips_text(flips: Sequence[Flip], opened: Verdict, lang: str, *, room: int) -> str:
    """Say what would change the verdict, what it is measured by first; if cut, how many there are.

    Parameters
    ----------
    room : int
        How many letters the page has for it.
    """
    if not flips:
        return say("none", lang)
    asked = {one.key: at for at, one in enumerate(opened.inputs)} if opened.reason else {}
    measured = opened.reason.measured_keys if opened.reason else ()
    ordered = sorted(flips, key=lambda f: (f.field not in measured, f.field not in asked))
    told: list[str] = []
    for at, flip in enumerate(ordered[:MOST_FLIPS], start=1):
        said = _cut(flip.sentence_en if lang == "en" else flip.sentence_zh, _LONG)
        if told and sum(map(len, told)) + len(said) > room:
            break
        told.append(f"{at}. {said}")
    rest = say("more_flips", lang, n=len(ordered)) if len(told) < len(ordered) else ""
    return " ".join([*told, rest]).strip()


def _classes(verdict: pd.Series, row: pd.DataFrame, lang: str) -> str:
    now = _class(verdict["class"], lang)
    if verdict["review_verdict"] == "override":
        now += f"（{say('override', lang)}；{_class(verdict['screened_class'], lang)}）"
    recorded = row["low_class"].iloc[0]
    return f"{now}    {say('recorded', lang)}：{_class(recorded, lang)}"


def _class(code: Any, lang: str) -> str:
    return UNKNOWN if code is None or pd.isna(code) else schema.enum_label("low_class", code, lang)


def _reason(opened: Verdict, lang: str) -> Lines:
    if opened.reason is None:
        return []
    reason, rule = opened.reason, opened.reason.rule
    test = f"{reason.measured} {reason.value} {reason.sign} {reason.threshold}".strip()
    sure = say(f"tag_{rule.tag}", lang)
    named = say("rule", lang, id=rule.id)
    clause = f"{rule_name(rule, lang)}（{rule.source}，{sure}；{named}）"
    return [(say("test", lang), _cut(test, _LONG)), (say("clause", lang), _cut(clause, _LONG))]


def _idle(verdict: pd.Series, opened: Verdict, lang: str) -> str:
    days, parts = verdict["idle_countdown_days"], []
    if verdict[f"idle_sentence_{lang}"] is not None:
        parts.append(str(verdict[f"idle_sentence_{lang}"]).rstrip("。."))
    if days is not None and pd.notna(days):
        left = int(days)
        parts.append(say("left" if left >= 0 else "gone", lang, n=f"{abs(left):,}"))
    if not parts:
        return UNKNOWN
    if opened.idle is not None:
        parts.append(opened.idle.rule.clause)
    return _cut(say("stop", lang).join([*parts, say("lead", lang)]), 190)


def _review(verdict: pd.Series, mine: pd.DataFrame, lang: str) -> str:
    if mine.empty:
        return say("no_review", lang)
    last = mine.iloc[::-1].head(MOST_REVIEWS)
    on = last["recorded_at"].dt.tz_convert(OFFICE_ZONE).dt.strftime("%Y-%m-%d")
    columns = (last[name] for name in ("who", "verdict", "low_class", "reason", "doc_no"))
    parts = [
        f"{when} {_cut(who, 20)} {say(kind, lang)}"
        f"{'' if pd.isna(to) else _class(to, lang)}：{_cut(why, 60)}（{_cut(doc, 30)}）"
        for when, who, kind, to, why, doc in zip(on, *columns, strict=True)
    ]
    if verdict["review_stale"]:
        parts.insert(0, f"⚑ {say('again', lang)}")
    return say("stop", lang).join(parts)


def _stages(source: SheetSource, parcel_id: str) -> Lines:
    events = source.events[source.events["parcel_id"] == parcel_id]
    if events.empty:
        return []
    standing = standing_events(events, state_on=source.as_of.state_on)
    last = standing.drop_duplicates("stage", keep="last").set_index("stage")
    order = [stage.code for stage in source.rules.stages if stage.code in last.index]
    reached = last.loc[order]
    days = pd.to_datetime(reached["occurred_on"]).dt.strftime("%Y-%m-%d")
    return [
        (schema.enum_label("stage", code, source.lang), f"{on}  {_cut(doc, 24)}")
        for code, on, doc in zip(order, days, reached["doc_no"], strict=True)
    ]


def _foot(source: SheetSource) -> str:
    lang, context = source.lang, source.context
    known = context.known_on.isoformat() if context.known_on else word("known_all", lang)
    parts = [
        f"{word('state_on', lang)} {context.state_on.isoformat()}",
        f"{word('known_on', lang)} {known}",
        f"{word('version', lang)} {context.register_version}",
        f"{word('rules', lang)} {context.rules_id}",
        f"{say('screening_rules', lang)} {source.ruleset.id}",
        say("internal", lang),
    ]
    if context.is_sample:
        parts.append(word("sample_note", lang))
    return " · ".join(parts)
