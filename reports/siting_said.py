"""What is said of a project and its sites on paper: its facts, its vetoes, what nobody checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from analysis.entry_bars import entry_bars, priority
from data import schema
from data.project_rules import ProjectRules
from reports.project_list import bar_sentence

_FACTS = (
    "firm_name", "cluster", "project_kind", "investment_wan", "jobs", "wanted_on", "chemical",
    "protection_m",
)  # fmt: skip
_ALWAYS = frozenset({"cluster", "investment_wan", "jobs", "wanted_on"})
"""Asked of every project: told as unknown where they are; the others are left out then."""

_WORDS: Mapping[str, tuple[str, str]] = {
    "land": ("用地（亩）", "Land (mu)"),
    "first": ("优先保障", "Comes first"),
    "entry": ("准入条件", "Entry bar"),
    "unknown": ("未知", "unknown"),
    "yes": ("是", "yes"),
    "no": ("否", "no"),
    "least": ("不少于 {n}", "at least {n}"),
    "most": ("不超过 {n}", "at most {n}"),
    "layer": ("{name} 第{version}版 {on}", "{name} version {version} {on}"),
    "undated": ("日期未知", "undated"),
    "absent": ("{name} 未导入", "{name} not imported"),
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a site lies, in words, and how large it is in 亩."""

    name: str
    mu: float


def _say(key: str, lang: str, **params: Any) -> str:
    return _WORDS[key][lang == "en"].format(**params)


def project_facts(
    project_id: str, projects: pd.DataFrame, *, rules: ProjectRules, lang: str = "zh"
) -> list[tuple[str, str]]:
    """Return what the office knows of a project as names and values, the entry bar last.

    Parameters
    ----------
    project_id : str
        Which of the projects.
    projects : DataFrame
        As `data.projects.project_table`.
    rules : ProjectRules
        Who comes first, and the bars.

    Examples
    --------
    >>> from data.project_rules import load_project_rules
    >>> from data.projects import project_table
    >>> table = project_table(pd.DataFrame({"project_id": ["X1"], "investment_wan": [82_500]}))
    >>> told = dict(project_facts("X1", table, rules=load_project_rules()))
    >>> told["总投资（万元）"], told["用工人数（人）"], told["优先保障"]
    ('82,500', '未知', '未知')
    """
    one = projects.loc[[project_id]]
    row = one.iloc[0]
    told = []
    for key in _FACTS:
        if key in _ALWAYS or not pd.isna(row.get(key)):
            told.append((schema.label(key, lang), _value(key, row.get(key), lang)))
    land = _land(row.get("land_least_mu"), row.get("land_most_mu"), lang)
    told.insert(min(2, len(told)), (_say("land", lang), land))
    first = priority(one, rules=rules).iloc[0]
    told.append((_say("first", lang), _yes(first, lang)))
    bar = entry_bars(one, rules=rules).to_dict("records")[0]
    return [*told, (_say("entry", lang), bar_sentence(bar, lang))]


def _value(key: str, value: Any, lang: str) -> str:
    term = schema.field(key)
    if pd.isna(value):
        return _say("unknown", lang)
    if term.type == "enum":
        return schema.enum_label(str(term.enum), value, lang)
    if term.type == "bool":
        return _yes(value, lang)
    if term.type == "date":
        return str(pd.Timestamp(value).strftime("%Y-%m"))
    return f"{value:,.10g}" if isinstance(value, int | float) else str(value)


def _yes(value: Any, lang: str) -> str:
    return _say("unknown" if pd.isna(value) else "yes" if value else "no", lang)


def _land(least: Any, most: Any, lang: str) -> str:
    if pd.isna(least) and pd.isna(most):
        return _say("unknown", lang)
    if pd.isna(most) or pd.isna(least):
        key, known = ("least", least) if pd.isna(most) else ("most", most)
        return _say(key, lang, n=f"{known:,g}")
    return f"{least:,g}–{most:,g}"


def layer_words(
    layer: Mapping[str, Any], names: Mapping[str, str], *, own: str = "", lang: str = "zh"
) -> str:
    """Return a layer with version and date in words.

    Parameters
    ----------
    layer : mapping
        ``layer``, ``layer_version``, ``layer_date``; without a version it was not imported.
    names : mapping
        What layers are called.
    own : str
        What is said where the site itself is asked, which is no layer.

    Examples
    --------
    >>> layer_words(
    ...     {"layer": "farmland", "layer_version": "7", "layer_date": "2023-01-04"},
    ...     {"farmland": "永久基本农田"})
    '永久基本农田 第7版 2023-01-04'
    """
    key = layer["layer"]
    if key not in names:
        return own
    version = layer["layer_version"]
    if version is None:
        return _say("absent", lang, name=names[key])
    on = layer["layer_date"] or _say("undated", lang)
    return _say("layer", lang, name=names[key], version=version, on=on)


def veto_groups(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the vetoes that bar sites, those of most sites first.

    Each has ``label``, ``sites`` (number), ``clause``, ``layer``, ``layer_version`` and
    ``layer_date``.
    """
    groups: dict[tuple[Any, ...], set[str]] = {}
    keys = ("label", "clause", "layer", "layer_version", "layer_date")
    for row in record["vetoed"]:
        groups.setdefault(tuple(row[key] for key in keys), set()).add(row["site_id"])
    told = [
        {**dict(zip(keys, group, strict=True)), "sites": len(ids)} for group, ids in groups.items()
    ]
    return sorted(told, key=lambda group: -group["sites"])


def unchecked_of(record: Mapping[str, Any], sites: Sequence[str]) -> list[dict[str, Any]]:
    """Return the vetoes that nobody checked of any of the sites, with the sites each is open for.

    Each has ``label``, ``reason_text``, ``layer``, ``bars`` (whether it would bar, not only make
    a condition) and ``sites`` (those of ``sites``, in order); those that would bar come first.
    """
    groups: dict[tuple[Any, ...], set[Any]] = {}
    keys = ("label", "reason_text", "layer", "bars")
    for row in record["unchecked"]:
        groups.setdefault(tuple(row[key] for key in keys), set()).add(row["site_id"])
    told = []
    for group, ids in groups.items():
        open_for = [site for site in sites if None in ids or site in ids]
        if open_for:
            told.append({**dict(zip(keys, group, strict=True)), "sites": open_for})
    return sorted(told, key=lambda one: not one["bars"])
